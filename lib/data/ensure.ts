/**
 * The database step, for Aurora and DocumentDB alike: subnet and parameter group, encrypted cluster whose password AWS makes
 * and keeps (R32), and its instances over the three zones. Everything is found again by its name and engine;
 * the ownership tag decides whether it is ours, and is read before anything found is acted on or called ready.
 * One that lives is brought to the plan in place (`change.ts`).
 * A cluster is never deleted here, whatever its state: only a removal may do that.
 */
import { tolerating } from '#lib/aws/errors.ts';
import { assertOwned } from '#lib/ownership/assert-owned.ts';
import { createdByTag, tagList, tagValue } from '#lib/ownership/tags.ts';
import { secondsAfterRequest, secondsBesideControlPlane } from '#lib/run/cadence.ts';
import { NotOurResourceError, ResourceFailedError } from '#lib/run/failures.ts';
import { pending, ready, type StepContext, type StepOutcome } from '#lib/run/step.ts';
import { changeClass, changeCluster, keepPassword, removeSurplus } from './change.ts';
import { upgradeSnapshotName } from './final-snapshot.ts';
import { instanceIdentifier } from './instance-names.ts';
import { createInstances, describeInstances, type Look, replaceInstances } from './instances.ts';
import { ensureLogGroups } from './log-groups.ts';
import { dropFormerParameterGroups, isMajorUpgrade } from './major-upgrade.ts';
import { acceptsSubnets, fitsNetwork, networkOf } from './network.ts';
import { findCluster, findInstances, findSubnetGroup, tagsOfCluster, tagsOfSubnetGroup } from './observe.ts';
import { assertOrigin, originOf, originTag } from './origin.ts';
import { ensureParameterGroup, parameterGroupOf } from './parameters.ts';
import type { DatabaseCluster, DatabaseInstance, DatabaseService } from './service.ts';
import { adviceFor, conditionOf } from './status.ts';

/** Seconds (aws-facts 0.6, 15): nothing is asked before it is usually done. */
const clusterSeconds = 120;
/** By its size; small ones take minutes. */
const restoreSeconds = 180;
const instanceSeconds = 330;

/** A major version by itself: "up to an hour" for most, and more with many tables or collections. */
const majorUpgradeExtraSeconds = 5400;

export async function ensureDatabase(service: DatabaseService, context: StepContext): Promise<StepOutcome> {
  const { environment, resources } = context;
  const { cluster: identifier, subnetGroup } = service.identifiers(environment);
  const calls = service.calls(environment);
  const look: Look = {
    service,
    context,
    calls,
    network: networkOf(context, service.step),
    identifier,
    subnetGroup,
  };
  const cluster = await findCluster(calls, identifier);
  if (!cluster) return requestCluster(look);
  const upgrades =
    isMajorUpgrade(cluster, service.plan(environment)) ||
    resources.changesAskedAt?.[upgradeSnapshotName(identifier, environment.execution)] !== undefined;
  const outcome = await bring(look, cluster);
  return upgrades ? { ...outcome, extraSeconds: majorUpgradeExtraSeconds } : outcome;
}

/** One that stands, of whomever. */
async function bring(look: Look, cluster: DatabaseCluster): Promise<StepOutcome> {
  const { service, context, calls, identifier } = look;
  if (cluster.Engine !== service.engine) {
    throw new NotOurResourceError(
      `the name ${identifier} is taken by a cluster of engine ${cluster.Engine}`,
      'remove that cluster, or choose another environment name, then run again',
    );
  }
  const condition = conditionOf(cluster.Status);
  if (condition === 'available') return completeCluster(look, cluster);
  const detail = `${service.title} cluster ${identifier} is ${cluster.Status}`;
  if (condition === 'busy' || condition === 'deleting')
    return pending(detail, secondsBesideControlPlane(context, cluster.ClusterCreateTime, false));
  assertOwned(`cluster ${identifier}`, await tagsOfCluster(calls, cluster), context.environment);
  throw new ResourceFailedError(detail, `${adviceFor(cluster.Status)}; a run never deletes a cluster`);
}

/** Subnet group and cluster in one look: the group is complete when its call returns. */
async function requestCluster(look: Look): Promise<StepOutcome> {
  const { service, context, calls, network, identifier, subnetGroup } = look;
  const { environment, elapsedSeconds } = context;
  const found = await findSubnetGroup(calls, subnetGroup);
  if (found) {
    const tags = await tagsOfSubnetGroup(calls, found);
    assertOwned(`subnet group ${subnetGroup}`, tags, environment);
    if (!fitsNetwork(found, network)) {
      // Of an earlier VPC: AWS lets no subnet group change its VPC. It refuses to delete one that is in use.
      await tolerating(['gone'], () => calls.deleteSubnetGroup({ DBSubnetGroupName: subnetGroup }));
      return pending(`${service.title} subnet group ${subnetGroup} of an earlier VPC is being replaced`, 2);
    }
  } else {
    const asked = await requestSubnetGroup(look, elapsedSeconds);
    if (!asked) {
      const detail = `${service.title} does not see the new subnets yet`;
      return { ...pending(detail, 5), requested: false };
    }
  }
  const group = parameterGroupOf(service.step, environment);
  const [name] = service.identifiers(environment).parameterGroups;
  const settling = group && (await ensureParameterGroup(service, calls, environment, name, group));
  if (settling) return { ...settling, requested: false };
  await ensureLogGroups(service, environment);
  await tolerating(['exists'], () => askForCluster(look));
  const { restoreFrom } = service.plan(environment);
  return pending(
    `${service.title} cluster ${identifier} is being ${restoreFrom ? `restored from snapshot ${restoreFrom}` : 'created'}`,
    restoreFrom ? restoreSeconds : clusterSeconds,
  );
}

/**
 * Empty, or from a snapshot: then user and encryption are the snapshot's, and neither who keeps the password nor, for
 * DocumentDB, for how long backups are kept can be said before it stands (API_RestoreDBClusterFromSnapshot).
 */
function askForCluster({
  service,
  context,
  calls,
  network,
  identifier,
  subnetGroup,
}: Look): Promise<unknown> {
  const { environment } = context;
  const plan = service.plan(environment);
  const [parameterGroup] = service.identifiers(environment).parameterGroups;
  const settings = {
    DBClusterIdentifier: identifier,
    Engine: service.engine,
    EngineVersion: plan.engineVersion,
    DBSubnetGroupName: subnetGroup,
    ...(parameterGroupOf(service.step, environment) && { DBClusterParameterGroupName: parameterGroup }),
    VpcSecurityGroupIds: [network.securityGroupId],
    Port: service.port,
    ...(plan.storageType !== service.defaultStorageType && { StorageType: plan.storageType }),
    DeletionProtection: plan.deletionProtection,
    EnableCloudwatchLogsExports: [...service.logExports],
    Tags: tagList(environment, service.step, originTag(plan.restoreFrom)),
  };
  if (plan.restoreFrom !== undefined)
    return calls.restoreCluster({ ...settings, SnapshotIdentifier: plan.restoreFrom });
  return calls.createCluster({
    ...settings,
    MasterUsername: 'aosadmin',
    ManageMasterUserPassword: true,
    StorageEncrypted: true,
    BackupRetentionPeriod: plan.backupRetentionDays,
  });
}

/** False while the service does not see the subnets. */
function requestSubnetGroup(look: Look, elapsedSeconds: number): Promise<boolean> {
  const { service, context, calls, network, subnetGroup } = look;
  return acceptsSubnets(elapsedSeconds, () =>
    // `exists`: the answer to the SDK's first attempt was lost.
    tolerating(['exists'], () =>
      calls.createSubnetGroup({
        DBSubnetGroupName: subnetGroup,
        DBSubnetGroupDescription: `${service.title} of AosCloud environment ${context.environment.name}`,
        SubnetIds: [...network.subnetIds],
        Tags: tagList(context.environment, `${service.step}/subnet-group`),
      }),
    ),
  );
}

/** The cluster is available: its instances, its settings, its secret. */
async function completeCluster(look: Look, cluster: DatabaseCluster): Promise<StepOutcome> {
  const { service, context, calls, identifier } = look;
  const { environment } = context;
  const plan = service.plan(environment);
  const instances = await findInstances(service, calls, identifier);
  const { missing, busy, stuck, extra } = compareInstances(identifier, plan.instances, instances);
  if (busy.length > 0 && stuck.length === 0 && missing.length === 0) {
    return pending(
      describeInstances(service, busy),
      secondsBesideControlPlane(context, cluster.ClusterCreateTime, true),
    );
  }
  const tags = await tagsOfCluster(calls, cluster);
  assertOwned(`cluster ${identifier}`, tags, environment);
  assertOrigin(`cluster ${identifier}`, tags, plan.restoreFrom);
  // One of this run was made in the subnet group that was seen to; its instances tell without being asked.
  if (instances.length > 0 || tagValue(tags, createdByTag) !== environment.execution)
    await assertOurVpc(look, instances);
  if (stuck.length > 0) return replaceInstances(look, cluster, instances, stuck);
  if (busy.length === 0) {
    const changing =
      (await changeCluster(look, cluster)) ??
      (originOf(tags) ? await keepPassword(look, cluster) : undefined);
    if (changing) return changing;
  }
  if (missing.length > 0) {
    await createInstances(look, missing);
    const detail = `${service.title} instance ${missing.join(', ')} is being created`;
    return pending(detail, secondsAfterRequest(context, instanceSeconds));
  }
  const changing =
    (await changeClass(look, cluster, instances)) ?? (await removeSurplus(look, cluster, instances));
  if (changing) return changing;
  await dropFormerParameterGroups(look, cluster);
  return secretOutcome(look, cluster, extra);
}

/** Sorts what there is of the planned instances; those beyond the plan are only counted. */
function compareInstances(cluster: string, count: number, instances: readonly DatabaseInstance[]) {
  const planned = Array.from({ length: count }, (_, index) => instanceIdentifier(cluster, index + 1));
  const present = instances.filter((instance) => planned.includes(instance.DBInstanceIdentifier ?? ''));
  const condition = (instance: DatabaseInstance) => conditionOf(instance.DBInstanceStatus);
  const busy = present.filter((instance) => ['busy', 'deleting'].includes(condition(instance)));
  return {
    missing: planned.filter((name) => !present.some((instance) => instance.DBInstanceIdentifier === name)),
    busy,
    stuck: present.filter((instance) => !busy.includes(instance) && condition(instance) !== 'available'),
    extra: instances.length - present.length,
  };
}

/** A cluster without instances holds no address in its VPC, so that VPC may have been replaced under it. */
async function assertOurVpc(look: Look, instances: readonly DatabaseInstance[]): Promise<void> {
  const { calls, network, identifier, subnetGroup } = look;
  const group = instances[0]?.DBSubnetGroup ?? (await findSubnetGroup(calls, subnetGroup));
  if (!group?.VpcId || group.VpcId === network.vpcId) return;
  throw new ResourceFailedError(
    `cluster ${identifier} belongs to VPC ${group.VpcId}, the environment's is ${network.vpcId}`,
    'deprovision the environment (its database leaves a final snapshot), then run again',
  );
}

function secretOutcome(look: Look, cluster: DatabaseCluster, extraInstances: number): StepOutcome {
  const { service, context, identifier } = look;
  const secret = cluster.MasterUserSecret?.SecretStatus;
  if (secret === 'creating')
    return pending(`the secret of ${service.title} cluster ${identifier} is creating`, 10);
  if (secret !== 'active') {
    throw new ResourceFailedError(
      `the password secret of cluster ${identifier} is ${secret ?? 'missing'}`,
      'let RDS manage the master password in Secrets Manager again (its key may be disabled), then run again',
    );
  }
  const instances = service.plan(context.environment).instances;
  const extra = extraInstances > 0 ? `; ${extraInstances} more than requested are left alone` : '';
  const snapshot = upgradeSnapshotName(identifier, context.environment.execution);
  const upgraded = context.resources.changesAskedAt?.[snapshot]
    ? `; it is ${cluster.EngineVersion} now, and snapshot ${snapshot} from before that stays`
    : '';
  return ready(
    `${service.title} cluster ${identifier} is available with ${instances} instance${instances === 1 ? '' : 's'}${extra}${upgraded}`,
  );
}
