/** Cluster snapshots: of one that lives, and the final one of a deletion. They outlive it until somebody deletes them. */
import { z } from 'zod';
import { type Call, mutation, type Operation, read, type ServiceModel } from '#embedded/model.ts';
import { describedSnapshot } from './described.ts';
import {
  answerPage,
  applyFilters,
  arnOf,
  type Client,
  type Cluster,
  filters,
  identifier,
  manualClusterSnapshots,
  paging,
  rdsFault,
  rdsState,
  requireCluster,
  type Snapshot,
  tagListSchema,
  tagRecordOf,
} from './state.ts';

export function snapshotOperations(client: Client): Record<string, Operation> {
  return {
    CreateDBClusterSnapshot: mutation(
      { DBClusterSnapshotIdentifier: z.string(), DBClusterIdentifier: z.string(), Tags: tagListSchema },
      (input, call) => {
        const cluster = requireCluster(call, input.DBClusterIdentifier);
        assertSnapshotNameFree(call, input.DBClusterSnapshotIdentifier, 'DBClusterSnapshotIdentifier');
        assertSnapshotPossible(call, cluster);
        if (cluster.status !== 'available')
          throw rdsFault(
            'InvalidDBClusterStateFault',
            `DB cluster ${cluster.id} is not currently in the available state, it is ${cluster.status}.`,
          );
        const tags = { ...(cluster.copyTagsToSnapshot && cluster.tags), ...tagRecordOf(input.Tags) };
        const milliseconds = addSnapshot(call, cluster, input.DBClusterSnapshotIdentifier, tags);
        cluster.status = 'backing-up';
        call.schedule('rds:clusterModified', cluster.id, milliseconds);
        const id = input.DBClusterSnapshotIdentifier.toLowerCase();
        return { DBClusterSnapshot: describedSnapshot(requireSnapshot(call, id), client) };
      },
    ),
    DescribeDBClusterSnapshots: read(
      {
        DBClusterIdentifier: z.string().optional(),
        DBClusterSnapshotIdentifier: z.string().optional(),
        IncludeShared: z.boolean().optional(),
        SnapshotType: z.enum(['automated', 'manual']).optional(),
        Filters: filters,
        ...paging,
      },
      (input, call) => {
        const snapshots = input.DBClusterSnapshotIdentifier
          ? [requireSnapshot(call, input.DBClusterSnapshotIdentifier)]
          : Object.values(rdsState(call).snapshots);
        const known = ['db-cluster-id', 'db-cluster-snapshot-id', 'snapshot-type', 'engine'];
        const found = applyFilters(snapshots, input.Filters, snapshotFilter, known).filter(
          (one) =>
            (!input.DBClusterIdentifier || one.clusterId === input.DBClusterIdentifier.toLowerCase()) &&
            input.SnapshotType !== 'automated',
        );
        return answerPage(
          'DBClusterSnapshots',
          found.map((snapshot) => describedSnapshot(snapshot, client)),
          input,
        );
      },
    ),
    DeleteDBClusterSnapshot: mutation({ DBClusterSnapshotIdentifier: z.string() }, (input, call) => {
      const snapshot = requireSnapshot(call, input.DBClusterSnapshotIdentifier);
      if (snapshot.status !== 'available')
        throw rdsFault(
          'InvalidDBClusterSnapshotStateFault',
          `DB cluster snapshot ${snapshot.id} is not in the available state, it is ${snapshot.status}.`,
        );
      delete rdsState(call).snapshots[snapshot.id];
      return { DBClusterSnapshot: describedSnapshot(snapshot, client) };
    }),
  };
}

export const snapshotEvents: ServiceModel['events'] = {
  'rds:snapshotAvailable': (id, call) => {
    const snapshot = rdsState(call).snapshots[id];
    if (snapshot?.status === 'creating') snapshot.status = 'available';
  },
  'rds:snapshotFailed': (id, call) => {
    const snapshot = rdsState(call).snapshots[id];
    if (snapshot?.status === 'creating') snapshot.status = 'failed';
  },
};

/** By its identifier or its ARN. */
export function requireSnapshot(call: Call, id: string): Snapshot {
  const name = id.slice(id.indexOf(':cluster-snapshot:') + 1).replace('cluster-snapshot:', '');
  const snapshot = rdsState(call).snapshots[name.toLowerCase()];
  if (!snapshot) throw rdsFault('DBClusterSnapshotNotFoundFault', `DBClusterSnapshot not found: ${id}`);
  return snapshot;
}

export function assertSnapshotNameFree(
  call: Call,
  name: string,
  parameter = 'FinalDBSnapshotIdentifier',
): void {
  const id = identifier(name, parameter);
  if (rdsState(call).snapshots[id])
    throw rdsFault(
      'DBClusterSnapshotAlreadyExistsFault',
      `Cannot create the snapshot because a snapshot with the identifier ${id} already exists.`,
    );
}

/** Refused when the instances are gone already: AWS looks at neither before. */
export function assertSnapshotPossible(call: Call, cluster: Cluster): void {
  if (cluster.status.startsWith('inaccessible-encryption-credentials'))
    throw rdsFault(
      'KMSKeyNotAccessibleFault',
      `The specified KMS key [${cluster.kmsKeyId}] does not exist, is not enabled or you do not have permissions to access it.`,
    );
  if (Object.keys(rdsState(call).snapshots).length >= manualClusterSnapshots)
    throw rdsFault(
      'SnapshotQuotaExceededFault',
      `Cannot create more than ${manualClusterSnapshots} manual cluster snapshots`,
    );
}

/** Begins the final snapshot and tells the milliseconds it takes. */
export function addFinalSnapshot(call: Call, cluster: Cluster, name: string): number {
  return addSnapshot(call, cluster, name, cluster.copyTagsToSnapshot ? { ...cluster.tags } : {});
}

function addSnapshot(call: Call, cluster: Cluster, name: string, tags: Snapshot['tags']): number {
  const id = name.toLowerCase();
  const { engine, engineVersion, masterUsername, vpcId, port, zones, storageEncrypted, storageType } =
    cluster;
  rdsState(call).snapshots[id] = {
    id,
    arn: arnOf(call, 'cluster-snapshot', id),
    clusterId: cluster.id,
    clusterResourceId: cluster.resourceId,
    engine,
    engineVersion,
    masterUsername,
    vpcId,
    port,
    zones: [...zones],
    storageEncrypted,
    ...(cluster.kmsKeyId === undefined ? {} : { kmsKeyId: cluster.kmsKeyId }),
    storageType,
    clusterCreatedAt: cluster.createdAt,
    createdAt: call.now,
    status: 'creating',
    tags,
  };
  const milliseconds = call.between(60, 120);
  call.schedule(call.outcome === 'fails' ? 'rds:snapshotFailed' : 'rds:snapshotAvailable', id, milliseconds);
  return milliseconds;
}

function snapshotFilter(snapshot: Snapshot, name: string): string[] | undefined {
  const values: Record<string, string[]> = {
    'db-cluster-id': [snapshot.clusterId],
    'db-cluster-snapshot-id': [snapshot.id, snapshot.arn],
    'snapshot-type': ['manual'],
    engine: [snapshot.engine],
  };
  return values[name];
}
