import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { publishedSchema } from '#lib/request/schema.ts';

test('the published JSON Schema is current: npm run schema writes it', () => {
  const written = readFileSync(new URL('../../../lib/request/request.schema.json', import.meta.url), 'utf8');
  expect(written).toBe(`${JSON.stringify(publishedSchema(), null, 2)}\n`);
});

test('the published JSON Schema requires only what has no default, and refuses unknown fields', () => {
  expect(publishedSchema()).toMatchObject({
    required: ['environment', 'region'],
    additionalProperties: false,
  });
});
