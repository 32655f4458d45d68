import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { changingDocument } from '#lib/change/document.ts';
import { fields } from '#lib/change/table.ts';
import { publishedSchema } from '#lib/request/schema.ts';

test('docs/changing.md is the table: npm run schema writes it', () => {
  const written = readFileSync(new URL('../../../docs/changing.md', import.meta.url), 'utf8');
  expect(written).toBe(changingDocument());
});

test('the table has a row for every field of the published schema, and no other', () => {
  // `$schema` is for editors: no environment has it.
  const published = leavesOf(publishedSchema() as Schema).filter((field) => field !== '$schema');
  expect([...fields].sort()).toEqual(published.sort());
});

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
}

function leavesOf({ properties = {} }: Schema, prefix = ''): string[] {
  return Object.entries(properties).flatMap(([name, member]) =>
    member.properties ? leavesOf(member, `${prefix}${name}.`) : [`${prefix}${name}`],
  );
}
