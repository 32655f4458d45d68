/** Access entries: who may use the Kubernetes API, and with which access policies. */
import { z } from 'zod';
import { type Call, mutation, type Operation, read } from '#embedded/model.ts';
import { roleIdOf, roleIsKnown } from '#embedded/services/iam/state.ts';
import {
  type AccessEntry,
  arnOf,
  type Cluster,
  checkTags,
  invalidParameter,
  invalidRequest,
  page,
  requireActiveCluster,
  requireCluster,
  resourceInUse,
  resourceNotFound,
  uuid,
} from './state.ts';

const accessPolicies: ReadonlySet<string> = new Set([
  'AmazonEKSClusterAdminPolicy',
  'AmazonEKSAdminPolicy',
  'AmazonEKSAdminViewPolicy',
  'AmazonEKSEditPolicy',
  'AmazonEKSViewPolicy',
]);

function requireApiMode(cluster: Cluster): void {
  if (cluster.authenticationMode === 'CONFIG_MAP') {
    throw invalidRequest(
      "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this operation.",
      { clusterName: cluster.name },
    );
  }
}

function requireEntry(cluster: Cluster, principalArn: string): AccessEntry {
  requireApiMode(cluster);
  const entry = cluster.accessEntries[principalArn];
  if (!entry) {
    throw resourceNotFound(
      "The specified principalArn could not be found. You can view your available access entries with 'list-access-entries'.",
      { clusterName: cluster.name },
    );
  }
  return entry;
}

export function accessEntryArn(call: Call, cluster: Cluster, entry: AccessEntry): string {
  const [, kind, name] = /:(role|user)\/(?:.*\/)?([^/]+)$/.exec(entry.principalArn) ?? [];
  return arnOf(call, `access-entry/${cluster.name}/${kind}/${call.account}/${name}/${entry.uid}`);
}

/**
 * A role EKS finds in IAM, by its whole ARN, path included; one that was made seconds ago it does not find yet.
 * Roles of other accounts are taken at their word: this account cannot tell.
 */
function checkPrincipal(call: Call, cluster: Cluster, principalArn: string): void {
  const extra = { clusterName: cluster.name };
  // An sts session is nobody to EKS: it wants the role or user behind it.
  if (!/^arn:[a-z-]+:iam::\d{12}:(role|user)\/.+$/.test(principalArn))
    throw invalidParameter('The principalArn parameter format is not valid', extra);
  if (principalArn.includes(':role/aws-service-role/'))
    throw invalidParameter(
      'The caller is not allowed to modify access entries with a principalArn value of a Service Linked Role',
      extra,
    );
  const isHere = principalArn.split(':')[4] === call.account;
  if (isHere && principalArn.includes(':role/') && !roleIsKnown(call, principalArn))
    throw invalidParameter('The specified principalArn is invalid: invalid principal.', extra);
}

function described(call: Call, cluster: Cluster, entry: AccessEntry): object {
  return {
    clusterName: cluster.name,
    principalArn: entry.principalArn,
    kubernetesGroups: entry.kubernetesGroups,
    accessEntryArn: accessEntryArn(call, cluster, entry),
    createdAt: new Date(entry.createdAt),
    modifiedAt: new Date(entry.createdAt),
    tags: entry.tags,
    username: entry.username,
    type: entry.type,
  };
}

function usernameOf(call: Call, principalArn: string, type: string): string {
  const role = /:role\/(?:.*\/)?([^/]+)$/.exec(principalArn)?.[1];
  if (type === 'EC2_LINUX') return 'system:node:{{EC2PrivateDNSName}}';
  return role
    ? `arn:${call.partition}:sts::${call.account}:assumed-role/${role}/{{SessionName}}`
    : principalArn;
}

function newEntry(call: Call, principalArn: string, type: string): AccessEntry {
  const roleId = roleIdOf(call, principalArn);
  return {
    uid: uuid(call),
    principalArn,
    ...(roleId ? { roleId } : {}),
    type,
    username: usernameOf(call, principalArn, type),
    kubernetesGroups: type === 'EC2_LINUX' ? ['system:nodes'] : [],
    createdAt: call.now,
    tags: {},
    policies: [],
  };
}

/**
 * EKS admits the nodes of its own node groups itself, where the role has no entry yet. It never takes one back, and
 * one made for an earlier role of that ARN stays, dead (aws/containers-roadmap#2631).
 */
export function admitNodeRole(call: Call, cluster: Cluster, nodeRole: string): void {
  if (cluster.authenticationMode === 'CONFIG_MAP') return;
  cluster.accessEntries[nodeRole] ??= newEntry(call, nodeRole, 'EC2_LINUX');
}

/** Does the entry let in the role that bears this ARN now? Entries hold the role's unique id, which is shown nowhere. */
export function admitsNodes(call: Call, cluster: Cluster, nodeRole: string): boolean {
  if (cluster.authenticationMode === 'CONFIG_MAP') return true;
  const entry = cluster.accessEntries[nodeRole];
  return entry?.type === 'EC2_LINUX' && entry.roleId === roleIdOf(call, nodeRole);
}

const paging = { maxResults: z.number().int().optional(), nextToken: z.string().optional() };
const target = { clusterName: z.string(), principalArn: z.string() };

const entryOperations: Record<string, Operation> = {
  CreateAccessEntry: mutation(
    {
      ...target,
      clientRequestToken: z.string().optional(),
      type: z.enum(['STANDARD', 'EC2_LINUX', 'EC2_WINDOWS', 'EC2']).optional(),
      kubernetesGroups: z.array(z.string()).optional(),
      tags: z.record(z.string(), z.string()).optional(),
    },
    (input, call) => {
      const cluster = requireActiveCluster(call, input.clusterName);
      requireApiMode(cluster);
      checkPrincipal(call, cluster, input.principalArn);
      if (cluster.accessEntries[input.principalArn]) {
        throw resourceInUse('The specified access entry resource is already in use on this cluster.', {
          clusterName: cluster.name,
        });
      }
      checkTags(input.tags ?? {});
      const entry: AccessEntry = {
        ...newEntry(call, input.principalArn, input.type ?? 'STANDARD'),
        ...(input.kubernetesGroups ? { kubernetesGroups: input.kubernetesGroups } : {}),
        tags: input.tags ?? {},
      };
      cluster.accessEntries[entry.principalArn] = entry;
      return { accessEntry: described(call, cluster, entry) };
    },
  ),
  DescribeAccessEntry: read(target, (input, call) => {
    const cluster = requireCluster(call, input.clusterName);
    return { accessEntry: described(call, cluster, requireEntry(cluster, input.principalArn)) };
  }),
  ListAccessEntries: read(
    { clusterName: z.string(), associatedPolicyArn: z.string().optional(), ...paging },
    (input, call) => {
      const cluster = requireCluster(call, input.clusterName);
      requireApiMode(cluster);
      const arns = Object.values(cluster.accessEntries)
        .filter(
          (entry) =>
            !input.associatedPolicyArn ||
            entry.policies.some((policy) => policy.policyArn === input.associatedPolicyArn),
        )
        .map((entry) => entry.principalArn)
        .sort();
      const { items, next } = page(arns, input);
      return { accessEntries: items, nextToken: next };
    },
  ),
  DeleteAccessEntry: mutation(target, (input, call) => {
    const cluster = requireCluster(call, input.clusterName);
    requireEntry(cluster, input.principalArn);
    delete cluster.accessEntries[input.principalArn];
    return {};
  }),
};

const policyOperations: Record<string, Operation> = {
  AssociateAccessPolicy: mutation(
    {
      ...target,
      policyArn: z.string(),
      accessScope: z.strictObject({
        type: z.enum(['cluster', 'namespace']),
        namespaces: z.array(z.string()).optional(),
      }),
    },
    (input, call) => {
      const cluster = requireActiveCluster(call, input.clusterName);
      const entry = requireEntry(cluster, input.principalArn);
      const prefix = `arn:${call.partition}:eks::aws:cluster-access-policy/`;
      if (!input.policyArn.startsWith(prefix) || !accessPolicies.has(input.policyArn.slice(prefix.length)))
        throw invalidParameter('The policyArn parameter format is not valid', { clusterName: cluster.name });
      const policy = {
        policyArn: input.policyArn,
        scope: { type: input.accessScope.type, namespaces: input.accessScope.namespaces ?? [] },
        associatedAt: call.now,
      };
      entry.policies = [...entry.policies.filter((one) => one.policyArn !== input.policyArn), policy];
      return {
        clusterName: cluster.name,
        principalArn: entry.principalArn,
        associatedAccessPolicy: describedPolicy(policy),
      };
    },
  ),
  DisassociateAccessPolicy: mutation({ ...target, policyArn: z.string() }, (input, call) => {
    const entry = requireEntry(requireActiveCluster(call, input.clusterName), input.principalArn);
    entry.policies = entry.policies.filter((one) => one.policyArn !== input.policyArn);
    return {};
  }),
  ListAssociatedAccessPolicies: read({ ...target, ...paging }, (input, call) => {
    const cluster = requireCluster(call, input.clusterName);
    const { items, next } = page(requireEntry(cluster, input.principalArn).policies, input);
    return {
      clusterName: cluster.name,
      principalArn: input.principalArn,
      associatedAccessPolicies: items.map(describedPolicy),
      nextToken: next,
    };
  }),
};

function describedPolicy(policy: AccessEntry['policies'][number]): object {
  return {
    policyArn: policy.policyArn,
    accessScope: policy.scope,
    associatedAt: new Date(policy.associatedAt),
    modifiedAt: new Date(policy.associatedAt),
  };
}

export const accessOperations: Record<string, Operation> = { ...entryOperations, ...policyOperations };
