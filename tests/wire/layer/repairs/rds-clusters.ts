/** RDS and DocumentDB clusters: the engine moto does not know, and clusters overwritten by their own name. */
import {
  DeleteDBClusterSnapshotCommand,
  DescribeDBClusterSnapshotsCommand,
  DescribeDBClustersCommand,
} from '@aws-sdk/client-rds';
import { queryError, type WireAnswer, type WireRequest, withForm } from '../message.ts';
import type { Moto, Repair } from '../repair.ts';

/** moto's stand-in for `docdb`: the same calls, the same shapes. */
const standIn = 'aurora-postgresql';
const documentdb = 'https://docs.aws.amazon.com/documentdb/latest/developerguide';
const reference = 'https://docs.aws.amazon.com/AmazonRDS/latest/APIReference';

/** What moto does not know of a cluster or instance, by region and identifier. */
interface Own {
  readonly ofDocumentdb: Set<string>;
  readonly storageTypes: Map<string, string>;
}

export function rdsClusterRepairs(): Repair[] {
  const own: Own = { ofDocumentdb: new Set(), storageTypes: new Map() };
  const translated = (operation: string): Repair => ({
    operation: `rds:${operation}`,
    moto: 'calls DocumentDB by the name of the engine that stands in for it',
    page: `${documentdb}/API_DBCluster.html`,
    answer: async (request, moto) => inOwnName(own, request, await moto.forward(request)),
  });
  const created = (operation: string, member: string): Repair => ({
    operation: `rds:${operation}`,
    moto: 'refuses the engine docdb',
    page: `${documentdb}/API_${operation}.html`,
    answer: async (request, moto) => {
      const asked = disguised(own, request, member);
      return inOwnName(own, request, await moto.forward(asked));
    },
  });
  return [
    {
      operation: 'rds:CreateDBCluster',
      moto: 'refuses the engine docdb, crashes over the storage type aurora-iopt1, and overwrites a cluster of the same name',
      page: `${reference}/API_CreateDBCluster.html`,
      answer: (request, moto) => createCluster(own, request, moto),
    },
    created('CreateDBInstance', 'DBInstanceIdentifier'),
    {
      operation: 'rds:DeleteDBCluster',
      moto: 'keeps the automated snapshots of a cluster that is gone, and takes neither SkipFinalSnapshot nor a name for no',
      page: `${reference}/API_DeleteDBCluster.html`,
      answer: (request, moto) => deleteCluster(own, request, moto),
    },
    ...[
      'DescribeDBClusters',
      'DescribeDBInstances',
      'ModifyDBCluster',
      'DeleteDBInstance',
      'DescribeDBClusterSnapshots',
    ].map(translated),
  ];
}

function key(request: WireRequest, identifier: string | null | undefined): string {
  return `${request.region}/${(identifier ?? '').toLowerCase()}`;
}

/** The request with moto's stand-in as its engine and without the storage type, both remembered by its identifier. */
function disguised(own: Own, request: WireRequest, member: string): WireRequest {
  const id = key(request, request.form.get(member));
  own.ofDocumentdb.delete(id);
  own.storageTypes.delete(id);
  const storageType = request.form.get('StorageType');
  if (storageType) own.storageTypes.set(id, storageType);
  const asked = withForm(request, { StorageType: undefined });
  if (request.form.get('Engine') !== 'docdb') return asked;
  own.ofDocumentdb.add(id);
  return withForm(asked, { Engine: standIn });
}

/** The answer with DocumentDB's clusters, instances and snapshots under their own engine. */
function inOwnName(own: Own, request: WireRequest, answered: WireAnswer): WireAnswer {
  const body = answered.body.replace(/<(DBCluster|DBInstance|DBClusterSnapshot)>.*?<\/\1>/gs, (element) => {
    const [, identifier] = /<(?:DBCluster|DBInstance)Identifier>([^<]+)</.exec(element) ?? [];
    const id = key(request, identifier);
    const storageType = own.storageTypes.get(id);
    const stored = storageType
      ? element.replace(/<StorageType>[^<]*</, `<StorageType>${storageType}<`)
      : element;
    if (!own.ofDocumentdb.has(id)) return stored;
    return stored
      .replaceAll(`<Engine>${standIn}<`, '<Engine>docdb<')
      .replace(/<DBClusterParameterGroup>[^<]*</, '<DBClusterParameterGroup>default.docdb5.0<');
  });
  return { ...answered, body };
}

async function createCluster(own: Own, request: WireRequest, moto: Moto): Promise<WireAnswer> {
  const identifier = request.form.get('DBClusterIdentifier') ?? '';
  const { DBClusters = [] } = await moto.rds.send(new DescribeDBClustersCommand({}));
  if (DBClusters.some(({ DBClusterIdentifier }) => DBClusterIdentifier === identifier.toLowerCase()))
    return queryError(400, 'DBClusterAlreadyExistsFault', 'DB Cluster already exists');
  const asked = disguised(own, request, 'DBClusterIdentifier');
  return inOwnName(own, request, await moto.forward(asked));
}

async function deleteCluster(own: Own, request: WireRequest, moto: Moto): Promise<WireAnswer> {
  const named = request.form.get('FinalDBSnapshotIdentifier');
  const skipped = request.form.get('SkipFinalSnapshot') === 'true';
  if (!named && !skipped)
    return queryError(
      400,
      'InvalidParameterCombination',
      'FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.',
    );
  const answered = await moto.forward(request);
  if (answered.status !== 200) return answered;
  const identifier = request.form.get('DBClusterIdentifier') ?? '';
  const { DBClusterSnapshots = [] } = await moto.rds.send(new DescribeDBClusterSnapshotsCommand({}));
  for (const { DBClusterIdentifier, SnapshotType, DBClusterSnapshotIdentifier } of DBClusterSnapshots) {
    if (DBClusterIdentifier !== identifier || SnapshotType !== 'automated') continue;
    await moto.rds.send(new DeleteDBClusterSnapshotCommand({ DBClusterSnapshotIdentifier }));
  }
  return inOwnName(own, request, answered);
}
