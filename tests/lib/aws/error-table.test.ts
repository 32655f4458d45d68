import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { ErrorRow } from '#lib/aws/error-row.ts';
import { errorTable } from '#lib/aws/error-table.ts';

/** A row as docs/reliability.md prints it. */
function printed({ codes, text, on, intent, withinSeconds, when, source }: ErrorRow): string {
  const code = (codes ?? ['any code']).map((one) => `\`${one}\``).join(', ');
  const at = on ? ` of ${on.map((one) => `\`${one}\``).join(', ')}` : '';
  const to = intent ? ` to a ${intent}` : '';
  const sentence = text ? ', by its sentence' : '';
  const waits = withinSeconds === undefined ? 'the step' : `${withinSeconds} s`;
  return `| ${code}${at}${to}${sentence} | ${when} | ${waits} | ${source} |`;
}

it('stands in docs/reliability.md, row by row: every answer that means "not yet"', () => {
  const expected = [
    '| answer | when | waits | source |',
    '| --- | --- | --- | --- |',
    ...errorTable.filter(({ means }) => means === 'pending').map(printed),
  ].join('\n');
  const page = readFileSync(new URL('../../../docs/reliability.md', import.meta.url), 'utf8');
  const table = /## Answers that mean "not yet"[\s\S]*?\n(\| answer [\s\S]*?)\n\n/.exec(page)?.[1];
  expect(table).toBe(expected);
});

it('bounds every answer whose sentence nobody has seen', () => {
  const open = errorTable.filter((row) => row.means === 'pending' && row.withinSeconds === undefined);
  const precise = ['OperationInProgress', 'Gateway.NotAttached', 'InvalidIPAddress.InUse'];
  for (const row of open) expect(row.text ?? precise.find((code) => row.codes?.includes(code))).toBeDefined();
});
