/**
 * Rules in groups of others that name a group EKS made. While one stands EC2 keeps that group, and says no more than
 * DependencyViolation (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSecurityGroup.html).
 */
import { EC2Client, type SecurityGroupRule } from '@aws-sdk/client-ec2';
import { client } from '#lib/aws/clients.ts';
import { inVpc, listSecurityGroups } from '#lib/network/observe.ts';
import { referencesTo } from '#lib/network/rules.ts';
import { isOwned } from '#lib/ownership/tags.ts';
import type { RemovalTarget } from '#lib/run/environment.ts';
import { clusterGroupIds, ownedVpcIds } from './cluster-groups.ts';

/** One sentence a rule, in every VPC of the environment. Rules of its own groups are none: the removal revokes them. */
export async function rulesOfOthers(target: RemovalTarget): Promise<string[]> {
  const ec2 = client(EC2Client, target);
  const told: string[] = [];
  for (const vpcId of await ownedVpcIds(target)) {
    const clusterGroups = await clusterGroupIds(target, [vpcId]);
    if (clusterGroups.length === 0) continue;
    const groups = await listSecurityGroups(ec2, inVpc(vpcId));
    const others = groups.filter(
      ({ GroupId, GroupName, Tags }) =>
        GroupName !== 'default' && !isOwned(Tags, target) && !clusterGroups.includes(GroupId!),
    );
    for (const id of clusterGroups)
      for (const rule of await referencesTo(ec2, vpcId, id)) {
        const group = others.find(({ GroupId }) => GroupId === rule.GroupId);
        if (group) told.push(sentence(rule, group.GroupName!, id));
      }
  }
  return told;
}

function sentence(
  { SecurityGroupRuleId, GroupId, IsEgress }: SecurityGroupRule,
  name: string,
  named: string,
): string {
  const kind = IsEgress ? 'outbound' : 'inbound';
  return `${kind} rule ${SecurityGroupRuleId} of security group ${GroupId} (${name}), made by somebody else, names the EKS group ${named}`;
}
