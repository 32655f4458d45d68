import { expect, it } from 'vitest';
import { isInScope } from '#lib/ownership/scope.ts';
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
