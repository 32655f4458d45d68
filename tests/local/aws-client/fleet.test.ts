/** `fleet … --aws`: what a person runs. */
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { marshall } from '@aws-sdk/util-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { configureClients } from '#lib/aws/clients.ts';
import { memberExecution } from '#lib/fleet/names.ts';
import type { FleetRecord } from '#lib/fleet/record.ts';
import { fleetOnAws } from '#local/commands/fleet-aws.ts';
import { main } from '#local/main.ts';

const sfn = mockClient(SFNClient);
const sts = mockClient(STSClient);
const dynamodb = mockClient(DynamoDBClient);
const here = ['--aws', '--stage', 'prod', '--service-region', 'eu-west-1'];
const startDate = new Date('2026-11-01T00:00:00Z');
let out = '';
let execution = '';

beforeEach(() => {
  out = '';
  vi.useFakeTimers({ toFake: ['Date'], now: startDate });
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
  sfn.on(StartExecutionCommand).callsFake(async ({ name }) => {
    execution = name;
    return { executionArn: `arn:aws:states:eu-west-1:111122223333:execution:fleet:${name}`, startDate };
  });
});
afterEach(() => {
  for (const mock of [sfn, sts, dynamodb]) mock.reset();
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  vi.useRealTimers();
  configureClients({});
});

const record = (ends: FleetRecord['ends']): FleetRecord => ({
  fleet: 'customers',
  execution,
  action: 'provision',
  environments: ['acme', 'globex'],
  waves: [1, 1],
  stopAt: 1,
  startedAt: startDate.toISOString(),
  predictedEnd: '2026-11-01T00:30:00.000Z',
  ends,
});

/** The registry and the execution at each look, the last one from then on. */
function looks(...given: { ends: FleetRecord['ends']; status: string; cause?: string }[]): void {
  const next = () => (given.length > 1 ? given.shift() : given[0]) as (typeof given)[number];
  let now = given[0] as (typeof given)[number];
  const acme = {
    environment: 'acme',
    region: 'eu-central-1',
    account: '111122223333',
    status: 'PROVISIONING',
    updatedAt: startDate.toISOString(),
  };
  sfn.on(DescribeExecutionCommand).callsFake(async ({ executionArn }) => {
    if (!executionArn.endsWith(execution))
      throw Object.assign(new Error('no'), { name: 'ExecutionDoesNotExist' });
    const { status, cause } = now;
    const over = status === 'RUNNING' ? {} : { stopDate: new Date('2026-11-01T00:20:00Z') };
    return { status, startDate, cause, ...over };
  });
  dynamodb.on(ScanCommand).callsFake(async () => {
    const { ends } = now;
    now = next();
    const owner = memberExecution('acme', execution);
    const lock = { execution: 'arn', name: owner, since: startDate.toISOString() };
    const queue = {
      operation: 'ec2:CreateVpcEndpoint',
      place: 14,
      from: '2026-11-01T00:19:42.000Z',
      until: '2026-11-01T00:20:00.000Z',
    };
    const at = startDate.toISOString();
    const endpoints = { status: 'pending', since: at, at, detail: '0 of 12', execution: owner, queue };
    const items = [
      { ...acme, lock, steps: { endpoints } },
      { ...record(ends), environment: `fleet#${execution}` },
    ];
    return { Items: items.map((item) => marshall(item, { removeUndefinedValues: true })) };
  });
}

const pause = async (seconds: number) => void vi.setSystemTime(Date.now() + seconds * 1000);
const started = (action: 'provision' | 'deprovision') =>
  fleetOnAws(
    action,
    'examples/fleet.json',
    { json: false, stage: 'prod', serviceRegion: 'eu-west-1' },
    pause,
  );

const done = { status: 'SUCCEEDED', at: '2026-11-01T00:15:00.000Z' } as const;

test('provision starts the fleet machine of the stage, and tells of each environment until all have ended', async () => {
  looks(
    { ends: {}, status: 'RUNNING' },
    { ends: {}, status: 'RUNNING' },
    { ends: { acme: done }, status: 'RUNNING' },
    { ends: { acme: done, globex: done }, status: 'SUCCEEDED' },
  );
  expect(await started('provision')).toBe(0);
  const input = sfn.commandCalls(StartExecutionCommand)[0]?.args[0].input;
  expect(input?.stateMachineArn).toBe(
    'arn:aws:states:eu-west-1:111122223333:stateMachine:aoscloud-provisioning-prod-fleet',
  );
  expect(JSON.parse(input?.input ?? '')).toMatchObject({ fleet: 'customers', action: 'provision' });
  expect(out).toContain('2 environments accepted: 1, then 1');
  expect(out).toContain('◐ acme under way');
  expect(out).toContain('✔ globex done');
  expect(out).toContain(`See it again: npm start -- fleet status ${execution} --aws --stage prod`);
});

test('one that is stopped elsewhere ends with what was written down of it', async () => {
  const stopped = { status: 'FAILED', at: '2026-11-01T00:20:00.000Z', cause: 'its fleet ended' } as const;
  looks(
    { ends: {}, status: 'RUNNING' },
    { ends: {}, status: 'ABORTED', cause: 'by hand' },
    { ends: { acme: stopped, globex: { status: 'NOT_STARTED', at: 'then' } }, status: 'ABORTED' },
  );
  expect(await started('deprovision')).toBe(1);
  expect(out).toContain('by hand');
  expect(out).toContain('✖ acme failed: its fleet ended');
  expect(out).toContain('– globex not started');
});

test('status tells where each environment is, and in which queue', async () => {
  execution = 'customers-20261101';
  looks({ ends: { globex: done }, status: 'RUNNING' });
  expect(await main(['fleet', 'status', 'customers', ...here])).toBe(0);
  expect(out).toContain(`customers  provision  RUNNING  execution ${execution}`);
  expect(out).toMatch(
    /acme +1 +under way .*VPC endpoints: 0 of 12; place 14 at the rate of ec2:CreateVpcEndpoint, from 00:19:42 UTC/,
  );
  expect(out).toMatch(/globex +2 +done/);
});

test('status of a fleet that nobody knows names those that are known', async () => {
  execution = 'customers-20261101';
  looks({ ends: {}, status: 'RUNNING' });
  expect(await main(['fleet', 'status', 'nosuch', ...here])).toBe(1);
  expect(process.stderr.write).toHaveBeenCalledWith(
    'No fleet nosuch is known to stage prod in eu-west-1. What to do: name one of customers.\n',
  );
});
