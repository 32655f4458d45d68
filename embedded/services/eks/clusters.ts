/** Operations on clusters. */
import { z } from 'zod';
import { limitOf } from '#embedded/limits.ts';
import { type Call, mutation, type Operation, read } from '#embedded/model.ts';
import { checkedKubernetesVersion } from './catalogue.ts';
import {
  checkClusterRole,
  checkedPublicAccess,
  checkedServiceCidr,
  checkSecurityGroups,
  checkSubnets,
} from './cluster-checks.ts';
import { startCluster, startDeletion } from './cluster-life.ts';
import {
  arnOf,
  type Cluster,
  checkServiceLinkedRole,
  checkTags,
  describedUpdate,
  eksState,
  invalidParameter,
  invalidRequest,
  limitExceeded,
  page,
  requireCluster,
  resourceInUse,
  resourceNotFound,
  uuid,
} from './state.ts';

const logTypes = ['api', 'audit', 'authenticator', 'controllerManager', 'scheduler'] as const;

export const loggingSchema = z.strictObject({
  clusterLogging: z.array(z.strictObject({ types: z.array(z.enum(logTypes)), enabled: z.boolean() })),
});

const createShape = {
  name: z.string(),
  version: z.string().optional(),
  roleArn: z.string(),
  clientRequestToken: z.string().optional(),
  tags: z.record(z.string(), z.string()).optional(),
  resourcesVpcConfig: z.strictObject({
    subnetIds: z.array(z.string()).min(1),
    securityGroupIds: z.array(z.string()).max(5).optional(),
    endpointPublicAccess: z.boolean().optional(),
    endpointPrivateAccess: z.boolean().optional(),
    publicAccessCidrs: z.array(z.string()).optional(),
  }),
  kubernetesNetworkConfig: z
    .strictObject({ ipFamily: z.literal('ipv4').optional(), serviceIpv4Cidr: z.string().optional() })
    .optional(),
  accessConfig: z
    .strictObject({
      authenticationMode: z.enum(['API', 'API_AND_CONFIG_MAP', 'CONFIG_MAP']).optional(),
      bootstrapClusterCreatorAdminPermissions: z.boolean().optional(),
    })
    .optional(),
  upgradePolicy: z.strictObject({ supportType: z.enum(['STANDARD', 'EXTENDED']) }).optional(),
  bootstrapSelfManagedAddons: z.boolean().optional(),
  logging: loggingSchema.optional(),
  encryptionConfig: z
    .array(
      z.strictObject({
        resources: z.array(z.literal('secrets')),
        provider: z.strictObject({ keyArn: z.string() }),
      }),
    )
    .max(1)
    .optional(),
  deletionProtection: z.boolean().optional(),
};
type CreateInput = z.infer<z.ZodObject<typeof createShape>>;

/** The log types that are on after `logging` was applied to those that were. */
export function enabledLogTypes(
  before: readonly string[],
  logging: z.infer<typeof loggingSchema> | undefined,
): string[] {
  const enabled = new Set(before);
  for (const setup of logging?.clusterLogging ?? []) {
    for (const type of setup.types) {
      if (setup.enabled) enabled.add(type);
      else enabled.delete(type);
    }
  }
  return logTypes.filter((type) => enabled.has(type));
}

function describedLogging(cluster: Cluster): object {
  const off = logTypes.filter((type) => !cluster.logTypes.includes(type));
  return {
    clusterLogging: [
      ...(cluster.logTypes.length > 0 ? [{ types: cluster.logTypes, enabled: true }] : []),
      ...(off.length > 0 ? [{ types: off, enabled: false }] : []),
    ],
  };
}

export function issuerOf(call: Call, cluster: Cluster): string {
  return `https://oidc.eks.${call.region}.amazonaws.com/id/${cluster.issuerId}`;
}

function described(call: Call, cluster: Cluster): object {
  const { issuerId } = cluster;
  return {
    name: cluster.name,
    arn: arnOf(call, `cluster/${cluster.name}`),
    createdAt: new Date(cluster.createdAt),
    version: cluster.version,
    roleArn: cluster.roleArn,
    resourcesVpcConfig: {
      subnetIds: cluster.subnetIds,
      securityGroupIds: cluster.securityGroupIds,
      ...(cluster.clusterSecurityGroupId ? { clusterSecurityGroupId: cluster.clusterSecurityGroupId } : {}),
      vpcId: cluster.vpcId,
      endpointPublicAccess: cluster.endpointPublicAccess,
      endpointPrivateAccess: cluster.endpointPrivateAccess,
      publicAccessCidrs: cluster.publicAccessCidrs,
    },
    kubernetesNetworkConfig: { serviceIpv4Cidr: cluster.serviceIpv4Cidr, ipFamily: 'ipv4' },
    logging: describedLogging(cluster),
    // Endpoint, certificate and issuer are there once the control plane is.
    ...(cluster.established
      ? {
          endpoint: `https://${issuerId}.gr7.${call.region}.eks.amazonaws.com`,
          identity: { oidc: { issuer: issuerOf(call, cluster) } },
          certificateAuthority: { data: Buffer.from(`certificate of ${issuerId}`).toString('base64') },
        }
      : { certificateAuthority: {} }),
    status: cluster.status,
    platformVersion: 'eks.1',
    tags: cluster.tags,
    ...(cluster.encryptionConfig ? { encryptionConfig: cluster.encryptionConfig } : {}),
    health: { issues: cluster.issues },
    accessConfig: { authenticationMode: cluster.authenticationMode },
    upgradePolicy: { supportType: cluster.supportType },
    deletionProtection: cluster.deletionProtection,
  };
}

/** The cluster as CreateCluster makes it, after all of EKS's checks. */
function checkedCluster(call: Call, input: CreateInput): Cluster {
  const { resourcesVpcConfig: network, name } = input;
  const supportType = input.upgradePolicy?.supportType ?? 'EXTENDED';
  const endpointPublicAccess = network.endpointPublicAccess ?? true;
  const endpointPrivateAccess = network.endpointPrivateAccess ?? false;
  const version = checkedKubernetesVersion(call, input.version, supportType);
  const publicAccessCidrs = checkedPublicAccess(
    endpointPublicAccess,
    endpointPrivateAccess,
    network.publicAccessCidrs,
  );
  checkTags(input.tags ?? {});
  checkServiceLinkedRole(call, 'Amazon EKS');
  checkClusterRole(call, input.roleArn);
  const vpcId = checkSubnets(call, name, network.subnetIds);
  checkSecurityGroups(call, vpcId, network.securityGroupIds ?? []);
  return {
    uid: call.hex(12),
    name,
    ...(input.clientRequestToken === undefined ? {} : { token: input.clientRequestToken }),
    createdAt: call.now,
    version,
    roleArn: input.roleArn,
    vpcId,
    subnetIds: network.subnetIds,
    securityGroupIds: network.securityGroupIds ?? [],
    endpointPublicAccess,
    endpointPrivateAccess,
    publicAccessCidrs,
    serviceIpv4Cidr: checkedServiceCidr(call, vpcId, input.kubernetesNetworkConfig?.serviceIpv4Cidr),
    logTypes: enabledLogTypes([], input.logging),
    authenticationMode: input.accessConfig?.authenticationMode ?? 'CONFIG_MAP',
    selfManagedAddons: input.bootstrapSelfManagedAddons ?? true,
    supportType,
    deletionProtection: input.deletionProtection ?? false,
    ...(input.encryptionConfig ? { encryptionConfig: input.encryptionConfig } : {}),
    tags: input.tags ?? {},
    status: 'CREATING',
    issues: [],
    willFail: call.outcome === 'fails',
    established: false,
    issuerId: call.hex(32).toUpperCase(),
    networkInterfaceIds: [],
    updates: {},
    nodegroups: {},
    addons: {},
    accessEntries: {},
    podIdentityAssociations: {},
  };
}

/** Creating with `bootstrapClusterCreatorAdminPermissions` (the default) makes the caller an administrator. */
function addCreator(call: Call, cluster: Cluster): void {
  cluster.accessEntries[call.caller] = {
    uid: uuid(call),
    principalArn: call.caller,
    type: 'STANDARD',
    username: call.caller,
    kubernetesGroups: [],
    createdAt: call.now,
    tags: {},
    policies: [
      {
        policyArn: `arn:${call.partition}:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy`,
        scope: { type: 'cluster', namespaces: [] },
        associatedAt: call.now,
      },
    ],
  };
}

function createCluster(call: Call, input: CreateInput): Cluster {
  const { clusters } = eksState(call);
  const existing = clusters[input.name];
  if (existing) {
    if (input.clientRequestToken && existing.token === input.clientRequestToken) return existing;
    throw resourceInUse(`Cluster already exists with name: ${input.name}`, { clusterName: input.name });
  }
  if (!/^[0-9A-Za-z][A-Za-z0-9_-]{0,99}$/.test(input.name))
    throw invalidParameter(`The cluster name ${input.name} is invalid`);
  if (Object.keys(clusters).length >= limitOf(call, 'L-1194D53C'))
    throw limitExceeded('Cluster limit exceeded for account');
  const cluster = checkedCluster(call, input);
  clusters[cluster.name] = cluster;
  if (input.accessConfig?.bootstrapClusterCreatorAdminPermissions ?? true)
    if (cluster.authenticationMode !== 'CONFIG_MAP') addCreator(call, cluster);
  startCluster(call, cluster);
  return cluster;
}

/** A cluster that is being created, or has failed, can be deleted as well; one with an update under way cannot. */
function deleteCluster(call: Call, name: string): Cluster {
  const cluster = requireCluster(call, name);
  if (cluster.status === 'DELETING') return cluster;
  const [nodegroup] = Object.values(cluster.nodegroups);
  if (nodegroup) {
    throw resourceInUse('Cluster has nodegroups attached', {
      clusterName: name,
      nodegroupName: nodegroup.name,
    });
  }
  if (Object.values(cluster.updates).some((update) => update.status === 'InProgress')) {
    throw resourceInUse(`Cannot delete because cluster ${name} currently has an update in progress`, {
      clusterName: name,
    });
  }
  if (cluster.deletionProtection && cluster.established) {
    throw invalidRequest(
      `Cluster ${name} cannot be deleted because deletion protection is enabled. Disable deletion protection first`,
      { clusterName: name },
    );
  }
  startDeletion(call, cluster);
  return cluster;
}

export const clusterOperations: Record<string, Operation> = {
  CreateCluster: mutation(createShape, (input, call) => ({
    cluster: described(call, createCluster(call, input)),
  })),
  DescribeCluster: read({ name: z.string() }, (input, call) => ({
    cluster: described(call, requireCluster(call, input.name)),
  })),
  ListClusters: read(
    { maxResults: z.number().int().optional(), nextToken: z.string().optional() },
    (input, call) => {
      const { items, next } = page(Object.keys(eksState(call).clusters).sort(), input);
      return { clusters: items, nextToken: next };
    },
  ),
  DeleteCluster: mutation({ name: z.string() }, (input, call) => ({
    cluster: described(call, deleteCluster(call, input.name)),
  })),
  DescribeUpdate: read(
    {
      name: z.string(),
      updateId: z.string(),
      nodegroupName: z.string().optional(),
      addonName: z.string().optional(),
    },
    (input, call) => {
      const cluster = requireCluster(call, input.name);
      const owner = input.nodegroupName
        ? cluster.nodegroups[input.nodegroupName]
        : input.addonName
          ? cluster.addons[input.addonName]
          : cluster;
      const update = owner?.updates[input.updateId];
      if (!update) throw resourceNotFound(`No update found for ID: ${input.updateId}`);
      return { update: describedUpdate(update) };
    },
  ),
  ListFargateProfiles: read(
    {
      clusterName: z.string(),
      maxResults: z.number().int().optional(),
      nextToken: z.string().optional(),
    },
    (input, call) => {
      return { fargateProfileNames: requireCluster(call, input.clusterName).fargateProfiles ?? [] };
    },
  ),
};
