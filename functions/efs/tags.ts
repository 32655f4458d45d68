/** The request's tags on the file system. */
import { EFSClient, TagResourceCommand, UntagResourceCommand } from '@aws-sdk/client-efs';
import { client } from '#lib/aws/clients.ts';
import { taggedFileSystem } from '#lib/data/tagged-file-system.ts';
import { applyTags, type TagWish } from '#lib/ownership/tagged.ts';
import { tagListOf } from '#lib/ownership/tags.ts';
import type { EnvironmentPlan } from '#lib/run/environment.ts';
import { log } from '#lib/run/log.ts';

export async function tagFileSystem(environment: EnvironmentPlan, wish: TagWish): Promise<void> {
  const efs = client(EFSClient, environment);
  await applyTags(await taggedFileSystem(environment), wish, {
    set: (ResourceId, tags) => efs.send(new TagResourceCommand({ ResourceId, Tags: tagListOf(tags) })),
    unset: (ResourceId, keys) => efs.send(new UntagResourceCommand({ ResourceId, TagKeys: [...keys] })),
  });
  log.info('file system tagged', { environment: environment.name });
}
