/**
 * Deleting instances of a cluster that stays. A failover may have made any instance the writer since it was made:
 * who writes is read again before every delete, and the cluster keeps its writer.
 */
import { tolerating } from '#lib/aws/errors.ts';
import { findCluster, findInstances } from './observe.ts';
import type { DatabaseCalls, DatabaseCluster, DatabaseInstance, DatabaseService } from './service.ts';
import { conditionOf } from './status.ts';

export function writerOf(cluster: DatabaseCluster | undefined): string | undefined {
  return cluster?.DBClusterMembers?.find((member) => member.IsClusterWriter)?.DBInstanceIdentifier;
}

/**
 * - `deleted`: it was a reader.
 * - `writes`: it is the cluster's writer, or the last instance, and stands.
 * - `needed`: the writer does not work, so this one may have to take over.
 * - `unsettled`: the writer is just going or changing, and this one may be promoted.
 */
export type ReaderDeletion = 'deleted' | 'writes' | 'needed' | 'unsettled';

export async function deleteReader(
  service: DatabaseService,
  calls: DatabaseCalls,
  identifier: string,
  instance: DatabaseInstance,
): Promise<ReaderDeletion> {
  const [cluster, instances] = await Promise.all([
    findCluster(calls, identifier),
    findInstances(service, calls, identifier),
  ]);
  const name = instance.DBInstanceIdentifier;
  const standing = instances.filter((one) => conditionOf(one.DBInstanceStatus) !== 'deleting');
  const writer = writerOf(cluster);
  if (writer === name || !standing.some((one) => one.DBInstanceIdentifier !== name)) return 'writes';
  const condition = conditionOf(
    standing.find((one) => one.DBInstanceIdentifier === writer)?.DBInstanceStatus ?? 'deleting',
  );
  if (condition === 'busy' || condition === 'deleting') return 'unsettled';
  if (condition !== 'available') return 'needed';
  await tolerating(['gone'], () => calls.deleteInstance(instance));
  return 'deleted';
}

/** Another instance that could take over: of those that work, the one failover would prefer. */
export function successorOf(
  cluster: DatabaseCluster | undefined,
  instances: readonly DatabaseInstance[],
  leaving: readonly DatabaseInstance[],
): DatabaseInstance | undefined {
  const tier = ({ DBInstanceIdentifier: name }: DatabaseInstance) =>
    cluster?.DBClusterMembers?.find((member) => member.DBInstanceIdentifier === name)?.PromotionTier ?? 15;
  return instances
    .filter((one) => !leaving.includes(one) && conditionOf(one.DBInstanceStatus) === 'available')
    .sort((one, other) => tier(one) - tier(other))[0];
}
