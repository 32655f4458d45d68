/** The transit gateway a request names: attached in every zone, and each private table leads there. Part of R15. */
import { transitGatewaySubnets } from '#lib/network/options.ts';
import type { EnvironmentPlan } from '#lib/run/environment.ts';
import type { Observation } from '#lib/verify/observation.ts';
import { componentOf, type Finding, idsOf, listed, problem, sameMembers } from './rule.ts';

/** Undefined where the request names none. */
export function transitGatewayFinding(plan: EnvironmentPlan, seen: Observation): Finding | undefined {
  const wish = plan.network.transitGateway;
  if (!wish) return undefined;
  const attachment = seen.transitGatewayAttachments.find(({ gatewayId }) => gatewayId === wish.id);
  if (!attachment)
    return {
      evidence: '',
      problems: [`expected an attachment to ${wish.id}, as network.transitGateway asks for, found none`],
    };
  const components = transitGatewaySubnets(plan);
  const subnetIds = idsOf(seen.subnets.filter((subnet) => components.includes(componentOf(subnet))));
  return {
    evidence: `${attachment.id} attaches ${wish.id}, and private tables route ${wish.routes.join(', ')} to it`,
    problems: [
      ...problem(
        attachment.state !== 'available',
        () => `attachment ${attachment.id} to ${wish.id} is ${attachment.state}, not available`,
      ),
      ...problem(
        !sameMembers(attachment.subnetIds, subnetIds),
        () =>
          `expected ${attachment.id} in ${listed(subnetIds)}, found it in ${listed(attachment.subnetIds)}`,
      ),
      ...routeProblems(plan, seen, wish),
    ],
  };
}

function routeProblems(
  plan: EnvironmentPlan,
  seen: Observation,
  { id, routes }: { readonly id: string; readonly routes: readonly string[] },
): string[] {
  const leaving = idsOf(
    seen.subnets.filter((subnet) =>
      plan.subnets.some(
        ({ component, group }) =>
          component === componentOf(subnet) && (group === 'eks-private' || group === 'endpoints'),
      ),
    ),
  );
  const tables = seen.routeTables.filter((table) => table.subnetIds.some((one) => leaving.includes(one)));
  return tables.flatMap((table) => [
    ...routes.flatMap((block) => {
      const route = table.routes.find(({ destination }) => destination === block);
      return problem(
        route?.target !== id || route.state !== 'active',
        () =>
          `expected ${block} of ${table.id} to lead to ${id}, found ${route ? `${route.target} ${route.state}` : 'no such route'}`,
      );
    }),
    ...table.routes
      .filter(({ target, destination }) => target === id && !routes.includes(destination))
      .map(
        ({ destination }) => `${table.id} routes ${destination} to ${id}, which the request does not list`,
      ),
  ]);
}
