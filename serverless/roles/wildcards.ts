/**
 * Every action that is allowed on `Resource: "*"`, and why; a test holds the packaged roles against this list, and
 * the first reason against AWS's own authorization reference.
 */

const noResource = 'AWS has no resource-level permission for it';

const reads = [
  'ec2:DescribeAddresses',
  'ec2:DescribeAvailabilityZones',
  'ec2:DescribeCarrierGateways',
  'ec2:DescribeClientVpnEndpoints',
  'ec2:DescribeEgressOnlyInternetGateways',
  'ec2:DescribeFlowLogs',
  'ec2:DescribeInstanceConnectEndpoints',
  'ec2:DescribeInstanceTypeOfferings',
  'ec2:DescribeInstanceTypes',
  'ec2:DescribeInstances',
  'ec2:DescribeInternetGateways',
  'ec2:DescribeLaunchTemplateVersions',
  'ec2:DescribeLaunchTemplates',
  'ec2:DescribeNatGateways',
  'ec2:DescribeNetworkAcls',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeRouteTables',
  'ec2:DescribeSecurityGroupRules',
  'ec2:DescribeSecurityGroups',
  'ec2:DescribeSubnets',
  'ec2:DescribeTags',
  'ec2:DescribeTransitGatewayVpcAttachments',
  'ec2:DescribeTransitGateways',
  'ec2:DescribeVpcBlockPublicAccessExclusions',
  'ec2:DescribeVpcBlockPublicAccessOptions',
  'ec2:DescribeVpcEndpointServices',
  'ec2:DescribeVpcEndpoints',
  'ec2:DescribeVpcPeeringConnections',
  'ec2:DescribeVpcs',
  'ec2:DescribeVpnGateways',
  'eks:DescribeAddonConfiguration',
  'eks:DescribeAddonVersions',
  'eks:DescribeClusterVersions',
  'eks:ListClusters',
  'elasticache:DescribeCacheEngineVersions',
  'elasticache:DescribeEvents',
  'elasticache:DescribeReservedCacheNodesOfferings',
  'elasticloadbalancing:DescribeLoadBalancers',
  'elasticloadbalancing:DescribeTags',
  'iam:GetAccountSummary',
  'iam:ListOpenIDConnectProviders',
  'logs:DescribeLogGroups',
  'rds:DescribeAccountAttributes',
  'rds:DescribeDBEngineVersions',
  'rds:DescribeEngineDefaultClusterParameters',
  'rds:DescribeOrderableDBInstanceOptions',
  'servicequotas:GetAWSDefaultServiceQuota',
];

export const wildcards: Readonly<Record<string, string>> = {
  ...Object.fromEntries(reads.map((action) => [action, noResource])),
  // Creates without a resource: narrowed by the tag the request must carry, and by the deny guards.
  'eks:CreateCluster': noResource,
  'elasticfilesystem:CreateFileSystem': noResource,
  'xray:PutTraceSegments': noResource,
  'xray:PutTelemetryRecords': noResource,
  'xray:GetSamplingRules': noResource,
  'xray:GetSamplingTargets': noResource,
  // A state machine's own logging (Step Functions developer guide, "Logging using CloudWatch Logs").
  'logs:CreateLogDelivery': noResource,
  'logs:GetLogDelivery': noResource,
  'logs:UpdateLogDelivery': noResource,
  'logs:DeleteLogDelivery': noResource,
  'logs:ListLogDeliveries': noResource,
  'logs:PutResourcePolicy': noResource,
  'logs:DescribeResourcePolicies': noResource,
};

/**
 * Actions that write and are allowed on every resource of a type, with no name prefix and no condition: why
 * neither would do.
 */
export const unscoped: Readonly<Record<string, string>> = {
  'ec2:RevokeSecurityGroupIngress':
    'a rule of any group may name one that goes and keeps it from going; groups of other VPCs cannot name it',
  'ec2:RevokeSecurityGroupEgress': 'as for ingress',
  'ec2:CreateNatGateway':
    "an address that a request names is its operator's and gets no tag of ours; gateway, subnet and VPC must be ours",
  'ec2:CreateTransitGatewayVpcAttachment':
    "the transit gateway that a request names is its operator's, or another account's; attachment, VPC and subnets must be ours",
  'ec2:CreateNetworkInterface':
    'EFS makes the interfaces of its mount targets as the caller and does not tag them; its subnet and groups must be ours',
  'ec2:ModifyNetworkInterfaceAttribute':
    'the same interfaces, with the groups somebody added to them; EC2 refuses it for interfaces that other services manage',
  'ec2:DeleteNetworkInterface':
    'the same interfaces, which carry no tags; an interface in use is never deleted',
  'elasticache:CreateReplicationGroup':
    "a snapshot that a request is made from is its operator's, of whatever name; group, nodes and subnet group must be ours",
  'route53:AssociateVPCWithHostedZone':
    "the hosted zone of an endpoint is AWS's own and its id is not known before",
  'secretsmanager:CreateSecret': 'RDS names the secret it makes as the caller: rds!cluster-<id>',
  'secretsmanager:TagResource': 'the same secret',
};
