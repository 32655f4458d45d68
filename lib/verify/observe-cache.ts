/**
 * The replication group. Its security groups and subnet group are told only by its member clusters, which can
 * be listed but not filtered.
 */
import {
  type CacheCluster,
  type CacheSubnetGroup,
  DescribeCacheSubnetGroupsCommand,
  DescribeReplicationGroupsCommand,
  ElastiCacheClient,
  paginateDescribeCacheClusters,
  type ReplicationGroup,
} from '@aws-sdk/client-elasticache';
import { client } from '#lib/aws/clients.ts';
import { tolerating } from '#lib/aws/errors.ts';
import { allPages, together } from '#lib/aws/reads.ts';
import { names } from '#lib/ownership/names.ts';
import type { EnvironmentTarget } from '#lib/run/environment.ts';
import type { CacheSeen } from './observation.ts';

export async function observeCache(environment: EnvironmentTarget): Promise<CacheSeen | undefined> {
  const elasticache = client(ElastiCacheClient, environment);
  const { replicationGroup, cacheSubnetGroup } = names(environment);
  const [groups, subnetGroups, clusters] = await together([
    tolerating(['gone'], () =>
      elasticache.send(new DescribeReplicationGroupsCommand({ ReplicationGroupId: replicationGroup })),
    ),
    tolerating(['gone'], () =>
      elasticache.send(new DescribeCacheSubnetGroupsCommand({ CacheSubnetGroupName: cacheSubnetGroup })),
    ),
    allPages(paginateDescribeCacheClusters({ client: elasticache }, {}), (page) => page.CacheClusters),
  ]);
  const group = groups?.ReplicationGroups?.[0];
  if (!group) return undefined;
  const members = clusters.filter((cluster) => cluster.ReplicationGroupId === group.ReplicationGroupId);
  return cacheSeen(group, members, subnetGroups?.CacheSubnetGroups ?? []);
}

function cacheSeen(
  group: ReplicationGroup,
  members: readonly CacheCluster[],
  subnetGroups: readonly CacheSubnetGroup[],
): CacheSeen {
  const [shard] = group.NodeGroups ?? [];
  const subnetGroup = subnetGroups.find((each) =>
    members.some((member) => member.CacheSubnetGroupName === each.CacheSubnetGroupName),
  );
  return {
    id: group.ReplicationGroupId ?? '',
    status: group.Status ?? '',
    nodeType: group.CacheNodeType ?? '',
    nodes: group.MemberClusters?.length ?? 0,
    engineVersion: members[0]?.EngineVersion,
    snapshotRetentionDays: group.SnapshotRetentionLimit ?? 0,
    multiZone: group.MultiAZ === 'enabled',
    userGroupIds: group.UserGroupIds ?? [],
    automaticFailover: group.AutomaticFailover === 'enabled',
    atRestEncryption: group.AtRestEncryptionEnabled ?? false,
    transitEncryption: group.TransitEncryptionEnabled ?? false,
    primaryEndpoint: shard?.PrimaryEndpoint?.Address ?? '',
    readerEndpoint: shard?.ReaderEndpoint?.Address ?? '',
    port: shard?.PrimaryEndpoint?.Port ?? 0,
    subnetGroup: subnetGroup && {
      name: subnetGroup.CacheSubnetGroupName ?? '',
      vpcId: subnetGroup.VpcId ?? '',
      subnetIds: (subnetGroup.Subnets ?? []).flatMap((subnet) => subnet.SubnetIdentifier ?? []),
    },
    members: members.map((member) => ({
      id: member.CacheClusterId ?? '',
      status: member.CacheClusterStatus ?? '',
      engine: member.Engine ?? '',
      zone: member.PreferredAvailabilityZone ?? '',
      securityGroupIds: (member.SecurityGroups ?? []).flatMap((each) => each.SecurityGroupId ?? []),
    })),
  };
}
