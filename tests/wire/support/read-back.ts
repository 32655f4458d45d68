/** Everything an account has, read with plain SDK calls: what the rules are checked on. */
import { DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DescribeDBClustersCommand as DescribeDocumentdbClusters } from '@aws-sdk/client-docdb';
import * as ec2 from '@aws-sdk/client-ec2';
import * as efs from '@aws-sdk/client-efs';
import * as eks from '@aws-sdk/client-eks';
import * as elasticache from '@aws-sdk/client-elasticache';
import {
  GetOpenIDConnectProviderCommand,
  ListOpenIDConnectProvidersCommand,
  ListRolesCommand,
} from '@aws-sdk/client-iam';
import * as rds from '@aws-sdk/client-rds';
import { ListSecretsCommand } from '@aws-sdk/client-secrets-manager';
import type { PlainClients } from './plain-clients.ts';

export type ReadBack = Awaited<ReturnType<typeof readBack>>;

export async function readBack(clients: PlainClients) {
  return {
    ...(await network(clients)),
    ...(await kubernetes(clients)),
    ...(await data(clients)),
  };
}

async function network(clients: PlainClients) {
  const client = clients.ec2;
  const vpcs = (await client.send(new ec2.DescribeVpcsCommand({}))).Vpcs ?? [];
  const attributes: Record<string, { hostnames: boolean; support: boolean }> = {};
  for (const { VpcId } of vpcs) {
    const ask = (Attribute: ec2.VpcAttributeName) =>
      client.send(new ec2.DescribeVpcAttributeCommand({ VpcId, Attribute }));
    attributes[VpcId as string] = {
      hostnames: (await ask('enableDnsHostnames')).EnableDnsHostnames?.Value ?? false,
      support: (await ask('enableDnsSupport')).EnableDnsSupport?.Value ?? false,
    };
  }
  const gone = (State: string | undefined) => State === 'deleted' || State === 'deleting';
  return {
    vpcs,
    attributes,
    subnets: (await client.send(new ec2.DescribeSubnetsCommand({}))).Subnets ?? [],
    internetGateways: (await client.send(new ec2.DescribeInternetGatewaysCommand({}))).InternetGateways ?? [],
    natGateways: ((await client.send(new ec2.DescribeNatGatewaysCommand({}))).NatGateways ?? []).filter(
      ({ State }) => !gone(State),
    ),
    addresses: (await client.send(new ec2.DescribeAddressesCommand({}))).Addresses ?? [],
    routeTables: (await client.send(new ec2.DescribeRouteTablesCommand({}))).RouteTables ?? [],
    endpoints: ((await client.send(new ec2.DescribeVpcEndpointsCommand({}))).VpcEndpoints ?? []).filter(
      ({ State }) => !gone(State),
    ),
    securityGroups: (await client.send(new ec2.DescribeSecurityGroupsCommand({}))).SecurityGroups ?? [],
    securityGroupRules:
      (await client.send(new ec2.DescribeSecurityGroupRulesCommand({}))).SecurityGroupRules ?? [],
    launchTemplates: (await client.send(new ec2.DescribeLaunchTemplatesCommand({}))).LaunchTemplates ?? [],
  };
}

async function kubernetes({ eks: client, iam, logs }: PlainClients) {
  const { clusters: names = [] } = await client.send(new eks.ListClustersCommand({}));
  const clusters = [];
  for (const name of names) {
    const clusterName = name;
    const { cluster } = await client.send(new eks.DescribeClusterCommand({ name }));
    const listed = await client.send(new eks.ListNodegroupsCommand({ clusterName }));
    const nodegroups = [];
    for (const nodegroupName of listed.nodegroups ?? [])
      nodegroups.push(
        (await client.send(new eks.DescribeNodegroupCommand({ clusterName, nodegroupName }))).nodegroup,
      );
    const { addons = [] } = await client.send(new eks.ListAddonsCommand({ clusterName }));
    const { accessEntries = [] } = await client.send(new eks.ListAccessEntriesCommand({ clusterName }));
    clusters.push({ ...cluster, nodegroups, addons, accessEntries });
  }
  const { OpenIDConnectProviderList = [] } = await iam.send(new ListOpenIDConnectProvidersCommand({}));
  const oidcProviders = [];
  for (const { Arn } of OpenIDConnectProviderList)
    oidcProviders.push({
      Arn,
      ...(await iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: Arn }))),
    });
  return {
    clusters,
    oidcProviders,
    roles: (await iam.send(new ListRolesCommand({}))).Roles ?? [],
    logGroups: (await logs.send(new DescribeLogGroupsCommand({}))).logGroups ?? [],
  };
}

async function data({ rds: rdsClient, docdb, elasticache: cache, efs: efsClient, secrets }: PlainClients) {
  const fileSystems = [];
  for (const fileSystem of (await efsClient.send(new efs.DescribeFileSystemsCommand({}))).FileSystems ?? []) {
    const { FileSystemId } = fileSystem;
    const { MountTargets = [] } = await efsClient.send(new efs.DescribeMountTargetsCommand({ FileSystemId }));
    const mountTargets = [];
    for (const target of MountTargets) {
      const { MountTargetId } = target;
      const { SecurityGroups = [] } = await efsClient.send(
        new efs.DescribeMountTargetSecurityGroupsCommand({ MountTargetId }),
      );
      mountTargets.push({ ...target, SecurityGroups });
    }
    fileSystems.push({ ...fileSystem, mountTargets });
  }
  return {
    fileSystems,
    databaseClusters: (await rdsClient.send(new rds.DescribeDBClustersCommand({}))).DBClusters ?? [],
    documentdbClusters: (await docdb.send(new DescribeDocumentdbClusters({}))).DBClusters ?? [],
    databaseInstances: (await rdsClient.send(new rds.DescribeDBInstancesCommand({}))).DBInstances ?? [],
    databaseSubnetGroups:
      (await rdsClient.send(new rds.DescribeDBSubnetGroupsCommand({}))).DBSubnetGroups ?? [],
    databaseSnapshots:
      (await rdsClient.send(new rds.DescribeDBClusterSnapshotsCommand({}))).DBClusterSnapshots ?? [],
    replicationGroups:
      (await cache.send(new elasticache.DescribeReplicationGroupsCommand({}))).ReplicationGroups ?? [],
    cacheClusters: (await cache.send(new elasticache.DescribeCacheClustersCommand({}))).CacheClusters ?? [],
    cacheSubnetGroups:
      (await cache.send(new elasticache.DescribeCacheSubnetGroupsCommand({}))).CacheSubnetGroups ?? [],
    cacheSnapshots: (await cache.send(new elasticache.DescribeSnapshotsCommand({}))).Snapshots ?? [],
    secrets: (await secrets.send(new ListSecretsCommand({}))).SecretList ?? [],
  };
}

/** Ids of all there is, by type; snapshots apart. */
export function idsOf(seen: ReadBack): Record<string, string[]> {
  const ids: Record<string, readonly (string | undefined)[]> = {
    vpc: seen.vpcs.map(({ VpcId }) => VpcId),
    subnet: seen.subnets.map(({ SubnetId }) => SubnetId),
    internetGateway: seen.internetGateways.map(({ InternetGatewayId }) => InternetGatewayId),
    natGateway: seen.natGateways.map(({ NatGatewayId }) => NatGatewayId),
    address: seen.addresses.map(({ AllocationId }) => AllocationId),
    routeTable: seen.routeTables.map(({ RouteTableId }) => RouteTableId),
    endpoint: seen.endpoints.map(({ VpcEndpointId }) => VpcEndpointId),
    securityGroup: seen.securityGroups.map(({ GroupId }) => GroupId),
    securityGroupRule: seen.securityGroupRules.map(({ SecurityGroupRuleId }) => SecurityGroupRuleId),
    launchTemplate: seen.launchTemplates.map(({ LaunchTemplateId }) => LaunchTemplateId),
    cluster: seen.clusters.map(({ arn }) => arn),
    nodegroup: seen.clusters.flatMap(({ nodegroups }) => nodegroups.map((one) => one?.nodegroupArn)),
    addon: seen.clusters.flatMap(({ name, addons }) => addons.map((addon) => `${name}/${addon}`)),
    accessEntry: seen.clusters.flatMap(({ name, accessEntries }) =>
      accessEntries.map((entry) => `${name}/${entry}`),
    ),
    oidcProvider: seen.oidcProviders.map(({ Arn }) => Arn),
    role: seen.roles.map(({ RoleName }) => RoleName),
    logGroup: seen.logGroups.map(({ logGroupName }) => logGroupName),
    fileSystem: seen.fileSystems.map(({ FileSystemId }) => FileSystemId),
    mountTarget: seen.fileSystems.flatMap(({ mountTargets }) => mountTargets.map((one) => one.MountTargetId)),
    databaseCluster: seen.databaseClusters.map(({ DBClusterIdentifier }) => DBClusterIdentifier),
    databaseInstance: seen.databaseInstances.map(({ DBInstanceIdentifier }) => DBInstanceIdentifier),
    databaseSubnetGroup: seen.databaseSubnetGroups.map(({ DBSubnetGroupName }) => DBSubnetGroupName),
    replicationGroup: seen.replicationGroups.map(({ ReplicationGroupId }) => ReplicationGroupId),
    cacheCluster: seen.cacheClusters.map(({ CacheClusterId }) => CacheClusterId),
    cacheSubnetGroup: seen.cacheSubnetGroups.map(({ CacheSubnetGroupName }) => CacheSubnetGroupName),
    secret: seen.secrets.map(({ ARN }) => ARN),
  };
  return Object.fromEntries(Object.entries(ids).map(([type, list]) => [type, (list as string[]).toSorted()]));
}
