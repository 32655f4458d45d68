/**
 * The node group becomes what the plan says where EKS does that in place: its bounds; then, node by node, its
 * Kubernetes version, which follows the control plane and the add-ons, and its launch template (disk, IMDSv2). EKS
 * brings new nodes first, drains the old ones as disruption budgets let it, and never ends a pod by force, as `force`
 * is never asked for. The desired size belongs to the autoscaler unless it lies outside the bounds.
 */
import {
  EKSClient,
  type Nodegroup,
  UpdateNodegroupConfigCommand,
  UpdateNodegroupVersionCommand,
} from '@aws-sdk/client-eks';
import { client } from '#lib/aws/clients.ts';
import { launchTemplateForNodes, needsOtherTemplate } from '#lib/eks/launch-template.ts';
import { namedNodegroups } from '#lib/eks/nodegroups.ts';
import { noted, updateProgress } from '#lib/eks/updates.ts';
import { clientToken, isCreatedBy } from '#lib/ownership/tags.ts';
import { type Difference, describeDifferences, difference } from '#lib/request/difference.ts';
import { compareVersions } from '#lib/request/versions.ts';
import { log } from '#lib/run/log.ts';
import { pending, type StepContext, type StepOutcome } from '#lib/run/step.ts';
import { desiredSizeOf } from './node-group.ts';
import { templateMissing } from './template-missing.ts';
import { upgradeAddOns } from './upgrade-add-ons.ts';

const boundsSeconds = 30;
const addOnSeconds = 15;
/** New nodes come up first, which takes two minutes. */
const rollSeconds = 240;
const lookAgainSeconds = 10;

/** EKS waits for up to 15 minutes for the pods of a node to leave; one that lets them go is replaced in five. */
const perNodeSeconds = 600;
/** With what the other steps and a rollback may take, that stays within the run. */
const longestExtraSeconds = 9000;

/** How much longer than a node group's creation its update may take: node by node. */
export function extraSecondsFor(
  { resources }: StepContext,
  { nodegroupName = '', status, scalingConfig }: Nodegroup,
): number {
  if (!resources.updateIds?.[nodegroupName] && status !== 'UPDATING') return 0;
  return Math.min(longestExtraSeconds, (scalingConfig?.desiredSize ?? 1) * perNodeSeconds);
}

/** Undefined once nothing differs. The node group is ACTIVE. */
export async function updateNodegroup(
  context: StepContext,
  seen: Nodegroup,
): Promise<StepOutcome | undefined> {
  const nodegroupName = seen.nodegroupName as string;
  const underWay = pending(`node group ${nodegroupName} is being updated`, lookAgainSeconds);
  const progress = await updateProgress(context, { nodegroupName });
  if (progress === 'under way') return underWay;
  const [nodegroup] =
    progress === 'through' ? await namedNodegroups(context.environment, [nodegroupName]) : [seen];
  if (nodegroup?.status !== 'ACTIVE') return underWay;
  const bounds = boundsOf(context, nodegroup);
  if (bounds.length > 0) return setBounds(context, nodegroup, bounds);
  return (await addOnsBefore(context, nodegroup)) ?? roll(context, nodegroup);
}

/** Undefined once no add-on is in the way of nodes of the cluster's version. */
export async function addOnsBefore(
  context: StepContext,
  nodegroup: Nodegroup,
): Promise<StepOutcome | undefined> {
  if (!isBehind(context, nodegroup)) return undefined;
  const { underWay, resources } = await upgradeAddOns(context);
  if (underWay.length === 0) return undefined;
  return pending(`updating add-ons: ${underWay.join(', ')}`, addOnSeconds, resources);
}

function isBehind({ environment }: StepContext, { version }: Nodegroup): boolean {
  return compareVersions(version, environment.eks.version) < 0;
}

function boundsOf({ environment }: StepContext, { scalingConfig }: Nodegroup): Difference[] {
  const { minSize, maxSize } = environment.eks.nodes;
  return [
    ...difference('eks.nodes.minSize', scalingConfig?.minSize, minSize, undefined),
    ...difference('eks.nodes.maxSize', scalingConfig?.maxSize, maxSize, undefined),
  ];
}

async function setBounds(
  context: StepContext,
  nodegroup: Nodegroup,
  bounds: readonly Difference[],
): Promise<StepOutcome> {
  const { clusterName, nodegroupName, scalingConfig } = nodegroup;
  const { minSize, maxSize } = context.environment.eks.nodes;
  const desiredSize = desiredSizeOf(context.environment, nodegroup);
  const stays = desiredSize === scalingConfig?.desiredSize;
  const { update } = await client(EKSClient, context.environment).send(
    new UpdateNodegroupConfigCommand({
      clusterName,
      nodegroupName,
      scalingConfig: { minSize, maxSize, ...(stays ? {} : { desiredSize }) },
    }),
  );
  const what = describeDifferences(bounds);
  log.info('node group update requested', { nodegroup: nodegroupName, what });
  return pending(
    `node group ${nodegroupName}: updating ${what}`,
    boundsSeconds,
    noted(context, { nodegroupName: nodegroupName as string }, update),
  );
}

/** Version and template in one go: each would replace every node. */
async function roll(context: StepContext, nodegroup: Nodegroup): Promise<StepOutcome | undefined> {
  const { environment } = context;
  const { clusterName, nodegroupName = '', launchTemplate: has, version: from } = nodegroup;
  const behind = isBehind(context, nodegroup);
  // One that this run made has the template of its plan.
  const otherTemplate =
    !isCreatedBy(nodegroup.tags, environment.execution) && (await needsOtherTemplate(environment, has));
  if (!behind && !otherTemplate) return undefined;
  const { version } = environment.eks;
  const wanted = await launchTemplateForNodes(environment);
  if (!wanted) return templateMissing(context);
  // EKS takes a version of the very template the node group was made with, and nothing else.
  const launchTemplate = wanted.id === has?.id ? { id: wanted.id, version: wanted.version } : undefined;
  const { update } = await client(EKSClient, environment).send(
    new UpdateNodegroupVersionCommand({
      clusterName,
      nodegroupName,
      version,
      ...(launchTemplate ? { launchTemplate } : {}),
      clientRequestToken: clientToken(nodegroupName, version, wanted.version, environment.execution),
    }),
  );
  const what = describeDifferences([
    ...difference('its Kubernetes version', from, version, undefined),
    ...difference('its launch template', has?.version, launchTemplate?.version ?? has?.version, undefined),
  ]);
  log.info('node group update requested', { nodegroup: nodegroupName, what });
  return pending(
    `node group ${nodegroupName}: updating ${what}; EKS replaces node by node`,
    rollSeconds,
    noted(context, { nodegroupName }, update),
  );
}
