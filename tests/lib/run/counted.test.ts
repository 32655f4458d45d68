import { expect, it } from 'vitest';
import { counted, countedAre } from '#lib/run/counted.ts';

it('is one of a thing, or several', () => {
  expect([0, 1, 2].map((count) => counted(count, 'rule'))).toEqual(['0 rules', '1 rule', '2 rules']);
  expect([1, 12].map((count) => countedAre(count, 'endpoint'))).toEqual([
    '1 endpoint is',
    '12 endpoints are',
  ]);
});
