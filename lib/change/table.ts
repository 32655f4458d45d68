/**
 * Every field of a request, and what changing it over a living environment means. The type checker holds it complete: a
 * field without a row does not compile. docs/changing.md is made from it (`npm run schema`).
 */
import type { ComparedRow, FieldPath, Row } from './row.ts';
import { cacheRows } from './rows/cache.ts';
import { databaseRows } from './rows/databases.ts';
import { eksRows } from './rows/eks.ts';
import { environmentRows } from './rows/environment.ts';
import { fileSystemRows } from './rows/file-system.ts';
import { networkRows } from './rows/network.ts';

type Prefixed<Prefix extends string, Rows> = {
  readonly [Key in keyof Rows & string as `${Prefix}.${Key}`]: Rows[Key];
};

function under<Prefix extends string, Rows extends Record<string, Row>>(
  prefix: Prefix,
  rows: Rows,
): Prefixed<Prefix, Rows> {
  return Object.fromEntries(
    Object.entries(rows).map(([field, row]) => [`${prefix}.${field}`, row]),
  ) as Prefixed<Prefix, Rows>;
}

export const table: { readonly [Field in FieldPath]: Row } = {
  ...environmentRows,
  ...eksRows,
  ...under('aurora', databaseRows('aurora')),
  ...under('documentdb', databaseRows('documentdb')),
  ...under('elasticache', cacheRows),
  ...under('efs', fileSystemRows),
  ...networkRows,
};

export const fields = Object.keys(table) as readonly FieldPath[];

export function isCompared(row: Row): row is ComparedRow {
  return 'differences' in row;
}
