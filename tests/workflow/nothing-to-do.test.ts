/**
 * A run over an environment that stands as its last run left it attests it and goes through no step. Whatever somebody
 * did by hand meanwhile it must see all the same, and put right, wait for, or refuse by name (W5).
 */
import {
  CloudWatchLogsClient,
  DeleteLogGroupCommand,
  PutRetentionPolicyCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import * as ec2 from '@aws-sdk/client-ec2';
import { EFSClient, PutBackupPolicyCommand } from '@aws-sdk/client-efs';
import * as eks from '@aws-sdk/client-eks';
import { DetachRolePolicyCommand, IAMClient, UpdateAssumeRolePolicyCommand } from '@aws-sdk/client-iam';
import {
  DeleteDBInstanceCommand,
  ModifyDBClusterCommand,
  ModifyDBInstanceCommand,
  RDSClient,
  RemoveTagsFromResourceCommand,
} from '@aws-sdk/client-rds';
import { afterEach, beforeAll, describe, expect, it, test, vi } from 'vitest';
import type { AwsState } from '#embedded/model.ts';
import { elasticacheState } from '#embedded/services/elasticache/state.ts';
import { iamState } from '#embedded/services/iam/state.ts';
import { MemoryStore } from '#embedded/store.ts';
import { accept } from '#functions/accept.ts';
import { client } from '#lib/aws/clients.ts';
import * as list from '#lib/network/observe.ts';
import { componentTag, environmentTag } from '#lib/ownership/tags.ts';
import { lockEnvironment, readEnvironment, releaseEnvironment } from '#lib/run/registry.ts';
import { type Account, openAccount } from '#local/account.ts';
import { devRequest, type Run, runMachine } from '../support/workflow.ts';

const { region } = devRequest;
const request = {
  ...devRequest,
  eks: { administrators: ['arn:aws:iam::111122223333:role/platform-admin'] },
  loadBalancer: { ingress: [{ protocol: 'tcp', fromPort: 443, toPort: 443, cidr: '0.0.0.0/0' }] },
};
const network = () => client(ec2.EC2Client, { region });
const kubernetes = () => client(eks.EKSClient, { region });
const cluster = { clusterName: 'aoscloud-dev' };
const nodeRole = { RoleName: 'aoscloud-eu-central-1-dev-eks-nodes' };

let ready: AwsState;
beforeAll(async () => {
  const first = await runMachine('provision', request, { name: 'first' });
  expect(first.result.status, first.result.cause).toBe('SUCCEEDED');
  ready = settled(first.store.snapshot());
});
afterEach(() => {
  vi.useRealTimers();
});

function settled(state: AwsState): AwsState {
  return { ...state, now: state.now + 3_600_000 };
}

/** What AWS is like an hour after somebody did that. */
async function after(change: (account: Account) => unknown, from = ready): Promise<AwsState> {
  vi.useFakeTimers({ toFake: ['Date'], now: from.now });
  const store = new MemoryStore(structuredClone(from));
  await change(openAccount({ store, throttle: false, latencySeconds: 0 }));
  vi.useRealTimers();
  return settled(store.snapshot());
}

interface Looked extends Run {
  /** Did it go through its steps? */
  readonly stepped: boolean;
}

async function again(from: AwsState, name = 'again', asked: object = request): Promise<Looked> {
  let stepped = false;
  const run = await runMachine('provision', asked, {
    from,
    name,
    onEvent: (event) => {
      stepped ||= event.type === 'entered' && event.state === 'Provision';
    },
  });
  return { ...run, stepped };
}

describe('an environment that stands as its last run left it', () => {
  it('is attested, by every rule, in one look that makes nothing', async () => {
    const { result, stepped, mutating, store } = await again(ready);
    expect(result.status, result.cause).toBe('SUCCEEDED');
    expect([stepped, mutating]).toEqual([false, 0]);
    const { verification } = result.output as { verification: { rules: { holds: boolean }[] } };
    expect(verification.rules.map(({ holds }) => holds)).toEqual(Array.from({ length: 32 }, () => true));
    vi.useFakeTimers({ toFake: ['Date'], now: store.snapshot().now });
    openAccount({ store });
    const item = await readEnvironment('dev');
    expect(item).toMatchObject({ status: 'READY', made: { execution: 'again' } });
    expect(item?.steps).toMatchObject({ vpc: { status: 'ready', execution: 'first' } });
    expect(item?.lock).toBeUndefined();
  });

  it.each([
    ['only the order of the fields is another', Object.fromEntries(Object.entries(request).reverse()), false],
    ['a field is named that was left out', { ...request, onFailure: 'rollback' }, true],
    ['something else is asked', { ...request, tags: { team: 'other' } }, true],
  ])('where %s in the request, the steps are gone through only if need be', async (_what, asked, stepped) => {
    expect((await again(ready, 'again', asked)).stepped).toBe(stepped);
  });
});

type Change = (account: Account) => Promise<unknown> | unknown;

const vpcOf = async () => {
  const [vpc] = await list.listVpcs(network(), [{ Name: `tag:${environmentTag}`, Values: ['dev'] }]);
  return vpc!.VpcId!;
};
const inOurs = async () => list.inVpc(await vpcOf());
const groupNamed = async (name: RegExp) =>
  (await list.listSecurityGroups(network(), await inOurs())).find(({ GroupName }) =>
    name.test(GroupName ?? ''),
  )!;
const tableOf = async (component: string) =>
  (await list.listRouteTables(network(), await inOurs())).find(({ Tags }) =>
    Tags?.some(({ Value }) => Value === component),
  )!;

const repaired: [string, Change][] = [
  [
    'a private subnet gives public addresses',
    async () => {
      const [subnet] = await list.listSubnets(network(), [
        { Name: 'tag:aoscloud:component', Values: ['subnet/eks-private/a'] },
      ]);
      const MapPublicIpOnLaunch = { Value: true };
      await network().send(
        new ec2.ModifySubnetAttributeCommand({ SubnetId: subnet!.SubnetId, MapPublicIpOnLaunch }),
      );
    },
  ],
  [
    'DNS hostnames are off',
    async () =>
      network().send(
        new ec2.ModifyVpcAttributeCommand({ VpcId: await vpcOf(), EnableDnsHostnames: { Value: false } }),
      ),
  ],
  [
    'the default group and the main table have lost our tag',
    async () => {
      const Resources = [
        (await groupNamed(/^default$/)).GroupId!,
        (await tableOf('route-table/main')).RouteTableId!,
      ];
      await network().send(new ec2.DeleteTagsCommand({ Resources, Tags: [{ Key: environmentTag }] }));
    },
  ],
  [
    'a table of somebody else serves a subnet of ours as it should be',
    async () => {
      const VpcId = await vpcOf();
      const table = await tableOf('route-table/eks-public');
      const [gateway] = await list.listInternetGateways(network(), [
        { Name: 'attachment.vpc-id', Values: [VpcId] },
      ]);
      const { RouteTable } = await network().send(new ec2.CreateRouteTableCommand({ VpcId }));
      const RouteTableId = RouteTable!.RouteTableId!;
      vi.setSystemTime(Date.now() + 60_000);
      await network().send(
        new ec2.CreateRouteCommand({
          RouteTableId,
          DestinationCidrBlock: '0.0.0.0/0',
          GatewayId: gateway!.InternetGatewayId,
        }),
      );
      for (const { RouteTableAssociationId: AssociationId } of table.Associations!)
        await network().send(new ec2.ReplaceRouteTableAssociationCommand({ AssociationId, RouteTableId }));
    },
  ],
  [
    'the way out is taken from a table',
    async () => {
      const { RouteTableId } = await tableOf('route-table/eks-private');
      await network().send(new ec2.DeleteRouteCommand({ RouteTableId, DestinationCidrBlock: '0.0.0.0/0' }));
    },
  ],
  [
    'an endpoint is gone',
    async () => {
      const [endpoint] = await list.listVpcEndpoints(network(), await inOurs());
      await network().send(new ec2.DeleteVpcEndpointsCommand({ VpcEndpointIds: [endpoint!.VpcEndpointId!] }));
    },
  ],
  [
    'the default group does not admit itself',
    async () => {
      const { GroupId } = await groupNamed(/^default$/);
      await network().send(
        new ec2.RevokeSecurityGroupIngressCommand({
          GroupId,
          IpPermissions: [{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId }] }],
        }),
      );
    },
  ],
  [
    'the default group lets nothing out',
    async () => {
      const { GroupId } = await groupNamed(/^default$/);
      await network().send(
        new ec2.RevokeSecurityGroupEgressCommand({
          GroupId,
          IpPermissions: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
        }),
      );
    },
  ],
  [
    'the load balancer group has another way out',
    async () => {
      const { GroupId } = await groupNamed(/public-load-balancer$/);
      const IpRanges = [{ CidrIp: '10.0.0.0/8' }];
      const IpPermissions = [{ IpProtocol: 'tcp', FromPort: 443, ToPort: 443, IpRanges }];
      await network().send(new ec2.AuthorizeSecurityGroupEgressCommand({ GroupId, IpPermissions }));
    },
  ],
  [
    'audit logs are off',
    () =>
      kubernetes().send(
        new eks.UpdateClusterConfigCommand({
          name: cluster.clusterName,
          logging: { clusterLogging: [{ types: ['audit'], enabled: false }] },
        }),
      ),
  ],
  [
    'an administrator is shut out',
    () =>
      kubernetes().send(
        new eks.DeleteAccessEntryCommand({ ...cluster, principalArn: request.eks.administrators[0]! }),
      ),
  ],
  [
    'the role of an administrator was made anew',
    ({ aws }) =>
      aws.inspect(region, (call) => {
        iamState(call).roles['platform-admin']!.createdAt = call.now;
        return {};
      }),
  ],
  [
    'an add-on is gone',
    () => kubernetes().send(new eks.DeleteAddonCommand({ ...cluster, addonName: 'coredns' })),
  ],
  [
    'a role has lost a policy',
    () =>
      client(IAMClient, { region }).send(
        new DetachRolePolicyCommand({
          ...nodeRole,
          PolicyArn: 'arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore',
        }),
      ),
  ],
  [
    'a role trusts somebody else',
    () =>
      client(IAMClient, { region }).send(
        new UpdateAssumeRolePolicyCommand({
          ...nodeRole,
          PolicyDocument: JSON.stringify({
            Version: '2012-10-17',
            Statement: [
              { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
            ],
          }),
        }),
      ),
  ],
  [
    'the log group of the control plane is gone',
    () =>
      client(CloudWatchLogsClient, { region }).send(
        new DeleteLogGroupCommand({ logGroupName: '/aws/eks/aoscloud-dev/cluster' }),
      ),
  ],
  [
    'the log group of the control plane forgets in a week',
    () =>
      client(CloudWatchLogsClient, { region }).send(
        new PutRetentionPolicyCommand({ logGroupName: '/aws/eks/aoscloud-dev/cluster', retentionInDays: 7 }),
      ),
  ],
  [
    'an instance is to get another class in its maintenance window',
    () =>
      client(RDSClient, { region }).send(
        new ModifyDBInstanceCommand({
          DBInstanceIdentifier: 'aoscloud-dev-aurora-1',
          DBInstanceClass: 'db.r6g.large',
        }),
      ),
  ],
  [
    'backups are kept for a day',
    () =>
      client(RDSClient, { region }).send(
        new ModifyDBClusterCommand({
          DBClusterIdentifier: 'aoscloud-dev-aurora',
          BackupRetentionPeriod: 1,
          ApplyImmediately: true,
        }),
      ),
  ],
  [
    'an instance is gone',
    () =>
      client(RDSClient, { region }).send(
        new DeleteDBInstanceCommand({
          DBInstanceIdentifier: 'aoscloud-dev-aurora-1',
          SkipFinalSnapshot: true,
        }),
      ),
  ],
  [
    'the files are not backed up',
    async () => {
      const { outputs } = (await readEnvironment('dev')) as { outputs: { efs: { id: string } } };
      const BackupPolicy = { Status: 'DISABLED' as const };
      await client(EFSClient, { region }).send(
        new PutBackupPolicyCommand({ FileSystemId: outputs.efs.id, BackupPolicy }),
      );
    },
  ],
];

test.each(repaired)(
  'where %s, the run puts it right, and the next one has nothing to do',
  async (_what, change) => {
    const second = await again(await after(change), 'second');
    expect(second.result.status, second.result.cause).toBe('SUCCEEDED');
    expect(second.stepped).toBe(true);
    expect(second.mutating).toBeGreaterThan(0);
    const third = await again(settled(second.store.snapshot()), 'third');
    expect(third.result.status, third.result.cause).toBe('SUCCEEDED');
    expect([third.stepped, third.mutating]).toEqual([false, 0]);
  },
);

test('where the cache is being saved, the run waits for the end of that', async () => {
  const busy = await after(({ aws }) =>
    aws.inspect(region, (call) => {
      for (const group of Object.values(elasticacheState(call).replicationGroups))
        group.status = 'snapshotting';
      return {};
    }),
  );
  expect((await again(busy)).stepped).toBe(true);
});

test('where a cluster of our name is not ours any more, the run is refused by name', async () => {
  const taken = await after(() =>
    client(RDSClient, { region }).send(
      new RemoveTagsFromResourceCommand({
        ResourceName: `arn:aws:rds:${region}:111122223333:cluster:aoscloud-dev-aurora`,
        TagKeys: [environmentTag],
      }),
    ),
  );
  const { result, mutating } = await again(taken);
  expect([result.error, mutating]).toEqual(['PreflightFailedError', 0]);
  expect(result.cause).toContain('aoscloud-dev-aurora (aurora-postgresql) exists already');
});

/** Rules know them by where they stand, steps by their tags, and so does a removal. */
const untagged: [string, string, () => Promise<string | undefined>][] = [
  ['the VPC', componentTag, vpcOf],
  ['a subnet', environmentTag, async () => (await list.listSubnets(network(), await inOurs()))[0]?.SubnetId],
  [
    'the NAT gateway',
    environmentTag,
    async () => (await list.listNatGateways(network(), await inOurs()))[0]?.NatGatewayId,
  ],
  [
    'an endpoint',
    environmentTag,
    async () => (await list.listVpcEndpoints(network(), await inOurs()))[0]?.VpcEndpointId,
  ],
  [
    'the Internet Gateway',
    componentTag,
    async () =>
      (
        await list.listInternetGateways(network(), [{ Name: 'attachment.vpc-id', Values: [await vpcOf()] }])
      )[0]?.InternetGatewayId,
  ],
  [
    'the launch template',
    environmentTag,
    async () =>
      (await network().send(new ec2.DescribeLaunchTemplatesCommand({}))).LaunchTemplates?.[0]
        ?.LaunchTemplateId,
  ],
];

test.each(untagged)(
  'where %s has lost its tag %s, the run does not attest it unseen',
  async (_what, Key, idOf) => {
    const taken = await after(async () => {
      const id = await idOf();
      await network().send(new ec2.DeleteTagsCommand({ Resources: [id as string], Tags: [{ Key }] }));
    });
    expect((await again(taken)).stepped).toBe(true);
  },
);

test('what another run made of it meanwhile is not attested by what was seen before', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: ready.now });
  const { aws } = openAccount({ store: new MemoryStore(structuredClone(ready)), latencySeconds: 0 });
  const startTime = new Date().toISOString();
  const executionOf = (name: string) => ({
    id: `arn:aws:states:eu-central-1:111122223333:execution:provision:${name}`,
    name,
    startTime,
  });
  const another = async () => {
    await lockEnvironment('dev', executionOf('another'), { status: 'PROVISIONING', request: {} });
    await releaseEnvironment('dev', executionOf('another').id, { status: 'READY', readyAt: startTime });
  };
  let between: Promise<void> | undefined;
  aws.inject = ({ operation }) => {
    if (operation === 'ec2:DescribeVpcs') between ??= another();
    return undefined;
  };
  await expect(accept({ request, execution: executionOf('late') })).rejects.toMatchObject({
    name: 'TransientError',
  });
  await between;
});
