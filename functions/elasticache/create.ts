/**
 * The replication group is asked for in the plan's zones. ElastiCache has no call that tells where a node type is
 * offered; its refusal does (winglang/wing#4126: "cache.t4g.small (VPC) is not currently supported in the availability
 * zone us-east-1e. Retry the launch with no availability zone or target: us-east-1a, ..."), and is followed.
 */
import { CreateReplicationGroupCommand, type ElastiCacheClient } from '@aws-sdk/client-elasticache';
import { classify, isAwsError, tolerating } from '#lib/aws/errors.ts';
import { originTag } from '#lib/data/origin.ts';
import { names } from '#lib/ownership/names.ts';
import { tagList } from '#lib/ownership/tags.ts';
import type { EnvironmentPlan } from '#lib/run/environment.ts';
import { ResourceFailedError } from '#lib/run/failures.ts';
import { descriptionOf } from './observe.ts';
import { userGroupOf } from './users.ts';

export async function createReplicationGroup(
  elasticache: ElastiCacheClient,
  environment: EnvironmentPlan,
  securityGroupId: string,
): Promise<void> {
  let zones = environment.zones.map(({ name }) => name);
  for (;;) {
    try {
      // `exists`: the answer to the SDK's first attempt was lost.
      await tolerating(['exists'], () =>
        elasticache.send(new CreateReplicationGroupCommand(groupIn(zones, environment, securityGroupId))),
      );
      return;
    } catch (error) {
      const left = zonesNamedBy(error, zones);
      if (left.length === 0 || left.length === zones.length) throw error;
      assertEnough(left, environment, error);
      zones = left;
    }
  }
}

/** Of `zones`, those that a refusal for lack of capacity offers instead; none where it offers none. */
function zonesNamedBy(error: unknown, zones: readonly string[]): string[] {
  if (!isAwsError(error) || classify(error) !== 'capacity') return [];
  const offered = /target: ([\w, -]+)/.exec(error.message)?.[1]?.split(/[,\s]+/) ?? [];
  return zones.filter((zone) => offered.includes(zone));
}

/** Multi-AZ needs nodes in two zones at least. */
function assertEnough(
  left: readonly string[],
  { elasticache, zones }: EnvironmentPlan,
  error: unknown,
): void {
  if (left.length > 1) return;
  throw new ResourceFailedError(
    `node type ${elasticache.nodeType} is offered in ${left.join(', ')} only of ${zones.map(({ name }) => name).join(', ')}, and a group with replicas needs two zones (AWS: ${(error as Error).message})`,
    'choose another elasticache.nodeType, or availabilityZones that offer it, then run again',
  );
}

function groupIn(zones: readonly string[], environment: EnvironmentPlan, securityGroupId: string) {
  const { replicationGroup, cacheSubnetGroup } = names(environment);
  const { nodeType, replicas, engine, engineVersion, snapshotRetentionDays, restoreFrom } =
    environment.elasticache;
  const nodes = replicas + 1;
  const userGroup = userGroupOf(environment);
  return {
    ReplicationGroupId: replicationGroup,
    ReplicationGroupDescription: descriptionOf(environment),
    Engine: engine,
    EngineVersion: engineVersion,
    CacheNodeType: nodeType,
    NumCacheClusters: nodes,
    // A request has a replica at least: AWS refuses failover without one, and several zones without failover.
    AutomaticFailoverEnabled: true,
    MultiAZEnabled: true,
    PreferredCacheClusterAZs: Array.from(
      { length: nodes },
      (_, index) => zones[index % zones.length] as string,
    ),
    CacheSubnetGroupName: cacheSubnetGroup,
    SecurityGroupIds: [securityGroupId],
    ...(userGroup && { UserGroupIds: [userGroup] }),
    Port: 6379,
    TransitEncryptionEnabled: true,
    AtRestEncryptionEnabled: true,
    SnapshotRetentionLimit: snapshotRetentionDays,
    AutoMinorVersionUpgrade: true,
    ...(restoreFrom && { SnapshotName: restoreFrom }),
    Tags: tagList(environment, 'elasticache', originTag(restoreFrom)),
  };
}
