/** What CreateReplicationGroup checks, and what it makes. */
import { z } from 'zod';
import { limitOf } from '#embedded/limits.ts';
import type { Call } from '#embedded/model.ts';
import { addNetworkInterface, freeAddressCount } from '#embedded/services/ec2/network-interfaces.ts';
import { ec2State, find } from '#embedded/services/ec2/state.ts';
import { isNodeType, resolveVersion, zonesOffering } from './catalogue.ts';
import {
  type CacheSnapshot,
  type CacheSubnetGroup,
  cacheArn,
  cacheFault,
  elasticacheState,
  invalidCombination,
  invalidValue,
  type Member,
  type ReplicationGroup,
  requireSnapshot,
  requireSubnetGroup,
  requireUserGroup,
  tagListSchema,
  tagRecordOf,
} from './state.ts';

/** One shard only, so that `NumCacheClusters` is the number of nodes; an auth token has no place here (R32). */
export const createShape = {
  ReplicationGroupId: z.string(),
  ReplicationGroupDescription: z.string(),
  Engine: z.enum(['redis', 'valkey']),
  EngineVersion: z.string().optional(),
  CacheNodeType: z.string(),
  NumCacheClusters: z.number().int().optional(),
  AutomaticFailoverEnabled: z.boolean().optional(),
  MultiAZEnabled: z.boolean().optional(),
  PreferredCacheClusterAZs: z.array(z.string()).optional(),
  CacheSubnetGroupName: z.string().optional(),
  SecurityGroupIds: z.array(z.string()).optional(),
  UserGroupIds: z.array(z.string()).optional(),
  Port: z.number().int().optional(),
  TransitEncryptionEnabled: z.boolean().optional(),
  AtRestEncryptionEnabled: z.boolean().optional(),
  KmsKeyId: z.string().optional(),
  SnapshotRetentionLimit: z.number().int().optional(),
  SnapshotName: z.string().optional(),
  AutoMinorVersionUpgrade: z.boolean().optional(),
  Tags: tagListSchema,
};

type CreateInput = z.infer<z.ZodObject<typeof createShape>>;

export function newReplicationGroup(call: Call, input: CreateInput): ReplicationGroup {
  const id = groupId(input.ReplicationGroupId);
  const { replicationGroups } = elasticacheState(call);
  if (replicationGroups[id])
    throw cacheFault('ReplicationGroupAlreadyExistsFault', `Replication group ${id} already exists.`);
  const nodes = input.NumCacheClusters ?? 1;
  const taken = Object.values(replicationGroups).reduce((sum, group) => sum + group.members.length, 0);
  if (taken + nodes > limitOf(call, 'L-DFE45DF3'))
    throw cacheFault(
      'NodeQuotaForCustomerExceededFault',
      'The request cannot be processed because it would exceed the allowed number of cache nodes.',
    );
  const { engineVersion, subnetGroupName } = checked(input, nodes);
  const source = sourceOf(call, input, engineVersion);
  const subnetGroup = requireSubnetGroup(call, subnetGroupName);
  const securityGroupIds = securityGroupsOf(call, subnetGroup.vpcId, input.SecurityGroupIds);
  const zones = zonesOf(call, subnetGroup, input, nodes);
  const tags = tagRecordOf(input.Tags);
  const members = zones.map((zone, index) =>
    newMember(call, `${id}-${String(index + 1).padStart(3, '0')}`, zone, subnetGroup, securityGroupIds),
  );
  if (source) source.status = 'restoring';
  return {
    id,
    arn: cacheArn(call, 'replicationgroup', id),
    ...(source ? { restoredFrom: source.name } : {}),
    description: input.ReplicationGroupDescription,
    engine: input.Engine,
    engineVersion,
    nodeType: input.CacheNodeType,
    members,
    automaticFailover: input.AutomaticFailoverEnabled ?? false,
    multiZone: input.MultiAZEnabled ?? false,
    subnetGroup: subnetGroup.name,
    securityGroupIds,
    ...userGroupsOf(call, input),
    port: input.Port ?? 6379,
    transitEncryption: input.TransitEncryptionEnabled ?? false,
    // The default differs by engine.
    atRestEncryption: input.AtRestEncryptionEnabled ?? input.Engine === 'valkey',
    ...(input.KmsKeyId === undefined ? {} : { kmsKeyId: input.KmsKeyId }),
    snapshotRetentionDays: input.SnapshotRetentionLimit ?? 0,
    autoMinorVersionUpgrade: input.AutoMinorVersionUpgrade ?? true,
    createdAt: call.now,
    status: 'creating',
    fails: call.outcome === 'fails' || members.some((member) => member.networkInterfaceId === undefined),
    tags,
  };
}

function groupId(given: string): string {
  if (given.length > 40 || !/^[A-Za-z](-?[A-Za-z0-9])*$/.test(given))
    throw invalidValue(
      `The parameter ReplicationGroupId is not a valid identifier. Identifiers must begin with a letter; must contain only ASCII letters, digits, and hyphens; must not end with a hyphen or contain two consecutive hyphens; and must be 1 to 40 characters: ${given}`,
    );
  return given.toLowerCase();
}

/** What needs nothing but the request to be judged. */
function checked(input: CreateInput, nodes: number): { engineVersion: string; subnetGroupName: string } {
  if (nodes < 1 || nodes > 6) throw invalidValue(`NumCacheClusters must be between 1 and 6: ${nodes}`);
  if (!isNodeType(input.CacheNodeType)) throw invalidValue(`Invalid cache node type: ${input.CacheNodeType}`);
  const engineVersion = resolveVersion(input.Engine, input.EngineVersion);
  if (engineVersion === undefined)
    throw invalidCombination(`Cannot find version ${input.EngineVersion} for ${input.Engine}`);
  if (input.AutomaticFailoverEnabled && nodes < 2)
    throw invalidCombination('Automatic failover needs at least two cache clusters.');
  if (input.MultiAZEnabled && !input.AutomaticFailoverEnabled)
    throw invalidCombination('Must enable automatic failover if multi-AZ is enabled.');
  const days = input.SnapshotRetentionLimit ?? 0;
  if (days < 0 || days > 35) throw invalidValue(`Invalid snapshot retention limit: ${days}`);
  if (input.CacheSubnetGroupName === undefined) {
    if (input.TransitEncryptionEnabled)
      throw invalidCombination(
        'Encryption in-transit is only supported in a VPC: name a cache subnet group.',
      );
    throw new Error('the embedded AWS does not model a default VPC: name a cache subnet group');
  }
  return { engineVersion, subnetGroupName: input.CacheSubnetGroupName };
}

/** The snapshot it starts from: of its engine, of no later version. */
function sourceOf(call: Call, input: CreateInput, engineVersion: string): CacheSnapshot | undefined {
  if (input.SnapshotName === undefined) return undefined;
  const snapshot = requireSnapshot(call, input.SnapshotName);
  if (snapshot.status !== 'available')
    throw cacheFault(
      'InvalidSnapshotStateFault',
      `Snapshot ${snapshot.name} is not in a valid state to be restored: ${snapshot.status}`,
    );
  const { engine, engineVersion: version } = snapshot.group;
  if (engine !== input.Engine || Number.parseFloat(engineVersion) < Number.parseFloat(version))
    throw invalidCombination(
      `Snapshot ${snapshot.name} of ${engine} ${version} cannot be restored to ${input.Engine} ${engineVersion}.`,
    );
  return snapshot;
}

/** One a node: those asked for, or the group's in turn. */
function zonesOf(call: Call, group: CacheSubnetGroup, input: CreateInput, nodes: number): string[] {
  const offered = [...new Set(group.subnets.map(({ zoneName }) => zoneName))];
  assertOffered(call, input);
  const wanted =
    input.PreferredCacheClusterAZs ??
    Array.from({ length: nodes }, (_, index) => offered[index % offered.length] as string);
  if (wanted.length !== nodes)
    throw invalidValue(`PreferredCacheClusterAZs must name ${nodes} zones, one a cache cluster.`);
  const foreign = wanted.find((zone) => !offered.includes(zone));
  if (foreign) throw invalidValue(`${foreign} is not a zone of cache subnet group ${group.name}.`);
  if (input.MultiAZEnabled && new Set(wanted).size < 2)
    throw invalidCombination('Multi-AZ needs cache clusters in at least two Availability Zones.');
  return wanted;
}

/** One group, active, and only where the way there is encrypted. */
function userGroupsOf(call: Call, input: CreateInput): { userGroupIds?: string[] } {
  if (!input.UserGroupIds) return {};
  if (!input.TransitEncryptionEnabled) throw invalidCombination('User groups need encryption in transit.');
  for (const id of input.UserGroupIds) {
    const { status, engine } = requireUserGroup(call, id);
    // Valkey takes groups of both engines, Redis OSS its own only (user guide, "Role-Based Access Control").
    if (input.Engine === 'redis' && engine === 'valkey')
      throw invalidCombination(`User group ${id} of valkey cannot be used with redis.`);
    if (status !== 'active') throw cacheFault('InvalidUserGroupStateFault', `User group ${id} is ${status}.`);
  }
  return { userGroupIds: input.UserGroupIds.map((id) => id.toLowerCase()) };
}

/** As AWS says it (winglang/wing#4126): the first zone that lacks the type, and those that have it. */
function assertOffered(call: Call, { CacheNodeType, PreferredCacheClusterAZs = [] }: CreateInput): void {
  const having = zonesOffering(call, CacheNodeType);
  const lacking = PreferredCacheClusterAZs.find((zone) => !having.includes(zone));
  if (lacking)
    throw cacheFault(
      'InsufficientCacheClusterCapacityFault',
      `${CacheNodeType} (VPC) is not currently supported in the availability zone ${lacking}.  Retry the launch with no availability zone or target: ${having.join(', ')}.`,
    );
}

export function securityGroupsOf(call: Call, vpcId: string, given: readonly string[] | undefined): string[] {
  const vpc = ec2State(call).vpcs[vpcId];
  if (!vpc) throw cacheFault('InvalidSubnet', `The VPC ${vpcId} of the cache subnet group does not exist.`);
  if (!given || given.length === 0) return [vpc.defaultSecurityGroupId];
  const wrong = given.filter((id) => find(call, ec2State(call).securityGroups, id)?.vpcId !== vpcId);
  if (wrong.length > 0)
    throw invalidValue(`Some security groups do not exist or are not in ${vpcId}: ${wrong.join(', ')}`);
  return [...given];
}

/** Without an interface where its subnet has no address left. */
export function newMember(
  call: Call,
  id: string,
  zoneName: string,
  group: CacheSubnetGroup,
  groupIds: readonly string[],
): Member {
  const candidates = group.subnets.filter((subnet) => subnet.zoneName === zoneName);
  const subnets = candidates.map((one) => ec2State(call).subnets[one.id]);
  if (subnets.includes(undefined))
    throw cacheFault(
      'InvalidSubnet',
      `A subnet of cache subnet group ${group.name} does not exist any more.`,
    );
  const subnet = subnets.find((one) => one && freeAddressCount(call, one) > 0);
  if (!subnet) return { id, zoneName };
  const networkInterfaceId = addNetworkInterface(call, {
    subnetId: subnet.id,
    groupIds,
    description: `ElastiCache ${id}`,
    requesterId: 'amazon-elasticache',
  });
  return { id, zoneName, networkInterfaceId };
}
