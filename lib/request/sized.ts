/** A request with every figure filled in: its own, or those of its size, or what this service picks. */
import type { EnvironmentPlan, IngressRule } from '#lib/run/environment.ts';
import { environmentCidr, overlaps } from './address-plan.ts';
import { defaultCacheVersions } from './data-fields.ts';
import { defaultKubernetesVersion, type EnvironmentRequest } from './request.ts';
import { sizes } from './sizes.ts';

/** What EKS would pick itself, then one more, for a VPC or a reserved block that lies on the first. */
const serviceCidrs = ['172.20.0.0/16', '10.100.0.0/16', '192.168.0.0/16'] as const;

/** A database as asked for: the engine version is still AWS's default unless the request names one. */
export interface DatabaseWish {
  readonly instanceClass: string;
  readonly instances: number;
  readonly engineVersion: string | undefined;
  readonly allowMajorUpgrade: boolean;
  readonly storageType: string;
  readonly backupRetentionDays: number;
  readonly deletionProtection: boolean;
  readonly restoreFrom?: string | undefined;
}

/** A request with every figure filled in that needs no question to AWS. */
export interface SizedRequest
  extends Pick<
    EnvironmentPlan,
    'region' | 'onFailure' | 'tags' | 'vpcCidr' | 'eks' | 'elasticache' | 'efs' | 'network'
  > {
  readonly name: string;
  readonly roleArn: string | undefined;
  readonly aurora: DatabaseWish;
  readonly documentdb: DatabaseWish;
  readonly loadBalancer: { readonly ingress: readonly IngressRule[] };
  readonly reservedCidrs: readonly { readonly cidr: string; readonly owner: string }[];
  /** As asked for; undefined: the default, and whatever a cluster has that exists. */
  readonly askedKubernetesVersion: string | undefined;
  /** As asked for; undefined: chosen here, and whatever a cluster has that exists. */
  readonly askedServiceIpv4Cidr: string | undefined;
  /** Names or ids, three of them, or undefined: preflight chooses. */
  readonly availabilityZones: readonly string[] | undefined;
}

/**
 * The request's own figures over those of its size; protection inherited where a service does not say. `vpcCidr`: the
 * block it stands on, which a request for "auto" does not say.
 */
export function sized(
  request: EnvironmentRequest,
  vpcCidr: string = environmentCidr(request.vpcCidr, request.staging),
): SizedRequest {
  const figures = sizes[request.size];
  const { eks, elasticache } = request;
  const database = (service: 'aurora' | 'documentdb'): DatabaseWish => {
    const asked = request[service];
    return {
      instanceClass: asked.instanceClass ?? figures[service].instanceClass,
      instances: asked.instances ?? figures[service].instances,
      engineVersion: asked.engineVersion,
      allowMajorUpgrade: asked.allowMajorUpgrade,
      storageType: asked.storageType ?? figures[service].storageType,
      backupRetentionDays: asked.backupRetentionDays,
      deletionProtection: asked.deletionProtection ?? request.deletionProtection,
      restoreFrom: asked.restoreFrom,
    };
  };
  return {
    name: request.environment,
    region: request.region,
    roleArn: request.roleArn,
    onFailure: request.onFailure,
    tags: request.tags,
    vpcCidr,
    reservedCidrs: request.reservedCidrs,
    availabilityZones: request.availabilityZones,
    askedKubernetesVersion: eks.version,
    askedServiceIpv4Cidr: eks.serviceIpv4Cidr,
    eks: {
      version: eks.version ?? defaultKubernetesVersion,
      supportType: eks.supportType,
      serviceIpv4Cidr: eks.serviceIpv4Cidr ?? freeServiceCidr(vpcCidr, request.reservedCidrs),
      publicAccess: eks.publicAccess,
      publicAccessCidrs: eks.publicAccessCidrs,
      administrators: eks.administrators,
      deletionProtection: eks.deletionProtection ?? request.deletionProtection,
      nodes: { ...eks.nodes, instanceTypes: eks.nodes.instanceTypes ?? figures.nodeInstanceTypes },
    },
    aurora: database('aurora'),
    documentdb: database('documentdb'),
    elasticache: {
      nodeType: elasticache.nodeType ?? figures.elasticache.nodeType,
      replicas: elasticache.replicas ?? figures.elasticache.replicas,
      engine: elasticache.engine,
      engineVersion: elasticache.engineVersion ?? defaultCacheVersions[elasticache.engine],
      snapshotRetentionDays: elasticache.snapshotRetentionDays,
      authentication: elasticache.authentication,
      restoreFrom: elasticache.restoreFrom,
    },
    efs: request.efs,
    loadBalancer: request.loadBalancer,
    network: request.network,
  };
}

/** EKS refuses service addresses inside the VPC; those of a connected network would be unreachable from pods. */
function freeServiceCidr(vpcCidr: string, reserved: readonly { readonly cidr: string }[]): string {
  const outsideVpc = serviceCidrs.filter((candidate) => !overlaps(candidate, vpcCidr));
  const free = outsideVpc.find((candidate) => !reserved.some(({ cidr }) => overlaps(candidate, cidr)));
  return free ?? outsideVpc[0]!;
}
