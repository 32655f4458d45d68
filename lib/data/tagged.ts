/** What a database has of an environment, with its tags: cluster, instances, groups, and the log groups made for it. */
import { forEach } from '#lib/aws/each.ts';
import { together } from '#lib/aws/reads.ts';
import type { Tagged } from '#lib/ownership/tagged.ts';
import { isOwned, tagRecordOf } from '#lib/ownership/tags.ts';
import type { EnvironmentTarget } from '#lib/run/environment.ts';
import { taggedLogGroups } from './log-groups.ts';
import {
  findCluster,
  findInstances,
  findSubnetGroup,
  tagsOfCluster,
  tagsOfInstance,
  tagsOfSubnetGroup,
} from './observe.ts';
import type { DatabaseCluster, DatabaseIdentity, DatabaseReads } from './service.ts';

type Found = readonly Omit<Tagged, 'step'>[];

export async function taggedDatabase(
  service: DatabaseIdentity,
  calls: DatabaseReads,
  target: EnvironmentTarget,
): Promise<Tagged[]> {
  const { subnetGroup } = service.identifiers(target);
  const found = await together([
    clusterAndMembers(service, calls, target),
    subnetGroupOf(calls, subnetGroup),
    taggedLogGroups(service, target),
  ]);
  return found
    .flat()
    .filter(({ tags }) => isOwned(tags, target))
    .map((one) => ({ step: service.step, ...one }));
}

async function clusterAndMembers(
  service: DatabaseIdentity,
  calls: DatabaseReads,
  target: EnvironmentTarget,
): Promise<Found> {
  const { cluster: identifier } = service.identifiers(target);
  const cluster = await findCluster(calls, identifier);
  if (cluster?.Engine !== service.engine) return [];
  const instances = await findInstances(service, calls, identifier);
  const members = await forEach(instances, 3, async (instance) => ({
    id: instance.DBInstanceArn ?? '',
    what: `instance ${instance.DBInstanceIdentifier}`,
    tags: tagRecordOf(await tagsOfInstance(calls, instance)),
  }));
  const tags = tagRecordOf(await tagsOfCluster(calls, cluster));
  return [
    { id: cluster.DBClusterArn ?? '', what: `cluster ${identifier}`, tags },
    ...members,
    ...(await parameterGroupOf(service, calls, target, cluster)),
  ];
}

async function subnetGroupOf(calls: DatabaseReads, name: string): Promise<Found> {
  const found = await findSubnetGroup(calls, name);
  if (!found) return [];
  const tags = tagRecordOf(await tagsOfSubnetGroup(calls, found));
  return [{ id: found.DBSubnetGroupArn ?? '', what: `subnet group ${name}`, tags }];
}

/** The one the cluster uses, where it is ours by its name. */
async function parameterGroupOf(
  service: DatabaseIdentity,
  calls: DatabaseReads,
  target: EnvironmentTarget,
  { DBClusterParameterGroup: name = '' }: DatabaseCluster,
): Promise<Found> {
  if (!service.identifiers(target).parameterGroups.includes(name)) return [];
  const { partition, region, account } = target;
  const id = `arn:${partition}:rds:${region}:${account}:cluster-pg:${name}`;
  const { TagList } = await calls.listTags({ ResourceName: id });
  return [{ id, what: `parameter group ${name}`, tags: tagRecordOf(TagList) }];
}
