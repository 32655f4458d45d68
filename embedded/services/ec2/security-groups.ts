/** Security groups. Their rules are in their own file. */
import { z } from 'zod';
import { AwsFault, type Call, mutation, type Operation, read } from '#embedded/model.ts';
import { filters, ids, page, paging, select } from './describe.ts';
import { requireWithin } from './limits.ts';
import { addSecurityGroup, removeSecurityGroup, rulesOf } from './security-group-state.ts';
import {
  ec2State,
  requireSecurityGroup,
  requireVpc,
  type SecurityGroup,
  type SecurityGroupRule,
  visibleAt,
} from './state.ts';
import { tagList, tagSpecifications, tagsOnCreate } from './tags.ts';

const allowedText = /^[a-zA-Z0-9 ._\-:/()#,@[\]+=&;{}!$*]{1,255}$/;

function requireAllowed(parameter: string, value: string): void {
  if (allowedText.test(value)) return;
  throw new AwsFault(
    'InvalidParameterValue',
    `Value (${value}) for parameter ${parameter} is invalid. Character sets beyond ASCII are not supported.`,
  );
}

function requireFreeName(call: Call, vpcId: string, name: string): void {
  requireAllowed('GroupName', name);
  if (name.startsWith('sg-')) {
    throw new AwsFault(
      'InvalidParameterValue',
      `invalid value for parameter groupName: ${name}. Group names may not be in the format sg-*.`,
    );
  }
  const taken = Object.values(ec2State(call).securityGroups).some(
    (group) => group.vpcId === vpcId && group.name.toLowerCase() === name.toLowerCase(),
  );
  if (taken) {
    throw new AwsFault(
      'InvalidGroup.Duplicate',
      `The security group '${name}' already exists for VPC '${vpcId}'`,
    );
  }
}

/** Rules of one protocol and port range are one permission; `-1` has no ports at all. */
function permissionsOf(rules: readonly SecurityGroupRule[], call: Call) {
  const byRange = Map.groupBy(rules, (rule) => `${rule.protocol}/${rule.fromPort}/${rule.toPort}`);
  return [...byRange.values()].map((same) => {
    const { protocol, fromPort, toPort } = same[0]!;
    const described = (rule: SecurityGroupRule) =>
      rule.description === undefined ? {} : { Description: rule.description };
    return {
      IpProtocol: protocol,
      ...(protocol === '-1' ? {} : { FromPort: fromPort, ToPort: toPort }),
      IpRanges: same
        .filter((rule) => rule.cidrIpv4 !== undefined)
        .map((rule) => ({ CidrIp: rule.cidrIpv4, ...described(rule) })),
      Ipv6Ranges: same
        .filter((rule) => rule.cidrIpv6 !== undefined)
        .map((rule) => ({ CidrIpv6: rule.cidrIpv6, ...described(rule) })),
      UserIdGroupPairs: same
        .filter((rule) => rule.referencedGroupId !== undefined)
        .map((rule) => ({ GroupId: rule.referencedGroupId, UserId: call.account, ...described(rule) })),
      PrefixListIds: [],
    };
  });
}

function arnOf(group: SecurityGroup, call: Call): string {
  return `arn:${call.partition}:ec2:${call.region}:${call.account}:security-group/${group.id}`;
}

function present(group: SecurityGroup, call: Call) {
  const rules = rulesOf(call, group.id);
  return {
    GroupId: group.id,
    GroupName: group.name,
    Description: group.description,
    VpcId: group.vpcId,
    OwnerId: call.account,
    SecurityGroupArn: arnOf(group, call),
    IpPermissions: permissionsOf(
      rules.filter((rule) => !rule.isEgress),
      call,
    ),
    IpPermissionsEgress: permissionsOf(
      rules.filter((rule) => rule.isEgress),
      call,
    ),
    Tags: tagList(group),
  };
}

function ingressOf(call: Call, group: SecurityGroup): SecurityGroupRule[] {
  return rulesOf(call, group.id).filter((rule) => !rule.isEgress);
}

export const securityGroupOperations: Record<string, Operation> = {
  CreateSecurityGroup: mutation(
    {
      GroupName: z.string(),
      Description: z.string(),
      VpcId: z.string(),
      TagSpecifications: tagSpecifications,
    },
    (input, call) => {
      const tags = tagsOnCreate(input.TagSpecifications, 'security-group');
      const vpc = requireVpc(call, input.VpcId);
      requireAllowed('GroupDescription', input.Description);
      requireFreeName(call, vpc.id, input.GroupName);
      const { securityGroups } = ec2State(call);
      requireWithin(call, 'securityGroups', Object.keys(securityGroups).length + 1);
      const id = addSecurityGroup(call, {
        vpcId: vpc.id,
        name: input.GroupName,
        description: input.Description,
        tags,
        visibleAt: visibleAt(call),
      });
      const group = securityGroups[id]!;
      return { GroupId: id, SecurityGroupArn: arnOf(group, call), Tags: tagList(group) };
    },
  ),

  DeleteSecurityGroup: mutation({ GroupId: z.string() }, (input, call) => {
    const group = requireSecurityGroup(call, input.GroupId);
    if (group.name === 'default') {
      throw new AwsFault(
        'CannotDelete',
        `the specified group: "${group.id}" name: "default" cannot be deleted by a user`,
      );
    }
    removeSecurityGroup(call, group.id);
    return { Return: true, GroupId: group.id };
  }),

  DescribeSecurityGroups: read({ GroupIds: ids, Filters: filters, ...paging }, (input, call) => {
    const groups = select(
      call,
      'securityGroups',
      { ids: input.GroupIds, filters: input.Filters },
      {
        'group-id': (group) => [group.id],
        'group-name': (group) => [group.name],
        'vpc-id': (group) => [group.vpcId],
        description: (group) => [group.description],
        'ip-permission.group-id': (group) => ingressOf(call, group).map((rule) => rule.referencedGroupId),
        'ip-permission.cidr': (group) => ingressOf(call, group).map((rule) => rule.cidrIpv4),
      },
    );
    const { items, ...next } = page(groups, input);
    return { SecurityGroups: items.map((group) => present(group, call)), ...next };
  }),
};
