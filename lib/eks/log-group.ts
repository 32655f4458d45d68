/**
 * The log group EKS writes control plane logs to. Made before the cluster: else EKS makes it itself, without
 * retention and without our tags.
 */
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  DeleteLogGroupCommand,
  DescribeLogGroupsCommand,
  ListTagsForResourceCommand,
  type LogGroup,
  PutRetentionPolicyCommand,
  TagResourceCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { client } from '#lib/clients.ts';
import type { EnvironmentPlan, EnvironmentTarget, RemovalTarget } from '#lib/environment.ts';
import { tolerating } from '#lib/errors.ts';
import { NotOurResourceError } from '#lib/failures.ts';
import { log } from '#lib/log.ts';
import { names } from '#lib/names.ts';
import { createdByTag, environmentTag, isOwned, tagRecord, tagValue } from '#lib/tags.ts';
import { isOurs } from './cluster.ts';

const component = 'eks/log-group';
const retentionDays = 90;

interface TaggedLogGroup extends LogGroup {
  /** In the form tagging calls take, without the trailing `:*`. */
  readonly resourceArn: string;
  readonly tags: Record<string, string>;
}

async function findLogGroup(target: EnvironmentTarget): Promise<TaggedLogGroup | undefined> {
  const logs = client(CloudWatchLogsClient, target);
  const logGroupName = names(target).clusterLogGroup;
  const answer = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: logGroupName }));
  const found = answer.logGroups?.find((group) => group.logGroupName === logGroupName);
  if (!found) return undefined;
  const resourceArn = (found.logGroupArn ?? found.arn ?? '').replace(/:\*$/, '');
  const listed = await tolerating(['gone'], () => logs.send(new ListTagsForResourceCommand({ resourceArn })));
  return { ...found, resourceArn, tags: listed?.tags ?? {} };
}

export async function ensureLogGroup(environment: EnvironmentPlan): Promise<void> {
  const logs = client(CloudWatchLogsClient, environment);
  const logGroupName = names(environment).clusterLogGroup;
  const tags = tagRecord(environment, component);
  const found = await findLogGroup(environment);
  if (!found) {
    await tolerating(['exists'], () => logs.send(new CreateLogGroupCommand({ logGroupName, tags })));
    log.info('log group created', { logGroupName });
  } else if (!isOwned(found.tags, environment)) {
    if (tagValue(found.tags, environmentTag) !== undefined)
      throw new NotOurResourceError(
        `Log group ${logGroupName} belongs to environment ${tagValue(found.tags, environmentTag)}. What to do: choose another environment name.`,
      );
    // A late write of an earlier cluster made it anew. It was there before this run: never taken back with it.
    const { [createdByTag]: _omitted, ...adopted } = tags;
    await logs.send(new TagResourceCommand({ resourceArn: found.resourceArn, tags: adopted }));
    log.info('log group adopted', { logGroupName });
  }
  if (found?.retentionInDays !== retentionDays)
    await logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: retentionDays }));
}

/**
 * Deletes our log group. True when it was there, so that whoever asks looks again: EKS may make it anew by a late
 * write, without tags. With the cluster gone such a late write goes, too: with the whole environment always, with
 * one execution only if it came up after `goneSince` (milliseconds), as an older one was there before that run.
 */
export async function removeLogGroup(target: RemovalTarget, goneSince: number | undefined): Promise<boolean> {
  const found = await findLogGroup(target);
  if (!found) return false;
  const untagged = tagValue(found.tags, environmentTag) === undefined;
  const isLateWrite =
    untagged &&
    goneSince !== undefined &&
    (target.createdBy === undefined || (found.creationTime ?? 0) >= goneSince);
  if (!isLateWrite && !isOurs(found.tags, target)) return false;
  const { logGroupName } = found;
  await tolerating(['gone', 'pending'], () =>
    client(CloudWatchLogsClient, target).send(new DeleteLogGroupCommand({ logGroupName })),
  );
  log.info('log group deleted', { logGroupName });
  return true;
}
