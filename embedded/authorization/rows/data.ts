/** RDS (DocumentDB is authorized as `rds:` too), ElastiCache, EFS. */

import {
  anywhere,
  arnIn,
  carrying,
  named,
  on,
  type Row,
  type Rows,
  requestTags,
  type Target,
} from '#embedded/authorization/request.ts';
import type { Call } from '#embedded/model.ts';
import { efsState } from '#embedded/services/efs/state.ts';
import { elasticacheState } from '#embedded/services/elasticache/state.ts';
import { rdsState } from '#embedded/services/rds/state.ts';

const rdsArn = (call: Call, resource: string) => arnIn(call, 'rds', resource);

export function clusterTarget(call: Call, id: string): Target {
  return carrying(rdsArn(call, `cluster:${id}`), rdsState(call).clusters[id]?.tags);
}
function instanceTarget(call: Call, id: string): Target {
  return carrying(rdsArn(call, `db:${id}`), rdsState(call).instances[id]?.tags);
}
function subnetGroupTarget(call: Call, name: string): Target {
  return carrying(rdsArn(call, `subgrp:${name}`), rdsState(call).subnetGroups[name]?.tags);
}

function parameterGroupTarget(call: Call, name: string): Target {
  const arn = rdsArn(call, `cluster-pg:${name}`);
  // AWS's own carry no tags.
  return name.startsWith('default.')
    ? named(arn)
    : carrying(arn, rdsState(call).parameterGroups?.[name.toLowerCase()]?.tags);
}

/** By the ARN that tag operations take. */
function taggedDatabaseTarget(call: Call, arn: string): Target {
  const [type, name = ''] = arn.split(':').slice(5);
  if (type === 'cluster') return clusterTarget(call, name);
  if (type === 'db') return instanceTarget(call, name);
  return type === 'subgrp' ? subnetGroupTarget(call, name) : parameterGroupTarget(call, name);
}

/** A parameter and an option group belong to every database, AWS's default ones where none is named. */
function defaultGroups(call: Call, kind: 'cluster-pg' | 'pg', engine: string, version = ''): Target[] {
  const major = version.split('.')[0] ?? '';
  return [
    named(rdsArn(call, `${kind}:default.${engine}${major}`)),
    named(rdsArn(call, `og:default:${engine}-${major}`)),
  ];
}

const createCluster: Row = (input, call) =>
  on(
    'rds:CreateDBCluster',
    [
      named(rdsArn(call, `cluster:${input.DBClusterIdentifier}`)),
      ...defaultGroups(call, 'cluster-pg', input.Engine, input.EngineVersion).filter(
        (_, index) => index > 0 || !input.DBClusterParameterGroupName,
      ),
      ...(input.DBClusterParameterGroupName
        ? [parameterGroupTarget(call, input.DBClusterParameterGroupName)]
        : []),
      ...(input.DBSubnetGroupName ? [subnetGroupTarget(call, input.DBSubnetGroupName)] : []),
    ],
    {
      ...requestTags(input.Tags),
      'rds:DatabaseEngine': input.Engine,
      // AWS's default is unencrypted.
      'rds:StorageEncrypted': String(input.StorageEncrypted ?? false),
      'rds:ManageMasterUserPassword': String(input.ManageMasterUserPassword ?? false),
    },
  );

/** It may be another account's, and is then named by its ARN. */
function snapshotTarget(call: Call, id: string): Target {
  return named(id.startsWith('arn:') ? id : rdsArn(call, `cluster-snapshot:${id}`));
}

const restoreCluster: Row = (input, call) =>
  on(
    'rds:RestoreDBClusterFromSnapshot',
    [
      named(rdsArn(call, `cluster:${input.DBClusterIdentifier}`)),
      ...defaultGroups(call, 'cluster-pg', input.Engine, input.EngineVersion).filter(
        (_, index) => index > 0 || !input.DBClusterParameterGroupName,
      ),
      ...(input.DBClusterParameterGroupName
        ? [parameterGroupTarget(call, input.DBClusterParameterGroupName)]
        : []),
      subnetGroupTarget(call, input.DBSubnetGroupName),
      snapshotTarget(call, input.SnapshotIdentifier),
    ],
    requestTags(input.Tags),
  );

const createInstance: Row = (input, call) => {
  const cluster = rdsState(call).clusters[input.DBClusterIdentifier];
  return on(
    'rds:CreateDBInstance',
    [
      named(rdsArn(call, `db:${input.DBInstanceIdentifier}`)),
      clusterTarget(call, input.DBClusterIdentifier),
      ...defaultGroups(call, 'pg', input.Engine, cluster?.engineVersion),
      ...(cluster ? [subnetGroupTarget(call, cluster.subnetGroup)] : []),
    ],
    requestTags(input.Tags),
  );
};

/** Listed by filter, all of a type are meant. */
const listing = (action: string, type: string, member: string): Row => {
  return (input, call) => on(`rds:${action}`, [named(rdsArn(call, `${type}:${input[member] ?? '*'}`))]);
};

/** The same operations stand under both SDK packages. */
const rds: Rows = {
  CreateDBSubnetGroup: (input, call) =>
    on(
      'rds:CreateDBSubnetGroup',
      [named(rdsArn(call, `subgrp:${input.DBSubnetGroupName}`))],
      requestTags(input.Tags),
    ),
  DescribeDBSubnetGroups: listing('DescribeDBSubnetGroups', 'subgrp', 'DBSubnetGroupName'),
  DeleteDBSubnetGroup: (input, call) =>
    on('rds:DeleteDBSubnetGroup', [subnetGroupTarget(call, input.DBSubnetGroupName)]),
  CreateDBCluster: createCluster,
  RestoreDBClusterFromSnapshot: restoreCluster,
  DescribeDBClusters: listing('DescribeDBClusters', 'cluster', 'DBClusterIdentifier'),
  ModifyDBCluster: (input, call) =>
    on('rds:ModifyDBCluster', [
      clusterTarget(call, input.DBClusterIdentifier),
      ...(input.DBClusterParameterGroupName
        ? [parameterGroupTarget(call, input.DBClusterParameterGroupName)]
        : []),
    ]),
  StartDBCluster: (input, call) => on('rds:StartDBCluster', [clusterTarget(call, input.DBClusterIdentifier)]),
  // A global cluster has no region.
  DescribeGlobalClusters: (input, { partition, account }) =>
    on('rds:DescribeGlobalClusters', [
      named(`arn:${partition}:rds::${account}:global-cluster:${input.GlobalClusterIdentifier ?? '*'}`),
    ]),
  FailoverDBCluster: (input, call) =>
    on('rds:FailoverDBCluster', [clusterTarget(call, input.DBClusterIdentifier)]),
  DeleteDBCluster: (input, call) =>
    on('rds:DeleteDBCluster', [
      clusterTarget(call, input.DBClusterIdentifier),
      ...(input.FinalDBSnapshotIdentifier
        ? [named(rdsArn(call, `cluster-snapshot:${input.FinalDBSnapshotIdentifier}`))]
        : []),
    ]),
  CreateDBInstance: createInstance,
  DescribeDBInstances: listing('DescribeDBInstances', 'db', 'DBInstanceIdentifier'),
  // Judged on the groups as well only where the call names them.
  ModifyDBInstance: (input, call) =>
    on('rds:ModifyDBInstance', [instanceTarget(call, input.DBInstanceIdentifier)]),
  DeleteDBInstance: (input, call) =>
    on('rds:DeleteDBInstance', [instanceTarget(call, input.DBInstanceIdentifier)]),
  // On the cluster, and on what is made of it.
  CreateDBClusterSnapshot: (input, call) =>
    on(
      'rds:CreateDBClusterSnapshot',
      [
        clusterTarget(call, input.DBClusterIdentifier),
        snapshotTarget(call, input.DBClusterSnapshotIdentifier),
      ],
      requestTags(input.Tags),
    ),
  DescribePendingMaintenanceActions: ({ ResourceIdentifier: arn }, call) =>
    on(
      'rds:DescribePendingMaintenanceActions',
      (arn ? [arn] : [rdsArn(call, 'cluster:*'), rdsArn(call, 'db:*')]).map((one) => named(one)),
    ),
  DescribeEngineDefaultClusterParameters: () => anywhere('rds:DescribeEngineDefaultClusterParameters'),
  DescribeDBClusterSnapshots: ({ DBClusterSnapshotIdentifier: id = '*' }, call) =>
    on('rds:DescribeDBClusterSnapshots', [snapshotTarget(call, id)]),
  DescribeDBEngineVersions: () => anywhere('rds:DescribeDBEngineVersions'),
  DescribeOrderableDBInstanceOptions: () => anywhere('rds:DescribeOrderableDBInstanceOptions'),
  DescribeAccountAttributes: () => anywhere('rds:DescribeAccountAttributes'),
  DescribeDBClusterParameters: listing(
    'DescribeDBClusterParameters',
    'cluster-pg',
    'DBClusterParameterGroupName',
  ),
  DescribeDBClusterParameterGroups: listing(
    'DescribeDBClusterParameterGroups',
    'cluster-pg',
    'DBClusterParameterGroupName',
  ),
  CreateDBClusterParameterGroup: (input, call) =>
    on(
      'rds:CreateDBClusterParameterGroup',
      [named(rdsArn(call, `cluster-pg:${input.DBClusterParameterGroupName}`))],
      requestTags(input.Tags),
    ),
  ModifyDBClusterParameterGroup: (input, call) =>
    on('rds:ModifyDBClusterParameterGroup', [parameterGroupTarget(call, input.DBClusterParameterGroupName)]),
  DeleteDBClusterParameterGroup: (input, call) =>
    on('rds:DeleteDBClusterParameterGroup', [parameterGroupTarget(call, input.DBClusterParameterGroupName)]),
  ListTagsForResource: (input) => on('rds:ListTagsForResource', [named(input.ResourceName)]),
  AddTagsToResource: (input, call) =>
    on('rds:AddTagsToResource', [taggedDatabaseTarget(call, input.ResourceName)], requestTags(input.Tags)),
  RemoveTagsFromResource: (input, call) =>
    on('rds:RemoveTagsFromResource', [taggedDatabaseTarget(call, input.ResourceName)], {
      'aws:TagKeys': input.TagKeys,
    }),
};

const cacheArn = (call: Call, resource: string) => arnIn(call, 'elasticache', resource);

export function replicationGroupTarget(call: Call, id: string): Target {
  return carrying(
    cacheArn(call, `replicationgroup:${id}`),
    elasticacheState(call).replicationGroups[id]?.tags,
  );
}
function cacheSubnetGroupTarget(call: Call, name: string): Target {
  return carrying(cacheArn(call, `subnetgroup:${name}`), elasticacheState(call).subnetGroups[name]?.tags);
}
/** The nodes of a group: cache clusters that ElastiCache numbers. */
export function nodeTargets(call: Call, groupId: string, count: number): Target[] {
  return Array.from({ length: count }, (_, index) =>
    named(cacheArn(call, `cluster:${groupId}-${String(index + 1).padStart(3, '0')}`)),
  );
}

const createReplicationGroup: Row = (input, call) => {
  const [major] = String(input.EngineVersion ?? '').split('.');
  const itself = named(cacheArn(call, `replicationgroup:${input.ReplicationGroupId}`), {
    ...requestTags(input.Tags),
    // AWS's default is unencrypted, at rest and in transit.
    'elasticache:AtRestEncryptionEnabled': String(input.AtRestEncryptionEnabled ?? false),
    'elasticache:TransitEncryptionEnabled': String(input.TransitEncryptionEnabled ?? false),
  });
  return on('elasticache:CreateReplicationGroup', [
    itself,
    ...nodeTargets(call, input.ReplicationGroupId, input.NumCacheClusters ?? 1),
    named(
      cacheArn(call, `parametergroup:${input.CacheParameterGroupName ?? `default.${input.Engine}${major}`}`),
    ),
    ...(input.CacheSubnetGroupName ? [cacheSubnetGroupTarget(call, input.CacheSubnetGroupName)] : []),
    ...(input.UserGroupIds ?? []).map((id: string) => userGroupTarget(call, id)),
    ...(input.SnapshotName ? [named(cacheArn(call, `snapshot:${input.SnapshotName}`))] : []),
  ]);
};

const userTarget = (call: Call, id: string): Target =>
  carrying(cacheArn(call, `user:${id}`), elasticacheState(call).users?.[id.toLowerCase()]?.tags);

const userGroupTarget = (call: Call, id: string): Target =>
  carrying(cacheArn(call, `usergroup:${id}`), elasticacheState(call).userGroups?.[id.toLowerCase()]?.tags);

/** By the ARN that tag operations take. */
function taggedCacheTarget(call: Call, arn: string): Target {
  const [type, name = ''] = arn.split(':').slice(5);
  if (type === 'replicationgroup') return replicationGroupTarget(call, name);
  if (type === 'subnetgroup') return cacheSubnetGroupTarget(call, name);
  return type === 'user' ? userTarget(call, name) : userGroupTarget(call, name);
}

const elasticacheRows: Rows = {
  'elasticache:CreateUser': (input, call) =>
    on('elasticache:CreateUser', [named(cacheArn(call, `user:${input.UserId}`))], {
      ...requestTags(input.Tags),
      'elasticache:UserAuthenticationMode': input.AuthenticationMode?.Type,
    }),
  'elasticache:DescribeUsers': (input, call) =>
    on('elasticache:DescribeUsers', [named(cacheArn(call, `user:${input.UserId ?? '*'}`))]),
  'elasticache:DeleteUser': (input, call) => on('elasticache:DeleteUser', [userTarget(call, input.UserId)]),
  'elasticache:CreateUserGroup': (input, call) =>
    on('elasticache:CreateUserGroup', [
      named(cacheArn(call, `usergroup:${input.UserGroupId}`), requestTags(input.Tags)),
      ...(input.UserIds ?? []).map((id: string) => userTarget(call, id)),
    ]),
  'elasticache:DescribeUserGroups': (input, call) =>
    on('elasticache:DescribeUserGroups', [named(cacheArn(call, `usergroup:${input.UserGroupId ?? '*'}`))]),
  'elasticache:DeleteUserGroup': (input, call) =>
    on('elasticache:DeleteUserGroup', [userGroupTarget(call, input.UserGroupId)]),
  'elasticache:CreateCacheSubnetGroup': (input, call) =>
    on(
      'elasticache:CreateCacheSubnetGroup',
      [named(cacheArn(call, `subnetgroup:${input.CacheSubnetGroupName}`))],
      requestTags(input.Tags),
    ),
  'elasticache:DescribeCacheSubnetGroups': (input, call) =>
    on('elasticache:DescribeCacheSubnetGroups', [
      named(cacheArn(call, `subnetgroup:${input.CacheSubnetGroupName ?? '*'}`)),
    ]),
  'elasticache:DeleteCacheSubnetGroup': (input, call) =>
    on('elasticache:DeleteCacheSubnetGroup', [cacheSubnetGroupTarget(call, input.CacheSubnetGroupName)]),
  'elasticache:CreateReplicationGroup': createReplicationGroup,
  'elasticache:DescribeSnapshots': (input, call) =>
    on('elasticache:DescribeSnapshots', [named(cacheArn(call, `snapshot:${input.SnapshotName ?? '*'}`))]),
  'elasticache:DescribeReplicationGroups': (input, call) =>
    on('elasticache:DescribeReplicationGroups', [
      named(cacheArn(call, `replicationgroup:${input.ReplicationGroupId ?? '*'}`)),
    ]),
  'elasticache:ModifyReplicationGroup': (input, call) =>
    on('elasticache:ModifyReplicationGroup', [
      replicationGroupTarget(call, input.ReplicationGroupId),
      ...(input.CacheParameterGroupName
        ? [named(cacheArn(call, `parametergroup:${input.CacheParameterGroupName}`))]
        : []),
    ]),
  ...Object.fromEntries(
    ['IncreaseReplicaCount', 'DecreaseReplicaCount', 'ListAllowedNodeTypeModifications'].map((action) => [
      `elasticache:${action}`,
      (input: { ReplicationGroupId: string }, call: Call) =>
        on(`elasticache:${action}`, [replicationGroupTarget(call, input.ReplicationGroupId)]),
    ]),
  ),
  'elasticache:DeleteReplicationGroup': (input, call) =>
    on('elasticache:DeleteReplicationGroup', [
      replicationGroupTarget(call, input.ReplicationGroupId),
      ...(input.FinalSnapshotIdentifier
        ? [named(cacheArn(call, `snapshot:${input.FinalSnapshotIdentifier}`))]
        : []),
    ]),
  'elasticache:DescribeCacheClusters': (input, call) =>
    on('elasticache:DescribeCacheClusters', [
      named(cacheArn(call, `cluster:${input.CacheClusterId ?? '*'}`)),
    ]),
  ...Object.fromEntries(
    ['DescribeCacheEngineVersions', 'DescribeEvents', 'DescribeReservedCacheNodesOfferings'].map((action) => [
      `elasticache:${action}`,
      () => anywhere(`elasticache:${action}`),
    ]),
  ),
  'elasticache:AddTagsToResource': (input, call) =>
    on(
      'elasticache:AddTagsToResource',
      [taggedCacheTarget(call, input.ResourceName)],
      requestTags(input.Tags),
    ),
  'elasticache:RemoveTagsFromResource': (input, call) =>
    on('elasticache:RemoveTagsFromResource', [taggedCacheTarget(call, input.ResourceName)], {
      'aws:TagKeys': input.TagKeys,
    }),
  'elasticache:ListTagsForResource': (input) =>
    on('elasticache:ListTagsForResource', [named(input.ResourceName)]),
};

function fileSystemTarget(call: Call, given: string): Target {
  const id = given.split('/').at(-1) as string;
  return carrying(
    arnIn(call, 'elasticfilesystem', `file-system/${id}`),
    efsState(call).fileSystems[id]?.tags,
  );
}

const efsIdOf = (
  call: Call,
  input: { FileSystemId?: string; MountTargetId?: string; ResourceId?: string },
): string =>
  input.FileSystemId ??
  input.ResourceId ??
  efsState(call).mountTargets[input.MountTargetId ?? '']?.fileSystemId ??
  'fs-00000000000000000';

/** Mount targets have no ARN: what is done to them is judged on their file system. */
const fileSystem =
  (action: string): Row =>
  (input, call) =>
    on(`elasticfilesystem:${action}`, [fileSystemTarget(call, efsIdOf(call, input))]);

const efsRows: Rows = {
  'efs:CreateFileSystem': (input) =>
    anywhere('elasticfilesystem:CreateFileSystem', {
      ...requestTags(input.Tags),
      // AWS's default is unencrypted.
      'elasticfilesystem:Encrypted': String(input.Encrypted ?? false),
    }),
  'efs:DescribeFileSystems': (input, call) =>
    on('elasticfilesystem:DescribeFileSystems', [
      input.FileSystemId
        ? fileSystemTarget(call, input.FileSystemId)
        : named(arnIn(call, 'elasticfilesystem', 'file-system/*')),
    ]),
  'efs:TagResource': (input, call) =>
    on('elasticfilesystem:TagResource', [fileSystemTarget(call, input.ResourceId)], requestTags(input.Tags)),
  'efs:UntagResource': (input, call) =>
    on('elasticfilesystem:UntagResource', [fileSystemTarget(call, input.ResourceId)], {
      'aws:TagKeys': input.TagKeys,
    }),
  ...Object.fromEntries(
    [
      'DeleteFileSystem',
      'DescribeBackupPolicy',
      'DescribeReplicationConfigurations',
      'ListTagsForResource',
      'PutBackupPolicy',
      'UpdateFileSystem',
      'CreateMountTarget',
      'DescribeMountTargets',
      'DeleteMountTarget',
      'DescribeMountTargetSecurityGroups',
      'ModifyMountTargetSecurityGroups',
    ].map((action) => [`efs:${action}`, fileSystem(action)]),
  ),
};

export const dataRows: Rows = {
  ...Object.fromEntries(
    Object.entries(rds).flatMap(([action, row]) => [
      [`rds:${action}`, row],
      [`docdb:${action}`, row],
    ]),
  ),
  ...elasticacheRows,
  ...efsRows,
};
