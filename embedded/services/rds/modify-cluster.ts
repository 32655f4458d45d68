/** Changing a cluster: settings, storage type, parameter group; the engine's version is `upgrade-cluster.ts`. */
import { z } from 'zod';
import { type Call, mutation, type Operation } from '#embedded/model.ts';
import { ec2State } from '#embedded/services/ec2/state.ts';
import {
  assertAvailable,
  assertStorageType,
  newSecret,
  parameterGroupOf,
  retention,
  securityGroupsOf,
} from './clusters.ts';
import { describedCluster } from './described.ts';
import { type Client, type Cluster, optimizedAgain, rdsFault, rdsState, requireCluster } from './state.ts';
import { beginUpgrade, checkedUpgrade } from './upgrade-cluster.ts';

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
      const upgrade = checkedUpgrade(call, cluster, input);
      if (input.StorageType !== undefined) setStorageType(call, cluster, input.StorageType);
      if (input.VpcSecurityGroupIds) setSecurityGroups(call, cluster, input.VpcSecurityGroupIds);
      if (input.BackupRetentionPeriod !== undefined)
        cluster.backupRetentionDays = retention(input.BackupRetentionPeriod);
      if (input.DeletionProtection !== undefined) cluster.deletionProtection = input.DeletionProtection;
      if (upgrade) beginUpgrade(call, cluster, upgrade, input.ApplyImmediately ?? false);
      else {
        setParameterGroup(call, cluster, input.DBClusterParameterGroupName);
        cluster.status = takesPasswordOver(call, cluster, input)
          ? 'resetting-master-credentials'
          : 'modifying';
        call.schedule('rds:clusterModified', cluster.id, call.between(5, 20));
      }
      return { DBCluster: describedCluster(call, cluster, client) };
    }),
  };
}

/** Where RDS keeps it already, nothing changes. */
function takesPasswordOver(call: Call, cluster: Cluster, input: ModifyInput): boolean {
  if (!input.ManageMasterUserPassword || cluster.secret) return false;
  cluster.secret = newSecret(call, cluster.arn, rdsState(call).secretKeyId);
  return true;
}

/** Another one of the same family. */
function setParameterGroup(call: Call, cluster: Cluster, given: string | undefined): void {
  if (given === undefined) return;
  const { parameterGroup } = parameterGroupOf(call, cluster.engine, cluster.engineVersion, given);
  if (parameterGroup === undefined) delete cluster.parameterGroup;
  else cluster.parameterGroup = parameterGroup;
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
