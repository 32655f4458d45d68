import { readFileSync } from 'node:fs';
import aslValidator from 'asl-validator';
import { describe, expect, it } from 'vitest';
import { definition, tasksOf } from '#local/runner.ts';
import { handlers } from '../../serverless/handlers.mjs';

interface State {
  readonly Type: string;
  readonly Comment?: string;
  readonly Resource?: string;
  readonly TimeoutSeconds?: number;
  readonly Retry?: readonly { readonly ErrorEquals: readonly string[]; readonly JitterStrategy?: string }[];
  readonly Catch?: readonly { readonly ErrorEquals: readonly string[] }[];
  readonly Next?: string;
  readonly Default?: string;
  readonly Choices?: readonly { readonly Next: string }[];
  readonly Branches?: readonly Scope[];
  readonly ItemProcessor?: Scope;
}
interface Scope {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

const machines = ['provision', 'deprovision', 'fleet'] as const;

/**
 * The one place that says what a Task tries again. The first four are Lambda's own transient faults, as AWS lists
 * them: https://docs.aws.amazon.com/step-functions/latest/dg/bp-lambda-serviceexception.html, "Handle Lambda service
 * exceptions", which also says that a function's own timeout or lack of memory is `Lambda.Unknown`, and too many at
 * once `Lambda.TooManyRequestsException`. `Sandbox.Timedout` and `Runtime.ExitError` are what the runtime calls such
 * an end. `TransientError` is this project's own.
 */
const transientOfLambda = [
  'Lambda.ClientExecutionTimeoutException',
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'Lambda.TooManyRequestsException',
  'Lambda.Unknown',
  'Sandbox.Timedout',
  'Runtime.ExitError',
  'States.Timeout',
  'TransientError',
];

/** The same of the Task that reads an object: https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html. */
const transientOfObject = ['S3.SdkClientException', 'S3.S3Exception', 'States.Timeout'];

/** The same of the Task that starts the rollback: it must not wait a second time for one that failed. */
const transientOfStart = [
  'StepFunctions.ThrottlingException',
  'StepFunctions.SdkClientException',
  'StepFunctions.AWSStepFunctionsException',
];

function scopesOf(scope: Scope): Scope[] {
  const inner = Object.values(scope.States).flatMap(({ Branches = [], ItemProcessor }) =>
    [...Branches, ...(ItemProcessor ? [ItemProcessor] : [])].flatMap(scopesOf),
  );
  return [scope, ...inner];
}

function statesOf(machine: (typeof machines)[number]): [string, State][] {
  return scopesOf(definition(machine) as unknown as Scope).flatMap((scope) => Object.entries(scope.States));
}

describe.each(machines)('%s', (machine) => {
  it('is valid ASL', () => {
    const { isValid, errorsText } = aslValidator(definition(machine) as never, {
      checkArn: true,
      checkPaths: true,
    });
    expect(errorsText(), machine).toBe('');
    expect(isValid).toBe(true);
  });

  it('gives every Task a comment, a timeout, a retry with jitter, and no retry of everything', () => {
    for (const [name, state] of statesOf(machine).filter(([, { Type }]) => Type === 'Task')) {
      expect(state.Comment, name).toBeTruthy();
      expect(state.TimeoutSeconds, name).toBeGreaterThan(0);
      expect(state.Retry?.[0]?.JitterStrategy, name).toBe('FULL');
      const retried = state.Retry?.flatMap((retry) => retry.ErrorEquals) ?? [];
      expect(retried, name).not.toContain('States.ALL');
      expect(retried, name).not.toContain('States.TaskFailed');
    }
  });

  it('retries in every Task exactly what may pass by itself', () => {
    for (const [name, state] of statesOf(machine).filter(([, { Type }]) => Type === 'Task')) {
      const integration = /:states:::([\w-]+:)?(s3|states):/.exec(state.Resource ?? '')?.[2];
      const transient = { s3: transientOfObject, states: transientOfStart, lambda: transientOfLambda };
      expect(state.Retry?.[0]?.ErrorEquals, name).toEqual(
        transient[(integration ?? 'lambda') as keyof typeof transient],
      );
      expect(
        state.Retry?.slice(1).flatMap((retry) => retry.ErrorEquals),
        name,
      ).toEqual(state.Resource?.endsWith(':Verify') ? ['VerificationFailedError'] : []);
    }
  });

  it('resolves every Task to a function of this project', () => {
    const keys = new Set(handlers().map(({ key }) => key));
    for (const [name, { Resource: resource = '' }] of statesOf(machine).filter(
      ([, { Type }]) => Type === 'Task',
    )) {
      if (resource.includes(':states:::')) continue;
      expect(keys.has(resource.split(':').at(-1) as string), `${name}: ${resource}`).toBe(true);
    }
  });

  it('names each state once, so that logs and the graph are unambiguous', () => {
    const names = statesOf(machine).map(([name]) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('never goes onward from an answer it does not know', () => {
    for (const scope of scopesOf(definition(machine) as unknown as Scope)) {
      for (const [name, state] of Object.entries(scope.States)) {
        if (state.Type !== 'Choice' || name === 'Roll back?') continue;
        // Without one, Step Functions fails the scope by name: States.NoChoiceMatched.
        expect(state.Default, name).toBeUndefined();
      }
    }
  });

  it('can reach every state', () => {
    for (const scope of scopesOf(definition(machine) as unknown as Scope)) {
      const targets = new Set([scope.StartAt]);
      for (const state of Object.values(scope.States)) {
        const catches = (state.Catch ?? []) as readonly { readonly Next?: string }[];
        for (const next of [
          state.Next,
          state.Default,
          ...(state.Choices ?? []).map((choice) => choice.Next),
          ...catches.map((c) => c.Next),
        ]) {
          if (next) targets.add(next);
        }
      }
      for (const name of Object.keys(scope.States)) expect(targets.has(name), name).toBe(true);
    }
  });

  it('retries only error names that exist', () => {
    const failures = readFileSync(new URL('../../lib/run/failures.ts', import.meta.url), 'utf8');
    const own = [...failures.matchAll(/override readonly name = '(\w+)'/g)].map(([, name]) => name as string);
    const known = /^(Lambda\.|States\.|Sandbox\.|Runtime\.|StepFunctions\.|S3\.)/;
    for (const [state, { Retry, Catch }] of statesOf(machine)) {
      for (const name of [...(Retry ?? []), ...(Catch ?? [])].flatMap((entry) => entry.ErrorEquals)) {
        expect(known.test(name) || own.includes(name), `${state}: ${name}`).toBe(true);
      }
    }
  });
});

it('uses every function in a machine, or it is one that answers something else than a machine', () => {
  const used = new Set(
    machines
      .flatMap((machine) => statesOf(machine).flatMap(([, { Resource }]) => Resource ?? []))
      .map((arn) => arn.split(':').at(-1)),
  );
  const elsewhere = new Set(['Drift', 'SettleDeadRun', 'SettleLostRuns', 'TakeEvent', 'Webhook']);
  for (const { key, path } of handlers()) expect(used.has(key) || elsewhere.has(key), path).toBe(true);
});

it('takes down in the mirror order of building', () => {
  const order = [...tasksOf(definition('deprovision').States).values()].map((arn) => arn.split(':').at(-1));
  expect(order.indexOf('EksNodesRemove')).toBeLessThan(order.indexOf('EksConnectRemove'));
  expect(order.indexOf('EksConnectRemove')).toBeLessThan(order.indexOf('EksClusterRemove'));
  expect(order.indexOf('EksClusterRemove')).toBeLessThan(order.indexOf('EndpointsRemove'));
  expect(order.indexOf('RoutingRemove')).toBeLessThan(order.indexOf('VpcRemove'));
  expect(order.filter((key) => key?.endsWith('Remove')).at(-1)).toBe('VpcRemove');
});
