/**
 * After this step the control plane is gone, and what EKS leaves behind with it: its security group, leaked
 * interfaces, OIDC provider and log group. The roles go last: EKS needs them to clean up after itself.
 * A protected cluster is never unprotected silently.
 */
import {
  type Cluster,
  DeleteClusterCommand,
  EKSClient,
  UpdateClusterConfigCommand,
} from '@aws-sdk/client-eks';
import { client } from '#lib/aws/clients.ts';
import { forEach } from '#lib/aws/each.ts';
import { tolerating } from '#lib/aws/errors.ts';
import { type ClusterFate, clusterUnderRemoval } from '#lib/eks/cluster.ts';
import { removeLogGroup } from '#lib/eks/log-group.ts';
import { removeOidcProviders } from '#lib/eks/oidc-provider.ts';
import { eksRoles, removeRole } from '#lib/eks/roles.ts';
import { type Duration, secondsUntilLook } from '#lib/run/cadence.ts';
import type { RemovalTarget } from '#lib/run/environment.ts';
import { RemovalBlockedError, ResourceFailedError } from '#lib/run/failures.ts';
import { log } from '#lib/run/log.ts';
import { gone, pending, type StepContext, type StepOutcome, stepHandler } from '#lib/run/step.ts';
import { sweepLeftovers } from './leftovers.ts';

export async function remove(context: StepContext<RemovalTarget>): Promise<StepOutcome> {
  const { cluster, fate } = await clusterUnderRemoval(context.environment);
  if (fate === 'goes') return deleteCluster(context, cluster!);
  const left: string[] = [];
  if (fate === 'absent') {
    left.push(...(await sweepLeftovers(context)));
    // By tag, not by the last cluster's issuer: one that was made for a cluster before it has no cluster any more.
    if (await removeOidcProviders(context.environment, undefined)) left.push('the OIDC provider');
  }
  if (left.length === 0) left.push(...(await removeSurroundings(context, fate)));
  if (left.length > 0) return pending(`sweeping what EKS left: ${left.join('; ')}`, 10);
  return gone(fate === 'stays' ? 'the EKS cluster stays' : 'the EKS cluster is gone');
}

async function deleteCluster(
  { environment, elapsedSeconds }: StepContext<RemovalTarget>,
  cluster: Cluster,
): Promise<StepOutcome> {
  const name = `EKS cluster ${cluster.name}`;
  if (cluster.status === 'DELETING')
    return pending(`${name} is being deleted`, secondsUntilLook(elapsedSeconds, deletion, 20));
  if (!deletable.has(cluster.status ?? ''))
    throw new ResourceFailedError(
      `${name} has the status ${cluster.status}, which this version does not know`,
      'look at it in the EKS console',
    );
  const eks = client(EKSClient, environment);
  if (cluster.deletionProtection && !environment.unprotect)
    throw new RemovalBlockedError(
      `${name} is protected from deletion`,
      'provision the environment with eks.deletionProtection off, then deprovision it again',
    );
  if (cluster.deletionProtection && cluster.status === 'ACTIVE') {
    await eks.send(new UpdateClusterConfigCommand({ name: cluster.name, deletionProtection: false }));
    log.info('cluster unprotected', { clusterName: cluster.name });
    return pending(`${name} is being unprotected`, 10);
  }
  // Refused while an update is under way or node groups are still leaving: then it is tried at the next look.
  const accepted = await tolerating(['gone', 'pending'], () =>
    eks.send(new DeleteClusterCommand({ name: cluster.name })),
  );
  if (!accepted) return pending(`${name} is ${cluster.status} and cannot be deleted just now`, 20);
  log.info('cluster deletion requested', { clusterName: cluster.name });
  return pending(`${name} is being deleted`, deletion.soonest);
}

/** Ten minutes as a rule, fifteen once (aws-facts 0.6). */
const deletion: Duration = { soonest: 420, usualFrom: 540, usualTo: 900 };

const deletable: ReadonlySet<string> = new Set(['PENDING', 'CREATING', 'UPDATING', 'ACTIVE', 'FAILED']);

async function removeSurroundings(
  { environment, elapsedSeconds }: StepContext<RemovalTarget>,
  fate: ClusterFate,
): Promise<string[]> {
  const left: string[] = [];
  const goneSince = fate === 'absent' ? Date.now() - elapsedSeconds * 1000 : undefined;
  if (await removeLogGroup(environment, goneSince)) left.push('the log group');
  const removed = await forEach(eksRoles, 3, (role) => removeRole(environment, role));
  for (const [index, role] of eksRoles.entries()) if (removed[index]) left.push(`the ${role} role`);
  return left;
}

export const handler = stepHandler('eks-cluster', 'remove', remove);
