/**
 * What AWS says exists, in one plain object: the ground on which every rule is judged. Reduced to the members
 * the rules and the outputs need; nothing in here comes from the request.
 */
import type { Zone } from '#lib/run/environment.ts';

export interface VpcSeen {
  readonly id: string;
  readonly cidr: string;
  /** Further CIDR blocks that somebody associated. */
  readonly moreCidrs: readonly string[];
  readonly state: string;
  readonly tenancy: string;
  /** The value of its `Name` tag. */
  readonly name: string | undefined;
  /** The execution that made it; undefined for a VPC that is not an environment's. */
  readonly createdBy: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
}

export interface SubnetSeen {
  readonly id: string;
  readonly cidr: string;
  readonly state: string;
  readonly zone: Zone;
  /** Does what starts in it get a public address? */
  readonly publicAddresses: boolean;
  readonly tags: Readonly<Record<string, string>>;
}

export interface InternetGatewaySeen {
  readonly id: string;
  readonly attachments: readonly { readonly vpcId: string; readonly state: string }[];
}

export interface NatGatewaySeen {
  readonly id: string;
  readonly state: string;
  readonly subnetId: string;
  readonly connectivity: string;
  /** The value of its component tag; undefined where it is somebody else's. */
  readonly component: string | undefined;
  readonly addresses: readonly { readonly allocationId: string; readonly publicIp: string }[];
}

/** Of this VPC, standing or on its way in. */
export interface TransitGatewayAttachmentSeen {
  readonly id: string;
  readonly gatewayId: string;
  readonly state: string;
  readonly subnetIds: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
}

/** Of this VPC. */
export interface FlowLogSeen {
  readonly id: string;
  /** An ARN; of a log group maybe its name only. */
  readonly destination: string;
  readonly roleArn: string | undefined;
  /** Lower case: `all`, `accept`, `reject`. */
  readonly trafficType: string;
  readonly deliveryError: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
}

interface RouteSeen {
  /** IPv4 or IPv6 block; for a managed prefix list its id. */
  readonly destination: string;
  /** `local`, or the id of what it leads to. */
  readonly target: string;
  readonly state: string;
}

export interface RouteTableSeen {
  readonly id: string;
  readonly main: boolean;
  readonly routes: readonly RouteSeen[];
  /** Subnets associated explicitly, the association standing. */
  readonly subnetIds: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
}

export interface EndpointSeen {
  readonly id: string;
  readonly serviceName: string;
  readonly type: string;
  /** Lower case, whatever the wire said. */
  readonly state: string;
  readonly privateDns: boolean;
  readonly subnetIds: readonly string[];
  /** Of a gateway endpoint: the tables its route is on. */
  readonly routeTableIds: readonly string[];
  readonly securityGroupIds: readonly string[];
  readonly dnsName: string | undefined;
  /** As AWS tells it. */
  readonly policy: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
}

export interface PermissionSeen {
  /** `-1` (all), `tcp`, `udp`, `icmp`, or a protocol number. */
  readonly protocol: string;
  /** Absent where the protocol has none. */
  readonly fromPort: number | undefined;
  readonly toPort: number | undefined;
  /** Security groups, and managed prefix lists: whatever is named by id. */
  readonly groupIds: readonly string[];
  readonly cidrs: readonly string[];
}

export interface SecurityGroupSeen {
  readonly id: string;
  readonly name: string;
  readonly ingress: readonly PermissionSeen[];
  readonly egress: readonly PermissionSeen[];
  readonly tags: Readonly<Record<string, string>>;
}

export interface AclEntrySeen {
  readonly number: number;
  readonly egress: boolean;
  readonly allow: boolean;
  /** `-1` (all), or a protocol number. */
  readonly protocol: string;
  readonly cidr: string;
  readonly fromPort: number | undefined;
  readonly toPort: number | undefined;
}

export interface NetworkAclSeen {
  readonly id: string;
  readonly subnetIds: readonly string[];
  readonly entries: readonly AclEntrySeen[];
}

/** The environment's VPC and what hangs on it. */
export interface NetworkSeen {
  /** VPCs that carry the environment's ownership tag: one, if all is well. */
  readonly vpcs: readonly VpcSeen[];
  /** Every other VPC of this account and region. */
  readonly otherVpcs: readonly VpcSeen[];
  readonly dnsSupport: boolean;
  readonly dnsHostnames: boolean;
  readonly subnets: readonly SubnetSeen[];
  readonly internetGateways: readonly InternetGatewaySeen[];
  /** Those that live: a deleted one stays listed for about an hour. */
  readonly natGateways: readonly NatGatewaySeen[];
  readonly addresses: readonly { readonly allocationId: string; readonly publicIp: string }[];
  readonly routeTables: readonly RouteTableSeen[];
  readonly flowLogs: readonly FlowLogSeen[];
  readonly transitGatewayAttachments: readonly TransitGatewayAttachmentSeen[];
  /** Those that exist: a deleted one stays listed for a while. */
  readonly endpoints: readonly EndpointSeen[];
  readonly securityGroups: readonly SecurityGroupSeen[];
  readonly networkAcls: readonly NetworkAclSeen[];
}

export interface ClusterSeen {
  readonly name: string;
  readonly status: string;
  readonly version: string;
  readonly endpoint: string;
  readonly vpcId: string;
  readonly subnetIds: readonly string[];
  readonly privateAccess: boolean;
  /** `STANDARD` or `EXTENDED`. */
  readonly supportType: string;
  readonly publicAccess: boolean;
  readonly publicAccessCidrs: readonly string[];
  readonly deletionProtection: boolean;
  /** The kinds that are on. */
  readonly logTypes: readonly string[];
  readonly serviceIpv4Cidr: string | undefined;
  readonly securityGroupId: string | undefined;
  readonly issuer: string | undefined;
}

export interface NodegroupSeen {
  readonly name: string;
  readonly status: string;
  /** Of Kubernetes. */
  readonly version: string;
  readonly subnetIds: readonly string[];
  readonly amiType: string;
  readonly instanceTypes: readonly string[];
  readonly minSize: number;
  readonly maxSize: number;
}

/** A role that may enter the cluster. */
export interface AccessEntrySeen {
  /** The role's ARN. */
  readonly principal: string;
  /** Carries the environment's tag: this service made it. */
  readonly own: boolean;
  /** Has the administrators' policy. */
  readonly administers: boolean;
}

export interface LaunchTemplateSeen {
  readonly id: string;
  readonly version: string;
  readonly httpTokens: string | undefined;
  /** `enabled`: nodes have the metadata service. */
  readonly httpEndpoint: string | undefined;
  /** How far its answers get. */
  readonly hopLimit: number | undefined;
  /** Empty: EKS gives the nodes the cluster security group. */
  readonly securityGroupIds: readonly string[];
  readonly volumes: readonly {
    readonly device: string;
    readonly type: string | undefined;
    readonly sizeGiB: number | undefined;
    readonly encrypted: boolean;
    /** It goes with its instance. */
    readonly deletedWithNode: boolean;
  }[];
}

/** What the plan's disk is for: Bottlerocket's second volume. The first one is its system's (functions/eks-nodes/launch-template.ts). */
export function diskOf(template: LaunchTemplateSeen | undefined): number | undefined {
  return template?.volumes.find(({ device }) => device === '/dev/xvdb')?.sizeGiB;
}

/** The control plane and what belongs to it. */
export interface KubernetesSeen {
  readonly cluster: ClusterSeen | undefined;
  readonly oidcProvider:
    | { readonly arn: string; readonly url: string; readonly audiences: readonly string[] }
    | undefined;
  readonly addons: readonly { readonly name: string; readonly status: string }[];
  readonly accessEntries: readonly AccessEntrySeen[];
  /** The one that does the work. */
  readonly nodegroup: NodegroupSeen | undefined;
  /** Of our names, while one takes over from the other. */
  readonly nodegroupsBeside: readonly NodegroupSeen[];
  readonly launchTemplate: LaunchTemplateSeen | undefined;
}

export interface SubnetGroupSeen {
  readonly name: string;
  readonly vpcId: string;
  readonly subnetIds: readonly string[];
}

/** Aurora and DocumentDB: one API, one shape. */
export interface DatabaseSeen {
  readonly id: string;
  readonly engine: string;
  readonly engineVersion: string;
  readonly status: string;
  readonly endpoint: string;
  readonly readerEndpoint: string;
  readonly port: number;
  readonly subnetGroup: SubnetGroupSeen | undefined;
  readonly securityGroupIds: readonly string[];
  readonly storageEncrypted: boolean;
  /** As the request names it. */
  readonly storageType: string;
  readonly backupRetentionDays: number;
  readonly deletionProtection: boolean;
  readonly servesTls: boolean;
  /** Does it refuse connections without TLS? */
  readonly insistsOnTls: boolean;
  readonly parameterGroup: string;
  /** Of a group that is not AWS's own: what was set in it. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Where AWS keeps the password; never the password. */
  readonly secret: { readonly arn: string; readonly status: string } | undefined;
  readonly instances: readonly {
    readonly id: string;
    readonly status: string;
    readonly instanceClass: string;
    /** The one it is to get in its maintenance window. */
    readonly pendingClass: string | undefined;
    readonly zone: string;
  }[];
}

export interface CacheSeen {
  readonly id: string;
  readonly status: string;
  readonly nodeType: string;
  /** The primary and its replicas, those being made among them. */
  readonly nodes: number;
  /** Undefined while no node tells it. */
  readonly engineVersion: string | undefined;
  readonly snapshotRetentionDays: number;
  readonly multiZone: boolean;
  readonly automaticFailover: boolean;
  readonly userGroupIds: readonly string[];
  readonly atRestEncryption: boolean;
  readonly transitEncryption: boolean;
  readonly primaryEndpoint: string;
  readonly readerEndpoint: string;
  readonly port: number;
  readonly subnetGroup: SubnetGroupSeen | undefined;
  readonly members: readonly {
    readonly id: string;
    readonly status: string;
    readonly engine: string;
    readonly zone: string;
    readonly securityGroupIds: readonly string[];
  }[];
}

export interface FileSystemSeen {
  readonly id: string;
  readonly state: string;
  readonly encrypted: boolean;
  readonly throughputMode: string;
  /** MiB a second, with the mode `provisioned`. */
  readonly provisionedThroughput: number | undefined;
  /** Daily, by AWS Backup. */
  readonly backup: boolean;
  readonly mountTargets: readonly {
    readonly id: string;
    readonly state: string;
    readonly vpcId: string;
    readonly subnetId: string;
    readonly zoneId: string;
    readonly securityGroupIds: readonly string[];
  }[];
}

export interface Observation extends NetworkSeen, KubernetesSeen {
  readonly aurora: DatabaseSeen | undefined;
  readonly documentdb: DatabaseSeen | undefined;
  readonly cache: CacheSeen | undefined;
  readonly fileSystem: FileSystemSeen | undefined;
}
