import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { bySteps } from '#lib/run/estimate.ts';
import { type StepName, stepNames } from '#lib/run/steps.ts';
import { Progress } from '#local/progress.ts';
import type { RunEvent } from '#local/runner.ts';
import { criticalChain, StepRows } from '#local/step-rows.ts';
import { stepTimes } from '#local/summary.ts';

const at = (seconds: number) => Date.UTC(2026, 10, 26) + seconds * 1000;
const run = { machine: 'provision', execution: 'dev-1', state: 'any' } as const;
const entered = (state: string): RunEvent => ({ ...run, type: 'entered', state, stateType: 'Parallel' });
const answered = (step: string, status: string, detail = ''): RunEvent => ({
  ...run,
  type: 'answered',
  functionKey: 'any',
  answer: { step, status, detail },
});
const stepOf = (event: RunEvent) =>
  event.type === 'answered' ? (event.answer as { step: string }).step : '';
const failed = (functionKey: string, errorMessage: string): RunEvent => ({
  ...run,
  type: 'failed',
  functionKey,
  error: 'AwsRefusedError',
  cause: JSON.stringify({ errorMessage }),
});

/** A cluster of ten minutes, a cache of five, nodes after the cluster. */
const whole: [number, RunEvent][] = [
  [0, entered('Provision')],
  [0, answered('vpc', 'pending', 'VPC is pending')],
  [4, answered('vpc', 'ready', 'VPC is there')],
  [5, answered('eks-cluster', 'pending', 'requested')],
  [6, answered('elasticache', 'pending', 'being created')],
  [10, answered('eks-cluster', 'pending', 'being created')],
  [306, answered('elasticache', 'ready', 'available')],
  [605, answered('eks-cluster', 'ready', 'active')],
  [606, answered('eks-nodes', 'pending', 'being created')],
  [766, answered('eks-nodes', 'ready', 'active')],
];

const rowsOf = (events: readonly [number, RunEvent][]) => {
  const rows = new StepRows();
  for (const [seconds, event] of events) rows.take(event, at(seconds));
  return rows;
};

it('tells each step by its time, what it waited for longest, and whether the run waited for it', () => {
  expect(stepTimes(rowsOf(whole).all())).toEqual([
    {
      step: 'vpc',
      machine: 'provision',
      status: 'ready',
      seconds: 4,
      waitedFor: { what: 'VPC is pending', seconds: 4 },
      critical: true,
    },
    {
      step: 'eks-cluster',
      machine: 'provision',
      status: 'ready',
      seconds: 600,
      waitedFor: { what: 'being created', seconds: 595 },
      critical: true,
    },
    {
      step: 'eks-nodes',
      machine: 'provision',
      status: 'ready',
      seconds: 160,
      waitedFor: { what: 'being created', seconds: 160 },
      critical: true,
    },
    {
      step: 'elasticache',
      machine: 'provision',
      status: 'ready',
      seconds: 300,
      waitedFor: { what: 'being created', seconds: 300 },
      critical: false,
    },
  ]);
});

it('has no chain before anything ended', () => {
  expect(criticalChain(rowsOf(whole.slice(0, 2)).all())).toEqual([]);
});

it('cuts what was at work when another step failed, and takes no late answer of it', () => {
  const rows = rowsOf([
    ...whole.slice(0, 6),
    [20, failed('AuroraEnsure', 'aurora: refused')],
    [21, entered('Roll back')],
    [22, answered('elasticache', 'pending', 'still being created')],
  ]);
  const found = Object.fromEntries(rows.all().map(({ step, status }) => [step, status]));
  expect(found).toMatchObject({ vpc: 'ready', 'eks-cluster': 'cut', elasticache: 'cut', aurora: 'failed' });
  const cache = rows.all().find(({ step }) => step === 'elasticache');
  expect(cache).toMatchObject({ detail: 'being created', until: at(21) });
});

const boardOf = (
  events: readonly [number, RunEvent][],
  seconds: number,
  screen: { columns: number; rows: number },
) => {
  const board = new Progress('Provisioning dev', 'provision');
  for (const [when, event] of events) board.take(event, at(when));
  return stripVTControlCharacters(board.render(at(seconds), screen)).split('\n');
};

it.each([80, 120, 200])('draws no line wider than %i columns', (columns) => {
  const long = 'x'.repeat(300);
  const events: [number, RunEvent][] = [...whole, [767, answered('efs', 'pending', long)]];
  const board = boardOf(events, 770, { columns, rows: 50 });
  expect(Math.max(...board.map((line) => line.length))).toBe(columns);
});

it.each(['provision', 'deprovision'] as const)(
  'has one column for the times of all steps (%s)',
  (machine) => {
    const board = new Progress('dev', machine);
    for (const step of stepNames) board.take({ ...answered(step, 'ready', 'x'), machine } as RunEvent, at(1));
    const rows = stripVTControlCharacters(board.render(at(1), { columns: 200, rows: 50 }))
      .split('\n')
      .slice(2);
    expect(rows).toHaveLength(stepNames.length);
    expect(new Set(rows.map((row) => row.indexOf('0:00  x')))).toHaveLength(1);
  },
);

describe('the estimate', () => {
  const screen = { columns: 80, rows: 50 };
  const settled: [number, RunEvent][] = stepNames.map((step) => [20, answered(step, 'ready', 'there')]);
  const accepted = (stepSeconds: Partial<Record<StepName, number>>): RunEvent => ({
    ...run,
    type: 'answered',
    functionKey: 'Accept',
    answer: { stepSeconds: { ...bySteps(() => 0), ...stepSeconds } },
  });
  const said = (events: readonly [number, RunEvent][], seconds: number) =>
    boardOf(events, seconds, screen)[0]?.split('   ').at(-1);

  it('of a first run is the slowest chain, and shrinks with each step that is done', () => {
    expect(said([[0, entered('Provision')]], 0)).toBe('about 13:45 left');
    expect(said(whole.slice(0, 3), 4)).toBe('about 13:35 left');
    expect(said(whole.slice(0, 8), 605)).toBe('about 7:40 left');
  });

  it('of a change is that of the changes, and nothing of what is there', () => {
    const change: [number, RunEvent][] = [
      [0, accepted({ aurora: 2400, elasticache: 480 })],
      ...settled.filter(([, event]) => !['aurora', 'elasticache'].includes(stepOf(event))),
      [20, answered('aurora', 'pending', 'modifying')],
    ];
    expect(said(change.slice(0, 1), 0)).toBe('about 40:00 left');
    expect(said(change, 620)).toBe('about 30:00 left');
  });

  it('is none once the run is over, be it that it was refused', () => {
    const ended: RunEvent = {
      machine: 'provision',
      execution: 'dev-1',
      type: 'ended',
      result: { status: 'FAILED' },
    };
    expect(boardOf([[0, ended]], 1, screen)[0]).toBe('Provisioning dev   0:01');
  });

  it('ends with "nearly done" while the rules are verified, and says so where it was wrong', () => {
    expect(said([[0, entered('Provision')], ...settled], 30)).toBe('nearly done');
    expect(said([[0, entered('Provision')], ...settled], 830)).toBe('longer than usual');
  });
});

it('fits on a low screen: counts what is done, keeps what is not', () => {
  const board = boardOf(whole, 600, { columns: 80, rows: 8 });
  expect(board.length).toBeLessThan(8);
  expect(board[0]).toContain('Provisioning dev');
  expect(board[1]).toBe('✔ 4 steps are done');
});

it('shows the cause of a failed step at once, whole, and estimates nothing while taking back', () => {
  const cause = `aurora: rds:CreateDBCluster was refused with ${'word '.repeat(40)}end`;
  const events: [number, RunEvent][] = [...whole.slice(0, 6), [20, failed('AuroraEnsure', cause)]];
  const failing = boardOf(events, 21, { columns: 80, rows: 50 });
  const words = failing.filter((line) => line.startsWith('    ')).map((line) => line.trim());
  expect(words.join(' ')).toBe(cause);
  const rolling = boardOf([...events, [22, entered('Roll back')]], 30, { columns: 80, rows: 50 });
  expect(rolling[0]).toBe('Provisioning dev — taking back what this run made   0:30');
});
