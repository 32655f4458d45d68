/**
 * Changing a cluster: settings, storage type, engine version. A version is begun some seconds after the call is
 * answered, and is an outage of every instance.
 */
import { z } from 'zod';
import { type Call, mutation, type Operation, type ServiceModel } from '#embedded/model.ts';
import { ec2State } from '#embedded/services/ec2/state.ts';
import { upgradeTargets } from './catalogue.ts';
import {
  assertAvailable,
  assertStorageType,
  newSecret,
  parameterGroupOf,
  retention,
  securityGroupsOf,
} from './clusters.ts';
import { describedCluster } from './described.ts';
import {
  type Client,
  type Cluster,
  type Instance,
  optimizedAgain,
  rdsFault,
  rdsState,
  requireCluster,
} from './state.ts';

const shape = {
  DBClusterIdentifier: z.string(),
  ApplyImmediately: z.boolean().optional(),
  BackupRetentionPeriod: z.number().int().optional(),
  DeletionProtection: z.boolean().optional(),
  VpcSecurityGroupIds: z.array(z.string()).optional(),
  StorageType: z.string().optional(),
  EngineVersion: z.string().optional(),
  AllowMajorVersionUpgrade: z.boolean().optional(),
  DBClusterParameterGroupName: z.string().optional(),
  /** Off needs a password in plain text, which has no place here (R32). */
  ManageMasterUserPassword: z.literal(true).optional(),
};
type ModifyInput = z.infer<z.ZodObject<typeof shape>>;

export function modifyClusterOperations(client: Client): Record<string, Operation> {
  return {
    ModifyDBCluster: mutation(shape, (input, call) => {
      const cluster = requireCluster(call, input.DBClusterIdentifier);
      assertAvailable(cluster);
      const { parameterGroup } = checkedVersion(call, cluster, input);
      if (input.StorageType !== undefined) setStorageType(call, cluster, input.StorageType);
      if (input.VpcSecurityGroupIds) setSecurityGroups(call, cluster, input.VpcSecurityGroupIds);
      if (input.BackupRetentionPeriod !== undefined)
        cluster.backupRetentionDays = retention(input.BackupRetentionPeriod);
      if (input.DeletionProtection !== undefined) cluster.deletionProtection = input.DeletionProtection;
      const { EngineVersion: version } = input;
      if (version !== undefined && version !== cluster.engineVersion) {
        if (cluster.pendingVersion !== version && input.ApplyImmediately)
          call.schedule('rds:clusterUpgrading', cluster.id, call.between(5, 20));
        cluster.pendingVersion = version;
        if (parameterGroup !== undefined) cluster.parameterGroup = parameterGroup;
      } else {
        cluster.status = takesPasswordOver(call, cluster, input)
          ? 'resetting-master-credentials'
          : 'modifying';
        call.schedule('rds:clusterModified', cluster.id, call.between(5, 20));
      }
      return { DBCluster: describedCluster(call, cluster, client) };
    }),
  };
}

export const modifyClusterEvents: ServiceModel['events'] = {
  'rds:clusterUpgrading': (id, call) => {
    const cluster = rdsState(call).clusters[id];
    if (cluster?.pendingVersion === undefined) return;
    if (cluster.status !== 'available')
      return call.schedule('rds:clusterUpgrading', id, call.between(20, 40));
    cluster.status = 'upgrading';
    for (const instance of membersOf(call, cluster))
      if (instance.status === 'available') instance.status = 'upgrading';
    const major = majorOf(cluster.pendingVersion) !== majorOf(cluster.engineVersion);
    call.schedule('rds:clusterUpgraded', id, major ? call.between(1200, 1800) : call.between(300, 600));
  },
  'rds:clusterUpgraded': (id, call) => {
    const cluster = rdsState(call).clusters[id];
    if (cluster?.status !== 'upgrading' || cluster.pendingVersion === undefined) return;
    cluster.engineVersion = cluster.pendingVersion;
    delete cluster.pendingVersion;
    cluster.status = 'available';
    for (const instance of membersOf(call, cluster))
      if (instance.status === 'upgrading') instance.status = 'available';
  },
};

/** Where RDS keeps it already, nothing changes. */
function takesPasswordOver(call: Call, cluster: Cluster, input: ModifyInput): boolean {
  if (!input.ManageMasterUserPassword || cluster.secret) return false;
  cluster.secret = newSecret(call, cluster.arn, rdsState(call).secretKeyId);
  return true;
}

function membersOf(call: Call, cluster: Cluster): Instance[] {
  return cluster.members.map((id) => rdsState(call).instances[id]).filter((one) => one !== undefined);
}

function majorOf(version: string): string {
  return version.split('.')[0] as string;
}

/** The sentences are AWS's own (terraform-provider-aws#13389, ministryofjustice/cloud-platform-environments#7615, terraform-provider-aws#35912). */
function checkedVersion(call: Call, cluster: Cluster, input: ModifyInput): { parameterGroup?: string } {
  const { engine, engineVersion: from } = cluster;
  const { EngineVersion: to, DBClusterParameterGroupName: group } = input;
  if (to === undefined || to === from) return {};
  const target = upgradeTargets(engine, from).find(({ EngineVersion }) => EngineVersion === to);
  if (!target)
    throw rdsFault('InvalidParameterCombination', `Cannot upgrade ${engine} from ${from} to ${to}`);
  const busy = membersOf(call, cluster).find(({ status }) => status !== 'available');
  if (busy)
    throw rdsFault(
      'InvalidDBInstanceStateFault',
      `Database instance ${busy.id} is not in available state, it is ${busy.status}.`,
    );
  if (!target.IsMajorVersionUpgrade) return {};
  if (!input.AllowMajorVersionUpgrade)
    throw rdsFault(
      'InvalidParameterCombination',
      'The AllowMajorVersionUpgrade flag must be present when upgrading to a new major version.',
    );
  if (cluster.parameterGroup !== undefined && group === undefined)
    throw rdsFault(
      'InvalidParameterCombination',
      `The current DB cluster parameter group ${cluster.parameterGroup} is custom. You must explicitly specify a new DB cluster parameter group, either default or custom, for the engine version upgrade.`,
    );
  if (group?.startsWith('default.')) delete cluster.parameterGroup;
  return parameterGroupOf(call, engine, to, group);
}

/** Back to standard storage is possible at any time. */
function setStorageType(call: Call, cluster: Cluster, storageType: string): void {
  if (storageType === cluster.storageType) return;
  assertStorageType(cluster.engine, cluster.engineVersion, storageType);
  if (storageType.endsWith('iopt1')) {
    if (call.now < (cluster.optimizedAgainFrom ?? 0))
      throw rdsFault(
        'InvalidParameterCombination',
        `You can switch DB cluster ${cluster.id} to ${storageType} once every 30 days.`,
      );
    cluster.optimizedAgainFrom = optimizedAgain(call.now);
  }
  cluster.storageType = storageType;
}

function setSecurityGroups(call: Call, cluster: Cluster, given: readonly string[]): void {
  cluster.securityGroupIds = securityGroupsOf(call, cluster.vpcId, given);
  for (const id of cluster.members) {
    const networkInterfaceId = rdsState(call).instances[id]?.networkInterfaceId;
    const found = ec2State(call).networkInterfaces[networkInterfaceId ?? ''];
    if (found) found.groupIds = [...cluster.securityGroupIds];
  }
}
