/**
 * The resources EC2 keeps. Times are milliseconds since the epoch, tags are records; both take their SDK form
 * only in an answer.
 */

/** What every EC2 resource has. */
export interface Resource {
  readonly id: string;
  tags: Record<string, string>;
  /** Before this moment no other call sees it: EC2 is eventually consistent. */
  readonly visibleAt: number;
  /** Before this moment it is seen by its id only; listings and filters miss it. With {@link visibleAt} unless set. */
  readonly listedAt?: number;
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
  /** Empty for one of IPv6 only. */
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
  /** Until then a NAT gateway that is deleted keeps it. */
  heldUntil?: number;
}

export interface NatGateway extends Resource {
  readonly vpcId: string;
  readonly subnetId: string;
  readonly allocationId: string;
  readonly publicIp: string;
  privateIp?: string;
  networkInterfaceId?: string;
  associationId?: string;
  readonly createdAt: number;
  deletedAt?: number;
  state: 'pending' | 'available' | 'failed' | 'deleting' | 'deleted';
  failureCode?: string;
  failureMessage?: string;
}

/** Others make them; how they are is arranged from outside. */
export interface TransitGateway {
  readonly id: string;
  readonly ownerId: string;
  /** `AutoAcceptSharedAttachments`; of the owner's own account nobody has to accept. */
  readonly autoAccept: boolean;
  readonly state: 'pending' | 'available' | 'modifying' | 'deleting' | 'deleted';
  readonly tags?: Record<string, string>;
}

export interface TransitGatewayAttachment extends Resource {
  readonly vpcId: string;
  readonly gatewayId: string;
  readonly subnetIds: readonly string[];
  networkInterfaceIds: string[];
  readonly createdAt: number;
  state: 'pendingAcceptance' | 'pending' | 'available' | 'deleting' | 'deleted' | 'rejected' | 'failed';
}

export interface FlowLog extends Resource {
  readonly vpcId: string;
  readonly trafficType: 'ALL' | 'ACCEPT' | 'REJECT';
  readonly destinationType: 's3' | 'cloud-watch-logs';
  readonly destination: string;
  readonly roleArn?: string;
  readonly createdAt: number;
  /** Told when the first records were to be delivered. */
  readonly deliveryError?: string;
}

export interface Route {
  /** An IPv4 block, an IPv6 block or `pl-…` */
  readonly destination: string;
  /** `local`, `igw-…`, `nat-…`, `tgw-…`, or `vpce-…` of a gateway endpoint */
  target: string;
  readonly origin: 'CreateRouteTable' | 'CreateRoute';
}

export interface RouteTable extends Resource {
  readonly vpcId: string;
  readonly main: boolean;
  routes: Route[];
  /** The explicit ones, by association id. */
  associations: Record<string, { readonly subnetId: string; readonly associatedAt: number }>;
  /** Of the main table only: the association of every subnet that has no explicit one. */
  readonly mainAssociationId?: string;
}

export interface VpcEndpoint extends Resource {
  readonly vpcId: string;
  readonly serviceName: string;
  /** `Interface` unless set; no call makes one of a load balancer. */
  readonly type?: 'Interface' | 'Gateway' | 'GatewayLoadBalancer';
  /** An AWS service made it, and only that can delete it. */
  readonly requesterManaged?: boolean;
  routeTableIds?: readonly string[];
  /** Full access unless set. */
  policy?: string;
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
  readonly id: string;
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
interface RememberedToken {
  /** As it was when it was made: the answer once the resource is gone. */
  readonly resource: { readonly id: string };
  readonly parameters: string;
}

export interface BlockPublicAccess {
  readonly mode: 'off' | 'block-bidirectional' | 'block-ingress';
  readonly exclusions: readonly {
    /** A VPC's or a subnet's. */
    readonly resourceId: string;
    readonly mode: 'allow-bidirectional' | 'allow-egress';
  }[];
}

export type DependentKind =
  | 'peering'
  | 'vpn-gateway'
  | 'egress-only-gateway'
  | 'carrier-gateway'
  | 'transit-gateway-attachment'
  | 'instance-connect-endpoint'
  | 'client-vpn-endpoint'
  | 'network-acl';

export interface Dependent {
  readonly kind: DependentKind;
  readonly id: string;
  readonly vpcId: string;
  /** The other VPC of a peering, the transit gateway of an attachment. */
  readonly otherId?: string;
  /** In the words of its kind; the one it has while it lives unless given. */
  readonly state: string;
  readonly tags: Record<string, string>;
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
  flowLogs: Record<string, FlowLog>;
  /** ARNs of buckets that take flow logs of this account. */
  flowLogBuckets?: string[];
  transitGatewayAttachments: Record<string, TransitGatewayAttachment>;
  /** Those that this account can see, by id. */
  transitGateways?: Record<string, TransitGateway>;
  tokens: Record<string, RememberedToken>;
  /** What others hang on VPCs, of kinds no call here makes. */
  dependents?: Dependent[];
  /** GuardDuty's runtime monitoring with automated agents. */
  guardDuty?: boolean;
  blockPublicAccess?: BlockPublicAccess;
  /** Counts public addresses handed out. */
  publicAddresses: number;
}
