import { DescribeNetworkInterfacesCommand, EC2Client } from '@aws-sdk/client-ec2';
import {
  AddTagsToResourceCommand,
  CreateCacheSubnetGroupCommand,
  CreateReplicationGroupCommand,
  type CreateReplicationGroupCommandInput,
  DeleteCacheSubnetGroupCommand,
  DeleteReplicationGroupCommand,
  DeleteSnapshotCommand,
  DescribeCacheClustersCommand,
  DescribeCacheEngineVersionsCommand,
  DescribeEventsCommand,
  DescribeReplicationGroupsCommand,
  DescribeSnapshotsCommand,
  ElastiCacheClient,
  ListTagsForResourceCommand,
  ModifyReplicationGroupCommand,
  paginateDescribeCacheClusters,
} from '@aws-sdk/client-elasticache';
import { beforeEach, describe, expect, it } from 'vitest';
import { client } from '#lib/aws/clients.ts';
import { type TestAws, testAws } from '../../support/embedded.ts';
import { testNetwork } from '../../support/network.ts';
import { samplePlan } from '../../support/plan.ts';

const region = 'eu-central-1';
const elasticache = () => client(ElastiCacheClient, { region });

let test: TestAws;
let network: Awaited<ReturnType<typeof testNetwork>>;
beforeEach(async () => {
  test = testAws();
  network = await testNetwork(test, samplePlan());
  await createSubnetGroup('redis');
});

const subnetIds = () =>
  [...'abc'].map((letter) => network.subnetIds[`subnet/elasticache/${letter}`] as string);
const createSubnetGroup = (CacheSubnetGroupName: string, SubnetIds = subnetIds()) =>
  elasticache().send(
    new CreateCacheSubnetGroupCommand({
      CacheSubnetGroupName,
      CacheSubnetGroupDescription: 'of a test',
      SubnetIds,
    }),
  );
const createGroup = (changes: Partial<CreateReplicationGroupCommandInput> = {}) =>
  elasticache().send(
    new CreateReplicationGroupCommand({
      ReplicationGroupId: 'main',
      ReplicationGroupDescription: 'of a test',
      Engine: 'redis',
      EngineVersion: '7.1',
      CacheNodeType: 'cache.t4g.medium',
      NumCacheClusters: 2,
      AutomaticFailoverEnabled: true,
      MultiAZEnabled: true,
      CacheSubnetGroupName: 'redis',
      SecurityGroupIds: [network.defaultSecurityGroupId],
      TransitEncryptionEnabled: true,
      AtRestEncryptionEnabled: true,
      Tags: [{ Key: 'team', Value: 'platform' }],
      ...changes,
    }),
  );
const deleteGroup = (FinalSnapshotIdentifier?: string) =>
  elasticache().send(
    new DeleteReplicationGroupCommand({ ReplicationGroupId: 'main', FinalSnapshotIdentifier }),
  );
const group = async () =>
  (await elasticache().send(new DescribeReplicationGroupsCommand({}))).ReplicationGroups?.[0];
const members = async () =>
  (await elasticache().send(new DescribeCacheClustersCommand({}))).CacheClusters ?? [];

async function cache(): Promise<void> {
  await createGroup();
  test.advance(600);
}

describe('replication groups', () => {
  it('take six to ten minutes; their members tell where they are', async () => {
    await createGroup({ ReplicationGroupId: 'Main' });
    test.advance(359);
    expect(await group()).toMatchObject({ Status: 'creating', MemberClusters: ['main-001', 'main-002'] });
    test.advance(241);
    expect(await group()).toMatchObject({
      Status: 'available',
      MultiAZ: 'enabled',
      AutomaticFailover: 'enabled',
      NodeGroups: [
        {
          PrimaryEndpoint: {
            Address: expect.stringMatching(/^master\.main\..*\.euc1\.cache\.amazonaws\.com$/),
            Port: 6379,
          },
          ReaderEndpoint: { Address: expect.stringMatching(/^replica\.main\./) },
        },
      ],
    });
    expect(await group()).not.toHaveProperty('SecurityGroups');
    expect(await members()).toMatchObject([
      {
        CacheClusterId: 'main-001',
        EngineVersion: '7.1.0',
        CacheSubnetGroupName: 'redis',
        PreferredAvailabilityZone: `${region}a`,
        SecurityGroups: [{ SecurityGroupId: network.defaultSecurityGroupId }],
      },
      { CacheClusterId: 'main-002', PreferredAvailabilityZone: `${region}b` },
    ]);
  });

  it('are paged by member', async () => {
    for (const id of ['a', 'b', 'c', 'd', 'e'])
      await createGroup({ ReplicationGroupId: id, NumCacheClusters: 5 });
    let pages = 0;
    let count = 0;
    for await (const page of paginateDescribeCacheClusters({ client: elasticache(), pageSize: 20 }, {})) {
      pages += 1;
      count += page.CacheClusters?.length ?? 0;
    }
    expect([pages, count]).toEqual([2, 25]);
  });

  it.each([
    ['an id of 41 characters', { ReplicationGroupId: 'a'.repeat(41) }, 'InvalidParameterValueException'],
    ['TLS outside a VPC', { CacheSubnetGroupName: undefined }, 'InvalidParameterCombinationException'],
    ['failover of one node', { NumCacheClusters: 1 }, 'InvalidParameterCombinationException'],
    ['zones without failover', { AutomaticFailoverEnabled: false }, 'InvalidParameterCombinationException'],
    ['too few zones named', { PreferredCacheClusterAZs: [`${region}a`] }, 'InvalidParameterValueException'],
    ['an unknown node type', { CacheNodeType: 'cache.z1.huge' }, 'InvalidParameterValueException'],
    ['an unknown version', { EngineVersion: '8.9' }, 'InvalidParameterCombinationException'],
    ['an unknown subnet group', { CacheSubnetGroupName: 'nothing' }, 'CacheSubnetGroupNotFoundFault'],
    [
      'an unknown security group',
      { SecurityGroupIds: ['sg-0123456789abcdef0'] },
      'InvalidParameterValueException',
    ],
  ])('refuse %s', async (_what, changes, name) => {
    await expect(createGroup(changes)).rejects.toMatchObject({ name });
  });

  it('refuse a second one of their name', async () => {
    await createGroup();
    await expect(createGroup()).rejects.toMatchObject({
      name: 'ReplicationGroupAlreadyExistsFault',
      Code: 'ReplicationGroupAlreadyExists',
    });
  });

  it('block their name when creating fails, and say why in their events', async () => {
    test.aws.inject = ({ operation }) =>
      operation === 'elasticache:CreateReplicationGroup' ? { kind: 'outcome-fails' } : undefined;
    await createGroup();
    test.aws.inject = undefined;
    test.advance(600);
    expect((await group())?.Status).toBe('create-failed');
    const { Events } = await elasticache().send(
      new DescribeEventsCommand({ SourceType: 'cache-cluster', SourceIdentifier: 'main-001' }),
    );
    expect(Events?.[0]?.Message).toContain('InsufficientCacheClusterCapacity');
    await expect(createGroup()).rejects.toMatchObject({ name: 'ReplicationGroupAlreadyExistsFault' });
    await expect(deleteGroup('last')).rejects.toMatchObject({ name: 'InvalidParameterCombinationException' });
    await deleteGroup();
    test.advance(480);
    await createGroup();
  });

  it('are changed in place, and busy meanwhile', async () => {
    await cache();
    await elasticache().send(
      new ModifyReplicationGroupCommand({ ReplicationGroupId: 'main', SnapshotRetentionLimit: 3 }),
    );
    expect(await group()).toMatchObject({ Status: 'modifying', SnapshotRetentionLimit: 3 });
    await expect(deleteGroup()).rejects.toMatchObject({ name: 'InvalidReplicationGroupStateFault' });
    test.advance(60);
    expect((await group())?.Status).toBe('available');
  });

  it('are tagged by ARN', async () => {
    await cache();
    const ResourceName = (await group())?.ARN;
    await elasticache().send(
      new AddTagsToResourceCommand({ ResourceName, Tags: [{ Key: 'more', Value: 'x' }] }),
    );
    const { TagList } = await elasticache().send(new ListTagsForResourceCommand({ ResourceName }));
    expect(TagList).toEqual([
      { Key: 'team', Value: 'platform' },
      { Key: 'more', Value: 'x' },
    ]);
  });
});

describe('deleting', () => {
  it('waits until the group is available, and takes its interfaces along', async () => {
    await createGroup();
    await expect(deleteGroup()).rejects.toMatchObject({
      name: 'InvalidReplicationGroupStateFault',
      Code: 'InvalidReplicationGroupState',
    });
    test.advance(600);
    await deleteGroup();
    expect((await group())?.Status).toBe('deleting');
    const interfaces = async () =>
      (
        await client(EC2Client, { region }).send(
          new DescribeNetworkInterfacesCommand({
            Filters: [{ Name: 'description', Values: ['ElastiCache main-*'] }],
          }),
        )
      ).NetworkInterfaces ?? [];
    expect(await interfaces()).toHaveLength(2);
    test.advance(480);
    expect(await group()).toBeUndefined();
    test.advance(30);
    expect(await interfaces()).toEqual([]);
  });

  it('takes a final snapshot first, under a name nothing has', async () => {
    await cache();
    await deleteGroup('last');
    expect((await group())?.Status).toBe('snapshotting');
    test.advance(120);
    expect((await group())?.Status).toBe('deleting');
    test.advance(480);
    const { Snapshots } = await elasticache().send(
      new DescribeSnapshotsCommand({ ReplicationGroupId: 'main' }),
    );
    expect(Snapshots).toMatchObject([{ SnapshotName: 'last', SnapshotStatus: 'available' }]);
    await cache();
    await expect(deleteGroup('last')).rejects.toMatchObject({ name: 'SnapshotAlreadyExistsFault' });
    expect(test.aws.inventory(region)).toMatchObject({
      'elasticache:replication-group': ['main'],
      'elasticache:snapshot': ['last'],
      'elasticache:subnet-group': ['redis'],
    });
    await elasticache().send(new DeleteSnapshotCommand({ SnapshotName: 'last' }));
    expect(test.aws.inventory(region)).not.toHaveProperty('elasticache:snapshot');
  });

  it('leaves the subnet group for last', async () => {
    await cache();
    const remove = () =>
      elasticache().send(new DeleteCacheSubnetGroupCommand({ CacheSubnetGroupName: 'redis' }));
    await expect(remove()).rejects.toMatchObject({ name: 'CacheSubnetGroupInUse' });
    await deleteGroup();
    await expect(remove()).rejects.toMatchObject({ name: 'CacheSubnetGroupInUse' });
    test.advance(480);
    await remove();
    await expect(remove()).rejects.toMatchObject({ name: 'CacheSubnetGroupNotFoundFault' });
  });
});

describe('subnet groups and versions', () => {
  it('refuse subnets that are not there and names that are taken', async () => {
    await expect(createSubnetGroup('REDIS')).rejects.toMatchObject({
      name: 'CacheSubnetGroupAlreadyExistsFault',
    });
    await expect(createSubnetGroup('other', ['subnet-0123456789abcdef0'])).rejects.toMatchObject({
      name: 'InvalidSubnet',
    });
  });

  it('tell the newest version of an engine', async () => {
    const { CacheEngineVersions } = await elasticache().send(
      new DescribeCacheEngineVersionsCommand({ Engine: 'redis', DefaultOnly: true }),
    );
    expect(CacheEngineVersions).toMatchObject([
      { EngineVersion: '7.1', CacheParameterGroupFamily: 'redis7' },
    ]);
  });
});
