/**
 * After this step the node group is ACTIVE in the three EKS private subnets (R27) and every add-on is ACTIVE.
 * A second run recognises launch template, node group and add-ons by name and tags; a node group that an earlier
 * run left CREATE_FAILED is deleted and made anew, as it never heals. The desired size belongs to the autoscaler
 * and is never brought back. Taken back by `remove`.
 */
import { DeleteNodegroupCommand, EKSClient, type Nodegroup } from '@aws-sdk/client-eks';
import { client } from '#lib/aws/clients.ts';
import { dropDeadNodeEntry, isRoleYounger } from '#lib/eks/access-entries.ts';
import {
  type AddOnLook,
  addOnsBesideNodes,
  addOnsOfNetwork,
  addOnsOnNodes,
  ensureAddOns,
} from '#lib/eks/add-ons.ts';
import { issuesAdvice, issuesText } from '#lib/eks/health.ts';
import { names } from '#lib/ownership/names.ts';
import { isCreatedBy, isOwned } from '#lib/ownership/tags.ts';
import { type Duration, secondsUntilLook } from '#lib/run/cadence.ts';
import type { EnvironmentPlan } from '#lib/run/environment.ts';
import { NotOurResourceError, ResourceFailedError } from '#lib/run/failures.ts';
import { log } from '#lib/run/log.ts';
import { pending, ready, type StepContext, type StepOutcome, stepHandler } from '#lib/run/step.ts';
import { ensureLaunchTemplate, launchTemplateForNodes } from './launch-template.ts';
import { createNodegroup, findNodegroup } from './node-group.ts';

/** 80 seconds once; usually two to five minutes (aws-facts 0.6, 15). */
const creation: Duration = { soonest: 80, usualFrom: 90, usualTo: 300 };
/** The whole run waits for them. */
const pollSeconds = 4;
/** By then nodes have usually joined. */
const lateSeconds = 200;

export async function ensure(context: StepContext): Promise<StepOutcome> {
  const { environment } = context;
  const nodegroup = await findNodegroup(environment, names(environment).nodegroup);
  if (!nodegroup) return request(context);
  if (!isOwned(nodegroup.tags, environment))
    throw new NotOurResourceError(
      `node group ${nodegroup.nodegroupName} exists but does not carry the tags of environment ${environment.name}`,
      'delete that node group, then run again',
    );
  const name = `node group ${nodegroup.nodegroupName}`;
  // Asked once a run, at its first look: while a run makes the node group itself, its role is older.
  if (context.elapsedSeconds < pollSeconds) await refuseLostRole(context.environment, nodegroup);
  switch (nodegroup.status) {
    case 'CREATING':
      await refuseLostNetwork(context, nodegroup);
      return pending(`${name} is being created`, secondsUntilWorthLooking(nodegroup));
    case 'UPDATING':
      return pending(`${name} is being updated`, pollSeconds);
    case 'DEGRADED':
      return pending(`${name} is degraded: ${issuesText(nodegroup.health?.issues)}`, pollSeconds);
    case 'DELETING':
      return notRequested(`${name} of an earlier run is being deleted`, pollSeconds);
    case 'CREATE_FAILED':
      return replaceFailed(environment, nodegroup);
    case 'ACTIVE':
      return settle(context);
    default:
      throw failed(nodegroup);
  }
}

/**
 * Nodes of a role that was deleted and made anew have an empty instance profile, and new ones never join. To replace
 * them is not decided here: what runs on them would go.
 */
async function refuseLostRole(environment: EnvironmentPlan, nodegroup: Nodegroup): Promise<void> {
  const { nodegroupName, nodeRole, createdAt, status } = nodegroup;
  if (status === 'CREATE_FAILED' || status === 'DELETING') return;
  if (!(await isRoleYounger(environment, nodeRole as string, createdAt))) return;
  throw new ResourceFailedError(
    `node group ${nodegroupName} is older than its role ${nodeRole}, which was deleted and made anew: its nodes have lost their rights, and no new one joins`,
    'delete the node group in the EKS console (what runs on its nodes goes with them), then run again: node group and access entry are made anew',
  );
}

/** Nodes as soon as can be; the add-on that does not wait for them is asked for in the same look. */
async function request(context: StepContext): Promise<StepOutcome> {
  await dropDeadNodeEntry(context.environment);
  const launchTemplate = await launchTemplateForNodes(context.environment);
  const { nodegroup } = names(context.environment);
  const accepted = await createNodegroup(context, launchTemplate);
  if (!accepted) return notRequested(`EKS does not take the node group ${nodegroup} yet`, 1);
  log.info('node group requested', { nodegroup });
  await ensureAddOns(context, addOnsBesideNodes);
  return pending(`node group ${nodegroup} is being created`, creation.soonest);
}

/**
 * Nodes never join without the network add-ons. Nodes that are late ask whether one of them failed, so that this is
 * told in minutes, not after half an hour.
 */
async function refuseLostNetwork(context: StepContext, nodegroup: Nodegroup): Promise<void> {
  if (ageSeconds(nodegroup) > lateSeconds)
    await ensureAddOns(context, [...addOnsOfNetwork, ...addOnsBesideNodes]);
}

/**
 * Those that run on the nodes come up last: while one of them does, nothing else is asked. But in the look that asks
 * for them the others are seen to, as the EFS driver gets its role from the Pod Identity agent.
 */
async function settle(context: StepContext): Promise<StepOutcome> {
  const isOpen = ({ state }: AddOnLook) => state !== 'active';
  const onNodes = await ensureAddOns(context, addOnsOnNodes);
  const isSeen = onNodes.some(isOpen) && !onNodes.some(({ asked }) => asked);
  const others = isSeen ? [] : await ensureAddOns(context, [...addOnsOfNetwork, ...addOnsBesideNodes]);
  const waiting = [...others, ...onNodes].filter(isOpen);
  if (waiting.length > 0) return pending(`nodes are ready; ${sentence(waiting)}`, pollSeconds);
  await ensureLaunchTemplate(context.environment);
  return ready('nodes and add-ons are active');
}

function sentence(looks: readonly AddOnLook[]): string {
  return looks.map(({ detail }) => detail).join(', ');
}

async function replaceFailed(environment: EnvironmentPlan, nodegroup: Nodegroup): Promise<StepOutcome> {
  // Failed once in this run is a finding; failed since an earlier run is rubble.
  if (isCreatedBy(nodegroup.tags, environment.execution)) throw failed(nodegroup);
  const { clusterName, nodegroupName } = nodegroup;
  await client(EKSClient, environment).send(new DeleteNodegroupCommand({ clusterName, nodegroupName }));
  log.info('failed node group of an earlier run deleted', { nodegroup: nodegroupName });
  return notRequested(
    `node group ${nodegroupName} of an earlier run failed (${issuesText(nodegroup.health?.issues)}) and is being deleted`,
    pollSeconds,
  );
}

function failed({ nodegroupName, status, health }: Nodegroup): ResourceFailedError {
  return new ResourceFailedError(
    `node group ${nodegroupName} is ${status}: ${issuesText(health?.issues)}`,
    issuesAdvice(health?.issues),
  );
}

function notRequested(detail: string, retryAfterSeconds: number): StepOutcome {
  return { ...pending(detail, retryAfterSeconds), requested: false };
}

function ageSeconds({ createdAt }: Nodegroup): number {
  return createdAt ? (Date.now() - createdAt.getTime()) / 1000 : 0;
}

function secondsUntilWorthLooking(nodegroup: Nodegroup): number {
  return secondsUntilLook(ageSeconds(nodegroup), creation, pollSeconds);
}

export const handler = stepHandler('eks-nodes', 'ensure', ensure);
