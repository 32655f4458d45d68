/** The environment's EKS cluster, found by its deterministic name, and what a removal means for it. */
import { type Cluster, DescribeClusterCommand, EKSClient, type LogType } from '@aws-sdk/client-eks';
import { client } from '#lib/aws/clients.ts';
import { tolerating } from '#lib/aws/errors.ts';
import { names } from '#lib/ownership/names.ts';
import { isInScope } from '#lib/ownership/scope.ts';
import type { EnvironmentTarget, RemovalTarget } from '#lib/run/environment.ts';

/** What the control plane logs: all kinds there are. */
export const controlPlaneLogs: LogType[] = [
  'api',
  'audit',
  'authenticator',
  'controllerManager',
  'scheduler',
];

/** The cluster of that name, whoever it belongs to. */
export async function findCluster(target: EnvironmentTarget): Promise<Cluster | undefined> {
  const answer = await tolerating(['gone'], () =>
    client(EKSClient, target).send(new DescribeClusterCommand({ name: names(target).cluster })),
  );
  return answer?.cluster;
}

/**
 * - `absent`: there is none; whatever EKS left behind may be swept.
 * - `goes`: ours, and the removal speaks of it; all that hangs on it goes first.
 * - `stays`: somebody else's, or made by another execution than the one to be taken back; only what that
 *   execution added to it goes.
 */
export type ClusterFate = 'absent' | 'goes' | 'stays';

export interface ClusterUnderRemoval {
  readonly cluster: Cluster | undefined;
  readonly fate: ClusterFate;
}

export async function clusterUnderRemoval(target: RemovalTarget): Promise<ClusterUnderRemoval> {
  const cluster = await findCluster(target);
  if (!cluster) return { cluster, fate: 'absent' };
  return { cluster, fate: isInScope(cluster.tags, target) ? 'goes' : 'stays' };
}
