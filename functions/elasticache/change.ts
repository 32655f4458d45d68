/**
 * A living replication group is brought to the plan, one change at a time, as AWS takes no second one before the first
 * is through: settings, then the engine version, then the node type (new nodes beside the old, and a failover of
 * seconds), then the number of replicas, of which AWS never takes the primary. What only the nodes tell (security
 * groups, version) is asked of one, as all have the same; a group of this very run was made with the plan's.
 */
import {
  type CacheCluster,
  DecreaseReplicaCountCommand,
  DescribeCacheClustersCommand,
  type ElastiCacheClient,
  IncreaseReplicaCountCommand,
  ModifyReplicationGroupCommand,
  type ModifyReplicationGroupCommandInput,
  type ReplicationGroup,
} from '@aws-sdk/client-elasticache';
import { networkOf, withSecurityGroup } from '#lib/data/network.ts';
import { type Difference, describeDifferences, difference, updateOf } from '#lib/request/difference.ts';
import { compareVersions, majorOf } from '#lib/request/versions.ts';
import type { EnvironmentPlan } from '#lib/run/environment.ts';
import { pending, type StepContext, type StepOutcome } from '#lib/run/step.ts';

type GroupUpdate = Partial<ModifyReplicationGroupCommandInput>;

/** Seconds until the first look after each kind of change. */
const settingSeconds = 15;
const versionSeconds = 240;
const nodeTypeSeconds = 480;
const replicaSeconds = 180;

/** Undefined where nothing differs from the plan. The group is available. */
export async function changeGroup(
  elasticache: ElastiCacheClient,
  context: StepContext,
  group: ReplicationGroup,
  isOfThisRun: boolean,
): Promise<StepOutcome | undefined> {
  const plan = context.environment.elasticache;
  const node = isOfThisRun ? undefined : await nodeOf(elasticache, group);
  const settings = [
    ...settingsOf(group, plan),
    ...(node ? securityGroupsOf(node, networkOf(context, 'elasticache').securityGroupId) : []),
  ];
  if (settings.length > 0) return update(elasticache, group, settings, settingSeconds);
  const version = node ? versionOf(node, plan) : [];
  if (version.length > 0) return update(elasticache, group, version, versionSeconds);
  const nodeType = difference<GroupUpdate>('elasticache.nodeType', group.CacheNodeType, plan.nodeType, {
    CacheNodeType: plan.nodeType,
  });
  if (nodeType.length > 0) return update(elasticache, group, nodeType, nodeTypeSeconds);
  return setReplicas(elasticache, group, plan);
}

async function nodeOf(
  elasticache: ElastiCacheClient,
  { MemberClusters }: ReplicationGroup,
): Promise<CacheCluster | undefined> {
  const found = await elasticache.send(
    new DescribeCacheClustersCommand({ CacheClusterId: MemberClusters?.[0] }),
  );
  return found.CacheClusters?.[0];
}

/** Failover needs a replica: it is asked for once there is one, where somebody took all away. */
function settingsOf(
  group: ReplicationGroup,
  { snapshotRetentionDays }: EnvironmentPlan['elasticache'],
): Difference<GroupUpdate>[] {
  const canFailOver = (group.MemberClusters?.length ?? 0) > 1;
  const failsOver = group.MultiAZ === 'enabled' && group.AutomaticFailover === 'enabled';
  return [
    ...difference('elasticache.snapshotRetentionDays', group.SnapshotRetentionLimit, snapshotRetentionDays, {
      SnapshotRetentionLimit: snapshotRetentionDays,
    }),
    ...difference('failover to another zone', failsOver, failsOver || canFailOver, {
      AutomaticFailoverEnabled: true,
      MultiAZEnabled: true,
    }),
  ];
}

function securityGroupsOf(node: CacheCluster, securityGroupId: string): Difference<GroupUpdate>[] {
  const groups = (node.SecurityGroups ?? []).map((membership) => membership.SecurityGroupId as string);
  const wanted = withSecurityGroup(groups, securityGroupId);
  return difference('security groups', groups, wanted, { SecurityGroupIds: [...wanted] });
}

/**
 * Upward only, and from Redis OSS to Valkey: AWS takes neither back, and moves minor versions on by itself. Another
 * family has a parameter group of its own, which AWS wants to be named (ElastiCache user guide, "Version Management";
 * aws-samples/dify-self-hosted-on-aws#24). Users and user groups stay: Valkey takes those of Redis OSS, too.
 */
function versionOf(
  { Engine: has, EngineVersion: runs }: CacheCluster,
  { engine, engineVersion }: EnvironmentPlan['elasticache'],
): Difference<GroupUpdate>[] {
  if (runs === undefined) return [];
  const becomesValkey = has === 'redis' && engine === 'valkey';
  if (!becomesValkey && compareVersions(engineVersion, runs) <= 0) return [];
  const family = familyOf(becomesValkey ? 'valkey' : has, engineVersion);
  const update = {
    EngineVersion: engineVersion,
    ...(family !== familyOf(has, runs) && { CacheParameterGroupName: `default.${family}` }),
  };
  return [
    ...(becomesValkey ? difference<GroupUpdate>('elasticache.engine', has, engine, { Engine: engine }) : []),
    ...difference('elasticache.engineVersion', runs, engineVersion, update),
  ];
}

function familyOf(engine: string | undefined, version: string): string {
  const major = majorOf(version);
  if (engine === 'valkey') return `valkey${major}`;
  if (major < 6) return `redis${version.split('.').slice(0, 2).join('.')}`;
  return major === 6 ? 'redis6.x' : `redis${major}`;
}

async function update(
  elasticache: ElastiCacheClient,
  { ReplicationGroupId }: ReplicationGroup,
  differences: readonly Difference<GroupUpdate>[],
  seconds: number,
): Promise<StepOutcome> {
  await elasticache.send(
    new ModifyReplicationGroupCommand({
      ReplicationGroupId,
      ApplyImmediately: true,
      ...updateOf(differences),
    }),
  );
  return pending(
    `ElastiCache replication group ${ReplicationGroupId}: updating ${describeDifferences(differences)}`,
    seconds,
  );
}

/** AWS spreads new replicas over the zones, and takes away any but the primary. Both only at once. */
async function setReplicas(
  elasticache: ElastiCacheClient,
  { ReplicationGroupId, MemberClusters }: ReplicationGroup,
  { replicas }: EnvironmentPlan['elasticache'],
): Promise<StepOutcome | undefined> {
  const has = (MemberClusters?.length ?? 1) - 1;
  if (has === replicas) return undefined;
  const input = { ReplicationGroupId, NewReplicaCount: replicas, ApplyImmediately: true };
  await elasticache.send(
    has < replicas ? new IncreaseReplicaCountCommand(input) : new DecreaseReplicaCountCommand(input),
  );
  const what = describeDifferences(difference('elasticache.replicas', has, replicas, {}));
  return pending(`ElastiCache replication group ${ReplicationGroupId}: updating ${what}`, replicaSeconds);
}
