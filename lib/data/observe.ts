/** What exists of a database, as AWS says. Every finding is checked for its engine before anyone acts on it. */
import type { DBSubnetGroup, Tag } from '@aws-sdk/client-docdb';
import { tolerating } from '#lib/aws/errors.ts';
import { allPages } from '#lib/aws/reads.ts';
import type { DatabaseCluster, DatabaseIdentity, DatabaseInstance, DatabaseReads } from './service.ts';

/** The cluster of that name, of whatever engine. */
export async function findCluster(
  calls: DatabaseReads,
  identifier: string,
): Promise<DatabaseCluster | undefined> {
  const found = await tolerating(['gone'], () => calls.describeClusters({ DBClusterIdentifier: identifier }));
  return found?.DBClusters?.[0];
}

/** Every instance of a cluster, of this service's engine. */
export async function findInstances(
  { engine }: DatabaseIdentity,
  calls: DatabaseReads,
  cluster: string,
): Promise<DatabaseInstance[]> {
  const filters = [{ Name: 'db-cluster-id', Values: [cluster] }];
  const instances = await tolerating(['gone'], () =>
    allPages(calls.instancePages({ Filters: filters }), (page) => page.DBInstances),
  );
  return (instances ?? []).filter((instance) => instance.Engine === engine);
}

export async function findSubnetGroup(
  calls: DatabaseReads,
  name: string,
): Promise<DBSubnetGroup | undefined> {
  const found = await tolerating(['gone'], () => calls.describeSubnetGroups({ DBSubnetGroupName: name }));
  return found?.DBSubnetGroups?.[0];
}

async function listTags(calls: DatabaseReads, arn: string | undefined): Promise<readonly Tag[]> {
  return (await calls.listTags({ ResourceName: arn })).TagList ?? [];
}

export async function tagsOfCluster(calls: DatabaseReads, cluster: DatabaseCluster): Promise<readonly Tag[]> {
  return cluster.TagList ?? (await listTags(calls, cluster.DBClusterArn));
}

export async function tagsOfInstance(
  calls: DatabaseReads,
  instance: DatabaseInstance,
): Promise<readonly Tag[]> {
  return instance.TagList ?? (await listTags(calls, instance.DBInstanceArn));
}

export async function tagsOfSubnetGroup(calls: DatabaseReads, group: DBSubnetGroup): Promise<readonly Tag[]> {
  return listTags(calls, group.DBSubnetGroupArn);
}
