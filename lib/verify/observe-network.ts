/** The environment's VPC and what hangs on it. One list call a kind; only the two DNS attributes need a call each. */
import {
  DescribeVpcAttributeCommand,
  EC2Client,
  type IpPermission,
  type NatGateway,
  type NetworkAcl,
  paginateDescribeNetworkAcls,
  type RouteTable,
  type SecurityGroup,
  type Tag,
  type Vpc,
  type VpcEndpoint,
} from '@aws-sdk/client-ec2';
import { client } from '../clients.ts';
import type { EnvironmentTarget } from '../environment.ts';
import {
  inVpc,
  listAddresses,
  listInternetGateways,
  listNatGateways,
  listRouteTables,
  listSecurityGroups,
  listSubnets,
  listVpcEndpoints,
  listVpcs,
} from '../network/observe.ts';
import { isOwned, ownershipFilters, tagValue } from '../tags.ts';
import type {
  EndpointSeen,
  NatGatewaySeen,
  NetworkAclSeen,
  NetworkSeen,
  PermissionSeen,
  RouteTableSeen,
  SecurityGroupSeen,
  VpcSeen,
} from './observation.ts';
import { allPages, together } from './together.ts';

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
    listVpcEndpoints(ec2, ofVpc),
    listSecurityGroups(ec2, ofVpc),
    allPages(paginateDescribeNetworkAcls({ client: ec2 }, { Filters: ofVpc }), (page) => page.NetworkAcls),
  ]);
  return {
    vpcs: own,
    otherVpcs,
    dnsSupport: support.EnableDnsSupport?.Value ?? false,
    dnsHostnames: hostnames.EnableDnsHostnames?.Value ?? false,
    subnets: subnets.map((subnet) => ({
      id: subnet.SubnetId ?? '',
      cidr: subnet.CidrBlock ?? '',
      state: subnet.State ?? '',
      zone: { name: subnet.AvailabilityZone ?? '', id: subnet.AvailabilityZoneId ?? '' },
      tags: tagsOf(subnet.Tags),
    })),
    internetGateways: internetGateways.map((gateway) => ({
      id: gateway.InternetGatewayId ?? '',
      attachments: (gateway.Attachments ?? []).map(({ VpcId = '', State = '' }) => ({
        vpcId: VpcId,
        state: State,
      })),
    })),
    natGateways: natGateways.map(natGatewaySeen),
    addresses: addresses.map(({ AllocationId = '', PublicIp = '' }) => ({
      allocationId: AllocationId,
      publicIp: PublicIp,
    })),
    routeTables: tables.map(routeTableSeen),
    endpoints: endpoints.map(endpointSeen),
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
  endpoints: [],
  securityGroups: [],
  networkAcls: [],
} satisfies Omit<NetworkSeen, 'vpcs' | 'otherVpcs'>;

function natGatewaySeen(gateway: NatGateway): NatGatewaySeen {
  return {
    id: gateway.NatGatewayId ?? '',
    state: gateway.State ?? '',
    subnetId: gateway.SubnetId ?? '',
    connectivity: gateway.ConnectivityType ?? '',
    addresses: (gateway.NatGatewayAddresses ?? []).map(({ AllocationId = '', PublicIp = '' }) => ({
      allocationId: AllocationId,
      publicIp: PublicIp,
    })),
  };
}

function routeTableSeen(table: RouteTable): RouteTableSeen {
  const standing = (table.Associations ?? []).filter(
    (association) => (association.AssociationState?.State ?? 'associated') === 'associated',
  );
  return {
    id: table.RouteTableId ?? '',
    main: standing.some((association) => association.Main),
    routes: (table.Routes ?? []).map((route) => ({
      destination:
        route.DestinationCidrBlock ?? route.DestinationIpv6CidrBlock ?? route.DestinationPrefixListId ?? '',
      target:
        route.GatewayId ??
        route.NatGatewayId ??
        route.TransitGatewayId ??
        route.VpcPeeringConnectionId ??
        route.NetworkInterfaceId ??
        route.EgressOnlyInternetGatewayId ??
        '',
      state: route.State ?? '',
    })),
    subnetIds: standing.flatMap((association) => association.SubnetId ?? []),
  };
}

function endpointSeen(endpoint: VpcEndpoint): EndpointSeen {
  return {
    id: endpoint.VpcEndpointId ?? '',
    serviceName: endpoint.ServiceName ?? '',
    type: endpoint.VpcEndpointType ?? '',
    // The wire says `available` where the SDK's enumeration says `Available`.
    state: (endpoint.State ?? '').toLowerCase(),
    privateDns: endpoint.PrivateDnsEnabled ?? false,
    subnetIds: endpoint.SubnetIds ?? [],
    securityGroupIds: (endpoint.Groups ?? []).flatMap((group) => group.GroupId ?? []),
    dnsName: endpoint.DnsEntries?.[0]?.DnsName,
    tags: tagsOf(endpoint.Tags),
  };
}

function securityGroupSeen(group: SecurityGroup): SecurityGroupSeen {
  return {
    id: group.GroupId ?? '',
    name: group.GroupName ?? '',
    ingress: permissionsSeen(group.IpPermissions),
    egress: permissionsSeen(group.IpPermissionsEgress),
    tags: tagsOf(group.Tags),
  };
}

function permissionsSeen(permissions: readonly IpPermission[] | undefined): PermissionSeen[] {
  return (permissions ?? []).map((permission) => ({
    protocol: permission.IpProtocol ?? '',
    fromPort: permission.FromPort,
    toPort: permission.ToPort,
    groupIds: [
      ...(permission.UserIdGroupPairs ?? []).flatMap((pair) => pair.GroupId ?? []),
      ...(permission.PrefixListIds ?? []).flatMap((list) => list.PrefixListId ?? []),
    ],
    cidrs: [
      ...(permission.IpRanges ?? []).flatMap((range) => range.CidrIp ?? []),
      ...(permission.Ipv6Ranges ?? []).flatMap((range) => range.CidrIpv6 ?? []),
    ],
  }));
}

function networkAclSeen(acl: NetworkAcl): NetworkAclSeen {
  return {
    id: acl.NetworkAclId ?? '',
    subnetIds: (acl.Associations ?? []).flatMap((association) => association.SubnetId ?? []),
    entries: (acl.Entries ?? []).map((entry) => ({
      number: entry.RuleNumber ?? 0,
      egress: entry.Egress ?? false,
      allow: entry.RuleAction === 'allow',
      protocol: entry.Protocol ?? '',
      cidr: entry.CidrBlock ?? entry.Ipv6CidrBlock ?? '',
      fromPort: entry.PortRange?.From,
      toPort: entry.PortRange?.To,
    })),
  };
}

function vpcSeen(vpc: Vpc): VpcSeen {
  const cidr = vpc.CidrBlock ?? '';
  const associated = (vpc.CidrBlockAssociationSet ?? [])
    .filter((association) => association.CidrBlockState?.State === 'associated')
    .flatMap((association) => association.CidrBlock ?? []);
  return {
    id: vpc.VpcId ?? '',
    cidr,
    moreCidrs: associated.filter((other) => other !== cidr),
    state: vpc.State ?? '',
    tenancy: vpc.InstanceTenancy ?? '',
    name: tagValue(vpc.Tags, 'Name'),
  };
}

function tagsOf(tags: readonly Tag[] | undefined): Record<string, string> {
  return Object.fromEntries((tags ?? []).map((tag) => [tag.Key ?? '', tag.Value ?? '']));
}
