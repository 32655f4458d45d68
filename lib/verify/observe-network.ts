/** The environment's VPC and what hangs on it. One list call a kind; only the two DNS attributes need a call each. */
import { DescribeVpcAttributeCommand, EC2Client, paginateDescribeNetworkAcls } from '@aws-sdk/client-ec2';
import { client } from '#lib/aws/clients.ts';
import { allPages, together } from '#lib/aws/reads.ts';
import {
  inVpc,
  listAddresses,
  listFlowLogs,
  listInternetGateways,
  listNatGateways,
  listRouteTables,
  listSecurityGroups,
  listSubnets,
  listTransitGatewayAttachments,
  listVpcEndpoints,
  listVpcs,
} from '#lib/network/observe.ts';
import { isAttachmentOver } from '#lib/network/transit-gateway.ts';
import { isOwned, ownershipFilters } from '#lib/ownership/tags.ts';
import type { EnvironmentTarget } from '#lib/run/environment.ts';
import {
  endpointSeen,
  flowLogSeen,
  internetGatewaySeen,
  natGatewaySeen,
  networkAclSeen,
  routeTableSeen,
  securityGroupSeen,
  subnetSeen,
  transitGatewayAttachmentSeen,
  vpcSeen,
} from './network-seen.ts';
import type { NetworkSeen } from './observation.ts';

export async function observeNetwork(environment: EnvironmentTarget): Promise<NetworkSeen> {
  const ec2 = client(EC2Client, environment);
  const vpcs = await listVpcs(ec2, []);
  const own = vpcs.filter((vpc) => isOwned(vpc.Tags, environment)).map(vpcSeen);
  const otherVpcs = vpcs.filter((vpc) => !isOwned(vpc.Tags, environment)).map(vpcSeen);
  const [vpcId] = own.map((vpc) => vpc.id);
  if (!vpcId) return { vpcs: own, otherVpcs, ...emptyNetwork };
  const ofVpc = inVpc(...own.map((vpc) => vpc.id));
  const attribute = (Attribute: 'enableDnsSupport' | 'enableDnsHostnames') =>
    ec2.send(new DescribeVpcAttributeCommand({ VpcId: vpcId, Attribute }));
  const [
    support,
    hostnames,
    subnets,
    internetGateways,
    natGateways,
    addresses,
    tables,
    attachments,
    flowLogs,
    endpoints,
    groups,
    acls,
  ] = await together([
    attribute('enableDnsSupport'),
    attribute('enableDnsHostnames'),
    listSubnets(ec2, ofVpc),
    // By tag, not by attachment: one that is ours and hangs on nothing is to be seen as well.
    listInternetGateways(ec2, ownershipFilters(environment)),
    listNatGateways(ec2, [...ofVpc, { Name: 'state', Values: ['pending', 'available'] }]),
    listAddresses(ec2, ownershipFilters(environment)),
    listRouteTables(ec2, ofVpc),
    listTransitGatewayAttachments(ec2, ofVpc),
    listFlowLogs(ec2, [{ Name: 'resource-id', Values: own.map(({ id }) => id) }]),
    listVpcEndpoints(ec2, ofVpc),
    listSecurityGroups(ec2, ofVpc),
    allPages(paginateDescribeNetworkAcls({ client: ec2 }, { Filters: ofVpc }), (page) => page.NetworkAcls),
  ]);
  return {
    vpcs: own,
    otherVpcs,
    dnsSupport: support.EnableDnsSupport?.Value ?? false,
    dnsHostnames: hostnames.EnableDnsHostnames?.Value ?? false,
    subnets: subnets.map(subnetSeen),
    internetGateways: internetGateways.map(internetGatewaySeen),
    natGateways: natGateways.map(natGatewaySeen),
    addresses: addresses.map(({ AllocationId = '', PublicIp = '' }) => ({
      allocationId: AllocationId,
      publicIp: PublicIp,
    })),
    routeTables: tables.map(routeTableSeen),
    flowLogs: flowLogs.map(flowLogSeen),
    transitGatewayAttachments: attachments
      .filter(({ State }) => !isAttachmentOver(State))
      .map(transitGatewayAttachmentSeen),
    endpoints: endpoints.map(endpointSeen).filter(({ state }) => state !== 'deleted'),
    securityGroups: groups.map(securityGroupSeen),
    networkAcls: acls.map(networkAclSeen),
  };
}

const emptyNetwork = {
  dnsSupport: false,
  dnsHostnames: false,
  subnets: [],
  internetGateways: [],
  natGateways: [],
  addresses: [],
  routeTables: [],
  flowLogs: [],
  transitGatewayAttachments: [],
  endpoints: [],
  securityGroups: [],
  networkAcls: [],
} satisfies Omit<NetworkSeen, 'vpcs' | 'otherVpcs'>;
