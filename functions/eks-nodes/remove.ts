/**
 * After this step the cluster has no node groups (all of them: it cannot be deleted with any), and the launch
 * template is gone. On a cluster that stays, only the node group and add-ons of the execution to be taken back go, and
 * of node groups none that has taken over the work of the one before it.
 */

import { EKSClient, type Nodegroup, paginateListFargateProfiles } from '@aws-sdk/client-eks';
import { client } from '#lib/aws/clients.ts';
import { forEach } from '#lib/aws/each.ts';
import { allPages } from '#lib/aws/reads.ts';
import { removeNodeEntry } from '#lib/eks/access-entries.ts';
import { addOnsBesideNodes, addOnsOnNodes, removeAddOns } from '#lib/eks/add-ons.ts';
import { clusterUnderRemoval } from '#lib/eks/cluster.ts';
import { removeLaunchTemplate } from '#lib/eks/launch-template.ts';
import { allNodegroups, besideTag, isWorking } from '#lib/eks/nodegroups.ts';
import { roleArn } from '#lib/eks/roles.ts';
import { names } from '#lib/ownership/names.ts';
import { isInScope } from '#lib/ownership/scope.ts';
import { type Duration, secondsUntilLook } from '#lib/run/cadence.ts';
import type { EnvironmentTarget, RemovalTarget } from '#lib/run/environment.ts';
import { aftermath, wordsOf } from '#lib/run/failure-words.ts';
import { RemovalBlockedError } from '#lib/run/failures.ts';
import { gone, pending, type StepContext, type StepOutcome, stepHandler } from '#lib/run/step.ts';
import { notDeleted, requestDeletion } from './deletion.ts';

export async function remove(context: StepContext<RemovalTarget>): Promise<StepOutcome> {
  const { environment } = context;
  const { fate } = await clusterUnderRemoval(environment);
  const left: string[] = [];
  let staying: readonly Nodegroup[] = [];
  if (fate !== 'absent') {
    const all = await allNodegroups(environment);
    if (fate === 'stays') staying = takenOver(environment, all);
    const going = all.filter(
      (one) => !staying.includes(one) && (fate === 'goes' || isInScope(one.tags, environment)),
    );
    // Before the first delete, and after the last: a cluster that has to stay for them keeps its nodes.
    const areGoing = going.length > 0 && going.every(({ status }) => status === 'DELETING');
    if (fate === 'goes' && !areGoing) await refuseFargate(environment);
    left.push(...(await forEach(going, 3, (nodegroup) => deleteNodegroup(context, nodegroup))));
  }
  if (fate === 'stays')
    left.push(...(await removeAddOns(environment, [...addOnsOnNodes, ...addOnsBesideNodes])));
  if (left.length > 0) return pending(`being deleted: ${left.join(', ')}`, pollSeconds(context));

  if (fate === 'stays' && (await removeNodeEntryUnlessUsed(environment)))
    return pending('the access entry of the node role is being deleted', 3);
  if (staying.length > 0) return gone(staying.map(stays).join('; '));
  if (await removeLaunchTemplate(environment)) return pending('the launch template is being deleted', 3);
  return gone(fate === 'stays' ? 'nothing of this run is left among the nodes' : 'no nodes are left');
}

/**
 * Node groups of the run to be taken back that have taken over from one before them, which is not whole any more: their
 * pods would have nowhere to go.
 */
function takenOver(environment: RemovalTarget, all: readonly Nodegroup[]): Nodegroup[] {
  const isWhole = (name: string) =>
    all.some(({ nodegroupName, status }) => nodegroupName === name && status === 'ACTIVE');
  return all.filter(({ tags, status }) => {
    const former = tags?.[besideTag];
    return isInScope(tags, environment) && former !== undefined && isWorking(status) && !isWhole(former);
  });
}

function stays({ nodegroupName, tags }: Nodegroup): string {
  return wordsOf({
    what: `node group ${nodegroupName}${aftermath.stays}it has taken over the work of ${tags?.[besideTag]}, which is gone or going`,
    todo: 'nothing if you want it; provision the former request to have the nodes it asks for again',
  });
}

/** EKS leaves the entry it made with the node group; with a role that goes it would be in the way of the next one. */
async function removeNodeEntryUnlessUsed(environment: RemovalTarget): Promise<boolean> {
  const nodeRole = roleArn(environment, 'nodes');
  const isUsed = (await allNodegroups(environment)).some((nodegroup) => nodegroup.nodeRole === nodeRole);
  return !isUsed && (await removeNodeEntry(environment));
}

/** Draining and terminating takes three to eight minutes as a rule (aws-facts 0.6). */
const deletion: Duration = { soonest: 120, usualFrom: 180, usualTo: 480 };

function pollSeconds({ elapsedSeconds }: StepContext<RemovalTarget>): number {
  return secondsUntilLook(elapsedSeconds, deletion, 15);
}

/** A first look gives a failed deletion one more chance; one that fails under our eyes needs a person. */
const secondChanceSeconds = 60;

async function deleteNodegroup(
  { environment, elapsedSeconds }: StepContext<RemovalTarget>,
  nodegroup: Nodegroup,
): Promise<string> {
  const { nodegroupName, status } = nodegroup;
  const name = `node group ${nodegroupName}`;
  if (status === 'DELETING') return name;
  if (status === 'DELETE_FAILED' && elapsedSeconds > secondChanceSeconds) throw notDeleted(nodegroup);
  await requestDeletion(environment, nodegroup);
  return `${name} (${status})`;
}

/** We never make Fargate profiles; whoever did must decide about what runs on them. */
async function refuseFargate(target: EnvironmentTarget): Promise<void> {
  const clusterName = names(target).cluster;
  const profiles = await allPages(
    paginateListFargateProfiles({ client: client(EKSClient, target) }, { clusterName }),
    (page) => page.fargateProfileNames,
  );
  if (profiles.length > 0)
    throw new RemovalBlockedError(
      `EKS cluster ${clusterName} has Fargate profiles made by somebody else, and cannot be deleted with them: ${profiles.join(', ')}`,
      'delete them, then deprovision again',
    );
}

export const handler = stepHandler('eks-nodes', 'remove', remove);
