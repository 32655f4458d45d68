/** Reading EC2 by filter and page, one describe a resource type. */
import {
  type Address,
  DescribeAddressesCommand,
  DescribeInternetGatewaysCommand,
  DescribeNatGatewaysCommand,
  DescribeVpcEndpointsCommand,
  DescribeVpcsCommand,
  type EC2Client,
  type Filter,
  type FlowLog,
  type InternetGateway,
  type NatGateway,
  type NetworkInterface,
  paginateDescribeFlowLogs,
  paginateDescribeInternetGateways,
  paginateDescribeNatGateways,
  paginateDescribeNetworkInterfaces,
  paginateDescribeRouteTables,
  paginateDescribeSecurityGroupRules,
  paginateDescribeSecurityGroups,
  paginateDescribeSubnets,
  paginateDescribeTransitGatewayVpcAttachments,
  paginateDescribeVpcEndpoints,
  paginateDescribeVpcs,
  type RouteTable,
  type SecurityGroup,
  type SecurityGroupRule,
  type Subnet,
  type TransitGatewayVpcAttachment,
  type Vpc,
  type VpcEndpoint,
} from '@aws-sdk/client-ec2';
import { tolerating } from '#lib/aws/errors.ts';
import { allPages } from '#lib/aws/reads.ts';

export function inVpc(...vpcIds: readonly string[]): Filter[] {
  return [{ Name: 'vpc-id', Values: [...vpcIds] }];
}

export function listVpcs(client: EC2Client, Filters: Filter[]): Promise<Vpc[]> {
  return allPages(paginateDescribeVpcs({ client }, { Filters }), (page) => page.Vpcs);
}

export function listSubnets(client: EC2Client, Filters: Filter[]): Promise<Subnet[]> {
  return allPages(paginateDescribeSubnets({ client }, { Filters }), (page) => page.Subnets);
}

export function listInternetGateways(client: EC2Client, Filters: Filter[]): Promise<InternetGateway[]> {
  return allPages(paginateDescribeInternetGateways({ client }, { Filters }), (page) => page.InternetGateways);
}

/** DescribeAddresses has no pages. */
export async function listAddresses(client: EC2Client, Filters: Filter[]): Promise<Address[]> {
  return (await client.send(new DescribeAddressesCommand({ Filters }))).Addresses ?? [];
}

/**
 * One by its id: seen sooner than any filter sees it, and the only sure word on what a listing leaves out. Undefined
 * where there is none.
 */
async function byId<T>(read: () => Promise<readonly T[] | undefined>): Promise<T | undefined> {
  return (await tolerating(['gone'], read))?.[0];
}

export function findVpc(client: EC2Client, id: string): Promise<Vpc | undefined> {
  return byId(async () => (await client.send(new DescribeVpcsCommand({ VpcIds: [id] }))).Vpcs);
}

export function findInternetGateway(client: EC2Client, id: string): Promise<InternetGateway | undefined> {
  const command = new DescribeInternetGatewaysCommand({ InternetGatewayIds: [id] });
  return byId(async () => (await client.send(command)).InternetGateways);
}

export function findAddress(client: EC2Client, id: string): Promise<Address | undefined> {
  const command = new DescribeAddressesCommand({ AllocationIds: [id] });
  return byId(async () => (await client.send(command)).Addresses);
}

export function findNatGateway(client: EC2Client, id: string): Promise<NatGateway | undefined> {
  const command = new DescribeNatGatewaysCommand({ NatGatewayIds: [id] });
  return byId(async () => (await client.send(command)).NatGateways);
}

export function findVpcEndpoint(client: EC2Client, id: string): Promise<VpcEndpoint | undefined> {
  const command = new DescribeVpcEndpointsCommand({ VpcEndpointIds: [id] });
  return byId(async () => (await client.send(command)).VpcEndpoints);
}

/** In every state: deleted and failed ones stay listed, with their tags, for about an hour. */
export function listNatGateways(client: EC2Client, filters: Filter[]): Promise<NatGateway[]> {
  // The parameter is named Filter here, and only here.
  return allPages(paginateDescribeNatGateways({ client }, { Filter: filters }), (page) => page.NatGateways);
}

export function listFlowLogs(client: EC2Client, filters: Filter[]): Promise<FlowLog[]> {
  // As with NAT gateways, the parameter is named Filter.
  return allPages(paginateDescribeFlowLogs({ client }, { Filter: filters }), (page) => page.FlowLogs);
}

export function listRouteTables(client: EC2Client, Filters: Filter[]): Promise<RouteTable[]> {
  return allPages(paginateDescribeRouteTables({ client }, { Filters }), (page) => page.RouteTables);
}

/** In every state: those that are deleted or were rejected stay listed for a while. */
export function listTransitGatewayAttachments(
  client: EC2Client,
  Filters: Filter[],
): Promise<TransitGatewayVpcAttachment[]> {
  return allPages(
    paginateDescribeTransitGatewayVpcAttachments({ client }, { Filters }),
    (page) => page.TransitGatewayVpcAttachments,
  );
}

export function listVpcEndpoints(client: EC2Client, Filters: Filter[]): Promise<VpcEndpoint[]> {
  return allPages(paginateDescribeVpcEndpoints({ client }, { Filters }), (page) => page.VpcEndpoints);
}

export function listSecurityGroups(client: EC2Client, Filters: Filter[]): Promise<SecurityGroup[]> {
  return allPages(paginateDescribeSecurityGroups({ client }, { Filters }), (page) => page.SecurityGroups);
}

export function listSecurityGroupRules(client: EC2Client, Filters: Filter[]): Promise<SecurityGroupRule[]> {
  return allPages(
    paginateDescribeSecurityGroupRules({ client }, { Filters }),
    (page) => page.SecurityGroupRules,
  );
}

/** Those that AWS services manage included, which an account may have hidden from plain listings. */
export function listNetworkInterfaces(client: EC2Client, Filters: Filter[]): Promise<NetworkInterface[]> {
  return allPages(
    paginateDescribeNetworkInterfaces({ client }, { Filters, IncludeManagedResources: true }),
    (page) => page.NetworkInterfaces,
  );
}

/** `since` in seconds; 0 where AWS did not say. */
export function ageSeconds(since: Date | undefined): number {
  return since ? (Date.now() - since.getTime()) / 1000 : 0;
}
