/** What EKS and its CNI leave in the VPC when a cluster is gone: the cluster group and `aws-K8S-*` interfaces. */
import {
  DeleteNetworkInterfaceCommand,
  DeleteSecurityGroupCommand,
  EC2Client,
  type NetworkInterface,
} from '@aws-sdk/client-ec2';
import { client } from '#lib/aws/clients.ts';
import { forEach } from '#lib/aws/each.ts';
import { counts, tolerating } from '#lib/aws/errors.ts';
import { clusterGroupIds, ownedVpcIds } from '#lib/eks/cluster-groups.ts';
import { rulesOfOthers } from '#lib/eks/rules-of-others.ts';
import { isOfOtherCluster } from '#lib/network/interfaces-in-the-way.ts';
import { inVpc, listNetworkInterfaces } from '#lib/network/observe.ts';
import type { EnvironmentTarget, RemovalTarget } from '#lib/run/environment.ts';
import { RemovalBlockedError } from '#lib/run/failures.ts';
import { log } from '#lib/run/log.ts';
import type { StepContext } from '#lib/run/step.ts';

/** EC2 may count a rule that was revoked a moment ago. */
const revokedSeconds = 30;

/** Deletes what is left. Gives a sentence for each leftover seen: none means nothing was there any more. */
export async function sweepLeftovers(context: StepContext<RemovalTarget>): Promise<string[]> {
  const target = context.environment;
  const vpcIds = await ownedVpcIds(target);
  if (vpcIds.length === 0) return [];
  const interfaces = await leakedInterfaces(target, vpcIds);
  await forEach(interfaces, 4, async ({ NetworkInterfaceId }) => {
    await tolerating(['gone', 'pending'], () =>
      client(EC2Client, target).send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId })),
    );
    log.info('leaked interface deleted', { networkInterfaceId: NetworkInterfaceId });
  });
  const groups = await forEach(await clusterGroupIds(target, vpcIds), 2, (id) => deleteGroup(context, id));
  return [...interfaces.map(({ NetworkInterfaceId }) => `leaked interface ${NetworkInterfaceId}`), ...groups];
}

/** Interfaces of pods whose node died before the CNI could give them back: `available`, nobody's any more. */
async function leakedInterfaces(
  target: EnvironmentTarget,
  vpcIds: readonly string[],
): Promise<NetworkInterface[]> {
  const found = await listNetworkInterfaces(client(EC2Client, target), [
    ...inVpc(...vpcIds),
    { Name: 'description', Values: ['aws-K8S-*'] },
    { Name: 'status', Values: ['available'] },
  ]);
  return found.filter((one) => !isOfOtherCluster(target, one));
}

/**
 * Users that leave by themselves (instances on their way out) are waited for, by name. A load balancer never
 * leaves by itself: Kubernetes made it, and Kubernetes is gone. Nor does a rule of somebody else.
 */
async function deleteGroup(
  { environment: target, elapsedSeconds }: StepContext<RemovalTarget>,
  GroupId: string,
): Promise<string> {
  try {
    await client(EC2Client, target).send(new DeleteSecurityGroupCommand({ GroupId }));
    log.info('group left behind by EKS deleted', { groupId: GroupId });
    return `group ${GroupId}`;
  } catch (error) {
    if (counts(error, ['gone'])) return `group ${GroupId}`;
    if (!counts(error, ['pending'])) throw error;
    const users = await listNetworkInterfaces(client(EC2Client, target), [
      { Name: 'group-id', Values: [GroupId] },
    ]);
    const named = users.map((one) => `${one.NetworkInterfaceId} (${one.Description || 'no description'})`);
    if (users.some((one) => one.Description?.startsWith('ELB ')))
      throw new RemovalBlockedError(
        `load balancers that Kubernetes made still use the EKS group ${GroupId}: ${named.join(', ')}`,
        'delete them in the EC2 console, then deprovision again',
      );
    const rules = users.length === 0 && elapsedSeconds >= revokedSeconds ? await rulesOfOthers(target) : [];
    if (rules.length > 0)
      throw new RemovalBlockedError(
        `the group ${GroupId}, which EKS left behind, cannot be deleted: ${rules.join(' | ')}`,
        'revoke that rule, then deprovision again; it goes on from here',
      );
    return `group ${GroupId}, used by ${named.join(', ') || 'a rule of another group'}`;
  }
}
