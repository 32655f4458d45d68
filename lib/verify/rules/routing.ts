/** R13–R17: ways out of the VPC, and which subnets have one. */
import { natPlans } from '#lib/network/options.ts';
import type { EnvironmentPlan, SubnetGroup } from '#lib/run/environment.ts';
import type { Observation, RouteTableSeen } from '#lib/verify/observation.ts';
import {
  componentOf,
  type Finding,
  idsOf,
  listed,
  problem,
  type Rule,
  sameMembers,
  subnetsOf,
} from './rule.ts';
import { transitGatewayFinding } from './transit-gateway.ts';

export const r13: Rule = (_plan, seen) => {
  const [vpc] = seen.vpcs;
  const [gateway] = seen.internetGateways;
  const attachments = gateway?.attachments ?? [];
  return {
    evidence: `${gateway?.id} is attached to ${vpc?.id}`,
    problems: [
      ...problem(
        seen.internetGateways.length !== 1,
        () => `expected one Internet Gateway, found ${listed(idsOf(seen.internetGateways))}`,
      ),
      ...problem(
        // `available` is what AWS answers for an attached gateway, whatever the SDK's enumeration says.
        !attachments.some((each) => each.vpcId === vpc?.id && /^(available|attached)$/.test(each.state)),
        () =>
          `expected an Internet Gateway attached to ${vpc?.id}, found ${listed(attachments.map((each) => `${each.vpcId} ${each.state}`))}`,
      ),
    ],
  };
};

export const r14: Rule = (plan, seen) => {
  if (plan.network.natGateways === 'per-zone') return zonalGateways(plan, seen);
  const [subnet] = subnetsOf(seen, 'eks-public');
  const [gateway] = seen.natGateways;
  const addresses = addressesOf(plan, seen);
  const [address] = addresses;
  return {
    evidence: `${gateway?.id} in ${subnet?.id} with ${address?.allocationId} (${address?.publicIp})`,
    problems: [
      ...problem(
        seen.natGateways.length !== 1,
        () => `expected one NAT gateway, found ${listed(idsOf(seen.natGateways))}`,
      ),
      ...problem(
        addresses.length !== 1,
        () => `expected one Elastic IP, found ${listed(addresses.map((each) => each.allocationId))}`,
      ),
      ...(gateway
        ? [
            ...problem(
              gateway.state !== 'available',
              () => `${gateway.id} is ${gateway.state}, not available`,
            ),
            ...problem(
              gateway.connectivity !== 'public',
              () => `${gateway.id} is ${gateway.connectivity}, not public`,
            ),
            ...problem(
              gateway.subnetId !== subnet?.id,
              () =>
                `expected ${gateway.id} in the first public subnet ${subnet?.id}, found it in ${gateway.subnetId}`,
            ),
            ...problem(
              !gateway.addresses.some((each) => each.allocationId === address?.allocationId),
              () => `${gateway.id} does not use ${address?.allocationId}`,
            ),
          ]
        : []),
    ],
  };
};

/** Those the request names, and any of the environment's own: it has none besides. */
function addressesOf(plan: EnvironmentPlan, seen: Observation): Observation['addresses'] {
  const onGateways = seen.natGateways.flatMap(({ addresses }) => addresses);
  const named = plan.network.natAddresses.map((allocationId) => ({
    allocationId,
    publicIp: onGateways.find((one) => one.allocationId === allocationId)?.publicIp ?? '',
  }));
  return [...named, ...seen.addresses];
}

/** One in each public subnet, each with an address of its own, where the request says so. */
function zonalGateways(plan: EnvironmentPlan, seen: Observation): Finding {
  const subnets = natPlans(plan).map(({ publicSubnet }) => ({
    component: publicSubnet,
    id: seen.subnets.find((subnet) => componentOf(subnet) === publicSubnet)?.id,
  }));
  const strays = seen.natGateways.filter(({ subnetId }) => !subnets.some(({ id }) => id === subnetId));
  const expected = addressesOf(plan, seen).map(({ allocationId }) => allocationId);
  const used = seen.natGateways.flatMap(({ addresses }) => addresses.map((one) => one.allocationId));
  return {
    evidence: seen.natGateways
      .map(({ id, subnetId, addresses }) => `${id} in ${subnetId} with ${addresses[0]?.allocationId}`)
      .join(', '),
    problems: [
      ...subnets.flatMap(({ component, id }) => {
        const gateways = seen.natGateways.filter(({ subnetId }) => subnetId === id);
        return problem(
          gateways.length !== 1,
          () => `expected one NAT gateway in ${component} (${id}), found ${listed(idsOf(gateways))}`,
        );
      }),
      ...strays.map(({ id, subnetId }) => `${id} is in ${subnetId}, not in a public subnet`),
      ...seen.natGateways.flatMap(({ id, state, connectivity }) => [
        ...problem(state !== 'available', () => `${id} is ${state}, not available`),
        ...problem(connectivity !== 'public', () => `${id} is ${connectivity}, not public`),
      ]),
      ...problem(
        !sameMembers(used, expected),
        () => `expected ${listed(expected)} on the NAT gateways, found ${listed(used)}`,
      ),
    ],
  };
}

/** With what a request for a transit gateway adds to the private tables. */
export const r15: Rule = (plan, seen) => {
  const toNat = natRoutes(plan, seen);
  const toTransit = transitGatewayFinding(plan, seen);
  if (!toTransit) return toNat;
  return {
    evidence: `${toNat.evidence}; ${toTransit.evidence}`,
    problems: [...toNat.problems, ...toTransit.problems],
  };
};

function natRoutes(plan: EnvironmentPlan, seen: Observation): Finding {
  if (plan.network.natGateways === 'one')
    return routedTable(
      seen,
      { what: 'eks-private and endpoints subnets', subnetIds: groupIds(seen, ['eks-private', 'endpoints']) },
      seen.natGateways[0]?.id,
      'NAT gateway',
    );
  const findings = natPlans(plan).map(({ publicSubnet, subnets }) => {
    const idOf = (component: string) =>
      seen.subnets.find((subnet) => componentOf(subnet) === component)?.id ?? component;
    const gateway = seen.natGateways.find(({ subnetId }) => subnetId === idOf(publicSubnet));
    const leaving = { what: subnets.join(' and '), subnetIds: subnets.map(idOf) };
    return routedTable(seen, leaving, gateway?.id, 'NAT gateway');
  });
  return {
    evidence: findings.map(({ evidence }) => evidence).join('; '),
    problems: findings.flatMap(({ problems }) => problems),
  };
}

export const r16: Rule = (_plan, seen) =>
  routedTable(
    seen,
    { what: 'eks-public subnets', subnetIds: groupIds(seen, ['eks-public']) },
    seen.internetGateways[0]?.id,
    'Internet Gateway',
  );

/**
 * The data subnets stay on the main table, and the main table leads nowhere. The route of a gateway endpoint (S3,
 * DynamoDB) is drift: EC2 keeps it for whoever made the endpoint, no DeleteRoute takes it, and it leads to that one
 * service and neither out of the VPC nor into it.
 */
export const r17: Rule = (_plan, seen) => {
  const main = seen.routeTables.filter((table) => table.main);
  const groups = ['aurora', 'documentdb', 'elasticache'] as const;
  const dataSubnets = groups.flatMap((group) => idsOf(subnetsOf(seen, group)));
  const added = main.flatMap((table) =>
    table.routes
      .filter((route) => route.target !== 'local')
      .map((route) => ({
        isOfGatewayEndpoint: route.target.startsWith('vpce-') && route.destination.startsWith('pl-'),
        text: `main table ${table.id} routes ${route.destination} to ${route.target}`,
      })),
  );
  return {
    evidence: `${main[0]?.id} leads nowhere, and ${dataSubnets.length} data subnets stay on it`,
    problems: [
      ...problem(main.length !== 1, () => `expected one main route table, found ${listed(idsOf(main))}`),
      ...problem(dataSubnets.length === 0, () => 'found no data subnets'),
      ...added.filter((route) => !route.isOfGatewayEndpoint).map((route) => route.text),
      ...seen.routeTables.flatMap((table) =>
        table.subnetIds
          .filter((id) => dataSubnets.includes(id))
          .map((id) => `${id} is associated with ${table.id}, not left on the main table`),
      ),
    ],
    drift: added.filter((route) => route.isOfGatewayEndpoint).map((route) => route.text),
  };
};

function groupIds(seen: Observation, groups: readonly SubnetGroup[]): string[] {
  return groups.flatMap((group) => idsOf(subnetsOf(seen, group)));
}

/** One table for exactly these subnets, with its default route to `target`. */
function routedTable(
  seen: Observation,
  subnets: { readonly what: string; readonly subnetIds: readonly string[] },
  target: string | undefined,
  what: string,
): Finding {
  const expected = subnets.subnetIds;
  const tables = seen.routeTables.filter((table) => table.subnetIds.some((id) => expected.includes(id)));
  const [table] = tables;
  return {
    evidence: `${table?.id} sends 0.0.0.0/0 of ${listed(expected)} to ${target}`,
    problems: [
      ...problem(
        tables.length !== 1,
        () => `expected one route table for ${subnets.what}, found ${listed(idsOf(tables))}`,
      ),
      ...(table ? tableProblems(table, expected, target, what) : []),
    ],
  };
}

function tableProblems(
  table: RouteTableSeen,
  expected: readonly string[],
  target: string | undefined,
  what: string,
): string[] {
  const route = table.routes.find((each) => each.destination === '0.0.0.0/0');
  return [
    ...problem(
      !sameMembers(table.subnetIds, expected),
      () => `expected ${table.id} on ${listed(expected)}, found it on ${listed(table.subnetIds)}`,
    ),
    ...problem(table.main, () => `${table.id} is the main route table`),
    ...problem(
      route === undefined || route.target !== target,
      () =>
        `expected 0.0.0.0/0 of ${table.id} to lead to the ${what} ${target}, found ${route?.target ?? 'no such route'}`,
    ),
    ...problem(
      route !== undefined && route.state !== 'active',
      () => `route 0.0.0.0/0 of ${table.id} is ${route?.state}, not active`,
    ),
  ];
}
