import { beforeAll, describe, expect, it } from 'vitest';
import type { Layout } from '#console/graph/layout.ts';
import layouts from '#console/graph/layouts.json' with { type: 'json' };
import { estimateOf, expectedEnd, leftInWords, titleOfStep } from '#console/model/estimate.ts';
import { type RunView, reduceAll } from '#console/model/run.ts';
import { type Bar, barsOf } from '#console/model/timeline.ts';
import { runSeconds } from '#lib/run/estimate.ts';
import { steps } from '#lib/run/steps.ts';
import { failAt } from '#local/fail-at.ts';
import { type Watched, watched } from '../support/watched.ts';

const layout = layouts.provision.folded as unknown as Layout;
const barsBy = (run: RunView, end: number): Map<string, Bar> =>
  new Map(barsOf(layout, run, false, end).map((bar) => [bar.id, bar]));
const at = ({ events }: Watched, seconds: number): RunView =>
  reduceAll(
    new Map(),
    events.filter((event) => event.at <= events[0]!.at + seconds * 1000),
  ).get('watched')!;

describe('the timeline of a run that succeeds', () => {
  let whole: Watched;
  let run: RunView;
  let end: number;
  beforeAll(async () => {
    whole = await watched();
    run = whole.runs.get('watched')!;
    end = run.head.endedAt!;
  });

  it('has a bar for each step, what it waited for, and the chain the run waited for', () => {
    const bars = barsBy(run, end);
    for (const { title } of Object.values(steps)) expect([...bars.keys()]).toContain(title);
    expect(bars.get('Aurora')?.waitedFor?.what).toMatch(/being created/);
    const chain = [...bars.values()].filter(({ isCritical }) => isCritical).map(({ id }) => id);
    expect(chain).toEqual(expect.arrayContaining(['VPC and subnets', 'EKS control plane', 'EKS nodes']));
    expect(chain).not.toContain('EFS');
    for (const { from, to } of bars.values()) expect(to).toBeGreaterThanOrEqual(from);
  });

  it('has beside each bar what the step was expected to take, from its first look on, once', () => {
    const bars = barsBy(run, end);
    const control = bars.get('EKS control plane')!;
    expect(control.expected!.to - control.expected!.from).toBe(
      steps['eks-cluster'].ensureTypicalSeconds * 1000,
    );
    expect(control.expected!.from).toBeLessThanOrEqual(control.from);
    expect(bars.get('Request EKS control plane')?.expected).toBeUndefined();
    expect(bars.get('Verify')?.expected).toBeUndefined();
    const withOne = [...bars.values()].filter(({ expected }) => expected);
    expect(withOne).toHaveLength(Object.keys(steps).length);
  });

  it('tells the estimate, how it moved, and which step moved it', () => {
    const estimate = estimateOf(run, end)!;
    expect(estimate.first).toBe(runSeconds('ensure') * 1000);
    expect(Math.abs(estimate.last - (end - run.head.startedAt))).toBeLessThan(15_000);
    expect(estimate.line[0]).toMatchObject({ at: run.head.startedAt });
    expect(estimate.line.at(-1)?.at).toBe(end);
    for (const [index, corner] of estimate.line.entries())
      expect(corner.at).toBeGreaterThanOrEqual(estimate.line[index - 1]?.at ?? 0);
    expect(estimate.moves.map(({ by }) => by)).toContain('eks-cluster');
    expect(titleOfStep(run, 'eks-cluster')).toBe('EKS control plane');
    const moved = run.estimates.map(({ end: known }) => known as number);
    expect(new Set(moved).size).toBeGreaterThan(2);
  });

  it('says while it runs how long yet, as the terminal does, and nothing once it is over', () => {
    const half = at(whole, 300);
    const now = half.head.startedAt + 300_000;
    expect(expectedEnd(half, now)).toBeGreaterThan(now + 300_000);
    expect(leftInWords(half, now, (milliseconds) => `${milliseconds > 0}`)).toBe('about true left');
    const late = half.head.startedAt + 3_600_000;
    expect(expectedEnd(half, late)).toBe(late);
    expect(leftInWords(half, late, String)).toBe('longer than usual');
    expect(leftInWords(run, end, String)).toBeUndefined();
  });
});

it('has no estimate any more once a run takes back what it made, and none of the rollback', async () => {
  const { runs, events } = await watched({ inject: failAt('aurora') });
  const run = runs.get('watched')!;
  expect(run.estimates.at(-1)?.end).toBeNull();
  const rollback = events.find((event) => event.type === 'run-started' && event.run.parent)!;
  const during = reduceAll(
    new Map(),
    events.filter(({ sequence }) => sequence <= rollback.sequence + 5),
  ).get('watched')!;
  expect(during.head.status).toBe('RUNNING');
  expect(expectedEnd(during, rollback.at)).toBeUndefined();
  expect(estimateOf(run, run.head.endedAt!)?.line.at(-1)?.at).toBe(rollback.at);
  expect(estimateOf(runs.get(rollback.execution)!, rollback.at)).toBeUndefined();
});

it('expects of a run of what stands already as long as its changes take', async () => {
  const first = await watched();
  const second = await watched({ from: first.run.store.snapshot(), name: 'again' });
  const run = second.runs.get('again')!;
  const estimate = estimateOf(run, run.head.endedAt!)!;
  expect(estimate.moves[0]).toMatchObject({ by: 'accept' });
  expect(estimate.last).toBeLessThan(60_000);
});
