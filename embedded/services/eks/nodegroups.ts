/** Operations on managed node groups. */
import { z } from 'zod';
import { limitOf } from '#embedded/limits.ts';
import { type Call, mutation, type Operation, read } from '#embedded/model.ts';
import { ec2State, requireSecurityGroup } from '#embedded/services/ec2/state.ts';
import { ec2Principal, roleSeenBy } from '#embedded/services/iam/state.ts';
import { subnetAsEksSeesIt } from './cluster-checks.ts';
import { startNodegroup, startNodegroupDeletion, startNodegroupUpdate } from './nodegroup-life.ts';
import {
  type Cluster,
  checkServiceLinkedRole,
  checkTags,
  describedUpdate,
  invalidParameter,
  invalidRequest,
  limitExceeded,
  type Nodegroup,
  nodegroupArn,
  page,
  requireActiveCluster,
  requireCluster,
  requireNodegroup,
  resourceInUse,
  type Update,
  uuid,
} from './state.ts';

const scalingSchema = z.strictObject({
  minSize: z.number().int().min(0),
  maxSize: z.number().int().min(1),
  desiredSize: z.number().int().min(0),
});
const updateConfigSchema = z.strictObject({ maxUnavailable: z.number().int().min(1).max(100) });

const createShape = {
  clusterName: z.string(),
  nodegroupName: z.string(),
  subnets: z.array(z.string()).min(1),
  nodeRole: z.string(),
  scalingConfig: scalingSchema.optional(),
  instanceTypes: z.array(z.string()).optional(),
  amiType: z
    .enum(['AL2023_x86_64_STANDARD', 'AL2023_ARM_64_STANDARD', 'BOTTLEROCKET_x86_64', 'BOTTLEROCKET_ARM_64'])
    .optional(),
  capacityType: z.enum(['ON_DEMAND', 'SPOT']).optional(),
  diskSize: z.number().int().min(1).optional(),
  launchTemplate: z
    .strictObject({
      id: z.string().optional(),
      name: z.string().optional(),
      version: z.string().optional(),
    })
    .optional(),
  labels: z.record(z.string(), z.string()).optional(),
  updateConfig: updateConfigSchema.optional(),
  tags: z.record(z.string(), z.string()).optional(),
  clientRequestToken: z.string().optional(),
};
type CreateInput = z.infer<z.ZodObject<typeof createShape>>;

function checkNodeRole(call: Call, roleArn: string): void {
  if (roleSeenBy(call, roleArn, ec2Principal(call)) === 'unusable')
    throw invalidParameter(`The nodeRole ${roleArn} was not found or does not trust EC2`);
}

function checkScaling(scaling: Nodegroup['scaling']): void {
  if (scaling.minSize > scaling.desiredSize || scaling.desiredSize > scaling.maxSize) {
    throw invalidParameter(
      `desired capacity ${scaling.desiredSize} can't be less than min size ${scaling.minSize} or greater than max size ${scaling.maxSize}`,
    );
  }
}

interface ResolvedTemplate {
  readonly reference: { id: string; name: string; version: string };
  readonly groupIds: string[];
  readonly instanceType?: string;
}

/** The version of the template that is meant, and what of it concerns EKS. */
function resolveTemplate(call: Call, wanted: NonNullable<CreateInput['launchTemplate']>): ResolvedTemplate {
  const template = Object.values(ec2State(call).launchTemplates).find(
    (one) => one.visibleAt <= call.now && (one.id === wanted.id || one.name === wanted.name),
  );
  if (!template) throw invalidParameter(`Launch template ${wanted.id ?? wanted.name} was not found`);
  const latest = Math.max(...template.versions.map((one) => one.number));
  const number =
    wanted.version === '$Latest'
      ? latest
      : wanted.version === undefined || wanted.version === '$Default'
        ? template.defaultVersion
        : Number(wanted.version);
  const version = template.versions.find((one) => one.number === number);
  if (!version) throw invalidParameter(`Launch template ${template.id} has no version ${wanted.version}`);
  const data = version.data as {
    SecurityGroupIds?: string[];
    InstanceType?: string;
    IamInstanceProfile?: unknown;
    NetworkInterfaces?: { SubnetId?: string; Groups?: string[] }[];
  };
  if (data.IamInstanceProfile || data.NetworkInterfaces?.some((one) => one.SubnetId))
    throw invalidRequest('Launch template cannot specify an instance profile or subnets for node groups');
  return {
    reference: { id: template.id, name: template.name, version: String(number) },
    groupIds: data.SecurityGroupIds ?? data.NetworkInterfaces?.flatMap((one) => one.Groups ?? []) ?? [],
    ...(data.InstanceType ? { instanceType: data.InstanceType } : {}),
  };
}

function checkTemplateUse(input: CreateInput, template: ResolvedTemplate | undefined): void {
  if (template && input.diskSize !== undefined)
    throw invalidParameter('Disk size must be specified within the launch template.');
  if (template?.instanceType && input.instanceTypes)
    throw invalidParameter('Cannot specify instance types in launch template and API request');
  for (const key of Object.keys(input.labels ?? {})) {
    if (/^(kubernetes\.io|k8s\.io|eks\.amazonaws\.com)\//.test(key))
      throw invalidParameter(`Label cannot contain reserved prefixes: ${key}`);
  }
}

function checkedNodegroup(call: Call, cluster: Cluster, input: CreateInput): Nodegroup {
  if (!/^[0-9A-Za-z][A-Za-z0-9_-]{0,62}$/.test(input.nodegroupName))
    throw invalidParameter(`The nodegroup name ${input.nodegroupName} is invalid`);
  if (Object.keys(cluster.nodegroups).length >= limitOf(call, 'L-6D54EA21'))
    throw limitExceeded(`Nodegroup limit exceeded for cluster ${cluster.name}`);
  checkTags(input.tags ?? {});
  checkServiceLinkedRole(call, 'Amazon EKS Nodegroups');
  checkNodeRole(call, input.nodeRole);
  for (const id of input.subnets) {
    if (subnetAsEksSeesIt(call, id).vpcId !== cluster.vpcId)
      throw invalidParameter(`The subnet ${id} is not in the VPC of the cluster`);
  }
  const scaling = input.scalingConfig ?? { minSize: 1, maxSize: 2, desiredSize: 2 };
  checkScaling(scaling);
  const template = input.launchTemplate ? resolveTemplate(call, input.launchTemplate) : undefined;
  checkTemplateUse(input, template);
  for (const id of template?.groupIds ?? []) requireSecurityGroup(call, id);
  return {
    uid: uuid(call),
    name: input.nodegroupName,
    ...(input.clientRequestToken ? { token: input.clientRequestToken } : {}),
    createdAt: call.now,
    modifiedAt: call.now,
    version: cluster.version,
    status: 'CREATING',
    issues: [],
    willFail: call.outcome === 'fails',
    subnetIds: input.subnets,
    nodeRole: input.nodeRole,
    instanceTypes: input.instanceTypes ?? [template?.instanceType ?? 't3.medium'],
    amiType: input.amiType ?? 'AL2023_x86_64_STANDARD',
    capacityType: input.capacityType ?? 'ON_DEMAND',
    ...(template ? { launchTemplate: template.reference } : { diskSize: input.diskSize ?? 20 }),
    groupIds: template?.groupIds.length ? template.groupIds : [cluster.clusterSecurityGroupId!],
    scaling,
    maxUnavailable: input.updateConfig?.maxUnavailable ?? 1,
    labels: input.labels ?? {},
    tags: input.tags ?? {},
    nodes: [],
    updates: {},
  };
}

function createNodegroup(call: Call, input: CreateInput): { cluster: Cluster; nodegroup: Nodegroup } {
  const cluster = requireActiveCluster(call, input.clusterName);
  const existing = cluster.nodegroups[input.nodegroupName];
  if (existing) {
    if (input.clientRequestToken && existing.token === input.clientRequestToken)
      return { cluster, nodegroup: existing };
    throw resourceInUse(
      `NodeGroup already exists with name ${existing.name} and cluster name ${cluster.name}`,
      { clusterName: cluster.name, nodegroupName: existing.name },
    );
  }
  const nodegroup = checkedNodegroup(call, cluster, input);
  cluster.nodegroups[nodegroup.name] = nodegroup;
  startNodegroup(call, cluster, nodegroup);
  return { cluster, nodegroup };
}

function releaseVersion(nodegroup: Nodegroup): string {
  return nodegroup.amiType.startsWith('BOTTLEROCKET') ? '1.50.0-6e1b2a4c' : `${nodegroup.version}.2-20261020`;
}

function described(call: Call, cluster: Cluster, nodegroup: Nodegroup): object {
  return {
    nodegroupName: nodegroup.name,
    nodegroupArn: nodegroupArn(call, cluster, nodegroup),
    clusterName: cluster.name,
    version: nodegroup.version,
    releaseVersion: releaseVersion(nodegroup),
    createdAt: new Date(nodegroup.createdAt),
    modifiedAt: new Date(nodegroup.modifiedAt),
    status: nodegroup.status,
    capacityType: nodegroup.capacityType,
    scalingConfig: nodegroup.scaling,
    instanceTypes: nodegroup.instanceTypes,
    subnets: nodegroup.subnetIds,
    amiType: nodegroup.amiType,
    nodeRole: nodegroup.nodeRole,
    labels: nodegroup.labels,
    ...(nodegroup.autoScalingGroup
      ? { resources: { autoScalingGroups: [{ name: nodegroup.autoScalingGroup }] } }
      : {}),
    ...(nodegroup.diskSize === undefined ? {} : { diskSize: nodegroup.diskSize }),
    health: { issues: nodegroup.issues },
    updateConfig: { maxUnavailable: nodegroup.maxUnavailable },
    ...(nodegroup.launchTemplate ? { launchTemplate: nodegroup.launchTemplate } : {}),
    tags: nodegroup.tags,
  };
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
  if (nodegroup.status !== 'ACTIVE' && nodegroup.status !== 'DEGRADED') {
    throw resourceInUse(
      `Nodegroup ${nodegroup.name} cannot be updated as it is currently in ${nodegroup.status} state`,
      { clusterName: cluster.name, nodegroupName: nodegroup.name },
    );
  }
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

const target = { clusterName: z.string(), nodegroupName: z.string() };

export const nodegroupOperations: Record<string, Operation> = {
  CreateNodegroup: mutation(createShape, (input, call) => {
    const { cluster, nodegroup } = createNodegroup(call, input);
    return { nodegroup: described(call, cluster, nodegroup) };
  }),
  DescribeNodegroup: read(target, (input, call) => {
    const cluster = requireCluster(call, input.clusterName);
    return { nodegroup: described(call, cluster, requireNodegroup(cluster, input.nodegroupName)) };
  }),
  ListNodegroups: read(
    {
      clusterName: z.string(),
      maxResults: z.number().int().optional(),
      nextToken: z.string().optional(),
    },
    (input, call) => {
      const names = Object.keys(requireCluster(call, input.clusterName).nodegroups).sort();
      const { items, next } = page(names, input);
      return { nodegroups: items, nextToken: next };
    },
  ),
  UpdateNodegroupConfig: mutation(updateShape, (input, call) => ({
    update: describedUpdate(updateNodegroup(call, input)),
  })),
  DeleteNodegroup: mutation(target, (input, call) => {
    const cluster = requireCluster(call, input.clusterName);
    const nodegroup = requireNodegroup(cluster, input.nodegroupName);
    if (nodegroup.status === 'UPDATING') {
      throw resourceInUse(
        `Nodegroup ${nodegroup.name} cannot be deleted as it currently has an update in progress`,
        { clusterName: cluster.name, nodegroupName: nodegroup.name },
      );
    }
    if (nodegroup.status !== 'DELETING') startNodegroupDeletion(call, cluster, nodegroup);
    return { nodegroup: described(call, cluster, nodegroup) };
  }),
};
