/** Attribute values as they are on the wire: what they equal, how they sort, how much they weigh, where paths lead. */
import { z } from 'zod';
import { AwsFault } from '#embedded/model.ts';

/** Binary values are not modelled. */
export type Value =
  | { S: string }
  | { N: string }
  | { BOOL: boolean }
  | { NULL: true }
  | { SS: string[] }
  | { NS: string[] }
  | { L: Value[] }
  | { M: Record<string, Value> };

export type Item = Record<string, Value>;

const decimal = z.string().regex(/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/);

export const value: z.ZodType<Value> = z.lazy(() =>
  z.union([
    z.strictObject({ S: z.string() }),
    z.strictObject({ N: decimal }),
    z.strictObject({ BOOL: z.boolean() }),
    z.strictObject({ NULL: z.literal(true) }),
    z.strictObject({ SS: z.array(z.string()).min(1) }),
    z.strictObject({ NS: z.array(decimal).min(1) }),
    z.strictObject({ L: z.array(value) }),
    z.strictObject({ M: z.record(z.string(), value) }),
  ]),
);
export const item = z.record(z.string(), value);

export function validation(message: string): AwsFault {
  return new AwsFault('ValidationException', message);
}

export function typeOf(one: Value): string {
  return Object.keys(one)[0] as string;
}

/** DynamoDB keeps 38 digits, this model what a double holds exactly. */
export function numberOf(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && !Number.isSafeInteger(number))
    throw new Error(`the embedded AWS does not model the number ${text}: more digits than it keeps`);
  return number;
}

export function equal(one: Value, other: Value): boolean {
  if ('N' in one && 'N' in other) return numberOf(one.N) === numberOf(other.N);
  if ('SS' in one && 'SS' in other) return sameSet(one.SS, other.SS);
  if ('NS' in one && 'NS' in other) return sameSet(one.NS.map(Number), other.NS.map(Number));
  if ('L' in one && 'L' in other)
    return one.L.length === other.L.length && one.L.every((member, index) => equal(member, other.L[index]!));
  if ('M' in one && 'M' in other) {
    const names = Object.keys(one.M);
    return (
      names.length === Object.keys(other.M).length &&
      names.every((name) => other.M[name] !== undefined && equal(one.M[name]!, other.M[name]))
    );
  }
  return JSON.stringify(one) === JSON.stringify(other);
}

function sameSet(one: readonly (string | number)[], other: readonly (string | number)[]): boolean {
  return one.length === other.length && one.every((member) => other.includes(member));
}

/** Negative, zero or positive; undefined where the two have no order (other types, or types without one). */
export function compare(one: Value, other: Value): number | undefined {
  if ('N' in one && 'N' in other) return numberOf(one.N) - numberOf(other.N);
  // UTF-8 byte order is code point order, which `<` on UTF-16 is not.
  if ('S' in one && 'S' in other) return Buffer.compare(Buffer.from(one.S), Buffer.from(other.S));
  return undefined;
}

/** Bytes, as DynamoDB counts them towards an item's 400 KB and a page's 1 MB. */
export function sizeOf(one: Value): number {
  if ('S' in one) return Buffer.byteLength(one.S);
  if ('N' in one) return Math.ceil(one.N.replace(/\D/g, '').length / 2) + 1;
  if ('SS' in one) return one.SS.reduce((sum, member) => sum + Buffer.byteLength(member), 0);
  if ('NS' in one) return one.NS.reduce((sum, member) => sum + sizeOf({ N: member }), 0);
  if ('L' in one) return 3 + one.L.reduce((sum, member) => sum + 1 + sizeOf(member), 0);
  if ('M' in one) return 3 + itemSize(one.M) + Object.keys(one.M).length;
  return 1;
}

export function itemSize(one: Item): number {
  return Object.entries(one).reduce(
    (sum, [name, member]) => sum + Buffer.byteLength(name) + sizeOf(member),
    0,
  );
}

/** `#lock.#execution` or `#list[0]`, names filled in. */
export type Path = readonly (string | number)[];

export function pathText(path: Path): string {
  return `[${path.map((part) => (typeof part === 'number' ? `[${part}]` : part)).join(', ')}]`;
}

export function valueAt(one: Item, path: Path): Value | undefined {
  let current: Value | undefined = { M: one };
  for (const part of path) {
    if (current === undefined) return undefined;
    current = member(current, part);
  }
  return current;
}

function member(of: Value, part: string | number): Value | undefined {
  if (typeof part === 'number') return 'L' in of ? of.L[part] : undefined;
  return 'M' in of && Object.hasOwn(of.M, part) ? of.M[part] : undefined;
}

/** What `paths` lead to, in an item of its own. */
export function project(one: Item, paths: readonly Path[]): Item {
  const projected: Item = {};
  for (const path of paths) {
    const found = valueAt(one, path);
    if (found !== undefined) place(projected, path, found);
  }
  return projected;
}

function place(target: Item, path: Path, found: Value): void {
  let container: Value = { M: target };
  path.forEach((part, index) => {
    const last = index === path.length - 1;
    const empty: Value = typeof path[index + 1] === 'number' ? { L: [] } : { M: {} };
    if (typeof part === 'number' && 'L' in container) {
      // Elements not asked for leave no gap.
      container.L.push(last ? found : empty);
      container = container.L.at(-1)!;
    } else if (typeof part === 'string' && 'M' in container) {
      container.M[part] = last ? found : (container.M[part] ?? empty);
      container = container.M[part];
    }
  });
}
