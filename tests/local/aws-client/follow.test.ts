import { GetExecutionHistoryCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { configureClients } from '#lib/aws/clients.ts';
import { follow, startExecution } from '#local/aws-client/follow.ts';
import type { Service } from '#local/aws-client/service.ts';
import { functionKeyOf } from '#local/aws-client/translate.ts';
import { Progress } from '#local/progress.ts';
import type { RunEvent } from '#local/runner.ts';
import { historyOf, Script, startedAt, stepAnswer } from './history.ts';

const sfn = mockClient(SFNClient);
const machines = 'arn:aws:states:eu-central-1:111122223333:stateMachine:aoscloud-provisioning-dev';
const executionArn =
  'arn:aws:states:eu-central-1:111122223333:execution:aoscloud-provisioning-dev-provision:run-1';
const rollbackArn = executionArn.replace('provision:run-1', 'deprovision:run-1-rollback');
const service: Service = {
  stage: 'dev',
  region: 'eu-central-1',
  machineArn: (machine) => `${machines}-${machine}`,
};
const started = { executionArn, startedAt };

beforeEach(() => configureClients({ config: { credentials: { accessKeyId: 'x', secretAccessKey: 'y' } } }));
afterEach(() => {
  sfn.reset();
  configureClients({});
});

/** Follows `script`; `later` is what happens at each pause. */
async function followed(script: Script, later: (() => void)[] = []) {
  sfn.on(GetExecutionHistoryCommand, { executionArn }).callsFake(historyOf(script.events));
  const events: RunEvent[] = [];
  const board = new Progress('Provisioning dev', 'provision');
  const lines: string[] = [];
  const end = await follow(
    service,
    'provision',
    started,
    (event, now) => {
      events.push(event);
      const line = board.take(event, now);
      if (line) lines.push(line);
    },
    async () => {
      const next = later.shift();
      if (!next) throw new Error('follows on although nothing more happens');
      next();
    },
  );
  return { end, events, lines };
}

test('starts the deployed machine with the request as input', async () => {
  sfn.on(StartExecutionCommand).resolves({ executionArn, startDate: new Date(startedAt) });
  expect(await startExecution(service, 'provision', 'run-1', { environment: 'dev' })).toEqual(started);
  expect(sfn.commandCalls(StartExecutionCommand)[0]?.args[0].input).toEqual({
    stateMachineArn: `${machines}-provision`,
    name: 'run-1',
    input: '{"environment":"dev"}',
  });
});

test.each([
  ['arn:aws:lambda:eu-central-1:111122223333:function:aoscloud-provisioning-dev-vpc-ensure', 'VpcEnsure'],
  [
    'arn:aws:lambda:eu-central-1:1:function:aoscloud-provisioning-dev-security-groups-remove:7',
    'SecurityGroupsRemove',
  ],
])('%s is the function %s', (resource, key) => {
  expect(functionKeyOf(resource, 'aoscloud-provisioning-dev')).toBe(key);
});

describe('an execution', () => {
  test('is told of as it goes, each event once, until it succeeds', async () => {
    const script = new Script();
    script.add({ type: 'ExecutionStarted' });
    script.ask('VPC and subnets', 'vpc-ensure', stepAnswer('vpc', 'pending', 'VPC is pending'));
    const { end, events, lines } = await followed(script, [
      () => script.ask('VPC and subnets', 'vpc-ensure', stepAnswer('vpc', 'ready', 'VPC and 16 subnets')),
      () => {},
      () => {
        const output = JSON.stringify({ verification: { rules: [] } });
        script.add({ type: 'ExecutionSucceeded', executionSucceededEventDetails: { output } });
      },
    ]);
    expect(end).toEqual({
      status: 'SUCCEEDED',
      output: { verification: { rules: [] } },
      executionArn,
      startedAt,
      seconds: 10,
    });
    expect(events.map(({ type }) => type)).toEqual(['entered', 'answered', 'entered', 'answered']);
    expect(lines).toEqual([
      expect.stringContaining('VPC is pending'),
      expect.stringContaining('VPC and 16 subnets'),
    ]);
  });

  test('of parallel branches is told of by the state each event belongs to', async () => {
    const script = new Script();
    const parallel = script.enter('Settle', 'Parallel');
    const aurora = script.enter('Aurora', 'Task', parallel);
    const efs = script.enter('EFS', 'Task', parallel);
    const arn = (name: string) => `arn:aws:lambda:r:1:function:aoscloud-provisioning-dev-${name}`;
    const first = script.add(
      {
        type: 'LambdaFunctionScheduled',
        lambdaFunctionScheduledEventDetails: { resource: arn('aurora-ensure') },
      },
      aurora,
    );
    const second = script.add(
      {
        type: 'LambdaFunctionScheduled',
        lambdaFunctionScheduledEventDetails: { resource: arn('efs-ensure') },
      },
      efs,
    );
    const cause = JSON.stringify({ errorMessage: 'efs: no.' });
    script.add(
      { type: 'LambdaFunctionFailed', lambdaFunctionFailedEventDetails: { error: 'AwsRefusedError', cause } },
      second,
    );
    const output = JSON.stringify(stepAnswer('aurora', 'ready', 'there'));
    script.add({ type: 'LambdaFunctionSucceeded', lambdaFunctionSucceededEventDetails: { output } }, first);
    script.add({
      type: 'ExecutionFailed',
      executionFailedEventDetails: { error: 'AwsRefusedError', cause: 'efs: no.' },
    });
    const { end, events } = await followed(script);
    expect(end).toMatchObject({ status: 'FAILED', error: 'AwsRefusedError', cause: 'efs: no.' });
    expect(events.slice(3)).toMatchObject([
      { type: 'failed', state: 'EFS', functionKey: 'EfsEnsure', error: 'AwsRefusedError' },
      { type: 'answered', state: 'Aurora', functionKey: 'AuroraEnsure' },
    ]);
  });

  test('that rolls back is told of with its rollback', async () => {
    const rollback = new Script();
    rollback.ask('Aurora', 'aurora-remove', { ...stepAnswer('aurora', 'ready', 'gone'), status: 'gone' });
    sfn.on(GetExecutionHistoryCommand, { executionArn: rollbackArn }).callsFake(historyOf(rollback.events));
    const script = new Script();
    script.enter('Roll back');
    const output = JSON.stringify({ ExecutionArn: rollbackArn });
    script.add({
      type: 'TaskSubmitted',
      taskSubmittedEventDetails: { resourceType: 'states', resource: 'startExecution.sync:2', output },
    });
    const { end, events } = await followed(script, [
      () => script.add({ type: 'ExecutionAborted', executionAbortedEventDetails: {} }),
    ]);
    expect(end.status).toBe('ABORTED');
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'answered', machine: 'deprovision', execution: 'run-1-rollback' }),
    );
  });

  test('with a long history is read whole at first, and by its newest page from then on', async () => {
    const script = new Script();
    for (let look = 0; look < 80; look += 1)
      script.ask('VPC and subnets', 'vpc-ensure', stepAnswer('vpc', 'pending', `look ${look}`));
    const { events } = await followed(script, [
      () => {},
      () => script.add({ type: 'ExecutionTimedOut', executionTimedOutEventDetails: {} }),
    ]);
    expect(events.filter(({ type }) => type === 'answered')).toHaveLength(80);
    // 320 events are four pages; then one page a look.
    expect(sfn.commandCalls(GetExecutionHistoryCommand)).toHaveLength(4 + 2);
  });
});
