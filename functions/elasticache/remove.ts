/**
 * ElastiCache is gone: the replication group, leaving a final snapshot where asked to, and its subnet group.
 * Found by name, and only touched with our ownership tag.
 */
import {
  DeleteCacheSubnetGroupCommand,
  DeleteReplicationGroupCommand,
  ElastiCacheClient,
  type ReplicationGroup,
} from '@aws-sdk/client-elasticache';
import { client } from '#lib/aws/clients.ts';
import { counts, tolerating } from '#lib/aws/errors.ts';
import { replicationGroupStatuses } from '#lib/aws/statuses.ts';
import { deleteWithSnapshot, finalSnapshotName } from '#lib/data/final-snapshot.ts';
import { names } from '#lib/ownership/names.ts';
import { isInScope } from '#lib/ownership/scope.ts';
import { secondsBesideControlPlaneRemoval } from '#lib/run/cadence.ts';
import type { RemovalTarget } from '#lib/run/environment.ts';
import { RemovalBlockedError } from '#lib/run/failures.ts';
import { gone, pending, type StepContext, type StepOutcome, stepHandler } from '#lib/run/step.ts';
import { findReplicationGroup, findSubnetGroup, tagsOf, tagsOfGroup } from './observe.ts';
import { removeUsers } from './users.ts';

/** Seconds (aws-facts 0.6): five minutes at the least. */
const deleteSeconds = 300;
/** It cannot be deleted before it has settled. */
const unsettledSeconds = 15;

const unsettled: readonly string[] = replicationGroupStatuses.transient;

export async function remove(context: StepContext<RemovalTarget>): Promise<StepOutcome> {
  const target = context.environment;
  const elasticache = client(ElastiCacheClient, target);
  const id = names(target).replicationGroup;
  const group = await findReplicationGroup(elasticache, id);
  // Whoever it belongs to: AWS neither shows the tags of such a group nor deletes it.
  if (group && unsettled.includes(group.Status ?? ''))
    return pending(
      `ElastiCache replication group ${id} is ${group.Status}`,
      group.Status === 'deleting'
        ? secondsBesideControlPlaneRemoval(context.elapsedSeconds)
        : unsettledSeconds,
    );
  if (!group || !isInScope(await tagsOfGroup(elasticache, group), target))
    return removeSubnetGroup(elasticache, target, group);
  await tolerating(['gone'], () => deleteGroup(elasticache, target, group));
  return pending(`ElastiCache replication group ${id} is being deleted`, deleteSeconds);
}

function deleteGroup(
  elasticache: ElastiCacheClient,
  target: RemovalTarget,
  group: ReplicationGroup,
): Promise<unknown> {
  const ReplicationGroupId = group.ReplicationGroupId as string;
  // What failed to be created holds nothing to take a snapshot of.
  if (!target.finalSnapshots || group.Status === 'create-failed')
    return elasticache.send(new DeleteReplicationGroupCommand({ ReplicationGroupId }));
  return deleteWithSnapshot(
    finalSnapshotName(ReplicationGroupId, target.execution),
    (FinalSnapshotIdentifier) =>
      elasticache.send(new DeleteReplicationGroupCommand({ ReplicationGroupId, FinalSnapshotIdentifier })),
  );
}

/** The replication group is gone, or stays because it is not ours or older than what is taken back. */
async function removeSubnetGroup(
  elasticache: ElastiCacheClient,
  target: RemovalTarget,
  staying: ReplicationGroup | undefined,
): Promise<StepOutcome> {
  const name = names(target).cacheSubnetGroup;
  const group = await findSubnetGroup(elasticache, name);
  if (!group || !isInScope(await tagsOf(elasticache, group), target))
    return (
      (await removeUsers(elasticache, target, staying)) ??
      gone(staying ? 'nothing of ElastiCache is part of this removal' : 'ElastiCache is gone')
    );
  try {
    await elasticache.send(new DeleteCacheSubnetGroupCommand({ CacheSubnetGroupName: name }));
  } catch (error) {
    // In use by what stays: looking again would not help.
    if (staying && counts(error, ['pending'])) throw blockedBy(name, staying);
    if (!counts(error, ['gone'])) throw error;
  }
  return pending(`ElastiCache subnet group ${name} is being deleted`, 2);
}

function blockedBy(name: string, staying: ReplicationGroup): RemovalBlockedError {
  return new RemovalBlockedError(
    `subnet group ${name} is in use, and replication group ${staying.ReplicationGroupId} is not part of this removal`,
    'delete that group, then run again',
  );
}

export const handler = stepHandler('elasticache', 'remove', remove);
