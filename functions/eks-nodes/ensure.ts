/**
 * After this step one node group of the plan's instance types is ACTIVE in the three EKS private subnets (R27), as large
 * and of the version and disk the plan says, and every add-on is ACTIVE. A second run recognises launch template, node
 * groups and add-ons by name and tags. Other instance types need another node group: it is made beside the one that
 * does the work, which is drained and goes once the new one is ACTIVE. One that an earlier run left CREATE_FAILED is
 * deleted and made anew, as it never heals. Taken back by `remove`.
 */
import type { Nodegroup } from '@aws-sdk/client-eks';
import { isRoleYounger } from '#lib/eks/access-entries.ts';
import { addOnsBesideNodes, addOnsOfNetwork, ensureAddOns } from '#lib/eks/add-ons.ts';
import { issuesAdvice, issuesText } from '#lib/eks/health.ts';
import { namedNodegroups } from '#lib/eks/nodegroups.ts';
import { isCreatedBy, isOwned } from '#lib/ownership/tags.ts';
import { secondsUntilLook } from '#lib/run/cadence.ts';
import type { EnvironmentPlan } from '#lib/run/environment.ts';
import { NotOurResourceError, ResourceFailedError } from '#lib/run/failures.ts';
import { pending, type StepContext, type StepOutcome, stepHandler } from '#lib/run/step.ts';
import { creation, dismiss, drainSeconds, makeBeside, makeFirst } from './change-over.ts';
import { settleAddOns, stillMakingAddOns } from './settle-add-ons.ts';
import { extraSecondsFor, updateNodegroup } from './update.ts';

/** The whole run waits for them. */
const pollSeconds = 4;
/** By then nodes have usually joined. */
const lateSeconds = 200;

export async function ensure(context: StepContext): Promise<StepOutcome> {
  const { environment, resources } = context;
  const making = await stillMakingAddOns(context);
  if (making) return making;
  const found = await namedNodegroups(environment, resources.nodegroupNames);
  for (const nodegroup of found) refuseForeign(environment, nodegroup);
  // Asked once a run, at its first look: while a run makes the node group itself, its role is older.
  if (context.elapsedSeconds < pollSeconds)
    for (const nodegroup of found) await refuseLostRole(environment, nodegroup);
  const kept = keptOf(environment, found);
  const outcome = kept ? await bring(context, kept, found) : await make(context, found);
  const known = { nodegroupNames: found.map(({ nodegroupName }) => nodegroupName as string) };
  return {
    ...outcome,
    resources: { ...(kept ? known : {}), ...outcome.resources },
    ...(kept ? { extraSeconds: extraSecondsFor(context, kept) } : {}),
  };
}

/** The one that stays: of the plan's instance types, and rather one that works. */
function keptOf({ eks }: EnvironmentPlan, found: readonly Nodegroup[]): Nodegroup | undefined {
  const wanted = [...eks.nodes.instanceTypes].sort().join();
  const fitting = found.filter(
    ({ instanceTypes = [], status }) => status !== 'DELETING' && [...instanceTypes].sort().join() === wanted,
  );
  return fitting.find(({ status }) => status !== 'CREATE_FAILED') ?? fitting[0];
}

/** Nothing there is of the plan's instance types, or it is on its way out. */
async function make(context: StepContext, found: readonly Nodegroup[]): Promise<StepOutcome> {
  const [first, second] = found;
  if (!first) return makeFirst(context);
  const going = found.find(({ status }) => status === 'DELETING');
  if (going) return notRequested(`${nameOf(going)} of an earlier run is being deleted`, pollSeconds);
  // It never worked, so there is nothing to take over from.
  if (!second && first.status === 'CREATE_FAILED') return replaceFailed(context, first);
  if (!second) return makeBeside(context, first);
  // Both names are taken, by one that works and by what an earlier run left on the way to something else, or away from it.
  const spare =
    found.find(({ status }) => status === 'CREATE_FAILED' || status === 'DELETE_FAILED') ?? second;
  return makeRoom(context, spare, `${nameOf(spare)} of an earlier run is being deleted`);
}

async function bring(
  context: StepContext,
  nodegroup: Nodegroup,
  found: readonly Nodegroup[],
): Promise<StepOutcome> {
  const name = nameOf(nodegroup);
  switch (nodegroup.status) {
    case 'CREATING':
      await refuseLostNetwork(context, nodegroup);
      return pending(`${name} is being created`, secondsUntilWorthLooking(nodegroup));
    case 'UPDATING':
      return pending(`${name} is being updated`, pollSeconds);
    case 'DEGRADED':
      return pending(`${name} is degraded: ${issuesText(nodegroup.health?.issues)}`, pollSeconds);
    case 'CREATE_FAILED':
      return replaceFailed(context, nodegroup);
    case 'ACTIVE':
      return settle(context, nodegroup, found);
    default:
      throw failed(nodegroup);
  }
}

function refuseForeign(environment: EnvironmentPlan, nodegroup: Nodegroup): void {
  if (isOwned(nodegroup.tags, environment)) return;
  throw new NotOurResourceError(
    `${nameOf(nodegroup)} exists but does not carry the tags of environment ${environment.name}`,
    'delete that node group, then run again',
  );
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

/**
 * Nodes never join without the network add-ons. Nodes that are late ask whether one of them failed, so that this is
 * told in minutes, not after half an hour.
 */
async function refuseLostNetwork(context: StepContext, nodegroup: Nodegroup): Promise<void> {
  if (ageSeconds(nodegroup) > lateSeconds)
    await ensureAddOns(context, [...addOnsOfNetwork, ...addOnsBesideNodes]);
}

/** It works: what it took over from goes, then it becomes what the plan says, then the add-ons are seen healthy. */
async function settle(
  context: StepContext,
  nodegroup: Nodegroup,
  found: readonly Nodegroup[],
): Promise<StepOutcome> {
  const leaving = await dismiss(
    context,
    found.filter((one) => one !== nodegroup),
  );
  if (!leaving) return (await updateNodegroup(context, nodegroup)) ?? settleAddOns(context);
  const detail = `the new nodes are ready; node group ${leaving.which} is being drained and deleted`;
  return pending(detail, drainSeconds, leaving.resources);
}

async function replaceFailed(context: StepContext, nodegroup: Nodegroup): Promise<StepOutcome> {
  // Failed once in this run is a finding; failed since an earlier run is rubble.
  if (isCreatedBy(nodegroup.tags, context.environment.execution)) throw failed(nodegroup);
  return makeRoom(
    context,
    nodegroup,
    `${nameOf(nodegroup)} of an earlier run failed (${issuesText(nodegroup.health?.issues)}) and is being deleted`,
  );
}

/** For one that is to be made under its name, or beside another. */
async function makeRoom(context: StepContext, nodegroup: Nodegroup, detail: string): Promise<StepOutcome> {
  const leaving = await dismiss(context, [nodegroup]);
  return { ...pending(detail, pollSeconds, leaving?.resources), requested: false };
}

function failed(nodegroup: Nodegroup): ResourceFailedError {
  const issues = nodegroup.health?.issues;
  return new ResourceFailedError(
    `${nameOf(nodegroup)} is ${nodegroup.status}: ${issuesText(issues)}`,
    issuesAdvice(issues),
  );
}

function nameOf({ nodegroupName }: Nodegroup): string {
  return `node group ${nodegroupName}`;
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
