/**
 * Aurora and DocumentDB. They share one control plane and one shape but have a client each; either client also
 * answers with the other's clusters, so the engine is part of what is seen.
 */
import {
  DescribeDBClustersCommand as DescribeDocumentdbClusters,
  DescribeDBSubnetGroupsCommand as DescribeDocumentdbSubnetGroups,
  DocDBClient,
  paginateDescribeDBClusterParameters as documentdbParameterPages,
  paginateDescribeDBInstances as paginateDocumentdbInstances,
} from '@aws-sdk/client-docdb';
import {
  type DBCluster,
  type DBInstance,
  type DBSubnetGroup,
  DescribeDBClustersCommand,
  DescribeDBSubnetGroupsCommand,
  paginateDescribeDBClusterParameters,
  paginateDescribeDBInstances,
  RDSClient,
} from '@aws-sdk/client-rds';
import { client } from '#lib/aws/clients.ts';
import { tolerating } from '#lib/aws/errors.ts';
import { allPages, together } from '#lib/aws/reads.ts';
import { insistsByDefault } from '#lib/data/parameters.ts';
import { names } from '#lib/ownership/names.ts';
import type { EnvironmentTarget } from '#lib/run/environment.ts';
import type { DatabaseSeen, SubnetGroupSeen } from './observation.ts';

export async function observeAurora(environment: EnvironmentTarget): Promise<DatabaseSeen | undefined> {
  const rds = client(RDSClient, environment);
  const { auroraCluster, auroraSubnetGroup } = names(environment);
  const [clusters, groups, instances] = await together([
    tolerating(['gone'], () =>
      rds.send(new DescribeDBClustersCommand({ DBClusterIdentifier: auroraCluster })),
    ),
    tolerating(['gone'], () =>
      rds.send(new DescribeDBSubnetGroupsCommand({ DBSubnetGroupName: auroraSubnetGroup })),
    ),
    allPages(
      paginateDescribeDBInstances({ client: rds }, { Filters: ofCluster(auroraCluster) }),
      (page) => page.DBInstances,
    ),
  ]);
  const cluster = clusters?.DBClusters?.[0];
  const parameters = await auroraParameters(rds, cluster?.DBClusterParameterGroup);
  const major = Number(cluster?.EngineVersion?.split('.')[0]);
  const forced = parameters['rds.force_ssl'];
  // Aurora PostgreSQL serves TLS whatever its parameters say; they only decide whether it insists.
  return databaseSeen(cluster, groups?.DBSubnetGroups, instances, {
    servesTls: true,
    insistsOnTls: forced === undefined ? insistsByDefault(major) : forced === '1',
    parameters,
  });
}

/** What was set; the family's defaults are hundreds. */
async function auroraParameters(rds: RDSClient, group = ''): Promise<Record<string, string>> {
  if (group === '' || group.startsWith('default.')) return {};
  const query = { DBClusterParameterGroupName: group, Source: 'user' };
  return valuesOf(
    await allPages(paginateDescribeDBClusterParameters({ client: rds }, query), (page) => page.Parameters),
  );
}

function valuesOf(
  parameters: readonly {
    readonly ParameterName?: string | undefined;
    readonly ParameterValue?: string | undefined;
  }[],
): Record<string, string> {
  return Object.fromEntries(
    parameters.flatMap(({ ParameterName: name, ParameterValue: value }) =>
      name !== undefined && value !== undefined ? [[name, value]] : [],
    ),
  );
}

export async function observeDocumentdb(environment: EnvironmentTarget): Promise<DatabaseSeen | undefined> {
  const docdb = client(DocDBClient, environment);
  const { documentdbCluster, documentdbSubnetGroup } = names(environment);
  const [clusters, groups, instances] = await together([
    tolerating(['gone'], () =>
      docdb.send(new DescribeDocumentdbClusters({ DBClusterIdentifier: documentdbCluster })),
    ),
    tolerating(['gone'], () =>
      docdb.send(new DescribeDocumentdbSubnetGroups({ DBSubnetGroupName: documentdbSubnetGroup })),
    ),
    allPages(
      paginateDocumentdbInstances({ client: docdb }, { Filters: ofCluster(documentdbCluster) }),
      (page) => page.DBInstances,
    ),
  ]);
  const cluster = clusters?.DBClusters?.[0];
  const parameters = await documentdbParameters(docdb, cluster?.DBClusterParameterGroup);
  // One parameter switches TLS off; where it is on, DocumentDB takes no other connection.
  const servesTls = parameters.tls !== undefined && parameters.tls !== 'disabled';
  return databaseSeen(cluster, groups?.DBSubnetGroups, instances, {
    servesTls,
    insistsOnTls: servesTls,
    parameters,
  });
}

/** All: they are few. AWS's own group cannot be edited and has TLS on. */
async function documentdbParameters(docdb: DocDBClient, group = ''): Promise<Record<string, string>> {
  if (group.startsWith('default.')) return { tls: 'enabled' };
  if (group === '') return {};
  return valuesOf(
    await allPages(
      documentdbParameterPages({ client: docdb }, { DBClusterParameterGroupName: group }),
      (page) => page.Parameters,
    ),
  );
}

function ofCluster(id: string): { Name: string; Values: string[] }[] {
  return [{ Name: 'db-cluster-id', Values: [id] }];
}

function databaseSeen(
  cluster: DBCluster | undefined,
  groups: readonly DBSubnetGroup[] | undefined,
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
    subnetGroup: groups?.map(subnetGroupSeen).find((group) => group.name === cluster.DBSubnetGroup),
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
