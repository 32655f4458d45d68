/** What of a database is not as the plan has it, and can be changed in place. Pure. */
import type { ModifyDBClusterMessage } from '@aws-sdk/client-docdb';
import { type Difference, difference } from '#lib/request/difference.ts';
import type { DatabasePlan } from '#lib/run/environment.ts';
import { withSecurityGroup } from './network.ts';
import type { DatabaseCluster, DatabaseInstance, DatabaseService } from './service.ts';

export type Update = Partial<ModifyDBClusterMessage>;

/** Settings that AWS changes in one call, while everything goes on working. */
export function settingsOf(
  service: DatabaseService,
  cluster: DatabaseCluster,
  plan: DatabasePlan,
  securityGroupId: string,
): Difference<Update>[] {
  const groups = (cluster.VpcSecurityGroups ?? []).map((group) => group.VpcSecurityGroupId as string);
  const wanted = withSecurityGroup(groups, securityGroupId);
  const { backupRetentionDays, deletionProtection } = plan;
  return [
    ...difference(`${service.step}.backupRetentionDays`, cluster.BackupRetentionPeriod, backupRetentionDays, {
      BackupRetentionPeriod: backupRetentionDays,
    }),
    ...difference(
      `${service.step}.deletionProtection`,
      cluster.DeletionProtection ?? false,
      deletionProtection,
      { DeletionProtection: deletionProtection },
    ),
    ...difference('security groups', groups, wanted, { VpcSecurityGroupIds: [...wanted] }),
  ];
}

/** AWS does not answer with the standard type, and calls it by several names: there are two to tell apart. */
export function storageOf(
  service: DatabaseService,
  cluster: DatabaseCluster,
  { storageType }: DatabasePlan,
): Difference<Update>[] {
  const found = cluster.StorageType ?? service.defaultStorageType;
  if (isOptimized(found) === isOptimized(storageType)) return [];
  return difference(`${service.step}.storageType`, found, storageType, { StorageType: storageType });
}

export function isOptimized(storageType: string): boolean {
  return storageType.endsWith('iopt1');
}

/** An outage of every instance, however short. */
export function versionOf(
  service: DatabaseService,
  cluster: DatabaseCluster,
  { engineVersion }: DatabasePlan,
): Difference<Update>[] {
  return difference(`${service.step}.engineVersion`, cluster.EngineVersion, engineVersion, {
    EngineVersion: engineVersion,
  });
}

/**
 * The instances of another class than the plan's, and those that are to become another: whoever changed one without
 * `ApplyImmediately` left it to the maintenance window.
 */
export function ofAnotherClass(
  instances: readonly DatabaseInstance[],
  { instanceClass }: DatabasePlan,
): DatabaseInstance[] {
  return instances.filter(
    ({ DBInstanceClass, PendingModifiedValues }) =>
      DBInstanceClass !== instanceClass ||
      (PendingModifiedValues?.DBInstanceClass ?? instanceClass) !== instanceClass,
  );
}
