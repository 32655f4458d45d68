/**
 * From one node group to another: the second is made beside the first, with as many nodes, and the first goes once the
 * second is ACTIVE. EKS drains a node group that it deletes as disruption budgets let it, for some minutes; then it ends
 * its instances all the same (EKS user guide, "Delete a managed node group"). By then there are nodes to go to.
 */
import { DeleteNodegroupCommand, EKSClient, type Nodegroup } from '@aws-sdk/client-eks';
import { client } from '#lib/aws/clients.ts';
import { forEach } from '#lib/aws/each.ts';
import { tolerating } from '#lib/aws/errors.ts';
import { dropDeadNodeEntry } from '#lib/eks/access-entries.ts';
import { addOnsBesideNodes, ensureAddOns } from '#lib/eks/add-ons.ts';
import { issuesAdvice, issuesText } from '#lib/eks/health.ts';
import { nodegroupNames } from '#lib/eks/nodegroups.ts';
import type { Duration } from '#lib/run/cadence.ts';
import type { EnvironmentTarget } from '#lib/run/environment.ts';
import { ResourceFailedError } from '#lib/run/failures.ts';
import { log } from '#lib/run/log.ts';
import { pending, type StepContext, type StepOutcome } from '#lib/run/step.ts';
import { launchTemplateForNodes } from './launch-template.ts';
import { type Asked, createNodegroup } from './node-group.ts';
import { addOnsBefore } from './update.ts';

/** 80 seconds once; usually two to five minutes (aws-facts 0.6, 15). */
export const creation: Duration = { soonest: 80, usualFrom: 90, usualTo: 300 };
const drainSeconds = 60;

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
  const { minSize, maxSize } = environment.eks.nodes;
  const has = former.scalingConfig?.desiredSize ?? minSize;
  const desiredSize = Math.min(maxSize, Math.max(minSize, has));
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
  const accepted = await createNodegroup(context, { ...asked, template });
  if (!accepted)
    return { ...pending(`EKS does not take the node group ${nodegroupName} yet`, 1), requested: false };
  log.info('node group requested', { nodegroup: nodegroupName });
  await ensureAddOns(context, addOnsBesideNodes);
  return pending(`node group ${nodegroupName} is being created`, creation.soonest);
}

/** Undefined once none of them is left. */
export async function dismiss(
  target: EnvironmentTarget,
  formers: readonly Nodegroup[],
): Promise<StepOutcome | undefined> {
  if (formers.length === 0) return undefined;
  await forEach(formers, 1, async (former) => {
    const { status, nodegroupName, health } = former;
    if (status === 'DELETE_FAILED')
      throw new ResourceFailedError(
        `EKS could not delete the node group ${nodegroupName}, which another one has taken over from: ${issuesText(health?.issues)}`,
        issuesAdvice(health?.issues),
      );
    if (status !== 'DELETING') await deleteNodegroup(target, former);
  });
  const which = formers.map(({ nodegroupName }) => nodegroupName).join(', ');
  return pending(`the new nodes are ready; node group ${which} is being drained and deleted`, drainSeconds);
}

/** While it is being created or updated EKS refuses: then it is tried at the next look. */
export async function deleteNodegroup(
  target: EnvironmentTarget,
  { clusterName, nodegroupName, status }: Nodegroup,
): Promise<void> {
  await tolerating(['gone', 'pending'], () =>
    client(EKSClient, target).send(new DeleteNodegroupCommand({ clusterName, nodegroupName })),
  );
  log.info('node group deletion requested', { nodegroup: nodegroupName, status });
}
