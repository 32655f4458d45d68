import {
  CreateCacheSubnetGroupCommand,
  CreateReplicationGroupCommand,
  DecreaseReplicaCountCommand,
  DescribeReplicationGroupsCommand,
  ElastiCacheClient,
  IncreaseReplicaCountCommand,
  ListAllowedNodeTypeModificationsCommand,
  ModifyReplicationGroupCommand,
  type ModifyReplicationGroupCommandInput,
} from '@aws-sdk/client-elasticache';
import { beforeEach, expect, it } from 'vitest';
import { client } from '#lib/aws/clients.ts';
import { type TestAws, testAws } from '../../support/embedded.ts';
import { testNetwork } from '../../support/network.ts';
import { samplePlan } from '../../support/plan.ts';

const ReplicationGroupId = 'main';
const elasticache = () => client(ElastiCacheClient, { region: 'eu-central-1' });

let test: TestAws;
beforeEach(async () => {
  test = testAws();
  const network = await testNetwork(test, samplePlan());
  await elasticache().send(
    new CreateCacheSubnetGroupCommand({
      CacheSubnetGroupName: 'redis',
      CacheSubnetGroupDescription: 'of a test',
      SubnetIds: [...'abc'].map((letter) => network.subnetIds[`subnet/elasticache/${letter}`] as string),
    }),
  );
  await elasticache().send(
    new CreateReplicationGroupCommand({
      ReplicationGroupId,
      ReplicationGroupDescription: 'of a test',
      Engine: 'redis',
      EngineVersion: '7.0',
      CacheNodeType: 'cache.t4g.medium',
      NumCacheClusters: 2,
      AutomaticFailoverEnabled: true,
      MultiAZEnabled: true,
      CacheSubnetGroupName: 'redis',
    }),
  );
  test.advance(600);
});

const modify = (changes: Partial<ModifyReplicationGroupCommandInput>) =>
  elasticache().send(
    new ModifyReplicationGroupCommand({ ReplicationGroupId, ApplyImmediately: true, ...changes }),
  );
const increase = (NewReplicaCount: number, ApplyImmediately = true) =>
  elasticache().send(
    new IncreaseReplicaCountCommand({ ReplicationGroupId, NewReplicaCount, ApplyImmediately }),
  );
const decrease = (NewReplicaCount: number) =>
  elasticache().send(
    new DecreaseReplicaCountCommand({ ReplicationGroupId, NewReplicaCount, ApplyImmediately: true }),
  );
const group = async () =>
  (await elasticache().send(new DescribeReplicationGroupsCommand({}))).ReplicationGroups?.[0];

it('becomes another node type in minutes, and a replica takes over', async () => {
  const { ScaleUpModifications } = await elasticache().send(
    new ListAllowedNodeTypeModificationsCommand({ ReplicationGroupId }),
  );
  expect(ScaleUpModifications).toContain('cache.r7g.large');
  await modify({ CacheNodeType: 'cache.r7g.large' });
  expect(await group()).toMatchObject({ Status: 'modifying', CacheNodeType: 'cache.t4g.medium' });
  await expect(modify({ SnapshotRetentionLimit: 3 })).rejects.toMatchObject({
    name: 'InvalidReplicationGroupStateFault',
  });
  test.advance(1200);
  expect(await group()).toMatchObject({ Status: 'available', CacheNodeType: 'cache.r7g.large' });
  const roles = (await group())?.NodeGroups?.[0]?.NodeGroupMembers?.map(({ CurrentRole }) => CurrentRole);
  expect(roles).toEqual(['replica', 'primary']);
});

it('goes to later versions only', async () => {
  await expect(modify({ EngineVersion: '6.2' })).rejects.toThrow(/Cannot downgrade/);
  await expect(modify({ EngineVersion: '7.9' })).rejects.toThrow(/Cannot find version/);
  await modify({ EngineVersion: '7.1' });
});

it('has more replicas in the zones with the fewest nodes, and fewer without its primary', async () => {
  await increase(2);
  test.advance(600);
  const zones = (await group())?.NodeGroups?.[0]?.NodeGroupMembers?.map(
    (node) => node.PreferredAvailabilityZone,
  );
  expect(new Set(zones).size).toBe(3);
  await decrease(1);
  test.advance(600);
  expect((await group())?.MemberClusters).toEqual(['main-001', 'main-002']);
});

it('refuses what leaves nothing to fail over to, nothing to do, and waiting for the window', async () => {
  await expect(decrease(0)).rejects.toThrow(/at least 1 replica/);
  await expect(increase(1)).rejects.toMatchObject({ name: 'NoOperationFault' });
  await expect(increase(6)).rejects.toThrow(/at most 5/);
  await expect(increase(2, false)).rejects.toThrow(/ApplyImmediately must be true/);
});

it('becomes Valkey in place, one way, and within the own parameter groups without naming one', async () => {
  await expect(modify({ Engine: 'valkey' })).rejects.toThrow(/EngineVersion is required/);
  await expect(modify({ CacheParameterGroupName: 'default.valkey8' })).rejects.toThrow(
    /default\.valkey8 parameter group is not applicable to engine redis/,
  );
  await expect(
    modify({ Engine: 'valkey', EngineVersion: '8.1', CacheParameterGroupName: 'default.redis7' }),
  ).rejects.toThrow(/Expected a parameter group of family valkey8 but found one of family redis7/);
  await expect(modify({ Engine: 'valkey', EngineVersion: '7.1' })).rejects.toThrow(
    /Cannot find version 7\.1 for valkey/,
  );
  await modify({ Engine: 'valkey', EngineVersion: '7.2' });
  expect(await group()).toMatchObject({ Status: 'modifying', Engine: 'redis' });
  test.advance(1600);
  expect(await group()).toMatchObject({ Status: 'available', Engine: 'valkey' });
  await expect(modify({ Engine: 'redis', EngineVersion: '7.1' })).rejects.toThrow(/from valkey to redis/);
  await expect(modify({ EngineVersion: '8.0' })).rejects.toThrow(
    /Expected a parameter group of family valkey8 but found one of family valkey7/,
  );
  await modify({ EngineVersion: '8.0', CacheParameterGroupName: 'default.valkey8' });
});
