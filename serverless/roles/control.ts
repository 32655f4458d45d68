/** What speaks for a run as a whole: accepting, verifying, recording, settling, and the front door. */
import { databaseLogGroups } from './data.ts';
import { clusterLogGroup, threeRoles } from './eks.ts';
import { seeWhatHoldsTheVpc } from './network.ts';
import { allow, anywhere, arn, iamArn, type Statement } from './statement.ts';

/** By name, not by reference: the machines depend on the functions. */
export const stateMachineName = (machine: string) => `\${self:service}-\${sls:stage}-${machine}`;
const home = (service: string, resource: string) =>
  `arn:\${AWS::Partition}:${service}:\${AWS::Region}:\${AWS::AccountId}:${resource}`;
const stateMachineArn = (machine: string) => home('states', `stateMachine:${stateMachineName(machine)}`);
const executionsOf = (machine: string) => home('states', `execution:${stateMachineName(machine)}:*`);
const bothMachines = [executionsOf('provision'), executionsOf('deprovision')];
const everyMachine = ['provision', 'deprovision', 'fleet'].map(stateMachineArn);

/** `{ "Fn::GetAtt": … }` would make every role wait for the table; its name is known. */
const registry = home('dynamodb', 'table/${self:service}-${sls:stage}-environments');

const reads = (...actions: readonly string[]) =>
  allow(
    actions.map((action) => `dynamodb:${action}`),
    registry,
  );
/** Every step reports its progress there. */
export const reports = reads('UpdateItem');

const emits = allow('events:PutEvents', home('events', 'event-bus/${param:eventBusName}'));

const describe = (...what: readonly string[]) => anywhere(what.map((noun) => `ec2:Describe${noun}`));

/** An environment as it is: nothing that writes, and nothing that reads a secret. */
const observation: readonly Statement[] = [
  describe(
    'Addresses',
    'FlowLogs',
    'InternetGateways',
    'LaunchTemplateVersions',
    'NatGateways',
    'NetworkAcls',
    'NetworkInterfaces',
    'RouteTables',
    'SecurityGroups',
    'Subnets',
    'TransitGatewayVpcAttachments',
    'VpcEndpoints',
    'Vpcs',
  ),
  allow('ec2:DescribeVpcAttribute', arn('ec2', 'vpc/*')),
  allow(['eks:DescribeCluster', 'eks:ListAccessEntries'], arn('eks', 'cluster/aoscloud-*')),
  allow('eks:DescribeAccessEntry', arn('eks', 'access-entry/aoscloud-*')),
  allow('eks:DescribeNodegroup', arn('eks', 'nodegroup/aoscloud-*')),
  allow('eks:DescribeAddon', arn('eks', 'addon/aoscloud-*')),
  allow('iam:GetOpenIDConnectProvider', [
    iamArn('oidc-provider/oidc.eks.*'),
    iamArn('oidc-provider/oidc-eks.*'),
  ]),
  // By cluster, and by whatever parameter group a cluster has.
  allow('rds:DescribeDBInstances', arn('rds', 'db:*')),
  allow('rds:DescribeDBClusterParameters', arn('rds', 'cluster-pg:*')),
  allow('elasticache:DescribeReplicationGroups', arn('elasticache', 'replicationgroup:aoscloud-*')),
  allow('elasticache:DescribeCacheSubnetGroups', arn('elasticache', 'subnetgroup:aoscloud-*')),
  allow('elasticache:DescribeCacheClusters', arn('elasticache', 'cluster:*')),
  allow(
    [
      'elasticfilesystem:DescribeBackupPolicy',
      'elasticfilesystem:DescribeFileSystems',
      'elasticfilesystem:DescribeMountTargets',
    ],
    arn('elasticfilesystem', 'file-system/*'),
  ),
];

/** Whose tags they are, of all that carries any. */
const tagsOfAll: readonly Statement[] = [
  describe('Tags'),
  allow('eks:ListNodegroups', arn('eks', 'cluster/aoscloud-*')),
  anywhere('logs:DescribeLogGroups'),
  allow('logs:ListTagsForResource', [...clusterLogGroup, ...databaseLogGroups]),
  allow('rds:ListTagsForResource', [
    arn('rds', 'cluster:aoscloud-*'),
    arn('rds', 'db:aoscloud-*'),
    arn('rds', 'subgrp:aoscloud-*'),
    arn('rds', 'cluster-pg:aoscloud-*'),
  ]),
  allow('elasticache:ListTagsForResource', [
    arn('elasticache', 'replicationgroup:aoscloud-*'),
    arn('elasticache', 'subnetgroup:aoscloud-*'),
    arn('elasticache', 'usergroup:aoscloud-*'),
    arn('elasticache', 'user:aoscloud-*'),
  ]),
];

const verification: readonly Statement[] = [
  ...observation,
  allow('rds:DescribeDBClusters', arn('rds', 'cluster:aoscloud-*')),
  allow('rds:DescribeDBSubnetGroups', arn('rds', 'subgrp:aoscloud-*')),
];

/** The roles of the cluster, as a run leaves them. */
const threeRolesAsMade = allow('iam:ListAttachedRolePolicies', threeRoles);

/** Preflight counts what the account has, so it lists; what it looks at by name is an environment's. */
const preflight: readonly Statement[] = [
  // What a run would change is read as it is verified.
  ...observation,
  threeRolesAsMade,
  ...tagsOfAll,
  describe(
    'AvailabilityZones',
    'InstanceTypeOfferings',
    'InstanceTypes',
    'Instances',
    'TransitGateways',
    'VpcBlockPublicAccessExclusions',
    'VpcBlockPublicAccessOptions',
    'VpcEndpointServices',
  ),
  // What speaks against an upgrade: EKS's own insights, and node groups of others that are behind.
  allow(['eks:ListInsights', 'eks:DescribeInsight'], arn('eks', 'cluster/aoscloud-*')),
  anywhere([
    'eks:DescribeAddonConfiguration',
    'eks:DescribeAddonVersions',
    'eks:DescribeClusterVersions',
    'eks:ListClusters',
  ]),
  anywhere([
    'rds:DescribeAccountAttributes',
    'rds:DescribeDBEngineVersions',
    'rds:DescribeOrderableDBInstanceOptions',
  ]),
  allow('rds:DescribeDBClusters', arn('rds', 'cluster:*')),
  allow('rds:DescribeDBSubnetGroups', arn('rds', 'subgrp:*')),
  // What a request is to be restored from: whosever it is.
  allow('rds:DescribeDBClusterSnapshots', 'arn:${AWS::Partition}:rds:*:*:cluster-snapshot:*'),
  allow('elasticache:DescribeSnapshots', arn('elasticache', 'snapshot:*')),
  // Listed, and what of them is ours sorted out.
  allow('rds:DescribeDBClusterParameterGroups', arn('rds', 'cluster-pg:*')),
  // What speaks against a major version.
  allow('rds:DescribeGlobalClusters', 'arn:${AWS::Partition}:rds::${AWS::AccountId}:global-cluster:*'),
  anywhere('rds:DescribeEngineDefaultClusterParameters'),
  allow('rds:DescribePendingMaintenanceActions', [arn('rds', 'cluster:*'), arn('rds', 'db:*')]),
  allow('elasticache:ListAllowedNodeTypeModifications', arn('elasticache', 'replicationgroup:aoscloud-*')),
  anywhere(['elasticache:DescribeCacheEngineVersions', 'elasticache:DescribeReservedCacheNodesOfferings']),
  anywhere('iam:GetAccountSummary'),
  // Its own three, and whatever roles a request names as administrators.
  allow('iam:GetRole', iamArn('role/*')),
  allow('servicequotas:GetServiceQuota', arn('servicequotas', '*')),
  anywhere('servicequotas:GetAWSDefaultServiceQuota'),
];

/** The sum of what many environments need, beside what there is: lists, and nothing by name. */
const fleetPreflight: readonly Statement[] = [
  describe(
    'Addresses',
    'AvailabilityZones',
    'InstanceTypeOfferings',
    'InstanceTypes',
    'Instances',
    'InternetGateways',
    'NatGateways',
    'Subnets',
    'VpcEndpointServices',
    'Vpcs',
  ),
  anywhere('eks:ListClusters'),
  anywhere([
    'rds:DescribeAccountAttributes',
    'rds:DescribeDBEngineVersions',
    'rds:DescribeOrderableDBInstanceOptions',
  ]),
  allow('rds:DescribeDBSubnetGroups', arn('rds', 'subgrp:*')),
  allow('elasticache:DescribeCacheClusters', arn('elasticache', 'cluster:*')),
  allow('elasticfilesystem:DescribeFileSystems', arn('elasticfilesystem', 'file-system/*')),
  anywhere('iam:GetAccountSummary'),
  allow('servicequotas:GetServiceQuota', arn('servicequotas', '*')),
  anywhere('servicequotas:GetAWSDefaultServiceQuota'),
];

/** It looks for what belongs to others, so it lists. */
const removalPreflight: readonly Statement[] = [
  ...seeWhatHoldsTheVpc,
  describe('Instances', 'SecurityGroupRules'),
  allow(['eks:ListNodegroups', 'eks:ListFargateProfiles'], arn('eks', 'cluster/aoscloud-*')),
  allow('eks:DescribeNodegroup', arn('eks', 'nodegroup/aoscloud-*')),
  allow('rds:DescribeDBClusters', arn('rds', 'cluster:*')),
  allow('rds:DescribeDBInstances', arn('rds', 'db:*')),
  // Global clusters have no region.
  allow('rds:DescribeGlobalClusters', 'arn:${AWS::Partition}:rds::${AWS::AccountId}:global-cluster:*'),
  anywhere('rds:DescribeAccountAttributes'),
  allow('elasticache:DescribeReplicationGroups', arn('elasticache', 'replicationgroup:aoscloud-*')),
  allow('elasticache:ListTagsForResource', arn('elasticache', 'replicationgroup:aoscloud-*')),
  allow('elasticache:DescribeCacheSubnetGroups', arn('elasticache', 'subnetgroup:*')),
  allow('elasticache:DescribeCacheClusters', arn('elasticache', 'cluster:*')),
  allow(
    [
      'elasticfilesystem:DescribeFileSystems',
      'elasticfilesystem:DescribeMountTargets',
      'elasticfilesystem:DescribeReplicationConfigurations',
    ],
    arn('elasticfilesystem', 'file-system/*'),
  ),
];

/** In the environment's account. */
export const controlInEnvironment: Record<string, readonly Statement[]> = {
  Accept: preflight,
  AcceptFleet: fleetPreflight,
  AcceptRemoval: removalPreflight,
  Verify: verification,
  Drift: [...verification, ...tagsOfAll, allow('iam:GetRole', threeRoles), threeRolesAsMade],
};

/** In the service's own account. */
export const controlAtHome: Record<string, readonly Statement[]> = {
  Accept: [reads('GetItem', 'UpdateItem'), allow('states:DescribeExecution', bothMachines)],
  AcceptFleet: [reads('Scan', 'PutItem')],
  BeginFleetEnvironment: [reads('GetItem', 'UpdateItem')],
  EndFleetEnvironment: [reports],
  RecordFleet: [reads('GetItem', 'UpdateItem'), emits],
  AcceptRemoval: [reads('GetItem', 'UpdateItem'), allow('states:DescribeExecution', bothMachines)],
  Verify: [],
  Drift: [
    emits,
    reads('Scan', 'UpdateItem'),
    allow('sqs:SendMessage', home('sqs', '${self:service}-${sls:stage}-dead-letters')),
  ],
  RecordResult: [reports, emits],
  RecordFailure: [reads('GetItem', 'UpdateItem'), emits],
  RecordRemoval: [reads('GetItem', 'UpdateItem'), emits],
  SettleDeadRun: [
    emits,
    // Of a fleet, all its environments are looked up.
    reads('GetItem', 'Scan', 'UpdateItem'),
    allow('states:StartExecution', stateMachineArn('deprovision')),
    // Where Lambda puts events the function could not handle.
    allow('sqs:SendMessage', home('sqs', '${self:service}-${sls:stage}-dead-letters')),
  ],
  SettleLostRuns: [
    emits,
    reads('GetItem', 'Scan', 'UpdateItem'),
    allow('states:DescribeExecution', [...bothMachines, executionsOf('fleet')]),
    allow('states:StartExecution', stateMachineArn('deprovision')),
    allow('sqs:SendMessage', home('sqs', '${self:service}-${sls:stage}-dead-letters')),
  ],
  TakeEvent: [
    reads('GetItem', 'UpdateItem'),
    allow('states:StartExecution', everyMachine),
    allow('sqs:SendMessage', home('sqs', '${self:service}-${sls:stage}-dead-letters')),
  ],
  Webhook: [
    reads('GetItem', 'Scan', 'UpdateItem'),
    allow('states:StartExecution', everyMachine),
    allow('states:DescribeExecution', [...bothMachines, executionsOf('fleet')]),
    // Secrets Manager adds a hyphen and six characters.
    allow(
      'secretsmanager:GetSecretValue',
      home('secretsmanager', 'secret:${self:service}-${sls:stage}-webhook-??????'),
    ),
  ],
};
