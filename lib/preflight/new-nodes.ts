/** The nodes a run starts: the first ones, those beside the old ones while these are replaced, or more of them. */
import type { Subnet } from '@aws-sdk/client-ec2';
import { componentTag, isOwned, tagValue } from '#lib/ownership/tags.ts';
import { type Context, type Findings, noFindings } from './context.ts';

/**
 * "Up to twice the number of Availability Zones" come up before an old node goes (EKS user guide, "Understand each phase
 * of node updates").
 */
const besideOldOnes = 2 * 3;
/** A node of the default types takes two interfaces of 15 addresses for itself and its pods (VPC CNI, WARM_ENI_TARGET). */
const addressesPerNode = 30;

export function replacesNodeGroup({ changes }: Context): boolean {
  return changes.some(({ field, kind }) => field === 'eks.nodes.instanceTypes' && kind === 'replace');
}

/** By EKS's rolling update. */
function replacesNodes({ changes }: Context): boolean {
  return changes.some(
    ({ field, kind }) => kind === 'change' && /^eks\.(version|nodes\.diskSizeGiB)\b/.test(field),
  );
}

export async function newNodeCount(context: Context): Promise<number> {
  const { minSize, maxSize } = context.request.eks.nodes;
  const nodegroup = await context.account.nodegroup();
  if (!nodegroup) return minSize;
  const has = nodegroup.scalingConfig?.desiredSize ?? minSize;
  const desired = Math.min(maxSize, Math.max(minSize, has));
  if (replacesNodeGroup(context)) return desired;
  return Math.max(0, desired - has) + (replacesNodes(context) ? besideOldOnes : 0);
}

/** Only where the subnets stand already: new ones are empty. */
export async function askNodeAddresses(context: Context): Promise<Findings> {
  const findings = noFindings();
  const count = await newNodeCount(context);
  const subnets = (await context.account.subnets()).filter((subnet) => isOfNodes(context, subnet));
  if (count === 0 || subnets.length === 0) return findings;
  const perSubnet = Math.ceil(count / subnets.length);
  for (const { SubnetId, AvailableIpAddressCount: free } of subnets) {
    if (free === undefined) continue;
    if (free < perSubnet)
      findings.problems.push({
        what: `eks: subnet ${SubnetId} has ${free} free addresses, and this run starts ${perSubnet} nodes in it`,
        todo: 'free some: fewer nodes or pods there, or delete what else stands in it',
      });
    else if (free < perSubnet * addressesPerNode)
      findings.warnings.push(
        `subnet ${SubnetId} has ${free} free addresses: with ${perSubnet} more nodes in it pods may find none`,
      );
  }
  return findings;
}

function isOfNodes({ target }: Context, { Tags }: Subnet): boolean {
  return isOwned(Tags, target) && (tagValue(Tags, componentTag) ?? '').startsWith('subnet/eks-private/');
}
