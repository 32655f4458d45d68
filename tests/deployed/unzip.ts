/** A zip's files, read as Lambda does: by the directory at its end. */
import { inflateRawSync } from 'node:zlib';

const endOfDirectory = Buffer.from('PK\x05\x06');
const stored = 0;

export function unzip(zip: Buffer): Map<string, Buffer> {
  const end = zip.lastIndexOf(endOfDirectory);
  if (end < 0) throw new Error('no zip');
  const files = new Map<string, Buffer>();
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left -= 1) {
    const method = zip.readUInt16LE(at + 10);
    const packedBytes = zip.readUInt32LE(at + 20);
    const nameBytes = zip.readUInt16LE(at + 28);
    const name = zip.toString('utf8', at + 46, at + 46 + nameBytes);
    const local = zip.readUInt32LE(at + 42);
    const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const packed = zip.subarray(start, start + packedBytes);
    files.set(name, method === stored ? packed : inflateRawSync(packed));
    at += 46 + nameBytes + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  return files;
}
