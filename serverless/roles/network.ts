/** The network steps: VPC and subnets, routing, endpoints, security groups. */

import { endpointSuffixes } from '#lib/preflight/endpoint-services.ts';
import {
  allow,
  anywhere,
  arn,
  ec2,
  ec2TagOnCreate,
  groupOfOurCluster,
  iamArn,
  interfaceOfPods,
  ours,
  oursToTag,
  type Statement,
  serviceLinkedRole,
  tagged,
} from './statement.ts';

const describe = (...what: readonly string[]) => anywhere(what.map((noun) => `ec2:Describe${noun}`));

const deletePodInterfaces = allow('ec2:DeleteNetworkInterface', ec2('network-interface'), interfaceOfPods);

/** Interfaces in the way of a deletion, and the load balancers behind them. */
const seeBlockers = [
  describe('NetworkInterfaces'),
  anywhere(['elasticloadbalancing:DescribeLoadBalancers', 'elasticloadbalancing:DescribeTags']),
  deletePodInterfaces,
];

/** Everything that keeps a VPC from being deleted: lib/network/vpc-blockers.ts and vpc-dependents.ts. */
export const seeWhatHoldsTheVpc = [
  describe(
    'Vpcs',
    'Subnets',
    'SecurityGroups',
    'RouteTables',
    'InternetGateways',
    'NatGateways',
    'VpcEndpoints',
    'NetworkInterfaces',
    'VpcPeeringConnections',
    'VpnGateways',
    'EgressOnlyInternetGateways',
    'CarrierGateways',
    'TransitGatewayVpcAttachments',
    'InstanceConnectEndpoints',
    'ClientVpnEndpoints',
    'NetworkAcls',
  ),
  anywhere(['elasticloadbalancing:DescribeLoadBalancers', 'elasticloadbalancing:DescribeTags']),
  allow('eks:DescribeCluster', arn('eks', 'cluster/aoscloud-*')),
];

/** What GuardDuty's runtime monitoring made in the VPC and leaves behind. */
const ofGuardDuty = { StringEquals: { 'aws:ResourceTag/GuardDutyManaged': 'true' } };

/** A rule of any group may name one that goes, and keeps it from going: see unscoped in wildcards.ts. */
const revokeAnywhere = allow(
  ['ec2:RevokeSecurityGroupIngress', 'ec2:RevokeSecurityGroupEgress'],
  ec2('security-group'),
);

const tagWhatTheVpcBrings = allow('ec2:CreateTags', ec2('security-group', 'route-table'), {
  StringLike: { 'aws:RequestTag/aoscloud:environment': '?*' },
  StringEquals: { 'aws:RequestTag/aoscloud:component': ['security-group/default', 'route-table/main'] },
  // Only what belongs to no environment yet.
  Null: { 'aws:ResourceTag/aoscloud:environment': 'true' },
});

/** All of EC2 that has an environment's tags, but for nodes and their volumes. */
const tagsFollowTheRequest = [
  'vpc',
  'subnet',
  'internet-gateway',
  'elastic-ip',
  'natgateway',
  'route-table',
  'vpc-endpoint',
  'security-group',
  'security-group-rule',
  'launch-template',
  'transit-gateway-attachment',
  'vpc-flow-log',
];

/** R18, whatever the partition's prefix. */
const twelveServices = endpointSuffixes.map((service) => `*com.amazonaws.*.${service}`);

/** The gateway is the operator's, maybe of another account: no tag of ours. */
const attachToTransitGateway = [
  allow('ec2:CreateTransitGatewayVpcAttachment', ec2('transit-gateway-attachment'), tagged),
  allow('ec2:CreateTransitGatewayVpcAttachment', ec2('vpc', 'subnet'), ours),
  allow('ec2:CreateTransitGatewayVpcAttachment', 'arn:${AWS::Partition}:ec2:*:*:transit-gateway/*'),
  ...serviceLinkedRole('transitgateway.amazonaws.com'),
];
const detachFromTransitGateway = allow(
  'ec2:DeleteTransitGatewayVpcAttachment',
  ec2('transit-gateway-attachment'),
  ours,
);

/** Where it is delivered, and by which role, is the operator's: no name and no tag of ours. */
const recordTraffic = [
  allow('ec2:CreateFlowLogs', ec2('vpc-flow-log'), tagged),
  allow('ec2:CreateFlowLogs', ec2('vpc'), ours),
  allow('iam:PassRole', iamArn('role/*'), {
    StringEquals: { 'iam:PassedToService': 'vpc-flow-logs.amazonaws.com' },
  }),
  // Into a bucket.
  anywhere(['logs:CreateLogDelivery', 'logs:DeleteLogDelivery']),
];
const forgetTraffic = allow('ec2:DeleteFlowLogs', ec2('vpc-flow-log'), ours);

export const network: Record<string, readonly Statement[]> = {
  VpcEnsure: [
    describe('Vpcs', 'Subnets', 'SecurityGroups', 'RouteTables', 'FlowLogs'),
    ...recordTraffic,
    forgetTraffic,
    allow(['ec2:CreateVpc'], ec2('vpc'), tagged),
    allow('ec2:CreateSubnet', ec2('subnet'), tagged),
    allow('ec2:CreateSubnet', ec2('vpc'), ours),
    ec2TagOnCreate(['CreateVpc', 'CreateSubnet', 'CreateFlowLogs'], 'vpc', 'subnet', 'vpc-flow-log'),
    tagWhatTheVpcBrings,
    describe('Tags', 'NatGateways'),
    // Of the request, and those by which load balancers find their subnets.
    allow(['ec2:CreateTags', 'ec2:DeleteTags'], ec2(...tagsFollowTheRequest), oursToTag),
    allow(['ec2:DescribeVpcAttribute', 'ec2:ModifyVpcAttribute', 'ec2:DeleteVpc'], ec2('vpc'), ours),
    allow('ec2:ModifySubnetAttribute', ec2('subnet'), ours),
  ],
  VpcRemove: [
    ...seeWhatHoldsTheVpc,
    describe('FlowLogs'),
    forgetTraffic,
    anywhere('logs:DeleteLogDelivery'),
    describe('SecurityGroupRules'),
    deletePodInterfaces,
    allow(['ec2:DeleteSubnet'], ec2('subnet'), ours),
    allow(['ec2:DeleteVpc'], ec2('vpc'), ours),
    // The group EKS left behind.
    allow('ec2:DeleteSecurityGroup', ec2('security-group'), groupOfOurCluster),
    revokeAnywhere,
    allow('ec2:DeleteVpcEndpoints', ec2('vpc-endpoint'), ofGuardDuty),
    allow('ec2:DeleteSecurityGroup', ec2('security-group'), ofGuardDuty),
  ],
  RoutingEnsure: [
    // Interfaces: which NAT gateway holds the address.
    describe(
      'InternetGateways',
      'Addresses',
      'NatGateways',
      'RouteTables',
      'NetworkInterfaces',
      'TransitGatewayVpcAttachments',
    ),
    allow('ec2:CreateInternetGateway', ec2('internet-gateway'), tagged),
    allow('ec2:AttachInternetGateway', ec2('internet-gateway', 'vpc'), ours),
    allow('ec2:AllocateAddress', ec2('elastic-ip'), tagged),
    allow('ec2:CreateNatGateway', ec2('natgateway'), tagged),
    allow('ec2:CreateNatGateway', ec2('subnet', 'vpc'), ours),
    allow('ec2:CreateNatGateway', ec2('elastic-ip')),
    allow('ec2:CreateRouteTable', ec2('route-table'), tagged),
    allow('ec2:CreateRouteTable', ec2('vpc'), ours),
    ec2TagOnCreate(
      [
        'CreateInternetGateway',
        'AllocateAddress',
        'CreateNatGateway',
        'CreateRouteTable',
        'CreateTransitGatewayVpcAttachment',
      ],
      'internet-gateway',
      'elastic-ip',
      'natgateway',
      'route-table',
      'transit-gateway-attachment',
    ),
    allow(
      ['ec2:AssociateRouteTable', 'ec2:ReplaceRouteTableAssociation'],
      ec2('route-table', 'subnet'),
      ours,
    ),
    allow(
      ['ec2:CreateRoute', 'ec2:ReplaceRoute', 'ec2:DeleteRoute', 'ec2:DeleteRouteTable'],
      ec2('route-table'),
      ours,
    ),
    ...attachToTransitGateway,
    detachFromTransitGateway,
    // What a lost answer doubled, and NAT gateways that failed.
    allow('ec2:DeleteInternetGateway', ec2('internet-gateway'), ours),
    allow('ec2:ReleaseAddress', ec2('elastic-ip'), ours),
    allow('ec2:DeleteNatGateway', ec2('natgateway'), ours),
  ],
  RoutingRemove: [
    describe('InternetGateways', 'Addresses', 'NatGateways', 'RouteTables', 'TransitGatewayVpcAttachments'),
    ...seeBlockers,
    detachFromTransitGateway,
    allow('ec2:DetachInternetGateway', ec2('internet-gateway', 'vpc'), ours),
    allow('ec2:DeleteInternetGateway', ec2('internet-gateway'), ours),
    // Replacing: a rollback gives subnets back to the table they came from.
    allow(
      ['ec2:DisassociateRouteTable', 'ec2:ReplaceRouteTableAssociation'],
      ec2('route-table', 'subnet'),
      ours,
    ),
    allow(['ec2:DeleteRoute', 'ec2:DeleteRouteTable'], ec2('route-table'), ours),
    allow('ec2:DeleteNatGateway', ec2('natgateway'), ours),
    allow('ec2:ReleaseAddress', ec2('elastic-ip'), ours),
  ],
  EndpointsEnsure: [
    // Route tables: those the S3 gateway endpoint of a request stands on.
    // Security groups: EKS's own, for those made once it is there.
    describe('VpcEndpoints', 'RouteTables', 'SecurityGroups'),
    allow('ec2:CreateVpcEndpoint', ec2('vpc-endpoint'), {
      StringLike: {
        'aws:RequestTag/aoscloud:environment': '?*',
        'ec2:VpceServiceName': twelveServices,
      },
    }),
    allow('ec2:CreateVpcEndpoint', ec2('vpc', 'subnet', 'security-group', 'route-table'), ours),
    allow('ec2:CreateVpcEndpoint', ec2('security-group'), groupOfOurCluster),
    ec2TagOnCreate(['CreateVpcEndpoint'], 'vpc-endpoint'),
    // Private DNS: sources disagree whether EC2 asks for it as the caller; without it, if it does, no run gets on.
    allow('route53:AssociateVPCWithHostedZone', 'arn:${AWS::Partition}:route53:::hostedzone/*'),
    allow('ec2:ModifyVpcEndpoint', ec2('vpc-endpoint', 'security-group', 'route-table'), ours),
    allow('ec2:DeleteVpcEndpoints', ec2('vpc-endpoint'), ours),
  ],
  EndpointsRemove: [
    describe('VpcEndpoints', 'Vpcs'),
    allow('ec2:DeleteVpcEndpoints', ec2('vpc-endpoint'), ours),
    allow('ec2:DeleteVpcEndpoints', ec2('vpc-endpoint'), ofGuardDuty),
  ],
  SecurityGroupsEnsure: [
    describe('SecurityGroups', 'SecurityGroupRules'),
    ...seeBlockers,
    allow('ec2:CreateSecurityGroup', ec2('security-group'), tagged),
    allow('ec2:CreateSecurityGroup', ec2('vpc'), ours),
    allow(
      ['ec2:AuthorizeSecurityGroupIngress', 'ec2:AuthorizeSecurityGroupEgress'],
      ec2('security-group'),
      ours,
    ),
    allow(
      ['ec2:AuthorizeSecurityGroupIngress', 'ec2:AuthorizeSecurityGroupEgress'],
      ec2('security-group-rule'),
      tagged,
    ),
    ec2TagOnCreate(
      ['CreateSecurityGroup', 'AuthorizeSecurityGroupIngress', 'AuthorizeSecurityGroupEgress'],
      'security-group',
      'security-group-rule',
    ),
    revokeAnywhere,
    allow('ec2:DeleteSecurityGroup', ec2('security-group'), ours),
  ],
  SecurityGroupsRemove: [
    describe('SecurityGroups', 'SecurityGroupRules'),
    ...seeBlockers,
    revokeAnywhere,
    allow('ec2:DeleteSecurityGroup', ec2('security-group'), ours),
  ],
};
