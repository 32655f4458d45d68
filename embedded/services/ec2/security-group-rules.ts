/**
 * Security group rules. Each source of a permission is a rule of its own; a call that asks for several gives
 * all or none.
 */
import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { AwsFault, type Call, mutation, type Operation, read } from '#embedded/model.ts';
import { filters, ids, page, paging, select } from './describe.ts';
import { requireWithin } from './limits.ts';
import { addRule, type NewRule, rulesOf } from './security-group-state.ts';
import {
  ec2State,
  missing,
  requireSecurityGroup,
  type SecurityGroup,
  type SecurityGroupRule,
  visibleAt,
} from './state.ts';
import { tagList, tagSpecifications, tagsOnCreate } from './tags.ts';

const description = z.string().optional();
const ipPermissions = z
  .array(
    z.strictObject({
      IpProtocol: z.string(),
      FromPort: z.int().optional(),
      ToPort: z.int().optional(),
      IpRanges: z.array(z.strictObject({ CidrIp: z.string(), Description: description })).optional(),
      Ipv6Ranges: z.array(z.strictObject({ CidrIpv6: z.string(), Description: description })).optional(),
      UserIdGroupPairs: z
        .array(
          z.strictObject({ GroupId: z.string(), UserId: z.string().optional(), Description: description }),
        )
        .optional(),
    }),
  )
  .min(1);
type IpPermission = z.infer<typeof ipPermissions>[number];

type Wanted = Omit<NewRule, 'groupId' | 'isEgress' | 'innate'>;

function invalid(message: string): AwsFault {
  return new AwsFault('InvalidParameterValue', message);
}

const protocols: Readonly<Record<string, string>> = { '6': 'tcp', '17': 'udp', '1': 'icmp' };

/** Protocol and ports as EC2 keeps them: for `-1` whatever ports were given are lost. */
function rangeOf(permission: IpPermission) {
  const protocol = protocols[permission.IpProtocol] ?? permission.IpProtocol.toLowerCase();
  if (protocol === '-1') return { protocol, fromPort: -1, toPort: -1 };
  if (!['tcp', 'udp', 'icmp'].includes(protocol))
    throw invalid(`Invalid value '${protocol}' for IP protocol.`);
  const { FromPort: fromPort, ToPort: toPort } = permission;
  if (fromPort === undefined || toPort === undefined) {
    throw invalid("Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.");
  }
  const least = protocol === 'icmp' ? -1 : 0;
  if (fromPort < least || toPort > 65535 || (protocol !== 'icmp' && fromPort > toPort)) {
    throw invalid(`Invalid value '${fromPort}-${toPort}' for portRange.`);
  }
  return { protocol, fromPort, toPort };
}

/** The block in its canonical form: EC2 clears host bits by itself. */
function canonical(cidr: string, kind: 'ipv4' | 'ipv6'): string {
  const family = kind === 'ipv4' ? ipaddr.IPv4 : ipaddr.IPv6;
  const valid = kind === 'ipv4' ? ipaddr.IPv4.isValidCIDRFourPartDecimal(cidr) : family.isValidCIDR(cidr);
  if (!valid) throw invalid(`CIDR block ${cidr} is malformed`);
  return `${family.networkAddressFromCIDR(cidr)}/${cidr.split('/')[1]}`;
}

function sourcesOf(permission: IpPermission): Wanted[] {
  const range = rangeOf(permission);
  const rules = [
    ...(permission.IpRanges ?? []).map((source) => ({
      ...range,
      cidrIpv4: canonical(source.CidrIp, 'ipv4'),
      description: source.Description,
    })),
    ...(permission.Ipv6Ranges ?? []).map((source) => ({
      ...range,
      cidrIpv6: canonical(source.CidrIpv6, 'ipv6'),
      description: source.Description,
    })),
    ...(permission.UserIdGroupPairs ?? []).map((source) => ({
      ...range,
      referencedGroupId: source.GroupId,
      description: source.Description,
    })),
  ];
  if (rules.length === 0) {
    throw new AwsFault('MissingParameter', 'The request must contain at least one source of the rule.');
  }
  return rules;
}

/** What makes two rules of one group and direction the same; the description does not. */
function identity(rule: Wanted): string {
  const source = rule.cidrIpv4 ?? rule.cidrIpv6 ?? rule.referencedGroupId;
  return `${rule.protocol}/${rule.fromPort}/${rule.toPort}/${source}`;
}

function requireAuthorizable(
  call: Call,
  group: SecurityGroup,
  wanted: Wanted[],
  present: SecurityGroupRule[],
) {
  for (const rule of wanted) {
    if (
      rule.description !== undefined &&
      !/^[a-zA-Z0-9 ._\-:/()#,@[\]+=&;{}!$*]{0,255}$/.test(rule.description)
    ) {
      throw invalid('Invalid rule description.');
    }
    if (rule.referencedGroupId === undefined) continue;
    if (requireSecurityGroup(call, rule.referencedGroupId).vpcId !== group.vpcId) {
      throw new AwsFault(
        'InvalidGroup.NotFound',
        'You have specified two resources that belong to different networks.',
      );
    }
  }
  const known = new Set(present.map(identity));
  for (const rule of wanted) {
    if (known.has(identity(rule))) {
      throw new AwsFault(
        'InvalidPermission.Duplicate',
        `the specified rule "peer: ${rule.cidrIpv4 ?? rule.cidrIpv6 ?? rule.referencedGroupId}, ${rule.protocol === '-1' ? 'ALL' : rule.protocol.toUpperCase()}, ALLOW" already exists`,
      );
    }
  }
  if (new Set(wanted.map(identity)).size < wanted.length) {
    throw invalid('The same permission must not appear multiple times');
  }
  // One quota, enforced for each family by itself; a rule that names a group counts in both (VPC user guide, quotas).
  const all = [...present, ...wanted];
  requireWithin(call, 'rulesPerGroup', all.filter((rule) => rule.cidrIpv6 === undefined).length);
  requireWithin(call, 'rulesPerGroup', all.filter((rule) => rule.cidrIpv4 === undefined).length);
}

function presentRule(rule: SecurityGroupRule, call: Call) {
  return {
    SecurityGroupRuleId: rule.id,
    GroupId: rule.groupId,
    GroupOwnerId: call.account,
    IsEgress: rule.isEgress,
    IpProtocol: rule.protocol,
    FromPort: rule.fromPort,
    ToPort: rule.toPort,
    CidrIpv4: rule.cidrIpv4,
    CidrIpv6: rule.cidrIpv6,
    ReferencedGroupInfo:
      rule.referencedGroupId === undefined
        ? undefined
        : {
            GroupId: rule.referencedGroupId,
            UserId: call.account,
            VpcId: ec2State(call).securityGroups[rule.groupId]?.vpcId,
          },
    Description: rule.description,
    Tags: tagList(rule),
  };
}

function authorize(isEgress: boolean): Operation {
  return mutation(
    { GroupId: z.string(), IpPermissions: ipPermissions, TagSpecifications: tagSpecifications },
    (input, call) => {
      const tags = tagsOnCreate(input.TagSpecifications, 'security-group-rule');
      const group = requireSecurityGroup(call, input.GroupId);
      const present = rulesOf(call, group.id).filter((rule) => rule.isEgress === isEgress);
      const wanted = input.IpPermissions.flatMap(sourcesOf);
      requireAuthorizable(call, group, wanted, present);
      const made = wanted.map((rule) =>
        addRule(call, {
          ...rule,
          groupId: group.id,
          isEgress,
          innate: false,
          tags: { ...tags },
          visibleAt: visibleAt(call),
        }),
      );
      return { Return: true, SecurityGroupRules: made.map((rule) => presentRule(rule, call)) };
    },
  );
}

/** The rules a revocation means. @throws before anything is revoked, when one of them is not there. */
function revoked(
  present: readonly SecurityGroupRule[],
  input: { SecurityGroupRuleIds?: string[] | undefined; IpPermissions?: IpPermission[] | undefined },
): SecurityGroupRule[] {
  if ((input.SecurityGroupRuleIds === undefined) === (input.IpPermissions === undefined)) {
    throw new AwsFault(
      'InvalidParameterCombination',
      'Rules are named either by id or by permission, and one of the two is needed.',
    );
  }
  if (input.SecurityGroupRuleIds) {
    return input.SecurityGroupRuleIds.map((id) => {
      const rule = present.find((one) => one.id === id);
      if (!rule) throw missing('securityGroupRules', id);
      return rule;
    });
  }
  return (input.IpPermissions ?? []).flatMap(sourcesOf).map((wanted) => {
    const rule = present.find((one) => identity(one) === identity(wanted));
    if (!rule) {
      throw new AwsFault(
        'InvalidPermission.NotFound',
        'The specified rule does not exist in this security group.',
      );
    }
    return rule;
  });
}

function revoke(isEgress: boolean): Operation {
  return mutation(
    {
      GroupId: z.string(),
      SecurityGroupRuleIds: z.array(z.string()).min(1).optional(),
      IpPermissions: ipPermissions.optional(),
    },
    (input, call) => {
      const group = requireSecurityGroup(call, input.GroupId);
      const present = rulesOf(call, group.id).filter((rule) => rule.isEgress === isEgress);
      const rules = revoked(present, input);
      for (const rule of rules) delete ec2State(call).securityGroupRules[rule.id];
      return {
        Return: true,
        RevokedSecurityGroupRules: rules.map((rule) => {
          const {
            ReferencedGroupInfo,
            Tags: _tags,
            GroupOwnerId: _owner,
            ...shown
          } = presentRule(rule, call);
          return { ...shown, ReferencedGroupId: ReferencedGroupInfo?.GroupId };
        }),
      };
    },
  );
}

export const securityGroupRuleOperations: Record<string, Operation> = {
  AuthorizeSecurityGroupIngress: authorize(false),
  AuthorizeSecurityGroupEgress: authorize(true),
  RevokeSecurityGroupIngress: revoke(false),
  RevokeSecurityGroupEgress: revoke(true),

  DescribeSecurityGroupRules: read(
    { SecurityGroupRuleIds: ids, Filters: filters, ...paging },
    (input, call) => {
      const rules = select(
        call,
        'securityGroupRules',
        { ids: input.SecurityGroupRuleIds, filters: input.Filters },
        { 'group-id': (rule) => [rule.groupId], 'security-group-rule-id': (rule) => [rule.id] },
      );
      const { items, ...next } = page(rules, input);
      return { SecurityGroupRules: items.map((rule) => presentRule(rule, call)), ...next };
    },
  ),
};
