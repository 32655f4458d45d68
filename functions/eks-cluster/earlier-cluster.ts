/**
 * What a cluster that was deleted by hand leaves in the environment: EKS keeps its security group, because our rules
 * and endpoints name it, and nobody deletes its OIDC provider. The next cluster gets a group and an issuer of its own.
 */
import { DeleteSecurityGroupCommand, EC2Client } from '@aws-sdk/client-ec2';
import { client } from '#lib/aws/clients.ts';
import { forEach } from '#lib/aws/each.ts';
import { tolerating } from '#lib/aws/errors.ts';
import { clusterGroupIds } from '#lib/eks/cluster-groups.ts';
import { carries, changeGroups, ownedEndpoints } from '#lib/eks/endpoint-groups.ts';
import { removeOidcProviders } from '#lib/eks/oidc-provider.ts';
import { crossRulesToRevoke, revokeRules } from '#lib/eks/rules.ts';
import type { EnvironmentTarget, RemovalTarget } from '#lib/run/environment.ts';
import { log } from '#lib/run/log.ts';

/**
 * Takes it away, as far as it can be now; only while the environment has no cluster. Gives a sentence for what was
 * still there: none means nothing is left. A group that something of somebody else's uses stays.
 */
export async function sweepEarlierCluster(target: EnvironmentTarget, vpcId: string): Promise<string[]> {
  // Of whichever run: the cluster they belonged to is gone.
  const whole: RemovalTarget = { ...target, unprotect: false, finalSnapshots: true, deleteLogs: false };
  const left: string[] = [];
  if (await removeOidcProviders(whole, undefined)) left.push('its OIDC provider');
  const groupIds = await clusterGroupIds(target, [vpcId]);
  if (groupIds.length === 0) return left;
  await revokeRules(whole, await crossRulesToRevoke(whole, { cluster: undefined, fate: 'absent' }));
  const holding = (await ownedEndpoints(target))
    .map((endpoint) => ({
      endpointId: endpoint.VpcEndpointId as string,
      remove: groupIds.filter((id) => carries(endpoint, id)),
    }))
    .filter(({ remove }) => remove.length > 0);
  await changeGroups(target, holding);
  await forEach(groupIds, 2, async (GroupId) => {
    const deleted = await tolerating(['gone', 'pending'], () =>
      client(EC2Client, target).send(new DeleteSecurityGroupCommand({ GroupId })),
    );
    if (deleted) log.info('group of an earlier cluster deleted', { groupId: GroupId });
    left.push(`its group ${GroupId}`);
  });
  return left;
}
