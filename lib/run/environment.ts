/**
 * What crosses the boundary between the state machines and the steps. Plain JSON: ids, never descriptions.
 */
import type { AwsTarget } from '#lib/aws/clients.ts';
import type { StepName } from './steps.ts';

/** An Availability Zone. Only `id` means the same place in every account; `name` is what most APIs take. */
export interface Zone {
  readonly name: string;
  readonly id: string;
}

export type SubnetGroup =
  | 'eks-private'
  | 'eks-public'
  | 'endpoints'
  | 'aurora'
  | 'documentdb'
  | 'elasticache';

/** One of the sixteen subnets of R6–R11. `component` is its tag, such as `subnet/eks-private/a`. */
export interface SubnetPlan {
  readonly component: string;
  readonly group: SubnetGroup;
  readonly cidr: string;
  readonly zone: Zone;
}

/** Which environment, where, and which execution speaks for it. All a removal needs to know. */
export interface EnvironmentTarget extends AwsTarget {
  /** The environment's name: the value of its ownership tag. */
  readonly name: string;
  /** Twelve digits. */
  readonly account: string;
  /** `aws`, `aws-cn`, `aws-us-gov`. */
  readonly partition: string;
  /** The execution's name: the value of `aoscloud:created-by` on what it makes. */
  readonly execution: string;
}

export interface IngressRule {
  readonly protocol: 'tcp' | 'udp' | 'icmp' | 'all';
  readonly fromPort?: number;
  readonly toPort?: number;
  readonly cidr: string;
  readonly description?: string;
}

/** What the network has beyond the specification's shape. All of it is off by default. */
interface NetworkOptions {
  /** An S3 gateway endpoint on the explicit route tables. */
  readonly s3GatewayEndpoint: boolean;
  /** One in the first public subnet, or one in each. */
  readonly natGateways: 'one' | 'per-zone';
  /** Allocation ids of the operator's Elastic IPs, one a NAT gateway in the order of the zones; empty: own ones. */
  readonly natAddresses: readonly string[];
  /** An existing transit gateway that the VPC is attached to, and the blocks behind it. */
  /** A flow log of the VPC: into a bucket or a log group that is there, by ARN, and for a log group the role that delivers. */
  readonly flowLogs?:
    | {
        readonly destination: string;
        readonly roleArn?: string | undefined;
        readonly trafficType: 'all' | 'accept' | 'reject';
      }
    | undefined;
  readonly transitGateway?: { readonly id: string; readonly routes: readonly string[] } | undefined;
}

export interface DatabasePlan {
  readonly instanceClass: string;
  readonly instances: number;
  /** The name of each instance's zone, from those of the plan that offer the class. */
  readonly instanceZones: readonly string[];
  readonly engineVersion: string;
  /** The engine's version may be of a later major one than the one that runs. */
  readonly allowMajorUpgrade?: boolean | undefined;
  /** Cluster parameter groups of ours that go once the cluster uses them no more: those of a former major version. */
  readonly formerParameterGroups?: readonly string[];
  /** Aurora: `aurora` (standard) or `aurora-iopt1`; DocumentDB: `standard` or `iopt1`. */
  readonly storageType: string;
  readonly backupRetentionDays: number;
  readonly deletionProtection: boolean;
  /** The snapshot a new one is made from, by identifier or ARN; absent: it is made empty. */
  readonly restoreFrom?: string | undefined;
}

/** Redis OSS, and what became of it under another name. */
type CacheEngine = 'redis' | 'valkey';

/** The accepted request: every default filled in, every choice made. Steps obey it and decide nothing. */
export interface EnvironmentPlan extends EnvironmentTarget {
  readonly onFailure: 'rollback' | 'keep';
  /** Name of the execution that would take this run back: at most 80 characters, and always the same for one run. */
  readonly rollbackName: string;
  /** The request's own tags; ownership tags are merged over them. */
  readonly tags: Readonly<Record<string, string>>;
  /** Where something that exists has other tags: the keys of earlier requests, which go unless {@link tags} has them. */
  readonly retag?: { readonly formerTags: readonly string[] };
  readonly vpcCidr: string;
  /** Three, in the letter order (a, b, c) used by every group (R12). */
  readonly zones: readonly [Zone, Zone, Zone];
  readonly subnets: readonly SubnetPlan[];
  /** The twelve services of R18: suffix (`ecr.api`) and full name (`com.amazonaws.<region>.ecr.api`). */
  readonly endpointServices: readonly { readonly suffix: string; readonly serviceName: string }[];
  readonly eks: {
    readonly version: string;
    /** `extended`: the cluster may stay on, and start with, a version out of standard support. */
    readonly supportType: 'standard' | 'extended';
    readonly serviceIpv4Cidr: string;
    readonly publicAccess: boolean;
    /** Who may reach the public API endpoint; empty unless `publicAccess`. */
    readonly publicAccessCidrs: readonly string[];
    /** IAM role ARNs that become cluster administrators. */
    readonly administrators: readonly string[];
    readonly deletionProtection: boolean;
    readonly nodes: {
      readonly instanceTypes: readonly string[];
      readonly minSize: number;
      readonly maxSize: number;
      readonly diskSizeGiB: number;
    };
  };
  readonly aurora: DatabasePlan;
  readonly documentdb: DatabasePlan;
  readonly elasticache: {
    readonly nodeType: string;
    /** Read replicas beside the primary. */
    readonly replicas: number;
    readonly engine: CacheEngine;
    readonly engineVersion: string;
    readonly snapshotRetentionDays: number;
    /** Who may connect: whoever the network lets, or who has a token of IAM. */
    readonly authentication: 'none' | 'iam';
    /** The snapshot a new one is made from; absent: it is made empty. */
    readonly restoreFrom?: string | undefined;
  };
  readonly efs: {
    readonly throughputMode: 'elastic' | 'bursting' | 'provisioned';
    /** MiB/s, for `provisioned` only. */
    readonly provisionedThroughput?: number;
    readonly backup: boolean;
  };
  readonly loadBalancer: { readonly ingress: readonly IngressRule[] };
  readonly network: NetworkOptions;
}

/** What a removal is asked to take down. */
export interface RemovalTarget extends EnvironmentTarget {
  /** Only what this execution made, when set (a rollback). */
  readonly createdBy?: string;
  /**
   * Deletion protection is switched off first. Only for taking back what a run made that never finished: such
   * databases never held data. Without it a protected resource blocks the removal.
   */
  readonly unprotect: boolean;
  /** The registry knows the run that is taken back, and no run ever completed the environment: nobody depends on it. */
  readonly neverReady?: boolean;
  /** Databases leave a final snapshot. */
  readonly finalSnapshots: boolean;
  /** The log groups of the databases go, too. */
  readonly deleteLogs: boolean;
  /**
   * Only of a rollback: what keeps a step from taking its service back, by step. Such a step touches nothing, the
   * others go on, and the removal ends by naming these.
   */
  readonly heldBack?: Readonly<Partial<Record<StepName, string>>>;
}

/** Slots of a queue that follow each other: the first, and how many. */
export type Turn = readonly [first: number, count: number];

/** By operation (`ec2:CreateSubnet`). */
export type Turns = Readonly<Record<string, readonly Turn[]>>;

/** Where a step stands in the queue at one of AWS's rates. */
export interface Queued {
  /** `ec2:CreateVpcEndpoint` and the like. */
  readonly operation: string;
  /** Of its first call; 1 is next. */
  readonly place: number;
  /** ISO 8601: when its first and its last call are to be expected. */
  readonly from: string;
  readonly until: string;
}

/** Ids known so far; each step adds its own. Later steps may rely on those of the steps ahead of them. */
export interface Resources {
  readonly vpcId?: string;
  /** The base VPC default security group (R21). */
  readonly defaultSecurityGroupId?: string;
  readonly mainRouteTableId?: string;
  /** Subnet id by component (`subnet/eks-private/a`). */
  readonly subnetIds?: Readonly<Record<string, string>>;
  readonly internetGatewayId?: string;
  readonly natGatewayId?: string;
  readonly allocationId?: string;
  /** Of the zones beside the first, where each has a NAT gateway: ids by component (`nat-gateway/b`). */
  readonly zonalIds?: Readonly<Record<string, string>>;
  readonly flowLogId?: string;
  readonly transitGatewayAttachmentId?: string;
  readonly privateRouteTableId?: string;
  readonly publicRouteTableId?: string;
  /** Endpoint id by service suffix (`ecr.api`). */
  readonly endpointIds?: Readonly<Record<string, string>>;
  readonly s3GatewayEndpointId?: string;
  readonly loadBalancerSecurityGroupId?: string;
  readonly clusterName?: string;
  /** The EKS cluster security group, made and managed by EKS (R26). */
  readonly clusterSecurityGroupId?: string;
  readonly oidcIssuer?: string;
  /** ISO 8601 by id: when a create was answered with it. Only of the last minute, in which a listing may miss it. */
  readonly madeAt?: Readonly<Record<string, string>>;
  /** Of our node groups, those this run has seen: after its first look it asks for no other name. */
  readonly nodegroupNames?: readonly string[];
  /** With nodes that are ready: the add-ons that are all this run still waits for. */
  readonly addOnsAwaited?: readonly string[];
  /** Endpoints that this run has seen without the EKS group, and has not changed yet. */
  readonly endpointsToChange?: readonly string[];
  /** Node groups that EKS could not delete and that this run has asked to be deleted once more. */
  readonly deletionsAskedAgain?: readonly string[];
  /** Of EKS, by what is updated: the last update this run asked for. How it ended, only the id tells. */
  readonly updateIds?: Readonly<Record<string, string>>;
  /** By step: the slots it has taken in the queues at AWS's rates, and not used yet. */
  readonly turns?: Readonly<Partial<Record<StepName, Turns>>>;
  /** ISO 8601 by name: when this run asked AWS to change it. What was asked for shows only some time later. */
  readonly changesAskedAt?: Readonly<Record<string, string>>;
}

/** An answer of AWS that was taken for "not yet", and since when it comes at every look. */
export interface Refusal {
  readonly operation: string;
  readonly code: string;
  /** AWS's own, shortened. */
  readonly sentence: string;
  /** ISO 8601: the first look that met it. */
  readonly since: string;
}

/** A step's answer. The state machine keeps the last one and hands it back at the next look. */
export interface StepAnswer {
  /** Who answered: a step's name, or `accept`. */
  readonly step: StepName | 'accept';
  readonly status: 'ready' | 'gone' | 'pending';
  /**
   * True once AWS has accepted this step's first pass, so that the next step may be requested (W1).
   * False only while throttling or a missing dependency kept it from asking for anything.
   */
  readonly requested: boolean;
  /** Whole seconds until looking again is worth it; 0 unless pending. */
  readonly retryAfterSeconds: number;
  /** ISO 8601: when this step's first look at this loop was. */
  readonly since: string;
  /** One sentence for the person watching. */
  readonly detail: string;
  /** Of the time since then: spent in queues at AWS's rates, which no deadline counts. */
  readonly queuedSeconds?: number;
  /** ISO 8601: this look ended in such a queue. */
  readonly queuedSince?: string;
  /** That queue. */
  readonly queue?: Queued;
  /** What AWS put off in this look; the next one tells by it how long that lasts. */
  readonly refusals?: readonly Refusal[];
  /** Every id known so far, this step's included. */
  readonly resources: Resources;
}

/** What the state machine hands to a step. `step` is the last answer on this path, of this step or the one ahead. */
export interface StepEvent<T extends EnvironmentTarget = EnvironmentPlan> {
  readonly environment: T;
  readonly step?: StepAnswer;
}
