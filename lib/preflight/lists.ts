/** What an account has in a region, each listed at most once: whole pages, sorted out by who asks. */
import {
  DescribeAvailabilityZonesCommand,
  DescribeVpcEndpointServicesCommand,
  EC2Client,
  paginateDescribeInstanceTypeOfferings,
  paginateDescribeInstanceTypes,
  type ServiceDetail,
} from '@aws-sdk/client-ec2';
import { EFSClient, type FileSystemDescription, paginateDescribeFileSystems } from '@aws-sdk/client-efs';
import { paginateDescribeDBSubnetGroups, RDSClient } from '@aws-sdk/client-rds';
import { client } from '#lib/aws/clients.ts';
import { allPages, tokenPages } from '#lib/aws/reads.ts';
import {
  listAddresses,
  listInternetGateways,
  listNatGateways,
  listSubnets,
  listVpcs,
} from '#lib/network/observe.ts';
import type { SizedRequest } from '#lib/request/sized.ts';
import type { EnvironmentTarget } from '#lib/run/environment.ts';

/** `request`: which instance types are asked about. */
export function readLists(target: EnvironmentTarget, request: SizedRequest) {
  const ec2 = client(EC2Client, target);
  const rds = client(RDSClient, target);
  const efs = client(EFSClient, target);
  const typesOf = (types: readonly string[]) => [{ Name: 'instance-type', Values: [...new Set(types)] }];
  const instanceTypes = typesOf(request.eks.nodes.instanceTypes);
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
    databaseSubnetGroups: once(() =>
      allPages(paginateDescribeDBSubnetGroups({ client: rds }, {}), (page) => page.DBSubnetGroups),
    ),
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
    tokenPages((NextToken) =>
      ec2.send(new DescribeVpcEndpointServicesCommand({ Filters, MaxResults: 1000, NextToken })),
    ),
    (page) => page.ServiceDetails,
  );
}

/** Reads at the first call, and answers the same to every later one. */
export function once<T>(read: () => Promise<T>): () => Promise<T> {
  let reading: Promise<T> | undefined;
  return () => (reading ??= read());
}
