/** The data services: Aurora, DocumentDB (which is authorized as `rds:`), ElastiCache, EFS. */
import {
  allow,
  anywhere,
  arn,
  type Condition,
  deny,
  ec2,
  ours,
  oursToTag,
  type Statement,
  serviceLinkedRole,
  tagged,
} from './statement.ts';

/** Data services look at the network they are given as the caller. */
const lookAtNetwork = anywhere([
  'ec2:DescribeVpcs',
  'ec2:DescribeSubnets',
  'ec2:DescribeSecurityGroups',
  'ec2:DescribeAvailabilityZones',
]);

/** Everything of one database service by name: `aoscloud-<environment>-aurora`, instances with a number after it. */
function database(service: 'aurora' | 'documentdb') {
  const cluster = arn('rds', `cluster:aoscloud-*-${service}`);
  const instances = arn('rds', `db:aoscloud-*-${service}-*`);
  const subnetGroup = arn('rds', `subgrp:aoscloud-*-${service}`);
  // A second one stands beside the first while a major version takes over, and then stays.
  const parameterGroups = arn('rds', `cluster-pg:aoscloud-*-${service}*`);
  const upgradeSnapshots = arn('rds', `cluster-snapshot:aoscloud-*-${service}-before-*`);
  const logGroup = `log-group:/aws/${service === 'aurora' ? 'rds/cluster' : 'docdb'}/aoscloud-*-${service}/*`;
  return {
    cluster,
    instances,
    subnetGroup,
    parameterGroups,
    upgradeSnapshots,
    logGroups: [arn('logs', logGroup), arn('logs', `${logGroup}:*`)],
    all: [cluster, instances, subnetGroup, parameterGroups],
  };
}

/** Tagging calls take their ARN without the tail. */
export const databaseLogGroups = [...database('aurora').logGroups, ...database('documentdb').logGroups];

function databaseEnsure(service: 'aurora' | 'documentdb', engine: string): Statement[] {
  const { cluster, instances, subnetGroup, parameterGroups, upgradeSnapshots, logGroups, all } =
    database(service);
  return [
    allow('rds:CreateDBSubnetGroup', subnetGroup, tagged),
    allow('rds:CreateDBClusterParameterGroup', parameterGroups, tagged),
    allow(['rds:DescribeDBClusterParameterGroups', 'rds:DescribeDBClusterParameters'], parameterGroups),
    allow(['rds:ModifyDBClusterParameterGroup', 'rds:DeleteDBClusterParameterGroup'], parameterGroups, ours),
    // Creates are authorized on what they refer to as well; the default groups are AWS's and carry no tags.
    allow(
      'rds:CreateDBCluster',
      [cluster, subnetGroup, parameterGroups, arn('rds', 'cluster-pg:default.*'), arn('rds', 'og:default:*')],
      { ...tagged, StringEquals: { 'rds:DatabaseEngine': engine } },
    ),
    // The snapshot may be anybody's who shares it.
    allow(
      'rds:RestoreDBClusterFromSnapshot',
      [
        cluster,
        subnetGroup,
        parameterGroups,
        arn('rds', 'cluster-pg:default.*'),
        arn('rds', 'og:default:*'),
        'arn:${AWS::Partition}:rds:*:*:cluster-snapshot:*',
      ],
      tagged,
    ),
    // Its key, where that is a customer's.
    allow('kms:CreateGrant', 'arn:${AWS::Partition}:kms:*:*:key/*', {
      StringLike: { 'kms:ViaService': 'rds.*.amazonaws.com*' },
      Bool: { 'kms:GrantIsForAWSResource': 'true' },
    }),
    allow(
      'rds:CreateDBInstance',
      [instances, cluster, subnetGroup, arn('rds', 'pg:default.*'), arn('rds', 'og:default:*')],
      tagged,
    ),
    anywhere('logs:DescribeLogGroups'),
    allow(['logs:CreateLogGroup', 'logs:ListTagsForResource', 'logs:PutRetentionPolicy'], logGroups),
    allow('logs:TagResource', logGroups, tagged),
    deny(['rds:CreateDBCluster'], { Bool: { 'rds:StorageEncrypted': 'false' } }),
    allow('rds:AddTagsToResource', all, tagged),
    allow(['rds:AddTagsToResource', 'rds:RemoveTagsFromResource'], all, oursToTag),
    allow(['logs:TagResource', 'logs:UntagResource'], logGroups, oursToTag),
    allow(['rds:DescribeDBClusters'], cluster),
    // Instances are listed by cluster, not named.
    allow('rds:DescribeDBInstances', arn('rds', 'db:*')),
    allow(['rds:DescribeDBSubnetGroups'], subnetGroup),
    allow('rds:ListTagsForResource', [...all, upgradeSnapshots]),
    // Another major version has a parameter group of another family, and a snapshot before it that no step deletes.
    allow('rds:ModifyDBCluster', [cluster, parameterGroups], ours),
    allow(['rds:CreateDBClusterSnapshot', 'rds:AddTagsToResource'], upgradeSnapshots, tagged),
    allow('rds:DescribeDBClusterSnapshots', upgradeSnapshots),
    // A writer hands over before it is changed, or replaced because it is broken.
    allow(['rds:FailoverDBCluster', 'rds:CreateDBClusterSnapshot'], cluster, ours),
    allow(['rds:ModifyDBInstance', 'rds:DeleteDBInstance'], instances, ours),
    allow('rds:DeleteDBSubnetGroup', subnetGroup, ours),
    // R32: RDS makes the password's secret as the caller, and asks for the key's description.
    allow(
      ['secretsmanager:CreateSecret', 'secretsmanager:TagResource'],
      arn('secretsmanager', 'secret:rds!cluster-*'),
    ),
    allow('kms:DescribeKey', arn('kms', 'key/*')),
    lookAtNetwork,
    ...serviceLinkedRole('rds.amazonaws.com'),
  ];
}

function databaseRemove(service: 'aurora' | 'documentdb'): Statement[] {
  const { cluster, instances, subnetGroup, parameterGroups, upgradeSnapshots, logGroups, all } =
    database(service);
  return [
    allow(['rds:DescribeDBClusters'], cluster),
    allow('rds:DescribeDBInstances', arn('rds', 'db:*')),
    allow(['rds:DescribeDBSubnetGroups'], subnetGroup),
    allow('rds:DescribeDBClusterParameterGroups', parameterGroups),
    allow('rds:DeleteDBClusterParameterGroup', parameterGroups, ours),
    // What was taken before a major version stays, and is named.
    allow('rds:DescribeDBClusterSnapshots', [cluster, arn('rds', 'cluster-snapshot:*')]),
    allow('rds:ListTagsForResource', [...all, upgradeSnapshots]),
    anywhere('logs:DescribeLogGroups'),
    allow(['logs:ListTagsForResource', 'logs:DeleteLogGroup'], logGroups),
    allow(['rds:ModifyDBCluster', 'rds:StartDBCluster', 'rds:DeleteDBCluster'], cluster, ours),
    allow('rds:DeleteDBCluster', arn('rds', `cluster-snapshot:aoscloud-*-${service}-final-*`)),
    allow(
      ['rds:CreateDBClusterSnapshot', 'rds:AddTagsToResource'],
      [cluster, arn('rds', `cluster-snapshot:aoscloud-*-${service}-final-*`)],
    ),
    allow('rds:DeleteDBInstance', instances, ours),
    allow('rds:DeleteDBSubnetGroup', subnetGroup, ours),
  ];
}

const replicationGroup = arn('elasticache', 'replicationgroup:aoscloud-*-redis');
const cacheNodes = arn('elasticache', 'cluster:aoscloud-*-redis-*');
const cacheSubnetGroup = arn('elasticache', 'subnetgroup:aoscloud-*-redis');
const cacheUsers = [
  arn('elasticache', 'user:aoscloud-*-redis'),
  arn('elasticache', 'user:aoscloud-*-redis-off'),
];
const cacheUserGroup = arn('elasticache', 'usergroup:aoscloud-*-redis');
const cacheSnapshot = arn('elasticache', 'snapshot:aoscloud-*-redis-final-*');

const notEncrypted = (key: string): Condition => ({ Bool: { [key]: 'false' } });

const elasticache: Record<string, readonly Statement[]> = {
  ElasticacheEnsure: [
    allow('elasticache:CreateCacheSubnetGroup', cacheSubnetGroup, tagged),
    allow('elasticache:CreateReplicationGroup', replicationGroup, tagged),
    allow('elasticache:CreateReplicationGroup', [
      cacheNodes,
      cacheSubnetGroup,
      arn('elasticache', 'parametergroup:default.*'),
    ]),
    // What it is made from, where the request names one.
    allow('elasticache:CreateReplicationGroup', arn('elasticache', 'snapshot:*')),
    // Only where the request asks for IAM.
    allow('elasticache:CreateReplicationGroup', cacheUserGroup),
    allow('elasticache:CreateUser', cacheUsers, tagged),
    allow('elasticache:CreateUserGroup', cacheUserGroup, tagged),
    allow('elasticache:CreateUserGroup', cacheUsers),
    allow('elasticache:DescribeUsers', cacheUsers),
    allow('elasticache:DescribeUserGroups', cacheUserGroup),
    deny(['elasticache:CreateReplicationGroup'], notEncrypted('elasticache:AtRestEncryptionEnabled')),
    deny(['elasticache:CreateReplicationGroup'], notEncrypted('elasticache:TransitEncryptionEnabled')),
    allow(
      'elasticache:AddTagsToResource',
      [replicationGroup, cacheNodes, cacheSubnetGroup, ...cacheUsers, cacheUserGroup],
      tagged,
    ),
    allow(
      ['elasticache:AddTagsToResource', 'elasticache:RemoveTagsFromResource'],
      [replicationGroup, cacheSubnetGroup, ...cacheUsers, cacheUserGroup],
      oursToTag,
    ),
    allow('elasticache:DescribeReplicationGroups', replicationGroup),
    allow('elasticache:DescribeCacheClusters', cacheNodes),
    allow('elasticache:DescribeCacheSubnetGroups', cacheSubnetGroup),
    allow('elasticache:ListTagsForResource', [
      replicationGroup,
      cacheSubnetGroup,
      ...cacheUsers,
      cacheUserGroup,
    ]),
    anywhere('elasticache:DescribeEvents'),
    allow(
      ['elasticache:ModifyReplicationGroup', 'elasticache:DeleteReplicationGroup'],
      replicationGroup,
      ours,
    ),
    allow(['elasticache:IncreaseReplicaCount', 'elasticache:DecreaseReplicaCount'], replicationGroup, ours),
    // Another major version has a parameter group of another family.
    allow('elasticache:ModifyReplicationGroup', arn('elasticache', 'parametergroup:default.*')),
    allow('elasticache:DeleteCacheSubnetGroup', cacheSubnetGroup, ours),
    lookAtNetwork,
    ...serviceLinkedRole('elasticache.amazonaws.com'),
  ],
  ElasticacheRemove: [
    allow('elasticache:DescribeReplicationGroups', replicationGroup),
    allow('elasticache:DescribeCacheSubnetGroups', cacheSubnetGroup),
    allow('elasticache:ListTagsForResource', [
      replicationGroup,
      cacheSubnetGroup,
      ...cacheUsers,
      cacheUserGroup,
    ]),
    allow('elasticache:DeleteReplicationGroup', replicationGroup, ours),
    // The final snapshot.
    allow('elasticache:DeleteReplicationGroup', cacheSnapshot),
    allow('elasticache:CreateSnapshot', [replicationGroup, cacheNodes, cacheSnapshot]),
    allow('elasticache:DeleteCacheSubnetGroup', cacheSubnetGroup, ours),
    allow('elasticache:DescribeUsers', cacheUsers),
    allow('elasticache:DescribeUserGroups', cacheUserGroup),
    allow('elasticache:DeleteUser', cacheUsers, ours),
    allow('elasticache:DeleteUserGroup', cacheUserGroup, ours),
  ],
};

const fileSystem = arn('elasticfilesystem', 'file-system/*');

const efs: Record<string, readonly Statement[]> = {
  EfsEnsure: [
    anywhere('elasticfilesystem:CreateFileSystem', tagged),
    deny(['elasticfilesystem:CreateFileSystem'], notEncrypted('elasticfilesystem:Encrypted')),
    allow('elasticfilesystem:TagResource', fileSystem, {
      ...tagged,
      StringEquals: { 'elasticfilesystem:CreateAction': 'CreateFileSystem' },
    }),
    // Of the request, and which execution added a mount target later.
    allow(['elasticfilesystem:TagResource', 'elasticfilesystem:UntagResource'], fileSystem, oursToTag),
    allow('elasticfilesystem:DescribeFileSystems', fileSystem),
    allow(
      [
        'elasticfilesystem:DescribeMountTargets',
        'elasticfilesystem:DescribeMountTargetSecurityGroups',
        'elasticfilesystem:DescribeBackupPolicy',
        'elasticfilesystem:CreateMountTarget',
        'elasticfilesystem:DeleteMountTarget',
        'elasticfilesystem:ModifyMountTargetSecurityGroups',
        'elasticfilesystem:PutBackupPolicy',
        'elasticfilesystem:UpdateFileSystem',
      ],
      fileSystem,
      ours,
    ),
    // EFS makes and changes the mount targets' interfaces as the caller (aws-facts 9).
    anywhere(['ec2:DescribeSubnets', 'ec2:DescribeSecurityGroups', 'ec2:DescribeNetworkInterfaces']),
    allow('ec2:CreateNetworkInterface', ec2('subnet', 'security-group'), ours),
    allow(
      ['ec2:CreateNetworkInterface', 'ec2:ModifyNetworkInterfaceAttribute', 'ec2:DeleteNetworkInterface'],
      ec2('network-interface'),
    ),
    // Of any group: those that somebody added stay on the interface.
    allow('ec2:ModifyNetworkInterfaceAttribute', ec2('security-group')),
    ...serviceLinkedRole('elasticfilesystem.amazonaws.com'),
  ],
  EfsRemove: [
    allow('elasticfilesystem:DescribeFileSystems', fileSystem),
    allow(
      [
        'elasticfilesystem:DescribeMountTargets',
        'elasticfilesystem:DeleteMountTarget',
        'elasticfilesystem:DeleteFileSystem',
      ],
      fileSystem,
      ours,
    ),
    allow('elasticfilesystem:UntagResource', fileSystem, {
      ...ours,
      'ForAllValues:StringLike': { 'aws:TagKeys': 'aoscloud:mount-target/*' },
    }),
    anywhere('ec2:DescribeNetworkInterfaces'),
    allow('ec2:DeleteNetworkInterface', ec2('network-interface')),
  ],
};

export const data: Record<string, readonly Statement[]> = {
  AuroraEnsure: databaseEnsure('aurora', 'aurora-postgresql'),
  AuroraRemove: databaseRemove('aurora'),
  DocumentdbEnsure: databaseEnsure('documentdb', 'docdb'),
  DocumentdbRemove: databaseRemove('documentdb'),
  ...elasticache,
  ...efs,
};
