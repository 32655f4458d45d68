/**
 * What an environment has on an endpoint, where no inventory can be looked into: read with the SDK, by ownership
 * tag where the service filters by tags and by name elsewhere. The types are those of the embedded inventory.
 */
import {
  DescribeDBClustersCommand as DescribeDocumentdbClusters,
  DescribeDBInstancesCommand as DescribeDocumentdbInstances,
  DocDBClient,
} from '@aws-sdk/client-docdb';
import { DescribeLaunchTemplatesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { DescribeFileSystemsCommand, DescribeMountTargetsCommand, EFSClient } from '@aws-sdk/client-efs';
import {
  DescribeClusterCommand,
  EKSClient,
  ListAddonsCommand,
  ListNodegroupsCommand,
} from '@aws-sdk/client-eks';
import {
  DescribeCacheSubnetGroupsCommand,
  DescribeReplicationGroupsCommand,
  ElastiCacheClient,
} from '@aws-sdk/client-elasticache';
import { GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import {
  DescribeDBClusterParameterGroupsCommand,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  DescribeDBSubnetGroupsCommand,
  RDSClient,
} from '@aws-sdk/client-rds';
import { type AwsTarget, client } from '#lib/aws/clients.ts';
import { tolerating } from '#lib/aws/errors.ts';
import * as network from '#lib/network/observe.ts';
import { names } from '#lib/ownership/names.ts';
import { ownershipFilters } from '#lib/ownership/tags.ts';
import type { Account } from './account.ts';
import { inventoryOf } from './inventory.ts';

interface OwnedTarget extends AwsTarget {
  readonly name: string;
}

type Ids = Record<string, readonly (string | undefined)[]>;

/** Ids by type for a report: of the embedded account, or of one environment on an endpoint. */
export async function reportedResources(
  account: Account,
  endpoint: string | undefined,
  target: { readonly name: string; readonly region: string | undefined },
): Promise<Record<string, string[]>> {
  if (!endpoint) return inventoryOf(account);
  // A request without a region was refused before anything was made.
  return target.region ? ownedResources(target as OwnedTarget) : {};
}

/** Ids by type, empty lists left out. What is deleted and still listed does not count. */
async function ownedResources(target: OwnedTarget): Promise<Record<string, string[]>> {
  const all: Ids = {
    ...(await ownedNetwork(target)),
    ...(await ownedKubernetes(target)),
    ...(await ownedDatabases(target)),
    ...(await ownedCache(target)),
    ...(await ownedFileSystem(target)),
  };
  const filled = Object.entries(all)
    .map(([type, ids]) => [type, ids.filter((id) => id !== undefined).sort()] as const)
    .filter(([, ids]) => ids.length > 0);
  return Object.fromEntries(filled.sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function ownedNetwork(target: OwnedTarget): Promise<Ids> {
  const ec2 = client(EC2Client, target);
  const owned = ownershipFilters(target);
  const lives = ({ State }: { State?: string | undefined }) => !/^delet/i.test(State ?? '');
  const templates = await ec2.send(new DescribeLaunchTemplatesCommand({ Filters: owned }));
  return {
    'ec2:vpc': (await network.listVpcs(ec2, owned)).map(({ VpcId }) => VpcId),
    'ec2:subnet': (await network.listSubnets(ec2, owned)).map(({ SubnetId }) => SubnetId),
    'ec2:internet-gateway': (await network.listInternetGateways(ec2, owned)).map(
      ({ InternetGatewayId }) => InternetGatewayId,
    ),
    'ec2:elastic-ip': (await network.listAddresses(ec2, owned)).map(({ AllocationId }) => AllocationId),
    'ec2:nat-gateway': (await network.listNatGateways(ec2, owned))
      .filter(lives)
      .map(({ NatGatewayId }) => NatGatewayId),
    'ec2:route-table': (await network.listRouteTables(ec2, owned)).map(({ RouteTableId }) => RouteTableId),
    'ec2:vpc-endpoint': (await network.listVpcEndpoints(ec2, owned))
      .filter(lives)
      .map(({ VpcEndpointId }) => VpcEndpointId),
    'ec2:security-group': (await network.listSecurityGroups(ec2, owned)).map(({ GroupId }) => GroupId),
    'ec2:launch-template': (templates.LaunchTemplates ?? []).map(({ LaunchTemplateId }) => LaunchTemplateId),
  };
}

async function ownedKubernetes(target: OwnedTarget): Promise<Ids> {
  const eks = client(EKSClient, target);
  const iam = client(IAMClient, target);
  const { cluster: clusterName, clusterRole, nodeRole, efsCsiRole } = names(target);
  const roles: (string | undefined)[] = [];
  for (const RoleName of [clusterRole, nodeRole, efsCsiRole])
    roles.push(
      (await tolerating(['gone'], () => iam.send(new GetRoleCommand({ RoleName }))))?.Role?.RoleName,
    );
  const found = await tolerating(['gone'], () => eks.send(new DescribeClusterCommand({ name: clusterName })));
  if (!found) return { 'iam:role': roles };
  const { nodegroups = [] } = await eks.send(new ListNodegroupsCommand({ clusterName }));
  const { addons = [] } = await eks.send(new ListAddonsCommand({ clusterName }));
  return {
    'iam:role': roles,
    'eks:cluster': [clusterName],
    'eks:nodegroup': nodegroups.map((name) => `${clusterName}/${name}`),
    'eks:addon': addons.map((name) => `${clusterName}/${name}`),
  };
}

async function ownedDatabases(target: OwnedTarget): Promise<Ids> {
  const rds = client(RDSClient, target);
  const docdb = client(DocDBClient, target);
  const {
    auroraCluster,
    auroraSubnetGroup,
    auroraParameterGroup,
    documentdbCluster,
    documentdbSubnetGroup,
    documentdbParameterGroup,
  } = names(target);
  const named = <T>(call: () => Promise<T>) => tolerating(['gone'], call);
  const subnetGroup = async (DBSubnetGroupName: string) =>
    (await named(() => rds.send(new DescribeDBSubnetGroupsCommand({ DBSubnetGroupName }))))
      ?.DBSubnetGroups?.[0]?.DBSubnetGroupName;
  const parameterGroup = async (DBClusterParameterGroupName: string) =>
    (
      await named(() =>
        rds.send(new DescribeDBClusterParameterGroupsCommand({ DBClusterParameterGroupName })),
      )
    )?.DBClusterParameterGroups?.[0]?.DBClusterParameterGroupName;
  const aurora = await named(() =>
    rds.send(new DescribeDBClustersCommand({ DBClusterIdentifier: auroraCluster })),
  );
  const documentdb = await named(() =>
    docdb.send(new DescribeDocumentdbClusters({ DBClusterIdentifier: documentdbCluster })),
  );
  const instances = (await rds.send(new DescribeDBInstancesCommand({ Filters: ofCluster(auroraCluster) })))
    .DBInstances;
  const documentdbInstances = (
    await docdb.send(new DescribeDocumentdbInstances({ Filters: ofCluster(documentdbCluster) }))
  ).DBInstances;
  return {
    'rds:db-cluster': (aurora?.DBClusters ?? []).map(({ DBClusterIdentifier }) => DBClusterIdentifier),
    'rds:db-instance': (instances ?? []).map(({ DBInstanceIdentifier }) => DBInstanceIdentifier),
    'rds:db-subnet-group': [await subnetGroup(auroraSubnetGroup)],
    'rds:db-cluster-parameter-group': [await parameterGroup(auroraParameterGroup)],
    'docdb:db-cluster': (documentdb?.DBClusters ?? []).map(({ DBClusterIdentifier }) => DBClusterIdentifier),
    'docdb:db-instance': (documentdbInstances ?? []).map(({ DBInstanceIdentifier }) => DBInstanceIdentifier),
    'docdb:db-subnet-group': [await subnetGroup(documentdbSubnetGroup)],
    'docdb:db-cluster-parameter-group': [await parameterGroup(documentdbParameterGroup)],
  };
}

function ofCluster(identifier: string): { Name: string; Values: string[] }[] {
  return [{ Name: 'db-cluster-id', Values: [identifier] }];
}

async function ownedCache(target: OwnedTarget): Promise<Ids> {
  const elasticache = client(ElastiCacheClient, target);
  const { replicationGroup, cacheSubnetGroup } = names(target);
  const groups = await tolerating(['gone'], () =>
    elasticache.send(new DescribeReplicationGroupsCommand({ ReplicationGroupId: replicationGroup })),
  );
  const subnetGroups = await tolerating(['gone'], () =>
    elasticache.send(new DescribeCacheSubnetGroupsCommand({ CacheSubnetGroupName: cacheSubnetGroup })),
  );
  return {
    'elasticache:replication-group': (groups?.ReplicationGroups ?? []).map(
      ({ ReplicationGroupId }) => ReplicationGroupId,
    ),
    'elasticache:subnet-group': (subnetGroups?.CacheSubnetGroups ?? []).map(
      ({ CacheSubnetGroupName }) => CacheSubnetGroupName,
    ),
  };
}

async function ownedFileSystem(target: OwnedTarget): Promise<Ids> {
  const efs = client(EFSClient, target);
  const CreationToken = names(target).fileSystemCreationToken;
  const found = await tolerating(['gone'], () => efs.send(new DescribeFileSystemsCommand({ CreationToken })));
  const ids = (found?.FileSystems ?? []).map(({ FileSystemId }) => FileSystemId);
  const targets: (string | undefined)[] = [];
  for (const FileSystemId of ids) {
    const { MountTargets = [] } = await efs.send(new DescribeMountTargetsCommand({ FileSystemId }));
    targets.push(...MountTargets.map(({ MountTargetId }) => MountTargetId));
  }
  return { 'efs:file-system': ids, 'efs:mount-target': targets };
}
