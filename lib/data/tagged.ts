/** What a database has of an environment, with its tags: cluster, instances, groups, and the log groups made for it. */
import { forEach } from '#lib/aws/each.ts';
import { allPages, together } from '#lib/aws/reads.ts';
import type { Tagged } from '#lib/ownership/tagged.ts';
import { isOwned, tagRecordOf } from '#lib/ownership/tags.ts';
import type { EnvironmentTarget } from '#lib/run/environment.ts';
import { taggedLogGroups } from './log-groups.ts';
import { findCluster, findSubnetGroup, tagsOfCluster, tagsOfInstance } from './observe.ts';
import type { DatabaseIdentity, DatabaseReads } from './service.ts';

type Found = readonly Omit<Tagged, 'step'>[];

export async function taggedDatabase(
  service: DatabaseIdentity,
  calls: DatabaseReads,
  target: EnvironmentTarget,
): Promise<Tagged[]> {
  const named = service.identifiers(target);
  const found = await together([
    clusterAndInstances(service, calls, named),
    subnetGroup(calls, named.subnetGroup),
    taggedLogGroups(service, target),
    parameterGroup(calls, target, named),
  ]);
  return found
    .flat()
    .filter(({ tags }) => isOwned(tags, target))
    .map((one) => ({ step: service.step, ...one }));
}

type Names = ReturnType<DatabaseIdentity['identifiers']>;

async function clusterAndInstances(
  { engine }: DatabaseIdentity,
  calls: DatabaseReads,
  named: Names,
): Promise<Found> {
  const cluster = await findCluster(calls, named.cluster);
  if (cluster?.Engine !== engine) return [];
  const ofCluster = [{ Name: 'db-cluster-id', Values: [named.cluster] }];
  const instances = await allPages(calls.instancePages({ Filters: ofCluster }), (page) => page.DBInstances);
  const members = await forEach(instances, 3, async (instance) => ({
    id: instance.DBInstanceArn ?? '',
    what: `instance ${instance.DBInstanceIdentifier}`,
    tags: tagRecordOf(await tagsOfInstance(calls, instance)),
  }));
  const tags = tagRecordOf(await tagsOfCluster(calls, cluster));
  return [{ id: cluster.DBClusterArn ?? '', what: `cluster ${named.cluster}`, tags }, ...members];
}

async function subnetGroup(calls: DatabaseReads, name: string): Promise<Found> {
  const found = await findSubnetGroup(calls, name);
  if (!found?.DBSubnetGroupArn) return [];
  const { TagList } = await calls.listTags({ ResourceName: found.DBSubnetGroupArn });
  return [{ id: found.DBSubnetGroupArn, what: `subnet group ${name}`, tags: tagRecordOf(TagList) }];
}

/** The one the cluster uses, where it is ours by its name. */
async function parameterGroup(
  calls: DatabaseReads,
  { partition, region, account }: EnvironmentTarget,
  named: Names,
): Promise<Found> {
  const cluster = await findCluster(calls, named.cluster);
  const name = cluster?.DBClusterParameterGroup;
  if (!name?.startsWith(named.parameterGroup)) return [];
  const id = `arn:${partition}:rds:${region}:${account}:cluster-pg:${name}`;
  const { TagList } = await calls.listTags({ ResourceName: id });
  return [{ id, what: `parameter group ${name}`, tags: tagRecordOf(TagList) }];
}
