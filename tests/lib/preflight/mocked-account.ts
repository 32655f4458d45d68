/**
 * An account behind mocked SDK clients: empty, with room, three zones and everything on offer. A test changes
 * the one answer it is about; what no test arranged is not answered.
 */

import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  DocDBClient,
  DescribeOrderableDBInstanceOptionsCommand as DocDBOptionsCommand,
  DescribeDBEngineVersionsCommand as DocDBVersionsCommand,
} from '@aws-sdk/client-docdb';
import {
  DescribeAddressesCommand,
  DescribeAvailabilityZonesCommand,
  DescribeInstancesCommand,
  DescribeInstanceTypeOfferingsCommand,
  DescribeInstanceTypesCommand,
  DescribeInternetGatewaysCommand,
  DescribeNatGatewaysCommand,
  DescribeSubnetsCommand,
  DescribeVpcBlockPublicAccessOptionsCommand,
  DescribeVpcEndpointServicesCommand,
  DescribeVpcsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import { DescribeFileSystemsCommand, EFSClient } from '@aws-sdk/client-efs';
import {
  type AddonInfo,
  DescribeAddonConfigurationCommand,
  DescribeAddonVersionsCommand,
  DescribeClusterCommand,
  DescribeClusterVersionsCommand,
  DescribeNodegroupCommand,
  EKSClient,
  ListClustersCommand,
} from '@aws-sdk/client-eks';
import {
  DescribeCacheClustersCommand,
  DescribeCacheEngineVersionsCommand,
  DescribeCacheSubnetGroupsCommand,
  DescribeReplicationGroupsCommand,
  DescribeReservedCacheNodesOfferingsCommand,
  ElastiCacheClient,
} from '@aws-sdk/client-elasticache';
import { GetAccountSummaryCommand, GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import {
  DescribeAccountAttributesCommand,
  DescribeDBClusterParameterGroupsCommand,
  DescribeDBClustersCommand,
  DescribeDBEngineVersionsCommand,
  DescribeDBInstancesCommand,
  DescribeDBSubnetGroupsCommand,
  DescribeOrderableDBInstanceOptionsCommand,
  ListTagsForResourceCommand,
  RDSClient,
} from '@aws-sdk/client-rds';
import {
  GetAWSDefaultServiceQuotaCommand,
  GetServiceQuotaCommand,
  ServiceQuotasClient,
} from '@aws-sdk/client-service-quotas';
import { mockClient } from 'aws-sdk-client-mock';
import { configureClients } from '#lib/aws/clients.ts';
import { allAddOns } from '#lib/eks/add-ons.ts';
import { endpointSuffixes } from '#lib/preflight/endpoint-services.ts';

const region = 'eu-central-1';
export const zones = ['a', 'b', 'c'].map((letter, index) => ({
  name: `${region}${letter}`,
  id: `euc1-az${[2, 3, 1][index]}`,
}));

/** An error as a client throws it: the operation is added by a middleware, which mocks leave out. */
export function awsError(name: string, message = name): Error {
  return Object.assign(new Error(message), {
    name,
    operation: 'x:Describe',
    $metadata: { requestId: 'r-1' },
  });
}

export function zonesAnswer(all: readonly { name: string; id: string; type?: string }[]) {
  return {
    AvailabilityZones: all.map(({ name, id, type = 'availability-zone' }) => ({
      ZoneName: name,
      ZoneId: id,
      ZoneType: type as 'availability-zone',
      State: 'available' as const,
      OptInStatus: 'opt-in-not-required' as const,
    })),
  };
}

/** `zonesOf` names the zones of a service where it is not offered in all. */
export function servicesAnswer(zonesOf: (suffix: string) => readonly string[] | undefined = () => undefined) {
  return {
    ServiceDetails: [
      { ServiceName: `com.amazonaws.${region}.s3`, ServiceType: [{ ServiceType: 'Gateway' as const }] },
      {
        ServiceName: `com.amazonaws.${region}.rds-data`,
        ServiceType: [{ ServiceType: 'Interface' as const }],
      },
      ...endpointSuffixes.map((suffix) => ({
        ServiceName: `com.amazonaws.${region}.${suffix}`,
        ServiceType: [{ ServiceType: 'Interface' as const }],
        AvailabilityZones: [...(zonesOf(suffix) ?? zones.map(({ name }) => name))],
      })),
    ],
  };
}

export function offeringsAnswer(InstanceType: 't3a.2xlarge' | 'm5.2xlarge', zoneNames: readonly string[]) {
  return { InstanceTypeOfferings: zoneNames.map((Location) => ({ InstanceType, Location })) };
}

/** Every add-on in one version for these Kubernetes versions, of which it is the default one. */
export function addOnsAnswer(clusterVersions: readonly string[], without?: string): { addons: AddonInfo[] } {
  return {
    addons: allAddOns
      .filter((addonName) => addonName !== without)
      .map((addonName) => ({
        addonName,
        addonVersions: [
          {
            addonVersion: 'v1',
            compatibilities: clusterVersions.map((clusterVersion) => ({
              clusterVersion,
              defaultVersion: true,
            })),
          },
        ],
      })),
  };
}

const options = [{ AvailabilityZones: zones.map(({ name }) => ({ Name: name })) }];

/** Fresh mocks for one test. */
export function mockedAccount() {
  configureClients({});
  const ec2 = mockClient(EC2Client);
  ec2.on(DescribeVpcsCommand).resolves({ Vpcs: [] });
  ec2.on(DescribeSubnetsCommand).resolves({ Subnets: [] });
  ec2.on(DescribeVpcBlockPublicAccessOptionsCommand).resolves({
    VpcBlockPublicAccessOptions: { InternetGatewayBlockMode: 'off' },
  });
  ec2.on(DescribeInternetGatewaysCommand).resolves({ InternetGateways: [] });
  ec2.on(DescribeAddressesCommand).resolves({ Addresses: [] });
  ec2.on(DescribeNatGatewaysCommand).resolves({ NatGateways: [] });
  ec2.on(DescribeInstancesCommand).resolves({ Reservations: [] });
  ec2.on(DescribeAvailabilityZonesCommand).resolves(zonesAnswer(zones));
  ec2.on(DescribeVpcEndpointServicesCommand).resolves(servicesAnswer());
  ec2.on(DescribeInstanceTypeOfferingsCommand).resolves(
    offeringsAnswer(
      't3a.2xlarge',
      zones.map(({ name }) => name),
    ),
  );
  ec2.on(DescribeInstanceTypesCommand).resolves({
    InstanceTypes: [
      {
        InstanceType: 't3a.2xlarge',
        VCpuInfo: { DefaultVCpus: 8 },
        ProcessorInfo: { SupportedArchitectures: ['x86_64'] },
      },
    ],
  });

  const eks = mockClient(EKSClient);
  eks.on(DescribeClusterCommand).rejects(awsError('ResourceNotFoundException'));
  eks.on(DescribeNodegroupCommand).rejects(awsError('ResourceNotFoundException'));
  eks.on(ListClustersCommand).resolves({ clusters: [] });
  eks.on(DescribeAddonVersionsCommand).resolves(addOnsAnswer(['1.34', '1.35', '1.36']));
  eks.on(DescribeAddonConfigurationCommand).resolves({
    podIdentityConfiguration: [{ serviceAccount: 'efs-csi-controller-sa' }],
  });
  eks.on(DescribeClusterVersionsCommand).resolves({
    clusterVersions: [
      {
        clusterVersion: '1.35',
        versionStatus: 'STANDARD_SUPPORT',
        endOfStandardSupportDate: new Date('2099-01-01'),
      },
    ],
  });

  const logs = mockClient(CloudWatchLogsClient);
  logs.on(DescribeLogGroupsCommand).resolves({ logGroups: [] });

  const rds = mockClient(RDSClient);
  rds.on(DescribeDBClustersCommand).resolves({ DBClusters: [] });
  rds.on(DescribeDBInstancesCommand).resolves({ DBInstances: [] });
  rds.on(DescribeDBClusterParameterGroupsCommand).resolves({ DBClusterParameterGroups: [] });
  rds.on(DescribeDBSubnetGroupsCommand).resolves({ DBSubnetGroups: [] });
  rds.on(DescribeDBEngineVersionsCommand).resolves({ DBEngineVersions: [{ EngineVersion: '16.6' }] });
  rds.on(DescribeOrderableDBInstanceOptionsCommand).resolves({ OrderableDBInstanceOptions: options });
  rds.on(ListTagsForResourceCommand).resolves({ TagList: [] });
  rds.on(DescribeAccountAttributesCommand).resolves({
    AccountQuotas: ['DBClusters', 'DBInstances', 'DBSubnetGroups', 'DBClusterParameterGroups'].map(
      (AccountQuotaName) => ({
        AccountQuotaName,
        Used: 0,
        Max: 40,
      }),
    ),
  });
  const docdb = mockClient(DocDBClient);
  docdb.on(DocDBVersionsCommand).resolves({ DBEngineVersions: [{ EngineVersion: '5.0.0' }] });
  docdb.on(DocDBOptionsCommand).resolves({ OrderableDBInstanceOptions: options });

  const elasticache = mockClient(ElastiCacheClient);
  elasticache.on(DescribeReplicationGroupsCommand).rejects(awsError('ReplicationGroupNotFoundFault'));
  elasticache.on(DescribeCacheSubnetGroupsCommand).rejects(awsError('CacheSubnetGroupNotFoundFault'));
  elasticache.on(DescribeCacheClustersCommand).resolves({ CacheClusters: [] });
  elasticache.on(DescribeCacheEngineVersionsCommand).resolves({
    CacheEngineVersions: ['5.0.6', '6.2', '7.0', '7.1'].map((EngineVersion) => ({ EngineVersion })),
  });
  elasticache
    .on(DescribeReservedCacheNodesOfferingsCommand)
    .resolves({ ReservedCacheNodesOfferings: [{ CacheNodeType: 'cache.t4g.medium' }] });
  const efs = mockClient(EFSClient);
  efs.on(DescribeFileSystemsCommand).resolves({ FileSystems: [] });
  const iam = mockClient(IAMClient);
  iam.on(GetRoleCommand).rejects(awsError('NoSuchEntityException'));
  iam.on(GetAccountSummaryCommand).resolves({ SummaryMap: { Roles: 10, RolesQuota: 1000 } });
  const quotas = mockClient(ServiceQuotasClient);
  quotas.on(GetServiceQuotaCommand).resolves({ Quota: { Value: 100 } });
  quotas.on(GetAWSDefaultServiceQuotaCommand).resolves({ Quota: { Value: 5 } });

  const clients = { ec2, eks, logs, rds, docdb, elasticache, efs, iam, quotas };
  return {
    ...clients,
    calls: () => Object.values(clients).reduce((sum, mock) => sum + mock.calls().length, 0),
  };
}
