/**
 * What RDS keeps. DocumentDB has no control plane of its own: both clients work on this one state, and each sees
 * the other's clusters; only the engine tells them apart (aws-facts 6).
 */
import { z } from 'zod';
import { AwsFault, type Call } from '#embedded/model.ts';
import { pageOf } from '#embedded/page.ts';

/** The quota of an account and region, for both services together. */
export const manualClusterSnapshots = 100;

/** Through which SDK client a call came. */
export type Client = 'rds' | 'docdb';
export type Engine = 'aurora-postgresql' | 'docdb';
type Tags = Record<string, string>;

interface GroupedSubnet {
  readonly id: string;
  readonly zoneName: string;
}

export interface SubnetGroup {
  readonly name: string;
  readonly arn: string;
  readonly description: string;
  readonly vpcId: string;
  readonly subnets: GroupedSubnet[];
  readonly client: Client;
  tags: Tags;
}

export interface ParameterGroup {
  readonly name: string;
  readonly arn: string;
  readonly family: string;
  readonly description: string;
  readonly client: Client;
  /** Those set anew; the rest is the family's. */
  parameters: Record<string, string>;
  tags: Tags;
}

export interface Cluster {
  readonly id: string;
  readonly arn: string;
  readonly resourceId: string;
  readonly engine: Engine;
  engineVersion: string;
  /** Asked for, and not begun yet. */
  pendingVersion?: string;
  /** The parameter group it has once it has that version. */
  pendingParameterGroup?: string;
  /** What speaks against another major version, found when its upgrade has begun. Tests put it there. */
  failsUpgradeCheck?: boolean;
  readonly databaseName?: string;
  readonly masterUsername: string;
  readonly subnetGroup: string;
  /** Absent: AWS's own of the family. */
  parameterGroup?: string;
  readonly vpcId: string;
  securityGroupIds: string[];
  readonly port: number;
  readonly storageEncrypted: boolean;
  readonly kmsKeyId?: string;
  storageType: string;
  /** When its storage may become I/O-optimized again. */
  optimizedAgainFrom?: number;
  backupRetentionDays: number;
  deletionProtection: boolean;
  copyTagsToSnapshot: boolean;
  readonly logExports: string[];
  readonly engineLifecycleSupport: string;
  readonly zones: string[];
  readonly createdAt: number;
  status:
    | 'creating'
    | 'available'
    | 'modifying'
    | 'upgrading'
    | 'backing-up'
    | 'failing-over'
    | 'resetting-master-credentials'
    | 'stopping'
    | 'stopped'
    | 'starting'
    | 'inaccessible-encryption-credentials'
    | 'inaccessible-encryption-credentials-recoverable'
    | 'deleting'
    | 'failed';
  /** The global cluster it is a member of. Tests put it there. */
  globalCluster?: string;
  /** ARNs of its replicas in other regions. Tests put them there. */
  readReplicas?: string[];
  /** It will end in `failed`. */
  readonly fails: boolean;
  /** Absent where nobody asked RDS to keep the password. */
  secret?: { readonly arn: string; readonly kmsKeyId: string; readonly activeAt: number };
  /** The snapshot it was made from; AWS does not tell it. */
  readonly restoredFrom?: string;
  /** Instance ids in the order of their making. */
  members: string[];
  writer?: string;
  tags: Tags;
}

export interface Instance {
  readonly id: string;
  readonly arn: string;
  readonly resourceId: string;
  readonly clusterId: string;
  instanceClass: string;
  /** Asked for, and not begun yet; without ApplyImmediately it waits for the maintenance window. */
  pendingClass?: string;
  readonly engine: Engine;
  readonly zoneName: string;
  readonly promotionTier: number;
  readonly autoMinorVersionUpgrade: boolean;
  readonly publiclyAccessible: boolean;
  readonly performanceInsights: boolean;
  readonly networkInterfaceId?: string;
  readonly createdAt: number;
  /** Absent: AWS's own of the family. Tests put another there. */
  parameterGroup?: string;
  /** What AWS has to do to it, such as `os-upgrade`. Tests put it there. */
  pendingMaintenance?: string;
  status:
    | 'creating'
    | 'available'
    | 'modifying'
    | 'upgrading'
    | 'stopping'
    | 'stopped'
    | 'starting'
    | 'deleting'
    | 'incompatible-network';
  readonly fails: boolean;
  tags: Tags;
}

export interface Snapshot {
  readonly id: string;
  readonly arn: string;
  readonly clusterId: string;
  readonly clusterResourceId: string;
  readonly engine: Engine;
  readonly engineVersion: string;
  readonly masterUsername: string;
  readonly vpcId: string;
  readonly port: number;
  readonly zones: string[];
  readonly storageEncrypted: boolean;
  readonly kmsKeyId?: string;
  readonly storageType: string;
  readonly clusterCreatedAt: number;
  readonly createdAt: number;
  status: 'creating' | 'available' | 'failed';
  tags: Tags;
}

export interface RdsState {
  /** The part of every endpoint that belongs to this account and region. */
  readonly domain: string;
  /** AWS's own keys, made at first use. */
  readonly storageKeyId: string;
  readonly secretKeyId: string;
  subnetGroups: Record<string, SubnetGroup>;
  clusters: Record<string, Cluster>;
  instances: Record<string, Instance>;
  snapshots: Record<string, Snapshot>;
  parameterGroups?: Record<string, ParameterGroup>;
}

export function rdsState(call: Call): RdsState {
  const key = () => `arn:${call.partition}:kms:${call.region}:${call.account}:key/${uuid(call)}`;
  return call.state<RdsState>('rds', () => ({
    domain: `c${call.hex(11)}`,
    storageKeyId: key(),
    secretKeyId: key(),
    subnetGroups: {},
    clusters: {},
    instances: {},
    snapshots: {},
  }));
}

function uuid(call: Call): string {
  return [8, 4, 4, 4, 12].map((length) => call.hex(length)).join('-');
}

export function arnOf(
  call: Call,
  type: 'cluster' | 'db' | 'subgrp' | 'cluster-snapshot' | 'cluster-pg',
  id: string,
): string {
  return `arn:${call.partition}:rds:${call.region}:${call.account}:${type}:${id}`;
}

const dayMilliseconds = 86_400_000;

/** "Once every 30 days" (Aurora user guide, "Storage configurations for Amazon Aurora DB clusters"). */
export function optimizedAgain(now: number): number {
  return now + 30 * dayMilliseconds;
}

/** Those whose code on the wire lacks the `Fault` of their name (aws-facts, appendix A). */
const shorterOnTheWire = new Set([
  'DBInstanceNotFoundFault',
  'DBInstanceAlreadyExistsFault',
  'DBClusterParameterGroupNotFoundFault',
  'DBParameterGroupAlreadyExistsFault',
  'DBParameterGroupNotFoundFault',
  'DBParameterGroupQuotaExceededFault',
  'InvalidDBParameterGroupStateFault',
  'DBSubnetGroupAlreadyExistsFault',
  'DBSubnetGroupQuotaExceededFault',
  'InstanceQuotaExceededFault',
  'InvalidDBInstanceStateFault',
]);

export function rdsFault(name: string, message: string): AwsFault {
  return new AwsFault(name, message, {
    status: name === 'DBClusterQuotaExceededFault' ? 403 : name.includes('NotFound') ? 404 : 400,
    ...(shorterOnTheWire.has(name) ? { wireCode: name.replace(/Fault$/, '') } : {}),
  });
}

/** RDS lower-cases what it is given. */
export function identifier(given: string, parameter: string): string {
  if (given.length > 63 || !/^[A-Za-z](-?[A-Za-z0-9])*$/.test(given))
    throw rdsFault(
      'InvalidParameterValue',
      `The parameter ${parameter} is not a valid identifier. Identifiers must begin with a letter; must contain only ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens.`,
    );
  return given.toLowerCase();
}

export function requireCluster(call: Call, id: string): Cluster {
  const cluster = rdsState(call).clusters[id.toLowerCase()];
  if (!cluster) throw rdsFault('DBClusterNotFoundFault', `DBCluster ${id} not found.`);
  return cluster;
}

export function requireInstance(call: Call, id: string): Instance {
  const instance = rdsState(call).instances[id.toLowerCase()];
  if (!instance) throw rdsFault('DBInstanceNotFoundFault', `DBInstance ${id} not found.`);
  return instance;
}

export function requireSubnetGroup(call: Call, name: string): SubnetGroup {
  const group = rdsState(call).subnetGroups[name.toLowerCase()];
  if (!group) throw rdsFault('DBSubnetGroupNotFoundFault', `DB subnet group '${name}' does not exist.`);
  return group;
}

export function requireParameterGroup(call: Call, name: string): ParameterGroup {
  const group = rdsState(call).parameterGroups?.[name.toLowerCase()];
  if (!group) throw rdsFault('DBParameterGroupNotFoundFault', `DBClusterParameterGroup not found: ${name}`);
  return group;
}

export const tagListSchema = z.array(z.strictObject({ Key: z.string(), Value: z.string() })).optional();

/** API_Tag: the same rule for keys and values. */
export function tagRecordOf(tags: readonly { Key: string; Value: string }[] | undefined): Tags {
  if ((tags ?? []).length > 50) throw rdsFault('InvalidParameterValue', 'A resource has at most 50 tags.');
  for (const { Key, Value } of tags ?? []) {
    if ([Key, Value].some((text) => /^(aws|rds):/i.test(text)))
      throw rdsFault(
        'InvalidParameterValue',
        `Tag keys and values that start with 'aws:' or 'rds:' are reserved: ${Key}`,
      );
    if (!taggable(Key, 1, 128) || !taggable(Value, 0, 256))
      throw rdsFault('InvalidParameterValue', `Invalid tag: ${Key}`);
  }
  return Object.fromEntries((tags ?? []).map(({ Key, Value }) => [Key, Value]));
}

function taggable(text: string, shortest: number, longest: number): boolean {
  return text.length >= shortest && text.length <= longest && /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u.test(text);
}

export function tagListOf(tags: Tags): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/** What every paged describe takes. RDS gives between 20 and 100 records a page. */
export const paging = {
  MaxRecords: z.number().int().min(20).max(100).optional(),
  Marker: z.string().optional(),
};
export const filters = z.array(z.strictObject({ Name: z.string(), Values: z.array(z.string()) })).optional();

/** One page under the member `name`, with a `Marker` where more follows. */
export function answerPage(
  name: string,
  items: readonly object[],
  input: { MaxRecords?: number | undefined; Marker?: string | undefined },
): object {
  const invalid = () => rdsFault('InvalidParameterValue', 'Unrecognized marker value.');
  const { items: some, next } = pageOf(items, input.Marker, input.MaxRecords ?? 100, invalid);
  return { [name]: some, ...(next === undefined ? {} : { Marker: next }) };
}

/** Keeps what every filter lets through. `read` tells the value of a filter's name; undefined: AWS knows no such filter. */
export function applyFilters<T>(
  items: readonly T[],
  given: z.infer<typeof filters>,
  read: (item: T, name: string) => readonly string[] | undefined,
  known: readonly string[],
): T[] {
  for (const { Name } of given ?? []) {
    if (!known.includes(Name)) throw rdsFault('InvalidParameterValue', `Unrecognized filter name: ${Name}`);
  }
  return items.filter((item) =>
    (given ?? []).every(({ Name, Values }) => Values.some((value) => read(item, Name)?.includes(value))),
  );
}
