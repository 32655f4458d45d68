/** What the README says of calls and transitions, counted, so that looks do not creep back. `npm run bench` has all seeds. */
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
    for (const seed of [1, 3, 9, 10]) rows = [...rows, ...(await rowsOf('dev', seed))];
  }, 120_000);

  it('make an environment with three hundred calls and 250 transitions', () => {
    const calls = all('first', (row) => row.calls);
    expect(mean(calls)).toBeLessThanOrEqual(300);
    expect(Math.max(...calls)).toBeLessThanOrEqual(312);
    expect(Math.max(...all('first', (row) => row.transitions))).toBeLessThanOrEqual(250);
  });

  it('have it soon after AWS could have had it', () => {
    expect(mean(all('first', (row) => row.seconds / row.unavoidable!))).toBeLessThanOrEqual(1.025);
  });

  it('find out with eighty calls and no step that nothing is to be done', () => {
    expect(Math.max(...all('second', (row) => row.calls))).toBeLessThanOrEqual(80);
    expect(Math.max(...all('second', (row) => row.transitions))).toBe(4);
  });

  it('take it down with three hundred calls', () => {
    expect(Math.max(...all('removal', (row) => row.calls))).toBeLessThanOrEqual(300);
    expect(Math.max(...all('removal', (row) => row.transitions))).toBeLessThanOrEqual(250);
  });
});
