/** Which IAM actions a function's code calls, as its bundle shows, and the few where bundle and role differ. */
import type { Packaged } from './packaged.ts';

/** IAM's prefix of an SDK package, where it is not the package's own name. */
const prefixes: Readonly<Record<string, string>> = {
  // DocumentDB has no actions of its own.
  docdb: 'rds',
  'cloudwatch-logs': 'logs',
  efs: 'elasticfilesystem',
  'elastic-load-balancing': 'elasticloadbalancing',
  'elastic-load-balancing-v2': 'elasticloadbalancing',
  eventbridge: 'events',
  'secrets-manager': 'secretsmanager',
  'service-quotas': 'servicequotas',
  sfn: 'states',
};

const command = /@aws-sdk\/client-([\w-]+)\/dist-es\/commands\/(\w+)Command\.js$/;

/** Of every bundle, by function key. A command that esbuild shook out leaves no bytes. */
export function bundledActions({ metafile }: Packaged): Map<string, Set<string>> {
  const all = new Map<string, Set<string>>();
  for (const [output, { inputs }] of Object.entries(metafile.outputs)) {
    const name = output.split('/').at(-2) as string;
    const key = name.replace(/(^|-)(\w)/g, (_all, _dash, letter) => letter.toUpperCase());
    const actions = Object.entries(inputs)
      .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
      .map(([path]) => command.exec(path))
      .filter((match) => match !== null)
      .map(([, client, operation]) => `${prefixes[client as string] ?? client}:${operation}`);
    all.set(key, new Set(actions));
  }
  return all;
}

/** In bundles, and in no role. */
export const needsNoPermission: Readonly<Record<string, string>> = {
  'sts:GetCallerIdentity': 'AWS asks for no permission',
  'dynamodb:DescribeEndpoints': 'part of the client; endpoint discovery is off',
};

const oneTableOfCalls = 'both directions of a database share one table of calls; this one is never made here';

const parameterGroupsAreMadeElsewhere = {
  'rds:CreateDBClusterParameterGroup': oneTableOfCalls,
  'rds:ModifyDBClusterParameterGroup': oneTableOfCalls,
  'rds:DescribeDBClusterParameters': oneTableOfCalls,
};
const onlyNamed = 'a removal that is being accepted names what is in the way, and deletes nothing';

/** In one bundle, and not in that role. A role that lacks them proves more than a comment. */
export const neverCalled: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  AcceptRemoval: {
    'ec2:DeleteNetworkInterface': onlyNamed,
    'ec2:DeleteSecurityGroup': onlyNamed,
    'ec2:DeleteVpcEndpoints': onlyNamed,
    'ec2:RevokeSecurityGroupIngress': onlyNamed,
    'ec2:RevokeSecurityGroupEgress': onlyNamed,
  },
  AcceptFleet: {
    'rds:DescribeDBClusterSnapshots':
      'a fleet is counted; what one is restored from is asked when its run begins',
  },
  Verify: { 'rds:ListTagsForResource': 'what reads databases is one table; tags are compared elsewhere' },
  AuroraEnsure: { 'rds:DeleteDBCluster': oneTableOfCalls, 'rds:StartDBCluster': oneTableOfCalls },
  DocumentdbEnsure: { 'rds:DeleteDBCluster': oneTableOfCalls, 'rds:StartDBCluster': oneTableOfCalls },
  AuroraRemove: {
    ...parameterGroupsAreMadeElsewhere,
    'rds:CreateDBCluster': oneTableOfCalls,
    'rds:RestoreDBClusterFromSnapshot': oneTableOfCalls,
    'rds:CreateDBInstance': oneTableOfCalls,
    'rds:CreateDBSubnetGroup': oneTableOfCalls,
    'rds:FailoverDBCluster': oneTableOfCalls,
    'rds:RemoveTagsFromResource': oneTableOfCalls,
    'rds:ModifyDBInstance': oneTableOfCalls,
  },
  DocumentdbRemove: {
    ...parameterGroupsAreMadeElsewhere,
    'rds:CreateDBCluster': oneTableOfCalls,
    'rds:RestoreDBClusterFromSnapshot': oneTableOfCalls,
    'rds:CreateDBInstance': oneTableOfCalls,
    'rds:CreateDBSubnetGroup': oneTableOfCalls,
    'rds:FailoverDBCluster': oneTableOfCalls,
    'rds:RemoveTagsFromResource': oneTableOfCalls,
    'rds:ModifyDBInstance': oneTableOfCalls,
  },
};

const tagsOnCreate = 'tags in a create call are authorized as tagging';
const asTheCaller = 'the service does it as the caller';
const firstUse = 'the first use in an account makes the service-linked role';
const finalSnapshot = 'deleting with a final snapshot makes one';

const looksAtTheNetwork = Object.fromEntries(
  ['DescribeVpcs', 'DescribeSubnets', 'DescribeSecurityGroups', 'DescribeAvailabilityZones'].map((action) => [
    `ec2:${action}`,
    asTheCaller,
  ]),
);

const databaseEnsure = {
  'secretsmanager:CreateSecret': asTheCaller,
  'secretsmanager:TagResource': asTheCaller,
  'kms:DescribeKey': asTheCaller,
  'kms:CreateGrant': asTheCaller,
  'iam:CreateServiceLinkedRole': firstUse,
  ...looksAtTheNetwork,
};
const addOnWithAssociation = { 'eks:DeletePodIdentityAssociation': 'goes with the add-on that owns it' };

/** In a role, and in no command of its bundle: what AWS asks for beside the action itself. */
export const companions: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  VpcRemove: {
    'logs:DeleteLogDelivery': 'EC2 ends the delivery of a flow log to a bucket as the caller',
  },
  VpcEnsure: {
    'iam:PassRole': 'a flow log is given the role that delivers it',
    'logs:CreateLogDelivery': 'EC2 begins the delivery of a flow log to a bucket as the caller',
    'logs:DeleteLogDelivery': 'EC2 ends the delivery of a flow log to a bucket as the caller',
  },
  RoutingEnsure: {
    'iam:CreateServiceLinkedRole': firstUse,
    'ec2:CreateTags': tagsOnCreate,
  },
  EndpointsEnsure: {
    'ec2:CreateTags': tagsOnCreate,
    'route53:AssociateVPCWithHostedZone': 'private DNS may need it of the caller',
  },
  SecurityGroupsEnsure: { 'ec2:CreateTags': tagsOnCreate },
  EksClusterEnsure: {
    'iam:PassRole': 'the cluster is given its role',
    'iam:CreateServiceLinkedRole': firstUse,
    'ec2:DescribeSubnets': asTheCaller,
    'ec2:CreateTags': tagsOnCreate,
  },
  EksConnectEnsure: {
    'eks:TagResource': tagsOnCreate,
    'iam:TagOpenIDConnectProvider': tagsOnCreate,
    'ec2:CreateTags': tagsOnCreate,
  },
  EksNodesEnsure: {
    'eks:TagResource': tagsOnCreate,
    'ec2:CreateTags': tagsOnCreate,
    'eks:CreatePodIdentityAssociation': 'part of the add-on that carries one',
    ...addOnWithAssociation,
    'iam:PassRole': 'nodes and the EFS driver are given their roles',
    'iam:ListAttachedRolePolicies': asTheCaller,
    'iam:CreateServiceLinkedRole': firstUse,
    'ec2:RunInstances': 'EKS asks whether the caller may start instances from the launch template',
    'ec2:DescribeSubnets': asTheCaller,
    'ec2:DescribeSecurityGroups': asTheCaller,
  },
  EksNodesRemove: addOnWithAssociation,
  AuroraEnsure: databaseEnsure,
  DocumentdbEnsure: databaseEnsure,
  ElasticacheEnsure: {
    'iam:CreateServiceLinkedRole': firstUse,
    ...looksAtTheNetwork,
  },
  ElasticacheRemove: { 'elasticache:CreateSnapshot': finalSnapshot },
  EfsEnsure: {
    'ec2:DescribeSubnets': asTheCaller,
    'ec2:DescribeSecurityGroups': asTheCaller,
    'ec2:DescribeNetworkInterfaces': asTheCaller,
    'ec2:CreateNetworkInterface': asTheCaller,
    'ec2:ModifyNetworkInterfaceAttribute': asTheCaller,
    'ec2:DeleteNetworkInterface': asTheCaller,
    'iam:CreateServiceLinkedRole': firstUse,
  },
  EfsRemove: {
    'ec2:DescribeNetworkInterfaces': asTheCaller,
    'ec2:DeleteNetworkInterface': asTheCaller,
  },
  Drift: {
    'sqs:SendMessage': 'Lambda keeps events the function could not handle in the dead-letter queue',
  },
  SettleDeadRun: {
    'sqs:SendMessage': 'Lambda keeps events the function could not handle in the dead-letter queue',
  },
  SettleLostRuns: {
    'sqs:SendMessage': 'Lambda keeps events the function could not handle in the dead-letter queue',
  },
  TakeEvent: {
    'sqs:SendMessage': 'Lambda keeps events the function could not handle in the dead-letter queue',
  },
};

/** Of every function: its own log stream, and its traces. */
export const ofEveryFunction = [
  'logs:CreateLogStream',
  'logs:PutLogEvents',
  'xray:PutTelemetryRecords',
  'xray:PutTraceSegments',
];
