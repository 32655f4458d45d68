/**
 * What exists, each read at most once a preflight however many questions need it. Everything is listed by
 * page and sorted out here: asking for resources one by one would take a call for each.
 */
import {
  DescribeAvailabilityZonesCommand,
  DescribeVpcEndpointServicesCommand,
  EC2Client,
  paginateDescribeInstanceTypeOfferings,
  paginateDescribeInstanceTypes,
  type ServiceDetail,
} from '@aws-sdk/client-ec2';
import { EFSClient, type FileSystemDescription, paginateDescribeFileSystems } from '@aws-sdk/client-efs';
import {
  DescribeCacheSubnetGroupsCommand,
  DescribeReplicationGroupsCommand,
  ElastiCacheClient,
} from '@aws-sdk/client-elasticache';
import { GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import {
  DescribeDBClusterParameterGroupsCommand,
  paginateDescribeDBClusters,
  paginateDescribeDBInstances,
  paginateDescribeDBSubnetGroups,
  RDSClient,
} from '@aws-sdk/client-rds';
import { client } from '#lib/aws/clients.ts';
import { tolerating } from '#lib/aws/errors.ts';
import { allPages, tokenPages } from '#lib/aws/reads.ts';
import { findCluster } from '#lib/eks/cluster.ts';
import { namedNodegroups, standingOf } from '#lib/eks/nodegroups.ts';
import {
  listAddresses,
  listInternetGateways,
  listNatGateways,
  listSubnets,
  listVpcs,
} from '#lib/network/observe.ts';
import { names } from '#lib/ownership/names.ts';
import { isOwned } from '#lib/ownership/tags.ts';
import type { SizedRequest } from '#lib/request/sized.ts';
import type { EnvironmentTarget } from '#lib/run/environment.ts';

export type Account = ReturnType<typeof readAccount>;

export function readAccount(target: EnvironmentTarget, request: SizedRequest) {
  const ec2 = client(EC2Client, target);
  const rds = client(RDSClient, target);
  const efs = client(EFSClient, target);
  const elasticache = client(ElastiCacheClient, target);
  const named = names(target);
  const typesOf = (types: readonly string[]) => [{ Name: 'instance-type', Values: [...new Set(types)] }];
  const instanceTypes = typesOf(request.eks.nodes.instanceTypes);
  const cluster = once(() => findCluster(target));

  return {
    vpcs: once(() => listVpcs(ec2, [])),
    subnets: once(() => listSubnets(ec2, [])),
    internetGateways: once(() => listInternetGateways(ec2, [])),
    addresses: once(() => listAddresses(ec2, [])),
    /** Those that count: a deleted or failed one stays listed for about an hour. */
    natGateways: once(() =>
      listNatGateways(ec2, [{ Name: 'state', Values: ['pending', 'available', 'deleting'] }]),
    ),
    /** Ordinary zones only: neither Local Zones nor those the account has not opted into. */
    zones: once(async () => {
      const { AvailabilityZones = [] } = await ec2.send(new DescribeAvailabilityZonesCommand({}));
      return AvailabilityZones.filter(
        (zone) =>
          zone.State === 'available' &&
          (zone.ZoneType ?? 'availability-zone') === 'availability-zone' &&
          zone.OptInStatus !== 'not-opted-in',
      ).map((zone) => ({ name: zone.ZoneName as string, id: zone.ZoneId as string }));
    }),
    endpointServices: once(() => listEndpointServices(ec2)),
    /** Where the nodes' instance types, and the one beneath the cache's, are offered: type and zone name. */
    instanceTypeOfferings: once(() =>
      allPages(
        paginateDescribeInstanceTypeOfferings(
          { client: ec2 },
          {
            LocationType: 'availability-zone',
            Filters: typesOf([
              ...request.eks.nodes.instanceTypes,
              cacheHostType(request.elasticache.nodeType),
            ]),
          },
        ),
        (page) => page.InstanceTypeOfferings,
      ),
    ),
    /** By filter: an unknown type by name would fail the whole call. */
    instanceTypes: once(() =>
      allPages(
        paginateDescribeInstanceTypes({ client: ec2 }, { Filters: instanceTypes }),
        (page) => page.InstanceTypes,
      ),
    ),
    cluster,
    /** The environment's own cluster, and whether it has its node group. */
    ownCluster: once(async () => {
      const found = await cluster();
      return isOwned(found?.tags, target) ? found : undefined;
    }),
    /** The one that does the work. */
    nodegroup: once(async () => ((await cluster()) ? standingOf(await namedNodegroups(target)) : undefined)),
    /** The two clusters of our names. One call answers for both: Aurora and DocumentDB share the control plane. */
    databaseClusters: once(() =>
      allPages(
        paginateDescribeDBClusters(
          { client: rds },
          { Filters: [{ Name: 'db-cluster-id', Values: [named.auroraCluster, named.documentdbCluster] }] },
        ),
        (page) => page.DBClusters,
      ),
    ),
    databaseInstances: once(() =>
      allPages(
        paginateDescribeDBInstances(
          { client: rds },
          { Filters: [{ Name: 'db-cluster-id', Values: [named.auroraCluster, named.documentdbCluster] }] },
        ),
        (page) => page.DBInstances,
      ),
    ),
    databaseSubnetGroups: once(() =>
      allPages(paginateDescribeDBSubnetGroups({ client: rds }, {}), (page) => page.DBSubnetGroups),
    ),
    /** The two of our names: asked for by name, as AWS filters them by nothing. */
    databaseParameterGroups: once(async () => {
      const answers = await Promise.all(
        [named.auroraParameterGroup, named.documentdbParameterGroup].map((DBClusterParameterGroupName) =>
          tolerating(['gone'], () =>
            rds.send(new DescribeDBClusterParameterGroupsCommand({ DBClusterParameterGroupName })),
          ),
        ),
      );
      return answers.flatMap((answer) => answer?.DBClusterParameterGroups ?? []);
    }),
    roles: once(async () => {
      const iam = client(IAMClient, target);
      const answers = await Promise.all(
        [named.clusterRole, named.nodeRole, named.efsCsiRole].map((RoleName) =>
          tolerating(['gone'], () => iam.send(new GetRoleCommand({ RoleName }))),
        ),
      );
      return answers.flatMap((answer) => answer?.Role ?? []);
    }),
    replicationGroup: once(async () => {
      const command = new DescribeReplicationGroupsCommand({ ReplicationGroupId: named.replicationGroup });
      return (await tolerating(['gone'], () => elasticache.send(command)))?.ReplicationGroups?.[0];
    }),
    cacheSubnetGroup: once(async () => {
      const command = new DescribeCacheSubnetGroupsCommand({ CacheSubnetGroupName: named.cacheSubnetGroup });
      return (await tolerating(['gone'], () => elasticache.send(command)))?.CacheSubnetGroups?.[0];
    }),
    fileSystems: once<FileSystemDescription[]>(() =>
      allPages(paginateDescribeFileSystems({ client: efs }, {}), (page) => page.FileSystems),
    ),
  };
}

/**
 * The EC2 type of a cache node type's name. ElastiCache lists no zones for its node types; where EC2 lacks the
 * type of that name, ElastiCache has so far lacked it too. A hint for the choice of zones, never a refusal.
 */
export function cacheHostType(nodeType: string): string {
  return nodeType.replace(/^cache\./, '');
}

function listEndpointServices(ec2: EC2Client): Promise<ServiceDetail[]> {
  const Filters = [
    { Name: 'owner', Values: ['amazon'] },
    { Name: 'service-type', Values: ['Interface'] },
  ];
  return allPages(
    tokenPages((NextToken) => ec2.send(new DescribeVpcEndpointServicesCommand({ Filters, NextToken }))),
    (page) => page.ServiceDetails,
  );
}

/** Reads at the first call, and answers the same to every later one. */
export function once<T>(read: () => Promise<T>): () => Promise<T> {
  let reading: Promise<T> | undefined;
  return () => (reading ??= read());
}
