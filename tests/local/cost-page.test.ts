import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { sizeNames } from '#lib/request/sizes.ts';
import { costDocument } from '#local/cost-page.ts';

test('docs/cost.md is made from sizes and prices: npm run schema writes it', () => {
  const written = readFileSync(new URL('../../docs/cost.md', import.meta.url), 'utf8');
  expect(written).toBe(costDocument());
});

test('every size has a price for all it is made of', () => {
  for (const size of sizeNames) expect(costDocument()).toContain(`\n| ${size} | `);
  expect(costDocument()).not.toContain('no price here');
});
