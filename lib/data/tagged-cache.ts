/**
 * What ElastiCache has of an environment, with its tags; the nodes take those of their group (API_AddTagsToResource).
 * The tags of a replication group are told only while it is available (API_ListTagsForResource).
 */
import {
  DescribeCacheSubnetGroupsCommand,
  DescribeReplicationGroupsCommand,
  ElastiCacheClient,
  ListTagsForResourceCommand,
} from '@aws-sdk/client-elasticache';
import { client } from '#lib/aws/clients.ts';
import { forEach } from '#lib/aws/each.ts';
import { type ErrorClass, tolerating } from '#lib/aws/errors.ts';
import { together } from '#lib/aws/reads.ts';
import { names } from '#lib/ownership/names.ts';
import type { Tagged } from '#lib/ownership/tagged.ts';
import { isOwned, tagRecordOf } from '#lib/ownership/tags.ts';
import type { EnvironmentTarget } from '#lib/run/environment.ts';

/** `busy`: what counts as an answer without tags. */
export async function taggedCache(
  target: EnvironmentTarget,
  busy: readonly ErrorClass[] = [],
): Promise<Tagged[]> {
  const elasticache = client(ElastiCacheClient, target);
  const { replicationGroup, cacheSubnetGroup, cacheUserGroup, cacheUser, cacheDefaultUser } = names(target);
  const [groups, subnetGroups] = await together([
    tolerating(['gone'], () =>
      elasticache.send(new DescribeReplicationGroupsCommand({ ReplicationGroupId: replicationGroup })),
    ),
    tolerating(['gone'], () =>
      elasticache.send(new DescribeCacheSubnetGroupsCommand({ CacheSubnetGroupName: cacheSubnetGroup })),
    ),
  ]);
  const group = groups?.ReplicationGroups?.[0];
  const { partition, region, account } = target;
  const arn = (resource: string) => `arn:${partition}:elasticache:${region}:${account}:${resource}`;
  const ours = group?.UserGroupIds?.includes(cacheUserGroup)
    ? [`usergroup:${cacheUserGroup}`, `user:${cacheUser}`, `user:${cacheDefaultUser}`]
    : [];
  const ids = [group?.ARN, subnetGroups?.CacheSubnetGroups?.[0]?.ARN, ...ours.map(arn)].filter(
    (id) => id !== undefined,
  );
  const found = await forEach(ids, 3, (id) => taggedResource(elasticache, id, busy));
  return found.filter(({ tags }) => tags === undefined || isOwned(tags, target));
}

async function taggedResource(
  elasticache: ElastiCacheClient,
  id: string,
  busy: readonly ErrorClass[],
): Promise<Tagged> {
  const answer = await tolerating(busy, () =>
    elasticache.send(new ListTagsForResourceCommand({ ResourceName: id })),
  );
  const [type, name] = id.split(':').slice(-2);
  return {
    step: 'elasticache',
    id,
    what: `${type === 'replicationgroup' ? 'replication group' : `cache ${type}`} ${name}`,
    tags: answer && tagRecordOf(answer.TagList),
  };
}
