/** The request's tags on everything of a database. */
import {
  CloudWatchLogsClient,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { client } from '#lib/aws/clients.ts';
import { applyTags, type TagWish } from '#lib/ownership/tagged.ts';
import { tagListOf } from '#lib/ownership/tags.ts';
import type { EnvironmentPlan } from '#lib/run/environment.ts';
import { log } from '#lib/run/log.ts';
import type { DatabaseService } from './service.ts';
import { taggedDatabase } from './tagged.ts';

export async function tagDatabase(
  service: DatabaseService,
  environment: EnvironmentPlan,
  wish: TagWish,
): Promise<void> {
  const calls = service.calls(environment);
  const logs = client(CloudWatchLogsClient, environment);
  const found = await taggedDatabase(service, calls, environment);
  const isLogGroup = ({ id }: { id: string }) => /:logs:/.test(id);
  await applyTags(
    found.filter((one) => !isLogGroup(one)),
    wish,
    {
      set: (ResourceName, tags) => calls.addTags({ ResourceName, Tags: tagListOf(tags) }),
      unset: (ResourceName, keys) => calls.removeTags({ ResourceName, TagKeys: [...keys] }),
    },
  );
  await applyTags(found.filter(isLogGroup), wish, {
    set: (resourceArn, tags) => logs.send(new TagResourceCommand({ resourceArn, tags })),
    unset: (resourceArn, keys) => logs.send(new UntagResourceCommand({ resourceArn, tagKeys: [...keys] })),
  });
  log.info('database tagged', { environment: environment.name, service: service.step });
}
