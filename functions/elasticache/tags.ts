/** The request's tags on the replication group, which hands them to its nodes, and on what stands around it. */
import {
  AddTagsToResourceCommand,
  ElastiCacheClient,
  RemoveTagsFromResourceCommand,
} from '@aws-sdk/client-elasticache';
import { client } from '#lib/aws/clients.ts';
import { taggedCache } from '#lib/data/tagged-cache.ts';
import { applyTags, type TagWish } from '#lib/ownership/tagged.ts';
import { tagListOf } from '#lib/ownership/tags.ts';
import type { EnvironmentPlan } from '#lib/run/environment.ts';
import { log } from '#lib/run/log.ts';

/** The group is available: AWS tells and sets its tags then only. */
export async function tagCache(environment: EnvironmentPlan, wish: TagWish): Promise<void> {
  const elasticache = client(ElastiCacheClient, environment);
  await applyTags(await taggedCache(environment), wish, {
    set: (ResourceName, tags) =>
      elasticache.send(new AddTagsToResourceCommand({ ResourceName, Tags: tagListOf(tags) })),
    unset: (ResourceName, keys) =>
      elasticache.send(new RemoveTagsFromResourceCommand({ ResourceName, TagKeys: [...keys] })),
  });
  log.info('cache tagged', { environment: environment.name });
}
