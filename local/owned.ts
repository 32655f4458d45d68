/**
 * What an environment has, and has left: what verification observes, and beside it what no rule looks at, read by
 * ownership tag or name as on any AWS. The types are those of the embedded inventory, which is of the whole account.
 */
import { DescribeLaunchTemplatesCommand, EC2Client, type RouteTable } from '@aws-sdk/client-ec2';
import {
  DescribeUserGroupsCommand,
  DescribeUsersCommand,
  ElastiCacheClient,
  paginateDescribeSnapshots,
} from '@aws-sdk/client-elasticache';
import { GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { paginateDescribeDBClusterSnapshots, RDSClient } from '@aws-sdk/client-rds';
import { regionState } from '#embedded/regions.ts';
import { findSubnetGroup as findCacheSubnetGroup } from '#functions/elasticache/observe.ts';
import { type AwsTarget, client } from '#lib/aws/clients.ts';
import { tolerating } from '#lib/aws/errors.ts';
import { allPages, together } from '#lib/aws/reads.ts';
import { aurora } from '#lib/data/aurora.ts';
import { documentdb } from '#lib/data/documentdb.ts';
import { upgradeSnapshotPrefix } from '#lib/data/final-snapshot.ts';
import { findLogGroups } from '#lib/data/log-groups.ts';
import { findSubnetGroup } from '#lib/data/observe.ts';
import { findParameterGroup } from '#lib/data/parameters.ts';
import type { DatabaseService } from '#lib/data/service.ts';
import { findLogGroup } from '#lib/eks/log-group.ts';
import * as network from '#lib/network/observe.ts';
import { isAttachmentOver } from '#lib/network/transit-gateway.ts';
import { names } from '#lib/ownership/names.ts';
import { ownershipFilters } from '#lib/ownership/tags.ts';
import { callerIn } from '#lib/preflight/region.ts';
import type { EnvironmentTarget } from '#lib/run/environment.ts';
import type { Observation } from '#lib/verify/observation.ts';
import { observe } from '#lib/verify/observe.ts';
import type { Account } from './account.ts';

export interface ReportTarget extends Partial<AwsTarget> {
  readonly name: string;
}

type Ids = Record<string, readonly (string | undefined)[]>;

/** Ids by type for a report. */
export async function reportedResources(
  { aws }: Pick<Account, 'aws'>,
  { region, ...target }: ReportTarget,
): Promise<Record<string, string[]>> {
  // A request without a region was refused before anything was made.
  if (!region || regionState(region) === undefined) return {};
  // The session of a role that is assumed has a name of its own, as this is no execution.
  const where = { execution: 'report', ...target, region };
  return aws.aside(async () => ownedResources({ ...where, ...(await callerIn(where)) }));
}

/** Ids by type, empty lists left out. What is deleted and still listed does not count. */
export async function ownedResources(target: EnvironmentTarget): Promise<Record<string, string[]>> {
  // One after the other: both list what is in the VPC, and EC2 counts calls by the second.
  const seen = await observe(target);
  const others = await together([
    ownedNetwork(target),
    namedRoles(target),
    cacheExtras(target),
    leftSnapshots(target),
    clusterLogs(target),
    ...[aurora, documentdb].map((service) => databaseExtras(service, target)),
  ]);
  const all = [observed(seen), ...others].flatMap((ids) => Object.entries(ids));
  const gathered: Record<string, string[]> = {};
  for (const [type, ids] of all)
    gathered[type] = [...(gathered[type] ?? []), ...ids.filter((id) => id !== undefined)];
  const filled = Object.entries(gathered).filter(([, ids]) => ids.length > 0);
  return Object.fromEntries(
    filled.map(([type, ids]) => [type, ids.sort()] as const).sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** Of the VPC not: the observation is of whatever is in it, ours or not, and of nothing where it is gone. */
function observed({ cluster, ...seen }: Observation): Ids {
  const { aurora, documentdb, cache, fileSystem } = seen;
  const ofCluster = (found: readonly { readonly name: string }[]) =>
    found.map(({ name }) => `${cluster?.name}/${name}`);
  return {
    // EKS's own, without our tags.
    'ec2:security-group': [cluster?.securityGroupId],
    'eks:cluster': [cluster?.name],
    'eks:nodegroup': ofCluster([...(seen.nodegroup ? [seen.nodegroup] : []), ...seen.nodegroupsBeside]),
    'eks:addon': ofCluster(seen.addons),
    'iam:oidc-provider': [seen.oidcProvider?.arn],
    'rds:db-cluster': [aurora?.id],
    'rds:db-instance': (aurora?.instances ?? []).map(({ id }) => id),
    'docdb:db-cluster': [documentdb?.id],
    'docdb:db-instance': (documentdb?.instances ?? []).map(({ id }) => id),
    'elasticache:replication-group': [cache?.id],
    'efs:file-system': [fileSystem?.id],
    'efs:mount-target': (fileSystem?.mountTargets ?? []).map(({ id }) => id),
  };
}

/** Its main table and default group come and go with the VPC. */
async function ownedNetwork(target: EnvironmentTarget): Promise<Ids> {
  const ec2 = client(EC2Client, target);
  const owned = ownershipFilters(target);
  const isMain = ({ Associations = [] }: RouteTable) => Associations.some(({ Main }) => Main);
  const lives = ({ State }: { State?: string | undefined }) => !/^delet/i.test(State ?? '');
  const [vpcs, subnets, gateways, addresses, nats, tables, endpoints, attachments, groups, templates] =
    await together([
      network.listVpcs(ec2, owned),
      network.listSubnets(ec2, owned),
      network.listInternetGateways(ec2, owned),
      network.listAddresses(ec2, owned),
      network.listNatGateways(ec2, owned),
      network.listRouteTables(ec2, owned),
      network.listVpcEndpoints(ec2, owned),
      network.listTransitGatewayAttachments(ec2, owned),
      network.listSecurityGroups(ec2, owned),
      ec2.send(new DescribeLaunchTemplatesCommand({ Filters: owned })),
    ]);
  return {
    'ec2:vpc': vpcs.map(({ VpcId }) => VpcId),
    'ec2:subnet': subnets.map(({ SubnetId }) => SubnetId),
    'ec2:internet-gateway': gateways.map(({ InternetGatewayId }) => InternetGatewayId),
    'ec2:elastic-ip': addresses.map(({ AllocationId }) => AllocationId),
    'ec2:nat-gateway': nats.filter(lives).map(({ NatGatewayId }) => NatGatewayId),
    'ec2:route-table': tables.filter((table) => !isMain(table)).map(({ RouteTableId }) => RouteTableId),
    'ec2:vpc-endpoint': endpoints.filter(lives).map(({ VpcEndpointId }) => VpcEndpointId),
    'ec2:transit-gateway-attachment': attachments
      .filter(({ State }) => !isAttachmentOver(State))
      .map(({ TransitGatewayAttachmentId }) => TransitGatewayAttachmentId),
    'ec2:security-group': groups
      .filter(({ GroupName }) => GroupName !== 'default')
      .map(({ GroupId }) => GroupId),
    'ec2:launch-template': (templates.LaunchTemplates ?? []).map(({ LaunchTemplateId }) => LaunchTemplateId),
  };
}

async function namedRoles(target: EnvironmentTarget): Promise<Ids> {
  const iam = client(IAMClient, target);
  const { clusterRole, nodeRole, efsCsiRole } = names(target);
  const answers = await together(
    [clusterRole, nodeRole, efsCsiRole].map((RoleName) =>
      tolerating(['gone'], () => iam.send(new GetRoleCommand({ RoleName }))),
    ),
  );
  return { 'iam:role': answers.map((answer) => answer?.Role?.RoleName) };
}

/** Both services share groups of these kinds, and the inventory keeps them apart by client. */
const clientOf = { aurora: 'rds', documentdb: 'docdb' } as const;

async function databaseExtras(service: DatabaseService, target: EnvironmentTarget): Promise<Ids> {
  const calls = service.calls(target);
  const named = service.identifiers(target);
  const [subnetGroup, logGroups, ...parameterGroups] = await together([
    findSubnetGroup(calls, named.subnetGroup),
    findLogGroups(service, target),
    ...named.parameterGroups.map((name) => findParameterGroup(calls, name)),
  ]);
  const type = clientOf[service.step];
  return {
    [`${type}:db-subnet-group`]: [subnetGroup?.DBSubnetGroupName],
    [`${type}:db-cluster-parameter-group`]: parameterGroups.map(
      (group) => group?.DBClusterParameterGroupName,
    ),
    'logs:log-group': logGroups.map(({ logGroupName }) => logGroupName),
  };
}

/** They outlive their environment until somebody deletes them, and it is restored from them. */
async function leftSnapshots(target: EnvironmentTarget): Promise<Ids> {
  const { auroraCluster, documentdbCluster, replicationGroup } = names(target);
  const rds = { client: client(RDSClient, target) };
  const cache = { client: client(ElastiCacheClient, target) };
  // Both database services answer for both.
  const ofClusters = await allPages(
    paginateDescribeDBClusterSnapshots(rds, { SnapshotType: 'manual' }),
    ({ DBClusterSnapshots = [] }) => DBClusterSnapshots.map((one) => one.DBClusterSnapshotIdentifier),
  );
  const ofCaches = await allPages(
    paginateDescribeSnapshots(cache, { SnapshotSource: 'user' }),
    ({ Snapshots = [] }) => Snapshots.map(({ SnapshotName }) => SnapshotName),
  );
  // Final ones, and those from before another major version.
  const leftOf = (resource: string, ids: readonly (string | undefined)[]) =>
    ids.filter((id) =>
      [`${resource}-final-`, upgradeSnapshotPrefix(resource)].some((begins) => id?.startsWith(begins)),
    );
  return {
    'rds:db-cluster-snapshot': leftOf(auroraCluster, ofClusters),
    'docdb:db-cluster-snapshot': leftOf(documentdbCluster, ofClusters),
    'elasticache:snapshot': leftOf(replicationGroup, ofCaches),
  };
}

async function clusterLogs(target: EnvironmentTarget): Promise<Ids> {
  return { 'logs:log-group': [(await findLogGroup(target))?.logGroupName] };
}

async function cacheExtras(target: EnvironmentTarget): Promise<Ids> {
  const elasticache = client(ElastiCacheClient, target);
  const { cacheSubnetGroup, cacheUser, cacheDefaultUser, cacheUserGroup: UserGroupId } = names(target);
  const [subnetGroup, groups, ...users] = await together([
    findCacheSubnetGroup(elasticache, cacheSubnetGroup),
    tolerating(['gone'], () => elasticache.send(new DescribeUserGroupsCommand({ UserGroupId }))),
    ...[cacheUser, cacheDefaultUser].map((UserId) =>
      tolerating(['gone'], () => elasticache.send(new DescribeUsersCommand({ UserId }))),
    ),
  ]);
  return {
    'elasticache:subnet-group': [subnetGroup?.CacheSubnetGroupName],
    'elasticache:user': users.flatMap((answer) => (answer?.Users ?? []).map(({ UserId }) => UserId)),
    'elasticache:user-group': (groups?.UserGroups ?? []).map((group) => group.UserGroupId),
  };
}
