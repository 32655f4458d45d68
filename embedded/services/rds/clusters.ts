/** Database clusters: the storage, endpoint and password of Aurora PostgreSQL and DocumentDB. */
import { z } from 'zod';
import { limitOf } from '#embedded/limits.ts';
import { type Call, mutation, type Operation, read, type ServiceModel } from '#embedded/model.ts';
import { ec2State, find } from '#embedded/services/ec2/state.ts';
import { zonesOf } from '#embedded/services/ec2/zones.ts';
import { addManagedSecret, removeManagedSecret } from '#embedded/services/secretsmanager.ts';
import { familyOf, offerOf, resolveVersion } from './catalogue.ts';
import { describedCluster } from './described.ts';
import { addFinalSnapshot, assertSnapshotNameFree, assertSnapshotPossible } from './snapshots.ts';
import {
  answerPage,
  applyFilters,
  arnOf,
  type Client,
  type Cluster,
  type Engine,
  filters,
  identifier,
  optimizedAgain,
  paging,
  rdsFault,
  rdsState,
  requireCluster,
  requireSubnetGroup,
  type SubnetGroup,
  tagListSchema,
  tagRecordOf,
} from './state.ts';
import { assertNotStopped, startAndStop, startAndStopEvents } from './stopped-clusters.ts';

/** A plaintext password has no place here: `MasterUserPassword` is not modelled (R32). */
const createShape = {
  DBClusterIdentifier: z.string(),
  Engine: z.enum(['aurora-postgresql', 'docdb']),
  EngineVersion: z.string().optional(),
  DatabaseName: z.string().optional(),
  MasterUsername: z.string().optional(),
  ManageMasterUserPassword: z.boolean().optional(),
  MasterUserSecretKmsKeyId: z.string().optional(),
  DBSubnetGroupName: z.string(),
  DBClusterParameterGroupName: z.string().optional(),
  VpcSecurityGroupIds: z.array(z.string()).optional(),
  Port: z.number().int().optional(),
  StorageEncrypted: z.boolean().optional(),
  KmsKeyId: z.string().optional(),
  StorageType: z.string().optional(),
  BackupRetentionPeriod: z.number().int().optional(),
  DeletionProtection: z.boolean().optional(),
  EnableCloudwatchLogsExports: z.array(z.string()).optional(),
  Tags: tagListSchema,
};
/** Members that DocumentDB's shape does not have. */
const auroraShape = {
  CopyTagsToSnapshot: z.boolean().optional(),
  EngineLifecycleSupport: z
    .enum(['open-source-rds-extended-support', 'open-source-rds-extended-support-disabled'])
    .optional(),
};
type CreateInput = z.infer<z.ZodObject<typeof createShape>> &
  Partial<z.infer<z.ZodObject<typeof auroraShape>>>;

export function clusterOperations(client: Client): Record<string, Operation> {
  const { DatabaseName: _none, ...documentdbShape } = createShape;
  return {
    CreateDBCluster: mutation(
      client === 'rds' ? { ...createShape, ...auroraShape } : documentdbShape,
      (input: CreateInput, call) => {
        const cluster = newCluster(call, input);
        rdsState(call).clusters[cluster.id] = cluster;
        call.schedule('rds:clusterAvailable', cluster.id, call.between(60, 120));
        return { DBCluster: describedCluster(call, cluster, client) };
      },
    ),
    DescribeDBClusters: read(
      { DBClusterIdentifier: z.string().optional(), Filters: filters, ...paging },
      (input, call) => {
        const clusters = input.DBClusterIdentifier
          ? [requireCluster(call, input.DBClusterIdentifier)]
          : Object.values(rdsState(call).clusters);
        const known = ['db-cluster-id', 'db-cluster-resource-id', 'engine'];
        const found = applyFilters(clusters, input.Filters, clusterFilter, known);
        return answerPage(
          'DBClusters',
          found.map((cluster) => describedCluster(call, cluster, client)),
          input,
        );
      },
    ),
    FailoverDBCluster: mutation(
      { DBClusterIdentifier: z.string(), TargetDBInstanceIdentifier: z.string().optional() },
      (input, call) => {
        const cluster = requireCluster(call, input.DBClusterIdentifier);
        assertAvailable(cluster);
        cluster.writer = successor(call, cluster, input.TargetDBInstanceIdentifier);
        cluster.status = 'failing-over';
        call.schedule('rds:clusterModified', cluster.id, call.between(15, 35));
        return { DBCluster: describedCluster(call, cluster, client) };
      },
    ),
    ...startAndStop(client),
    DeleteDBCluster: mutation(
      {
        DBClusterIdentifier: z.string(),
        SkipFinalSnapshot: z.boolean().optional(),
        FinalDBSnapshotIdentifier: z.string().optional(),
        ...(client === 'rds' ? { DeleteAutomatedBackups: z.boolean().optional() } : {}),
      },
      (input, call) => {
        const cluster = requireCluster(call, input.DBClusterIdentifier);
        const { SkipFinalSnapshot: skip, FinalDBSnapshotIdentifier: name } = input;
        assertDeletable(call, cluster, skip ?? false, name);
        if (name !== undefined) {
          assertSnapshotNameFree(call, name);
          assertSnapshotPossible(call, cluster);
        }
        cluster.status = 'deleting';
        const snapshotTime = name === undefined ? 0 : addFinalSnapshot(call, cluster, name);
        call.schedule('rds:clusterGone', cluster.id, snapshotTime + call.between(180, 300));
        return { DBCluster: describedCluster(call, cluster, client) };
      },
    ),
  };
}

export const clusterEvents: ServiceModel['events'] = {
  ...startAndStopEvents,
  'rds:clusterAvailable': (id, call) => {
    const cluster = rdsState(call).clusters[id];
    if (cluster?.status === 'creating') cluster.status = cluster.fails ? 'failed' : 'available';
  },
  'rds:clusterModified': (id, call) => {
    const cluster = rdsState(call).clusters[id];
    if (/^(modifying|backing-up|failing-over|resetting-master-credentials)$/.test(cluster?.status ?? ''))
      cluster!.status = 'available';
  },
  'rds:clusterGone': (id, call) => {
    const cluster = rdsState(call).clusters[id];
    if (cluster?.status !== 'deleting') return;
    // The storage goes after the last instance.
    if (cluster.members.length > 0) return call.schedule('rds:clusterGone', id, call.between(20, 40));
    if (cluster.secret) removeManagedSecret(call, cluster.secret.arn);
    delete rdsState(call).clusters[id];
  },
};

function newCluster(call: Call, input: CreateInput): Cluster {
  const state = rdsState(call);
  const id = identifier(input.DBClusterIdentifier, 'DBClusterIdentifier');
  if (state.clusters[id]) throw rdsFault('DBClusterAlreadyExistsFault', `DB Cluster already exists: ${id}`);
  if (Object.keys(state.clusters).length >= limitOf(call, 'L-952B80B8'))
    throw rdsFault('DBClusterQuotaExceededFault', 'Cannot create more than allowed DB clusters.');
  const group = requireSubnetGroup(call, input.DBSubnetGroupName);
  assertSubnetsStand(call, group);
  const tags = tagRecordOf(input.Tags);
  const arn = arnOf(call, 'cluster', id);
  const { engine, ...settings } = checkedSettings(input);
  const encrypted = input.StorageEncrypted ?? false;
  const secretKeyId = input.MasterUserSecretKmsKeyId ?? state.secretKeyId;
  return {
    id,
    arn,
    resourceId: `cluster-${call.hex(26).toUpperCase()}`,
    engine,
    ...settings,
    ...(input.DatabaseName === undefined ? {} : { databaseName: input.DatabaseName }),
    subnetGroup: group.name,
    ...parameterGroupOf(call, engine, settings.engineVersion, input.DBClusterParameterGroupName),
    vpcId: group.vpcId,
    securityGroupIds: securityGroupsOf(call, group.vpcId, input.VpcSecurityGroupIds),
    storageEncrypted: encrypted,
    ...(encrypted ? { kmsKeyId: input.KmsKeyId ?? state.storageKeyId } : {}),
    deletionProtection: input.DeletionProtection ?? false,
    copyTagsToSnapshot: input.CopyTagsToSnapshot ?? false,
    engineLifecycleSupport: input.EngineLifecycleSupport ?? 'open-source-rds-extended-support',
    zones: coveredZones(call),
    createdAt: call.now,
    status: 'creating',
    fails: call.outcome === 'fails',
    secret: newSecret(call, arn, secretKeyId),
    members: [],
    ...(settings.storageType.endsWith('iopt1') ? { optimizedAgainFrom: optimizedAgain(call.now) } : {}),
    tags,
  };
}

export function newSecret(call: Call, clusterArn: string, kmsKeyId: string): NonNullable<Cluster['secret']> {
  return {
    arn: addManagedSecret(call, { owner: 'rds', clusterArn, kmsKeyId }),
    kmsKeyId,
    activeAt: call.now + call.between(30, 90),
  };
}

/** Aurora and DocumentDB keep six copies over three zones, wherever the instances are. */
export function coveredZones(call: Call): string[] {
  return zonesOf(call.region)
    .filter(({ type }) => type === 'availability-zone')
    .slice(0, 3)
    .map(({ name }) => name);
}

/** One of the engine's family. */
export function parameterGroupOf(call: Call, engine: Engine, version: string, given: string | undefined) {
  if (given === undefined || given.startsWith('default.')) return {};
  const group = rdsState(call).parameterGroups?.[given.toLowerCase()];
  if (!group)
    throw rdsFault('DBClusterParameterGroupNotFoundFault', `DBClusterParameterGroup not found: ${given}`);
  const family = familyOf(engine, version);
  if (group.family !== family)
    throw rdsFault(
      'InvalidParameterCombination',
      `The parameter group ${given} with DBParameterGroupFamily ${group.family} can't be used for this cluster. Please use a parameter group with DBParameterGroupFamily ${family}`,
    );
  return { parameterGroup: group.name };
}

/** The settings that need nothing but the request to be judged. */
function checkedSettings(input: CreateInput) {
  const engine = input.Engine;
  const engineVersion = resolveVersion(engine, input.EngineVersion);
  if (engineVersion === undefined)
    throw rdsFault('InvalidParameterCombination', `Cannot find version ${input.EngineVersion} for ${engine}`);
  const offer = offerOf(engine)!;
  const storageType = input.StorageType ?? (offer.storageTypes[0] as string);
  assertStorageType(engine, engineVersion, storageType);
  const logExports = input.EnableCloudwatchLogsExports ?? [];
  const unknownLog = logExports.find((one) => !offer.logExports.includes(one));
  if (unknownLog)
    throw rdsFault(
      'InvalidParameterCombination',
      `You cannot use the log types '${unknownLog}' with engine version ${engine} ${engineVersion}.`,
    );
  return {
    engine,
    engineVersion,
    storageType,
    logExports,
    masterUsername: masterUsername(input),
    port: input.Port ?? (engine === 'docdb' ? 27017 : 5432),
    backupRetentionDays: retention(input.BackupRetentionPeriod ?? 1),
  };
}

export function assertStorageType(engine: Engine, engineVersion: string, storageType: string): void {
  if (!offerOf(engine)?.storageTypes.includes(storageType))
    throw rdsFault(
      'InvalidParameterCombination',
      `Invalid storage type for DB engine ${engine}: ${storageType}`,
    );
  if (storageType === 'iopt1' && Number.parseFloat(engineVersion) < 5)
    throw rdsFault(
      'InvalidParameterCombination',
      `Storage type iopt1 is not supported for engine version ${engineVersion}.`,
    );
}

function masterUsername(input: CreateInput): string {
  const { Engine, MasterUsername: name, ManageMasterUserPassword } = input;
  if (name === undefined)
    throw rdsFault(
      'InvalidParameterValue',
      'The parameter MasterUsername must be provided and must not be blank.',
    );
  if (!ManageMasterUserPassword)
    throw rdsFault(
      'InvalidParameterValue',
      'The parameter MasterUserPassword must be provided and must not be blank.',
    );
  const longest = Engine === 'docdb' ? 63 : 16;
  if (name.length > longest || !/^[A-Za-z][A-Za-z0-9_]*$/.test(name))
    throw rdsFault('InvalidParameterValue', `The parameter MasterUsername is not valid: ${name}`);
  if (/^(admin|rdsadmin|root|serviceadmin)$/i.test(name))
    throw rdsFault(
      'InvalidParameterValue',
      `MasterUsername ${name} cannot be used as it is a reserved word used by the engine`,
    );
  return name;
}

export function retention(days: number): number {
  if (days < 1 || days > 35)
    throw rdsFault(
      'InvalidParameterValue',
      `Invalid backup retention period: ${days}. Must be between 1 and 35`,
    );
  return days;
}

/** A subnet group outlives its VPC; nothing can be made in it any more. */
export function assertSubnetsStand(call: Call, group: SubnetGroup): void {
  const gone = group.subnets.filter(({ id }) => !ec2State(call).subnets[id]);
  if (gone.length > 0)
    throw rdsFault(
      'InvalidSubnet',
      `The DB subnet group ${group.name} has subnets that do not exist: ${gone.map(({ id }) => id).join(', ')}`,
    );
}

export function securityGroupsOf(call: Call, vpcId: string, given: readonly string[] | undefined): string[] {
  if (!given || given.length === 0) return [ec2State(call).vpcs[vpcId]!.defaultSecurityGroupId];
  for (const id of given) {
    const group = find(call, ec2State(call).securityGroups, id);
    if (!group)
      throw rdsFault('InvalidParameterValue', `Invalid security group , groupId= ${id}, groupName=.`);
    if (group.vpcId !== vpcId)
      throw rdsFault(
        'InvalidParameterCombination',
        `The DB instance and EC2 security group are in different VPCs. The DB instance is in ${vpcId} and the EC2 security group is in ${group.vpcId}`,
      );
  }
  return [...given];
}

/** The reader asked for, or that of the lowest tier. */
function successor(call: Call, cluster: Cluster, target: string | undefined): string {
  const readers = cluster.members
    .map((id) => rdsState(call).instances[id]!)
    .filter(({ id, status }) => id !== cluster.writer && status === 'available')
    .sort((one, other) => one.promotionTier - other.promotionTier);
  const chosen = target === undefined ? readers[0] : readers.find(({ id }) => id === target.toLowerCase());
  if (!chosen)
    throw rdsFault(
      'InvalidDBClusterStateFault',
      `DB cluster ${cluster.id} has no available reader ${target ?? ''} to fail over to.`,
    );
  return chosen.id;
}

export function assertAvailable(cluster: Cluster): void {
  assertNotStopped(cluster);
  if (cluster.status !== 'available')
    throw rdsFault(
      'InvalidDBClusterStateFault',
      `DB cluster ${cluster.id} is not currently in the available state, it is ${cluster.status}.`,
    );
}

function assertDeletable(call: Call, cluster: Cluster, skip: boolean, snapshot: string | undefined): void {
  if (skip && snapshot !== undefined)
    throw rdsFault(
      'InvalidParameterCombination',
      'FinalDBSnapshotIdentifier cannot be specified when skipping the final snapshot.',
    );
  if (!skip && snapshot === undefined)
    throw rdsFault(
      'InvalidParameterCombination',
      'FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.',
    );
  if (cluster.deletionProtection)
    throw rdsFault(
      'InvalidParameterCombination',
      'Cannot delete protected Cluster, please disable deletion protection and try again.',
    );
  if (cluster.status === 'deleting')
    throw rdsFault('InvalidDBClusterStateFault', `Cluster ${cluster.id} is already being deleted.`);
  if (cluster.globalCluster)
    throw rdsFault(
      'InvalidDBClusterStateFault',
      'This cluster is a part of a global cluster, please remove it from globalcluster first',
    );
  // What failed to be created can be deleted, but there is nothing to take a snapshot of.
  const unusable = cluster.status === 'failed' ? skip : cluster.status.startsWith('inaccessible-');
  if (!unusable) assertAvailable(cluster);
  const standing = cluster.members.some((id) => rdsState(call).instances[id]?.status !== 'deleting');
  if (standing)
    throw rdsFault(
      'InvalidDBClusterStateFault',
      'Cluster cannot be deleted, it still contains DB instances in non-deleting state.',
    );
}

function clusterFilter(cluster: Cluster, name: string): string[] | undefined {
  const values: Record<string, string[]> = {
    'db-cluster-id': [cluster.id, cluster.arn],
    'db-cluster-resource-id': [cluster.resourceId],
    engine: [cluster.engine],
  };
  return values[name];
}
