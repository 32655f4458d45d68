/** One environment among all that was read back, and what the rules ask of it again and again. */
import type { Subnet } from '@aws-sdk/client-ec2';
import type { ReadBack } from './read-back.ts';

export interface Expected {
  readonly name: string;
  readonly region: string;
  /** The /16, such as `10.232`. */
  readonly prefix: string;
  readonly auroraInstances: number;
  readonly cacheNodes: number;
  /** `protocol from-to cidr` of each load balancer rule. */
  readonly ingress: readonly string[];
}

/** What is there of it, in the specification's words. Throws where what must be unique is not. */
export function environmentOf(seen: ReadBack, expected: Expected) {
  const vpc = one(
    seen.vpcs.filter(({ Tags }) =>
      Tags?.some(({ Key, Value }) => Key === 'aoscloud:environment' && Value === expected.name),
    ),
    'VPC with the ownership tag',
  );
  const inVpc = <T extends { VpcId?: string | undefined }>(list: readonly T[]) =>
    list.filter(({ VpcId }) => VpcId === vpc.VpcId);
  const subnets = inVpc(seen.subnets);
  const cluster = one(
    seen.clusters.filter(({ resourcesVpcConfig }) => resourcesVpcConfig?.vpcId === vpc.VpcId),
    'EKS cluster in the VPC',
  );
  const routeTables = inVpc(seen.routeTables);
  const isMain = ({ Associations = [] }: (typeof routeTables)[number]) =>
    Associations.some(({ Main }) => Main);
  const securityGroups = inVpc(seen.securityGroups);
  const clusterGroup = cluster.resourcesVpcConfig?.clusterSecurityGroupId as string;
  return {
    ...expected,
    vpc,
    attributes: seen.attributes[vpc.VpcId as string],
    otherVpcs: seen.vpcs.filter(({ VpcId }) => VpcId !== vpc.VpcId),
    subnets,
    at: (...hostParts: string[]) =>
      hostParts.map((part) =>
        one(
          subnets.filter(({ CidrBlock }) => CidrBlock === `${expected.prefix}.${part}`),
          `subnet ${part}`,
        ),
      ),
    internetGateways: seen.internetGateways.filter(({ Attachments }) =>
      Attachments?.some(({ VpcId }) => VpcId === vpc.VpcId),
    ),
    natGateways: inVpc(seen.natGateways),
    addresses: seen.addresses,
    routeTables,
    mainRouteTable: one(routeTables.filter(isMain), 'main route table'),
    endpoints: inVpc(seen.endpoints),
    securityGroups,
    defaultGroup: one(
      securityGroups.filter(({ GroupName }) => GroupName === 'default'),
      'default security group',
    ).GroupId as string,
    clusterGroup,
    rules: seen.securityGroupRules,
    cluster,
    oidcProviders: seen.oidcProviders,
    roles: seen.roles,
    launchTemplates: seen.launchTemplates,
    aurora: seen.databaseClusters.filter(
      ({ Engine, VpcSecurityGroups }) => Engine === 'aurora-postgresql' && VpcSecurityGroups,
    ),
    documentdb: seen.documentdbClusters.filter(({ Engine }) => Engine === 'docdb'),
    instances: seen.databaseInstances,
    databaseSubnetGroups: seen.databaseSubnetGroups,
    replicationGroups: seen.replicationGroups,
    cacheClusters: seen.cacheClusters,
    cacheSubnetGroups: seen.cacheSubnetGroups,
    fileSystems: seen.fileSystems,
  };
}

export type Environment = ReturnType<typeof environmentOf>;

export function one<T>(list: readonly T[], what: string): T {
  if (list.length !== 1) throw new Error(`expected one ${what}, found ${list.length}`);
  return list[0] as T;
}

export function ids(subnets: readonly Subnet[]): string[] {
  return subnets.map(({ SubnetId }) => SubnetId as string).toSorted();
}

/** First and last address of a block, as numbers. */
function rangeOf(cidr: string): [number, number] {
  const [address = '', length = '32'] = cidr.split('/');
  const start = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  return [start, start + 2 ** (32 - Number(length)) - 1];
}

export function overlap(one: string, other: string): boolean {
  const [a, b] = rangeOf(one);
  const [c, d] = rangeOf(other);
  return a <= d && c <= b;
}
