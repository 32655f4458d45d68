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
