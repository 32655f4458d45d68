/**
 * Takes a database away, for Aurora and DocumentDB alike: readers, writer, cluster with a final snapshot,
 * subnet group, parameter groups. Found by name and engine, and only touched with our ownership tag. What forbids the removal was asked
 * for all services before the first delete (lib/removal-preflight); here it is looked for again, because deletion
 * protection guards a cluster but not its instances (aws-facts 6). Other services may be going meanwhile.
 */
import { forEach } from '#lib/aws/each.ts';
import { tolerating } from '#lib/aws/errors.ts';
import { isInScope } from '#lib/ownership/scope.ts';
import { createdByTag, isCreatedBy, isOwned, tagValue } from '#lib/ownership/tags.ts';
import { secondsBesideControlPlaneRemoval } from '#lib/run/cadence.ts';
import type { RemovalTarget } from '#lib/run/environment.ts';
import { aftermath, wordsOf } from '#lib/run/failure-words.ts';
import { RemovalBlockedError } from '#lib/run/failures.ts';
import { gone, pending, type StepContext, type StepOutcome } from '#lib/run/step.ts';
import { deleteWithSnapshot, finalSnapshotName } from './final-snapshot.ts';
import { removeLogGroups } from './log-groups.ts';
import {
  findCluster,
  findInstances,
  findSubnetGroup,
  tagsOfCluster,
  tagsOfInstance,
  tagsOfSubnetGroup,
} from './observe.ts';
import { findParameterGroup, tagsOfParameterGroup } from './parameters.ts';
import { deleteReader, writerOf } from './readers.ts';
import type { DatabaseCalls, DatabaseCluster, DatabaseInstance, DatabaseService } from './service.ts';
import { conditionOf } from './status.ts';
import { stayingUpgradeSnapshots } from './upgrade-snapshot.ts';

/** Seconds (aws-facts 0.6): instances take 5 to 10 minutes to go. */
const deleteSeconds = 300;
const lookAgainSeconds = 15;
/** Starting a stopped cluster takes minutes. */
const startSeconds = 60;

interface Scoped {
  readonly instance: DatabaseInstance;
  /** Ours, and of the execution whose work is taken back, where one is named. */
  readonly inScope: boolean;
  readonly createdBy: string | undefined;
}

interface Look {
  readonly service: DatabaseService;
  readonly target: RemovalTarget;
  readonly calls: DatabaseCalls;
  readonly identifier: string;
  readonly subnetGroup: string;
  readonly parameterGroups: readonly string[];
}

export async function removeDatabase(
  service: DatabaseService,
  context: StepContext<RemovalTarget>,
): Promise<StepOutcome> {
  const target = context.environment;
  const { cluster: identifier, subnetGroup, parameterGroups } = service.identifiers(target);
  const calls = service.calls(target);
  const look: Look = { service, target, calls, identifier, subnetGroup, parameterGroups };
  const cluster = await findCluster(calls, identifier);
  // Instances and tags are of no use any more: it goes, whoever asked for that.
  if (cluster?.Engine === service.engine && conditionOf(cluster.Status) === 'deleting')
    return pending(
      `${service.title} cluster ${identifier} is being deleted`,
      secondsBesideControlPlaneRemoval(context.elapsedSeconds),
    );
  const tags = cluster?.Engine === service.engine ? await tagsOfCluster(calls, cluster) : undefined;
  if (!cluster || !isOwned(tags, target)) return removeSubnetGroup(look, cluster);
  const instances = await scopedInstances(look);
  if (isCreatedBy(tags, target.createdBy)) return removeCluster(look, cluster, instances);
  return removeAdditions(look, cluster, instances);
}

/**
 * The cluster stays. So does its writer, whoever made it: deleting it would be an outage. Of an environment that was
 * never complete nobody uses the database, and a run that gave an earlier one's cluster its instances takes them back.
 */
async function removeAdditions(
  look: Look,
  cluster: DatabaseCluster,
  instances: readonly Scoped[],
): Promise<StepOutcome> {
  const { service, target, calls, identifier } = look;
  const added = instances.filter(({ inScope }) => inScope);
  const going = added.filter(({ instance }) => conditionOf(instance.DBInstanceStatus) === 'deleting');
  const staying: string[] = [];
  if (target.neverReady && going.length < added.length) {
    await deleteInstances(look, cluster, added);
    return pending(`${service.title} instances ${namesOf(added)} are being deleted`, lookAgainSeconds);
  }
  for (const one of added) {
    if (going.includes(one)) continue;
    const outcome = await deleteReader(service, calls, identifier, one.instance);
    if (outcome === 'writes' || outcome === 'needed') staying.push(stays(look, one.instance, outcome));
    else going.push(one);
  }
  if (going.length > 0)
    return pending(`${service.title} instances ${namesOf(going)} are being deleted`, lookAgainSeconds);
  return removeSubnetGroup(look, cluster, staying);
}

function stays(
  { service, identifier }: Look,
  { DBInstanceIdentifier: name }: DatabaseInstance,
  because: 'writes' | 'needed',
): string {
  const why =
    because === 'writes'
      ? `it is the writer of cluster ${identifier}, which is older`
      : `the writer of cluster ${identifier}, which is older, does not work`;
  return wordsOf({
    what: `${service.title} instance ${name}${aftermath.stays}${why}`,
    todo: 'nothing if you want it; otherwise fail over to another instance and delete it',
  });
}

async function scopedInstances(look: Look): Promise<Scoped[]> {
  const { service, target, calls, identifier } = look;
  const instances = await findInstances(service, calls, identifier);
  return forEach(instances, 3, async (instance) => {
    const tags = await tagsOfInstance(calls, instance);
    const inScope = isInScope(tags, target);
    return { instance, inScope, createdBy: tagValue(tags, createdByTag) };
  });
}

async function removeCluster(
  look: Look,
  cluster: DatabaseCluster,
  instances: readonly Scoped[],
): Promise<StepOutcome> {
  const { service, target, calls, identifier } = look;
  const going = `${service.title} cluster ${identifier} is being deleted`;
  assertNothingForeign(look, instances);
  assertSnapshotPossible(look, cluster);
  if (conditionOf(cluster.Status) === 'stopped') return start(look);
  if (cluster.Status === 'stopping' || cluster.Status === 'starting')
    return pending(`${service.title} cluster ${identifier} is ${cluster.Status}`, startSeconds);
  if (cluster.DeletionProtection) return liftProtection(look);
  await deleteInstances(look, cluster, instances);
  await tolerating(['gone'], () =>
    target.finalSnapshots
      ? deleteWithSnapshot(finalSnapshotName(identifier, target.execution), (snapshot) =>
          calls.deleteCluster({
            DBClusterIdentifier: identifier,
            SkipFinalSnapshot: false,
            FinalDBSnapshotIdentifier: snapshot,
          }),
        )
      : calls.deleteCluster({ DBClusterIdentifier: identifier, SkipFinalSnapshot: true }),
  );
  return pending(going, instances.length > 0 ? deleteSeconds : lookAgainSeconds);
}

/**
 * AWS deletes nothing of a stopped cluster: `Db cluster … is in stopped state` (terraform-provider-aws#28262). People
 * stop development databases overnight, and a removal is no reason to come back in the morning (B7).
 */
async function start({ service, calls, identifier }: Look): Promise<StepOutcome> {
  await calls.startCluster({ DBClusterIdentifier: identifier });
  return pending(
    `${service.title} cluster ${identifier} is stopped, and started because AWS deletes none that is`,
    startSeconds,
  );
}

/** Somebody's own reader, or one that another execution added: deleting the cluster would take it along. */
function assertNothingForeign(look: Look, instances: readonly Scoped[]): void {
  const foreign = instances.filter(
    ({ instance, inScope }) => !inScope && conditionOf(instance.DBInstanceStatus) !== 'deleting',
  );
  if (foreign.length === 0) return;
  const each = foreign.map(
    ({ instance, createdBy }) =>
      `${instance.DBInstanceIdentifier} (${createdBy ? `made by execution ${createdBy}` : 'not made by AosCloud'})`,
  );
  throw new RemovalBlockedError(
    `cluster ${look.identifier} has instances that are not part of this removal: ${each.join(', ')}`,
    'delete them, then run again; it goes on from there',
  );
}

/** AWS takes no snapshot of a cluster that has failed. */
function assertSnapshotPossible(look: Look, cluster: DatabaseCluster): void {
  const condition = conditionOf(cluster.Status);
  if (!look.target.finalSnapshots || (condition !== 'broken' && condition !== 'failed')) return;
  throw new RemovalBlockedError(
    `cluster ${look.identifier} is ${cluster.Status} and cannot leave a final snapshot`,
    'run the removal again with finalSnapshots false if its data may be lost',
  );
}

/** Whether protection may be lifted was decided for the whole removal, before its first delete. */
async function liftProtection(look: Look): Promise<StepOutcome> {
  const { service, target, calls, identifier } = look;
  if (!target.unprotect) {
    throw new RemovalBlockedError(
      `cluster ${identifier} is protected from deletion`,
      'provision the environment with deletionProtection false, then run the removal again; it goes on from there',
    );
  }
  await calls.modifyCluster({
    DBClusterIdentifier: identifier,
    DeletionProtection: false,
    ApplyImmediately: true,
  });
  return pending(`deletion protection of ${service.title} cluster ${identifier} is being lifted`, 5);
}

/** Readers first: deleting the writer before them would only make one of them the next writer. */
async function deleteInstances(
  look: Look,
  cluster: DatabaseCluster,
  instances: readonly Scoped[],
): Promise<void> {
  const writer = writerOf(cluster);
  const writes = (instance: DatabaseInstance) => instance.DBInstanceIdentifier === writer;
  const standing = instances
    .map(({ instance }) => instance)
    .filter((instance) => conditionOf(instance.DBInstanceStatus) !== 'deleting');
  const remove = (instance: DatabaseInstance) =>
    tolerating(['gone'], () => look.calls.deleteInstance(instance));
  await forEach(
    standing.filter((instance) => !writes(instance)),
    3,
    remove,
  );
  await forEach(standing.filter(writes), 1, remove);
}

/**
 * The cluster is gone, or stays because it is not ours or older than what is taken back. `kept`: what stays with it
 * although it is of the run that is taken back, in words.
 */
async function removeSubnetGroup(
  look: Look,
  staying: DatabaseCluster | undefined,
  kept: readonly string[] = [],
): Promise<StepOutcome> {
  const { service, target, calls, subnetGroup } = look;
  const group = await findSubnetGroup(calls, subnetGroup);
  if (!group || !isInScope(await tagsOfSubnetGroup(calls, group), target)) {
    return removeParameterGroups(look, staying, kept);
  }
  if (staying?.DBSubnetGroup === subnetGroup) {
    throw new RemovalBlockedError(
      `subnet group ${subnetGroup} is used by cluster ${staying.DBClusterIdentifier}, which is not part of this removal`,
      'delete that cluster, then run again',
    );
  }
  // Refused as busy until the last instance has let go of it.
  await tolerating(['gone'], () => calls.deleteSubnetGroup({ DBSubnetGroupName: subnetGroup }));
  return pending(`${service.title} subnet group ${subnetGroup} of ${target.name} is being deleted`, 2);
}

/** Last: AWS refuses while a cluster uses one. */
async function removeParameterGroups(
  look: Look,
  staying: DatabaseCluster | undefined,
  kept: readonly string[],
): Promise<StepOutcome> {
  const { service, target, calls, parameterGroups } = look;
  const inUse: string[] = [];
  for (const name of parameterGroups) {
    const group = await findParameterGroup(calls, name);
    if (!group || !isInScope(await tagsOfParameterGroup(calls, group), target)) continue;
    if (staying?.DBClusterParameterGroup === name) inUse.push(usedByStaying(look, name, staying));
    else {
      await tolerating(['gone'], () => calls.deleteParameterGroup({ DBClusterParameterGroupName: name }));
      return pending(`${service.title} parameter group ${name} is being deleted`, 2);
    }
  }
  return removeLogs(look, staying, [...kept, ...inUse]);
}

/** Of a run that is taken back: the cluster has it since its upgrade, which is not undone. */
function usedByStaying({ target }: Look, name: string, { DBClusterIdentifier }: DatabaseCluster): string {
  if (target.createdBy === undefined)
    throw new RemovalBlockedError(
      `cluster parameter group ${name} is used by cluster ${DBClusterIdentifier}, which is not part of this removal`,
      'delete that cluster, then run again',
    );
  return wordsOf({
    what: `cluster parameter group ${name}${aftermath.stays}cluster ${DBClusterIdentifier}, which is older, uses it`,
    todo: 'nothing: it belongs to the version that cluster has now',
  });
}

/**
 * The last thing of all: nothing writes to the log groups any more. Those of a cluster that stays stay. Snapshots that
 * were taken before a major version are nobody's to delete but their owner's.
 */
async function removeLogs(
  { service, target, calls, identifier }: Look,
  staying: DatabaseCluster | undefined,
  kept: readonly string[],
): Promise<StepOutcome> {
  const snapshots = await stayingUpgradeSnapshots(service, calls, identifier, target);
  if (staying) {
    const words = [...kept, ...snapshots];
    return gone(words.length > 0 ? words.join(' ') : `nothing of ${service.title} was made by this run`);
  }
  const left = await removeLogGroups(service, target);
  const logs = left.length > 0 ? [`log group ${left.join(', ')} stays`] : [];
  return gone([`${service.title} is gone`, ...logs, ...snapshots].join('; '));
}

function namesOf(instances: readonly Scoped[]): string {
  return instances.map(({ instance }) => instance.DBInstanceIdentifier).join(', ');
}
