/** EC2's answers, reduced to what the rules look at. */
import type {
  FlowLog,
  InternetGateway,
  IpPermission,
  NatGateway,
  NetworkAcl,
  RouteTable,
  SecurityGroup,
  Subnet,
  Tag,
  TransitGatewayVpcAttachment,
  Vpc,
  VpcEndpoint,
} from '@aws-sdk/client-ec2';
import { componentTag, createdByTag, tagValue } from '#lib/ownership/tags.ts';
import type {
  EndpointSeen,
  FlowLogSeen,
  InternetGatewaySeen,
  NatGatewaySeen,
  NetworkAclSeen,
  PermissionSeen,
  RouteTableSeen,
  SecurityGroupSeen,
  SubnetSeen,
  TransitGatewayAttachmentSeen,
  VpcSeen,
} from './observation.ts';

export function subnetSeen(subnet: Subnet): SubnetSeen {
  return {
    id: subnet.SubnetId ?? '',
    cidr: subnet.CidrBlock ?? '',
    state: subnet.State ?? '',
    zone: { name: subnet.AvailabilityZone ?? '', id: subnet.AvailabilityZoneId ?? '' },
    publicAddresses: subnet.MapPublicIpOnLaunch ?? false,
    tags: tagsOf(subnet.Tags),
  };
}

export function internetGatewaySeen(gateway: InternetGateway): InternetGatewaySeen {
  return {
    id: gateway.InternetGatewayId ?? '',
    attachments: (gateway.Attachments ?? []).map(({ VpcId = '', State = '' }) => ({
      vpcId: VpcId,
      state: State,
    })),
  };
}

export function natGatewaySeen(gateway: NatGateway): NatGatewaySeen {
  return {
    id: gateway.NatGatewayId ?? '',
    state: gateway.State ?? '',
    subnetId: gateway.SubnetId ?? '',
    connectivity: gateway.ConnectivityType ?? '',
    component: tagValue(gateway.Tags, componentTag),
    addresses: (gateway.NatGatewayAddresses ?? []).map(({ AllocationId = '', PublicIp = '' }) => ({
      allocationId: AllocationId,
      publicIp: PublicIp,
    })),
  };
}

export function routeTableSeen(table: RouteTable): RouteTableSeen {
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
    tags: tagsOf(table.Tags),
  };
}

export function transitGatewayAttachmentSeen(
  attachment: TransitGatewayVpcAttachment,
): TransitGatewayAttachmentSeen {
  return {
    id: attachment.TransitGatewayAttachmentId ?? '',
    gatewayId: attachment.TransitGatewayId ?? '',
    state: attachment.State ?? '',
    subnetIds: attachment.SubnetIds ?? [],
    tags: tagsOf(attachment.Tags),
  };
}

export function flowLogSeen(flowLog: FlowLog): FlowLogSeen {
  return {
    id: flowLog.FlowLogId ?? '',
    destination: flowLog.LogDestination ?? flowLog.LogGroupName ?? '',
    roleArn: flowLog.DeliverLogsPermissionArn,
    trafficType: (flowLog.TrafficType ?? '').toLowerCase(),
    deliveryError:
      flowLog.DeliverLogsStatus === 'FAILED' ? (flowLog.DeliverLogsErrorMessage ?? 'no reason') : undefined,
    tags: tagsOf(flowLog.Tags),
  };
}

export function endpointSeen(endpoint: VpcEndpoint): EndpointSeen {
  return {
    id: endpoint.VpcEndpointId ?? '',
    serviceName: endpoint.ServiceName ?? '',
    type: endpoint.VpcEndpointType ?? '',
    // The wire says `available` where the SDK's enumeration says `Available`.
    state: (endpoint.State ?? '').toLowerCase(),
    privateDns: endpoint.PrivateDnsEnabled ?? false,
    subnetIds: endpoint.SubnetIds ?? [],
    routeTableIds: endpoint.RouteTableIds ?? [],
    securityGroupIds: (endpoint.Groups ?? []).flatMap((group) => group.GroupId ?? []),
    dnsName: endpoint.DnsEntries?.[0]?.DnsName,
    policy: endpoint.PolicyDocument,
    tags: tagsOf(endpoint.Tags),
  };
}

export function securityGroupSeen(group: SecurityGroup): SecurityGroupSeen {
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

export function networkAclSeen(acl: NetworkAcl): NetworkAclSeen {
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

export function vpcSeen(vpc: Vpc): VpcSeen {
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
    createdBy: tagValue(vpc.Tags, createdByTag),
    tags: tagsOf(vpc.Tags),
  };
}

function tagsOf(tags: readonly Tag[] | undefined): Record<string, string> {
  return Object.fromEntries((tags ?? []).map((tag) => [tag.Key ?? '', tag.Value ?? '']));
}
