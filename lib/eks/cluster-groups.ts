/** Security groups that EKS made for the environment's cluster: the living one, and any it left behind. */
import { EC2Client } from '@aws-sdk/client-ec2';
import { client } from '#lib/aws/clients.ts';
import { inVpc, listSecurityGroups, listVpcs } from '#lib/network/observe.ts';
import { names } from '#lib/ownership/names.ts';
import { ownershipFilters } from '#lib/ownership/tags.ts';
import type { EnvironmentTarget } from '#lib/run/environment.ts';

/** VPCs that carry the environment's ownership tag: one, or none. */
export async function ownedVpcIds(target: EnvironmentTarget): Promise<string[]> {
  const vpcs = await listVpcs(client(EC2Client, target), ownershipFilters(target));
  return vpcs.map((vpc) => vpc.VpcId!);
}

/**
 * The cluster's groups in these VPCs, by the tag EKS puts on them; they never carry ours. Bounded to our own
 * VPCs, because somebody else's cluster may bear the same name.
 */
export async function clusterGroupIds(
  target: EnvironmentTarget,
  vpcIds: readonly string[],
): Promise<string[]> {
  if (vpcIds.length === 0) return [];
  const groups = await listSecurityGroups(client(EC2Client, target), [
    ...inVpc(...vpcIds),
    { Name: 'tag:aws:eks:cluster-name', Values: [names(target).cluster] },
  ]);
  return groups.map((group) => group.GroupId!);
}
