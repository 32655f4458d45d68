import {
  DescribeExecutionCommand,
  ListExecutionsCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Call } from '#embedded/model.ts';
import {
  abortAbandonedExecutions,
  finishExecution,
  pendingStarts,
  recordExecution,
  registerMachine,
} from '#embedded/services/states.ts';
import { client } from '#lib/aws/clients.ts';
import { type TestAws, testAws } from '../../support/embedded.ts';

const region = 'eu-central-1';
const sfn = () => client(SFNClient, { region });
const outside = <T>(look: (call: Call) => T) => test.aws.inspect(region, look);

let test: TestAws;
let stateMachineArn: string;
beforeEach(() => {
  test = testAws();
  stateMachineArn = outside((call) => registerMachine(call, { name: 'provision' }));
});

const start = (name?: string, input?: string) =>
  sfn().send(new StartExecutionCommand({ stateMachineArn, name, input }));
const describeExecution = (executionArn: string) =>
  sfn().send(new DescribeExecutionCommand({ executionArn }));

describe('starting', () => {
  it('answers the same to the same name and input while it runs, and refuses it afterwards', async () => {
    const first = await start('run-1', '{"a":1}');
    expect(await start('run-1', '{"a":1}')).toMatchObject({
      executionArn: first.executionArn,
      startDate: first.startDate,
    });
    await expect(start('run-1', '{"a":2}')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
    outside((call) =>
      finishExecution(call, first.executionArn!, { status: 'SUCCEEDED', output: { ok: true } }),
    );
    await expect(start('run-1', '{"a":1}')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
    test.advance(91 * 86_400);
    expect((await start('run-1', '{"a":1}')).executionArn).toBe(first.executionArn);
  });

  it.each(['', 'has space', 'a/b', 'a:b', 'x'.repeat(81), 'new\nline', 'what?'])(
    'refuses the name %j',
    async (name) => {
      await expect(start(name)).rejects.toMatchObject({ name: 'InvalidName' });
    },
  );

  it('refuses input that is not JSON and machines that are not there', async () => {
    await expect(start('run-1', '{')).rejects.toMatchObject({ name: 'InvalidExecutionInput' });
    await expect(
      sfn().send(new StartExecutionCommand({ stateMachineArn: `${stateMachineArn}x` })),
    ).rejects.toMatchObject({ name: 'StateMachineDoesNotExist' });
  });

  it('names an execution that was given no name', async () => {
    expect((await start()).executionArn).toMatch(/:execution:provision:[0-9a-f-]{36}$/);
  });
});

describe('running', () => {
  it('leaves what the API started to the runner', async () => {
    const { executionArn } = await start('run-1', '{"environment":"dev"}');
    const [waiting] = outside(pendingStarts);
    expect(waiting).toMatchObject({ arn: executionArn, input: '{"environment":"dev"}' });
    const arn = outside((call) => recordExecution(call, { machine: 'provision', name: 'run-1', input: {} }));
    expect(arn).toBe(executionArn);
    expect(outside(pendingStarts)).toEqual([]);
    expect(await describeExecution(arn)).toMatchObject({ status: 'RUNNING', input: '{"environment":"dev"}' });
  });

  it('tells how an execution ended', async () => {
    const arn = outside((call) =>
      recordExecution(call, { machine: 'provision', name: 'run-1', input: { n: 1 } }),
    );
    test.advance(60);
    outside((call) =>
      finishExecution(call, arn, { status: 'FAILED', error: 'AwsRefusedError', cause: 'vpc: …' }),
    );
    const described = await describeExecution(arn);
    expect(described).toMatchObject({
      status: 'FAILED',
      error: 'AwsRefusedError',
      cause: 'vpc: …',
      input: '{"n":1}',
    });
    expect(described.stopDate!.getTime() - described.startDate!.getTime()).toBe(60_000);
  });

  it('stops an execution once; what its runner says later changes nothing', async () => {
    const { executionArn } = await start('run-1');
    await sfn().send(new StopExecutionCommand({ executionArn, cause: 'enough' }));
    expect(outside((call) => finishExecution(call, executionArn!, { status: 'SUCCEEDED' }))).toBe(false);
    expect(await describeExecution(executionArn!)).toMatchObject({ status: 'ABORTED', cause: 'enough' });
  });

  it('aborts what a runner had taken up and left, and nothing else', async () => {
    const dead = outside((call) => recordExecution(call, { machine: 'provision', name: 'dead', input: {} }));
    const { executionArn: waiting } = await start('waiting');
    expect(outside((call) => abortAbandonedExecutions(call).map(({ arn }) => arn))).toEqual([dead]);
    expect(await describeExecution(dead)).toMatchObject({ status: 'ABORTED' });
    expect(await describeExecution(waiting!)).toMatchObject({ status: 'RUNNING' });
  });

  it('lists the newest first, by status and page', async () => {
    for (const name of ['a', 'b', 'c']) {
      await start(name);
      test.advance(1);
    }
    await sfn().send(new StopExecutionCommand({ executionArn: (await start('b')).executionArn }));
    const list = (more: object) => sfn().send(new ListExecutionsCommand({ stateMachineArn, ...more }));
    const first = await list({ maxResults: 2 });
    expect(first.executions!.map(({ name }) => name)).toEqual(['c', 'b']);
    const second = await list({ maxResults: 2, nextToken: first.nextToken });
    expect(second.executions!.map(({ name }) => name)).toEqual(['a']);
    expect((await list({ statusFilter: 'ABORTED' })).executions!.map(({ name }) => name)).toEqual(['b']);
  });

  it('knows no execution it never saw', async () => {
    const executionArn = `arn:aws:states:${region}:111122223333:execution:provision:nobody`;
    await expect(describeExecution(executionArn)).rejects.toMatchObject({ name: 'ExecutionDoesNotExist' });
    await expect(describeExecution('nonsense')).rejects.toMatchObject({ name: 'InvalidArn' });
  });
});
