import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import { expect, test } from 'vitest';
import { pendingStarts } from '#embedded/services/states.ts';
import { type ExecutionStatusEvent, settleDeadRun } from '#functions/settle-dead-run.ts';
import { lockEnvironment, readEnvironment, releaseEnvironment } from '#lib/run/registry.ts';
import { homeRegion } from '#local/account.ts';
import { type TestAws, testAws } from '../support/embedded.ts';

type Detail = ExecutionStatusEvent['detail'];

async function deadRun(name: string, changes: Partial<Detail>, environment = 'dev'): Promise<Detail> {
  const stateMachineArn = process.env.PROVISION_STATE_MACHINE_ARN as string;
  const executionArn = `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
  await lockEnvironment(
    environment,
    { id: executionArn, name, startTime: '2026-11-01T00:00:00Z' },
    { status: 'PROVISIONING', region: homeRegion, onFailure: 'rollback' },
  );
  const input = JSON.stringify({ environment });
  return { executionArn, stateMachineArn, name, status: 'ABORTED', input, ...changes };
}

const startsOf = ({ aws }: TestAws) => aws.inspect(homeRegion, pendingStarts).map(({ name }) => name);

test('two long names with one beginning have two rollbacks', async () => {
  const account = testAws();
  const long = 'x'.repeat(79);
  expect(await settleDeadRun({ detail: await deadRun(`${long}1`, {}) })).toBe('rollback started');
  expect(await settleDeadRun({ detail: await deadRun(`${long}2`, {}, 'two') })).toBe('rollback started');
  expect(new Set(startsOf(account)).size).toBe(2);
  for (const name of startsOf(account)) expect(name).toMatch(/^x.{0,71}-settled$/);
});

test('a run that ended in an error which no Catch catches is taken back, too', async () => {
  const account = testAws();
  const detail = await deadRun('run', { status: 'FAILED', error: 'States.DataLimitExceeded' });
  expect(await settleDeadRun({ detail })).toBe('rollback started');
  expect(startsOf(account)).toEqual(['run-settled']);
});

test('a run that failed and could not record it went through its rollback', async () => {
  const account = testAws();
  const detail = await deadRun('run', { status: 'FAILED', error: 'AwsRefusedError' });
  expect(await settleDeadRun({ detail })).toBe('lock freed');
  expect(startsOf(account)).toEqual([]);
});

test('a run that died in the middle of a change says what it may have changed, and how it comes back', async () => {
  testAws();
  const detail = await deadRun('run', {});
  const words = 'aurora.instanceClass: db.t3.medium → db.r6g.large';
  await lockEnvironment(
    'dev',
    { id: detail.executionArn, name: 'run', startTime: '2026-11-01T00:00:00Z' },
    {
      steps: { aurora: { status: 'pending', execution: 'run', detail: '', since: '', at: '' } },
      changing: [{ step: 'aurora', field: 'aurora.instanceClass', words }],
    },
  );
  await settleDeadRun({ detail });
  expect((await readEnvironment('dev'))?.failure?.cause).toBe(
    `execution run ended as ABORTED without recording it. May have been changed in place, and then are left so: ${words}. What to do: provision the former request to bring it back, or this one again to go on.`,
  );
});

test('between the end of a run and its rollback nobody takes the environment', async () => {
  testAws();
  await settleDeadRun({ detail: await deadRun('run', {}) });
  const next = { id: 'arn:aws:states:eu-central-1:1:execution:provision:next', name: 'next', startTime: '' };
  await expect(lockEnvironment('dev', next, { status: 'PROVISIONING' })).rejects.toThrow(
    /held by execution run-settled/,
  );
});

test('a rollback that could not be started is started at the next delivery', async () => {
  const account = testAws();
  const detail = await deadRun('run', {});
  account.aws.inject = ({ operation }) => {
    if (operation !== `states:${StartExecutionCommand.name.replace('Command', '')}`) return undefined;
    return { kind: 'answer-lost' };
  };
  await expect(settleDeadRun({ detail })).rejects.toThrow();
  account.aws.inject = undefined;
  expect(await settleDeadRun({ detail })).toBe('rollback started');
  expect(startsOf(account)).toEqual(['run-settled']);
  expect((await readEnvironment('dev'))?.failure?.rollback).toContain('run-settled');
});

test.each([
  'null',
  '5',
  '{"environment":null}',
  '{"environment":""}',
  `{"environment":"${'x'.repeat(3000)}"}`,
])('a run whose input names no environment leaves nothing to settle', async (input) => {
  testAws();
  const detail = await deadRun('run', { input, status: 'FAILED' });
  expect(await settleDeadRun({ detail })).toBe('nothing to settle');
});

test('what a dead run made is taken back without a snapshot, and nothing else', async () => {
  const account = testAws();
  await settleDeadRun({ detail: await deadRun('run', {}) });
  const [start] = account.aws.mutations.filter(({ operation }) => operation === 'states:StartExecution');
  expect(JSON.parse(start?.input.input as string)).toEqual({
    environment: 'dev',
    region: homeRegion,
    confirm: 'dev',
    createdBy: 'run',
    finalSnapshots: false,
  });
});

test('the lock of another run is not a dead one’s to free', async () => {
  const account = testAws();
  const detail = await deadRun('run', { status: 'TIMED_OUT' });
  const other = { ...detail, executionArn: `${detail.executionArn}-other`, name: 'run-other' };
  expect(await settleDeadRun({ detail: other })).toBe('nothing to settle');
  expect(await readEnvironment('dev')).toMatchObject({ status: 'PROVISIONING', lock: { name: 'run' } });
  await releaseEnvironment('dev', detail.executionArn, { status: 'READY' });
  expect(await settleDeadRun({ detail })).toBe('nothing to settle');
  expect(await readEnvironment('dev')).toMatchObject({ status: 'READY' });
  expect(startsOf(account)).toEqual([]);
});

test('a removal that died frees its lock, says how it ended, and is taken back by nothing', async () => {
  const account = testAws();
  const stateMachineArn = process.env.DEPROVISION_STATE_MACHINE_ARN as string;
  const detail = await deadRun('removal', { stateMachineArn, status: 'TIMED_OUT' });
  expect(await settleDeadRun({ detail })).toBe('lock freed');
  const item = await readEnvironment('dev');
  expect(item).toMatchObject({
    status: 'REMOVAL_FAILED',
    failure: {
      execution: 'removal',
      error: 'Execution.TIMED_OUT',
      cause: 'execution removal ended as TIMED_OUT without recording it.',
    },
  });
  expect(item?.lock).toBeUndefined();
  expect(item?.failure?.rollback).toBeUndefined();
  expect(startsOf(account)).toEqual([]);
});

test('a dead run whose request says keep is not taken back', async () => {
  const account = testAws();
  const detail = await deadRun('run', {});
  await lockEnvironment(
    'dev',
    { id: detail.executionArn, name: 'run', startTime: '' },
    { onFailure: 'keep' },
  );
  expect(await settleDeadRun({ detail })).toBe('lock freed');
  expect(startsOf(account)).toEqual([]);
  expect(await readEnvironment('dev')).toMatchObject({ status: 'FAILED' });
});
