import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { errorTable } from '#lib/aws/error-table.ts';
import * as failures from '#lib/run/failures.ts';
import { troubleshootingDocument } from '#local/troubleshooting.ts';

test('docs/troubleshooting.md is made from the errors: npm run schema writes it', () => {
  const written = readFileSync(new URL('../../docs/troubleshooting.md', import.meta.url), 'utf8');
  expect(written).toBe(troubleshootingDocument());
});

test('it names every failure there is, and every code of AWS that lasts', () => {
  const page = troubleshootingDocument();
  const names = Object.entries(failures)
    .filter(([, value]) => typeof value === 'function' && value.prototype instanceof failures.Failure)
    .map(([name]) => name);
  expect(names.length).toBeGreaterThan(8);
  for (const name of names) expect(page).toContain(`| \`${name}\` |`);
  const lasting = ['access', 'blocked', 'quota', 'capacity', 'configuration'];
  for (const { means, codes = [] } of errorTable)
    if (lasting.includes(means)) for (const code of codes) expect(page).toContain(`\`${code}\``);
});
