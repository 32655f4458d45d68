import { describe, expect, it } from 'vitest';
import type { RunEvent } from '#console/api.ts';
import layouts from '#console/graph/layouts.json' with { type: 'json' };
import { boxView, isTakenBack, reduceAll, rollbackOf } from '#console/model/run.ts';
import { MemoryStore } from '#embedded/store.ts';
import { openAccount } from '#local/account.ts';
import { Hub } from '#local/console/hub.ts';
import { failAt } from '#local/fail-at.ts';
import type { RunEvent as RunnerEvent } from '#local/runner.ts';
import { type RunHandle, simulate } from '#local/simulate.ts';
import { watched } from '../../support/watched.ts';
import { devRequest, freshAccount } from '../../support/workflow.ts';

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

  it('has of a look its place in the queue at a rate', () => {
    const hub = new Hub();
    const told: unknown[] = [];
    hub.listen(0, (event) => told.push(event));
    const queue = {
      operation: 'ec2:CreateVpcEndpoint',
      place: 14,
      from: '2026-11-01T00:19:42.000Z',
      until: '2026-11-01T00:20:19.000Z',
    };
    const answer = {
      step: 'endpoints',
      status: 'pending',
      detail: '',
      since: '',
      retryAfterSeconds: 9,
      resources: {},
      queue,
    };
    const of = { machine: 'provision', execution: 'run', state: 'VPC endpoints' } as const;
    hub.take({ ...of, type: 'answered', functionKey: 'EndpointsEnsure', answer }, 0);
    expect(told).toMatchObject([{ type: 'answered', look: { step: 'endpoints', queue } }]);
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
    // Its time is over, too, although nothing says that a Fail state is left.
    expect(run.states.Failed?.exitedAt).toBe(run.head.endedAt);
    expect(rollbackOf(runs, 'watched')?.head).toMatchObject({ status: 'SUCCEEDED', machine: 'deprovision' });
  });

  it('has of every state of a failed run and its rollback what the interpreter said last', async () => {
    const { runs, history } = await watched({ inject: failAt('aurora') });
    const allowed: Readonly<Record<string, readonly string[]>> = {
      exited: ['done'],
      failed: ['failed'],
      caught: ['failed'],
      // Cut off, or a Fail state, which nothing leaves; an answer may still come of what was cut off.
      entered: ['stopped', 'failed'],
      answered: ['stopped'],
    };
    for (const [key, type] of history) {
      const [execution, ...state] = key.split(' ');
      const { status } = runs.get(execution as string)!.states[state.join(' ')]!;
      // What catches an error is left for where the error leads: it failed all the same.
      const isCatcher = key === 'watched Provision';
      expect(isCatcher ? ['failed'] : allowed[type], `${key} ${type}`).toContain(status);
    }
  });

  it('has what was at work when it was stopped, and nothing at work after', async () => {
    const hub = new Hub();
    const events: RunEvent[] = [];
    hub.listen(0, (event) => events.push(event));
    const account = openAccount({ store: new MemoryStore(freshAccount()), latencySeconds: 0.2 });
    let stop: RunHandle['stop'] = () => false;
    const history = new Map<string, string>();
    const { result } = await simulate(account, {
      machine: 'provision',
      input: devRequest,
      name: 'watched',
      onBegin: (handle) => {
        stop = handle.stop;
      },
      onEvent: (event, at) => {
        hub.take(event, at);
        if (event.type === 'entered' || event.type === 'exited') history.set(event.state, event.type);
        if (event.type === 'answered' && event.state === 'Aurora') stop('watched', 'enough');
      },
    });
    expect(result).toEqual({ status: 'ABORTED', cause: 'enough' });
    const run = reduceAll(new Map(), events).get('watched')!;
    expect(run.head).toMatchObject({ status: 'ABORTED', cause: 'enough' });
    const words: Readonly<Record<string, string>> = { entered: 'stopped', exited: 'done' };
    for (const [state, type] of history) expect(run.states[state]?.status, state).toBe(words[type]);
    expect([...history.values()]).toContain('entered');
    expect(run.states.Verify).toBeUndefined();
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
  const stop = hub.listen(3, ({ type, execution }) => type === 'run-started' && heard.push(execution));
  hub.take(start('three'), 3);
  stop();
  hub.take(start('four'), 4);
  expect(heard).toEqual(['two', 'three']);
});
