/** A request as people keep it: a file of any editor on any system, or stdin. */
import { readFileSync } from 'node:fs';
import { wordsOf } from '#lib/run/failure-words.ts';

/** As far as a command line looks at it before the parser does. */
export interface RequestDocument {
  readonly environment?: unknown;
  readonly region?: unknown;
  readonly roleArn?: unknown;
  readonly eks?: unknown;
}

/** The file cannot be read, or is no JSON object. */
class RequestFileError extends Error {
  override readonly name = 'RequestFileError';
}

/** The request in a JSON file, `-` for stdin: UTF-8 or UTF-16, with or without a byte order mark. Throws {@link RequestFileError}. */
export function readRequest(file: string): RequestDocument {
  const name = file === '-' ? 'stdin' : file;
  const document = parsed(name, decoded(name, bytesOf(name, file)));
  if (typeof document === 'object' && document !== null && !Array.isArray(document)) return document;
  const kind = Array.isArray(document) ? 'an array' : (JSON.stringify(document) as string);
  throw problem(name, `holds ${kind}, where a request is a JSON object`);
}

function bytesOf(name: string, file: string): Buffer {
  try {
    return readFileSync(file === '-' ? 0 : file);
  } catch (error) {
    throw problem(name, `cannot be read: ${(error as Error).message}`);
  }
}

/** JSON starts with an ASCII character, so that the place of the first zero byte tells UTF-16 apart (RFC 4627, section 3). */
function decoded(name: string, bytes: Buffer): string {
  const [first, second] = bytes;
  const isLittle = (first === 0xff && second === 0xfe) || (first !== 0 && second === 0);
  const isBig = (first === 0xfe && second === 0xff) || (first === 0 && second !== 0);
  const encoding = isLittle ? 'utf-16le' : isBig ? 'utf-16be' : 'utf-8';
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    throw problem(name, `is not text in ${encoding.toUpperCase()}`);
  }
}

function parsed(name: string, text: string): unknown {
  if (text.trim() === '') throw problem(name, 'is empty');
  try {
    return JSON.parse(text);
  } catch (error) {
    throw problem(name, `is not JSON: ${(error as Error).message}`);
  }
}

function problem(name: string, what: string): RequestFileError {
  return new RequestFileError(
    wordsOf({ what: `${name} ${what}`, todo: 'give the request as JSON, as examples/dev.json has it' }),
  );
}
