/**
 * After this step no security group of the environment is left but the default one, which goes with its VPC (or
 * none that the named execution made, and none of its rules in the groups that stay). Groups and rules are found
 * by ownership tag; rules of other groups that name one of ours are revoked first, or AWS keeps it.
 */
import { EC2Client, type SecurityGroup } from '@aws-sdk/client-ec2';
import { client } from '#lib/aws/clients.ts';
import type { Blocker } from '#lib/network/blocker.ts';
import { clearTheWay, findInterfaceBlockers } from '#lib/network/blockers.ts';
import { listSecurityGroupRules, listSecurityGroups } from '#lib/network/observe.ts';
import {
  defaultRuleComponent,
  deleteGroupWork,
  loadBalancerRuleComponent,
  revokeWork,
} from '#lib/network/rules.ts';
import { deleteAll, type Work } from '#lib/network/work.ts';
import { scopeFilters } from '#lib/ownership/scope.ts';
import { componentTag } from '#lib/ownership/tags.ts';
import type { RemovalTarget } from '#lib/run/environment.ts';
import { noneLeft, pending, type StepContext, type StepOutcome, stepHandler } from '#lib/run/step.ts';

export async function remove(context: StepContext<RemovalTarget>): Promise<StepOutcome> {
  const { environment } = context;
  const ec2 = client(EC2Client, environment);
  const found = await listSecurityGroups(ec2, scopeFilters(environment));
  const groups = found.filter((group) => group.GroupName !== 'default');
  const rules = await ruleWork(ec2, environment, groups);
  if (groups.length === 0 && rules.length === 0) return noneLeft(environment, 'security group');

  await deleteAll(rules);
  const held = await deleteAll(groups.map(({ VpcId, GroupId }) => deleteGroupWork(ec2, VpcId!, GroupId!)));
  const named = groups.map((group) => group.GroupId).join(', ');
  if (held.length === 0) return pending(`security groups ${named} are deleted`, 2);
  return clearTheWay(context, `security group ${named}`, await users(environment, groups));
}

/** A rollback also takes back rules it gave to groups that stay; without one they go with their groups. */
async function ruleWork(
  ec2: EC2Client,
  environment: RemovalTarget,
  going: readonly SecurityGroup[],
): Promise<Work[]> {
  if (environment.createdBy === undefined) return [];
  const rules = await listSecurityGroupRules(ec2, [
    ...scopeFilters(environment),
    { Name: `tag:${componentTag}`, Values: [defaultRuleComponent, loadBalancerRuleComponent] },
  ]);
  const stays = (groupId: string | undefined) => !going.some((group) => group.GroupId === groupId);
  return revokeWork(
    ec2,
    rules.filter((rule) => stays(rule.GroupId)),
  );
}

async function users(environment: RemovalTarget, groups: readonly SecurityGroup[]): Promise<Blocker[]> {
  const carriesOne = [{ Name: 'group-id', Values: groups.map((group) => group.GroupId!) }];
  return findInterfaceBlockers(environment, groups[0]!.VpcId!, carriesOne);
}

export const handler = stepHandler<RemovalTarget>('security-groups', 'remove', remove);
