/** The same for the data services: databases, cache and file system. */
import { addSecurityGroup } from '#embedded/services/ec2/security-group-state.ts';
import { efsState } from '#embedded/services/efs/state.ts';
import { elasticacheState } from '#embedded/services/elasticache/state.ts';
import { rdsState } from '#embedded/services/rds/state.ts';
import { type ErrorPath, provision, vpcId } from './damage.ts';

export const dataPaths: readonly ErrorPath[] = [
  {
    ...provision,
    title: 'database instances that broke, the writers among them',
    damage: (call) => {
      const { clusters, instances } = rdsState(call);
      for (const { writer } of Object.values(clusters)) instances[writer!]!.status = 'incompatible-network';
    },
    calls: ['AuroraEnsure', 'DocumentdbEnsure'].flatMap((key) => [
      `${key} rds:FailoverDBCluster`,
      `${key} rds:DeleteDBInstance`,
    ]),
  },
  {
    ...provision,
    title: 'empty subnet groups of an earlier VPC, and parameter groups of another version',
    damage: (call) => {
      const rds = rdsState(call);
      rds.clusters = {};
      rds.instances = {};
      for (const group of Object.values(rds.subnetGroups))
        Object.assign(group, { vpcId: 'vpc-gone', subnets: [] });
      for (const group of Object.values(rds.parameterGroups ?? {}))
        Object.assign(group, { family: 'docdb4.0' });
      const cache = elasticacheState(call);
      cache.replicationGroups = {};
      for (const group of Object.values(cache.subnetGroups))
        Object.assign(group, { vpcId: 'vpc-gone', subnets: [] });
    },
    calls: [
      'AuroraEnsure rds:DeleteDBSubnetGroup',
      'DocumentdbEnsure rds:DeleteDBSubnetGroup',
      'DocumentdbEnsure rds:DeleteDBClusterParameterGroup',
      'ElasticacheEnsure elasticache:DeleteCacheSubnetGroup',
    ],
  },
  {
    ...provision,
    title: 'an ElastiCache group that an earlier run left failed',
    damage: (call) => {
      elasticacheState(call).replicationGroups['aoscloud-dev-redis']!.status = 'create-failed';
    },
    calls: ['ElasticacheEnsure elasticache:DeleteReplicationGroup'],
  },
  {
    ...provision,
    title: 'an ElastiCache group that fails now, and says why in its events',
    damage: (call) => {
      elasticacheState(call).replicationGroups = {};
    },
    inject: ({ operation }) =>
      operation === 'elasticache:CreateReplicationGroup' ? { kind: 'outcome-fails' } : undefined,
    calls: ['ElasticacheEnsure elasticache:DescribeEvents'],
    fails: /create-failed/,
  },
  {
    ...provision,
    title: 'groups taken off ElastiCache and EFS, backups switched off, a mount target that failed',
    damage: (call) => {
      elasticacheState(call).replicationGroups['aoscloud-dev-redis']!.securityGroupIds = [];
      const { fileSystems, mountTargets } = efsState(call);
      for (const fileSystem of Object.values(fileSystems)) fileSystem.backup = 'DISABLED';
      const [regrouped, failed] = Object.values(mountTargets);
      regrouped!.securityGroupIds = [
        addSecurityGroup(call, { vpcId: vpcId(call), name: 'theirs', description: 'theirs' }),
      ];
      failed!.state = 'error';
    },
    calls: [
      'ElasticacheEnsure elasticache:ModifyReplicationGroup',
      'EfsEnsure elasticfilesystem:PutBackupPolicy',
      'EfsEnsure elasticfilesystem:ModifyMountTargetSecurityGroups',
      'EfsEnsure ec2:ModifyNetworkInterfaceAttribute',
      'EfsEnsure elasticfilesystem:DeleteMountTarget',
      'EfsEnsure elasticfilesystem:TagResource',
    ],
  },
];
