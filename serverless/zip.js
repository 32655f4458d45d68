/** A zip of one file, the same bytes for the same content: by them the framework sees that nothing is to be deployed. */
import { crc32, deflateRawSync } from 'node:zlib';

/** 1 January 1980, the first day the format knows. */
const dosDate = 0x0021;
const unixRegularFile = 0o100644;

export function zipOf(name, content) {
  const file = Buffer.from(name);
  const packed = deflateRawSync(content, { level: 9 });
  // From "version needed" to "extra field length": the part both headers have in common.
  const common = Buffer.alloc(26);
  common.writeUInt16LE(20, 0);
  common.writeUInt16LE(8, 4);
  common.writeUInt16LE(dosDate, 8);
  common.writeUInt32LE(crc32(content), 10);
  common.writeUInt32LE(packed.length, 14);
  common.writeUInt32LE(content.length, 18);
  common.writeUInt16LE(file.length, 22);
  const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, file, packed]);

  const tail = Buffer.alloc(14);
  tail.writeUInt32LE(unixRegularFile * 0x10000, 6);
  const madeByUnix = Buffer.from([20, 3]);
  const central = Buffer.concat([Buffer.from('PK\x01\x02'), madeByUnix, common, tail, file]);

  const end = Buffer.alloc(18);
  end.writeUInt16LE(1, 4);
  end.writeUInt16LE(1, 6);
  end.writeUInt32LE(central.length, 8);
  end.writeUInt32LE(local.length, 12);
  return Buffer.concat([local, central, Buffer.from('PK\x05\x06'), end]);
}
