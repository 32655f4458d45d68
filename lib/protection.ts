/**
 * Deletion protection, looked at before the first delete: AWS protects a database cluster but not its instances,
 * so a removal that only finds out at the cluster has already deleted them (aws-facts 6).
 */

import { DescribeClusterCommand, EKSClient } from '@aws-sdk/client-eks';
import { DescribeDBClustersCommand, RDSClient } from '@aws-sdk/client-rds';
import { client } from './clients.ts';
import type { EnvironmentTarget, RemovalTarget } from './environment.ts';
import { canonicalCode } from './errors.ts';
import { names } from './names.ts';
import { isCreatedBy, isOwned } from './tags.ts';

type Target = EnvironmentTarget & Pick<RemovalTarget, 'createdBy'>;

/** What of this removal AWS would refuse to delete, one phrase each. */
export async function protectedResources(environment: Target): Promise<string[]> {
  const [databases, cluster] = await Promise.all([
    protectedDatabases(environment),
    protectedCluster(environment),
  ]);
  return [...databases, ...cluster];
}

/** One call answers for Aurora and DocumentDB: they share the control plane. */
async function protectedDatabases(environment: Target): Promise<string[]> {
  const { auroraCluster, documentdbCluster } = names(environment);
  const rds = client(RDSClient, environment);
  const found = await Promise.all(
    [auroraCluster, documentdbCluster].map(async (identifier) => {
      try {
        return (
          (await rds.send(new DescribeDBClustersCommand({ DBClusterIdentifier: identifier }))).DBClusters ??
          []
        );
      } catch (error) {
        if (canonicalCode(error) === 'DBClusterNotFound') return [];
        throw error;
      }
    }),
  );
  return found
    .flat()
    .filter((cluster) => cluster.DeletionProtection && goes(cluster.TagList, environment))
    .map((cluster) => `database cluster ${cluster.DBClusterIdentifier} (${cluster.Engine})`);
}

async function protectedCluster(environment: Target): Promise<string[]> {
  try {
    const { cluster } = await client(EKSClient, environment).send(
      new DescribeClusterCommand({ name: names(environment).cluster }),
    );
    return cluster?.deletionProtection && goes(cluster.tags, environment)
      ? [`EKS cluster ${cluster.name}`]
      : [];
  } catch (error) {
    if (canonicalCode(error) === 'ResourceNotFound') return [];
    throw error;
  }
}

/** A protected cluster that another run made stays, and stands in nobody's way. */
function goes(tags: Parameters<typeof isOwned>[0], environment: Target): boolean {
  return isOwned(tags, environment) && isCreatedBy(tags, environment.createdBy);
}
