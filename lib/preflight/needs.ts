/**
 * What this run still has to make of what is limited, and how much of it the account has already. What the
 * environment has needs nothing, so a second run asks about no quota.
 *
 * Not here: quotas of one VPC (subnets, route tables, endpoints), as the VPC is new and none of them is below
 * what a run puts into it; the 2,500 security groups and 5,000 interfaces of a region, as counting them takes
 * many pages every time.
 */
import { EC2Client, type Instance, type NatGateway, paginateDescribeInstances } from '@aws-sdk/client-ec2';
import { EKSClient, paginateListClusters } from '@aws-sdk/client-eks';
import { ElastiCacheClient, paginateDescribeCacheClusters } from '@aws-sdk/client-elasticache';
import { GetAccountSummaryCommand, IAMClient } from '@aws-sdk/client-iam';
import { type DBClusterMember, DescribeAccountAttributesCommand, RDSClient } from '@aws-sdk/client-rds';
import { client } from '#lib/aws/clients.ts';
import { allPages } from '#lib/aws/reads.ts';
import { databaseIdentities } from '#lib/data/identities.ts';
import { isPlanned } from '#lib/data/instance-names.ts';
import { allNodegroups } from '#lib/eks/nodegroups.ts';
import { natGatewayComponents } from '#lib/network/options.ts';
import { usualRulesPerGroup } from '#lib/network/rules.ts';
import { names } from '#lib/ownership/names.ts';
import { componentTag, isOwned, tagValue } from '#lib/ownership/tags.ts';
import { majorOf } from '#lib/request/versions.ts';
import type { Zone } from '#lib/run/environment.ts';
import type { Context } from './context.ts';
import { ownDatabase } from './databases.ts';
import { once } from './lists.ts';
import { newNodeCount, replacesNodeGroup } from './new-nodes.ts';

/** A quota of Service Quotas, with AWS's default (aws-facts 12); undefined: it differs by account. */
export interface Quota {
  readonly service: string;
  readonly code: string;
  readonly default: number | undefined;
}

export interface Need {
  readonly name: string;
  readonly needed: number;
  readonly used: () => Promise<number>;
  /** The quota is one of the environment itself: those of many do not add up. */
  readonly ofItself?: true;
  /** Where the service itself tells its quota, that is asked. Undefined: it does not. */
  readonly limit: Quota | (() => Promise<number | undefined>);
}

export async function networkNeeds(context: Context, zones: readonly Zone[] | undefined): Promise<Need[]> {
  const { account, target } = context;
  const owned = (resources: readonly { readonly Tags?: Parameters<typeof isOwned>[0] }[]) =>
    resources.some(({ Tags }) => isOwned(Tags, target));
  const [vpcs, gateways, addresses, nats] = await Promise.all([
    account.vpcs(),
    account.internetGateways(),
    account.addresses(),
    account.natGateways(),
  ]);
  const vpcsOfAccount = vpcs.filter(({ OwnerId }) => OwnerId === undefined || OwnerId === target.account);
  const one = (exists: boolean) => (exists ? 0 : 1);
  const { natAddresses } = context.request.network;
  const ways = context.request.network.natGateways === 'per-zone' ? 3 : 1;
  const { ingress } = context.request.loadBalancer;
  const ofIpv6 = ingress.filter(({ cidr }) => cidr.includes(':')).length;
  return [
    {
      name: 'VPCs per Region',
      needed: one(owned(vpcs)),
      used: async () => vpcsOfAccount.length,
      limit: { service: 'vpc', code: 'L-F678F1CE', default: 5 },
    },
    {
      name: 'Internet gateways per Region',
      needed: one(owned(gateways)),
      used: async () => gateways.length,
      limit: { service: 'vpc', code: 'L-A4707A72', default: 5 },
    },
    {
      name: 'Elastic IP addresses',
      needed: Math.max(
        0,
        ways - natAddresses.length - addresses.filter(({ Tags }) => isOwned(Tags, target)).length,
      ),
      used: async () => addresses.length,
      limit: { service: 'ec2', code: 'L-0263D0A3', default: 5 },
    },
    ...natNeeds(context, nats, (zones ?? []).slice(0, ways)),
    {
      // The group has exactly these, and each family has the quota to itself.
      name: 'rules of one family in the load balancer group',
      needed: Math.max(ofIpv6, ingress.length - ofIpv6),
      used: async () => 0,
      ofItself: true,
      limit: { service: 'vpc', code: 'L-0EA8095F', default: usualRulesPerGroup },
    },
  ];
}

/** One a zone that is to have its own; in the first, where one serves all, wherever the environment has it already. */
function natNeeds(
  { account, target, request }: Context,
  nats: readonly NatGateway[],
  zones: readonly Zone[],
): Need[] {
  const shared = request.network.natGateways === 'one';
  const own = nats.filter(({ Tags }) => isOwned(Tags, target));
  return zones.map((zone, index): Need => {
    const has = shared
      ? own.length > 0
      : own.some(({ Tags }) => tagValue(Tags, componentTag) === natGatewayComponents[index]);
    return {
      name: `NAT gateways in ${zone.name}`,
      needed: has ? 0 : 1,
      used: async () => {
        const subnets = await account.subnets();
        const inZone = new Set(
          subnets
            .filter(({ AvailabilityZoneId }) => AvailabilityZoneId === zone.id)
            .map(({ SubnetId }) => SubnetId),
        );
        return nats.filter(({ SubnetId }) => inZone.has(SubnetId)).length;
      },
      limit: { service: 'vpc', code: 'L-FE5A380F', default: 5 },
    };
  });
}

/** On-Demand Standard: the families this quota counts. */
const standardFamily = /^(a|c|d|h|i|im|is|m|r|t|z)\d/;

export async function kubernetesNeeds(context: Context): Promise<Need[]> {
  const { account, request, target } = context;
  const hasCluster = (await account.cluster()) !== undefined;
  const { instanceTypes } = request.eks.nodes;
  const nodes = await newNodeCount(context);
  const first =
    nodes > 0
      ? (await account.instanceTypes()).find(({ InstanceType }) => InstanceType === instanceTypes[0])
      : undefined;
  const vcpus =
    first && standardFamily.test(instanceTypes[0] ?? '') ? (first.VCpuInfo?.DefaultVCpus ?? 0) : 0;
  const missingRoles = 3 - (await account.roles()).length;
  const summary = once(async () => {
    const { SummaryMap } = await client(IAMClient, target).send(new GetAccountSummaryCommand({}));
    return SummaryMap as Readonly<Record<string, number>> | undefined;
  });
  return [
    {
      name: 'EKS clusters',
      needed: hasCluster ? 0 : 1,
      used: async () =>
        (
          await allPages(
            paginateListClusters({ client: client(EKSClient, target) }, {}),
            (page) => page.clusters,
          )
        ).length,
      limit: { service: 'eks', code: 'L-1194D53C', default: 100 },
    },
    {
      name: `vCPUs of running On-Demand Standard instances (${nodes} nodes of ${instanceTypes[0]})`,
      needed: nodes * vcpus,
      used: async () => {
        const running = { Filters: [{ Name: 'instance-state-name', Values: ['pending', 'running'] }] };
        const reservations = await allPages(
          paginateDescribeInstances({ client: client(EC2Client, target) }, running),
          (page) => page.Reservations,
        );
        return reservations
          .flatMap(({ Instances }) => Instances ?? [])
          .reduce((sum, one) => sum + countedVcpus(one), 0);
      },
      limit: { service: 'ec2', code: 'L-1216C47A', default: undefined },
    },
    {
      name: 'IAM roles',
      needed: missingRoles,
      used: async () => (await summary())?.Roles ?? 0,
      limit: async () => (await summary())?.RolesQuota,
    },
  ];
}

/** Of the one cluster: a node group beside the one that stands. */
export async function nodeGroupNeeds(context: Context): Promise<Need[]> {
  return [
    {
      name: 'managed node groups per cluster',
      needed: replacesNodeGroup(context) ? 1 : 0,
      used: async () => (await allNodegroups(context.target)).length,
      limit: { service: 'eks', code: 'L-6D54EA21', default: 30 },
    },
  ];
}

function countedVcpus({ InstanceType, InstanceLifecycle, CpuOptions }: Instance): number {
  if (InstanceLifecycle || !standardFamily.test(InstanceType ?? '')) return 0;
  return (CpuOptions?.CoreCount ?? 0) * (CpuOptions?.ThreadsPerCore ?? 1);
}

export async function dataNeeds({ account, request, target, changes }: Context): Promise<Need[]> {
  const clusters = await account.databaseClusters();
  const own = databaseIdentities.map((service) => ({
    wanted: request[service.step].instances,
    cluster: ownDatabase(service, clusters, target),
    name: service.identifiers(target).cluster,
    group: service.identifiers(target).parameterGroups[0],
  }));
  const standing = (await account.databaseParameterGroups()).map(
    ({ DBClusterParameterGroupName }) => DBClusterParameterGroupName,
  );
  const groups = (await account.databaseSubnetGroups()).map(({ DBSubnetGroupName }) => DBSubnetGroupName);
  const { fileSystemCreationToken } = names(target);
  const fileSystems = await account.fileSystems();
  const nodes = (await account.replicationGroup())?.MemberClusters?.length ?? 0;
  const missingNodes = Math.max(0, request.elasticache.replicas + 1 - nodes);
  // RDS tells usage and quota in one answer; Aurora and DocumentDB share both.
  const attributes = once(async () => {
    const { AccountQuotas } = await client(RDSClient, target).send(new DescribeAccountAttributesCommand({}));
    return AccountQuotas ?? [];
  });
  const ofRds = (name: string, accountQuotaName: string, needed: number): Need => {
    const row = async () => (await attributes()).find((one) => one.AccountQuotaName === accountQuotaName);
    return {
      name,
      needed,
      used: async () => (await row())?.Used ?? 0,
      limit: async () => (await row())?.Max,
    };
  };
  return [
    ofRds('DB clusters (Aurora and DocumentDB)', 'DBClusters', own.filter(({ cluster }) => !cluster).length),
    ofRds(
      'DB instances (Aurora and DocumentDB)',
      'DBInstances',
      own.reduce(
        (sum, { wanted, name, cluster }) =>
          sum + wanted - plannedMembers(cluster?.DBClusterMembers ?? [], name, wanted),
        0,
      ),
    ),
    ofRds(
      'DB subnet groups',
      'DBSubnetGroups',
      databaseIdentities.filter((service) => !groups.includes(service.identifiers(target).subnetGroup))
        .length,
    ),
    // One each, new or beside: with Aurora 17 there is none, and a quota as full as that is better known.
    ofRds(
      'DB cluster parameter groups',
      'DBClusterParameterGroups',
      own.filter(({ cluster, group }) => !cluster && !standing.includes(group)).length +
        majorUpgrades(changes),
    ),
    ofRds('manual DB cluster snapshots', 'ManualClusterSnapshots', majorUpgrades(changes)),
    {
      name: 'ElastiCache nodes per Region',
      needed: missingNodes,
      used: async () => {
        const nodes = await allPages(
          paginateDescribeCacheClusters({ client: client(ElastiCacheClient, target) }, {}),
          (page) => page.CacheClusters,
        );
        return nodes.reduce((sum, { NumCacheNodes }) => sum + (NumCacheNodes ?? 1), 0);
      },
      limit: { service: 'elasticache', code: 'L-DFE45DF3', default: 300 },
    },
    {
      name: 'EFS file systems',
      needed: fileSystems.some(({ CreationToken }) => CreationToken === fileSystemCreationToken) ? 0 : 1,
      used: async () => fileSystems.length,
      limit: { service: 'elasticfilesystem', code: 'L-848C634D', default: 1000 },
    },
  ];
}

/** A reader of somebody else's takes no planned one's place. */
function plannedMembers(members: readonly DBClusterMember[], cluster: string, wanted: number): number {
  return members.filter(({ DBInstanceIdentifier }) => isPlanned(cluster, wanted, DBInstanceIdentifier))
    .length;
}

/** Each has a snapshot taken before, and a parameter group of its own family made beside. */
function majorUpgrades(changes: Context['changes']): number {
  return changes.filter(
    ({ field, kind, from, to }) =>
      kind === 'change' &&
      /^(aurora|documentdb)\.engineVersion$/.test(field) &&
      majorOf(from) !== majorOf(to),
  ).length;
}
