/**
 * Can a database or cache be made from the snapshot that the request names? Asked only where none lives: over one that
 * does, the comparison has refused it already. Storage of Aurora and DocumentDB grows by itself, so their size is no
 * question; the key of a snapshot is AWS's to judge, which asks KMS with the rights of whoever restores.
 */
import { DescribeSnapshotsCommand, ElastiCacheClient, type Snapshot } from '@aws-sdk/client-elasticache';
import { type DBClusterSnapshot, DescribeDBClusterSnapshotsCommand, RDSClient } from '@aws-sdk/client-rds';
import { client } from '#lib/aws/clients.ts';
import { tolerating } from '#lib/aws/errors.ts';
import type { DatabaseIdentity } from '#lib/data/service.ts';
import type { SizedRequest } from '#lib/request/sized.ts';
import { compareVersions, majorOf } from '#lib/request/versions.ts';
import type { EnvironmentTarget } from '#lib/run/environment.ts';
import type { Finding } from '#lib/run/failure-words.ts';
import type { Context, Findings } from './context.ts';

/** RDS answers for DocumentDB, too. One that another account shares is named by its ARN. */
export async function findClusterSnapshot(
  target: EnvironmentTarget,
  DBClusterSnapshotIdentifier: string,
): Promise<DBClusterSnapshot | undefined> {
  const command = new DescribeDBClusterSnapshotsCommand({
    DBClusterSnapshotIdentifier,
    ...(DBClusterSnapshotIdentifier.startsWith('arn:') && { IncludeShared: true }),
  });
  const answer = await tolerating(['gone'], () => client(RDSClient, target).send(command));
  return answer?.DBClusterSnapshots?.[0];
}

export function snapshotProblems(
  { step, engine, title }: DatabaseIdentity,
  name: string,
  snapshot: DBClusterSnapshot | undefined,
  region: string,
): Finding[] {
  const field = `${step}.restoreFrom ${name}:`;
  const what = !snapshot
    ? `no such DB cluster snapshot in ${region}`
    : snapshot.Engine !== engine
      ? `is a snapshot of engine ${snapshot.Engine}, not of ${title} (${engine})`
      : snapshot.Status !== 'available'
        ? `is ${snapshot.Status}, not available`
        : undefined;
  if (what) return [{ what: `${field} ${what}`, todo: `name a snapshot that ${title} can be made from` }];
  // What is restored has the snapshot's encryption (API_RestoreDBClusterFromSnapshot, KmsKeyId).
  if (snapshot?.StorageEncrypted) return [];
  return [
    {
      what: `${field} is not encrypted, and neither would be what is made from it (R32)`,
      todo: 'copy it with a key (aws rds copy-db-cluster-snapshot --kms-key-id …), and name the copy',
    },
  ];
}

/** Another major version on the way would be an upgrade, and none takes a version back. */
export function versionProblems(
  { step }: DatabaseIdentity,
  { EngineVersion: of = '' }: DBClusterSnapshot,
  to: string,
): Finding[] {
  if (majorOf(of) === majorOf(to) && compareVersions(to, of) >= 0) return [];
  return [
    {
      what: `${step}.engineVersion ${to}: its snapshot is of version ${of}, and is restored at that version or a later one of the same major version`,
      todo: `leave ${step}.engineVersion out, or name such a version; upgrade when it stands`,
    },
  ];
}

export async function askCacheSnapshot(
  { target, request }: Context,
  { problems, warnings }: Findings,
): Promise<void> {
  const { restoreFrom, nodeType } = request.elasticache;
  if (restoreFrom === undefined) return;
  const field = `elasticache.restoreFrom ${restoreFrom}:`;
  const command = new DescribeSnapshotsCommand({ SnapshotName: restoreFrom, ShowNodeGroupConfig: true });
  const answer = await tolerating(['gone'], () => client(ElastiCacheClient, target).send(command));
  const snapshot = answer?.Snapshots?.[0];
  const what = snapshot ? unfit(snapshot, request.elasticache) : `no such snapshot in ${target.region}`;
  if (what)
    problems.push({ what: `${field} ${what}`, todo: 'name a snapshot that this cache can be made from' });
  else if (snapshot && snapshot.CacheNodeType !== nodeType)
    warnings.push(
      `${field} was taken of ${snapshot.CacheNodeType} nodes (${sizeOf(snapshot)}), and ${nodeType} must have the memory for its data`,
    );
}

/** ElastiCache user guide, "Restoring from a backup into a new cache". */
function unfit(
  snapshot: Snapshot,
  { engine, engineVersion, nodeType }: SizedRequest['elasticache'],
): string | undefined {
  const { Engine, EngineVersion = '', SnapshotStatus, NumNodeGroups = 1, DataTiering } = snapshot;
  if (Engine !== engine) return `is of engine ${Engine}, not of ${engine}`;
  if (SnapshotStatus !== 'available') return `is ${SnapshotStatus}, not available`;
  if (NumNodeGroups > 1) return `has ${NumNodeGroups} shards, and the environment's cache has one`;
  if (compareVersions(engineVersion, EngineVersion) < 0)
    return `is of version ${EngineVersion}, which elasticache.engineVersion ${engineVersion} cannot read`;
  if (DataTiering === 'enabled' && !nodeType.startsWith('cache.r6gd.'))
    return `has data on SSD (data tiering), and elasticache.nodeType ${nodeType} has none`;
  return undefined;
}

function sizeOf({ NodeSnapshots = [] }: Snapshot): string {
  return NodeSnapshots.map(({ CacheSize }) => CacheSize).find(Boolean) ?? 'AWS does not tell its size';
}
