/** Security group rules one by one, compared by what they admit and never by their description (aws-facts 4). */
import {
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  DeleteSecurityGroupCommand,
  type EC2Client,
  type IpPermission,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
  type SecurityGroupRule,
} from '@aws-sdk/client-ec2';
import { tolerating } from '#lib/aws/errors.ts';
import { tagSpecifications } from '#lib/ownership/tags.ts';
import type { EnvironmentPlan, IngressRule } from '#lib/run/environment.ts';
import { inVpc, listNetworkInterfaces, listSecurityGroupRules, listSecurityGroups } from './observe.ts';
import { deleteAll, type Work } from './work.ts';

/** What the rules of the base default group and of the load balancer group are tagged. */
export const defaultRuleComponent = 'rule/default';
export const loadBalancerRuleComponent = 'rule/load-balancer';

export interface WantedRule {
  readonly isEgress: boolean;
  /** `-1` for all. */
  readonly protocol: string;
  /** -1 for every port. */
  readonly fromPort: number;
  readonly toPort: number;
  /** An IPv4 or IPv6 block, or the id of a group. */
  readonly source: string;
  readonly description?: string;
}

/** Everything to or from `source`. */
export function everything(isEgress: boolean, source: string): WantedRule {
  return { isEgress, protocol: '-1', fromPort: -1, toPort: -1, source };
}

/** The request's rules (R24), each once. */
export function ingressRules(ingress: readonly IngressRule[]): WantedRule[] {
  const rules = ingress.map(({ protocol, fromPort, toPort, cidr, description }): WantedRule => {
    const range = { fromPort: fromPort ?? -1, toPort: toPort ?? fromPort ?? -1 };
    const traits = { isEgress: false, source: cidr, ...(description ? { description } : {}) };
    return protocol === 'all' ? { ...everything(false, cidr), ...traits } : { ...traits, protocol, ...range };
  });
  return [...new Map(rules.map((rule) => [keyOfWanted(rule), rule])).values()];
}

function keyOfWanted({ isEgress, protocol, fromPort, toPort, source }: WantedRule): string {
  return [isEgress, protocol, fromPort, toPort, source].join('|');
}

function keyOfStanding(rule: SecurityGroupRule): string {
  const source =
    rule.CidrIpv4 ?? rule.CidrIpv6 ?? rule.ReferencedGroupInfo?.GroupId ?? rule.PrefixListId ?? '';
  return [rule.IsEgress ?? false, rule.IpProtocol, rule.FromPort ?? -1, rule.ToPort ?? -1, source].join('|');
}

export interface Difference {
  readonly missing: WantedRule[];
  readonly surplus: SecurityGroupRule[];
}

/** What separates the rules of one group from the wished ones. */
export function difference(
  wanted: readonly WantedRule[],
  standing: readonly SecurityGroupRule[],
): Difference {
  const wantedKeys = new Set(wanted.map(keyOfWanted));
  const standingKeys = new Set(standing.map(keyOfStanding));
  return {
    missing: wanted.filter((rule) => !standingKeys.has(keyOfWanted(rule))),
    surplus: standing.filter((rule) => !wantedKeys.has(keyOfStanding(rule))),
  };
}

/** One call a direction. It is all or nothing: only rules that are really missing may be in it. */
export function authorizeWork(
  ec2: EC2Client,
  environment: EnvironmentPlan,
  GroupId: string,
  component: string,
  missing: readonly WantedRule[],
): Work[] {
  const TagSpecifications = tagSpecifications(environment, 'security-group-rule', component);
  const inputOf = (isEgress: boolean) => ({
    GroupId,
    IpPermissions: missing.filter((rule) => rule.isEgress === isEgress).map(permissionOf),
    TagSpecifications,
  });
  const [ingress, egress] = [inputOf(false), inputOf(true)];
  const work: Work[] = [];
  if (ingress.IpPermissions.length > 0)
    work.push(() => ec2.send(new AuthorizeSecurityGroupIngressCommand(ingress)));
  if (egress.IpPermissions.length > 0)
    work.push(() => ec2.send(new AuthorizeSecurityGroupEgressCommand(egress)));
  return work;
}

function permissionOf({ protocol, fromPort, toPort, source, description }: WantedRule): IpPermission {
  const Description = description;
  // With protocol -1 AWS stores no ports.
  const range = protocol === '-1' ? {} : { FromPort: fromPort, ToPort: toPort };
  if (source.startsWith('sg-'))
    return { IpProtocol: protocol, ...range, UserIdGroupPairs: [{ GroupId: source, Description }] };
  if (source.includes(':'))
    return { IpProtocol: protocol, ...range, Ipv6Ranges: [{ CidrIpv6: source, Description }] };
  return { IpProtocol: protocol, ...range, IpRanges: [{ CidrIp: source, Description }] };
}

/** One call a group and direction, by rule id. */
export function revokeWork(ec2: EC2Client, rules: readonly SecurityGroupRule[]): Work[] {
  const calls = Map.groupBy(rules, (rule) => `${rule.GroupId}|${rule.IsEgress ?? false}`);
  return [...calls.values()].map((same) => async () => {
    const { GroupId, IsEgress } = same[0]!;
    const input = { GroupId, SecurityGroupRuleIds: same.map((rule) => rule.SecurityGroupRuleId!) };
    if (IsEgress) await ec2.send(new RevokeSecurityGroupEgressCommand(input));
    else await ec2.send(new RevokeSecurityGroupIngressCommand(input));
  });
}

/** Rules of one family and direction in a group, unless the account has more (quota L-0EA8095F). */
export const usualRulesPerGroup = 60;

/** Would the group have more than `most` rules of one family and direction with these added? AWS then adds none. */
function exceeds(
  standing: readonly SecurityGroupRule[],
  missing: readonly WantedRule[],
  most = usualRulesPerGroup,
): boolean {
  const counts = new Map<string, number>();
  const count = (isEgress: boolean, source: string | undefined) => {
    // A rule that names a group or a prefix list counts for both families.
    const families = source?.includes(':') ? ['v6'] : source?.includes('/') ? ['v4'] : ['v4', 'v6'];
    for (const family of families) {
      const key = `${isEgress}|${family}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  };
  for (const rule of standing) count(rule.IsEgress ?? false, rule.CidrIpv4 ?? rule.CidrIpv6);
  for (const rule of missing) count(rule.isEgress, rule.source);
  return Math.max(0, ...counts.values()) > most;
}

/**
 * The rules that are missing added and the others taken away. In this order, as what replaces a rule should stand
 * before it goes; the other way round where both do not fit: a rule that stays is never touched.
 */
export function exchangeWork(
  standing: readonly SecurityGroupRule[],
  { missing }: Difference,
  { add, remove }: { readonly add: readonly Work[]; readonly remove: readonly Work[] },
): Work[] {
  if (add.length === 0 || remove.length === 0 || !exceeds(standing, missing)) return [...add, ...remove];
  return [
    async () => {
      for (const call of remove) await call();
      // EC2 may count what was revoked a moment ago; the next look, which finds room, takes no such answer.
      for (const call of add) await tolerating(['quota'], call);
    },
  ];
}

/** AWS takes at most 200 values a filter. */
const filterValues = 200;

/** Rules of other groups in the VPC that name this group; while one stands, the group cannot be deleted. */
export async function referencesTo(
  ec2: EC2Client,
  vpcId: string,
  groupId: string,
): Promise<SecurityGroupRule[]> {
  // DescribeSecurityGroupRules has no filter for the group a rule refers to.
  const groups = await listSecurityGroups(ec2, inVpc(vpcId));
  const others = groups.map((group) => group.GroupId!).filter((id) => id !== groupId);
  const references: SecurityGroupRule[] = [];
  for (let start = 0; start < others.length; start += filterValues) {
    const Values = others.slice(start, start + filterValues);
    const rules = await listSecurityGroupRules(ec2, [{ Name: 'group-id', Values }]);
    references.push(...rules.filter((rule) => rule.ReferencedGroupInfo?.GroupId === groupId));
  }
  return references;
}

/**
 * A rule that names a group which is going admits nobody: it goes first, whoever's it is. But not while anything
 * carries the group: then the group stays for now, and the rule is what lets its traffic through.
 */
export function deleteGroupWork(ec2: EC2Client, vpcId: string, GroupId: string): Work {
  const remove = () => ec2.send(new DeleteSecurityGroupCommand({ GroupId }));
  return async () => {
    if (await tolerating(['pending'], remove)) return;
    const carriers = await listNetworkInterfaces(ec2, [{ Name: 'group-id', Values: [GroupId] }]);
    if (carriers.length === 0) await deleteAll(revokeWork(ec2, await referencesTo(ec2, vpcId, GroupId)));
    await remove();
  };
}
