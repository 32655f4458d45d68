/** Replication groups, their members and snapshots as ElastiCache shows them. */
import type { Call } from '#embedded/model.ts';
import { zoneIdPrefix } from '#embedded/services/ec2/zones.ts';
import { familyOf } from './catalogue.ts';
import {
  type CacheSnapshot,
  cacheArn,
  elasticacheState,
  type Member,
  type ReplicationGroup,
} from './state.ts';

function domainOf(call: Call): string {
  return `${elasticacheState(call).domain}.${zoneIdPrefix(call.region)}.cache.amazonaws.com`;
}

/** Redis 6 and later are asked for as 7.1 and told as 7.1.0. */
function toldVersion(version: string): string {
  return version.split('.').length === 2 ? `${version}.0` : version;
}

/** Neither subnet group nor security groups: only the members tell those. */
export function describedGroup(call: Call, group: ReplicationGroup): object {
  const made = group.status !== 'creating' && group.status !== 'create-failed';
  return {
    ReplicationGroupId: group.id,
    ARN: group.arn,
    Description: group.description,
    Status: group.status,
    Engine: group.engine,
    CacheNodeType: group.nodeType,
    MemberClusters: group.members.map(({ id }) => id),
    NodeGroups: made ? [nodeGroup(call, group)] : [],
    AutomaticFailover: group.automaticFailover ? 'enabled' : 'disabled',
    MultiAZ: group.multiZone ? 'enabled' : 'disabled',
    ClusterEnabled: false,
    ClusterMode: 'disabled',
    ...(group.userGroupIds ? { UserGroupIds: group.userGroupIds } : {}),
    SnapshotRetentionLimit: group.snapshotRetentionDays,
    SnapshotWindow: '03:00-04:00',
    AuthTokenEnabled: false,
    TransitEncryptionEnabled: group.transitEncryption,
    ...(group.transitEncryption ? { TransitEncryptionMode: 'required' } : {}),
    AtRestEncryptionEnabled: group.atRestEncryption,
    ...(group.kmsKeyId === undefined ? {} : { KmsKeyId: group.kmsKeyId }),
    AutoMinorVersionUpgrade: group.autoMinorVersionUpgrade,
    // Of the types that have it (AmazonElastiCache/latest/dg/data-tiering.html); nobody asks for another here.
    DataTiering: 'disabled',
    ReplicationGroupCreateTime: new Date(group.createdAt),
    NetworkType: 'ipv4',
    IpDiscovery: 'ipv4',
    PendingModifiedValues: {},
    ...(group.globalDatastore
      ? {
          GlobalReplicationGroupInfo: {
            GlobalReplicationGroupId: group.globalDatastore,
            GlobalReplicationGroupMemberRole: 'PRIMARY',
          },
        }
      : {}),
  };
}

export function primaryOf(group: ReplicationGroup): string | undefined {
  return group.primary ?? group.members[0]?.id;
}

function nodeGroup(call: Call, group: ReplicationGroup): object {
  const domain = domainOf(call);
  const names = group.transitEncryption
    ? [`master.${group.id}.${domain}`, `replica.${group.id}.${domain}`]
    : [`${group.id}.ng.0001.${domain}`, `${group.id}-ro.${domain}`];
  return {
    NodeGroupId: '0001',
    Status: group.status === 'deleting' ? 'deleting' : 'available',
    PrimaryEndpoint: { Address: names[0], Port: group.port },
    ReaderEndpoint: { Address: names[1], Port: group.port },
    NodeGroupMembers: group.members.map((member) => ({
      CacheClusterId: member.id,
      CacheNodeId: '0001',
      PreferredAvailabilityZone: member.zoneName,
      CurrentRole: member.id === primaryOf(group) ? 'primary' : 'replica',
      ReadEndpoint: { Address: `${member.id}.${group.id}.${domain}`, Port: group.port },
    })),
  };
}

export function describedMember(call: Call, group: ReplicationGroup, member: Member): object {
  return {
    CacheClusterId: member.id,
    ARN: cacheArn(call, 'cluster', member.id),
    ReplicationGroupId: group.id,
    CacheClusterStatus: group.status,
    Engine: group.engine,
    EngineVersion: toldVersion(group.engineVersion),
    CacheNodeType: group.nodeType,
    NumCacheNodes: 1,
    PreferredAvailabilityZone: member.zoneName,
    CacheSubnetGroupName: group.subnetGroup,
    SecurityGroups: group.securityGroupIds.map((id) => ({ SecurityGroupId: id, Status: 'active' })),
    CacheParameterGroup: {
      CacheParameterGroupName:
        group.parameterGroup ?? `default.${familyOf(group.engine, group.engineVersion)}`,
      ParameterApplyStatus: 'in-sync',
      CacheNodeIdsToReboot: [],
    },
    AutoMinorVersionUpgrade: group.autoMinorVersionUpgrade,
    TransitEncryptionEnabled: group.transitEncryption,
    AtRestEncryptionEnabled: group.atRestEncryption,
    AuthTokenEnabled: false,
    CacheClusterCreateTime: new Date(group.createdAt),
    PendingModifiedValues: {
      ...(group.pending?.nodeType ? { CacheNodeType: group.pending.nodeType } : {}),
      ...(group.pending?.engineVersion ? { EngineVersion: group.pending.engineVersion } : {}),
    },
  };
}

export function describedSnapshot(snapshot: CacheSnapshot): object {
  const { group } = snapshot;
  return {
    SnapshotName: snapshot.name,
    ARN: snapshot.arn,
    SnapshotStatus: snapshot.status,
    SnapshotSource: 'manual',
    ReplicationGroupId: group.id,
    ReplicationGroupDescription: group.description,
    CacheNodeType: group.nodeType,
    Engine: group.engine,
    EngineVersion: toldVersion(group.engineVersion),
    NumNodeGroups: 1,
    Port: group.port,
    CacheSubnetGroupName: group.subnetGroup,
    VpcId: snapshot.vpcId,
    AutomaticFailover: group.automaticFailover ? 'enabled' : 'disabled',
    NodeSnapshots: [
      {
        NodeGroupId: '0001',
        CacheClusterId: group.members[0]?.id,
        SnapshotCreateTime: new Date(snapshot.createdAt),
      },
    ],
  };
}
