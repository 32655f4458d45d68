import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readRequest } from '#local/request-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'request-file-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const written = (bytes: Buffer | string) => {
  const file = join(folder, 'request.json');
  writeFileSync(file, bytes);
  return file;
};
const request = { environment: 'dev', tags: { team: 'Plattform Süd' } };
const text = JSON.stringify(request);
const bigEndian = (from: string) => Buffer.from(from, 'utf16le').swap16();

it.each([
  ['UTF-8', Buffer.from(text)],
  ['UTF-8 with a byte order mark', Buffer.from(`\ufeff${text}`)],
  ['UTF-16LE with a byte order mark', Buffer.from(`\ufeff${text}`, 'utf16le')],
  ['UTF-16LE without', Buffer.from(text, 'utf16le')],
  ['UTF-16BE with a byte order mark', bigEndian(`\ufeff${text}`)],
  ['UTF-16BE without', bigEndian(text)],
])('reads a request in %s', (_encoding, bytes) => {
  expect(readRequest(written(bytes))).toEqual(request);
});

it.each([
  ['null', 'holds null, where a request is a JSON object'],
  ['true', 'holds true'],
  ['7', 'holds 7'],
  ['"dev"', 'holds "dev"'],
  ['[{}]', 'holds an array'],
  ['', 'is empty'],
  [' \n', 'is empty'],
  ['{ "environment": ', 'is not JSON'],
])('refuses %j by the name of its file', (content, why) => {
  const file = written(content);
  expect(() => readRequest(file)).toThrow(`${file} ${why}`);
});

it('refuses bytes that are no text, and what cannot be read', () => {
  const file = written(Buffer.from([0x7b, 0xc3, 0x28, 0x7d]));
  expect(() => readRequest(file)).toThrow(`${file} is not text in UTF-8`);
  expect(() => readRequest(folder)).toThrow(`${folder} cannot be read: EISDIR`);
  expect(() => readRequest(join(folder, 'none.json'))).toThrow('none.json cannot be read: ENOENT');
});
