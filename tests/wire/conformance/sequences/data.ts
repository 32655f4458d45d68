/** Databases, caches and file systems. */
import {
  CreateDBClusterCommand as CreateDocumentdbCluster,
  DeleteDBClusterCommand as DeleteDocumentdbCluster,
  DescribeDBClustersCommand as DescribeDocumentdbClusters,
  DocDBClient,
} from '@aws-sdk/client-docdb';
import {
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeSecurityGroupsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import {
  CreateFileSystemCommand,
  CreateMountTargetCommand,
  DeleteFileSystemCommand,
  DeleteMountTargetCommand,
  DescribeBackupPolicyCommand,
  DescribeFileSystemsCommand,
  DescribeMountTargetSecurityGroupsCommand,
  DescribeMountTargetsCommand,
  EFSClient,
  PutBackupPolicyCommand,
} from '@aws-sdk/client-efs';
import {
  CreateCacheSubnetGroupCommand,
  CreateReplicationGroupCommand,
  DeleteCacheSubnetGroupCommand,
  DeleteReplicationGroupCommand,
  DescribeCacheClustersCommand,
  DescribeCacheSubnetGroupsCommand,
  DescribeReplicationGroupsCommand,
  ElastiCacheClient,
  ListTagsForResourceCommand as ListCacheTags,
  ModifyReplicationGroupCommand,
} from '@aws-sdk/client-elasticache';
import {
  CreateDBClusterCommand,
  CreateDBInstanceCommand,
  CreateDBSubnetGroupCommand,
  DeleteDBClusterCommand,
  DeleteDBInstanceCommand,
  DeleteDBSubnetGroupCommand,
  DescribeAccountAttributesCommand,
  DescribeDBClustersCommand,
  DescribeDBEngineVersionsCommand,
  DescribeDBInstancesCommand,
  DescribeDBSubnetGroupsCommand,
  ListTagsForResourceCommand,
  ModifyDBClusterCommand,
  RDSClient,
} from '@aws-sdk/client-rds';
import type { Ask, Sequence } from '../ask.ts';
import { unknown } from './unknown.ts';

const Tags = [{ Key: 'owner', Value: 'conformance' }];

async function network(ask: Ask) {
  const vpc = await ask('create the VPC', EC2Client, new CreateVpcCommand({ CidrBlock: '10.1.0.0/16' }));
  const VpcId = vpc?.Vpc?.VpcId as string;
  ask.settle();
  const subnets: string[] = [];
  for (const [index, letter] of ['a', 'b', 'c'].entries()) {
    const made = await ask(
      `create subnet ${letter}`,
      EC2Client,
      new CreateSubnetCommand({
        VpcId,
        CidrBlock: `10.1.${index}.0/24`,
        AvailabilityZone: `eu-central-1${letter}`,
      }),
    );
    subnets.push(made?.Subnet?.SubnetId as string);
  }
  ask.settle();
  const groups = await ask(
    'default group',
    EC2Client,
    new DescribeSecurityGroupsCommand({ Filters: [{ Name: 'vpc-id', Values: [VpcId] }] }),
  );
  return { subnets, group: groups?.SecurityGroups?.[0]?.GroupId as string };
}

const aurora: Sequence = async (ask) => {
  const { subnets, group } = await network(ask);
  const DBSubnetGroupName = 'conformance';
  const subnetGroup = (SubnetIds: string[], name = DBSubnetGroupName) =>
    new CreateDBSubnetGroupCommand({
      DBSubnetGroupName: name,
      DBSubnetGroupDescription: 'of the conformance suite',
      SubnetIds,
      Tags,
    });
  await ask('subnet group in one zone', RDSClient, subnetGroup(subnets.slice(0, 1), 'one-zone'));
  await ask('subnet group in unknown subnets', RDSClient, subnetGroup([unknown.subnet], 'nowhere'));
  const made = await ask('subnet group', RDSClient, subnetGroup(subnets));
  await ask('subnet group again', RDSClient, subnetGroup(subnets));
  await ask('describe the subnet group', RDSClient, new DescribeDBSubnetGroupsCommand({ DBSubnetGroupName }));
  await ask(
    'describe an unknown subnet group',
    RDSClient,
    new DescribeDBSubnetGroupsCommand({ DBSubnetGroupName: 'nobody' }),
  );
  await ask(
    'tags of the subnet group',
    RDSClient,
    new ListTagsForResourceCommand({ ResourceName: made?.DBSubnetGroup?.DBSubnetGroupArn }),
  );
  const DBClusterIdentifier = 'conformance';
  const create = (more = {}) =>
    new CreateDBClusterCommand({
      DBClusterIdentifier,
      Engine: 'aurora-postgresql',
      EngineVersion: '16.6',
      MasterUsername: 'aosadmin',
      ManageMasterUserPassword: true,
      DBSubnetGroupName,
      VpcSecurityGroupIds: [group],
      StorageEncrypted: true,
      Port: 5432,
      Tags,
      ...more,
    });
  await ask(
    'create in an unknown subnet group',
    RDSClient,
    create({ DBClusterIdentifier: 'other', DBSubnetGroupName: 'nobody' }),
  );
  await ask('create', RDSClient, create());
  ask.settle();
  await ask('describe', RDSClient, new DescribeDBClustersCommand({ DBClusterIdentifier }));
  await ask(
    'describe an unknown one',
    RDSClient,
    new DescribeDBClustersCommand({ DBClusterIdentifier: 'nobody' }),
  );
  const instance = (more = {}) =>
    new CreateDBInstanceCommand({
      DBInstanceIdentifier: 'conformance-1',
      DBInstanceClass: 'db.t3.medium',
      Engine: 'aurora-postgresql',
      DBClusterIdentifier,
      Tags,
      ...more,
    });
  await ask('instance', RDSClient, instance());
  ask.settle();
  await ask('instance again', RDSClient, instance());
  await ask(
    'instance in an unknown cluster',
    RDSClient,
    instance({ DBInstanceIdentifier: 'other', DBClusterIdentifier: 'nobody' }),
  );
  await ask(
    'describe instances of the cluster',
    RDSClient,
    new DescribeDBInstancesCommand({ Filters: [{ Name: 'db-cluster-id', Values: [DBClusterIdentifier] }] }),
  );
  await ask(
    'describe an unknown instance',
    RDSClient,
    new DescribeDBInstancesCommand({ DBInstanceIdentifier: 'nobody' }),
  );
  await ask(
    'modify',
    RDSClient,
    new ModifyDBClusterCommand({ DBClusterIdentifier, BackupRetentionPeriod: 7, ApplyImmediately: true }),
  );
  ask.settle();
  await ask(
    'modify an unknown one',
    RDSClient,
    new ModifyDBClusterCommand({
      DBClusterIdentifier: 'nobody',
      BackupRetentionPeriod: 7,
      ApplyImmediately: true,
    }),
  );
  await ask(
    'delete with instances',
    RDSClient,
    new DeleteDBClusterCommand({ DBClusterIdentifier, SkipFinalSnapshot: true }),
  );
  await ask(
    'delete the instance',
    RDSClient,
    new DeleteDBInstanceCommand({ DBInstanceIdentifier: 'conformance-1' }),
  );
  ask.settle();
  await ask(
    'delete the instance again',
    RDSClient,
    new DeleteDBInstanceCommand({ DBInstanceIdentifier: 'conformance-1' }),
  );
  await ask(
    'delete',
    RDSClient,
    new DeleteDBClusterCommand({ DBClusterIdentifier, SkipFinalSnapshot: true }),
  );
  ask.settle();
  await ask(
    'delete again',
    RDSClient,
    new DeleteDBClusterCommand({ DBClusterIdentifier, SkipFinalSnapshot: true }),
  );
  ask.settle();
  await ask('a spare subnet group', RDSClient, subnetGroup(subnets, 'spare'));
  const deleteSpare = () => new DeleteDBSubnetGroupCommand({ DBSubnetGroupName: 'spare' });
  await ask('delete the spare subnet group', RDSClient, deleteSpare());
  ask.settle();
  await ask('delete the spare subnet group again', RDSClient, deleteSpare());
  await ask('create the last', RDSClient, create({ DBClusterIdentifier: 'last' }));
  ask.settle();
  await ask(
    'delete without a word about snapshots',
    RDSClient,
    new DeleteDBClusterCommand({ DBClusterIdentifier: 'last' }),
  );
  await ask(
    'delete the subnet group in use',
    RDSClient,
    new DeleteDBSubnetGroupCommand({ DBSubnetGroupName }),
  );
  await ask(
    'engine versions',
    RDSClient,
    new DescribeDBEngineVersionsCommand({ Engine: 'aurora-postgresql', DefaultOnly: true }),
  );
  await ask('account attributes', RDSClient, new DescribeAccountAttributesCommand({}));
};

const documentdb: Sequence = async (ask) => {
  const DBClusterIdentifier = 'documents';
  await ask(
    'create',
    DocDBClient,
    new CreateDocumentdbCluster({
      DBClusterIdentifier,
      Engine: 'docdb',
      MasterUsername: 'aosadmin',
      ManageMasterUserPassword: true,
      DBSubnetGroupName: 'nobody',
    }),
  );
  await ask(
    'describe an unknown one',
    DocDBClient,
    new DescribeDocumentdbClusters({ DBClusterIdentifier: 'nobody' }),
  );
  await ask(
    'delete an unknown one',
    DocDBClient,
    new DeleteDocumentdbCluster({ DBClusterIdentifier: 'nobody', SkipFinalSnapshot: true }),
  );
};

const elasticache: Sequence = async (ask) => {
  const { subnets, group } = await network(ask);
  const CacheSubnetGroupName = 'conformance';
  const subnetGroup = (SubnetIds: string[], name = CacheSubnetGroupName) =>
    new CreateCacheSubnetGroupCommand({
      CacheSubnetGroupName: name,
      CacheSubnetGroupDescription: 'of the conformance suite',
      SubnetIds,
      Tags,
    });
  await ask('subnet group in unknown subnets', ElastiCacheClient, subnetGroup([unknown.subnet], 'nowhere'));
  const made = await ask('subnet group', ElastiCacheClient, subnetGroup(subnets));
  await ask('subnet group again', ElastiCacheClient, subnetGroup(subnets));
  await ask(
    'describe the subnet group',
    ElastiCacheClient,
    new DescribeCacheSubnetGroupsCommand({ CacheSubnetGroupName }),
  );
  await ask(
    'describe an unknown subnet group',
    ElastiCacheClient,
    new DescribeCacheSubnetGroupsCommand({ CacheSubnetGroupName: 'nobody' }),
  );
  await ask(
    'tags of the subnet group',
    ElastiCacheClient,
    new ListCacheTags({ ResourceName: made?.CacheSubnetGroup?.ARN }),
  );
  const ReplicationGroupId = 'conformance';
  const create = (more = {}) =>
    new CreateReplicationGroupCommand({
      ReplicationGroupId,
      ReplicationGroupDescription: 'of the conformance suite',
      Engine: 'redis',
      EngineVersion: '7.1',
      CacheNodeType: 'cache.t4g.medium',
      NumCacheClusters: 2,
      AutomaticFailoverEnabled: true,
      MultiAZEnabled: true,
      CacheSubnetGroupName,
      SecurityGroupIds: [group],
      TransitEncryptionEnabled: true,
      AtRestEncryptionEnabled: true,
      Tags,
      ...more,
    });
  await ask(
    'create in an unknown subnet group',
    ElastiCacheClient,
    create({ ReplicationGroupId: 'other', CacheSubnetGroupName: 'nobody' }),
  );
  await ask('create', ElastiCacheClient, create());
  ask.settle();
  await ask('create again', ElastiCacheClient, create());
  await ask('describe', ElastiCacheClient, new DescribeReplicationGroupsCommand({ ReplicationGroupId }));
  await ask(
    'describe an unknown one',
    ElastiCacheClient,
    new DescribeReplicationGroupsCommand({ ReplicationGroupId: 'nobody' }),
  );
  await ask('members', ElastiCacheClient, new DescribeCacheClustersCommand({}));
  await ask(
    'modify',
    ElastiCacheClient,
    new ModifyReplicationGroupCommand({
      ReplicationGroupId,
      SnapshotRetentionLimit: 3,
      ApplyImmediately: true,
    }),
  );
  ask.settle();
  await ask(
    'delete the subnet group in use',
    ElastiCacheClient,
    new DeleteCacheSubnetGroupCommand({ CacheSubnetGroupName }),
  );
  await ask('delete', ElastiCacheClient, new DeleteReplicationGroupCommand({ ReplicationGroupId }));
  ask.settle();
  await ask(
    'describe one that is gone',
    ElastiCacheClient,
    new DescribeReplicationGroupsCommand({ ReplicationGroupId }),
  );
  await ask(
    'delete an unknown one',
    ElastiCacheClient,
    new DeleteReplicationGroupCommand({ ReplicationGroupId: 'nobody' }),
  );
};

const efs: Sequence = async (ask) => {
  const { subnets, group } = await network(ask);
  const create = () =>
    new CreateFileSystemCommand({
      CreationToken: 'conformance',
      Encrypted: true,
      ThroughputMode: 'elastic',
      Tags,
    });
  const made = await ask('create', EFSClient, create());
  const FileSystemId = made?.FileSystemId as string;
  ask.settle();
  await ask('create again with the same token', EFSClient, create());
  await ask('describe by token', EFSClient, new DescribeFileSystemsCommand({ CreationToken: 'conformance' }));
  await ask(
    'describe by a token nobody has',
    EFSClient,
    new DescribeFileSystemsCommand({ CreationToken: 'nobody' }),
  );
  await ask(
    'describe an unknown one',
    EFSClient,
    new DescribeFileSystemsCommand({ FileSystemId: unknown.fileSystem }),
  );
  const target = (SubnetId: string, more = {}) =>
    new CreateMountTargetCommand({ FileSystemId, SubnetId, SecurityGroups: [group], ...more });
  const mounted = await ask('mount target', EFSClient, target(subnets[0] as string));
  const MountTargetId = mounted?.MountTargetId as string;
  ask.settle();
  await ask('a second mount target in the zone', EFSClient, target(subnets[0] as string));
  await ask('mount target in an unknown subnet', EFSClient, target(unknown.subnet));
  await ask(
    'mount target with an unknown group',
    EFSClient,
    target(subnets[1] as string, { SecurityGroups: [unknown.securityGroup] }),
  );
  await ask(
    'mount target of an unknown file system',
    EFSClient,
    target(subnets[1] as string, { FileSystemId: unknown.fileSystem }),
  );
  await ask('describe mount targets', EFSClient, new DescribeMountTargetsCommand({ FileSystemId }));
  await ask(
    'describe mount targets of an unknown file system',
    EFSClient,
    new DescribeMountTargetsCommand({ FileSystemId: unknown.fileSystem }),
  );
  await ask(
    'groups of the mount target',
    EFSClient,
    new DescribeMountTargetSecurityGroupsCommand({ MountTargetId }),
  );
  await ask(
    'groups of an unknown mount target',
    EFSClient,
    new DescribeMountTargetSecurityGroupsCommand({ MountTargetId: unknown.mountTarget }),
  );
  await ask('no backup policy', EFSClient, new DescribeBackupPolicyCommand({ FileSystemId }));
  await ask(
    'set a backup policy',
    EFSClient,
    new PutBackupPolicyCommand({ FileSystemId, BackupPolicy: { Status: 'ENABLED' } }),
  );
  await ask('delete while mounted', EFSClient, new DeleteFileSystemCommand({ FileSystemId }));
  await ask('delete the mount target', EFSClient, new DeleteMountTargetCommand({ MountTargetId }));
  ask.settle();
  await ask('delete the mount target again', EFSClient, new DeleteMountTargetCommand({ MountTargetId }));
  await ask('delete', EFSClient, new DeleteFileSystemCommand({ FileSystemId }));
  ask.settle();
  await ask('delete again', EFSClient, new DeleteFileSystemCommand({ FileSystemId }));
};

export const dataSequences: Record<string, Sequence> = {
  Aurora: aurora,
  DocumentDB: documentdb,
  ElastiCache: elasticache,
  EFS: efs,
};
