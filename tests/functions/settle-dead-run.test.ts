import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import { expect, test } from 'vitest';
import { pendingStarts } from '#embedded/services/states.ts';
import { type ExecutionStatusEvent, settleDeadRun } from '#functions/settle-dead-run.ts';
import { lockEnvironment, readEnvironment } from '#lib/run/registry.ts';
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
