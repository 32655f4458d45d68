/**
 * Every error class of every step, from AWS's answer through the real handlers to the failure that is recorded: all of
 * its parts are there, whoever threw it.
 */
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { AwsFault, type AwsState } from '#embedded/model.ts';
import { MemoryStore } from '#embedded/store.ts';
import type { ErrorClass } from '#lib/aws/error-row.ts';
import { errorTable } from '#lib/aws/error-table.ts';
import { canonicalCode, classify } from '#lib/aws/errors.ts';
import type { EnvironmentTarget } from '#lib/run/environment.ts';
import * as failures from '#lib/run/failures.ts';
import { type RecordedFailure, readEnvironment } from '#lib/run/registry.ts';
import { stepHandler } from '#lib/run/step.ts';
import { functionKeyOf, type StepName, stepNames, type Verb } from '#lib/run/steps.ts';
import { openAccount } from '#local/account.ts';
import { type Handler, invoke, invokeHandler, loadHandlers } from '#local/lambda.ts';
import { samplePlan } from '../support/plan.ts';
import { devRemoval, devRequest, runMachine } from '../support/workflow.ts';

const execution = {
  id: 'arn:aws:states:eu-central-1:111122223333:execution:provision:run-2',
  name: 'run-2',
  startTime: '2026-11-02T00:00:00.000Z',
};

const classes = [...new Set<ErrorClass>([...errorTable.map(({ means }) => means), 'unknown'])];
/** Of these a step says at the end of its own time what it waited for. */
const awaited: ReadonlySet<ErrorClass> = new Set(['throttled', 'transient', 'pending', 'exists', 'gone']);

/** AWS's answer of a class to this call: the first one that the table knows for it. */
function faultOf(means: ErrorClass, operation: string): AwsFault | undefined {
  const rows = errorTable.filter((row) => row.means === means && !row.text);
  const codes = means === 'unknown' ? ['SomethingNew'] : rows.flatMap((row) => row.codes ?? []);
  const status = means === 'transient' ? 503 : 400;
  for (const code of codes) {
    const fault = new AwsFault(code.replaceAll('*', 'Resource'), 'It is so: for a reason.', { status });
    const seen = { name: fault.name, operation, $metadata: { httpStatusCode: status } };
    if (classify(Object.assign(new Error(fault.message), seen)) === means) return fault;
  }
  return undefined;
}

interface World {
  readonly state: AwsState;
  readonly environment: EnvironmentTarget;
}

let healthy: AwsState;
const worlds = {} as Record<Verb, World>;

const bookkeeping = /^(dynamodb|states|events):/;

/** The account as `state` has it, answering every call of the work itself with one class; what it answered. */
function open(state: AwsState, means?: ErrorClass, isSpared = bookkeeping) {
  const store = new MemoryStore(structuredClone(state));
  const { aws } = openAccount({ store, latencySeconds: 0 });
  const codes = new Set<string>();
  aws.inject = (call) => {
    const fault = means && !isSpared.test(call.operation) && faultOf(means, call.operation);
    if (!fault) return undefined;
    codes.add(`${call.operation} ${canonicalCode(fault)}`);
    return { kind: 'refuse', fault };
  };
  return { codes, store, aws };
}

beforeAll(async () => {
  await loadHandlers();
  healthy = (await runMachine('provision', devRequest, { name: 'run' })).store.snapshot();
  vi.useFakeTimers({ toFake: ['Date'], now: healthy.now });
  for (const [verb, accept, request] of [
    ['ensure', 'Accept', devRequest],
    ['remove', 'AcceptRemoval', devRemoval],
  ] as const) {
    const { store } = open(healthy);
    const { environment } = (await invoke(accept, { request, execution })) as World;
    worlds[verb] = { state: store.snapshot(), environment };
  }
}, 60_000);

/** The SDK's own retries take no time. */
const setTimer = globalThis.setTimeout;
const shortMilliseconds = 30_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: healthy.now });
  const hurried = (work: () => void, milliseconds = 0) =>
    setTimer(work, milliseconds < shortMilliseconds ? 0 : milliseconds);
  vi.spyOn(globalThis, 'setTimeout').mockImplementation(hurried as typeof setTimeout);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

interface Caught {
  readonly Error: string;
  readonly Cause: string;
}

/** What the Catch of the machine gets. */
async function caught(work: Promise<unknown>): Promise<Caught | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    return { Error: (error as Error).name, Cause: (error as Error).message };
  }
}

/** What the registry has after record-failure was handed it. */
async function recorded(error: Caught, environment?: EnvironmentTarget): Promise<RecordedFailure> {
  const where = environment ? { state: { environment } } : { request: devRequest };
  await invoke('RecordFailure', { execution, error, ...where });
  return (await readEnvironment('dev'))?.failure as RecordedFailure;
}

/** Every part, in clean words. */
function expectParts(failure: RecordedFailure, step: string): void {
  expect(failure).toMatchObject({
    step,
    what: expect.stringMatching(/\S/),
    todo: expect.stringMatching(/^[a-zA-Z].*[^.]$/s),
  });
  expect(failure.cause).toContain(`${step}: `);
  expect(failure.cause).not.toMatch(/\.\.|undefined|\[object/);
  expect(failure.cause).not.toContain(`${step}: ${step}: `);
}

const ids = {
  vpcId: 'vpc-1',
  defaultSecurityGroupId: 'sg-1',
  mainRouteTableId: 'rtb-1',
  subnetIds: Object.fromEntries(samplePlan().subnets.map(({ component }) => [component, 'subnet-1'])),
  internetGatewayId: 'igw-1',
  privateRouteTableId: 'rtb-2',
  publicRouteTableId: 'rtb-3',
  endpointIds: {},
  clusterName: 'aoscloud-dev',
  clusterSecurityGroupId: 'sg-2',
  oidcIssuer: 'https://oidc.eks.eu-central-1.amazonaws.com/id/1',
};

/** The last look of a step: its time is up. */
function lastLook(step: StepName, verb: Verb): Promise<unknown> {
  const since = new Date(healthy.now - 24 * 3_600_000).toISOString();
  const before = { step, status: 'pending', requested: true, retryAfterSeconds: 5, since, detail: 'busy' };
  return invoke(functionKeyOf(step, verb), {
    environment: worlds[verb].environment,
    step: { ...before, resources: ids },
  });
}

const all = stepNames.flatMap((step) => (['ensure', 'remove'] as const).map((verb) => ({ step, verb })));

describe('an answer of AWS', { timeout: 60_000 }, () => {
  it.each(all)(
    'to $step, $verb, is recorded with all its parts, whatever it means',
    async ({ step, verb }) => {
      for (const means of classes) {
        const { codes } = open(worlds[verb].state, means);
        const error = await caught(lastLook(step, verb));
        const said = `${means}: ${JSON.stringify(error)}`;
        // Where the wished state is there, nothing has failed.
        if (!error && awaited.has(means)) continue;
        expect(error, said).toBeDefined();
        const failure = await recorded(error as Caught, worlds[verb].environment);
        expectParts(failure, step);
        expect(codes, said).toContain(`${failure.operation} ${failure.code}`);
      }
    },
  );
});

describe('an answer of AWS before and after the steps', { timeout: 60_000 }, () => {
  const nothing = /^$/;
  it.each([
    ['accept', 'Accept', () => ({ request: devRequest, execution }), bookkeeping],
    ['accept-removal', 'AcceptRemoval', () => ({ request: devRemoval, execution }), bookkeeping],
    ['verify', 'Verify', () => ({ environment: worlds.ensure.environment }), bookkeeping],
    [
      'record-result',
      'RecordResult',
      () => ({ ...worlds.ensure, execution, verification: { rules: [], outputs: {} } }),
      nothing,
    ],
    ['record-removal', 'RecordRemoval', () => ({ ...worlds.remove, execution }), nothing],
  ])('to %s is recorded with all its parts, whatever it means', async (name, key, event, isSpared) => {
    let met = 0;
    for (const means of classes) {
      const { codes, aws } = open(
        worlds[name.endsWith('-removal') ? 'remove' : 'ensure'].state,
        means,
        isSpared,
      );
      const error = await caught(invoke(key, event()));
      aws.inject = undefined;
      if (!error) continue;
      met += 1;
      const failure = await recorded(error);
      expectParts(failure, name);
      expect(codes, JSON.stringify(error)).toContain(`${failure.operation} ${failure.code}`);
    }
    expect(met).toBeGreaterThan(6);
  });
});

describe('what a run says itself', () => {
  const kinds = Object.values(failures).filter(
    (kind): kind is typeof failures.ResourceFailedError =>
      typeof kind === 'function' && kind.prototype instanceof failures.Failure,
  );

  it.each(all)('in $step, $verb, is recorded with all its parts', async ({ step, verb }) => {
    for (const Kind of kinds) {
      open(worlds[verb].state);
      const { name } = new Kind('', '');
      const handler = stepHandler(step, verb, () =>
        Promise.reject(new Kind('it is so: really.', 'mend it.')),
      );
      const event = { environment: worlds[verb].environment };
      const error = await caught(invokeHandler(functionKeyOf(step, verb), handler as Handler, event));
      const failure = await recorded(error as Caught, worlds[verb].environment);
      expectParts(failure, step);
      expect(failure).toMatchObject({ error: name, what: 'it is so: really', todo: 'mend it' });
      expect(failure.cause).toMatch(new RegExp(`^${step}: it is so: really\\. What to do: mend it\\.`));
    }
    expect(kinds).toHaveLength(10);
  });
});
