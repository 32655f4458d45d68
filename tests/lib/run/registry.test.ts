import { expect, test } from 'vitest';
import { AwsFault } from '#embedded/model.ts';
import { recordResult } from '#functions/record-result.ts';
import {
  bequeathEnvironment,
  concludeEnvironment,
  type Execution,
  isOnlyRun,
  listEnvironments,
  lockEnvironment,
  type RegistryItem,
  readEnvironment,
  releaseEnvironment,
} from '#lib/run/registry.ts';
import { type TestAws, testAws } from '../../support/embedded.ts';
import { samplePlan } from '../../support/plan.ts';

function execution(name: string): Execution {
  const machine = process.env.PROVISION_STATE_MACHINE_ARN as string;
  return { id: `${machine.replace(':stateMachine:', ':execution:')}:${name}`, name, startTime: '' };
}

/** The answer to the next write is lost. */
function loseAnswer({ aws }: TestAws): void {
  let lost = false;
  aws.inject = ({ operation }) => {
    if (operation !== 'dynamodb:UpdateItem' || lost) return undefined;
    lost = true;
    return { kind: 'answer-lost' };
  };
}

test('a lock whose answer was lost is held', async () => {
  const account = testAws();
  loseAnswer(account);
  await lockEnvironment('dev', execution('one'), { status: 'PROVISIONING' });
  expect((await readEnvironment('dev'))?.lock?.name).toBe('one');
});

test('an owner that Step Functions does not know yet is not robbed, one it has forgotten is', async () => {
  const account = testAws();
  await lockEnvironment('dev', execution('one'), { status: 'PROVISIONING' });
  await expect(lockEnvironment('dev', execution('two'), {})).rejects.toThrow(/held by execution one/);
  account.advance(61);
  expect(await lockEnvironment('dev', execution('two'), {})).toEqual({ takenOver: true });
});

test('a good end is written once, also when its answer was lost', async () => {
  const account = testAws();
  await lockEnvironment('dev', execution('one'), { status: 'PROVISIONING' });
  loseAnswer(account);
  await concludeEnvironment('dev', execution('one'), { status: 'READY' }, []);
  await concludeEnvironment('dev', execution('one'), { status: 'READY' }, []);
  expect((await readEnvironment('dev'))?.lock).toBeUndefined();
});

test('a run that lost its lock does not say that the environment is ready', async () => {
  const account = testAws();
  const verification = { rules: [], outputs: {} };
  const event = { environment: samplePlan(), verification, execution: execution('one') };
  await lockEnvironment('dev', execution('one'), { status: 'PROVISIONING' });
  await releaseEnvironment('dev', execution('one').id, { status: 'FAILED' });
  await expect(recordResult(event)).rejects.toMatchObject({ name: 'EnvironmentBusyError' });
  await lockEnvironment('dev', execution('two'), { status: 'DEPROVISIONING' });
  await expect(recordResult(event)).rejects.toMatchObject({ name: 'EnvironmentBusyError' });
  expect(await readEnvironment('dev')).toMatchObject({ status: 'DEPROVISIONING', lock: { name: 'two' } });
  expect(account.aws.mutations.filter(({ operation }) => operation === 'events:PutEvents')).toEqual([]);
});

const denied = { kind: 'refuse' as const, fault: new AwsFault('AccessDeniedException', 'not allowed') };

test('a lock is not taken on the word of an error: what else AWS refuses is thrown', async () => {
  const account = testAws();
  account.aws.inject = ({ operation }) => (operation === 'dynamodb:UpdateItem' ? denied : undefined);
  await expect(lockEnvironment('dev', execution('one'), {})).rejects.toMatchObject({
    name: 'AccessDeniedException',
  });
  await expect(releaseEnvironment('dev', execution('one').id, {})).rejects.toMatchObject({
    name: 'AccessDeniedException',
  });
});

test('an owner of whom AWS cannot tell just now is not robbed', async () => {
  const account = testAws();
  await lockEnvironment('dev', execution('one'), { status: 'PROVISIONING' });
  account.advance(3600);
  account.aws.inject = ({ operation }) => (operation === 'states:DescribeExecution' ? denied : undefined);
  await expect(lockEnvironment('dev', execution('two'), {})).rejects.toMatchObject({
    name: 'AccessDeniedException',
  });
  expect((await readEnvironment('dev'))?.lock?.name).toBe('one');
});

/** Somebody is quicker between the read and the write of the next lock. */
function between({ aws }: TestAws, work: () => Promise<unknown>): void {
  let done: Promise<unknown> | undefined;
  aws.inject = ({ operation }) => {
    if (operation === 'dynamodb:GetItem') queueMicrotask(() => (done ??= work()));
    return undefined;
  };
}

test('of two that lock at the same moment one holds it, and the other is told whose it is', async () => {
  testAws();
  const both = await Promise.allSettled(
    ['one', 'two'].map((name) => lockEnvironment('dev', execution(name), { status: 'PROVISIONING' })),
  );
  const refused = both.filter((result) => result.status === 'rejected');
  const holder = (await readEnvironment('dev'))?.lock?.name;
  expect(refused.map(({ reason }) => [reason.name, reason.message])).toEqual([
    ['EnvironmentBusyError', expect.stringContaining(`held by execution ${holder}`)],
  ]);
});

test('a lock that is let go between read and write is asked for again, and held by nobody', async () => {
  const account = testAws();
  await lockEnvironment('dev', execution('one'), { status: 'PROVISIONING' });
  account.advance(61);
  between(account, () => releaseEnvironment('dev', execution('one').id, { status: 'FAILED' }));
  const outcome = await lockEnvironment('dev', execution('two'), {}).catch((error: Error) => error.name);
  expect(outcome).toBe('TransientError');
  expect((await readEnvironment('dev'))?.lock).toBeUndefined();
});

test('taking a lock twice is no taking over, and forgets what is given as undefined', async () => {
  testAws();
  const roleArn = 'arn:aws:iam::111122223333:role/worker';
  const taken = await lockEnvironment('dev', execution('one'), { status: 'PROVISIONING', roleArn });
  expect(taken).toEqual({ takenOver: false });
  expect((await readEnvironment('dev'))?.roleArn).toBe(roleArn);
  expect(await lockEnvironment('dev', execution('one'), { roleArn: undefined })).toEqual({
    takenOver: false,
  });
  expect(await readEnvironment('dev')).not.toHaveProperty('roleArn');
});

test('a lock changes hands by will of its owner only', async () => {
  testAws();
  await lockEnvironment('dev', execution('one'), { status: 'PROVISIONING' });
  expect(await bequeathEnvironment('dev', execution('other').id, execution('heir'), {})).toBe(false);
  expect((await readEnvironment('dev'))?.lock?.name).toBe('one');
  expect(await bequeathEnvironment('dev', execution('one').id, execution('heir'), {})).toBe(true);
  expect((await readEnvironment('dev'))?.lock).toMatchObject({
    name: 'heir',
    execution: execution('heir').id,
  });
  expect(await releaseEnvironment('dev', execution('one').id, { status: 'GONE' })).toBe(false);
  expect(await readEnvironment('dev')).toMatchObject({ status: 'PROVISIONING' });
});

test('a run was the only one where the registry knows no other and no completion', () => {
  const item = (changes: Partial<RegistryItem>) => changes as RegistryItem;
  const runs = { one: '2026-11-01T00:00:00.000Z' };
  expect(isOnlyRun(item({ runs }), 'one')).toBe(true);
  expect(isOnlyRun(item({ runs }), 'two')).toBe(false);
  expect(isOnlyRun(item({ runs: { ...runs, two: runs.one } }), 'one')).toBe(false);
  expect(isOnlyRun(item({ runs, readyAt: runs.one }), 'one')).toBe(false);
  expect(isOnlyRun(item({}), 'one')).toBe(false);
  expect(isOnlyRun(undefined, 'one')).toBe(false);
});

test('every environment is listed', async () => {
  testAws();
  expect(await listEnvironments()).toEqual([]);
  for (const name of ['dev', 'prod']) await lockEnvironment(name, execution('one'), {});
  expect((await listEnvironments()).map(({ environment }) => environment).sort()).toEqual(['dev', 'prod']);
});

test('the lock is not taken by what was seen before another run began and ended', async () => {
  testAws();
  await lockEnvironment('dev', execution('one'), { status: 'PROVISIONING' });
  await releaseEnvironment('dev', execution('one').id, { status: 'READY', readyAt: '2026-11-01T00:00:00Z' });
  const item = await readEnvironment('dev');
  await lockEnvironment('dev', execution('two'), { status: 'PROVISIONING' }, { item });
  await releaseEnvironment('dev', execution('two').id, { status: 'READY', readyAt: '2026-11-01T00:00:40Z' });
  await expect(lockEnvironment('dev', execution('three'), {}, { item })).rejects.toMatchObject({
    name: 'TransientError',
  });
  expect((await readEnvironment('dev'))?.lock).toBeUndefined();
});
