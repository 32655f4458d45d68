/** EKS clusters: the security group EKS makes, the fields moto keeps no place for, versions, updates. */
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  DeleteSecurityGroupCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcEndpointsCommand,
} from '@aws-sdk/client-ec2';
import { json, jsonError, pathPart, type WireAnswer, type WireRequest } from '../message.ts';
import type { Moto, Repair } from '../repair.ts';

type Json = Record<string, unknown>;

/** What the layer keeps of one cluster. */
export interface ClusterBeside {
  readonly network: Json;
  readonly addons: Map<string, Json>;
  readonly accessEntries: Map<string, { entry: Json; policies: Json[] }>;
  /** Members of the cluster that moto drops. */
  readonly rest: Json;
}

/** By region and name. */
export type ClustersBeside = Map<string, ClusterBeside>;

export function clusterKey(request: WireRequest): string {
  return `${request.region}/${pathPart(request, 'clusters')}`;
}

const userGuide = 'https://docs.aws.amazon.com/eks/latest/userguide';
const reference = 'https://docs.aws.amazon.com/eks/latest/APIReference';

export function eksClusterRepairs(clusters: ClustersBeside): Repair[] {
  return [
    {
      operation: 'eks:CreateCluster',
      moto: 'makes no cluster security group, takes unknown subnets, drops accessConfig, upgradePolicy and deletionProtection',
      page: `${userGuide}/sec-group-reqs.html`,
      answer: (request, moto) => createCluster(clusters, request, moto),
    },
    {
      operation: 'eks:DescribeCluster',
      moto: 'answers neither clusterSecurityGroupId nor vpcId; resourcesVpcConfig is the request echoed',
      page: `${reference}/API_VpcConfigResponse.html`,
      answer: async (request, moto) => complete(clusters, request, await moto.forward(request)),
    },
    {
      operation: 'eks:UpdateClusterConfig',
      moto: 'answers an empty body and replaces resourcesVpcConfig instead of merging it',
      page: `${reference}/API_UpdateClusterConfig.html`,
      answer: (request, moto) => updateConfig(clusters, request, moto),
    },
    {
      operation: 'eks:DeleteCluster',
      moto: 'knows no deletion protection and has no group of the cluster to delete',
      page: `${reference}/API_DeleteCluster.html`,
      answer: (request, moto) => deleteCluster(clusters, request, moto),
    },
    {
      operation: 'eks:DescribeClusterVersions',
      moto: 'lacks it',
      page: `${reference}/API_DescribeClusterVersions.html`,
      answer: async () => json(200, { clusterVersions: ['1.35', '1.34', '1.33'].map(versionOf) }),
    },
    {
      operation: 'eks:DescribeAddonVersions',
      moto: 'lacks it',
      page: `${reference}/API_DescribeAddonVersions.html`,
      answer: async (request) =>
        json(200, {
          addons: addOns.map((name) => addOn(name, kubernetesVersionOf(request))),
        }),
    },
    {
      operation: 'eks:DescribeAddonConfiguration',
      moto: 'lacks it',
      page: `${reference}/API_DescribeAddonConfiguration.html`,
      answer: async () =>
        json(200, { podIdentityConfiguration: [{ serviceAccount: 'efs-csi-controller-sa' }] }),
    },
    {
      operation: 'eks:CreateNodegroup',
      moto: 'admits no node: EKS writes the access entry of a managed node group itself',
      page: `${userGuide}/creating-access-entries.html`,
      answer: (request, moto) => createNodegroup(clusters, request, moto),
    },
  ];
}

const addOns = ['vpc-cni', 'kube-proxy', 'coredns', 'eks-pod-identity-agent', 'aws-efs-csi-driver'];

function kubernetesVersionOf({ url }: WireRequest): string {
  return new URL(url, 'http://layer').searchParams.get('kubernetesVersion') ?? '';
}

function addOn(addonName: string, clusterVersion: string): Json {
  const compatibilities = [{ clusterVersion, defaultVersion: true, platformVersions: ['*'] }];
  return { addonName, addonVersions: [{ addonVersion: 'v1.0.0-eksbuild.1', compatibilities }] };
}

/** Support dates lie far ahead, whatever day the suite runs on. */
function versionOf(clusterVersion: string, index: number): Json {
  return {
    clusterVersion,
    clusterType: 'eks',
    defaultVersion: index === 0,
    status: 'standard-support',
    versionStatus: 'STANDARD_SUPPORT',
    endOfStandardSupportDate: Date.now() / 1000 + 365 * 86_400,
    endOfExtendedSupportDate: Date.now() / 1000 + 730 * 86_400,
  };
}

async function createCluster(
  clusters: ClustersBeside,
  request: WireRequest,
  moto: Moto,
): Promise<WireAnswer> {
  const asked = JSON.parse(request.body) as Json & { name: string };
  const wanted = (asked.resourcesVpcConfig ?? {}) as Json & { subnetIds: string[] };
  let vpcId: string;
  try {
    const found = await moto.ec2.send(new DescribeSubnetsCommand({ SubnetIds: wanted.subnetIds }));
    vpcId = found.Subnets?.[0]?.VpcId as string;
  } catch (error) {
    return jsonError(400, 'InvalidParameterException', (error as Error).message);
  }
  const answered = await moto.forward(request);
  if (answered.status !== 200) return answered;
  const clusterSecurityGroupId = await makeClusterGroup(moto, asked.name, vpcId);
  const { accessConfig, upgradePolicy, deletionProtection = false } = asked;
  clusters.set(`${request.region}/${asked.name}`, {
    network: {
      endpointPublicAccess: true,
      endpointPrivateAccess: false,
      publicAccessCidrs: ['0.0.0.0/0'],
      securityGroupIds: [],
      ...wanted,
      clusterSecurityGroupId,
      vpcId,
    },
    rest: {
      deletionProtection,
      ...(accessConfig ? { accessConfig } : {}),
      ...(upgradePolicy ? { upgradePolicy } : {}),
    },
    addons: new Map(),
    accessEntries: new Map(),
  });
  return complete(clusters, request, answered, asked.name);
}

/** It admits everything from itself and bears the tags EKS puts on it. */
async function makeClusterGroup(moto: Moto, name: string, vpcId: string): Promise<string> {
  const GroupName = `eks-cluster-sg-${name}-${Math.floor(Math.random() * 1e9)}`;
  const { GroupId } = await moto.ec2.send(
    new CreateSecurityGroupCommand({
      GroupName,
      Description:
        'EKS created security group applied to ENI that is attached to EKS Control Plane master nodes, as well as any managed workloads.',
      VpcId: vpcId,
      TagSpecifications: [
        {
          ResourceType: 'security-group',
          Tags: [
            { Key: 'Name', Value: GroupName },
            { Key: `kubernetes.io/cluster/${name}`, Value: 'owned' },
            { Key: 'aws:eks:cluster-name', Value: name },
          ],
        },
      ],
    }),
  );
  await moto.ec2.send(
    new AuthorizeSecurityGroupIngressCommand({
      GroupId,
      IpPermissions: [{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId }] }],
    }),
  );
  return GroupId as string;
}

/** The answer with the members moto has no place for. */
function complete(
  clusters: ClustersBeside,
  request: WireRequest,
  answered: WireAnswer,
  name = pathPart(request, 'clusters'),
): WireAnswer {
  const beside = clusters.get(`${request.region}/${name}`);
  if (answered.status !== 200 || !beside) return answered;
  const { cluster } = JSON.parse(answered.body) as { cluster: Json };
  return json(200, { cluster: { ...cluster, ...beside.rest, resourcesVpcConfig: beside.network } });
}

async function updateConfig(clusters: ClustersBeside, request: WireRequest, moto: Moto): Promise<WireAnswer> {
  const beside = clusters.get(clusterKey(request));
  const { clientRequestToken: _, ...changes } = JSON.parse(request.body) as Json;
  if (!beside)
    return moto.forward({
      ...request,
      method: 'GET',
      url: request.url.replace('/update-config', ''),
      body: '',
    });
  Object.assign(beside.network, changes.resourcesVpcConfig);
  if ('deletionProtection' in changes) beside.rest.deletionProtection = changes.deletionProtection;
  if (changes.logging) {
    const answered = await moto.forward({ ...request, body: JSON.stringify({ logging: changes.logging }) });
    if (answered.status !== 200) return answered;
  }
  return json(200, {
    update: {
      id: crypto.randomUUID(),
      status: 'InProgress',
      params: [],
      errors: [],
      createdAt: Date.now() / 1000,
    },
  });
}

async function deleteCluster(
  clusters: ClustersBeside,
  request: WireRequest,
  moto: Moto,
): Promise<WireAnswer> {
  const beside = clusters.get(clusterKey(request));
  if (beside?.rest.deletionProtection)
    return jsonError(400, 'InvalidRequestException', 'Cluster deletion protection is enabled');
  const answered = await moto.forward(request);
  if (answered.status !== 200 || !beside) return answered;
  clusters.delete(clusterKey(request));
  await deleteUnusedGroup(moto, beside.network.clusterSecurityGroupId as string);
  return answered;
}

/** EKS leaves its group behind where something still refers to it. */
async function deleteUnusedGroup(moto: Moto, groupId: string): Promise<void> {
  const [endpoints, referring] = await Promise.all([
    moto.ec2.send(new DescribeVpcEndpointsCommand({})),
    moto.ec2.send(
      new DescribeSecurityGroupsCommand({ Filters: [{ Name: 'ip-permission.group-id', Values: [groupId] }] }),
    ),
  ]);
  const carried = (endpoints.VpcEndpoints ?? []).some(({ Groups }) =>
    Groups?.some(({ GroupId }) => GroupId === groupId),
  );
  const referred = (referring.SecurityGroups ?? []).some(({ GroupId }) => GroupId !== groupId);
  if (!carried && !referred) await moto.ec2.send(new DeleteSecurityGroupCommand({ GroupId: groupId }));
}

async function createNodegroup(
  clusters: ClustersBeside,
  request: WireRequest,
  moto: Moto,
): Promise<WireAnswer> {
  const answered = await moto.forward(request);
  const beside = clusters.get(clusterKey(request));
  if (answered.status !== 200 || !beside) return answered;
  const { nodeRole } = JSON.parse(request.body) as { nodeRole: string };
  beside.accessEntries.set(nodeRole, {
    entry: {
      clusterName: pathPart(request, 'clusters'),
      principalArn: nodeRole,
      type: 'EC2_LINUX',
      kubernetesGroups: ['system:nodes'],
      username: 'system:node:{{EC2PrivateDNSName}}',
      tags: {},
    },
    policies: [],
  });
  return answered;
}
