/** `--aws`: what a person runs. */
import { DynamoDBClient, GetItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { GetExecutionHistoryCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { marshall } from '@aws-sdk/util-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { configureClients } from '#lib/aws/clients.ts';
import { main } from '#local/main.ts';
import { historyOf, Script, startedAt } from './history.ts';

const sfn = mockClient(SFNClient);
const sts = mockClient(STSClient);
const dynamodb = mockClient(DynamoDBClient);
const executionArn =
  'arn:aws:states:eu-west-1:111122223333:execution:aoscloud-provisioning-prod-provision:run-1';
const here = ['--aws', '--stage', 'prod', '--service-region', 'eu-west-1'];
let out = '';

beforeEach(() => {
  out = '';
  vi.stubEnv('AWS_REGION', 'eu-central-1');
  vi.stubEnv('REGISTRY_TABLE', '');
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += text;
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
  sts
    .on(GetCallerIdentityCommand)
    .resolves({ Account: '111122223333', Arn: 'arn:aws:iam::111122223333:user/me' });
});
afterEach(() => {
  for (const mock of [sfn, sts, dynamodb]) mock.reset();
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  configureClients({});
});

function ends(type: 'ExecutionSucceeded' | 'ExecutionFailed', details: object): void {
  const script = new Script();
  script.add({ type: 'ExecutionStarted' });
  script.add({ type, ...details });
  sfn.on(StartExecutionCommand).resolves({ executionArn, startDate: new Date(startedAt) });
  sfn.on(GetExecutionHistoryCommand).callsFake(historyOf(script.events));
}

const item = {
  environment: 'dev',
  region: 'eu-central-1',
  account: '111122223333',
  status: 'READY',
  steps: {},
  updatedAt: '2026-11-01T00:00:00.000Z',
};

describe('provision --aws', () => {
  test('starts the machine of the stage and reports how it ended', async () => {
    const output = JSON.stringify({ verification: { rules: [{ rule: 'R1', holds: true, evidence: '' }] } });
    ends('ExecutionSucceeded', { executionSucceededEventDetails: { output } });
    expect(await main(['provision', 'examples/dev.json', ...here, '--json'])).toBe(0);
    const input = sfn.commandCalls(StartExecutionCommand)[0]?.args[0].input;
    expect(input?.stateMachineArn).toBe(
      'arn:aws:states:eu-west-1:111122223333:stateMachine:aoscloud-provisioning-prod-provision',
    );
    expect(JSON.parse(input?.input ?? '')).toMatchObject({ environment: 'dev', size: 'small' });
    expect(JSON.parse(out)).toMatchObject({
      environment: 'dev',
      status: 'SUCCEEDED',
      executionArn,
      seconds: 2,
    });
  });

  test('fails with the cause of the run', async () => {
    const cause = 'vpc: ec2:CreateVpc was refused with VpcLimitExceeded: no more. What to do: ask.';
    ends('ExecutionFailed', { executionFailedEventDetails: { error: 'AwsRefusedError', cause } });
    expect(await main(['provision', 'examples/dev.json', ...here])).toBe(1);
    expect(out).toContain(`dev FAILED: AwsRefusedError\n${cause}\nNext:\n`);
    expect(out).toContain('  npm start -- status dev --aws --stage prod\n');
    expect(out).toContain('  npm start -- watch dev --aws --stage prod\n');
  });

  test('says so when the service is not deployed there', async () => {
    sfn
      .on(StartExecutionCommand)
      .rejects(
        Object.assign(new Error('State Machine Does Not Exist'), { name: 'StateMachineDoesNotExist' }),
      );
    expect(await main(['provision', 'examples/dev.json', ...here])).toBe(1);
    expect(process.stderr.write).toHaveBeenCalledWith(
      expect.stringContaining('no stage "prod" in eu-west-1'),
    );
  });
});

test('deprovision --aws hands the confirmation on', async () => {
  ends('ExecutionSucceeded', { executionSucceededEventDetails: { output: '{}' } });
  dynamodb.on(GetItemCommand).resolves({ Item: marshall(item) });
  expect(await main(['deprovision', 'dev', '--confirm', 'dev', ...here])).toBe(0);
  const input = sfn.commandCalls(StartExecutionCommand)[0]?.args[0].input;
  expect(input?.stateMachineArn).toMatch(/-prod-deprovision$/);
  expect(JSON.parse(input?.input ?? '')).toEqual({
    environment: 'dev',
    confirm: 'dev',
    finalSnapshots: true,
    deleteLogs: false,
  });
  expect(out).toContain('dev is taken down.');
});

test('deprovision --aws starts nothing for a name that the stage does not know', async () => {
  dynamodb.on(GetItemCommand).resolves({});
  dynamodb.on(ScanCommand).resolves({ Items: [marshall(item), marshall({ ...item, environment: 'qa' })] });
  expect(await main(['deprovision', 'nosuch', '--confirm', 'nosuch', ...here])).toBe(1);
  expect(sfn.commandCalls(StartExecutionCommand)).toEqual([]);
  expect(process.stderr.write).toHaveBeenCalledWith(
    'No environment nosuch is known. What to do: name one of dev, qa.\n',
  );
});

test('status --aws reads the registry of the stage', async () => {
  dynamodb.on(GetItemCommand).resolves({ Item: marshall(item) });
  expect(await main(['status', 'dev', ...here])).toBe(0);
  expect(dynamodb.commandCalls(GetItemCommand)[0]?.args[0].input.TableName).toBe(
    'aoscloud-provisioning-prod-environments',
  );
  expect(out).toContain('dev  READY');
});

test('list --aws says which environment has which block', async () => {
  const block = {
    environment: 'block#111122223333#eu-central-1#10.231.0.0/16',
    holder: 'dev',
    since: '2026-11-01T00:00:00.000Z',
  };
  const other = { ...block, environment: 'block#111122223333#eu-central-1#10.9.0.0/16', holder: 'gone' };
  const held = { ...item, vpcCidr: '10.231.0.0/16' };
  dynamodb.on(ScanCommand).resolves({ Items: [marshall(held), marshall(block), marshall(other)] });
  expect(await main(['list', ...here])).toBe(0);
  expect(out).toMatch(/10\.231\.0\.0\/16 .*eu-central-1 .*111122223333 .*dev/);
  expect(out).not.toContain('10.9.0.0/16');
});

describe('drift --aws', () => {
  test('says so of an environment that the stage never made true', async () => {
    dynamodb.on(GetItemCommand).resolves({ Item: marshall(item) });
    expect(await main(['drift', 'dev', ...here])).toBe(1);
    expect(out).toContain(
      'No run of environment dev has ended well yet, so that there is nothing to compare with. What to do: provision it first.',
    );
  });
});

test('list --aws lists them in the order of their names', async () => {
  dynamodb.on(ScanCommand).resolves({ Items: [marshall({ ...item, environment: 'prod' }), marshall(item)] });
  expect(await main(['list', ...here, '--json'])).toBe(0);
  const { environments } = JSON.parse(out) as { environments: { environment: string }[] };
  expect(environments.map(({ environment }) => environment)).toEqual(['dev', 'prod']);
});
