/** R21–R24: who carries which group, and what the groups let through. */

import { names } from '#lib/ownership/names.ts';
import { isOwned } from '#lib/ownership/tags.ts';
import { counted } from '#lib/run/counted.ts';
import type { EnvironmentPlan, IngressRule } from '#lib/run/environment.ts';
import { canonicalBlock } from '#lib/verify/blocks.ts';
import type { Observation, PermissionSeen, SecurityGroupSeen } from '#lib/verify/observation.ts';
import { clusterGroup, defaultGroup, endpointsOf, listed, problem, type Rule } from './rule.ts';

/** A further group that somebody put beside it is theirs to judge; without the default one nothing is reachable. */
export const r21: Rule = (plan, seen) => {
  const base = defaultGroup(seen)?.id;
  const carriers = managedServices(seen);
  return {
    evidence: `${listed(carriers.map((carrier) => carrier.what))} and ${endpointsOf(plan, seen).length} endpoints use ${base}`,
    problems: [
      ...problem(base === undefined, () => 'found no default security group'),
      ...problem(carriers.length === 0, () => 'found no managed service'),
      ...carriers
        .filter((carrier) => !carrier.groupIds.includes(base ?? ''))
        .map((carrier) => `expected ${base} on ${carrier.what}, found ${listed(carrier.groupIds)}`),
      ...endpointsOf(plan, seen)
        .filter((endpoint) => !endpoint.securityGroupIds.includes(base ?? ''))
        .map((endpoint) => `expected ${base} on ${endpoint.id}, found ${listed(endpoint.securityGroupIds)}`),
    ],
    // Every data service carries the group: what somebody lets into it reaches them all.
    drift: addedTo(defaultGroup(seen), clusterGroup(seen)),
  };
};

/** What the base default group admits beyond itself and the EKS group. */
function addedTo(base: SecurityGroupSeen | undefined, eks: SecurityGroupSeen | undefined): string[] {
  return (base?.ingress ?? [])
    .flatMap((rule) =>
      asTexts({ ...rule, groupIds: rule.groupIds.filter((id) => id !== base?.id && id !== eks?.id) }),
    )
    .map((rule) => `${base?.id} admits ${rule}, which is no rule of this environment's`);
}

function managedServices(seen: Observation): { what: string; groupIds: readonly string[] }[] {
  const { aurora, documentdb, cache, fileSystem } = seen;
  return [
    ...(aurora ? [{ what: aurora.id, groupIds: aurora.securityGroupIds }] : []),
    ...(documentdb ? [{ what: documentdb.id, groupIds: documentdb.securityGroupIds }] : []),
    ...(cache?.members ?? []).map((member) => ({ what: member.id, groupIds: member.securityGroupIds })),
    ...(fileSystem?.mountTargets ?? []).map((target) => ({
      what: target.id,
      groupIds: target.securityGroupIds,
    })),
  ];
}

/**
 * The base group admits the EKS group (and itself); open to the internet it would leave the databases to their
 * passwords. A narrower rule somebody added is theirs to judge: drift (R21).
 */
export const r22: Rule = (_plan, seen) => {
  const base = defaultGroup(seen);
  const stands = allFrom('eks_to_base', base, clusterGroup(seen));
  const open = (base?.ingress ?? []).flatMap(openToTheInternet);
  return {
    ...stands,
    problems: [
      ...stands.problems,
      ...problem(
        open.length > 0,
        () =>
          `${base?.id} admits ${open.join(', ')}: the databases and endpoints behind it are open to the internet`,
      ),
    ],
  };
};

/** Blocks broader than any private one reach into the internet; two halves of it are the whole. */
function openToTheInternet(rule: PermissionSeen): string[] {
  // 10.0.0.0/8 and fc00::/7.
  const cidrs = rule.cidrs.filter((cidr) => Number(cidr.split('/')[1]) < (cidr.includes(':') ? 7 : 8));
  return asTexts({ ...rule, cidrs, groupIds: [] });
}

export const r23: Rule = (_plan, seen) => allFrom('base_to_eks', clusterGroup(seen), defaultGroup(seen));

function allFrom(
  name: string,
  group: SecurityGroupSeen | undefined,
  source: SecurityGroupSeen | undefined,
): ReturnType<Rule> {
  const stands =
    source !== undefined &&
    group?.ingress.some((rule) => rule.protocol === '-1' && rule.groupIds.includes(source.id));
  return {
    evidence: `${name}: ${group?.id} admits everything from ${source?.id}`,
    problems: problem(
      !stands,
      () =>
        `expected ${name}, all protocols and ports into ${group?.id ?? 'a group that does not exist'} from ${source?.id ?? 'a group that does not exist'}, found no such rule`,
    ),
  };
}

/** No list, no group. A list: one group with exactly those rules, open outward. */
export const r24: Rule = (plan, seen) => {
  const groups = loadBalancerGroups(plan, seen);
  const wanted = plan.loadBalancer.ingress;
  if (wanted.length === 0) {
    return {
      evidence: 'no load balancer ingress was asked for, and there is no load balancer group',
      problems: groups.map((group) => `expected no load balancer group, found ${group.id} (${group.name})`),
    };
  }
  const [group] = groups;
  return {
    evidence: `${group?.id} has exactly the ${counted(wanted.length, 'rule')} asked for and egress to everything`,
    problems: [
      ...problem(
        groups.length !== 1,
        () => `expected one load balancer group, found ${listed(groups.map((each) => each.id))}`,
      ),
      ...(group ? ruleProblems(group, wanted) : []),
    ],
  };
};

/** Groups of this environment beside the default one, which may carry its tags too. */
export function loadBalancerGroups(plan: EnvironmentPlan, seen: Observation): SecurityGroupSeen[] {
  return seen.securityGroups.filter(
    (group) =>
      group.name !== 'default' &&
      (group.name === names(plan).loadBalancerSecurityGroup || isOwned(group.tags, plan)),
  );
}

function ruleProblems(group: SecurityGroupSeen, wanted: readonly IngressRule[]): string[] {
  const expected = new Set(wanted.map(asText));
  const found = new Set(group.ingress.flatMap(asTexts));
  const missing = [...expected].filter((rule) => !found.has(rule));
  const unasked = [...found].filter((rule) => !expected.has(rule));
  const egress = group.egress.filter((rule) => rule.protocol === '-1').flatMap((rule) => rule.cidrs);
  return [
    ...problem(
      missing.length > 0,
      () => `expected ${missing.join(', ')} into ${group.id}, found no such rule`,
    ),
    ...problem(unasked.length > 0, () => `${group.id} admits ${unasked.join(', ')}, which was not asked for`),
    ...['0.0.0.0/0', '::/0']
      .filter((everything) => !egress.includes(everything))
      .map((everything) => `${group.id} has no egress to ${everything}`),
  ];
}

/** `tcp 443-443 from 0.0.0.0/0`: one form for what was asked and for what EC2 keeps. */
function asText(rule: IngressRule): string {
  const ports = portsText(rule.protocol === 'all' ? '-1' : rule.protocol, rule.fromPort, rule.toPort);
  return `${ports} from ${canonicalBlock(rule.cidr)}`;
}

function asTexts(rule: PermissionSeen): string[] {
  const ports = portsText(rule.protocol, rule.fromPort, rule.toPort);
  return [
    ...rule.cidrs.map((cidr) => `${ports} from ${canonicalBlock(cidr)}`),
    ...rule.groupIds.map((id) => `${ports} from ${id}`),
  ];
}

/** EC2 keeps no ports for all protocols, and spells "any ICMP" as type and code -1. */
function portsText(protocol: string, fromPort: number | undefined, toPort: number | undefined): string {
  if (protocol === '-1') return 'all protocols';
  if (protocol === 'icmp') return `icmp type ${fromPort ?? -1} code ${toPort ?? -1}`;
  return `${protocol} ${fromPort ?? 0}-${toPort ?? fromPort ?? 65535}`;
}
