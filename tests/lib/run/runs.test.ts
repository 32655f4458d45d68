import { expect, it } from 'vitest';
import { bounds } from '#lib/run/bounds.ts';
import type { RegistryItem } from '#lib/run/registry.ts';
import { earlierRunOf, withRun } from '#lib/run/runs.ts';

const execution = (index: number) => ({
  id: `arn:${index}`,
  name: `run-${index}`,
  startTime: new Date(Date.UTC(2026, 0, 1) + index * 3_600_000).toISOString(),
});

/** After so many runs. */
function after(runs: number): RegistryItem {
  let item = {} as RegistryItem;
  for (let index = 0; index < runs; index += 1) item = { ...item, ...withRun(item, execution(index)) };
  return item;
}

it('remembers each run with its start, up to the bound', () => {
  const item = after(bounds.runs);
  expect(Object.keys(item.runs ?? {})).toHaveLength(bounds.runs);
  expect(item.formerRuns).toBeUndefined();
});

it('one past it remembers the oldest by its name alone', () => {
  const item = after(bounds.runs + 1);
  expect(Object.keys(item.runs ?? {})).toHaveLength(bounds.runs);
  expect(item.runs).not.toHaveProperty('run-0');
  expect(item.formerRuns).toHaveLength(1);
});

it('knows every name again, and the run that speaks as itself', () => {
  const item = after(bounds.runs + 50);
  const later = new Date(Date.UTC(2027, 0, 1)).toISOString();
  for (let index = 0; index < bounds.runs + 50; index += 1)
    expect(earlierRunOf(item, { ...execution(index), startTime: later }), `run-${index}`).toBeDefined();
  expect(earlierRunOf(item, execution(bounds.runs + 49))).toBeUndefined();
  expect(earlierRunOf(item, execution(bounds.runs + 50))).toBeUndefined();
});

it('keeps within an item however many there were, and forgets the very oldest', () => {
  const former = Array.from({ length: bounds.formerRuns }, (_, index) => index.toString(16).padStart(8, '0'));
  const item = { ...after(bounds.runs), formerRuns: former };
  const next = withRun(item, execution(bounds.runs));
  expect(next.formerRuns).toHaveLength(bounds.formerRuns);
  expect(next.formerRuns).not.toContain('00000000');
  expect(JSON.stringify(next).length).toBeLessThan(60_000);
});

it('begins anew where nothing exists', () => {
  const item = { ...after(bounds.runs + 1), empty: true } as RegistryItem;
  expect(withRun(item, execution(999))).toEqual({
    runs: { 'run-999': execution(999).startTime },
    formerRuns: undefined,
  });
});
