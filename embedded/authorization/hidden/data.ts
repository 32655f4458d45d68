/** Hidden calls of the data services. */

import type { AccessRequest } from '#embedded/authorization/policy.ts';
import { arnIn, named, on, type Row, requestTags, type Target } from '#embedded/authorization/request.ts';
import { clusterTarget, nodeTargets, replicationGroupTarget } from '#embedded/authorization/rows/data.ts';
import { judged, made, there } from '#embedded/authorization/rows/ec2.ts';
import type { Call } from '#embedded/model.ts';
import { ec2State } from '#embedded/services/ec2/state.ts';
import { efsState } from '#embedded/services/efs/state.ts';
import { elasticacheState } from '#embedded/services/elasticache/state.ts';
import { rdsState } from '#embedded/services/rds/state.ts';
import { type HiddenCall, looksAtEc2, makesServiceLinkedRole } from './hidden-call.ts';

const both = (action: string) => [`rds:${action}`, `docdb:${action}`];
const rdsTarget = (call: Call, resource: string) => named(arnIn(call, 'rds', resource));

function rdsTagging(action: string, resource: (input: never) => string): HiddenCall {
  const asks: Row = (input, call) =>
    input.Tags?.length
      ? on('rds:AddTagsToResource', [rdsTarget(call, resource(input as never))], requestTags(input.Tags))
      : [];
  return {
    of: both(action),
    when: 'the call has tags',
    source: 'RDS user guide, "Tagging Amazon RDS resources": rds:AddTagsToResource to create with tags',
    asks,
  };
}

/** A key of the customer's. AWS's own keys allow everybody in the account who comes through the service. */
function customerKey(
  call: Call,
  keyId: string | undefined,
  actions: readonly string[],
  service: string,
): AccessRequest[] {
  if (!keyId) return [];
  const arn = keyId.startsWith('arn:') ? keyId : arnIn(call, 'kms', `key/${keyId}`);
  const via = {
    'kms:ViaService': `${service}.${call.region}.amazonaws.com`,
    'kms:CallerAccount': call.account,
  };
  const ofGrant = { ...via, 'kms:GrantIsForAWSResource': 'true' };
  return actions.flatMap((action) =>
    on(`kms:${action}`, [named(arn)], action === 'CreateGrant' ? ofGrant : via),
  );
}

const rdsHidden: readonly HiddenCall[] = [
  {
    of: [
      ...both('CreateDBSubnetGroup'),
      ...both('CreateDBCluster'),
      ...both('RestoreDBClusterFromSnapshot'),
      ...both('CreateDBInstance'),
    ],
    when: 'always: RDS looks at the network it is given',
    source: 'no page says which of them RDS asks for as the caller; aws-facts 6',
    unsettled: true,
    asks: (_input, call) => looksAtEc2(call, 'Vpcs', 'Subnets', 'SecurityGroups', 'AvailabilityZones'),
  },
  {
    of: [...both('CreateDBCluster'), ...both('RestoreDBClusterFromSnapshot'), ...both('CreateDBInstance')],
    when: 'the account has no RDS resource yet',
    source: 'RDS user guide, "Using service-linked roles for Amazon RDS"',
    asks: (_input, call) => makesServiceLinkedRole(call, 'rds.amazonaws.com'),
  },
  {
    of: [...both('CreateDBCluster'), ...both('ModifyDBCluster')],
    when: 'RDS manages the password, from now on',
    source:
      'Aurora user guide, "Password management with Amazon Aurora and AWS Secrets Manager", permissions required',
    asks: ({ ManageMasterUserPassword, MasterUserSecretKmsKeyId }, call) =>
      ManageMasterUserPassword
        ? [
            ...['CreateSecret', 'TagResource'].flatMap((action) =>
              on(`secretsmanager:${action}`, [
                named(
                  arnIn(
                    call,
                    'secretsmanager',
                    'secret:rds!cluster-00000000-0000-0000-0000-000000000000-AbCdEf',
                  ),
                ),
              ]),
            ),
            ...on('kms:DescribeKey', [named(MasterUserSecretKmsKeyId ?? rdsState(call).secretKeyId)]),
            ...customerKey(
              call,
              MasterUserSecretKmsKeyId,
              ['Decrypt', 'GenerateDataKey', 'CreateGrant'],
              'secretsmanager',
            ),
          ]
        : [],
  },
  {
    of: both('CreateDBCluster'),
    when: "storage is encrypted with a customer's key",
    source: 'Aurora user guide, "AWS KMS key management"; key policy of aws/rds for the default',
    asks: ({ KmsKeyId }, call) => customerKey(call, KmsKeyId, ['CreateGrant', 'DescribeKey'], 'rds'),
  },
  rdsTagging(
    'CreateDBSubnetGroup',
    ({ DBSubnetGroupName }: { DBSubnetGroupName: string }) => `subgrp:${DBSubnetGroupName}`,
  ),
  rdsTagging(
    'CreateDBClusterParameterGroup',
    ({ DBClusterParameterGroupName }: { DBClusterParameterGroupName: string }) =>
      `cluster-pg:${DBClusterParameterGroupName}`,
  ),
  rdsTagging(
    'CreateDBCluster',
    ({ DBClusterIdentifier }: { DBClusterIdentifier: string }) => `cluster:${DBClusterIdentifier}`,
  ),
  rdsTagging(
    'RestoreDBClusterFromSnapshot',
    ({ DBClusterIdentifier }: { DBClusterIdentifier: string }) => `cluster:${DBClusterIdentifier}`,
  ),
  {
    of: both('RestoreDBClusterFromSnapshot'),
    when: "the snapshot is encrypted with a customer's key, which the cluster then has",
    source:
      'Aurora user guide, "AWS KMS key management": kms:CreateGrant and kms:DescribeKey on the key of a snapshot',
    asks: ({ SnapshotIdentifier }, call) => {
      const { snapshots, storageKeyId } = rdsState(call);
      const key = snapshots[SnapshotIdentifier.split(':').at(-1).toLowerCase()]?.kmsKeyId;
      return key === storageKeyId ? [] : customerKey(call, key, ['CreateGrant', 'DescribeKey'], 'rds');
    },
  },
  rdsTagging(
    'CreateDBClusterSnapshot',
    ({ DBClusterSnapshotIdentifier }: { DBClusterSnapshotIdentifier: string }) =>
      `cluster-snapshot:${DBClusterSnapshotIdentifier}`,
  ),
  rdsTagging(
    'CreateDBInstance',
    ({ DBInstanceIdentifier }: { DBInstanceIdentifier: string }) => `db:${DBInstanceIdentifier}`,
  ),
  {
    of: both('DeleteDBCluster'),
    when: 'a final snapshot is made; it takes the tags of its cluster where the cluster says so',
    source:
      'service authorization reference: DeleteDBCluster is judged on cluster-snapshot; RDS user guide, "Copying tags to DB cluster snapshots"',
    asks: ({ DBClusterIdentifier, FinalDBSnapshotIdentifier }, call) => {
      if (!FinalDBSnapshotIdentifier) return [];
      const snapshot = rdsTarget(call, `cluster-snapshot:${FinalDBSnapshotIdentifier}`);
      const tags = rdsState(call).clusters[DBClusterIdentifier]?.tags;
      return [
        ...on('rds:CreateDBClusterSnapshot', [clusterTarget(call, DBClusterIdentifier), snapshot]),
        ...on('rds:AddTagsToResource', [snapshot], requestTags(tags)),
      ];
    },
  },
];

const elasticacheHidden: readonly HiddenCall[] = [
  {
    of: ['elasticache:CreateCacheSubnetGroup', 'elasticache:CreateReplicationGroup'],
    when: 'always: ElastiCache looks at the network it is given',
    source: 'ElastiCache user guide, "Using identity-based policies": EC2 actions its console and API need',
    asks: (_input, call) => looksAtEc2(call, 'Vpcs', 'Subnets', 'SecurityGroups', 'AvailabilityZones'),
  },
  {
    of: ['elasticache:CreateReplicationGroup'],
    when: 'the account has no ElastiCache resource yet',
    source: 'ElastiCache user guide, "Using service-linked roles"',
    asks: (_input, call) => makesServiceLinkedRole(call, 'elasticache.amazonaws.com'),
  },
  {
    of: ['elasticache:CreateReplicationGroup'],
    when: 'the call has tags: the group and its nodes get them',
    source:
      'ElastiCache user guide, "Resource-level permissions": elasticache:AddTagsToResource to create with tags',
    asks: (input, call) =>
      input.Tags?.length
        ? on(
            'elasticache:AddTagsToResource',
            [
              named(arnIn(call, 'elasticache', `replicationgroup:${input.ReplicationGroupId}`)),
              ...nodeTargets(call, input.ReplicationGroupId, input.NumCacheClusters ?? 1),
            ],
            requestTags(input.Tags),
          )
        : [],
  },
  {
    of: ['elasticache:CreateUser', 'elasticache:CreateUserGroup'],
    when: 'the call has tags',
    source: 'as for replication groups',
    asks: (input, call) =>
      input.Tags?.length
        ? on(
            'elasticache:AddTagsToResource',
            [
              named(
                arnIn(
                  call,
                  'elasticache',
                  input.UserGroupId ? `usergroup:${input.UserGroupId}` : `user:${input.UserId}`,
                ),
              ),
            ],
            requestTags(input.Tags),
          )
        : [],
  },
  {
    of: ['elasticache:CreateCacheSubnetGroup'],
    when: 'the call has tags',
    source: 'as for replication groups',
    asks: (input, call) =>
      input.Tags?.length
        ? on(
            'elasticache:AddTagsToResource',
            [named(arnIn(call, 'elasticache', `subnetgroup:${input.CacheSubnetGroupName}`))],
            requestTags(input.Tags),
          )
        : [],
  },
  {
    of: ['elasticache:DeleteReplicationGroup'],
    when: 'a final snapshot is made, of one of the nodes',
    source:
      'ElastiCache API reference, DeleteReplicationGroup: CreateSnapshot permission is required to create a final snapshot',
    asks: ({ ReplicationGroupId, FinalSnapshotIdentifier }, call) => {
      if (!FinalSnapshotIdentifier) return [];
      const count = elasticacheState(call).replicationGroups[ReplicationGroupId]?.members.length ?? 1;
      return on('elasticache:CreateSnapshot', [
        replicationGroupTarget(call, ReplicationGroupId),
        ...nodeTargets(call, ReplicationGroupId, count),
        named(arnIn(call, 'elasticache', `snapshot:${FinalSnapshotIdentifier}`)),
      ]);
    },
  },
];

/** The interface of a mount target. */
function interfaceOf(call: Call, mountTargetId: string): Target[] {
  const id = efsState(call).mountTargets[mountTargetId]?.networkInterfaceId;
  return id && ec2State(call).networkInterfaces[id] ? [there(call, id)] : [];
}

const efsHidden: readonly HiddenCall[] = [
  {
    of: ['efs:CreateFileSystem'],
    when: 'the call has tags',
    source: 'EFS API reference, CreateFileSystem: elasticfilesystem:TagResource to create with tags',
    asks: ({ Tags }, call) =>
      Tags?.length
        ? on('elasticfilesystem:TagResource', [named(arnIn(call, 'elasticfilesystem', 'file-system/*'))], {
            ...requestTags(Tags),
            'elasticfilesystem:CreateAction': 'CreateFileSystem',
          })
        : [],
  },
  {
    of: ['efs:CreateFileSystem'],
    when: 'the account has no file system yet',
    source: 'EFS user guide, "Using service-linked roles for Amazon EFS"',
    asks: (_input, call) => makesServiceLinkedRole(call, 'elasticfilesystem.amazonaws.com'),
  },
  {
    of: ['efs:CreateFileSystem'],
    when: "it is encrypted with a customer's key",
    source:
      'EFS user guide, "Using AWS KMS keys for Amazon EFS"; the key policy of aws/elasticfilesystem for the default',
    asks: ({ KmsKeyId }, call) =>
      customerKey(call, KmsKeyId, ['DescribeKey', 'CreateGrant'], 'elasticfilesystem'),
  },
  {
    of: ['efs:CreateMountTarget'],
    when: 'always: EFS makes an interface as the caller',
    source: 'EFS API reference, CreateMountTarget, required permissions; DescribeSecurityGroups with groups',
    asks: ({ SubnetId, SecurityGroups = [] }: { SubnetId: string; SecurityGroups?: string[] }, call) => [
      ...looksAtEc2(
        call,
        'Subnets',
        'NetworkInterfaces',
        ...(SecurityGroups.length ? ['SecurityGroups'] : []),
      ),
      ...judged(call, 'CreateNetworkInterface', [
        ...[SubnetId, ...SecurityGroups].map((id) => there(call, id)),
        made(call, 'network-interface', undefined),
      ]),
    ],
  },
  {
    of: ['efs:ModifyMountTargetSecurityGroups'],
    when: 'always: EFS changes the interface as the caller',
    source: 'EFS API reference, ModifyMountTargetSecurityGroups, required permissions',
    asks: (
      { MountTargetId, SecurityGroups = [] }: { MountTargetId: string; SecurityGroups?: string[] },
      call,
    ) =>
      judged(call, 'ModifyNetworkInterfaceAttribute', [
        ...interfaceOf(call, MountTargetId),
        ...SecurityGroups.map((id) => there(call, id)),
      ]),
  },
  {
    of: ['efs:DeleteMountTarget'],
    when: 'always: EFS deletes the interface as the caller',
    source: 'EFS API reference, DeleteMountTarget, required permissions',
    asks: ({ MountTargetId }, call) => [
      ...looksAtEc2(call, 'NetworkInterfaces'),
      ...judged(call, 'DeleteNetworkInterface', interfaceOf(call, MountTargetId)),
    ],
  },
];

export const dataHidden: readonly HiddenCall[] = [...rdsHidden, ...elasticacheHidden, ...efsHidden];
