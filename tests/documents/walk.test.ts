/** README's walk of ten minutes: what it writes into a file, and what it shows of that. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { pages, root } from './pages.ts';

const readme = pages.find(({ path }) => path === 'README.md')?.text ?? '';
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'walk-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function aoscloud(...args: string[]): string {
  const words = ['--disable-warning=ExperimentalWarning', 'local/cli.ts', ...args];
  return spawnSync(process.execPath, [...words, '--state', join(folder, 'state')], {
    cwd: root,
    encoding: 'utf8',
  }).stdout;
}

it('plans of the request it writes what it shows on its first screen', () => {
  const [, request = ''] = /^cat > dev\.json <<'END'\n([\s\S]*?)^END$/m.exec(readme) ?? [];
  const [, shown = ''] = /^\$ npm start -- plan dev\.json.*\n([\s\S]*?)^\$ npm start/m.exec(readme) ?? [];
  const file = join(folder, 'dev.json');
  writeFileSync(file, request);
  aoscloud('provision', 'examples/dev.json', '--speed', 'max', '--no-console');
  expect(aoscloud('plan', file)).toBe(shown);
});

it('shows a failure that has made something, and takes it back', () => {
  const [, command = ''] = /^npm start -- (provision \S+ --fail-at \w+) .*taken back$/m.exec(readme) ?? [];
  const out = aoscloud(...command.split(' '), '--speed', 'max', '--no-console');
  expect(out).toContain('staging FAILED: AwsRefusedError\naurora: ');
  expect(out).toMatch(/VPC vpc-\w+ has its 16 subnets[\s\S]*taking back what this run made/);
  expect(out).toContain('Everything this run made was taken back.');
});
