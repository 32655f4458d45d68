/**
 * Aurora and DocumentDB. They share one control plane and one shape but have a client each; either client also
 * answers with the other's clusters, so the engine is part of what is seen.
 */
import type { DBCluster, DBInstance, DBSubnetGroup } from '@aws-sdk/client-docdb';
import { allPages, together } from '#lib/aws/reads.ts';
import { findCluster, findSubnetGroup } from '#lib/data/observe.ts';
import { insistsByDefault } from '#lib/data/parameters.ts';
import type { DatabaseIdentity, DatabaseReads } from '#lib/data/service.ts';
import type { EnvironmentTarget } from '#lib/run/environment.ts';
import type { DatabaseSeen, SubnetGroupSeen } from './observation.ts';

export async function observeDatabase(
  service: DatabaseIdentity,
  calls: DatabaseReads,
  environment: EnvironmentTarget,
): Promise<DatabaseSeen | undefined> {
  const named = service.identifiers(environment);
  const ofCluster = [{ Name: 'db-cluster-id', Values: [named.cluster] }];
  const [cluster, instances] = await together([
    findCluster(calls, named.cluster),
    allPages(calls.instancePages({ Filters: ofCluster }), (page) => page.DBInstances),
  ]);
  // An instance tells its group, subnets and all.
  const group = instances[0]?.DBSubnetGroup ?? (await findSubnetGroup(calls, named.subnetGroup));
  const encryption = inTransit[service.step];
  const parameters = await encryption.parameters(calls, cluster?.DBClusterParameterGroup ?? '');
  const major = Number(cluster?.EngineVersion?.split('.')[0]);
  return databaseSeen(cluster, group, instances, { ...encryption.judge(parameters, major), parameters });
}

type Values = Readonly<Record<string, string>>;

/** How each service says whether it takes connections without TLS. */
interface InTransit {
  parameters(calls: DatabaseReads, group: string): Promise<Values>;
  judge(parameters: Values, majorVersion: number): Pick<DatabaseSeen, 'servesTls' | 'insistsOnTls'>;
}

const inTransit: Readonly<Record<DatabaseIdentity['step'], InTransit>> = {
  // Aurora PostgreSQL serves TLS whatever its parameters say; they only decide whether it insists.
  aurora: {
    // What was set; the family's defaults are hundreds.
    parameters: async (calls, group) =>
      group === '' || group.startsWith('default.')
        ? {}
        : parametersOf(calls, { DBClusterParameterGroupName: group, Source: 'user' }),
    judge: (parameters, majorVersion) => {
      const forced = parameters['rds.force_ssl'];
      return {
        servesTls: true,
        insistsOnTls: forced === undefined ? insistsByDefault(majorVersion) : forced === '1',
      };
    },
  },
  // One parameter switches TLS off; where it is on, DocumentDB takes no other connection.
  documentdb: {
    // All: they are few. AWS's own group cannot be edited and has TLS on.
    parameters: async (calls, group) => {
      if (group.startsWith('default.')) return { tls: 'enabled' };
      return group === '' ? {} : parametersOf(calls, { DBClusterParameterGroupName: group });
    },
    judge: ({ tls }) => {
      const servesTls = tls !== undefined && tls !== 'disabled';
      return { servesTls, insistsOnTls: servesTls };
    },
  },
};

async function parametersOf(
  calls: DatabaseReads,
  query: Parameters<DatabaseReads['parameterPages']>[0],
): Promise<Values> {
  const found = await allPages(calls.parameterPages(query), (page) => page.Parameters);
  return Object.fromEntries(
    found.flatMap(({ ParameterName: name, ParameterValue: value }) =>
      name !== undefined && value !== undefined ? [[name, value]] : [],
    ),
  );
}

function databaseSeen(
  cluster: DBCluster | undefined,
  group: DBSubnetGroup | undefined,
  instances: readonly DBInstance[],
  settings: Pick<DatabaseSeen, 'servesTls' | 'insistsOnTls' | 'parameters'>,
): DatabaseSeen | undefined {
  if (!cluster) return undefined;
  const secret = cluster.MasterUserSecret;
  return {
    id: cluster.DBClusterIdentifier ?? '',
    engine: cluster.Engine ?? '',
    engineVersion: cluster.EngineVersion ?? '',
    status: cluster.Status ?? '',
    endpoint: cluster.Endpoint ?? '',
    readerEndpoint: cluster.ReaderEndpoint ?? '',
    port: cluster.Port ?? 0,
    // The group the cluster names is what counts, should it not be the one of our name.
    subnetGroup:
      group && group.DBSubnetGroupName === cluster.DBSubnetGroup ? subnetGroupSeen(group) : undefined,
    securityGroupIds: (cluster.VpcSecurityGroups ?? []).flatMap((group) => group.VpcSecurityGroupId ?? []),
    storageEncrypted: cluster.StorageEncrypted ?? false,
    storageType: storageTypeOf(cluster),
    backupRetentionDays: cluster.BackupRetentionPeriod ?? 0,
    deletionProtection: cluster.DeletionProtection ?? false,
    ...settings,
    parameterGroup: cluster.DBClusterParameterGroup ?? '',
    secret: secret && { arn: secret.SecretArn ?? '', status: secret.SecretStatus ?? '' },
    instances: instances.map((instance) => ({
      id: instance.DBInstanceIdentifier ?? '',
      status: instance.DBInstanceStatus ?? '',
      instanceClass: instance.DBInstanceClass ?? '',
      pendingClass: instance.PendingModifiedValues?.DBInstanceClass,
      zone: instance.AvailabilityZone ?? '',
    })),
  };
}

/** AWS leaves its default out, and names DocumentDB's in Aurora's words, too. */
function storageTypeOf({ Engine, StorageType }: DBCluster): string {
  const isOptimized = StorageType?.endsWith('iopt1') ?? false;
  if (Engine === 'docdb') return isOptimized ? 'iopt1' : 'standard';
  return isOptimized ? 'aurora-iopt1' : 'aurora';
}

function subnetGroupSeen(group: DBSubnetGroup): SubnetGroupSeen {
  return {
    name: group.DBSubnetGroupName ?? '',
    vpcId: group.VpcId ?? '',
    subnetIds: (group.Subnets ?? []).flatMap((subnet) => subnet.SubnetIdentifier ?? []),
  };
}
