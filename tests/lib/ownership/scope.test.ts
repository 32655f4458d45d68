import { expect, it } from 'vitest';
import { isInScope, scopeFilters } from '#lib/ownership/scope.ts';
import type { RemovalTarget } from '#lib/run/environment.ts';

const dev = { name: 'dev' } as RemovalTarget;
const runOfDev = { name: 'dev', createdBy: 'run-1' } as RemovalTarget;
const made = (environment: string, execution: string) => ({
  'aoscloud:environment': environment,
  'aoscloud:created-by': execution,
});

it.each([
  { target: dev, tags: made('dev', 'run-1'), inScope: true },
  { target: dev, tags: made('other', 'run-1'), inScope: false },
  { target: dev, tags: undefined, inScope: false },
  { target: runOfDev, tags: made('dev', 'run-1'), inScope: true },
  { target: runOfDev, tags: made('dev', 'run-2'), inScope: false },
  { target: runOfDev, tags: made('other', 'run-1'), inScope: false },
  { target: runOfDev, tags: { 'aoscloud:environment': 'dev' }, inScope: false },
])('a removal of $target.name by $target.createdBy takes $tags: $inScope', ({ target, tags, inScope }) => {
  expect(isInScope(tags, target)).toBe(inScope);
});

it('a removal asks EC2 for what is of the environment', () => {
  expect(scopeFilters(dev)).toEqual([{ Name: 'tag:aoscloud:environment', Values: ['dev'] }]);
});

it('a removal of one run asks for no more than what that run made of it', () => {
  expect(scopeFilters(runOfDev)).toEqual([
    { Name: 'tag:aoscloud:environment', Values: ['dev'] },
    { Name: 'tag:aoscloud:created-by', Values: ['run-1'] },
  ]);
});
