/**
 * Deterministic names, for the services that find their resources by name. With environment names of at most
 * {@link maxEnvironmentNameLength} characters each fits its limit: ElastiCache 40, IAM 64, RDS and node group 63.
 */
import { createHash } from 'node:crypto';
import type { EnvironmentTarget } from '#lib/run/environment.ts';

export const maxEnvironmentNameLength = 20;

/** What a request may call an environment. Nothing else was ever made, so nothing else is ever removed. */
export const environmentNamePattern = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

export function isEnvironmentName(text: string): boolean {
  return text.length <= maxEnvironmentNameLength && environmentNamePattern.test(text);
}

/** What Step Functions takes for an execution's name: no wildcards among it, which EC2's tag filters would follow. */
export const executionNamePattern = /^[^\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}]{1,80}$/u;

const longestExecutionName = 80;

/** The name of an execution that follows another; one that gets too long is cut, and told apart by its hash. */
export function followingName(execution: string, suffix: string): string {
  if (execution.length + suffix.length <= longestExecutionName) return `${execution}${suffix}`;
  const hash = createHash('sha256').update(execution).digest('hex').slice(0, 12);
  return `${execution.slice(0, longestExecutionName - suffix.length - hash.length - 1)}-${hash}${suffix}`;
}

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
    launchTemplate: `${prefix}-nodes`,
    clusterRole: `${rolePrefix}-eks-cluster`,
    nodeRole: `${rolePrefix}-eks-nodes`,
    efsCsiRole: `${rolePrefix}-efs-csi`,
    loadBalancerSecurityGroup: `${prefix}-public-load-balancer`,
    auroraCluster: `${prefix}-aurora`,
    auroraSubnetGroup: `${prefix}-aurora`,
    auroraParameterGroup: `${prefix}-aurora`,
    documentdbCluster: `${prefix}-documentdb`,
    documentdbSubnetGroup: `${prefix}-documentdb`,
    documentdbParameterGroup: `${prefix}-documentdb`,
    replicationGroup: `${prefix}-redis`,
    cacheSubnetGroup: `${prefix}-redis`,
    cacheUserGroup: `${prefix}-redis`,
    cacheUser: `${prefix}-redis`,
    cacheDefaultUser: `${prefix}-redis-off`,
    fileSystemCreationToken: `${prefix}-efs`,
  } as const;
}
