import { describe, expect, test } from 'vitest';
import { AwsFault } from '#embedded/model.ts';
import { type Cluster, rdsState } from '#embedded/services/rds/state.ts';
import { finishExecution, recordExecution } from '#embedded/services/states.ts';
import { acceptRemoval } from '#functions/accept-removal.ts';
import { ensure as ensureEfs } from '#functions/efs/ensure.ts';
import { aurora } from '#lib/data/aurora.ts';
import { ensureDatabase } from '#lib/data/ensure.ts';
import {
  type Execution,
  lockEnvironment,
  type RegistryItem,
  readEnvironment,
  releaseEnvironment,
} from '#lib/run/registry.ts';
import { homeRegion } from '#local/account.ts';
import { type TestAws, testAws, untilDone } from '../support/embedded.ts';
import { testNetwork } from '../support/network.ts';
import { samplePlan } from '../support/plan.ts';

const removal = { environment: 'dev', region: 'eu-central-1', confirm: 'dev' };

function execution(machine: 'PROVISION' | 'DEPROVISION', name: string): Execution {
  const arn = process.env[`${machine}_STATE_MACHINE_ARN`] as string;
  return { id: `${arn.replace(':stateMachine:', ':execution:')}:${name}`, name, startTime: '' };
}

/** A run of that outcome, which let its lock go. */
async function ended(
  status: RegistryItem['status'],
  runs: RegistryItem['runs'] = {},
  readyAt?: string,
): Promise<void> {
  const run = execution('PROVISION', 'run-1');
  const account = samplePlan().account;
  await lockEnvironment('dev', run, { region: homeRegion, account, status: 'PROVISIONING', runs });
  await releaseEnvironment('dev', run.id, { status, ...(readyAt ? { readyAt } : {}) });
}

/** A run that holds the lock. */
const provisioning = () =>
  lockEnvironment('dev', execution('PROVISION', 'run-1'), {
    region: homeRegion,
    account: samplePlan().account,
    status: 'PROVISIONING',
  });

const accept = (changes: object = {}) =>
  acceptRemoval({ request: { ...removal, ...changes }, execution: execution('DEPROVISION', 'removal-1') });

test('a removal right after a run that failed or was stopped waits for the calls it left behind', async () => {
  testAws();
  await ended('FAILED');
  expect((await accept()).settleSeconds).toBe(65);
  expect((await accept()).settleSeconds, 'and so does a repeated acceptance').toBe(65);
});

test('that wait is counted in seconds since the run ended', async () => {
  const account = testAws();
  await ended('FAILED');
  account.advance(64);
  expect((await accept()).settleSeconds).toBe(65);
});

test('a removal that takes the lock of a dead run over waits for its calls, however long it held the lock', async () => {
  const account = testAws();
  await provisioning();
  account.advance(600);
  expect((await accept()).settleSeconds).toBe(65);
});

test('taking back what one run made waits for calls of that run', async () => {
  const account = testAws();
  await ended('READY');
  account.advance(600);
  expect((await accept({ createdBy: 'run-1' })).settleSeconds).toBe(65);
});

test('a removal of an environment at rest waits for nothing', async () => {
  const account: TestAws = testAws();
  await ended('READY');
  expect((await accept()).settleSeconds).toBe(0);
  await releaseEnvironment('dev', execution('DEPROVISION', 'removal-1').id, { status: 'REMOVAL_FAILED' });
  account.advance(66);
  expect((await accept()).settleSeconds).toBe(0);
  await releaseEnvironment('dev', execution('DEPROVISION', 'removal-1').id, { status: 'GONE' });
  expect((await accept()).settleSeconds, 'of one that is gone').toBe(0);
});

test('a removal narrowed to one run is not stopped by the protection of what another made', async () => {
  const account = testAws();
  const plan = samplePlan();
  const wished = samplePlan({ aurora: { ...plan.aurora, deletionProtection: true } });
  const network = await testNetwork(account, wished);
  await untilDone(account, 'aurora', (context) => ensureDatabase(aurora, context), wished, network);
  await expect(accept()).rejects.toMatchObject({ name: 'RemovalBlockedError' });
  await expect(accept({ createdBy: 'run-1' })).rejects.toMatchObject({ name: 'RemovalBlockedError' });
  await expect(accept({ createdBy: 'run-0' })).resolves.toMatchObject({ environment: { unprotect: false } });
});

test('only an environment of which the registry knows the run and no completion was never ready', async () => {
  const taken = async () => (await accept({ createdBy: 'run-1' })).environment.neverReady;
  testAws();
  expect(await taken()).toBeUndefined();
  expect(await taken()).toBeUndefined();
  testAws();
  await ended('FAILED', { 'run-1': '2026-11-01T00:00:00.000Z' });
  expect(await taken()).toBe(true);
  testAws();
  await ended('FAILED', { 'run-0': '2026-11-01T00:00:00.000Z' });
  expect(await taken()).toBeUndefined();
  testAws();
  await ended('FAILED', { 'run-1': '2026-11-01T00:00:00.000Z' }, '2026-11-01T00:10:00.000Z');
  expect(await taken(), 'it was complete').toBeUndefined();
});

describe('a removal of what one run made may lift its protections', () => {
  /** What Step Functions knows of run-1, which started at the beginning of time. */
  const ran = (account: TestAws, status: 'RUNNING' | 'SUCCEEDED' | 'FAILED') =>
    account.aws.inspect(homeRegion, (call) => {
      const arn = recordExecution(call, { machine: 'provision', name: 'run-1', input: {} });
      if (status !== 'RUNNING') finishExecution(call, arn, { status });
    });
  const unprotects = async () => (await accept({ createdBy: 'run-1' })).environment.unprotect;

  test.each([
    ['failed, in an environment that never was complete', 'FAILED', undefined, true],
    ['succeeded', 'SUCCEEDED', undefined, false],
    ['failed after the environment was complete: nobody uses what it added', 'FAILED', -60, true],
    ['failed although it started the moment the environment was complete', 'FAILED', 0, true],
    ['failed before another run completed the environment with what it made', 'FAILED', 60, false],
  ] as const)('where it %s: %s, %s → %s', async (_how, status, readyAfter, expected) => {
    const account = testAws();
    ran(account, status);
    const readyAt =
      readyAfter === undefined ? undefined : new Date(Date.now() + readyAfter * 1000).toISOString();
    await ended(status === 'SUCCEEDED' ? 'READY' : 'FAILED', {}, readyAt);
    expect(await unprotects()).toBe(expected);
  });

  test('but not of a run that Step Functions does not know any more', async () => {
    testAws();
    await ended('FAILED');
    expect(await unprotects()).toBe(false);
  });

  test('but not of everything, whoever made it', async () => {
    const account = testAws();
    ran(account, 'FAILED');
    await ended('FAILED');
    expect((await accept()).environment.unprotect).toBe(false);
  });

  test('and where Step Functions does not answer, it is asked again', async () => {
    const account = testAws();
    ran(account, 'FAILED');
    const fault = new AwsFault('InternalServerError', 'try again', { status: 500 });
    account.aws.inject = ({ operation }) =>
      operation === 'states:DescribeExecution' ? { kind: 'refuse', fault } : undefined;
    await expect(accept({ createdBy: 'run-1' })).rejects.toMatchObject({ name: 'TransientError' });
  });
});

/** Aurora and EFS of run-1, as far as a removal asks about them. */
async function withData(finalSnapshots = true) {
  const account = testAws();
  const network = await testNetwork(account, samplePlan());
  await untilDone(account, 'aurora', (context) => ensureDatabase(aurora, context), samplePlan(), network);
  await untilDone(account, 'efs', ensureEfs, samplePlan(), network);
  return { account, accepting: (changes: object = {}) => accept({ finalSnapshots, ...changes }) };
}

test('an accepted removal says what it takes for good (B17)', async () => {
  const { accepting } = await withData();
  const { warnings, step } = await accepting();
  expect(warnings).toEqual([expect.stringMatching(/^EFS file system fs-\w+ leaves no final copy/)]);
  expect(step).toMatchObject({
    step: 'accept',
    status: 'ready',
    requested: true,
    detail: expect.stringMatching(/^removal of dev accepted; EFS file system/),
  });
});

test('without final snapshots the databases are among what goes for good', async () => {
  const { accepting } = await withData(false);
  expect((await accepting()).warnings).toContain(
    'Aurora cluster aoscloud-dev-aurora leaves no final snapshot: its data is gone for good',
  );
});

test('a question that AWS cannot answer just now is asked again, and not taken for a blocker', async () => {
  const { account, accepting } = await withData();
  const fault = new AwsFault('InternalServerError', 'try again', { status: 500 });
  account.aws.inject = ({ operation }) =>
    operation === 'efs:DescribeReplicationConfigurations' ? { kind: 'refuse', fault } : undefined;
  await expect(accepting()).rejects.toMatchObject({ name: 'TransientError' });
});

test('a rollback does without the answer to a question it may not ask, its steps look again', async () => {
  const { account, accepting } = await withData();
  await provisioning();
  const fault = new AwsFault('AccessDeniedException', 'not allowed', { status: 403 });
  account.aws.inject = ({ operation }) =>
    operation === 'efs:DescribeReplicationConfigurations' ? { kind: 'refuse', fault } : undefined;
  const parent = execution('PROVISION', 'run-1').id;
  const { environment } = await accepting({
    createdBy: 'run-1',
    AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID: parent,
  });
  expect(environment.heldBack).toBeUndefined();
});

describe('a rollback goes on beside what it must leave', () => {
  const parent = () => execution('PROVISION', 'run-1').id;
  const rollBack = async (change: (cluster: Cluster) => void) => {
    const { account, accepting } = await withData();
    await provisioning();
    account.aws.inspect(homeRegion, (call) => {
      const { clusters, instances } = rdsState(call);
      for (const cluster of Object.values(clusters)) change(cluster);
      // Somebody's own, in the VPC: it would keep the last steps of a whole removal from going.
      const [id, instance] = Object.entries(instances)[0]!;
      instances.theirs = { ...instance, id: 'theirs', clusterId: 'theirs', tags: {} };
      clusters.theirs = { ...clusters[instance.clusterId]!, id: 'theirs', members: ['theirs'], tags: {} };
      delete clusters.theirs.globalCluster;
      delete clusters.theirs.readReplicas;
      expect(id).toBe('aoscloud-dev-aurora-1');
    });
    return accepting({ createdBy: 'run-1', AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID: parent() });
  };

  test('each step is told all that keeps it, a line each', async () => {
    const { environment } = await rollBack((cluster) => {
      cluster.globalCluster = 'worldwide';
      cluster.readReplicas = ['arn:aws:rds:us-east-1:111122223333:cluster:there'];
    });
    expect(environment.heldBack).toEqual({
      aurora: expect.stringMatching(
        /^Aurora cluster \S+ is a member of global cluster worldwide\. What to do: .+\.\nAurora cluster \S+ has the read replica \S+:there\. What to do: promote or delete the replica\.$/,
      ),
    });
  });

  test('what of others is in its way does not keep it from beginning: its last steps name that', async () => {
    const { environment, settleSeconds } = await rollBack(() => undefined);
    expect(environment.heldBack).toBeUndefined();
    expect(settleSeconds).toBe(65);
  });

  test('the same refuses a whole removal', async () => {
    await expect(
      rollBack(() => undefined).then(async () => {
        await releaseEnvironment('dev', parent(), { status: 'FAILED' });
        return accept();
      }),
    ).rejects.toThrow(/database cluster theirs .* is not part of this removal/);
  });
});

test('a removal works in the role it names, or in that of the registry', async () => {
  const account = testAws();
  const roleOf = (name: string) => `arn:aws:iam::${samplePlan().account}:role/${name}`;
  await lockEnvironment('dev', execution('PROVISION', 'run-1'), {
    region: homeRegion,
    account: samplePlan().account,
    roleArn: roleOf('platform-admin'),
    status: 'PROVISIONING',
  });
  await releaseEnvironment('dev', execution('PROVISION', 'run-1').id, { status: 'READY' });
  account.advance(600);
  expect((await accept()).environment.roleArn).toBe(roleOf('platform-admin'));
  await expect(accept({ roleArn: roleOf('nobody') })).rejects.toThrow(/role\/nobody/);
});

test('nothing is removed where it is not known which region is meant, or another one is', async () => {
  testAws();
  await expect(accept({ region: undefined })).rejects.toThrow(
    /region: the registry does not know environment "dev"\. Nothing was deleted\. What to do: name its region\./,
  );
  await ended('READY');
  await expect(accept({ region: 'eu-west-1' })).rejects.toThrow(
    /region "eu-west-1": environment "dev" is in eu-central-1\. Nothing was deleted\. What to do: name that region, or none\./,
  );
  expect((await accept({ region: undefined })).environment.region).toBe(homeRegion);
});

test('nothing is removed in another account than the environment is in', async () => {
  testAws();
  const run = execution('PROVISION', 'run-1');
  const account = '444455556666';
  await lockEnvironment('dev', run, { region: homeRegion, account, status: 'PROVISIONING' });
  await releaseEnvironment('dev', run.id, { status: 'READY' });
  await expect(accept()).rejects.toThrow(
    /environment "dev" is in account 444455556666, not in 111122223333\. Nothing was deleted\. What to do: name a role of that account, or none\./,
  );
});

test('a removal holds the lock, and one narrowed to the holder of it does not come in from outside', async () => {
  testAws();
  await provisioning();
  await expect(accept()).rejects.toMatchObject({ name: 'EnvironmentBusyError' });
  await expect(accept({ createdBy: 'run-1' })).rejects.toMatchObject({ name: 'EnvironmentBusyError' });
  const parent = execution('PROVISION', 'run-1').id;
  await expect(
    accept({ createdBy: 'run-0', AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID: parent }),
  ).rejects.toMatchObject({ name: 'EnvironmentBusyError' });
  await releaseEnvironment('dev', parent, { status: 'READY' });
  await accept();
  expect(await readEnvironment('dev')).toMatchObject({
    status: 'DEPROVISIONING',
    lock: { name: 'removal-1' },
  });
});

test('an environment that a run is at work on is not judged half made', async () => {
  const { account } = await withData();
  await provisioning();
  account.aws.inspect(homeRegion, (call) => {
    for (const cluster of Object.values(rdsState(call).clusters)) cluster.deletionProtection = true;
  });
  await expect(accept()).rejects.toMatchObject({ name: 'EnvironmentBusyError' });
});

test('a removal that is refused has taken no lock', async () => {
  const { account } = await withData();
  account.aws.inspect(homeRegion, (call) => {
    for (const cluster of Object.values(rdsState(call).clusters)) cluster.deletionProtection = true;
  });
  await expect(accept()).rejects.toThrow(
    /^accept-removal: environment "dev" in eu-central-1 of account 111122223333 cannot be removed yet:\n- Aurora cluster .+\nNothing was deleted\. What to do: do what each line says, then run again\.$/,
  );
  expect(await readEnvironment('dev')).toBeUndefined();
});
