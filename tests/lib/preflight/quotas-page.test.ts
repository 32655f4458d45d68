import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

it('docs/quotas.md names every quota that preflight asks for, with its service, and no other', () => {
  const sources = readdirSync(new URL('../../../lib/preflight', import.meta.url))
    .map((name) => read(`lib/preflight/${name}`))
    .join('\n');
  const asked = [...sources.matchAll(/service: '([a-z0-9]+)', code: '(L-[0-9A-F]+)'/g)].map(
    ([, service, code]) => `${service} ${code}`,
  );
  const named = [...read('docs/quotas.md').matchAll(/^\|.*`([a-z0-9]+)` `(L-[0-9A-F]+)`/gm)].map(
    ([, service, code]) => `${service} ${code}`,
  );
  expect(asked.length).toBeGreaterThan(8);
  expect(named.sort()).toEqual([...new Set(asked)].sort());
});
