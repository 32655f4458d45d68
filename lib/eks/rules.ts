/**
 * The two rules between the EKS cluster group and the base group: `eks_to_base` (R22) and `base_to_eks` (R23).
 * The cluster group is EKS's own: but for these rules it is left alone.
 */

import {
  AuthorizeSecurityGroupIngressCommand,
  EC2Client,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
  type SecurityGroupRule,
} from '@aws-sdk/client-ec2';
import { client } from '#lib/aws/clients.ts';
import { forEach } from '#lib/aws/each.ts';
import { tolerating } from '#lib/aws/errors.ts';
import { inVpc, listSecurityGroupRules, listSecurityGroups } from '#lib/network/observe.ts';
import { isInScope } from '#lib/ownership/scope.ts';
import { isOwned, tagSpecifications } from '#lib/ownership/tags.ts';
import type { EnvironmentPlan, RemovalTarget } from '#lib/run/environment.ts';
import { log } from '#lib/run/log.ts';
import type { ClusterUnderRemoval } from './cluster.ts';
import { clusterGroupIds, ownedVpcIds } from './cluster-groups.ts';

interface CrossRule {
  readonly name: 'eks-to-base' | 'base-to-eks';
  /** The group that admits. */
  readonly groupId: string;
  readonly sourceGroupId: string;
}

function rulesOf(
  target: Parameters<typeof client>[1],
  groupIds: readonly string[],
): Promise<SecurityGroupRule[]> {
  const ofGroups = { Name: 'group-id', Values: [...groupIds] };
  return listSecurityGroupRules(client(EC2Client, target), [ofGroups]);
}

function admitsAll(rule: SecurityGroupRule, { groupId, sourceGroupId }: CrossRule): boolean {
  return (
    rule.IsEgress !== true &&
    rule.GroupId === groupId &&
    rule.IpProtocol === '-1' &&
    rule.ReferencedGroupInfo?.GroupId === sourceGroupId
  );
}

/** Both rules stand. One call a rule: AWS rejects a whole call for one duplicate (aws-facts 4). */
export async function ensureCrossRules(
  environment: EnvironmentPlan,
  baseGroupId: string,
  clusterGroupId: string,
): Promise<void> {
  const wanted: readonly CrossRule[] = [
    { name: 'eks-to-base', groupId: baseGroupId, sourceGroupId: clusterGroupId },
    { name: 'base-to-eks', groupId: clusterGroupId, sourceGroupId: baseGroupId },
  ];
  const standing = await rulesOf(environment, [baseGroupId, clusterGroupId]);
  for (const cross of wanted) {
    if (standing.some((rule) => admitsAll(rule, cross))) continue;
    await tolerating(['exists'], () =>
      client(EC2Client, environment).send(
        new AuthorizeSecurityGroupIngressCommand({
          GroupId: cross.groupId,
          // No ports: with protocol -1 AWS stores none.
          IpPermissions: [
            {
              IpProtocol: '-1',
              UserIdGroupPairs: [{ GroupId: cross.sourceGroupId, Description: describe(cross) }],
            },
          ],
          TagSpecifications: tagSpecifications(environment, 'security-group-rule', `rule/${cross.name}`),
        }),
      ),
    );
    log.info('rule added', { rule: cross.name, groupId: cross.groupId });
  }
}

function describe({ name }: CrossRule): string {
  return name === 'eks-to-base'
    ? 'eks_to_base: all from the EKS cluster group'
    : 'base_to_eks: all from the base VPC default group';
}

/**
 * Rules to take back. When the cluster goes (or went): every rule that ties its group to a group of ours, else
 * EKS cannot delete its group and leaves it behind silently (aws-facts 5.7). When it stays: those tagged by the
 * execution to be taken back.
 */
export async function crossRulesToRevoke(
  target: RemovalTarget,
  { cluster, fate }: ClusterUnderRemoval,
): Promise<SecurityGroupRule[]> {
  const vpcIds = await ownedVpcIds(target);
  const clusterGroups = new Set(await clusterGroupIds(target, vpcIds));
  const known = cluster?.resourcesVpcConfig?.clusterSecurityGroupId;
  if (known && fate === 'goes') clusterGroups.add(known);
  if (clusterGroups.size === 0) return [];
  const baseGroups = await groupsOfOurs(target, vpcIds);
  const rules = await rulesOf(target, [...new Set([...baseGroups, ...clusterGroups])]);
  return rules.filter((rule) => {
    if (fate === 'stays') return isInScope(rule.Tags, target) && crosses(rule, clusterGroups);
    return crosses(rule, clusterGroups) && (baseGroups.has(rule.GroupId!) || isToBase(rule, baseGroups));
  });
}

/** From or to the cluster group, but not within it. */
function crosses(rule: SecurityGroupRule, clusterGroups: ReadonlySet<string>): boolean {
  const peer = rule.ReferencedGroupInfo?.GroupId;
  return peer !== undefined && clusterGroups.has(rule.GroupId!) !== clusterGroups.has(peer);
}

function isToBase(rule: SecurityGroupRule, baseGroups: ReadonlySet<string>): boolean {
  return baseGroups.has(rule.ReferencedGroupInfo?.GroupId ?? '');
}

/** The default group of the VPC (ours with the VPC) and groups that carry our tag. */
async function groupsOfOurs(target: RemovalTarget, vpcIds: readonly string[]): Promise<Set<string>> {
  const groups = await listSecurityGroups(client(EC2Client, target), inVpc(...vpcIds));
  const ours = groups.filter((group) => group.GroupName === 'default' || isOwned(group.Tags, target));
  return new Set(ours.map((group) => group.GroupId!));
}

export async function revokeRules(target: RemovalTarget, rules: readonly SecurityGroupRule[]): Promise<void> {
  const ec2 = client(EC2Client, target);
  await forEach(rules, 2, async ({ GroupId, SecurityGroupRuleId, IsEgress }) => {
    const input = { GroupId, SecurityGroupRuleIds: [SecurityGroupRuleId!] };
    await tolerating(['gone'], async () => {
      if (IsEgress) await ec2.send(new RevokeSecurityGroupEgressCommand(input));
      else await ec2.send(new RevokeSecurityGroupIngressCommand(input));
    });
    log.info('rule revoked', { groupId: GroupId, ruleId: SecurityGroupRuleId });
  });
}
