/** Add-ons. Those that run as Deployments are DEGRADED as long as there is no node to run on. */
import { z } from 'zod';
import { type Call, mutation, type Operation, read } from '#embedded/model.ts';
import { oidcProviderExists, roleExists } from '#embedded/services/iam/state.ts';
import { addonNeedsNodes, checkAddonServiceAccount, checkedAddonVersion } from './catalogue.ts';
import { issuerOf } from './clusters.ts';
import { associate, associationArn } from './pod-identity.ts';
import {
  type Addon,
  addonArn,
  type Cluster,
  checkTags,
  clusterOfEvent,
  describedUpdate,
  type Issue,
  invalidParameter,
  invalidRequest,
  memberOfEvent,
  page,
  requireActiveCluster,
  requireAddon,
  requireCluster,
  resourceInUse,
  type Update,
  uuid,
} from './state.ts';

const settleSeconds = [15, 40] as const;
const deleteSeconds = [10, 30] as const;
const followNodesSeconds = [10, 25] as const;
const namespace = 'kube-system';
/** EKS puts these on a cluster itself unless told not to; taking them over needs OVERWRITE. */
const selfManaged: ReadonlySet<string> = new Set(['vpc-cni', 'kube-proxy', 'coredns']);

function hasActiveNodes(cluster: Cluster): boolean {
  return Object.values(cluster.nodegroups).some((nodegroup) =>
    ['ACTIVE', 'UPDATING', 'DEGRADED'].includes(nodegroup.status),
  );
}

/** Is the add-on at work on this cluster, as an add-on or as EKS's own copy? */
export function runs(cluster: Cluster, name: string): boolean {
  const status = cluster.addons[name]?.status;
  if (status === undefined) return cluster.selfManagedAddons && selfManaged.has(name);
  return ['ACTIVE', 'DEGRADED', 'UPDATING', 'UPDATE_FAILED'].includes(status);
}

/** Nodes came or went: what runs on them gets well or ill after a moment. */
export function nodesChanged(call: Call, cluster: Cluster): void {
  for (const addon of Object.values(cluster.addons)) {
    if (addonNeedsNodes(addon.name) && (addon.status === 'ACTIVE' || addon.status === 'DEGRADED'))
      scheduleSettle(call, cluster, addon, followNodesSeconds);
  }
}

function scheduleSettle(
  call: Call,
  cluster: Cluster,
  addon: Addon,
  seconds: readonly [number, number] = settleSeconds,
): void {
  call.schedule('eks:addonSettled', `${cluster.uid}/${addon.uid}`, call.between(...seconds));
}

function settle(cluster: Cluster, addon: Addon): void {
  const running = Object.values(addon.updates).find(({ status }) => status === 'InProgress');
  if (running) running.status = running.failure ? 'Failed' : 'Successful';
  if (running?.failure) {
    addon.status = 'UPDATE_FAILED';
    addon.issues = [];
  } else if (addon.status === 'CREATING' && addon.failure) {
    addon.status = 'CREATE_FAILED';
    addon.issues = [addon.failure];
  } else if (addonNeedsNodes(addon.name) && !hasActiveNodes(cluster)) {
    addon.status = 'DEGRADED';
    addon.issues = [
      {
        code: 'InsufficientNumberOfReplicas',
        message: "The add-on is unhealthy because it doesn't have the desired number of replicas.",
        resourceIds: [],
      },
    ];
  } else {
    addon.status = 'ACTIVE';
    addon.issues = [];
  }
}

const podIdentity = z.array(z.strictObject({ serviceAccount: z.string(), roleArn: z.string() }));

const createShape = {
  clusterName: z.string(),
  addonName: z.string(),
  addonVersion: z.string().optional(),
  serviceAccountRoleArn: z.string().optional(),
  resolveConflicts: z.enum(['OVERWRITE', 'NONE', 'PRESERVE']).optional(),
  clientRequestToken: z.string().optional(),
  tags: z.record(z.string(), z.string()).optional(),
  configurationValues: z.string().optional(),
  podIdentityAssociations: podIdentity.optional(),
};
type CreateInput = z.infer<z.ZodObject<typeof createShape>>;

function failureOf(call: Call, cluster: Cluster, input: CreateInput): Issue | undefined {
  if (call.outcome === 'fails')
    return { code: 'InternalFailure', message: 'The add-on could not be installed', resourceIds: [] };
  const conflicts = cluster.selfManagedAddons && selfManaged.has(input.addonName);
  if (!conflicts || input.resolveConflicts === 'OVERWRITE') return undefined;
  return {
    code: 'ConfigurationConflict',
    message: 'Conflicts found when trying to apply. Will not continue due to resolve conflicts mode.',
    resourceIds: [],
  };
}

/** IRSA needs the issuer to be known to IAM. */
function checkServiceAccountRole(call: Call, cluster: Cluster, roleArn: string): void {
  if (!oidcProviderExists(call, issuerOf(call, cluster)))
    throw invalidParameter(`There is no IAM OIDC provider for the cluster ${cluster.name}`);
  if (!roleExists(call, roleArn)) throw invalidParameter(`The role ${roleArn} does not exist`);
}

function checkConfiguration(name: string, values: string | undefined): void {
  if (values === undefined) return;
  try {
    JSON.parse(values);
  } catch {
    throw invalidParameter('ConfigurationValue is not in a supported format', { addonName: name });
  }
}

function createAddon(call: Call, input: CreateInput): { cluster: Cluster; addon: Addon } {
  const cluster = requireActiveCluster(call, input.clusterName);
  const version = checkedAddonVersion(cluster.version, input.addonName, input.addonVersion);
  const existing = cluster.addons[input.addonName];
  if (existing) {
    if (input.clientRequestToken && existing.token === input.clientRequestToken)
      return { cluster, addon: existing };
    throw resourceInUse('Addon already exists.', { clusterName: cluster.name, addonName: existing.name });
  }
  checkTags(input.tags ?? {});
  checkConfiguration(input.addonName, input.configurationValues);
  if (input.serviceAccountRoleArn) checkServiceAccountRole(call, cluster, input.serviceAccountRoleArn);
  const failure = failureOf(call, cluster, input);
  const addon: Addon = {
    uid: uuid(call),
    name: input.addonName,
    ...(input.clientRequestToken ? { token: input.clientRequestToken } : {}),
    createdAt: call.now,
    modifiedAt: call.now,
    version,
    status: 'CREATING',
    issues: [],
    ...(failure ? { failure } : {}),
    ...(input.serviceAccountRoleArn ? { serviceAccountRoleArn: input.serviceAccountRoleArn } : {}),
    ...(input.configurationValues ? { configurationValues: input.configurationValues } : {}),
    tags: input.tags ?? {},
    updates: {},
  };
  giveRoles(call, cluster, addon, input.podIdentityAssociations ?? []);
  cluster.addons[addon.name] = addon;
  scheduleSettle(call, cluster, addon);
  return { cluster, addon };
}

/** All or none: a refused association must not leave the others behind. */
function giveRoles(call: Call, cluster: Cluster, addon: Addon, wanted: z.infer<typeof podIdentity>): void {
  for (const one of wanted) checkAddonServiceAccount(addon.name, one.serviceAccount);
  const before = { ...cluster.podIdentityAssociations };
  const ownerArn = addonArn(call, cluster, addon);
  try {
    for (const one of wanted) associate(call, cluster, { ...one, namespace, ownerArn });
  } catch (error) {
    cluster.podIdentityAssociations = before;
    throw error;
  }
}

function dropRoles(call: Call, cluster: Cluster, addon: Addon): void {
  const ownerArn = addonArn(call, cluster, addon);
  for (const one of Object.values(cluster.podIdentityAssociations))
    if (one.ownerArn === ownerArn) delete cluster.podIdentityAssociations[one.id];
}

function replaceRoles(call: Call, cluster: Cluster, addon: Addon, wanted: z.infer<typeof podIdentity>): void {
  const before = { ...cluster.podIdentityAssociations };
  dropRoles(call, cluster, addon);
  try {
    giveRoles(call, cluster, addon, wanted);
  } catch (error) {
    cluster.podIdentityAssociations = before;
    throw error;
  }
}

function described(call: Call, cluster: Cluster, addon: Addon): object {
  const arn = addonArn(call, cluster, addon);
  const associations = Object.values(cluster.podIdentityAssociations).filter((one) => one.ownerArn === arn);
  return {
    addonName: addon.name,
    clusterName: cluster.name,
    status: addon.status,
    addonVersion: addon.version,
    health: { issues: addon.issues },
    addonArn: arn,
    createdAt: new Date(addon.createdAt),
    modifiedAt: new Date(addon.modifiedAt),
    ...(addon.serviceAccountRoleArn ? { serviceAccountRoleArn: addon.serviceAccountRoleArn } : {}),
    ...(addon.configurationValues ? { configurationValues: addon.configurationValues } : {}),
    tags: addon.tags,
    podIdentityAssociations: associations.map((one) => associationArn(call, cluster, one)),
  };
}

/** UpdateAddon calls a busy add-on a resource in use; DeleteAddon has no such error in EKS's model. */
function requireSettled(cluster: Cluster, name: string, verb: 'updated' | 'deleted'): Addon {
  const addon = requireAddon(cluster, name);
  if (addon.status === 'CREATING' || addon.status === 'UPDATING' || addon.status === 'DELETING') {
    const busy = verb === 'updated' ? resourceInUse : invalidRequest;
    throw busy(`Addon ${name} cannot be ${verb} as it is currently in ${addon.status} state`, {
      clusterName: cluster.name,
      addonName: name,
    });
  }
  return addon;
}

const updateShape = {
  clusterName: z.string(),
  addonName: z.string(),
  addonVersion: z.string().optional(),
  serviceAccountRoleArn: z.string().optional(),
  resolveConflicts: z.enum(['OVERWRITE', 'NONE', 'PRESERVE']).optional(),
  clientRequestToken: z.string().optional(),
  configurationValues: z.string().optional(),
  podIdentityAssociations: podIdentity.optional(),
};

function updateAddon(call: Call, input: z.infer<z.ZodObject<typeof updateShape>>): Update {
  const cluster = requireActiveCluster(call, input.clusterName);
  const addon = requireSettled(cluster, input.addonName, 'updated');
  const version = input.addonVersion
    ? checkedAddonVersion(cluster.version, addon.name, input.addonVersion)
    : addon.version;
  checkConfiguration(addon.name, input.configurationValues);
  if (input.serviceAccountRoleArn) checkServiceAccountRole(call, cluster, input.serviceAccountRoleArn);
  if (input.podIdentityAssociations) replaceRoles(call, cluster, addon, input.podIdentityAssociations);
  if (input.serviceAccountRoleArn) addon.serviceAccountRoleArn = input.serviceAccountRoleArn;
  if (input.configurationValues !== undefined) addon.configurationValues = input.configurationValues;
  if (call.outcome !== 'fails') addon.version = version;
  const update: Update = {
    id: uuid(call),
    type: 'AddonUpdate',
    status: 'InProgress',
    params: [{ type: 'AddonVersion', value: version }],
    createdAt: call.now,
    ...(call.outcome === 'fails'
      ? {
          failure: {
            errorCode: 'ConfigurationConflict',
            errorMessage:
              'Conflicts found when trying to apply. Will not continue due to resolve conflicts mode.',
            resourceIds: [],
          },
        }
      : {}),
  };
  addon.updates[update.id] = update;
  addon.status = 'UPDATING';
  addon.modifiedAt = call.now;
  scheduleSettle(call, cluster, addon);
  return update;
}

const target = { clusterName: z.string(), addonName: z.string() };

export const addonOperations: Record<string, Operation> = {
  CreateAddon: mutation(createShape, (input, call) => {
    const { cluster, addon } = createAddon(call, input);
    return { addon: described(call, cluster, addon) };
  }),
  DescribeAddon: read(target, (input, call) => {
    const cluster = requireCluster(call, input.clusterName);
    return { addon: described(call, cluster, requireAddon(cluster, input.addonName)) };
  }),
  ListAddons: read(
    {
      clusterName: z.string(),
      maxResults: z.number().int().optional(),
      nextToken: z.string().optional(),
    },
    (input, call) => {
      const names = Object.keys(requireCluster(call, input.clusterName).addons).sort();
      const { items, next } = page(names, input);
      return { addons: items, nextToken: next };
    },
  ),
  UpdateAddon: mutation(updateShape, (input, call) => ({
    update: describedUpdate(updateAddon(call, input)),
  })),
  DeleteAddon: mutation({ ...target, preserve: z.boolean().optional() }, (input, call) => {
    const cluster = requireActiveCluster(call, input.clusterName);
    const addon = requireSettled(cluster, input.addonName, 'deleted');
    addon.status = 'DELETING';
    call.schedule('eks:addonGone', `${cluster.uid}/${addon.uid}`, call.between(...deleteSeconds));
    return { addon: described(call, cluster, addon) };
  }),
};

export const addonEvents: Record<string, (id: string, call: Call) => void> = {
  'eks:addonSettled': (id, call) => {
    const cluster = clusterOfEvent(call, id);
    const addon = cluster && memberOfEvent(cluster.addons, id);
    if (cluster && addon && !['DELETING', 'CREATE_FAILED', 'UPDATE_FAILED'].includes(addon.status))
      settle(cluster, addon);
  },
  'eks:addonGone': (id, call) => {
    const cluster = clusterOfEvent(call, id);
    const addon = cluster && memberOfEvent(cluster.addons, id);
    if (!cluster || !addon) return;
    dropRoles(call, cluster, addon);
    delete cluster.addons[addon.name];
  },
};
