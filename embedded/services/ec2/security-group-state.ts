/** Security groups as other services make, use and drop them. The operations on them are in their own file. */
import { AwsFault, type Call } from '#embedded/model.ts';
import { ec2State, type SecurityGroupRule } from './state.ts';

export interface NewSecurityGroup {
  readonly vpcId: string;
  readonly name: string;
  readonly description: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** Members reach each other: the default group and EKS's cluster group come with that rule. */
  readonly selfIngress?: boolean;
  /** When other calls see it; at once unless given. */
  readonly visibleAt?: number;
}

/** Makes a group with egress to everywhere, as every new group has, and gives its id. */
export function addSecurityGroup(call: Call, wanted: NewSecurityGroup): string {
  const id = call.newId('sg');
  const visibleAt = wanted.visibleAt ?? call.now;
  ec2State(call).securityGroups[id] = {
    id,
    tags: { ...wanted.tags },
    visibleAt,
    vpcId: wanted.vpcId,
    name: wanted.name,
    description: wanted.description,
  };
  const everything = { groupId: id, protocol: '-1', fromPort: -1, toPort: -1, innate: true, visibleAt };
  addRule(call, { ...everything, isEgress: true, cidrIpv4: '0.0.0.0/0' });
  if (wanted.selfIngress) addRule(call, { ...everything, isEgress: false, referencedGroupId: id });
  return id;
}

export type NewRule = Omit<SecurityGroupRule, 'id' | 'tags' | 'visibleAt'> &
  Partial<Pick<SecurityGroupRule, 'tags' | 'visibleAt'>>;

export function addRule(call: Call, rule: NewRule): SecurityGroupRule {
  const made = { tags: {}, visibleAt: call.now, ...rule, id: call.newId('sgr') };
  ec2State(call).securityGroupRules[made.id] = made;
  return made;
}

export function rulesOf(call: Call, groupId: string): SecurityGroupRule[] {
  return Object.values(ec2State(call).securityGroupRules).filter((rule) => rule.groupId === groupId);
}

/** What keeps a group from being deleted: interfaces and endpoints that carry it, groups whose rules refer to it. */
export function securityGroupUsers(call: Call, groupId: string): string[] {
  const state = ec2State(call);
  return [
    ...Object.values(state.networkInterfaces)
      .filter((one) => one.groupIds.includes(groupId))
      .map((one) => one.id),
    ...Object.values(state.vpcEndpoints)
      .filter((one) => one.state !== 'deleted' && one.groupIds.includes(groupId))
      .map((one) => one.id),
    ...Object.values(state.securityGroupRules)
      .filter((rule) => rule.referencedGroupId === groupId && rule.groupId !== groupId)
      .map((rule) => rule.groupId),
  ];
}

/** Deletes a group with its rules. @throws `DependencyViolation` while anything uses it. */
export function removeSecurityGroup(call: Call, groupId: string): void {
  if (securityGroupUsers(call, groupId).length > 0) {
    throw new AwsFault('DependencyViolation', `resource ${groupId} has a dependent object`);
  }
  for (const rule of rulesOf(call, groupId)) delete ec2State(call).securityGroupRules[rule.id];
  delete ec2State(call).securityGroups[groupId];
}
