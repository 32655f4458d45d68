/** The EKS cluster, its OIDC provider, add-ons and nodes. EKS lists names only, hence a call for each of the few. */
import {
  DescribeLaunchTemplateVersionsCommand,
  EC2Client,
  type LaunchTemplateVersion,
} from '@aws-sdk/client-ec2';
import {
  type Cluster,
  DescribeAddonCommand,
  DescribeClusterCommand,
  EKSClient,
  type Nodegroup,
} from '@aws-sdk/client-eks';
import { GetOpenIDConnectProviderCommand, IAMClient } from '@aws-sdk/client-iam';
import { client } from '#lib/aws/clients.ts';
import { forEach } from '#lib/aws/each.ts';
import { tolerating } from '#lib/aws/errors.ts';
import { together } from '#lib/aws/reads.ts';
import { administratorsOf, listAccessEntries } from '#lib/eks/access-entries.ts';
import { allAddOns } from '#lib/eks/add-ons.ts';
import { namedNodegroups, standingOf } from '#lib/eks/nodegroups.ts';
import { names } from '#lib/ownership/names.ts';
import { isOwned } from '#lib/ownership/tags.ts';
import type { EnvironmentTarget } from '#lib/run/environment.ts';
import type {
  AccessEntrySeen,
  ClusterSeen,
  KubernetesSeen,
  LaunchTemplateSeen,
  NodegroupSeen,
} from './observation.ts';

export async function observeKubernetes(environment: EnvironmentTarget): Promise<KubernetesSeen> {
  const eks = client(EKSClient, environment);
  const name = names(environment).cluster;
  const answer = await tolerating(['gone'], () => eks.send(new DescribeClusterCommand({ name })));
  const cluster = answer?.cluster ? clusterSeen(answer.cluster) : undefined;
  if (!cluster) {
    return {
      cluster,
      oidcProvider: undefined,
      addons: [],
      accessEntries: [],
      nodegroup: undefined,
      nodegroupsBeside: [],
      launchTemplate: undefined,
    };
  }
  const [oidcProvider, addons, accessEntries, nodes] = await together([
    observeOidcProvider(environment, cluster.issuer),
    observeAddons(eks, name),
    observeAccessEntries(environment),
    observeNodes(environment),
  ]);
  return { cluster, oidcProvider, addons, accessEntries, ...nodes };
}

function clusterSeen(cluster: Cluster): ClusterSeen {
  const network = cluster.resourcesVpcConfig;
  return {
    name: cluster.name ?? '',
    status: cluster.status ?? '',
    version: cluster.version ?? '',
    endpoint: cluster.endpoint ?? '',
    vpcId: network?.vpcId ?? '',
    subnetIds: network?.subnetIds ?? [],
    privateAccess: network?.endpointPrivateAccess ?? false,
    supportType: cluster.upgradePolicy?.supportType ?? '',
    publicAccess: network?.endpointPublicAccess ?? false,
    publicAccessCidrs: network?.publicAccessCidrs ?? [],
    deletionProtection: cluster.deletionProtection ?? false,
    logTypes: (cluster.logging?.clusterLogging ?? []).flatMap(({ enabled, types }) =>
      enabled ? (types ?? []) : [],
    ),
    serviceIpv4Cidr: cluster.kubernetesNetworkConfig?.serviceIpv4Cidr,
    securityGroupId: network?.clusterSecurityGroupId,
    issuer: cluster.identity?.oidc?.issuer,
  };
}

async function observeOidcProvider(
  environment: EnvironmentTarget,
  issuer: string | undefined,
): Promise<KubernetesSeen['oidcProvider']> {
  if (!issuer) return undefined;
  const { partition, account } = environment;
  const arn = `arn:${partition}:iam::${account}:oidc-provider/${issuer.replace('https://', '')}`;
  const iam = client(IAMClient, environment);
  const found = await tolerating(['gone'], () =>
    iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn })),
  );
  return found && { arn, url: found.Url ?? '', audiences: found.ClientIDList ?? [] };
}

/** The environment's: others that somebody installed are theirs. */
async function observeAddons(eks: EKSClient, clusterName: string): Promise<KubernetesSeen['addons']> {
  const found = await forEach(allAddOns, 5, async (addonName) => {
    const answer = await tolerating(['gone'], () =>
      eks.send(new DescribeAddonCommand({ clusterName, addonName })),
    );
    return answer?.addon && { name: addonName, status: answer.addon.status ?? '' };
  });
  return found.filter((addon) => addon !== undefined);
}

/** Of a cluster that goes on being made there may be none yet. EKS's own, of the node role, is nobody's who administers. */
async function observeAccessEntries(environment: EnvironmentTarget): Promise<AccessEntrySeen[]> {
  const entries = await listAccessEntries(environment);
  const administrators = entries.length > 0 ? await administratorsOf(environment) : [];
  return entries.map(({ principalArn = '', tags }) => ({
    principal: principalArn,
    own: isOwned(tags, environment),
    administers: administrators.includes(principalArn),
  }));
}

async function observeNodes(
  environment: EnvironmentTarget,
): Promise<Pick<KubernetesSeen, 'nodegroup' | 'nodegroupsBeside' | 'launchTemplate'>> {
  const found = await namedNodegroups(environment);
  const standing = standingOf(found);
  if (!standing) return { nodegroup: undefined, nodegroupsBeside: [], launchTemplate: undefined };
  return {
    nodegroup: nodegroupSeen(standing),
    nodegroupsBeside: found.filter((one) => one !== standing).map(nodegroupSeen),
    launchTemplate: await observeLaunchTemplate(environment, standing),
  };
}

function nodegroupSeen(nodegroup: Nodegroup): NodegroupSeen {
  return {
    name: nodegroup.nodegroupName ?? '',
    status: nodegroup.status ?? '',
    version: nodegroup.version ?? '',
    subnetIds: nodegroup.subnets ?? [],
    amiType: nodegroup.amiType ?? '',
    instanceTypes: nodegroup.instanceTypes ?? [],
    minSize: nodegroup.scalingConfig?.minSize ?? 0,
    maxSize: nodegroup.scalingConfig?.maxSize ?? 0,
  };
}

/** The very version the nodes run from, not the template's latest. */
async function observeLaunchTemplate(
  environment: EnvironmentTarget,
  nodegroup: Nodegroup,
): Promise<LaunchTemplateSeen | undefined> {
  const { id, version } = nodegroup.launchTemplate ?? {};
  if (!id || !version) return undefined;
  const found = await tolerating(['gone'], () =>
    client(EC2Client, environment).send(
      new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId: id, Versions: [version] }),
    ),
  );
  const [used] = found?.LaunchTemplateVersions ?? [];
  return used && launchTemplateSeen(id, version, used);
}

function launchTemplateSeen(id: string, version: string, used: LaunchTemplateVersion): LaunchTemplateSeen {
  const data = used.LaunchTemplateData;
  return {
    id,
    version,
    httpTokens: data?.MetadataOptions?.HttpTokens,
    httpEndpoint: data?.MetadataOptions?.HttpEndpoint,
    hopLimit: data?.MetadataOptions?.HttpPutResponseHopLimit,
    securityGroupIds: [
      ...(data?.SecurityGroupIds ?? []),
      ...(data?.NetworkInterfaces ?? []).flatMap((networkInterface) => networkInterface.Groups ?? []),
    ],
    volumes: (data?.BlockDeviceMappings ?? []).map((mapping) => ({
      device: mapping.DeviceName ?? '',
      type: mapping.Ebs?.VolumeType,
      sizeGiB: mapping.Ebs?.VolumeSize,
      encrypted: mapping.Ebs?.Encrypted ?? false,
      deletedWithNode: mapping.Ebs?.DeleteOnTermination ?? false,
    })),
  };
}
