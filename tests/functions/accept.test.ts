import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DescribeVpcsCommand } from '@aws-sdk/client-ec2';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, test } from 'vitest';
import { accept, handler } from '#functions/accept.ts';
import { awsError, mockedAccount } from '../lib/preflight/mocked-account.ts';
import { samplePlan } from '../support/plan.ts';

const execution = {
  id: 'arn:aws:states:eu-central-1:111122223333:execution:provision:run-1',
  name: 'run-1',
  startTime: '2026-11-01T00:00:00Z',
};
const request = { environment: 'dev', region: 'eu-central-1', tags: { team: 'platform' } };
const { eks, ...sample } = samplePlan();

let aws: ReturnType<typeof mockedAccount>;
let sts: ReturnType<typeof mockClient<object, { $metadata: object }, { region: string }>>;

beforeEach(() => {
  aws = mockedAccount();
  // An empty registry that takes the lock.
  mockClient(DynamoDBClient).onAnyCommand().resolves({});
  sts = mockClient(STSClient) as typeof sts;
  sts.on(GetCallerIdentityCommand as never).resolves({
    Account: '111122223333',
    Arn: 'arn:aws:sts::111122223333:assumed-role/accept/x',
  } as never);
});

test('an acceptable request is answered with its plan, for this account and execution', async () => {
  const { environment, step, warnings } = await accept({ request, execution });
  expect(environment).toEqual({ ...sample, eks: { ...eks, administrators: [] } });
  expect(step).toEqual({
    step: 'accept',
    status: 'ready',
    requested: true,
    retryAfterSeconds: 0,
    since: expect.any(String),
    detail: 'dev in eu-central-1: 16 subnets of 10.231.0.0/16 in eu-central-1a, eu-central-1b, eu-central-1c',
    resources: {},
  });
  expect(warnings).toEqual([]);
});

test('the handler is the same, behind the shared middleware', async () => {
  const context = { functionName: 'accept', awsRequestId: 'r-1' } as never;
  const { environment } = await handler({ request, execution }, context);
  expect(environment.rollbackName).toBe('run-1-rollback');
});

test('a partition is read from who calls', async () => {
  sts
    .on(GetCallerIdentityCommand as never)
    .resolves({ Account: '1', Arn: 'arn:aws-cn:iam::1:user/x' } as never);
  expect((await accept({ request, execution })).environment.partition).toBe('aws-cn');
});

test('a bad request is refused before AWS is asked anything', async () => {
  await expect(accept({ request: { environment: 'dev' }, execution })).rejects.toMatchObject({
    name: 'InvalidRequestError',
    message: expect.stringContaining('region: is required'),
  });
  expect(aws.calls() + sts.calls().length).toBe(0);
});

test('an account that stands in the way refuses the run', async () => {
  aws.ec2.on(DescribeVpcsCommand).resolves({ Vpcs: [{ VpcId: 'vpc-9', CidrBlock: '10.231.0.0/16' }] });
  await expect(accept({ request, execution })).rejects.toMatchObject({
    name: 'PreflightFailedError',
    message: expect.stringContaining('overlaps 10.231.0.0/16 of VPC vpc-9'),
  });
});

test('throttling is an error the state machine retries', async () => {
  aws.ec2.on(DescribeVpcsCommand).rejects(awsError('RequestLimitExceeded'));
  await expect(accept({ request, execution })).rejects.toMatchObject({ name: 'TransientError' });
});

test('credentials that may not even ask who they are refuse the run in plain words', async () => {
  sts.on(GetCallerIdentityCommand as never).rejects(awsError('ExpiredTokenException', 'expired'));
  await expect(accept({ request, execution })).rejects.toMatchObject({
    name: 'AwsRefusedError',
    message: expect.stringContaining('was refused with ExpiredToken: expired'),
  });
});

test.each(["it's", 'run!', 'run(1)', '\u{1f680}'])(
  'an execution whose name no tag can hold is refused before anything is made: %j',
  async (name) => {
    await expect(accept({ request, execution: { ...execution, name } })).rejects.toMatchObject({
      name: 'InvalidRequestError',
      message: expect.stringContaining('start this one under another name'),
    });
  },
);

test('a request whose plan is more than a run may carry is refused before anything is made, with both figures', async () => {
  const letter = '\u8a9e';
  const tags = Object.fromEntries(
    Array.from({ length: 40 }, (_, index) => [`${index}${letter.repeat(120)}`, letter.repeat(256)]),
  );
  const rule = (index: number) => ({
    protocol: 'tcp',
    fromPort: 1 + index,
    toPort: 1 + index,
    cidr: '10.0.0.0/8',
    description: 'x'.repeat(255),
  });
  const ingress = Array.from({ length: 60 }, (_, index) => rule(index));
  await expect(
    accept({ request: { ...request, tags, loadBalancer: { ingress } }, execution }),
  ).rejects.toThrow(/its plan has \d+ bytes, and a run carries 64000 at most\. Nothing was made/);
  await expect(accept({ request: { ...request, tags }, execution })).resolves.toMatchObject({
    environment: { tags },
  });
});
