/**
 * The log groups a database writes its exported logs to. RDS would make them itself, untagged and kept for ever: made
 * here first, they carry the ownership tags, so that a rollback knows which are its own. They outlive their cluster:
 * a removal deletes them only where it is asked to, and names them otherwise.
 */
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  DeleteLogGroupCommand,
  ListTagsForResourceCommand,
  type LogGroup,
  PutRetentionPolicyCommand,
  paginateDescribeLogGroups,
} from '@aws-sdk/client-cloudwatch-logs';
import { client } from '#lib/aws/clients.ts';
import { forEach } from '#lib/aws/each.ts';
import { tolerating } from '#lib/aws/errors.ts';
import { allPages } from '#lib/aws/reads.ts';
import { isInScope } from '#lib/ownership/scope.ts';
import type { Tagged } from '#lib/ownership/tagged.ts';
import { isOwned, tagRecord } from '#lib/ownership/tags.ts';
import type { EnvironmentPlan, EnvironmentTarget, RemovalTarget } from '#lib/run/environment.ts';
import type { DatabaseIdentity, DatabaseService } from './service.ts';

/** As long as the control plane's (lib/eks/log-group.ts). */
const retentionDays = 90;

export async function ensureLogGroups(service: DatabaseService, environment: EnvironmentPlan): Promise<void> {
  const logs = client(CloudWatchLogsClient, environment);
  const found = await findLogGroups(service, environment);
  for (const type of service.logExports) {
    const logGroupName = `${prefixOf(service, environment)}${type}`;
    const group = found.find((one) => one.logGroupName === logGroupName);
    if (!group) {
      const tags = tagRecord(environment, `${service.step}/log-group-${type}`);
      await tolerating(['exists'], () => logs.send(new CreateLogGroupCommand({ logGroupName, tags })));
    }
    // One that was there before is somebody's to keep as long as they like.
    if (!group || (isOwned(await tagsOf(logs, group), environment) && group.retentionInDays === undefined))
      await logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: retentionDays }));
  }
}

/** With the cluster gone: deletes what this removal takes, and answers with the names of what stays. */
export async function removeLogGroups(service: DatabaseService, target: RemovalTarget): Promise<string[]> {
  const logs = client(CloudWatchLogsClient, target);
  const staying: string[] = [];
  for (const group of await findLogGroups(service, target)) {
    const { logGroupName } = group;
    if (await isToGo(logs, group, target))
      await tolerating(['gone'], () => logs.send(new DeleteLogGroupCommand({ logGroupName })));
    else staying.push(logGroupName as string);
  }
  return staying;
}

/** A rollback takes what its run made; a whole removal everything under the cluster's name, where it is asked to. */
async function isToGo(logs: CloudWatchLogsClient, group: LogGroup, target: RemovalTarget): Promise<boolean> {
  if (target.createdBy === undefined) return target.deleteLogs;
  return isInScope(await tagsOf(logs, group), target);
}

function prefixOf(service: DatabaseIdentity, target: EnvironmentTarget): string {
  return `${service.logGroupPrefix}/${service.identifiers(target).cluster}/`;
}

export async function findLogGroups(
  service: DatabaseIdentity,
  target: EnvironmentTarget,
): Promise<LogGroup[]> {
  const logs = client(CloudWatchLogsClient, target);
  const query = { logGroupNamePrefix: prefixOf(service, target) };
  return allPages(paginateDescribeLogGroups({ client: logs }, query), (page) => page.logGroups);
}

/** Tagging calls take the ARN without its `:*`. */
function arnOf({ logGroupArn, arn }: LogGroup): string {
  return (logGroupArn ?? arn ?? '').replace(/:\*$/, '');
}

async function tagsOf(logs: CloudWatchLogsClient, group: LogGroup): Promise<Record<string, string>> {
  return (await logs.send(new ListTagsForResourceCommand({ resourceArn: arnOf(group) }))).tags ?? {};
}

export async function taggedLogGroups(
  service: DatabaseIdentity,
  target: EnvironmentTarget,
): Promise<Omit<Tagged, 'step'>[]> {
  const logs = client(CloudWatchLogsClient, target);
  return forEach(await findLogGroups(service, target), 3, async (group) => ({
    id: arnOf(group),
    what: `log group ${group.logGroupName}`,
    tags: await tagsOf(logs, group),
  }));
}
