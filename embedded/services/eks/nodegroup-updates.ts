/** UpdateNodegroupConfig and UpdateNodegroupVersion: one update of a node group at a time. */
import { z } from 'zod';
import { type Call, mutation, type Operation } from '#embedded/model.ts';
import { startNodegroupUpdate } from './nodegroup-life.ts';
import { startRolling } from './nodegroup-rolling.ts';
import { resolveTemplate, templateSchema } from './nodegroup-template.ts';
import {
  type Cluster,
  describedUpdate,
  invalidParameter,
  invalidRequest,
  type Nodegroup,
  type RollingUpdate,
  requireActiveCluster,
  requireCluster,
  requireNodegroup,
  resourceInUse,
  type Update,
  uuid,
} from './state.ts';

export const scalingSchema = z.strictObject({
  minSize: z.number().int().min(0),
  maxSize: z.number().int().min(1),
  desiredSize: z.number().int().min(0),
});
export const updateConfigSchema = z.strictObject({ maxUnavailable: z.number().int().min(1).max(100) });

export function checkScaling(scaling: Nodegroup['scaling']): void {
  if (scaling.minSize > scaling.desiredSize || scaling.desiredSize > scaling.maxSize) {
    throw invalidParameter(
      `desired capacity ${scaling.desiredSize} can't be less than min size ${scaling.minSize} or greater than max size ${scaling.maxSize}`,
    );
  }
}

function requireSettled({ name }: Cluster, nodegroup: Nodegroup): void {
  if (nodegroup.status === 'ACTIVE' || nodegroup.status === 'DEGRADED') return;
  throw resourceInUse(
    `Nodegroup ${nodegroup.name} cannot be updated as it is currently in ${nodegroup.status} state`,
    { clusterName: name, nodegroupName: nodegroup.name },
  );
}

const updateShape = {
  clusterName: z.string(),
  nodegroupName: z.string(),
  clientRequestToken: z.string().optional(),
  scalingConfig: scalingSchema.partial().optional(),
  labels: z
    .strictObject({
      addOrUpdateLabels: z.record(z.string(), z.string()).optional(),
      removeLabels: z.array(z.string()).optional(),
    })
    .optional(),
  updateConfig: updateConfigSchema.optional(),
};

function updateNodegroup(call: Call, input: z.infer<z.ZodObject<typeof updateShape>>): Update {
  const cluster = requireCluster(call, input.clusterName);
  const nodegroup = requireNodegroup(cluster, input.nodegroupName);
  requireSettled(cluster, nodegroup);
  const scaling = { ...nodegroup.scaling, ...input.scalingConfig };
  checkScaling(scaling);
  nodegroup.scaling = scaling;
  nodegroup.maxUnavailable = input.updateConfig?.maxUnavailable ?? nodegroup.maxUnavailable;
  Object.assign(nodegroup.labels, input.labels?.addOrUpdateLabels);
  for (const key of input.labels?.removeLabels ?? []) delete nodegroup.labels[key];
  const update: Update = {
    id: uuid(call),
    type: 'ConfigUpdate',
    status: 'InProgress',
    params: Object.entries(input.scalingConfig ?? {}).map(([key, value]) => ({
      type: key.slice(0, 1).toUpperCase() + key.slice(1),
      value: String(value),
    })),
    createdAt: call.now,
  };
  nodegroup.updates[update.id] = update;
  nodegroup.status = 'UPDATING';
  nodegroup.modifiedAt = call.now;
  startNodegroupUpdate(call, cluster, nodegroup);
  return update;
}

const versionShape = {
  clusterName: z.string(),
  nodegroupName: z.string(),
  version: z.string().optional(),
  launchTemplate: templateSchema.optional(),
  clientRequestToken: z.string().optional(),
};
type VersionInput = z.infer<z.ZodObject<typeof versionShape>>;

/** Upward, and no further than the cluster. */
function checkedVersion(cluster: Cluster, nodegroup: Nodegroup, wanted: string | undefined): string {
  const minorOf = (version: string) => Number(version.split('.')[1]);
  const version = wanted ?? nodegroup.version;
  const isSound =
    minorOf(version) >= minorOf(nodegroup.version) && minorOf(version) <= minorOf(cluster.version);
  if (!isSound)
    throw invalidParameter(
      `Requested Nodegroup Kubernetes version ${version} is invalid: the cluster runs ${cluster.version} and the node group ${nodegroup.version}`,
      { clusterName: cluster.name, nodegroupName: nodegroup.name },
    );
  return version;
}

/** "You must specify the same launch template ID or name that was used to create the node group" (API reference). */
function checkedTemplate(
  call: Call,
  nodegroup: Nodegroup,
  wanted: VersionInput['launchTemplate'],
): Nodegroup['launchTemplate'] {
  const has = nodegroup.launchTemplate;
  if (!wanted) return has;
  if (!has || (wanted.id ?? has.id) !== has.id || (wanted.name ?? has.name) !== has.name)
    throw invalidParameter('You can only update a node group with the launch template it was created with', {
      nodegroupName: nodegroup.name,
    });
  return resolveTemplate(call, wanted).reference;
}

function updateVersion(call: Call, input: VersionInput): Update {
  const cluster = requireActiveCluster(call, input.clusterName);
  const nodegroup = requireNodegroup(cluster, input.nodegroupName);
  requireSettled(cluster, nodegroup);
  const version = checkedVersion(cluster, nodegroup, input.version);
  const template = checkedTemplate(call, nodegroup, input.launchTemplate);
  // The embedded account knows one AMI release a version: the same again would replace every node for nothing.
  if (version === nodegroup.version && template?.version === nodegroup.launchTemplate?.version)
    throw invalidRequest('There is nothing to update: the node group is at this version', {
      clusterName: cluster.name,
      nodegroupName: nodegroup.name,
    });
  const update: RollingUpdate = {
    id: uuid(call),
    type: 'VersionUpdate',
    status: 'InProgress',
    params: [
      { type: 'Version', value: version },
      ...(template ? [{ type: 'LaunchTemplateVersion', value: template.version }] : []),
    ],
    createdAt: call.now,
    version,
    ...(template ? { launchTemplate: template } : {}),
  };
  nodegroup.updates[update.id] = update;
  nodegroup.status = 'UPDATING';
  nodegroup.modifiedAt = call.now;
  startRolling(call, cluster, nodegroup, update);
  return update;
}

export const nodegroupUpdateOperations: Record<string, Operation> = {
  UpdateNodegroupConfig: mutation(updateShape, (input, call) => ({
    update: describedUpdate(updateNodegroup(call, input)),
  })),
  UpdateNodegroupVersion: mutation(versionShape, (input, call) => ({
    update: describedUpdate(updateVersion(call, input)),
  })),
};
