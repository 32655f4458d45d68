/** What the README says of calls, transitions and time, counted over the sixteen seeds of `npm run bench`, so that looks do not creep back. */
import { beforeAll, describe, expect, it } from 'vitest';
import { rowsOf } from '../../bench/figures.ts';

type Row = Awaited<ReturnType<typeof rowsOf>>[number];

describe('the runs of `dev`', () => {
  let rows: Row[] = [];
  const all = (run: Row['run'], figure: (row: Row) => number) =>
    rows.filter((row) => row.run === run).map(figure);
  const mean = (figures: readonly number[]) =>
    figures.reduce((sum, figure) => sum + figure, 0) / figures.length;

  beforeAll(async () => {
    for (let seed = 1; seed <= 16; seed += 1) rows = [...rows, ...(await rowsOf('dev', seed))];
  }, 240_000);

  it('make an environment with three hundred calls and 250 transitions in the mean, and few more at worst', () => {
    const calls = all('first', (row) => row.calls);
    const transitions = all('first', (row) => row.transitions);
    expect(mean(calls)).toBeLessThanOrEqual(300);
    expect(Math.max(...calls)).toBeLessThanOrEqual(312);
    expect(mean(transitions)).toBeLessThanOrEqual(250);
    expect(Math.max(...transitions)).toBeLessThanOrEqual(256);
  });

  it('have it within a fiftieth of the time that AWS takes at least', () => {
    const ratios = all('first', (row) => row.seconds / row.unavoidable!);
    expect(mean(ratios)).toBeLessThanOrEqual(1.02);
    expect(Math.max(...ratios)).toBeLessThanOrEqual(1.03);
  });

  it('find out with eighty calls and no step that nothing is to be done', () => {
    expect(Math.max(...all('second', (row) => row.calls))).toBeLessThanOrEqual(80);
    expect(Math.max(...all('second', (row) => row.transitions))).toBe(4);
  });

  it('take it down with three hundred calls in the mean, and few more at worst', () => {
    const calls = all('removal', (row) => row.calls);
    expect(mean(calls)).toBeLessThanOrEqual(300);
    expect(Math.max(...calls)).toBeLessThanOrEqual(305);
    expect(Math.max(...all('removal', (row) => row.transitions))).toBeLessThanOrEqual(250);
  });
});
