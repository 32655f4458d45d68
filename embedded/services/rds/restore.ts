/**
 * A cluster made from a snapshot: it has the user, the password and the encryption of that, and no managed secret until
 * ModifyDBCluster asks for one. The snapshot stays as it is.
 */
import { z } from 'zod';
import { limitOf } from '#embedded/limits.ts';
import { type Call, mutation, type Operation } from '#embedded/model.ts';
import { resolveVersion } from './catalogue.ts';
import {
  assertStorageType,
  assertSubnetsStand,
  coveredZones,
  parameterGroupOf,
  securityGroupsOf,
} from './clusters.ts';
import { describedCluster } from './described.ts';
import { requireSnapshot } from './snapshots.ts';
import {
  arnOf,
  type Client,
  type Cluster,
  identifier,
  optimizedAgain,
  rdsFault,
  rdsState,
  requireSubnetGroup,
  type Snapshot,
  tagListSchema,
  tagRecordOf,
} from './state.ts';

const shape = {
  DBClusterIdentifier: z.string(),
  SnapshotIdentifier: z.string(),
  Engine: z.enum(['aurora-postgresql', 'docdb']),
  EngineVersion: z.string().optional(),
  DBSubnetGroupName: z.string(),
  DBClusterParameterGroupName: z.string().optional(),
  VpcSecurityGroupIds: z.array(z.string()).optional(),
  Port: z.number().int().optional(),
  StorageType: z.string().optional(),
  DeletionProtection: z.boolean().optional(),
  EnableCloudwatchLogsExports: z.array(z.string()).optional(),
  Tags: tagListSchema,
};
/** Members that DocumentDB's shape does not have. */
const auroraShape = {
  CopyTagsToSnapshot: z.boolean().optional(),
  EngineLifecycleSupport: z.string().optional(),
};
type RestoreInput = z.infer<z.ZodObject<typeof shape>> & Partial<z.infer<z.ZodObject<typeof auroraShape>>>;

export function restoreOperations(client: Client): Record<string, Operation> {
  return {
    RestoreDBClusterFromSnapshot: mutation(
      client === 'rds' ? { ...shape, ...auroraShape } : shape,
      (input: RestoreInput, call) => {
        const cluster = restored(call, input);
        rdsState(call).clusters[cluster.id] = cluster;
        call.schedule('rds:clusterAvailable', cluster.id, call.between(180, 420));
        return { DBCluster: describedCluster(call, cluster, client) };
      },
    ),
  };
}

function restored(call: Call, input: RestoreInput): Cluster {
  const state = rdsState(call);
  const id = identifier(input.DBClusterIdentifier, 'DBClusterIdentifier');
  if (state.clusters[id]) throw rdsFault('DBClusterAlreadyExistsFault', `DB Cluster already exists: ${id}`);
  if (Object.keys(state.clusters).length >= limitOf(call, 'L-952B80B8'))
    throw rdsFault('DBClusterQuotaExceededFault', 'Cannot create more than allowed DB clusters.');
  const snapshot = requireSnapshot(call, input.SnapshotIdentifier);
  const engineVersion = checkedVersion(snapshot, input);
  const group = requireSubnetGroup(call, input.DBSubnetGroupName);
  assertSubnetsStand(call, group);
  const storageType = input.StorageType ?? (snapshot.engine === 'docdb' ? 'standard' : 'aurora');
  assertStorageType(snapshot.engine, engineVersion, storageType);
  return {
    id,
    arn: arnOf(call, 'cluster', id),
    resourceId: `cluster-${call.hex(26).toUpperCase()}`,
    engine: snapshot.engine,
    engineVersion,
    masterUsername: snapshot.masterUsername,
    subnetGroup: group.name,
    ...parameterGroupOf(call, snapshot.engine, engineVersion, input.DBClusterParameterGroupName),
    vpcId: group.vpcId,
    securityGroupIds: securityGroupsOf(call, group.vpcId, input.VpcSecurityGroupIds),
    port: input.Port ?? snapshot.port,
    storageEncrypted: snapshot.storageEncrypted,
    ...(snapshot.kmsKeyId === undefined ? {} : { kmsKeyId: snapshot.kmsKeyId }),
    storageType,
    ...(storageType.endsWith('iopt1') ? { optimizedAgainFrom: optimizedAgain(call.now) } : {}),
    backupRetentionDays: 1,
    deletionProtection: input.DeletionProtection ?? false,
    copyTagsToSnapshot: input.CopyTagsToSnapshot ?? false,
    logExports: input.EnableCloudwatchLogsExports ?? [],
    engineLifecycleSupport: input.EngineLifecycleSupport ?? 'open-source-rds-extended-support',
    zones: coveredZones(call),
    createdAt: call.now,
    status: 'creating',
    fails: call.outcome === 'fails',
    restoredFrom: snapshot.id,
    members: [],
    tags: tagRecordOf(input.Tags),
  };
}

/** The version of the snapshot, or a later one of the same major version. */
function checkedVersion(snapshot: Snapshot, { Engine, EngineVersion }: RestoreInput): string {
  if (snapshot.status !== 'available')
    throw rdsFault(
      'InvalidDBClusterSnapshotStateFault',
      `DB cluster snapshot ${snapshot.id} is not in the available state, it is ${snapshot.status}.`,
    );
  if (snapshot.engine !== Engine)
    throw rdsFault(
      'InvalidParameterValue',
      `The engine ${Engine} is not compatible with snapshot ${snapshot.id} of engine ${snapshot.engine}.`,
    );
  const version = resolveVersion(Engine, EngineVersion);
  if (version === undefined)
    throw rdsFault('InvalidParameterCombination', `Cannot find version ${EngineVersion} for ${Engine}`);
  const parts = (one: string) => one.split('.').map(Number);
  const [major = 0, minor = 0] = parts(version);
  const [ofMajor = 0, ofMinor = 0] = parts(snapshot.engineVersion);
  if (major !== ofMajor || minor < ofMinor)
    throw rdsFault(
      'InvalidParameterCombination',
      `Cannot restore snapshot ${snapshot.id} of version ${snapshot.engineVersion} to version ${version}.`,
    );
  return version;
}
