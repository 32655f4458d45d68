/**
 * What EC2 keeps of one account in one region, and how every service model looks things up in it. Times are
 * milliseconds since the epoch, tags are records; both take their SDK form only in an answer.
 */
import { AwsFault, type Call } from '../../model.ts';

/** What every EC2 resource has. */
export interface Resource {
  readonly id: string;
  tags: Record<string, string>;
  /** Before this moment no other call sees it: EC2 is eventually consistent. */
  readonly visibleAt: number;
}

export interface Vpc extends Resource {
  readonly cidr: string;
  enableDnsSupport: boolean;
  enableDnsHostnames: boolean;
  readonly defaultSecurityGroupId: string;
  readonly mainRouteTableId: string;
  readonly networkAclId: string;
}

export interface Subnet extends Resource {
  readonly vpcId: string;
  readonly cidr: string;
  readonly zoneName: string;
  readonly zoneId: string;
  mapPublicIpOnLaunch: boolean;
}

export interface InternetGateway extends Resource {
  vpcId?: string;
}

/** An Elastic IP; `id` is its allocation id. */
export interface Address extends Resource {
  readonly publicIp: string;
  associationId?: string;
  networkInterfaceId?: string;
  privateIp?: string;
}

export interface NatGateway extends Resource {
  readonly vpcId: string;
  readonly subnetId: string;
  readonly allocationId: string;
  readonly publicIp: string;
  readonly privateIp: string;
  networkInterfaceId?: string;
  associationId?: string;
  readonly createdAt: number;
  deletedAt?: number;
  state: 'pending' | 'available' | 'failed' | 'deleting' | 'deleted';
  failureCode?: string;
  failureMessage?: string;
}

export interface Route {
  readonly destination: string;
  /** `local`, `igw-…` or `nat-…` */
  target: string;
  readonly origin: 'CreateRouteTable' | 'CreateRoute';
}

export interface RouteTable extends Resource {
  readonly vpcId: string;
  readonly main: boolean;
  routes: Route[];
  /** Association id -> subnet id. The main association has its own id and no subnet. */
  associations: Record<string, string>;
  readonly mainAssociationId?: string;
}

export interface VpcEndpoint extends Resource {
  readonly vpcId: string;
  readonly serviceName: string;
  readonly subnetIds: string[];
  groupIds: string[];
  networkInterfaceIds: string[];
  privateDnsEnabled: boolean;
  readonly dnsLabel: string;
  readonly createdAt: number;
  /** As on the wire, not as in the SDK's enum (aws-facts 0.4). */
  state: 'pending' | 'available' | 'failed' | 'deleting' | 'deleted';
  lastError?: { code: string; message: string };
}

export interface SecurityGroup extends Resource {
  readonly vpcId: string;
  readonly name: string;
  readonly description: string;
}

export interface SecurityGroupRule extends Resource {
  readonly groupId: string;
  readonly isEgress: boolean;
  /** `-1`, `tcp`, `udp`, `icmp` */
  readonly protocol: string;
  /** -1 for every port. */
  readonly fromPort: number;
  readonly toPort: number;
  readonly cidrIpv4?: string;
  readonly cidrIpv6?: string;
  readonly referencedGroupId?: string;
  readonly description?: string;
  /** Came with its group (default group, EKS), not by an Authorize call. */
  readonly innate: boolean;
}

export interface NetworkInterface extends Resource {
  readonly subnetId: string;
  readonly vpcId: string;
  readonly zoneName: string;
  readonly zoneId: string;
  readonly privateIp: string;
  groupIds: string[];
  readonly description: string;
  /** `interface`, `nat_gateway`, `vpc_endpoint`, … */
  readonly interfaceType: string;
  readonly requesterId?: string;
  readonly requesterManaged: boolean;
  /** Absent: status `available`. */
  attachment?: {
    id: string;
    status: 'attaching' | 'attached' | 'detaching';
    instanceId?: string;
    index: number;
  };
  publicIp?: string;
}

export interface LaunchTemplateVersion {
  readonly number: number;
  readonly createdAt: number;
  readonly createdBy: string;
  readonly description?: string;
  /** As given in `LaunchTemplateData`. */
  readonly data: Record<string, unknown>;
}

export interface LaunchTemplate extends Resource {
  readonly name: string;
  readonly createdAt: number;
  readonly createdBy: string;
  defaultVersion: number;
  versions: LaunchTemplateVersion[];
}

export interface Instance extends Resource {
  readonly subnetId: string;
  readonly vpcId: string;
  readonly instanceType: string;
  readonly networkInterfaceId: string;
  readonly launchedAt: number;
  state: 'pending' | 'running' | 'shutting-down' | 'terminated';
}

/** What was answered to a client token, and with what parameters. EC2 remembers it beyond the resource. */
export interface RememberedToken {
  readonly id: string;
  readonly parameters: string;
}

export interface Ec2State {
  vpcs: Record<string, Vpc>;
  subnets: Record<string, Subnet>;
  internetGateways: Record<string, InternetGateway>;
  addresses: Record<string, Address>;
  natGateways: Record<string, NatGateway>;
  routeTables: Record<string, RouteTable>;
  vpcEndpoints: Record<string, VpcEndpoint>;
  securityGroups: Record<string, SecurityGroup>;
  securityGroupRules: Record<string, SecurityGroupRule>;
  networkInterfaces: Record<string, NetworkInterface>;
  launchTemplates: Record<string, LaunchTemplate>;
  instances: Record<string, Instance>;
  tokens: Record<string, RememberedToken>;
  /** Quota code -> this account's own value; otherwise the default holds. */
  limits: Record<string, number>;
  /** Counts public addresses handed out. */
  publicAddresses: number;
}

/** The EC2 state of the caller's account and region. */
export function ec2State(call: Call): Ec2State {
  return call.state<Ec2State>('ec2', () => ({
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
    tokens: {},
    limits: {},
    publicAddresses: 0,
  }));
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

/** Everything other calls see. */
export function listed<R extends Resource>(call: Call, resources: Record<string, R>): R[] {
  return Object.values(resources).filter((resource) => resource.visibleAt <= call.now);
}

/** @throws `InvalidVpcID.NotFound` */
export function requireVpc(call: Call, id: string): Vpc {
  return found(find(call, ec2State(call).vpcs, id), 'InvalidVpcID.NotFound', 'vpc', id);
}

/** @throws `InvalidSubnetID.NotFound`, which other services report in their own words. */
export function requireSubnet(call: Call, id: string): Subnet {
  return found(find(call, ec2State(call).subnets, id), 'InvalidSubnetID.NotFound', 'subnet', id);
}

/** @throws `InvalidGroup.NotFound`, which other services report in their own words. */
export function requireSecurityGroup(call: Call, id: string): SecurityGroup {
  const group = find(call, ec2State(call).securityGroups, id);
  if (!group) throw new AwsFault('InvalidGroup.NotFound', `The security group '${id}' does not exist`);
  return group;
}

/** The resource, or EC2's "The vpc ID 'vpc-…' does not exist". */
export function found<R>(resource: R | undefined, code: string, noun: string, id: string): R {
  if (!resource) throw new AwsFault(code, `The ${noun} ID '${id}' does not exist`);
  return resource;
}

export function dependencyViolation(message: string): AwsFault {
  return new AwsFault('DependencyViolation', message);
}
