/**
 * Aurora and DocumentDB. They share one control plane and one shape but have a client each; either client also
 * answers with the other's clusters, so the engine is part of what is seen.
 */
import {
  DescribeDBClustersCommand as DescribeDocumentdbClusters,
  DescribeDBSubnetGroupsCommand as DescribeDocumentdbSubnetGroups,
  DocDBClient,
  paginateDescribeDBClusterParameters,
  paginateDescribeDBInstances as paginateDocumentdbInstances,
} from '@aws-sdk/client-docdb';
import {
  type DBCluster,
  type DBInstance,
  type DBSubnetGroup,
  DescribeDBClustersCommand,
  DescribeDBSubnetGroupsCommand,
  paginateDescribeDBInstances,
  RDSClient,
} from '@aws-sdk/client-rds';
import { client } from '../clients.ts';
import type { EnvironmentTarget } from '../environment.ts';
import { tolerating } from '../errors.ts';
import { names } from '../names.ts';
import { allPages, together } from '../reads.ts';
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
  // Aurora PostgreSQL serves TLS whatever its parameters say; they only decide whether it insists.
  return databaseSeen(clusters?.DBClusters?.[0], groups?.DBSubnetGroups, instances, true);
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
  const servesTls = await documentdbServesTls(docdb, cluster?.DBClusterParameterGroup ?? '');
  return databaseSeen(cluster, groups?.DBSubnetGroups, instances, servesTls);
}

/** One parameter switches it off. The default group cannot be edited and has it on. */
async function documentdbServesTls(docdb: DocDBClient, parameterGroup: string): Promise<boolean> {
  if (parameterGroup.startsWith('default.')) return true;
  if (parameterGroup === '') return false;
  const parameters = await allPages(
    paginateDescribeDBClusterParameters({ client: docdb }, { DBClusterParameterGroupName: parameterGroup }),
    (page) => page.Parameters,
  );
  const tls = parameters.find((parameter) => parameter.ParameterName === 'tls')?.ParameterValue;
  return tls !== undefined && tls !== 'disabled';
}

function ofCluster(id: string): { Name: string; Values: string[] }[] {
  return [{ Name: 'db-cluster-id', Values: [id] }];
}

function databaseSeen(
  cluster: DBCluster | undefined,
  groups: readonly DBSubnetGroup[] | undefined,
  instances: readonly DBInstance[],
  servesTls: boolean,
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
    servesTls,
    secret: secret && { arn: secret.SecretArn ?? '', status: secret.SecretStatus ?? '' },
    instances: instances.map((instance) => ({
      id: instance.DBInstanceIdentifier ?? '',
      status: instance.DBInstanceStatus ?? '',
      instanceClass: instance.DBInstanceClass ?? '',
      zone: instance.AvailabilityZone ?? '',
    })),
  };
}

function subnetGroupSeen(group: DBSubnetGroup): SubnetGroupSeen {
  return {
    name: group.DBSubnetGroupName ?? '',
    vpcId: group.VpcId ?? '',
    subnetIds: (group.Subnets ?? []).flatMap((subnet) => subnet.SubnetIdentifier ?? []),
  };
}
