import { expect, it } from 'vitest';
import { assertOwned } from '#lib/ownership/assert-owned.ts';

const dev = { name: 'dev' };

it.each([
  { tags: { 'aoscloud:environment': 'dev' } },
  { tags: [{ Key: 'aoscloud:environment', Value: 'dev' }] },
])('what carries our tag is ours: $tags', ({ tags }) => {
  expect(() => assertOwned('cluster aoscloud-dev', tags, dev)).not.toThrow();
});

it.each([
  { tags: undefined },
  { tags: {} as Record<string, string> },
  { tags: { 'aoscloud:environment': 'development' } },
  { tags: [{ Key: 'owner', Value: 'dev' }] },
])('what has our name and the tags $tags is named, with what to do about it', ({ tags }) => {
  expect(() => assertOwned('cluster aoscloud-dev', tags, dev)).toThrow(
    expect.objectContaining({
      name: 'NotOurResourceError',
      message:
        'cluster aoscloud-dev exists already and does not belong to environment dev. What to do: remove or rename it, or choose another environment name, then run again.',
    }),
  );
});
