/** What ElastiCache keeps, and its words for what is wrong. */
import { z } from 'zod';
import { AwsFault, type Call } from '#embedded/model.ts';
import { pageOf } from '#embedded/page.ts';

type Tags = Record<string, string>;
export type CacheEngine = 'redis' | 'valkey';

export interface CacheSubnetGroup {
  readonly name: string;
  readonly arn: string;
  readonly description: string;
  readonly vpcId: string;
  readonly subnets: { readonly id: string; readonly zoneName: string }[];
  tags: Tags;
}

/** A node of a replication group: a cache cluster `<group>-001` of its own. */
export interface Member {
  readonly id: string;
  readonly zoneName: string;
  readonly networkInterfaceId?: string;
}

export interface ReplicationGroup {
  readonly id: string;
  readonly arn: string;
  description: string;
  engine: CacheEngine;
  engineVersion: string;
  /** Absent: AWS's own of the family. Tests put another there. */
  parameterGroup?: string;
  nodeType: string;
  members: Member[];
  /** The node that takes writes; the first one unless a failover has moved it. */
  primary?: string;
  /** Asked for without ApplyImmediately: waits for the maintenance window. */
  pending?: { nodeType?: string; engine?: CacheEngine; engineVersion?: string };
  automaticFailover: boolean;
  multiZone: boolean;
  readonly subnetGroup: string;
  securityGroupIds: string[];
  readonly port: number;
  readonly userGroupIds?: string[];
  readonly transitEncryption: boolean;
  readonly atRestEncryption: boolean;
  readonly kmsKeyId?: string;
  snapshotRetentionDays: number;
  autoMinorVersionUpgrade: boolean;
  readonly createdAt: number;
  status: 'creating' | 'available' | 'modifying' | 'snapshotting' | 'deleting' | 'create-failed';
  /** The snapshot it was made from; AWS does not tell it. */
  readonly restoredFrom?: string;
  /** It will end in `create-failed`. */
  readonly fails: boolean;
  /** The global datastore it is a member of. Tests put it there. */
  globalDatastore?: string;
  tags: Tags;
}

export interface CacheUser {
  readonly id: string;
  readonly arn: string;
  readonly name: string;
  readonly engine: CacheEngine;
  readonly accessString: string;
  readonly authentication: 'iam' | 'no-password-required';
  status: 'active' | 'deleting';
  tags: Tags;
}

export interface CacheUserGroup {
  readonly id: string;
  readonly arn: string;
  readonly engine: CacheEngine;
  readonly userIds: string[];
  status: 'creating' | 'active' | 'deleting';
  tags: Tags;
}

export interface CacheSnapshot {
  readonly name: string;
  readonly arn: string;
  readonly createdAt: number;
  status: 'creating' | 'available' | 'restoring';
  /** The group as it was. */
  readonly group: ReplicationGroup;
  readonly vpcId: string;
}

export interface CacheEvent {
  readonly at: number;
  readonly sourceType: 'cache-cluster' | 'replication-group';
  readonly source: string;
  readonly message: string;
}

export interface ElasticacheState {
  /** The part of every endpoint that belongs to this account and region. */
  readonly domain: string;
  subnetGroups: Record<string, CacheSubnetGroup>;
  replicationGroups: Record<string, ReplicationGroup>;
  snapshots: Record<string, CacheSnapshot>;
  events: CacheEvent[];
  users?: Record<string, CacheUser>;
  userGroups?: Record<string, CacheUserGroup>;
  /** Node types that are offered in some zones only. */
  nodeTypeZones?: Record<string, string[]>;
}

export function elasticacheState(call: Call): ElasticacheState {
  return call.state<ElasticacheState>('elasticache', () => ({
    domain: call.hex(6),
    subnetGroups: {},
    replicationGroups: {},
    snapshots: {},
    events: [],
  }));
}

export type CacheResource =
  | 'replicationgroup'
  | 'cluster'
  | 'subnetgroup'
  | 'snapshot'
  | 'user'
  | 'usergroup';

export function cacheArn(call: Call, type: CacheResource, id: string): string {
  return `arn:${call.partition}:elasticache:${call.region}:${call.account}:${type}:${id}`;
}

/** Modelled names whose code on the wire is the shorter one (aws-facts, appendix A). */
const shorterOnTheWire = new Set([
  'CacheClusterNotFoundFault',
  'CacheSubnetGroupAlreadyExistsFault',
  'InsufficientCacheClusterCapacityFault',
  'InvalidParameterCombinationException',
  'InvalidParameterValueException',
  'DefaultUserAssociatedToUserGroupFault',
  'InvalidReplicationGroupStateFault',
  'InvalidUserGroupStateFault',
  'InvalidUserStateFault',
  'UserAlreadyExistsFault',
  'UserGroupAlreadyExistsFault',
  'UserGroupNotFoundFault',
  'UserNotFoundFault',
  'NodeQuotaForCustomerExceededFault',
  'ReplicationGroupAlreadyExistsFault',
]);

export function cacheFault(name: string, message: string): AwsFault {
  return new AwsFault(name, message, {
    status: name.includes('NotFound') && name !== 'CacheSubnetGroupNotFoundFault' ? 404 : 400,
    ...(shorterOnTheWire.has(name) ? { wireCode: name.replace(/(Fault|Exception)$/, '') } : {}),
  });
}

export function invalidValue(message: string): AwsFault {
  return cacheFault('InvalidParameterValueException', message);
}

export function invalidCombination(message: string): AwsFault {
  return cacheFault('InvalidParameterCombinationException', message);
}

export function requireSubnetGroup(call: Call, name: string): CacheSubnetGroup {
  const group = elasticacheState(call).subnetGroups[name.toLowerCase()];
  if (!group) throw cacheFault('CacheSubnetGroupNotFoundFault', `Cache Subnet Group ${name} does not exist.`);
  return group;
}

export function requireReplicationGroup(call: Call, id: string): ReplicationGroup {
  const group = elasticacheState(call).replicationGroups[id.toLowerCase()];
  if (!group) throw cacheFault('ReplicationGroupNotFoundFault', `ReplicationGroup ${id} not found.`);
  return group;
}

export function requireUser(call: Call, id: string): CacheUser {
  const user = elasticacheState(call).users?.[id.toLowerCase()];
  if (!user) throw cacheFault('UserNotFoundFault', `User ${id} not found.`);
  return user;
}

export function requireUserGroup(call: Call, id: string): CacheUserGroup {
  const group = elasticacheState(call).userGroups?.[id.toLowerCase()];
  if (!group) throw cacheFault('UserGroupNotFoundFault', `UserGroup ${id} not found.`);
  return group;
}

export function requireSnapshot(call: Call, name: string): CacheSnapshot {
  const snapshot = elasticacheState(call).snapshots[name.toLowerCase()];
  if (!snapshot) throw cacheFault('SnapshotNotFoundFault', `Snapshot ${name} not found.`);
  return snapshot;
}

export function recordEvent(call: Call, event: Omit<CacheEvent, 'at'>): void {
  elasticacheState(call).events.push({ at: call.now, ...event });
}

export const tagListSchema = z.array(z.strictObject({ Key: z.string(), Value: z.string() })).optional();

export function tagRecordOf(tags: readonly { Key: string; Value: string }[] | undefined): Tags {
  const reserved = tags?.find(({ Key }) => /^aws:/i.test(Key));
  if ((tags ?? []).length > 50)
    throw cacheFault('TagQuotaPerResourceExceeded', 'At most 50 tags a resource.');
  for (const { Key, Value } of tags ?? [])
    if (
      !/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u.test(Key) ||
      !/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u.test(Value)
    )
      throw invalidValue(`Invalid tag: ${Key}`);
  if (reserved) throw invalidValue(`Tag keys that start with 'aws:' are reserved: ${reserved.Key}`);
  return Object.fromEntries((tags ?? []).map(({ Key, Value }) => [Key, Value]));
}

export function tagListOf(tags: Tags): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/** What every paged describe takes: between 20 and 100 records a page. */
export const paging = {
  MaxRecords: z.number().int().min(20).max(100).optional(),
  Marker: z.string().optional(),
};

export function answerPage(
  name: string,
  items: readonly object[],
  input: { MaxRecords?: number | undefined; Marker?: string | undefined },
): object {
  const page = pageOf(items, input.Marker, input.MaxRecords ?? 100, () => invalidValue('Invalid marker.'));
  return { [name]: page.items, ...(page.next === undefined ? {} : { Marker: page.next }) };
}
