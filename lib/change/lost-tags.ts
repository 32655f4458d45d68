/**
 * What EC2 has of an environment, and does not carry its tags any more. The rules see it by where it is, the steps find it
 * by its tags: without them they make it anew, or refuse what stands in its place, and a removal leaves it. Pure.
 */
import type { Tagged } from '#lib/ownership/tagged.ts';
import { componentTag } from '#lib/ownership/tags.ts';
import type { EnvironmentPlan } from '#lib/run/environment.ts';
import type { Observation } from '#lib/verify/observation.ts';
import { endpointsOf, idsOf } from '#lib/verify/rules/rule.ts';

/** Their ids. */
export function lostTags(plan: EnvironmentPlan, seen: Observation, tagged: readonly Tagged[]): string[] {
  const { natGateways, addresses, internetGateways, launchTemplate } = seen;
  const planned = plan.subnets.map(({ cidr }) => cidr);
  const found = [
    ...idsOf(seen.vpcs),
    ...idsOf(seen.subnets.filter(({ cidr }) => planned.includes(cidr))),
    ...idsOf(internetGateways),
    ...idsOf(natGateways),
    ...addresses.map(({ allocationId }) => allocationId),
    ...idsOf(endpointsOf(plan, seen)),
    ...idsOf(
      seen.transitGatewayAttachments.filter(({ gatewayId }) => gatewayId === plan.network.transitGateway?.id),
    ),
    ...(launchTemplate ? [launchTemplate.id] : []),
  ];
  return found.filter((id) => !tagged.some((one) => one.id === id && one.tags?.[componentTag] !== undefined));
}
