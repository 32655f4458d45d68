/** Clusters, instances and snapshots as each client shows them: DocumentDB's shapes have no tags and fewer members. */
import type { Call } from '#embedded/model.ts';
import { familyOf } from './catalogue.ts';
import { parameterGroupName } from './parameter-groups.ts';
import {
  type Client,
  type Cluster,
  type Instance,
  rdsState,
  requireCluster,
  requireSubnetGroup,
  type Snapshot,
  tagListOf,
} from './state.ts';
import { describedSubnetGroup } from './subnet-groups.ts';

/** DocumentDB has its own domain, though not its own control plane. */
function domainOf(call: Call, engine: string): string {
  return `${rdsState(call).domain}.${call.region}.${engine === 'docdb' ? 'docdb' : 'rds'}.amazonaws.com`;
}

/** The standard storage type is not told: only the other one is (aws-facts 7). */
function storageTypeTold(storageType: string): object {
  return storageType.endsWith('iopt1') ? { StorageType: storageType } : {};
}

export function describedCluster(call: Call, cluster: Cluster, client: Client): object {
  const { instances } = rdsState(call);
  const members = cluster.members.map((id) => instances[id]).filter((one) => one !== undefined);
  const domain = domainOf(call, cluster.engine);
  return {
    DBClusterIdentifier: cluster.id,
    DBClusterArn: cluster.arn,
    DbClusterResourceId: cluster.resourceId,
    Status: cluster.status,
    Engine: cluster.engine,
    EngineVersion: cluster.engineVersion,
    Endpoint: `${cluster.id}.cluster-${domain}`,
    ReaderEndpoint: `${cluster.id}.cluster-ro-${domain}`,
    HostedZoneId: `Z${rdsState(call).domain.toUpperCase()}`,
    Port: cluster.port,
    MasterUsername: cluster.masterUsername,
    ...(cluster.secret
      ? {
          MasterUserSecret: {
            SecretArn: cluster.secret.arn,
            SecretStatus: call.now < cluster.secret.activeAt ? 'creating' : 'active',
            KmsKeyId: cluster.secret.kmsKeyId,
          },
        }
      : {}),
    DBSubnetGroup: cluster.subnetGroup,
    VpcSecurityGroups: cluster.securityGroupIds.map((id) => ({ VpcSecurityGroupId: id, Status: 'active' })),
    DBClusterParameterGroup: parameterGroupName(cluster),
    DBClusterMembers: members.map((instance) => ({
      DBInstanceIdentifier: instance.id,
      IsClusterWriter: instance.id === cluster.writer,
      DBClusterParameterGroupStatus: 'in-sync',
      PromotionTier: instance.promotionTier,
    })),
    AvailabilityZones: cluster.zones,
    MultiAZ: new Set(members.map(({ zoneName }) => zoneName)).size > 1,
    StorageEncrypted: cluster.storageEncrypted,
    ...(cluster.kmsKeyId === undefined ? {} : { KmsKeyId: cluster.kmsKeyId }),
    ...storageTypeTold(cluster.storageType),
    ...(cluster.optimizedAgainFrom === undefined
      ? {}
      : { IOOptimizedNextAllowedModificationTime: new Date(cluster.optimizedAgainFrom) }),
    BackupRetentionPeriod: cluster.backupRetentionDays,
    DeletionProtection: cluster.deletionProtection,
    // Told also where there is none: aws-cli awscli/examples/rds/describe-db-clusters.rst.
    ReadReplicaIdentifiers: cluster.readReplicas ?? [],
    ...(cluster.logExports.length > 0 ? { EnabledCloudwatchLogsExports: cluster.logExports } : {}),
    ClusterCreateTime: new Date(cluster.createdAt),
    ...(client === 'docdb' ? {} : auroraMembers(cluster)),
  };
}

function auroraMembers(cluster: Cluster): object {
  return {
    ...(cluster.databaseName === undefined ? {} : { DatabaseName: cluster.databaseName }),
    // Aurora has no size of its own and always answers 1.
    AllocatedStorage: 1,
    CopyTagsToSnapshot: cluster.copyTagsToSnapshot,
    EngineMode: 'provisioned',
    PendingModifiedValues: cluster.pendingVersion ? { EngineVersion: cluster.pendingVersion } : {},
    EngineLifecycleSupport: cluster.engineLifecycleSupport,
    IAMDatabaseAuthenticationEnabled: false,
    NetworkType: 'IPV4',
    TagList: tagListOf(cluster.tags),
  };
}

export function describedInstance(call: Call, instance: Instance, client: Client): object {
  const cluster = requireCluster(call, instance.clusterId);
  const made = instance.status !== 'creating' && instance.status !== 'incompatible-network';
  const address = `${instance.id}.${domainOf(call, instance.engine)}`;
  return {
    DBInstanceIdentifier: instance.id,
    DBInstanceArn: instance.arn,
    DbiResourceId: instance.resourceId,
    DBInstanceClass: instance.instanceClass,
    DBInstanceStatus: instance.status,
    Engine: instance.engine,
    EngineVersion: cluster.engineVersion,
    DBClusterIdentifier: cluster.id,
    ...(made
      ? {
          Endpoint: {
            Address: address,
            Port: cluster.port,
            HostedZoneId: `Z${rdsState(call).domain.toUpperCase()}`,
          },
        }
      : {}),
    AvailabilityZone: instance.zoneName,
    DBSubnetGroup: describedSubnetGroup(requireSubnetGroup(call, cluster.subnetGroup)),
    VpcSecurityGroups: cluster.securityGroupIds.map((id) => ({ VpcSecurityGroupId: id, Status: 'active' })),
    PendingModifiedValues: instance.pendingClass ? { DBInstanceClass: instance.pendingClass } : {},
    PromotionTier: instance.promotionTier,
    AutoMinorVersionUpgrade: instance.autoMinorVersionUpgrade,
    PubliclyAccessible: instance.publiclyAccessible,
    PerformanceInsightsEnabled: instance.performanceInsights,
    StorageEncrypted: cluster.storageEncrypted,
    ...(cluster.kmsKeyId === undefined ? {} : { KmsKeyId: cluster.kmsKeyId }),
    BackupRetentionPeriod: cluster.backupRetentionDays,
    InstanceCreateTime: new Date(instance.createdAt),
    CACertificateIdentifier: 'rds-ca-rsa2048-g1',
    ...(client === 'docdb'
      ? {}
      : {
          MasterUsername: cluster.masterUsername,
          AllocatedStorage: 1,
          MultiAZ: false,
          DBParameterGroups: [
            {
              DBParameterGroupName:
                instance.parameterGroup ?? `default.${familyOf(cluster.engine, cluster.engineVersion)}`,
              ParameterApplyStatus: 'in-sync',
            },
          ],
          StorageType: cluster.storageType,
          // Deletion protection is the cluster's; its instances have none.
          DeletionProtection: false,
          CopyTagsToSnapshot: false,
          NetworkType: 'IPV4',
          TagList: tagListOf(instance.tags),
        }),
  };
}

export function describedSnapshot(snapshot: Snapshot, client: Client): object {
  return {
    DBClusterSnapshotIdentifier: snapshot.id,
    DBClusterSnapshotArn: snapshot.arn,
    DBClusterIdentifier: snapshot.clusterId,
    SnapshotType: 'manual',
    Status: snapshot.status,
    PercentProgress: snapshot.status === 'available' ? 100 : 0,
    SnapshotCreateTime: new Date(snapshot.createdAt),
    ClusterCreateTime: new Date(snapshot.clusterCreatedAt),
    Engine: snapshot.engine,
    EngineVersion: snapshot.engineVersion,
    MasterUsername: snapshot.masterUsername,
    Port: snapshot.port,
    VpcId: snapshot.vpcId,
    AvailabilityZones: snapshot.zones,
    StorageEncrypted: snapshot.storageEncrypted,
    ...(snapshot.kmsKeyId === undefined ? {} : { KmsKeyId: snapshot.kmsKeyId }),
    ...storageTypeTold(snapshot.storageType),
    ...(client === 'docdb'
      ? {}
      : {
          AllocatedStorage: 1,
          EngineMode: 'provisioned',
          DbClusterResourceId: snapshot.clusterResourceId,
          TagList: tagListOf(snapshot.tags),
        }),
  };
}
