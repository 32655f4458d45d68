/** Gateway endpoints (S3, DynamoDB): no interface, and a route to the service's prefix list on each of their tables. */
import { AwsFault, type Call } from '#embedded/model.ts';
import { endpointServicesOf } from './endpoint-services.ts';
import {
  ec2State,
  type RouteTable,
  requireResource,
  requireVpc,
  type VpcEndpoint,
  visibleAt,
} from './state.ts';

interface NewGatewayEndpoint {
  readonly VpcId: string;
  readonly ServiceName: string;
  readonly RouteTableIds?: readonly string[] | undefined;
  readonly SubnetIds?: readonly string[] | undefined;
  readonly SecurityGroupIds?: readonly string[] | undefined;
  readonly PrivateDnsEnabled?: boolean | undefined;
}

function prefixListOf(serviceName: string): string {
  return serviceName.endsWith('.s3') ? 'pl-6ea54007' : 'pl-66a5400f';
}

/** Its route: nobody else's call makes or removes it. */
export function enterTable(table: RouteTable, { id, serviceName }: VpcEndpoint): void {
  table.routes.push({ destination: prefixListOf(serviceName), target: id, origin: 'CreateRoute' });
}

/** A table takes the route of one endpoint a service (eksctl-io/eksctl#2510). */
function requireTables(call: Call, vpcId: string, serviceName: string, ids: readonly string[]): RouteTable[] {
  return ids.map((id) => {
    const table = requireResource(call, 'routeTables', id);
    if (table.vpcId !== vpcId)
      throw new AwsFault('InvalidParameter', `Route table ${id} does not belong to VPC ${vpcId}.`);
    const list = prefixListOf(serviceName);
    if (table.routes.some(({ destination }) => destination === list)) {
      throw new AwsFault(
        'RouteAlreadyExists',
        `route table ${id} already has a route with destination-prefix-list-id ${list}`,
      );
    }
    return table;
  });
}

export function createGatewayEndpoint(
  input: NewGatewayEndpoint,
  tags: Record<string, string>,
  call: Call,
): VpcEndpoint {
  const vpc = requireVpc(call, input.VpcId);
  const { ServiceName: serviceName, RouteTableIds: routeTableIds = [] } = input;
  if (!endpointServicesOf(call.region).some(({ name, type }) => name === serviceName && type === 'Gateway'))
    throw new AwsFault('InvalidServiceName', `The Vpc Endpoint Service '${serviceName}' does not exist`);
  if (input.SubnetIds || input.SecurityGroupIds || input.PrivateDnsEnabled !== undefined) {
    throw new AwsFault(
      'InvalidParameter',
      'Subnets, security groups and private DNS are of interface endpoints only.',
    );
  }
  const tables = requireTables(call, vpc.id, serviceName, routeTableIds);
  const endpoint: VpcEndpoint = {
    id: call.newId('vpce'),
    tags,
    visibleAt: visibleAt(call),
    vpcId: vpc.id,
    serviceName,
    type: 'Gateway',
    routeTableIds: [...routeTableIds],
    subnetIds: [],
    groupIds: [],
    networkInterfaceIds: [],
    privateDnsEnabled: false,
    dnsLabel: '',
    createdAt: call.now,
    state: 'pending',
  };
  ec2State(call).vpcEndpoints[endpoint.id] = endpoint;
  for (const table of tables) enterTable(table, endpoint);
  call.schedule('ec2:vpcEndpointAvailable', endpoint.id, call.between(1, 5));
  return endpoint;
}

/** The part of ModifyVpcEndpoint that a gateway endpoint takes. */
export function addToTables(
  endpoint: VpcEndpoint,
  change: Readonly<Record<string, unknown>> & { readonly AddRouteTableIds?: readonly string[] | undefined },
  call: Call,
): void {
  if (change.AddSecurityGroupIds || change.RemoveSecurityGroupIds || change.PrivateDnsEnabled !== undefined)
    throw new AwsFault('InvalidParameter', 'A gateway endpoint has neither security groups nor private DNS.');
  if (endpoint.state !== 'available') {
    throw new AwsFault(
      'OperationInProgress',
      `The VPC endpoint ${endpoint.id} is in the state ${endpoint.state} and cannot be modified.`,
    );
  }
  const has = endpoint.routeTableIds ?? [];
  const added = (change.AddRouteTableIds ?? []).filter((id) => !has.includes(id));
  for (const table of requireTables(call, endpoint.vpcId, endpoint.serviceName, added))
    enterTable(table, endpoint);
  endpoint.routeTableIds = [...has, ...added];
}

/** Its routes go at once, the endpoint itself later. */
export function leaveTables(endpoint: VpcEndpoint, call: Call): void {
  for (const id of endpoint.routeTableIds ?? []) {
    const table = ec2State(call).routeTables[id];
    if (table) table.routes = table.routes.filter((route) => route.target !== endpoint.id);
  }
}
