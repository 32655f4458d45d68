/**
 * Deterministic names, for the services that find their resources by name. With environment names of at most
 * {@link maxEnvironmentNameLength} characters each fits its limit: ElastiCache 40, IAM 64, RDS and node group 63.
 */
import type { EnvironmentTarget } from '#lib/run/environment.ts';

/** Whose names: all that decides them. */
export type NamesTarget = Pick<EnvironmentTarget, 'name' | 'region'>;

/** Every name this environment uses. All lower-case: RDS and ElastiCache lower-case what they are given. */
export function names(environment: NamesTarget) {
  const prefix = `aoscloud-${environment.name}`;
  // IAM is global: the region keeps two environments of one name apart.
  const rolePrefix = `aoscloud-${environment.region}-${environment.name}`;
  return {
    cluster: prefix,
    clusterLogGroup: `/aws/eks/${prefix}/cluster`,
    nodegroup: `${prefix}-nodes`,
    /** Beside the other while one takes over, and then the one that stays: the next one has the first name again. */
    nodegroupBeside: `${prefix}-nodes-2`,
    launchTemplate: `${prefix}-nodes`,
    clusterRole: `${rolePrefix}-eks-cluster`,
    nodeRole: `${rolePrefix}-eks-nodes`,
    efsCsiRole: `${rolePrefix}-efs-csi`,
    loadBalancerSecurityGroup: `${prefix}-public-load-balancer`,
    auroraCluster: `${prefix}-aurora`,
    auroraSubnetGroup: `${prefix}-aurora`,
    auroraParameterGroup: `${prefix}-aurora`,
    /** Beside the other while a major version takes over, and then the one that stays. */
    auroraParameterGroupBeside: `${prefix}-aurora-2`,
    documentdbCluster: `${prefix}-documentdb`,
    documentdbSubnetGroup: `${prefix}-documentdb`,
    documentdbParameterGroup: `${prefix}-documentdb`,
    documentdbParameterGroupBeside: `${prefix}-documentdb-2`,
    replicationGroup: `${prefix}-redis`,
    cacheSubnetGroup: `${prefix}-redis`,
    cacheUserGroup: `${prefix}-redis`,
    cacheUser: `${prefix}-redis`,
    cacheDefaultUser: `${prefix}-redis-off`,
    fileSystemCreationToken: `${prefix}-efs`,
  } as const;
}
