/**
 * The log group EKS writes control plane logs to. Made before the cluster: else EKS makes it itself, without
 * retention and without our tags. One that stands there already without our tag may be anybody's record: EKS writes
 * into it, and nothing of it is changed or deleted here. It is not refused either, as a late write of an earlier
 * cluster makes one anew, and a run after a removal would then be stopped by the product's own rubble.
 */
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  DeleteLogGroupCommand,
  DescribeLogGroupsCommand,
  ListTagsForResourceCommand,
  type LogGroup,
  PutRetentionPolicyCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { client } from '#lib/aws/clients.ts';
import { tolerating } from '#lib/aws/errors.ts';
import { names } from '#lib/ownership/names.ts';
import { isInScope } from '#lib/ownership/scope.ts';
import { environmentTag, isOwned, tagRecord, tagValue } from '#lib/ownership/tags.ts';
import type { EnvironmentPlan, EnvironmentTarget, RemovalTarget } from '#lib/run/environment.ts';
import { log } from '#lib/run/log.ts';

const component = 'eks/log-group';
const retentionDays = 90;

interface TaggedLogGroup extends LogGroup {
  /** In the form tagging calls take, without the trailing `:*`. */
  readonly resourceArn: string;
  readonly tags: Record<string, string>;
}

export async function findLogGroup(target: EnvironmentTarget): Promise<TaggedLogGroup | undefined> {
  const logs = client(CloudWatchLogsClient, target);
  const logGroupName = names(target).clusterLogGroup;
  const answer = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: logGroupName }));
  const found = answer.logGroups?.find((group) => group.logGroupName === logGroupName);
  if (!found) return undefined;
  const resourceArn = (found.logGroupArn ?? found.arn ?? '').replace(/:\*$/, '');
  const listed = await tolerating(['gone'], () => logs.send(new ListTagsForResourceCommand({ resourceArn })));
  return { ...found, resourceArn, tags: listed?.tags ?? {} };
}

/** What {@link ensureLogGroup} would put right. */
export async function flawsOfLogGroup(target: EnvironmentTarget): Promise<string[]> {
  const found = await findLogGroup(target);
  if (!found) return [`log group ${names(target).clusterLogGroup} is missing`];
  if (!isOwned(found.tags, target) || found.retentionInDays === retentionDays) return [];
  const keeps = found.retentionInDays ? `for ${found.retentionInDays} days` : 'for ever';
  return [`log group ${found.logGroupName} keeps its logs ${keeps}, not for ${retentionDays} days`];
}

export async function ensureLogGroup(environment: EnvironmentPlan): Promise<void> {
  const logs = client(CloudWatchLogsClient, environment);
  const logGroupName = names(environment).clusterLogGroup;
  const found = await findLogGroup(environment);
  if (found && !isOwned(found.tags, environment)) return;
  if (!found) {
    const tags = tagRecord(environment, component);
    const made = await tolerating(['exists'], () =>
      logs.send(new CreateLogGroupCommand({ logGroupName, tags })),
    );
    // Somebody else's, a moment ahead: the next look sees whose it is.
    if (!made) return;
    log.info('log group created', { logGroupName });
  }
  if (found?.retentionInDays !== retentionDays)
    await logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: retentionDays }));
}

/**
 * Deletes our log group. True when it was there, so that whoever asks looks again: EKS may make it anew by a late
 * write, without tags. Such a late write goes, too: what came up after `goneSince` (milliseconds), when the cluster
 * was seen gone. An untagged one that is older was there before, and stays.
 */
export async function removeLogGroup(target: RemovalTarget, goneSince: number | undefined): Promise<boolean> {
  const found = await findLogGroup(target);
  if (!found) return false;
  const isLateWrite =
    tagValue(found.tags, environmentTag) === undefined &&
    goneSince !== undefined &&
    (found.creationTime ?? 0) >= goneSince;
  if (!isLateWrite && !isInScope(found.tags, target)) return false;
  const { logGroupName } = found;
  await tolerating(['gone', 'pending'], () =>
    client(CloudWatchLogsClient, target).send(new DeleteLogGroupCommand({ logGroupName })),
  );
  log.info('log group deleted', { logGroupName });
  return true;
}
