/**
 * What EC2 keeps of one account in one region, and how every service model looks things up in it.
 */
import { AwsFault, type Call } from '#embedded/model.ts';
import type { Ec2State, Resource, SecurityGroup, Subnet, Vpc } from './types.ts';

export type * from './types.ts';

/** The EC2 state of the caller's account and region. */
export function ec2State(call: Call): Ec2State {
  const state = call.state<Ec2State>('ec2', () => ({
    vpcs: {},
    subnets: {},
    internetGateways: {},
    addresses: {},
    natGateways: {},
    routeTables: {},
    vpcEndpoints: {},
    securityGroups: {},
    securityGroupRules: {},
    networkInterfaces: {},
    launchTemplates: {},
    instances: {},
    flowLogs: {},
    transitGatewayAttachments: {},
    tokens: {},
    publicAddresses: 0,
  }));
  // A state that was stored before there were any has no members for them.
  state.transitGatewayAttachments ??= {};
  state.flowLogs ??= {};
  return state;
}

/**
 * When a resource made now is seen by other calls. Half are seen at once, the others within three seconds, so
 * that a caller meets both.
 */
export function visibleAt(call: Call): number {
  return call.random() < 0.5 ? call.now : call.now + call.between(0, 3);
}

/** The resource, if it exists and other calls see it already. */
export function find<R extends Resource>(
  call: Call,
  resources: Record<string, R>,
  id: string,
): R | undefined {
  const resource = resources[id];
  return resource && resource.visibleAt <= call.now ? resource : undefined;
}

/** Everything that other calls list. */
export function listed<R extends Resource>(call: Call, resources: Record<string, R>): R[] {
  return Object.values(resources).filter((resource) => (resource.listedAt ?? resource.visibleAt) <= call.now);
}

/** What the API calls the resources of each collection, and how it says that one is not there. */
const kinds: Readonly<Record<Collection, Kind>> = {
  vpcs: kind('vpc', 'vpc', 'InvalidVpcID.NotFound', (id) => `The vpc ID '${id}' does not exist`),
  subnets: kind(
    'subnet',
    'subnet',
    'InvalidSubnetID.NotFound',
    (id) => `The subnet ID '${id}' does not exist`,
  ),
  internetGateways: kind(
    'igw',
    'internet-gateway',
    'InvalidInternetGatewayID.NotFound',
    (id) => `The internetGateway ID '${id}' does not exist`,
  ),
  addresses: kind(
    'eipalloc',
    'elastic-ip',
    'InvalidAllocationID.NotFound',
    (id) => `The allocation ID '${id}' does not exist`,
  ),
  // The tag type has no hyphen, unlike its neighbours.
  natGateways: kind('nat', 'natgateway', 'NatGatewayNotFound', (id) => `NatGateway ${id} was not found`),
  routeTables: kind(
    'rtb',
    'route-table',
    'InvalidRouteTableID.NotFound',
    (id) => `The routeTable ID '${id}' does not exist`,
  ),
  vpcEndpoints: kind(
    'vpce',
    'vpc-endpoint',
    'InvalidVpcEndpointId.NotFound',
    (id) => `The Vpc Endpoint Id '${id}' does not exist`,
  ),
  securityGroups: kind(
    'sg',
    'security-group',
    'InvalidGroup.NotFound',
    (id) => `The security group '${id}' does not exist`,
  ),
  securityGroupRules: kind(
    'sgr',
    'security-group-rule',
    'InvalidSecurityGroupRuleId.NotFound',
    (id) => `The security group rule ID '${id}' does not exist`,
  ),
  networkInterfaces: kind(
    'eni',
    'network-interface',
    'InvalidNetworkInterfaceID.NotFound',
    (id) => `The networkInterface ID '${id}' does not exist`,
  ),
  launchTemplates: kind(
    'lt',
    'launch-template',
    'InvalidLaunchTemplateId.NotFound',
    (id) => `The specified launch template, with template ID ${id}, does not exist.`,
  ),
  flowLogs: kind(
    'fl',
    'vpc-flow-log',
    'InvalidFlowLogId.NotFound',
    (id) => `These flow log ids in the input list are not found: [${id}]`,
  ),
  transitGatewayAttachments: kind(
    'tgw-attach',
    'transit-gateway-attachment',
    'InvalidTransitGatewayAttachmentID.NotFound',
    (id) => `The transitGatewayAttachment ID '${id}' does not exist.`,
  ),
  instances: kind(
    'i',
    'instance',
    'InvalidInstanceID.NotFound',
    (id) => `The instance ID '${id}' does not exist`,
  ),
};

/** The members of {@link Ec2State} that hold resources. */
export type Collection = {
  [K in keyof Ec2State]-?: Ec2State[K] extends Record<string, Resource> ? K : never;
}[keyof Ec2State];

interface Kind {
  readonly prefix: string;
  /** As in `TagSpecifications`. */
  readonly type: string;
  readonly missing: (id: string) => AwsFault;
}

function kind(prefix: string, type: string, code: string, message: (id: string) => string): Kind {
  return { prefix, type, missing: (id) => new AwsFault(code, message(id)) };
}

/** The collection an id belongs to, told by its prefix. */
export function collectionOf(id: string): Collection {
  const prefix = id.slice(0, id.lastIndexOf('-'));
  const known = collections.find((collection) => kinds[collection].prefix === prefix);
  if (!known) throw new Error(`the embedded AWS knows no resource like ${id}`);
  return known;
}

export const collections = Object.keys(kinds) as Collection[];

/** The type of a collection's resources as tags spell it: `natgateway`, `elastic-ip`. */
export function resourceTypeOf(collection: Collection): string {
  return kinds[collection].type;
}

/** EC2's own words for a resource that is not there. */
export function missing(collection: Collection, id: string): AwsFault {
  return kinds[collection].missing(id);
}

/** The resource as other calls see it. @throws its `Invalid….NotFound` where there is none. */
export function requireResource<K extends Collection>(
  call: Call,
  collection: K,
  id: string,
): Ec2State[K][string] {
  const resources: Record<string, Resource> = ec2State(call)[collection];
  const resource = find(call, resources, id);
  if (!resource) throw missing(collection, id);
  return resource as Ec2State[K][string];
}

/** @throws `InvalidVpcID.NotFound` */
export function requireVpc(call: Call, id: string): Vpc {
  return requireResource(call, 'vpcs', id);
}

/** @throws `InvalidSubnetID.NotFound`, which other services report in their own words. */
export function requireSubnet(call: Call, id: string): Subnet {
  return requireResource(call, 'subnets', id);
}

/** @throws `InvalidGroup.NotFound`, which other services report in their own words. */
export function requireSecurityGroup(call: Call, id: string): SecurityGroup {
  return requireResource(call, 'securityGroups', id);
}

export function dependencyViolation(message: string): AwsFault {
  return new AwsFault('DependencyViolation', message);
}
