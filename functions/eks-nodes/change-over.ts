/**
 * From one node group to another: the second is made beside the first, with as many nodes, and the first goes once the
 * second is ACTIVE. EKS drains a node group that it deletes as disruption budgets let it, for some minutes; then it ends
 * its instances all the same (EKS user guide, "Delete a managed node group"). By then there are nodes to go to.
 */
import type { Nodegroup } from '@aws-sdk/client-eks';
import { forEach } from '#lib/aws/each.ts';
import { dropDeadNodeEntry } from '#lib/eks/access-entries.ts';
import { addOnsBesideNodes, ensureAddOns } from '#lib/eks/add-ons.ts';
import { launchTemplateForNodes } from '#lib/eks/launch-template.ts';
import { nodegroupNames } from '#lib/eks/nodegroups.ts';
import type { Duration } from '#lib/run/cadence.ts';
import { log } from '#lib/run/log.ts';
import { pending, type StepContext, type StepOutcome } from '#lib/run/step.ts';
import { notDeleted, requestDeletion } from './deletion.ts';
import { type Asked, createNodegroup, desiredSizeOf } from './node-group.ts';
import { templateMissing } from './template-missing.ts';
import { addOnsBefore } from './update.ts';

/** Usually two to five minutes, 80 seconds once (aws-facts 0.6, 15). */
export const creation: Duration = { soonest: 90, usualFrom: 90, usualTo: 300 };
export const drainSeconds = 60;

/** Nodes as soon as can be; the add-on that does not wait for them is asked for in the same look. */
export async function makeFirst(context: StepContext): Promise<StepOutcome> {
  await dropDeadNodeEntry(context.environment);
  const [nodegroupName] = nodegroupNames(context.environment);
  return request(context, { nodegroupName, desiredSize: context.environment.eks.nodes.minSize });
}

export async function makeBeside(context: StepContext, former: Nodegroup): Promise<StepOutcome> {
  const { environment } = context;
  const updating = await addOnsBefore(context, former);
  if (updating) return updating;
  const nodegroupName = nodegroupNames(environment).find((name) => name !== former.nodegroupName) as string;
  const desiredSize = desiredSizeOf(environment, former);
  const beside = former.nodegroupName;
  const outcome = await request(context, { nodegroupName, desiredSize, beside });
  return {
    ...outcome,
    detail: `${outcome.detail}, beside ${beside}`,
    resources: { nodegroupNames: nodegroupNames(environment) },
  };
}

async function request(context: StepContext, asked: Omit<Asked, 'template'>): Promise<StepOutcome> {
  const { nodegroupName } = asked;
  const template = await launchTemplateForNodes(context.environment);
  if (!template) return templateMissing(context);
  const accepted = await createNodegroup(context, { ...asked, template });
  if (!accepted)
    return { ...pending(`EKS does not take the node group ${nodegroupName} yet`, 1), requested: false };
  log.info('node group requested', { nodegroup: nodegroupName });
  await ensureAddOns(context, addOnsBesideNodes);
  const known = { nodegroupNames: [nodegroupName] };
  return pending(`node group ${nodegroupName} is being created`, creation.soonest, known);
}

/**
 * Undefined once none of them is left. One that EKS could not delete is asked for once more in a run, as what kept it
 * may be settled by then.
 */
export async function dismiss(
  { environment, resources }: StepContext,
  leaving: readonly Nodegroup[],
): Promise<Leaving | undefined> {
  if (leaving.length === 0) return undefined;
  const askedAgain = new Set(resources.deletionsAskedAgain);
  await forEach(leaving, 1, async (nodegroup) => {
    const { status, nodegroupName = '' } = nodegroup;
    if (status === 'DELETING') return;
    if (status === 'DELETE_FAILED' && askedAgain.has(nodegroupName)) throw notDeleted(nodegroup);
    if (status === 'DELETE_FAILED') askedAgain.add(nodegroupName);
    await requestDeletion(environment, nodegroup);
  });
  return {
    which: leaving.map(({ nodegroupName }) => nodegroupName).join(', '),
    resources: askedAgain.size > 0 ? { deletionsAskedAgain: [...askedAgain] } : {},
  };
}

interface Leaving {
  /** Their names. */
  readonly which: string;
  readonly resources: Pick<StepContext['resources'], 'deletionsAskedAgain'>;
}
