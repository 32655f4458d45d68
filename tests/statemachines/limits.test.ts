/** What Step Functions allows an execution, against what the steps may take: computed, so that neither drifts. */
import { describe, expect, it } from 'vitest';
import { paceOf } from '#lib/run/cadence.ts';
import { type StepName, type StepTimes, timesOf as stepTimes, type Verb } from '#lib/run/steps.ts';
import { definition } from '#local/runner.ts';
import { handlers } from '../../serverless/handlers.mjs';

interface State {
  readonly Type: string;
  readonly Resource?: string;
  readonly TimeoutSeconds?: number;
  readonly Next?: string;
  readonly Default?: string;
  readonly Choices?: readonly { readonly Next: string }[];
  readonly Catch?: readonly { readonly Next: string }[];
  readonly Branches?: readonly Scope[];
}
interface Scope {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
  readonly TimeoutSeconds?: number;
}
const machineOf = (name: 'provision' | 'deprovision') => definition(name) as unknown as Scope;

/** The times of the step a Task calls; undefined where it calls something that does not wait. */
function timesOf({ Resource }: State): StepTimes | undefined {
  const path = handlers().find(({ key }) => key === Resource?.split(':').at(-1))?.path;
  const [, step, verb] = /^functions\/([\w-]+)\/(ensure|remove)\.ts$/.exec(path ?? '') ?? [];
  return step ? stepTimes(step as StepName, verb as Verb) : undefined;
}

/** The most looks one loop of a step takes, where it asks for the next one as soon as it may. */
function looksOf({ typicalSeconds, deadlineSeconds }: StepTimes): number {
  let looks = 1;
  for (let elapsed = 0; elapsed <= deadlineSeconds; elapsed += paceOf(1, elapsed, typicalSeconds)) looks += 1;
  return looks;
}

/** Task entered, scheduled, started, succeeded, exited; Choice entered, exited; Wait entered, exited. */
const eventsOfLook = 9;

function eventsOf(scope: Scope): number {
  return Object.values(scope.States).reduce((sum, state) => {
    const times = timesOf(state);
    const inner = (state.Branches ?? []).reduce((all, branch) => all + eventsOf(branch), 0);
    return sum + inner + (times ? looksOf(times) * eventsOfLook : 5);
  }, 0);
}

/** Seconds of the slowest way through, each step at its deadline and each Task at its timeout. */
function slowest(scope: Scope, name: string, end: string | undefined, seen: readonly string[] = []): number {
  const state = scope.States[name];
  if (!state || name === end || seen.includes(name)) return 0;
  const branches = (state.Branches ?? []).map((branch) => slowest(branch, branch.StartAt, undefined));
  const own = Math.max(0, ...branches) + (timesOf(state)?.deadlineSeconds ?? 0) + (state.TimeoutSeconds ?? 0);
  const onward = [state.Next, state.Default, ...(state.Choices ?? []), ...(state.Catch ?? [])]
    .map((next) => (typeof next === 'object' ? next.Next : next))
    .filter((next) => next !== undefined)
    .map((next) => slowest(scope, next, end, [...seen, name]));
  return own + Math.max(0, ...onward);
}

describe.each(['provision', 'deprovision'] as const)('a %s execution', (name) => {
  it('stays far below the 25,000 events of a history, with every step at its deadline', () => {
    expect(eventsOf(machineOf(name))).toBeLessThan(20_000);
  });

  it('has the time of its slowest way through, so that steps fail by name and can be caught', () => {
    const machine = machineOf(name);
    expect(machine.TimeoutSeconds).toBeGreaterThan(slowest(machine, machine.StartAt, undefined));
  });
});

it('a run waits for its rollback until that has given up itself', () => {
  const waiting = machineOf('provision').States['Roll back']?.TimeoutSeconds;
  // Past it the rollback would go on without the lock of the run that asked for it.
  expect(waiting).toBeGreaterThan(machineOf('deprovision').TimeoutSeconds as number);
});

describe('the pace of looking', () => {
  it('leaves a step its own pace at the beginning and around the typical time', () => {
    expect(paceOf(1, 0, 600)).toBe(1);
    expect(paceOf(3, 590, 600)).toBe(6);
    expect(paceOf(285, 5, 600)).toBe(285);
  });

  it('is slow once something takes far longer than it does', () => {
    expect(paceOf(3, 1100, 600)).toBe(15);
    expect(paceOf(3, 1300, 600)).toBe(30);
  });
});
