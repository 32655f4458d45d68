/** Operations on managed node groups. */
import { z } from 'zod';
import { limitOf } from '#embedded/limits.ts';
import { type Call, mutation, type Operation, read } from '#embedded/model.ts';
import { requireSecurityGroup } from '#embedded/services/ec2/state.ts';
import { ec2Principal, roleSeenBy } from '#embedded/services/iam/state.ts';
import { subnetAsEksSeesIt } from './cluster-checks.ts';
import { startNodegroup, startNodegroupDeletion } from './nodegroup-life.ts';
import { type ResolvedTemplate, resolveTemplate, templateSchema } from './nodegroup-template.ts';
import { checkScaling, scalingSchema, updateConfigSchema } from './nodegroup-updates.ts';
import {
  type Cluster,
  checkServiceLinkedRole,
  checkTags,
  invalidParameter,
  limitExceeded,
  type Nodegroup,
  nodegroupArn,
  page,
  requireActiveCluster,
  requireCluster,
  requireNodegroup,
  resourceInUse,
  uuid,
} from './state.ts';

const createShape = {
  clusterName: z.string(),
  nodegroupName: z.string(),
  version: z.string().optional(),
  subnets: z.array(z.string()).min(1),
  nodeRole: z.string(),
  scalingConfig: scalingSchema.optional(),
  instanceTypes: z.array(z.string()).optional(),
  amiType: z
    .enum(['AL2023_x86_64_STANDARD', 'AL2023_ARM_64_STANDARD', 'BOTTLEROCKET_x86_64', 'BOTTLEROCKET_ARM_64'])
    .optional(),
  capacityType: z.enum(['ON_DEMAND', 'SPOT']).optional(),
  diskSize: z.number().int().min(1).optional(),
  launchTemplate: templateSchema.optional(),
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

/** Nodes may be behind their cluster, never ahead of it. */
function checkedVersion({ name, version }: Cluster, wanted: string = version): string {
  const minorOf = (one: string) => Number(one.split('.')[1]);
  if (!(minorOf(wanted) <= minorOf(version)))
    throw invalidParameter(
      `Requested Nodegroup Kubernetes version ${wanted} is invalid: the cluster runs ${version}`,
      { clusterName: name },
    );
  return wanted;
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
    version: checkedVersion(cluster, input.version),
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
