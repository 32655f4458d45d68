/** Routes: `local`, to an internet gateway, to a NAT gateway, or to a transit gateway. */
import { z } from 'zod';
import { AwsFault, type Call, mutation, type Operation } from '#embedded/model.ts';
import { contains, parseBlock } from './cidr.ts';
import { requireWithin } from './limits.ts';
import { ec2State, find, type Route, type RouteTable, requireResource } from './state.ts';
import { isAttached } from './transit-gateways.ts';

/** `blackhole` once the target is gone; deleting a gateway leaves its routes behind. */
export function routeState(call: Call, table: RouteTable, route: Route): 'active' | 'blackhole' {
  const state = ec2State(call);
  if (route.target === 'local') return 'active';
  if (route.target.startsWith('vpce-')) return state.vpcEndpoints[route.target] ? 'active' : 'blackhole';
  if (route.target.startsWith('tgw-'))
    return isAttached(call, table.vpcId, route.target) ? 'active' : 'blackhole';
  const alive = route.target.startsWith('nat-')
    ? ['available', 'deleting'].includes(state.natGateways[route.target]?.state ?? 'deleted')
    : state.internetGateways[route.target]?.vpcId === table.vpcId;
  return alive ? 'active' : 'blackhole';
}

interface Target {
  readonly GatewayId?: string | undefined;
  readonly NatGatewayId?: string | undefined;
  readonly TransitGatewayId?: string | undefined;
}

function requireTarget(call: Call, table: RouteTable, target: Target): string {
  const { GatewayId, NatGatewayId, TransitGatewayId } = target;
  if ([GatewayId, NatGatewayId, TransitGatewayId].filter((one) => one !== undefined).length !== 1) {
    throw new AwsFault('InvalidParameterCombination', 'Exactly one route target must be given.');
  }
  if (TransitGatewayId !== undefined) return requireTransitGateway(call, table, TransitGatewayId);
  return GatewayId === undefined
    ? requireNatGateway(call, table, NatGatewayId!)
    : requireInternetGateway(call, table, GatewayId);
}

/** To routes a transit gateway exists only once the VPC is attached to it (hashicorp/terraform-provider-aws#10025). */
function requireTransitGateway(call: Call, table: RouteTable, id: string): string {
  if (!isAttached(call, table.vpcId, id))
    throw new AwsFault('InvalidTransitGatewayID.NotFound', `The transitGateway ID '${id}' does not exist`);
  return id;
}

/** Only to a subnet's own block may a route be more specific than the local one, and never to a transit gateway. */
function requireOutside(call: Call, table: RouteTable, destination: string, target: string): void {
  const own = parseBlock(ec2State(call).vpcs[table.vpcId]?.cidr ?? '');
  const block = parseBlock(destination);
  if (own && block && target.startsWith('tgw-') && contains(own, block)) {
    throw new AwsFault(
      'InvalidParameterValue',
      `Route destination doesn't match any subnet CIDR blocks, or its target is not supported: ${destination}`,
    );
  }
}

function requireInternetGateway(call: Call, table: RouteTable, id: string): string {
  const gateway = find(call, ec2State(call).internetGateways, id);
  if (!gateway) throw new AwsFault('InvalidGatewayID.NotFound', `The gateway ID '${id}' does not exist`);
  if (gateway.vpcId === undefined) {
    throw new AwsFault('Gateway.NotAttached', `Network ${table.vpcId} has no gateway ${id} attached`);
  }
  if (gateway.vpcId !== table.vpcId) throw differentNetworks(table, id);
  return id;
}

function requireNatGateway(call: Call, table: RouteTable, id: string): string {
  const gateway = find(call, ec2State(call).natGateways, id);
  // To routes a NAT gateway exists only while it is available.
  if (gateway?.state !== 'available') {
    throw new AwsFault('InvalidNatGatewayID.NotFound', `The natGateway ID '${id}' does not exist`);
  }
  if (gateway.vpcId !== table.vpcId) throw differentNetworks(table, id);
  return id;
}

function differentNetworks(table: RouteTable, id: string): AwsFault {
  return new AwsFault(
    'InvalidParameterValue',
    `route table ${table.id} and network gateway ${id} belong to different networks`,
  );
}

const destination = {
  DestinationCidrBlock: z.string().optional(),
  DestinationIpv6CidrBlock: z.string().optional(),
  DestinationPrefixListId: z.string().optional(),
};

/** The one destination that a call names. */
function destinationOf(input: {
  DestinationCidrBlock?: string | undefined;
  DestinationIpv6CidrBlock?: string | undefined;
  DestinationPrefixListId?: string | undefined;
}): string {
  const { DestinationCidrBlock, DestinationIpv6CidrBlock, DestinationPrefixListId } = input;
  const given = [DestinationCidrBlock, DestinationIpv6CidrBlock, DestinationPrefixListId].filter(
    (one) => one !== undefined,
  );
  if (given.length === 0)
    throw new AwsFault(
      'MissingParameter',
      'The request must contain exactly one of the destinations of a route.',
    );
  if (given.length > 1)
    throw new AwsFault('InvalidParameterCombination', 'Exactly one route destination must be given.');
  if (DestinationCidrBlock !== undefined && !parseBlock(DestinationCidrBlock)) {
    throw new AwsFault(
      'InvalidParameterValue',
      `Value (${DestinationCidrBlock}) for parameter destinationCidrBlock is invalid.`,
    );
  }
  return given[0]!;
}

/** As a description names it: blocks of either family and prefix lists have a member each. */
export function presentDestination({ destination }: Route) {
  if (destination.startsWith('pl-')) return { DestinationPrefixListId: destination };
  return destination.includes(':')
    ? { DestinationIpv6CidrBlock: destination }
    : { DestinationCidrBlock: destination };
}

const routeInput = {
  RouteTableId: z.string(),
  ...destination,
  GatewayId: z.string().optional(),
  NatGatewayId: z.string().optional(),
  TransitGatewayId: z.string().optional(),
};

export const routeOperations: Record<string, Operation> = {
  CreateRoute: mutation(routeInput, (input, call) => {
    const table = requireResource(call, 'routeTables', input.RouteTableId);
    const destination = destinationOf(input);
    const target = requireTarget(call, table, input);
    if (table.routes.some((route) => route.destination === destination)) {
      throw new AwsFault('RouteAlreadyExists', `The route identified by ${destination} already exists.`);
    }
    requireOutside(call, table, destination, target);
    requireWithin(call, 'routesPerTable', table.routes.length + 1);
    table.routes.push({ destination, target, origin: 'CreateRoute' });
    return { Return: true };
  }),

  ReplaceRoute: mutation(routeInput, (input, call) => {
    const table = requireResource(call, 'routeTables', input.RouteTableId);
    const target = requireTarget(call, table, input);
    const destination = destinationOf(input);
    const route = table.routes.find((one) => one.destination === destination);
    if (!route) {
      throw new AwsFault(
        'InvalidParameterValue',
        `There is no route defined for '${destination}' in the route table. Use CreateRoute instead.`,
      );
    }
    if (route.target === 'local') throw new Error('the embedded AWS does not replace local routes');
    route.target = target;
    return {};
  }),

  DeleteRoute: mutation({ RouteTableId: z.string(), ...destination }, (input, call) => {
    const table = requireResource(call, 'routeTables', input.RouteTableId);
    const destination = destinationOf(input);
    const route = table.routes.find((one) => one.destination === destination);
    if (!route) {
      throw new AwsFault(
        'InvalidRoute.NotFound',
        `no route with destination-cidr-block ${destination} in route table ${table.id}`,
      );
    }
    // It goes with its endpoint, or when the endpoint is told to leave the table.
    if (route.target.startsWith('vpce-')) {
      throw new AwsFault(
        'InvalidParameterValue',
        `cannot remove VPC endpoint route ${route.target} in route table ${table.id}`,
      );
    }
    if (route.target === 'local') {
      throw new AwsFault(
        'InvalidParameterValue',
        `cannot remove local route ${route.destination} in route table ${table.id}`,
      );
    }
    table.routes = table.routes.filter((one) => one !== route);
    return {};
  }),
};
