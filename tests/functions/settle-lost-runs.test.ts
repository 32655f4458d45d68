import { SFNClient, StartExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { expect, test } from 'vitest';
import { AwsFault } from '#embedded/model.ts';
import { pendingStarts } from '#embedded/services/states.ts';
import { settleDeadRun } from '#functions/settle-dead-run.ts';
import { settleLostRuns } from '#functions/settle-lost-runs.ts';
import { homeClient } from '#lib/aws/clients.ts';
import { memberExecution } from '#lib/fleet/names.ts';
import { beginFleetRecord, readFleetRecord, recordMemberEnd } from '#lib/fleet/record.ts';
import { lockEnvironment, readEnvironment } from '#lib/run/registry.ts';
import { homeRegion } from '#local/account.ts';
import { type TestAws, testAws } from '../support/embedded.ts';

const start = (
  name: string,
  environment: string,
  stateMachineArn = process.env.PROVISION_STATE_MACHINE_ARN,
) =>
  homeClient(SFNClient).send(
    new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify({ environment }) }),
  );

/** A run that holds the environment's lock, a quarter of an hour later. */
async function running(
  aws: TestAws,
  name: string,
  environment: string,
  onFailure: 'rollback' | 'keep' = 'rollback',
) {
  const { executionArn } = await start(name, environment);
  await lockEnvironment(
    environment,
    { id: executionArn as string, name, startTime: '2026-11-01T00:00:00Z' },
    { status: 'PROVISIONING', region: homeRegion, account: '1', onFailure },
  );
  aws.advance(900);
  return executionArn as string;
}

const stop = (executionArn: string) => homeClient(SFNClient).send(new StopExecutionCommand({ executionArn }));
const startsOf = ({ aws }: TestAws) => aws.inspect(homeRegion, pendingStarts).map(({ name }) => name);

test('a stopped run whose event was lost is settled by the schedule, and taken back', async () => {
  const aws = testAws();
  await stop(await running(aws, 'run', 'dev'));
  expect(await settleLostRuns()).toEqual({ dev: 'rollback started' });
  expect(startsOf(aws)).toContain('run-settled');
  expect(await readEnvironment('dev')).toMatchObject({
    status: 'FAILED',
    failure: { error: 'Execution.ABORTED', execution: 'run' },
    lock: { name: 'run-settled' },
  });
});

test('a request that says keep has its lock freed only', async () => {
  const aws = testAws();
  await stop(await running(aws, 'run', 'dev', 'keep'));
  expect(await settleLostRuns()).toEqual({ dev: 'lock freed' });
  expect(startsOf(aws)).toEqual([]);
});

test('a fleet whose end nobody told gets one, and its environments with it', async () => {
  const aws = testAws();
  const machine = process.env.FLEET_STATE_MACHINE_ARN as string;
  const record = (execution: string) =>
    beginFleetRecord({
      fleet: 'customers',
      execution,
      action: 'provision',
      environments: ['one', 'two', 'three'],
      stopAt: 1,
      startedAt: new Date().toISOString(),
      predictedEnd: new Date().toISOString(),
    });
  for (const name of ['stopped', 'living']) {
    const { executionArn } = await start(name, 'x', machine);
    await record(name);
    if (name === 'stopped') await stop(executionArn as string);
  }
  await record('forgotten');
  const own = (environment: string) => memberExecution(environment, 'stopped');
  const { executionArn: id } = await start(own('two'), 'two');
  const owner = { id: id as string, name: own('two'), startTime: '' };
  await lockEnvironment('two', owner, { status: 'PROVISIONING', region: homeRegion, account: '1' });
  await recordMemberEnd('stopped', 'one', { status: 'SUCCEEDED', execution: own('one'), at: 'then' });
  expect(await settleLostRuns()).toEqual({});
  aws.advance(900);
  expect(await settleLostRuns()).toMatchObject({ stopped: 'fleet ended', forgotten: 'fleet ended' });
  expect(await readFleetRecord('living')).not.toHaveProperty('endedAt');
  expect(await readFleetRecord('stopped')).toMatchObject({
    failure: { error: 'Execution.ABORTED' },
    ends: {
      one: { status: 'SUCCEEDED', at: 'then' },
      two: { status: 'FAILED', execution: own('two') },
      three: { status: 'NOT_STARTED' },
    },
  });
  expect(await settleLostRuns()).not.toHaveProperty('stopped');
});

test('a run that lives is left alone, and so is one that holds no lock', async () => {
  const aws = testAws();
  await running(aws, 'run', 'dev');
  const before = await readEnvironment('dev');
  expect(await settleLostRuns()).toEqual({});
  expect(await readEnvironment('dev')).toEqual(before);
});

test('a lock taken moments ago is left alone: its owner may not be seen yet', async () => {
  testAws();
  const id = `${process.env.PROVISION_STATE_MACHINE_ARN?.replace(':stateMachine:', ':execution:')}:new`;
  await lockEnvironment(
    'dev',
    { id, name: 'new', startTime: '' },
    { status: 'PROVISIONING', region: homeRegion },
  );
  expect(await settleLostRuns()).toEqual({});
});

test('event and schedule at once start one rollback', async () => {
  const aws = testAws();
  const executionArn = await running(aws, 'run', 'dev');
  await stop(executionArn);
  const detail = {
    executionArn,
    stateMachineArn: process.env.PROVISION_STATE_MACHINE_ARN as string,
    name: 'run',
    status: 'ABORTED' as const,
    input: '{"environment":"dev"}',
  };
  await Promise.all([settleLostRuns(), settleDeadRun({ detail }), settleLostRuns()]);
  expect(startsOf(aws)).toEqual(['run-settled']);
});

test('a rollback that was named heir and never started is started', async () => {
  const aws = testAws();
  await stop(await running(aws, 'run', 'dev'));
  aws.aws.inject = ({ operation }) =>
    operation === 'states:StartExecution'
      ? { kind: 'refuse', fault: new AwsFault('AccessDeniedException', 'no', { status: 400 }) }
      : undefined;
  await expect(settleLostRuns()).rejects.toThrow();
  aws.aws.inject = undefined;
  expect(startsOf(aws)).toEqual([]);
  aws.advance(900);
  expect(await settleLostRuns()).toEqual({ dev: 'rollback started' });
  expect(startsOf(aws)).toEqual(['run-settled']);
});

test('what cannot be looked at for rate is settled at the next turn', async () => {
  const aws = testAws();
  await stop(await running(aws, 'run', 'dev'));
  aws.aws.inject = ({ operation }) =>
    operation === 'states:DescribeExecution'
      ? { kind: 'refuse', fault: new AwsFault('ThrottlingException', 'slow down', { status: 400 }) }
      : undefined;
  expect(await settleLostRuns()).toEqual({});
  aws.aws.inject = undefined;
  expect(await settleLostRuns()).toEqual({ dev: 'rollback started' });
});
