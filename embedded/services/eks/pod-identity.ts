/** Pod identity associations: which role a service account's pods get. */
import { z } from 'zod';
import { type Call, mutation, type Operation, read } from '#embedded/model.ts';
import { roleExists, roleSeenBy } from '#embedded/services/iam/state.ts';
import {
  arnOf,
  type Cluster,
  checkTags,
  invalidParameter,
  type PodIdentityAssociation,
  page,
  requireActiveCluster,
  requireCluster,
  resourceInUse,
  resourceNotFound,
} from './state.ts';

export interface NewAssociation {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly roleArn: string;
  readonly ownerArn?: string;
  readonly tags?: Record<string, string>;
}

/** @throws while the role is new to IAM, in words that mean "not yet". */
export function associate(call: Call, cluster: Cluster, wanted: NewAssociation): PodIdentityAssociation {
  const { namespace, serviceAccount, roleArn } = wanted;
  checkTags(wanted.tags ?? {});
  if (!roleExists(call, roleArn))
    throw invalidParameter('Role provided in the request does not exist.', { clusterName: cluster.name });
  // Also of a role made seconds ago (hashicorp/terraform-provider-aws#41483).
  if (roleSeenBy(call, roleArn, 'pods.eks.amazonaws.com') === 'unusable')
    throw invalidParameter('Trust policy of the role provided is invalid.', { clusterName: cluster.name });
  const existing = Object.values(cluster.podIdentityAssociations).find(
    (one) => one.namespace === namespace && one.serviceAccount === serviceAccount,
  );
  if (existing)
    throw resourceInUse(`Association already exists: ${existing.id}`, { clusterName: cluster.name });
  const association: PodIdentityAssociation = {
    id: call.newId('a'),
    namespace,
    serviceAccount,
    roleArn,
    createdAt: call.now,
    ...(wanted.ownerArn ? { ownerArn: wanted.ownerArn } : {}),
    tags: wanted.tags ?? {},
  };
  cluster.podIdentityAssociations[association.id] = association;
  return association;
}

export function associationArn(call: Call, cluster: Cluster, one: PodIdentityAssociation): string {
  return arnOf(call, `podidentityassociation/${cluster.name}/${one.id}`);
}

function summary(call: Call, cluster: Cluster, one: PodIdentityAssociation): object {
  return {
    clusterName: cluster.name,
    namespace: one.namespace,
    serviceAccount: one.serviceAccount,
    associationArn: associationArn(call, cluster, one),
    associationId: one.id,
    ...(one.ownerArn ? { ownerArn: one.ownerArn } : {}),
  };
}

function described(call: Call, cluster: Cluster, one: PodIdentityAssociation): object {
  return {
    ...summary(call, cluster, one),
    roleArn: one.roleArn,
    tags: one.tags,
    createdAt: new Date(one.createdAt),
    modifiedAt: new Date(one.createdAt),
    disableSessionTags: false,
  };
}

function requireAssociation(cluster: Cluster, id: string): PodIdentityAssociation {
  const one = cluster.podIdentityAssociations[id];
  if (!one) throw resourceNotFound(`Association not found: ${id}`, { clusterName: cluster.name });
  return one;
}

const target = { clusterName: z.string(), associationId: z.string() };

export const podIdentityOperations: Record<string, Operation> = {
  CreatePodIdentityAssociation: mutation(
    {
      clusterName: z.string(),
      namespace: z.string(),
      serviceAccount: z.string(),
      roleArn: z.string(),
      clientRequestToken: z.string().optional(),
      tags: z.record(z.string(), z.string()).optional(),
    },
    (input, call) => {
      const cluster = requireActiveCluster(call, input.clusterName);
      return { association: described(call, cluster, associate(call, cluster, input)) };
    },
  ),
  DescribePodIdentityAssociation: read(target, (input, call) => {
    const cluster = requireCluster(call, input.clusterName);
    return { association: described(call, cluster, requireAssociation(cluster, input.associationId)) };
  }),
  ListPodIdentityAssociations: read(
    {
      clusterName: z.string(),
      namespace: z.string().optional(),
      serviceAccount: z.string().optional(),
      maxResults: z.number().int().optional(),
      nextToken: z.string().optional(),
    },
    (input, call) => {
      const cluster = requireCluster(call, input.clusterName);
      const matching = Object.values(cluster.podIdentityAssociations).filter(
        (one) =>
          (!input.namespace || one.namespace === input.namespace) &&
          (!input.serviceAccount || one.serviceAccount === input.serviceAccount),
      );
      const { items, next } = page(matching, input);
      return { associations: items.map((one) => summary(call, cluster, one)), nextToken: next };
    },
  ),
  DeletePodIdentityAssociation: mutation(target, (input, call) => {
    const cluster = requireActiveCluster(call, input.clusterName);
    const one = requireAssociation(cluster, input.associationId);
    delete cluster.podIdentityAssociations[one.id];
    return { association: described(call, cluster, one) };
  }),
};
