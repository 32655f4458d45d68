/** The embedded AWS as an SDK client meets it on the wire: nothing is plugged into the clients here. */
import { CloudWatchLogsClient, CreateLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DescribeDBClustersCommand as DescribeDocDBClusters, DocDBClient } from '@aws-sdk/client-docdb';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import {
  CreateTagsCommand,
  CreateVpcCommand,
  DescribeVpcsCommand,
  EC2Client,
  ModifyVpcAttributeCommand,
} from '@aws-sdk/client-ec2';
import { DescribeFileSystemsCommand, EFSClient } from '@aws-sdk/client-efs';
import { DescribeClusterCommand, DescribeClusterVersionsCommand, EKSClient } from '@aws-sdk/client-eks';
import {
  DescribeLoadBalancersCommand,
  ElasticLoadBalancingClient,
} from '@aws-sdk/client-elastic-load-balancing';
import {
  DescribeLoadBalancersCommand as DescribeLoadBalancersV2,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { CreateRoleCommand, GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { DescribeDBInstancesCommand, RDSClient } from '@aws-sdk/client-rds';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EmbeddedAws, type Fault } from '#embedded/engine.ts';
import { AwsFault, emptyState } from '#embedded/model.ts';
import { services } from '#embedded/services/index.ts';
import { MemoryStore } from '#embedded/store.ts';
import { WireFront } from '#embedded/wire/front.ts';
import { operationName } from '#lib/aws/clients.ts';

let aws: EmbeddedAws;
let front: WireFront;
let seen: { operation: string; input: Readonly<Record<string, unknown>> }[];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
  seen = [];
  aws = new EmbeddedAws({
    services,
    operationName,
    store: new MemoryStore(emptyState(1, Date.now())),
    observe: (call) => void seen.push(call),
  });
  front = new WireFront({ aws });
});
afterEach(() => {
  front.close();
  vi.useRealTimers();
});

const config = (changes: object = {}) =>
  ({ region: 'eu-central-1', maxAttempts: 2, ...aws.clientConfig, ...changes }) as never;
/** The first `times` calls. */
const faulty = (fault: Fault, times = 1) => {
  aws.inject = (call) => (call.index < times ? fault : undefined);
};
const refusal = async (call: Promise<unknown>) =>
  (await call.catch((error) => error)) as Error & { Code?: string };

const trusting = { Effect: 'Allow', Principal: { Service: 'eks.amazonaws.com' }, Action: 'sts:AssumeRole' };

describe('a call', () => {
  it('of the EC2 query protocol arrives as it was given, and its answer too', async () => {
    const ec2 = new EC2Client(config());
    const tags = [{ Key: 'team', Value: 'a & <b> "c" é' }];
    const { Vpc } = await ec2.send(
      new CreateVpcCommand({
        CidrBlock: '10.0.0.0/16',
        TagSpecifications: [{ ResourceType: 'vpc', Tags: tags }],
      }),
    );
    expect(seen.at(-1)?.input).toEqual({
      CidrBlock: '10.0.0.0/16',
      TagSpecifications: [{ ResourceType: 'vpc', Tags: tags }],
    });
    expect(Vpc).toMatchObject({ CidrBlock: '10.0.0.0/16', Tags: tags, IsDefault: false });
    const VpcId = Vpc?.VpcId as string;
    // EC2 hides for a moment what was just made.
    vi.setSystemTime(Date.now() + 10_000);
    const { $metadata, ...nothing } = await ec2.send(
      new ModifyVpcAttributeCommand({ VpcId, EnableDnsHostnames: { Value: true } }),
    );
    expect(nothing).toEqual({});
    expect($metadata.httpStatusCode).toBe(200);
    expect(seen.at(-1)?.input).toEqual({ VpcId, EnableDnsHostnames: { Value: true } });
    expect(
      (await ec2.send(new CreateTagsCommand({ Resources: [VpcId], Tags: tags }))).$metadata.requestId,
    ).toBeDefined();
  });

  it('of the query protocol knows an empty answer from none', async () => {
    const { DBClusters } = await new DocDBClient(config()).send(new DescribeDocDBClusters({}));
    expect(DBClusters).toEqual([]);
    const { Account } = await new STSClient(config()).send(new GetCallerIdentityCommand({}));
    expect(Account).toBe('111122223333');
    expect(seen.map(({ operation }) => operation)).toEqual([
      'docdb:DescribeDBClusters',
      'sts:GetCallerIdentity',
    ]);
  });

  it('to a host that two services share reaches the one that is meant', async () => {
    await new ElasticLoadBalancingClient(config()).send(new DescribeLoadBalancersCommand({}));
    await new ElasticLoadBalancingV2Client(config()).send(new DescribeLoadBalancersV2({}));
    expect(seen.map(({ operation }) => operation)).toEqual([
      'elb:DescribeLoadBalancers',
      'elbv2:DescribeLoadBalancers',
    ]);
  });

  it('of the JSON protocols carries its path, its query, its body and dates', async () => {
    const { clusterVersions } = await new EKSClient(config()).send(
      new DescribeClusterVersionsCommand({ clusterVersions: ['1.35'] }),
    );
    expect(seen.at(-1)?.input).toEqual({ clusterVersions: ['1.35'] });
    expect(clusterVersions?.[0]?.endOfStandardSupportDate).toBeInstanceOf(Date);
    await new EFSClient(config()).send(new DescribeFileSystemsCommand({ MaxItems: 7 }));
    expect(seen.at(-1)?.input).toEqual({ MaxItems: 7 });
    await new CloudWatchLogsClient(config()).send(
      new CreateLogGroupCommand({ logGroupName: 'g', tags: { a: 'b' } }),
    );
    expect(seen.at(-1)?.input).toEqual({ logGroupName: 'g', tags: { a: 'b' } });
  });

  it('to the one IAM of a partition goes to its host', async () => {
    const trust = JSON.stringify({ Version: '2012-10-17', Statement: [trusting] });
    const role = { RoleName: 'aoscloud-x', AssumeRolePolicyDocument: trust };
    const made = await new IAMClient(config()).send(new CreateRoleCommand(role));
    expect(seen.at(-1)?.input).toEqual(role);
    expect(made.Role?.CreateDate).toBeInstanceOf(Date);
  });
});

describe('a refusal', () => {
  it.each([
    [
      'ec2',
      () => new EC2Client(config()).send(new DescribeVpcsCommand({ VpcIds: ['vpc-1'] })),
      'InvalidVpcID.NotFound',
      400,
    ],
    [
      'eks',
      () => new EKSClient(config()).send(new DescribeClusterCommand({ name: 'x' })),
      'ResourceNotFoundException',
      404,
    ],
    [
      'rds',
      () => new RDSClient(config()).send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: 'x' })),
      'DBInstanceNotFoundFault',
      404,
    ],
    [
      'efs',
      () => new EFSClient(config()).send(new DescribeFileSystemsCommand({ FileSystemId: 'fs-12345678' })),
      'FileSystemNotFound',
      404,
    ],
    [
      'iam',
      () => new IAMClient(config()).send(new GetRoleCommand({ RoleName: 'x' })),
      'NoSuchEntityException',
      404,
    ],
    [
      'dynamodb',
      () =>
        new DynamoDBClient(config()).send(new GetItemCommand({ TableName: 'abc', Key: { a: { S: 'b' } } })),
      'ResourceNotFoundException',
      400,
    ],
  ] as const)(
    'of %s has the name, message and status the SDK gives it',
    async (_, call, name, httpStatusCode) => {
      const error = await refusal(call());
      expect(error).toMatchObject({
        name,
        $fault: 'client',
        $metadata: { httpStatusCode, requestId: /^embedded-/ },
      });
      expect(error.message).not.toBe('');
      expect(error.message).not.toMatch(/^Unknown/);
    },
  );

  it('has the code AWS sends, where the SDK calls it something else', async () => {
    const call = new RDSClient(config()).send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: 'x' }));
    expect(await refusal(call)).toMatchObject({
      name: 'DBInstanceNotFoundFault',
      Code: 'DBInstanceNotFound',
    });
  });

  it('for rate, and a fault of AWS, are tried again by the SDK', async () => {
    const ec2 = new EC2Client(config());
    faulty({
      kind: 'refuse',
      fault: new AwsFault('RequestLimitExceeded', 'Request limit exceeded.', { status: 503 }),
    });
    expect((await ec2.send(new DescribeVpcsCommand({}))).$metadata.attempts).toBe(2);
    const eks = new EKSClient(config());
    faulty({ kind: 'refuse', fault: new AwsFault('ServerException', 'internal', { status: 500 }) }, 9);
    const error = await refusal(eks.send(new DescribeClusterCommand({ name: 'x' })));
    expect(error).toMatchObject({ name: 'ServerException', $fault: 'server', $metadata: { attempts: 2 } });
  });
});

describe('the line', () => {
  it('breaks where an answer is lost, and the call has taken effect', async () => {
    faulty({ kind: 'answer-lost' });
    const ec2 = new EC2Client(config({ maxAttempts: 1 }));
    const error = await refusal(ec2.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' })));
    expect(error).toMatchObject({ code: 'ECONNRESET' });
    expect(aws.inventory('eu-central-1')['ec2:vpc']).toHaveLength(1);
    expect(front.problems).toEqual([]);
  });

  it('leads to no host that AWS does not have', async () => {
    const call = new EC2Client(config({ region: 'eu-central-1', endpoint: 'https://ec2.example.com' }));
    await refusal(call.send(new DescribeVpcsCommand({})));
    expect(front.problems[0]).toBe('in eu-central-1 AWS has no host ec2.example.com');
  });

  it('is closed to those who are dead', async () => {
    front.close();
    front = new WireFront({ aws, deaf: () => true });
    const call = new EC2Client(
      config({ maxAttempts: 1, requestHandler: { requestTimeout: 50, throwOnRequestTimeout: true } }),
    );
    expect((await refusal(call.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' })))).name).toBe(
      'TimeoutError',
    );
    expect(aws.inventory('eu-central-1')['ec2:vpc']).toBeUndefined();
    expect(front.busy).toBe(false);
  });
});
