/** What a rule answers, and the words rules share. */

import { s3GatewayComponent } from '#lib/network/options.ts';
import { componentTag, isGuardDutys, isOwned, tagValue } from '#lib/ownership/tags.ts';
import type { EnvironmentPlan } from '#lib/run/environment.ts';
import type { Observation, SecurityGroupSeen, SubnetSeen } from '#lib/verify/observation.ts';

/** `R1` to `R32` of the specification. */
export type RuleName = `R${number}`;

export interface RuleResult {
  readonly rule: RuleName;
  readonly holds: boolean;
  /** One sentence: the ids that show it, or what was expected and what was found. */
  readonly evidence: string;
  /** What somebody else changed or added since, which is theirs to judge. Absent where there is none. */
  readonly drift?: readonly string[];
}

/** What a rule finds: why it holds, and every reason why it does not. */
export interface Finding {
  readonly evidence: string;
  readonly problems: readonly string[];
  /** To be reported, and no reason to fail the run. */
  readonly drift?: readonly string[];
}

/** One rule: judged from the plan to compare with and from nothing but what AWS says. */
export type Rule = (plan: EnvironmentPlan, seen: Observation) => Finding;

/** `text` when `broken`; for lists of problems. */
export function problem(broken: boolean, text: () => string): string[] {
  return broken ? [text()] : [];
}

/** Do two lists hold the same members, in whatever order? */
export function sameMembers(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && [...one].sort().join() === [...other].sort().join();
}

/** For sentences: `a, b` or `none`. */
export function listed(ids: readonly string[]): string {
  return ids.length > 0 ? ids.join(', ') : 'none';
}

/** The subnets whose component tag is `subnet/<group>/…`, in letter order. */
export function subnetsOf(seen: Observation, group: string): SubnetSeen[] {
  return seen.subnets
    .filter((subnet) => componentOf(subnet).startsWith(`subnet/${group}/`))
    .sort((one, other) => (componentOf(one) < componentOf(other) ? -1 : 1));
}

export function idsOf(items: readonly { readonly id: string }[]): string[] {
  return items.map((item) => item.id);
}

export function componentOf(item: { readonly tags: Readonly<Record<string, string>> }): string {
  return tagValue(item.tags, componentTag) ?? '';
}

/** The base VPC default security group. AWS alone gives a group this name. */
export function defaultGroup(seen: Observation): SecurityGroupSeen | undefined {
  return seen.securityGroups.find((group) => group.name === 'default');
}

/** The group EKS made for the cluster, as EC2 knows it. */
export function clusterGroup(seen: Observation): SecurityGroupSeen | undefined {
  return seen.securityGroups.find((group) => group.id === seen.cluster?.securityGroupId);
}

/**
 * The environment's endpoints: those tagged as its own, and whatever else sits in its endpoints subnet. Not GuardDuty's,
 * which puts its own into the subnets of every VPC with an EKS cluster.
 */
export function endpointsOf(plan: EnvironmentPlan, seen: Observation): Observation['endpoints'] {
  const [subnet] = subnetsOf(seen, 'endpoints');
  const gateways = s3GatewaysOf(plan, seen);
  return seen.endpoints
    .filter((endpoint) => !gateways.includes(endpoint))
    .filter(
      (endpoint) =>
        isOwned(endpoint.tags, plan) ||
        (!isGuardDutys(endpoint.tags) && subnet !== undefined && endpoint.subnetIds.includes(subnet.id)),
    );
}

/** The S3 gateway endpoint beside the twelve; none where the request does not ask for it. */
export function s3GatewaysOf(plan: EnvironmentPlan, seen: Observation): Observation['endpoints'] {
  if (!plan.network.s3GatewayEndpoint) return [];
  return seen.endpoints.filter(
    (endpoint) =>
      endpoint.type === 'Gateway' &&
      isOwned(endpoint.tags, plan) &&
      componentOf(endpoint) === s3GatewayComponent,
  );
}
