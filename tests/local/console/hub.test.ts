import { describe, expect, it } from 'vitest';
import layouts from '#console/graph/layouts.json' with { type: 'json' };
import { boxView, isTakenBack, reduceAll, rollbackOf } from '#console/model/run.ts';
import { Hub } from '#local/console/hub.ts';
import { failAt } from '#local/fail-at.ts';
import type { RunEvent as RunnerEvent } from '#local/runner.ts';
import { watched } from '../../support/watched.ts';

const boxOf = (machine: 'provision' | 'deprovision', id: string) =>
  layouts[machine].folded.boxes.find((box) => box.id === id)!;

describe('a run as the console sees it', () => {
  it('has every state that was entered, done where the interpreter left it', async () => {
    const { runs, history } = await watched();
    const run = runs.get('watched')!;
    expect(run.head.status).toBe('SUCCEEDED');
    const entered = [...history].filter(([key]) => key.startsWith('watched '));
    expect(entered.length).toBeGreaterThan(40);
    for (const [key, type] of entered) {
      const state = run.states[key.replace('watched ', '')];
      expect(type, key).toBe('exited');
      expect(state?.status, key).toBe('done');
    }
    expect(Object.keys(run.states).length).toBe(entered.length);
    expect(boxView(run, boxOf('provision', 'Record refusal').states, false).status).toBe('not-reached');
    expect(boxView(run, boxOf('provision', 'Aurora').states, false).look?.status).toBe('ready');
  });

  it('shows where it failed, what stopped with it, and what was taken back', async () => {
    const { runs } = await watched({ inject: failAt('aurora') });
    const run = runs.get('watched')!;
    const takenBack = isTakenBack(runs, 'watched');
    const status = (id: string) => boxView(run, boxOf('provision', id).states, takenBack).status;
    expect(run.head.status).toBe('FAILED');
    expect(takenBack).toBe(true);
    expect(status('Aurora')).toBe('failed');
    expect(boxView(run, boxOf('provision', 'Aurora').states, takenBack).error?.error).toBe('AwsRefusedError');
    expect(status('EKS control plane')).toBe('stopped');
    expect(status('VPC and subnets')).toBe('taken-back');
    expect(status('Accept request')).toBe('done');
    expect(status('Provision')).toBe('failed');
    expect(status('Verify')).toBe('not-reached');
    expect(status('Failed')).toBe('failed');
    expect(rollbackOf(runs, 'watched')?.head).toMatchObject({ status: 'SUCCEEDED', machine: 'deprovision' });
  });

  it('is the same for whoever comes late, and for whoever lost the connection in the middle', async () => {
    const { runs, events } = await watched();
    const half = Math.floor(events.length / 2);
    const late = reduceAll(reduceAll(new Map(), events.slice(0, half)), events.slice(half));
    expect(late).toEqual(runs);
    expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1));
  });
});

it('gives a listener everything after the number it knows, and nothing once it stops', () => {
  const hub = new Hub();
  const start = (execution: string): RunnerEvent => ({
    type: 'started',
    machine: 'provision',
    execution,
    input: { environment: 'dev' },
  });
  hub.take(start('one'), 1);
  hub.take(start('two'), 2);
  const heard: string[] = [];
  const stop = hub.listen(1, ({ execution }) => heard.push(execution));
  hub.take(start('three'), 3);
  stop();
  hub.take(start('four'), 4);
  expect(heard).toEqual(['two', 'three']);
});
