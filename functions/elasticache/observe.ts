/** What exists of the cache, as AWS says. ElastiCache knows no tag filters: found by name, tags asked for by ARN. */
import {
  type CacheSubnetGroup,
  DescribeCacheSubnetGroupsCommand,
  DescribeReplicationGroupsCommand,
  type ElastiCacheClient,
  ListTagsForResourceCommand,
  type ReplicationGroup,
  type Tag,
} from '@aws-sdk/client-elasticache';
import { tolerating } from '#lib/aws/errors.ts';
import { createdByTag, environmentTag } from '#lib/ownership/tags.ts';
import type { EnvironmentPlan } from '#lib/run/environment.ts';

export async function findReplicationGroup(
  elasticache: ElastiCacheClient,
  id: string,
): Promise<ReplicationGroup | undefined> {
  const found = await tolerating(['gone'], () =>
    elasticache.send(new DescribeReplicationGroupsCommand({ ReplicationGroupId: id })),
  );
  return found?.ReplicationGroups?.[0];
}

export async function findSubnetGroup(
  elasticache: ElastiCacheClient,
  name: string,
): Promise<CacheSubnetGroup | undefined> {
  const found = await tolerating(['gone'], () =>
    elasticache.send(new DescribeCacheSubnetGroupsCommand({ CacheSubnetGroupName: name })),
  );
  return found?.CacheSubnetGroups?.[0];
}

export async function tagsOf(
  elasticache: ElastiCacheClient,
  resource: { readonly ARN?: string | undefined },
): Promise<readonly Tag[]> {
  const found = await elasticache.send(new ListTagsForResourceCommand({ ResourceName: resource.ARN }));
  return found.TagList ?? [];
}

const made = /^Redis of AosCloud environment (\S+), made by execution (\S+)$/;

/** Says whose a replication group is in every state of it. */
export function descriptionOf({ name, execution }: Pick<EnvironmentPlan, 'name' | 'execution'>): string {
  return `Redis of AosCloud environment ${name}, made by execution ${execution}`;
}

/**
 * Whose a replication group is that has settled. AWS shows the tags of an available one only (API_ListTagsForResource:
 * "If the cluster is not in the available state, ListTagsForResource returns an error"); what failed to be created
 * will never be available, and is told by its description.
 */
export async function tagsOfGroup(
  elasticache: ElastiCacheClient,
  group: ReplicationGroup,
): Promise<readonly Tag[]> {
  if (group.Status !== 'create-failed') return tagsOf(elasticache, group);
  const [, environment, execution] = made.exec(group.Description ?? '') ?? [];
  return [
    { Key: environmentTag, Value: environment },
    { Key: createdByTag, Value: execution },
  ];
}
