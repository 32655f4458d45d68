import { expect, test } from 'vitest';
import { isPlanned, ordinalOf } from '#lib/data/instance-names.ts';

const cluster = 'aoscloud-dev-aurora';

test.each([
  [`${cluster}-1`, 1],
  [`${cluster}-16`, 16],
  [`${cluster}-0`, 0],
  [`${cluster}-01`, 0],
  [`${cluster}-reader`, 0],
  [`${cluster}-`, 0],
  [`${cluster}1`, 0],
  ['other-1', 0],
  [undefined, 0],
])('%s is number %i', (instance, ordinal) => {
  expect(ordinalOf(cluster, instance)).toBe(ordinal);
});

test('planned are those of our names up to the number of the plan', () => {
  const planned = [0, 1, 2, 3].map((ordinal) => isPlanned(cluster, 2, `${cluster}-${ordinal}`));
  expect(planned).toEqual([false, true, true, false]);
});
