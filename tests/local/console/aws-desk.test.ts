import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import {
  DescribeExecutionCommand,
  ExecutionDoesNotExist,
  GetExecutionHistoryCommand,
  SFNClient,
} from '@aws-sdk/client-sfn';
import { marshall } from '@aws-sdk/util-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { RunEvent } from '#console/api.ts';
import { type Runs, reduceAll, rollbackOf } from '#console/model/run.ts';
import { configureClients } from '#lib/aws/clients.ts';
import type { Service } from '#local/aws-client/service.ts';
import { AwsDesk } from '#local/console/aws-desk.ts';
import { historyOf, Script, startedAt, stepAnswer } from '../aws-client/history.ts';

const sfn = mockClient(SFNClient);
const dynamodb = mockClient(DynamoDBClient);
const prefix = 'arn:aws:states:eu-central-1:111122223333';
const service: Service = {
  stage: 'dev',
  region: 'eu-central-1',
  machineArn: (machine) => `${prefix}:stateMachine:aoscloud-provisioning-dev-${machine}`,
};
const arnOf = (machine: string, name: string) =>
  `${prefix}:execution:aoscloud-provisioning-dev-${machine}:${name}`;

beforeEach(() => {
  configureClients({ config: { credentials: { accessKeyId: 'x', secretAccessKey: 'y' } } });
  sfn
    .on(DescribeExecutionCommand)
    .rejects(new ExecutionDoesNotExist({ message: 'Execution Does Not Exist', $metadata: {} }));
});
afterEach(() => {
  sfn.reset();
  dynamodb.reset();
  configureClients({});
});

function describes(machine: string, name: string, status: string, input: object): void {
  sfn.on(DescribeExecutionCommand, { executionArn: arnOf(machine, name) }).resolves({
    status: status as 'RUNNING',
    startDate: new Date(startedAt),
    input: JSON.stringify(input),
  });
}

/** Of a desk whose clock stands: only what the history had when it was first read. */
async function watched(execution: string): Promise<Runs> {
  const desk = new AwsDesk(service, () => new Promise(() => {}));
  const events: RunEvent[] = [];
  desk.hub.listen(0, (event) => events.push(event));
  expect(await desk.run(execution)).toEqual([]);
  return reduceAll(new Map(), events);
}

it('tells of every state what the history does: done, failed, stopped, tried again, taken back', async () => {
  const script = new Script();
  script.add({ type: 'ExecutionStarted' });
  script.ask('VPC and subnets', 'vpc-ensure', stepAnswer('vpc', 'ready', 'there'));
  script.add({ type: 'TaskStateExited', stateExitedEventDetails: { name: 'VPC and subnets' } });
  const settle = script.enter('Settle', 'Parallel');
  const aurora = script.enter('Aurora', 'Task', settle);
  script.enter('EFS', 'Task', settle);
  const scheduled = { resource: 'arn:aws:lambda:r:1:function:aoscloud-provisioning-dev-aurora-ensure' };
  const first = script.add(
    { type: 'LambdaFunctionScheduled', lambdaFunctionScheduledEventDetails: scheduled },
    aurora,
  );
  const cause = JSON.stringify({ errorMessage: 'aurora: no. What to do: allow it' });
  const failed = { error: 'AwsRefusedError', cause };
  const failure = script.add(
    { type: 'LambdaFunctionFailed', lambdaFunctionFailedEventDetails: failed },
    first,
  );
  script.add({ type: 'LambdaFunctionScheduled', lambdaFunctionScheduledEventDetails: scheduled }, failure);
  script.add({ type: 'LambdaFunctionFailed', lambdaFunctionFailedEventDetails: failed });
  script.add({ type: 'ParallelStateFailed' });
  script.add({ type: 'ParallelStateExited', stateExitedEventDetails: { name: 'Settle' } });
  script.enter('Roll back');
  const output = JSON.stringify({ ExecutionArn: arnOf('deprovision', 'run-1-rollback') });
  script.add({
    type: 'TaskSubmitted',
    taskSubmittedEventDetails: { resourceType: 's', resource: 's', output },
  });
  script.add({ type: 'ExecutionFailed', executionFailedEventDetails: { error: 'AwsRefusedError', cause } });
  const rollback = new Script();
  rollback.ask('Aurora', 'aurora-remove', { ...stepAnswer('aurora', 'ready', 'gone'), status: 'gone' });
  rollback.add({ type: 'ExecutionSucceeded', executionSucceededEventDetails: { output: '{}' } });
  sfn
    .on(GetExecutionHistoryCommand, { executionArn: arnOf('provision', 'run-1') })
    .callsFake(historyOf(script.events));
  sfn
    .on(GetExecutionHistoryCommand, { executionArn: arnOf('deprovision', 'run-1-rollback') })
    .callsFake(historyOf(rollback.events));
  describes('provision', 'run-1', 'FAILED', { environment: 'dev' });
  describes('deprovision', 'run-1-rollback', 'SUCCEEDED', { environment: 'dev', createdBy: 'run-1' });

  const runs = await watched('run-1');
  const run = runs.get('run-1')!;
  expect(run.head).toMatchObject({ status: 'FAILED', environment: 'dev', error: 'AwsRefusedError' });
  const statuses = Object.fromEntries(Object.entries(run.states).map(([name, { status }]) => [name, status]));
  expect(statuses).toEqual({
    'VPC and subnets': 'done',
    Settle: 'failed',
    Aurora: 'failed',
    EFS: 'stopped',
    'Roll back': 'stopped',
  });
  expect(run.states.Aurora).toMatchObject({ retries: 1, error: { error: 'AwsRefusedError' } });
  expect(rollbackOf(runs, 'run-1')?.head.status).toBe('SUCCEEDED');
  expect(run.head.consoleUrl).toContain(`details/${arnOf('provision', 'run-1')}`);
  // The timeline has its estimate from the same history, up to the rollback.
  expect(run.expected).toHaveProperty('eks-cluster');
  expect(run.estimates).toMatchObject([{}, { by: 'vpc' }, { end: null }]);
});

it('shows environments with their runs, each described once when it is over, and nothing of a stranger', async () => {
  const item = {
    environment: 'dev',
    region: 'eu-central-1',
    account: '111122223333',
    status: 'READY',
    steps: {},
    vpcCidr: '10.231.0.0/16',
    runs: { 'run-1': '2026-11-01T00:00:00.000Z' },
    drift: { differences: [{ of: 'R1', expected: 'a', found: 'b', repair: 'c' }], more: 0, at: '' },
    updatedAt: '2026-11-01T00:20:00.000Z',
  };
  dynamodb.on(ScanCommand).resolves({ Items: [marshall(item)] });
  describes('provision', 'run-1', 'SUCCEEDED', { environment: 'dev' });
  const desk = new AwsDesk(service);
  const found = await desk.environment('dev');
  expect(found?.runs).toMatchObject([{ execution: 'run-1', status: 'SUCCEEDED', machine: 'provision' }]);
  expect(found?.runs[0]?.consoleUrl).toContain('console.aws.amazon.com/states');
  expect(found).toMatchObject({ drift: 1, vpcCidr: '10.231.0.0/16' });
  await desk.environment('dev');
  expect(await desk.environments()).toMatchObject([{ name: 'dev', status: 'READY' }]);
  expect(sfn.commandCalls(DescribeExecutionCommand)).toHaveLength(1);
  expect(dynamodb.commandCalls(ScanCommand)).toHaveLength(1);
  expect(await desk.environment('stranger')).toBeUndefined();
  expect(await desk.run('stranger')).toEqual([]);
});

it('shows a fleet of the registry with the end of its execution, and one of which no record is left', async () => {
  const record = {
    environment: 'fleet#customers-1',
    fleet: 'customers',
    execution: 'customers-1',
    action: 'provision',
    environments: ['one', 'two'],
    waves: [1, 1],
    stopAt: 1,
    startedAt: '2026-11-01T00:00:00.000Z',
    predictedEnd: '2026-11-01T00:40:00.000Z',
    ends: { one: { status: 'FAILED', error: 'E', cause: 'why', at: '2026-11-01T00:20:00.000Z' } },
  };
  dynamodb.on(ScanCommand).resolves({ Items: [marshall(record)] });
  describes('fleet', 'customers-1', 'RUNNING', { fleet: 'customers' });
  describes('fleet', 'refused-1', 'FAILED', { fleet: 'refused' });
  const desk = new AwsDesk(service);
  expect(await desk.fleets()).toMatchObject([
    { execution: 'customers-1', status: 'RUNNING', counts: { failed: 1, waiting: 1 } },
  ]);
  const fleet = await desk.fleet('customers-1');
  expect(fleet?.waves.map((wave) => wave.map(({ place }) => place))).toEqual([['failed'], ['waiting']]);
  expect(fleet?.consoleUrl).toContain('console.aws.amazon.com/states');
  expect(await desk.fleet('refused-1')).toMatchObject({ status: 'FAILED', waves: [] });
  expect(await desk.fleet('stranger')).toBeUndefined();
  expect(dynamodb.commandCalls(ScanCommand)).toHaveLength(1);
  expect(await desk.environments()).toEqual([]);
});
