import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bySteps,
  runSeconds,
  type Seen,
  type StepSeconds,
  secondsLeft,
  typicalSeconds,
} from '#lib/run/estimate.ts';
import { functionKeyOf, type StepName, stepNames, type Verb } from '#lib/run/steps.ts';
import { definition, type State } from '#local/runner.ts';

type Flow = State & { Next?: string; Choices?: { Next: string }[] };
interface Machine {
  readonly StartAt: string;
  readonly States: Record<string, Flow>;
}

/** What a machine takes from its start to its good end, where each step is waited for as long as it takes. */
function walked({ StartAt, States }: Machine, verb: Verb, of: StepSeconds): number {
  let seconds = 0;
  for (let name: string | undefined = StartAt; name; ) {
    const { Branches = [], Next, Choices = [] } = States[name] as Flow;
    if (Branches.length > 0)
      seconds += Math.max(...Branches.map((branch) => walked(branch as Machine, verb, of)));
    const onward = Choices.map((choice) => choice.Next);
    const wait = onward.find((next) => States[next]?.Type === 'Wait');
    // What is only requested is waited for later.
    if (wait && !wait.startsWith('Wait to request ')) seconds += of[stepOf(States, wait, verb)];
    // Not past the steps, as a run that has nothing to do.
    name = Next ?? onward.find((next) => next !== wait && next !== 'Record result');
  }
  return seconds;
}

/** Whose Task a Wait leads back to. */
function stepOf(states: Machine['States'], wait: string, verb: Verb): StepName {
  const resource = states[states[wait]?.Next as string]?.Resource;
  return stepNames.find((step) => resource?.endsWith(`:${functionKeyOf(step, verb)}`)) as StepName;
}

describe.each([
  ['provision', 'ensure'],
  ['deprovision', 'remove'],
] as const)('%s', (machine, verb) => {
  it('is estimated as its machine waits: one after the other in sum, side by side the longest', () => {
    const asl = definition(machine) as unknown as Machine;
    const times = fc.array(fc.integer({ min: 100, max: 5000 }), {
      minLength: stepNames.length,
      maxLength: stepNames.length,
    });
    fc.assert(
      fc.property(times, (values) => {
        const of = bySteps((step) => values[stepNames.indexOf(step)] as number);
        expect(runSeconds(verb, of)).toBe(walked(asl, verb, of));
      }),
      { seed: 1, numRuns: 200 },
    );
  });
});

it('takes ten seconds to see that all is there', () => {
  expect(
    runSeconds(
      'ensure',
      bySteps(() => 0),
    ),
  ).toBe(10);
});

it('leaves nothing of what is done, of what is at work what its time leaves, and all of what has not begun', () => {
  const of = typicalSeconds('ensure');
  const now = Date.UTC(2026, 10, 26);
  const seen = (status: string, before: number) => ({ status, since: now - before * 1000 });
  const done = Object.fromEntries(stepNames.map((step) => [step, seen('ready', 1)]));
  const left = (more: Partial<Record<StepName, Seen>>) =>
    secondsLeft('ensure', of, { ...done, ...more }, now);
  expect(left({})).toBe(0);
  expect(left({ aurora: seen('pending', 400) })).toBe(of.aurora - 400);
  expect(left({ aurora: seen('pending', 4000) })).toBe(0);
  expect(secondsLeft('ensure', of, {}, now)).toBe(runSeconds('ensure'));
  // What was spent in a queue is no time of the step's own, and after the last call there it begins.
  expect(left({ efs: { ...seen('pending', 400), queuedSeconds: 380 } })).toBe(of.efs - 20);
  expect(left({ efs: { ...seen('pending', 400), queuedUntil: now + 900_000 } })).toBe(900 + of.efs);
});
