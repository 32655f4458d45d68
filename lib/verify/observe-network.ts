/** The environment's VPC and what hangs on it. One list call a kind; only the two DNS attributes need a call each. */
import {
  DescribeAddressesCommand,
  DescribeVpcAttributeCommand,
  EC2Client,
  type IpPermission,
  paginateDescribeInternetGateways,
  paginateDescribeNatGateways,
  paginateDescribeRouteTables,
  paginateDescribeSecurityGroups,
  paginateDescribeSubnets,
  paginateDescribeVpcEndpoints,
  paginateDescribeVpcs,
  type RouteTable,
  type Tag,
  type Vpc,
} from '@aws-sdk/client-ec2';
import { client } from '../clients.ts';
import type { EnvironmentTarget } from '../environment.ts';
import { isOwned, ownershipFilters, tagValue } from '../tags.ts';
import type { NetworkSeen, PermissionSeen, RouteTableSeen, VpcSeen } from './observation.ts';
import { allPages, together } from './together.ts';

export async function observeNetwork(environment: EnvironmentTarget): Promise<NetworkSeen> {
  const ec2 = client(EC2Client, environment);
  const vpcs = await allPages(paginateDescribeVpcs({ client: ec2 }, {}), (page) => page.Vpcs);
  const own = vpcs.filter((vpc) => isOwned(vpc.Tags, environment));
  const ofRegion = {
    vpcs: own.map(vpcSeen),
    otherVpcs: vpcs.filter((vpc) => !own.includes(vpc)).map(vpcSeen),
  };
  const [vpcId] = ofRegion.vpcs.map((vpc) => vpc.id);
  if (!vpcId) return { ...ofRegion, ...emptyNetwork };
  const ofVpc = [{ Name: 'vpc-id', Values: ofRegion.vpcs.map((vpc) => vpc.id) }];
  const [
    dnsSupport,
    dnsHostnames,
    subnets,
    internetGateways,
    natGateways,
    addresses,
    routeTables,
    endpoints,
    securityGroups,
  ] = await together([
    ec2.send(new DescribeVpcAttributeCommand({ VpcId: vpcId, Attribute: 'enableDnsSupport' })),
    ec2.send(new DescribeVpcAttributeCommand({ VpcId: vpcId, Attribute: 'enableDnsHostnames' })),
    observeSubnets(ec2, ofVpc),
    observeInternetGateways(ec2, environment),
    observeNatGateways(ec2, ofVpc),
    ec2.send(new DescribeAddressesCommand({ Filters: ownershipFilters(environment) })),
    observeRouteTables(ec2, ofVpc),
    observeEndpoints(ec2, ofVpc),
    observeSecurityGroups(ec2, ofVpc),
  ]);
  return {
    ...ofRegion,
    dnsSupport: dnsSupport.EnableDnsSupport?.Value ?? false,
    dnsHostnames: dnsHostnames.EnableDnsHostnames?.Value ?? false,
    subnets,
    internetGateways,
    natGateways,
    addresses: (addresses.Addresses ?? []).map((address) => ({
      allocationId: address.AllocationId ?? '',
      publicIp: address.PublicIp ?? '',
    })),
    routeTables,
    endpoints,
    securityGroups,
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
} satisfies Omit<NetworkSeen, 'vpcs' | 'otherVpcs'>;

type Filters = { Name: string; Values: string[] }[];

async function observeSubnets(ec2: EC2Client, ofVpc: Filters): Promise<NetworkSeen['subnets']> {
  const found = await allPages(
    paginateDescribeSubnets({ client: ec2 }, { Filters: ofVpc }),
    (p) => p.Subnets,
  );
  return found.map((subnet) => ({
    id: subnet.SubnetId ?? '',
    cidr: subnet.CidrBlock ?? '',
    state: subnet.State ?? '',
    zone: { name: subnet.AvailabilityZone ?? '', id: subnet.AvailabilityZoneId ?? '' },
    tags: tagsOf(subnet.Tags),
  }));
}

/** By tag, not by attachment: one that is ours and hangs on nothing is to be seen as well. */
async function observeInternetGateways(
  ec2: EC2Client,
  environment: EnvironmentTarget,
): Promise<NetworkSeen['internetGateways']> {
  const found = await allPages(
    paginateDescribeInternetGateways({ client: ec2 }, { Filters: ownershipFilters(environment) }),
    (page) => page.InternetGateways,
  );
  return found.map((gateway) => ({
    id: gateway.InternetGatewayId ?? '',
    attachments: (gateway.Attachments ?? []).map((attachment) => ({
      vpcId: attachment.VpcId ?? '',
      state: attachment.State ?? '',
    })),
  }));
}

async function observeNatGateways(ec2: EC2Client, ofVpc: Filters): Promise<NetworkSeen['natGateways']> {
  const found = await allPages(
    paginateDescribeNatGateways(
      { client: ec2 },
      { Filter: [...ofVpc, { Name: 'state', Values: ['pending', 'available'] }] },
    ),
    (page) => page.NatGateways,
  );
  return found.map((gateway) => ({
    id: gateway.NatGatewayId ?? '',
    state: gateway.State ?? '',
    subnetId: gateway.SubnetId ?? '',
    connectivity: gateway.ConnectivityType ?? '',
    addresses: (gateway.NatGatewayAddresses ?? []).map((address) => ({
      allocationId: address.AllocationId ?? '',
      publicIp: address.PublicIp ?? '',
    })),
  }));
}

async function observeRouteTables(ec2: EC2Client, ofVpc: Filters): Promise<RouteTableSeen[]> {
  const found = await allPages(
    paginateDescribeRouteTables({ client: ec2 }, { Filters: ofVpc }),
    (page) => page.RouteTables,
  );
  return found.map(routeTableSeen);
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

async function observeEndpoints(ec2: EC2Client, ofVpc: Filters): Promise<NetworkSeen['endpoints']> {
  const found = await allPages(
    paginateDescribeVpcEndpoints({ client: ec2 }, { Filters: ofVpc }),
    (page) => page.VpcEndpoints,
  );
  return found.map((endpoint) => ({
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
  }));
}

async function observeSecurityGroups(ec2: EC2Client, ofVpc: Filters): Promise<NetworkSeen['securityGroups']> {
  const found = await allPages(
    paginateDescribeSecurityGroups({ client: ec2 }, { Filters: ofVpc }),
    (page) => page.SecurityGroups,
  );
  return found.map((group) => ({
    id: group.GroupId ?? '',
    name: group.GroupName ?? '',
    ingress: permissionsSeen(group.IpPermissions),
    egress: permissionsSeen(group.IpPermissionsEgress),
    tags: tagsOf(group.Tags),
  }));
}

function permissionsSeen(permissions: readonly IpPermission[] | undefined): PermissionSeen[] {
  return (permissions ?? []).map((permission) => ({
    protocol: permission.IpProtocol ?? '',
    fromPort: permission.FromPort,
    toPort: permission.ToPort,
    groupIds: (permission.UserIdGroupPairs ?? []).flatMap((pair) => pair.GroupId ?? []),
    cidrs: [
      ...(permission.IpRanges ?? []).flatMap((range) => range.CidrIp ?? []),
      ...(permission.Ipv6Ranges ?? []).flatMap((range) => range.CidrIpv6 ?? []),
    ],
  }));
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
