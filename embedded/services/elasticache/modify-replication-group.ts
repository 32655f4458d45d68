/**
 * Changing a replication group: settings, node type, engine version, number of replicas. It is `modifying` from the
 * call on, and takes no second change until it is available again.
 */
import { z } from 'zod';
import { limitOf } from '#embedded/limits.ts';
import { type Call, mutation, type Operation, read, type ServiceModel } from '#embedded/model.ts';
import { freeAddressCount, removeNetworkInterface } from '#embedded/services/ec2/network-interfaces.ts';
import { ec2State } from '#embedded/services/ec2/state.ts';
import { familyOf, isEarlier, nodeTypeChanges, resolveVersion, zonesOffering } from './catalogue.ts';
import { describedGroup, primaryOf } from './described.ts';
import { newMember, securityGroupsOf } from './new-replication-group.ts';
import { assertAvailable } from './replication-groups.ts';
import {
  type CacheEngine,
  cacheFault,
  elasticacheState,
  invalidCombination,
  invalidValue,
  type ReplicationGroup,
  requireReplicationGroup,
  requireSubnetGroup,
} from './state.ts';

const modifyShape = {
  ReplicationGroupId: z.string(),
  ReplicationGroupDescription: z.string().optional(),
  SecurityGroupIds: z.array(z.string()).optional(),
  SnapshotRetentionLimit: z.number().int().optional(),
  AutoMinorVersionUpgrade: z.boolean().optional(),
  AutomaticFailoverEnabled: z.boolean().optional(),
  MultiAZEnabled: z.boolean().optional(),
  CacheNodeType: z.string().optional(),
  Engine: z.enum(['redis', 'valkey']).optional(),
  EngineVersion: z.string().optional(),
  CacheParameterGroupName: z.string().optional(),
  ApplyImmediately: z.boolean().optional(),
};
type ModifyInput = z.infer<z.ZodObject<typeof modifyShape>>;

const countShape = {
  ReplicationGroupId: z.string(),
  NewReplicaCount: z.number().int(),
  ApplyImmediately: z.boolean(),
};
type CountInput = z.infer<z.ZodObject<typeof countShape>>;

const mostReplicas = 5;

export const modifyReplicationGroupOperations: Record<string, Operation> = {
  ModifyReplicationGroup: mutation(modifyShape, (input, call) => {
    const group = requireReplicationGroup(call, input.ReplicationGroupId);
    assertAvailable(group);
    const nodeType = checkedNodeType(call, group, input.CacheNodeType);
    const upgrade = checkedUpgrade(group, input);
    setSettings(call, group, input);
    if (!input.ApplyImmediately && (nodeType ?? upgrade)) {
      group.pending = { ...group.pending, ...(nodeType && { nodeType }), ...upgrade };
      return { ReplicationGroup: describedGroup(call, group) };
    }
    group.pending = { ...(nodeType && { nodeType }), ...upgrade };
    // "Upgrading a cluster took about 20 minutes" (aws-samples/dify-self-hosted-on-aws#24, a major one of Valkey).
    const changing: [number, number] = upgrade?.engine ? [900, 1500] : [300, 600];
    const seconds: [number, number] = nodeType ? [600, 1200] : upgrade ? changing : [20, 60];
    begin(call, group, seconds);
    return { ReplicationGroup: describedGroup(call, group) };
  }),
  IncreaseReplicaCount: mutation(countShape, (input, call) => {
    const group = requireReplicationGroup(call, input.ReplicationGroupId);
    const count = checkedCount(group, input);
    if (count < group.members.length - 1)
      throw invalidValue(`NewReplicaCount ${count} is not above the ${group.members.length - 1} there are.`);
    if (count > mostReplicas) throw invalidValue(`A shard has at most ${mostReplicas} replicas: ${count}`);
    addReplicas(call, group, count);
    begin(call, group, [360, 600]);
    return { ReplicationGroup: describedGroup(call, group) };
  }),
  DecreaseReplicaCount: mutation(countShape, (input, call) => {
    const group = requireReplicationGroup(call, input.ReplicationGroupId);
    const count = checkedCount(group, input);
    if (count > group.members.length - 1)
      throw invalidValue(`NewReplicaCount ${count} is not below the ${group.members.length - 1} there are.`);
    // terraform-provider-aws#24244 has the sentence.
    if (count < 1 && group.automaticFailover)
      throw invalidValue(
        'Must have at least 1 replica when cluster mode is disabled with auto failover enabled.',
      );
    removeReplicas(call, group, count);
    begin(call, group, [180, 420]);
    return { ReplicationGroup: describedGroup(call, group) };
  }),
  ListAllowedNodeTypeModifications: read({ ReplicationGroupId: z.string() }, (input, call) => {
    const { up, down } = nodeTypeChanges(requireReplicationGroup(call, input.ReplicationGroupId).nodeType);
    return { ScaleUpModifications: up, ScaleDownModifications: down };
  }),
};

export const modifyReplicationGroupEvents: ServiceModel['events'] = {
  'elasticache:groupModified': (id, call) => {
    const group = elasticacheState(call).replicationGroups[id];
    if (group?.status !== 'modifying') return;
    const { nodeType, engine, engineVersion } = group.pending ?? {};
    if (nodeType ?? engineVersion) {
      if (engine && engine !== group.engine) delete group.parameterGroup;
      group.nodeType = nodeType ?? group.nodeType;
      group.engine = engine ?? group.engine;
      group.engineVersion = engineVersion ?? group.engineVersion;
      // New nodes, or restarted ones, take over from the primary.
      const replica = group.members.find((member) => member.id !== primaryOf(group));
      if (replica) group.primary = replica.id;
    }
    delete group.pending;
    group.status = 'available';
  },
};

function begin(call: Call, group: ReplicationGroup, [least, most]: [number, number]): void {
  group.status = 'modifying';
  call.schedule('elasticache:groupModified', group.id, call.between(least, most));
}

function setSettings(call: Call, group: ReplicationGroup, input: ModifyInput): void {
  const failover = input.AutomaticFailoverEnabled ?? group.automaticFailover;
  const multiZone = input.MultiAZEnabled ?? group.multiZone;
  if (failover && group.members.length < 2)
    throw invalidCombination(
      'When using automatic failover, there must be at least 2 cache clusters in the replication group.',
    );
  if (multiZone && !failover)
    throw invalidCombination('Must enable automatic failover if multi-AZ is enabled.');
  group.automaticFailover = failover;
  group.multiZone = multiZone;
  if (input.SecurityGroupIds) setSecurityGroups(call, group, input.SecurityGroupIds);
  group.description = input.ReplicationGroupDescription ?? group.description;
  group.snapshotRetentionDays = input.SnapshotRetentionLimit ?? group.snapshotRetentionDays;
  group.autoMinorVersionUpgrade = input.AutoMinorVersionUpgrade ?? group.autoMinorVersionUpgrade;
}

/** The new nodes stand beside the old ones until the data is over: each needs an address of its own. */
function checkedNodeType(
  call: Call,
  group: ReplicationGroup,
  wanted: string | undefined,
): string | undefined {
  if (wanted === undefined || wanted === group.nodeType) return undefined;
  const { up, down } = nodeTypeChanges(group.nodeType);
  if (![...up, ...down].includes(wanted))
    throw invalidValue(`The node type ${wanted} is not one ${group.nodeType} can be changed to.`);
  const lacking = group.members.find(({ zoneName }) => !zonesOffering(call, wanted).includes(zoneName));
  if (lacking)
    throw cacheFault(
      'InsufficientCacheClusterCapacityFault',
      `${wanted} (VPC) is not currently supported in the availability zone ${lacking.zoneName}.`,
    );
  const { subnets } = requireSubnetGroup(call, group.subnetGroup);
  for (const subnet of subnets) {
    const found = ec2State(call).subnets[subnet.id];
    const nodes = group.members.filter(({ zoneName }) => zoneName === subnet.zoneName).length;
    if (found && freeAddressCount(call, found) < nodes)
      throw cacheFault(
        'InvalidVPCNetworkStateFault',
        `Subnet ${subnet.id} has no free addresses for the new nodes beside the old ones.`,
      );
  }
  return wanted;
}

/** One way only, from Redis OSS to Valkey as from a version to a later one (ElastiCache user guide, "Version Management"). */
function checkedUpgrade(
  group: ReplicationGroup,
  input: ModifyInput,
): { engine?: CacheEngine; engineVersion: string } | undefined {
  const engine = input.Engine ?? group.engine;
  if (group.engine === 'valkey' && engine === 'redis')
    throw invalidCombination('Cannot change the engine of a replication group from valkey to redis.');
  const isOther = engine !== group.engine;
  const { EngineVersion: wanted } = input;
  if (isOther && wanted === undefined)
    throw invalidCombination('EngineVersion is required to change the engine of a replication group.');
  const family = familyOf(group.engine, group.engineVersion);
  const given = input.CacheParameterGroupName;
  if (wanted === undefined || (wanted === group.engineVersion && !isOther)) {
    if (given !== undefined && given !== `default.${family}`)
      // aws-controllers-k8s/community#2299.
      throw invalidCombination(`${given} parameter group is not applicable to engine ${group.engine}`);
    return undefined;
  }
  if (resolveVersion(engine, wanted) === undefined)
    throw invalidCombination(`Cannot find version ${wanted} for ${engine}`);
  if (!isOther && isEarlier(engine, wanted, group.engineVersion))
    throw invalidCombination(`Cannot downgrade ${engine} from ${group.engineVersion} to ${wanted}.`);
  assertParameterGroup(group, given, familyOf(engine, wanted), family, isOther);
  return { ...(isOther && { engine }), engineVersion: wanted };
}

/** From AWS's own of one engine to that of the other AWS finds the way by itself, and nowhere else. */
function assertParameterGroup(
  { parameterGroup }: ReplicationGroup,
  given: string | undefined,
  wanted: string,
  has: string,
  isOther: boolean,
): void {
  if (isOther && parameterGroup === undefined && given === undefined) return;
  if (wanted === has && given === undefined) return;
  if (given !== `default.${wanted}`)
    throw invalidCombination(
      `Expected a parameter group of family ${wanted} but found one of family ${has}.`,
    );
}

function checkedCount(group: ReplicationGroup, input: CountInput): number {
  assertAvailable(group);
  if (!input.ApplyImmediately)
    throw invalidValue('ApplyImmediately must be true: the number of replicas is changed at once, or not.');
  if (input.NewReplicaCount === group.members.length - 1)
    throw cacheFault('NoOperationFault', 'The operation was not performed because no changes were required.');
  return input.NewReplicaCount;
}

/** Each in the zone with the fewest nodes of those that offer the type. */
function addReplicas(call: Call, group: ReplicationGroup, count: number): void {
  const taken = Object.values(elasticacheState(call).replicationGroups).reduce(
    (sum, { members }) => sum + members.length,
    0,
  );
  if (taken + count + 1 - group.members.length > limitOf(call, 'L-DFE45DF3'))
    throw cacheFault(
      'NodeQuotaForCustomerExceededFault',
      'The request cannot be processed because it would exceed the allowed number of cache nodes.',
    );
  const subnetGroup = requireSubnetGroup(call, group.subnetGroup);
  const zones = [...new Set(subnetGroup.subnets.map(({ zoneName }) => zoneName))].filter((zone) =>
    zonesOffering(call, group.nodeType).includes(zone),
  );
  const nodesIn = (zone: string) => group.members.filter(({ zoneName }) => zoneName === zone).length;
  while (group.members.length < count + 1) {
    const numbers = group.members.map(({ id }) => Number(id.slice(-3)));
    const next = String(Math.max(...numbers) + 1).padStart(3, '0');
    const zone = zones.reduce((best, one) => (nodesIn(one) < nodesIn(best) ? one : best));
    const member = newMember(call, `${group.id}-${next}`, zone, subnetGroup, group.securityGroupIds);
    if (member.networkInterfaceId === undefined)
      throw cacheFault('InvalidVPCNetworkStateFault', `No subnet of ${subnetGroup.name} has a free address.`);
    group.members.push(member);
  }
}

/** The last ones go, and never the primary. */
function removeReplicas(call: Call, group: ReplicationGroup, count: number): void {
  const primary = primaryOf(group);
  const replicas = group.members.filter(({ id }) => id !== primary);
  const going = new Set(replicas.slice(count).map(({ id }) => id));
  for (const { id, networkInterfaceId } of replicas)
    if (going.has(id) && networkInterfaceId) removeNetworkInterface(call, networkInterfaceId);
  group.members = group.members.filter(({ id }) => !going.has(id));
}

function setSecurityGroups(call: Call, group: ReplicationGroup, given: readonly string[]): void {
  const { vpcId } = requireSubnetGroup(call, group.subnetGroup);
  group.securityGroupIds = securityGroupsOf(call, vpcId, given);
  for (const { networkInterfaceId } of group.members) {
    const found = ec2State(call).networkInterfaces[networkInterfaceId ?? ''];
    if (found) found.groupIds = [...group.securityGroupIds];
  }
}
