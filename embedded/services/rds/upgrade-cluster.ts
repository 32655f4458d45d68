/**
 * Another engine version: begun some seconds after the call is answered, and an outage of every instance. A major one
 * names the parameter group of its family and changes nothing else; what speaks against it inside the database is found
 * once it has begun, and then the cluster comes back as it was.
 */
import type { Call, ServiceModel } from '#embedded/model.ts';
import { familyOf, isOffered, upgradeTargets } from './catalogue.ts';
import { parameterGroupOf } from './clusters.ts';
import { type Cluster, type Instance, rdsFault, rdsState } from './state.ts';

/** What of a call speaks of the version. */
interface UpgradeInput {
  readonly EngineVersion?: string | undefined;
  readonly AllowMajorVersionUpgrade?: boolean | undefined;
  readonly DBClusterParameterGroupName?: string | undefined;
  readonly VpcSecurityGroupIds?: readonly string[] | undefined;
}

export interface Upgrade {
  readonly version: string;
  readonly isMajor: boolean;
  /** Of the new family; absent: AWS's own. */
  readonly parameterGroup?: string;
}

/**
 * Undefined where no other version is asked for. The sentences are AWS's own, where a source has them
 * (terraform-provider-aws#13389, #35912, ministryofjustice/cloud-platform-environments#7615).
 */
export function checkedUpgrade(call: Call, cluster: Cluster, input: UpgradeInput): Upgrade | undefined {
  const { engine, engineVersion: from } = cluster;
  const { EngineVersion: to } = input;
  if (to === undefined || to === from) return undefined;
  const target = upgradeTargets(engine, from).find(({ EngineVersion }) => EngineVersion === to);
  if (!target)
    throw rdsFault('InvalidParameterCombination', `Cannot upgrade ${engine} from ${from} to ${to}`);
  for (const { id, status, instanceClass } of membersOf(call, cluster)) {
    if (status !== 'available')
      throw rdsFault(
        'InvalidDBInstanceStateFault',
        `Database instance ${id} is not in available state, it is ${status}.`,
      );
    if (!isOffered(engine, to, instanceClass))
      throw rdsFault(
        'InvalidParameterCombination',
        `RDS does not support creating a DB instance with the following combination: DBInstanceClass=${instanceClass}, Engine=${engine}, EngineVersion=${to}. For supported combinations of instance class and database engine version, see the documentation.`,
      );
  }
  if (!target.IsMajorVersionUpgrade) return { version: to, isMajor: false };
  return { version: to, isMajor: true, ...checkedMajor(call, cluster, to, input) };
}

function checkedMajor(call: Call, cluster: Cluster, to: string, input: UpgradeInput) {
  const refuse = (message: string) => rdsFault('InvalidParameterCombination', message);
  const { DBClusterParameterGroupName: group } = input;
  if (!input.AllowMajorVersionUpgrade)
    throw refuse('The AllowMajorVersionUpgrade flag must be present when upgrading to a new major version.');
  // aws-cloudformation/cloudformation-coverage-roadmap#2547: also where the groups are those it has.
  if (input.VpcSecurityGroupIds)
    throw refuse('Cannot change VPC security group while doing a major version upgrade');
  if (cluster.globalCluster)
    throw rdsFault(
      'InvalidDBClusterStateFault',
      'This cluster is a part of a global cluster, and its engine version is upgraded by ModifyGlobalCluster',
    );
  if (cluster.readReplicas?.length)
    throw rdsFault(
      'InvalidDBClusterStateFault',
      `DB cluster ${cluster.id} has cross-Region read replicas, and cannot be upgraded to a new major version.`,
    );
  const { custom, unpatched } = obstacles(call, cluster);
  if (cluster.parameterGroup !== undefined && group === undefined)
    throw refuse(
      `The current DB cluster parameter group ${cluster.parameterGroup} is custom. You must explicitly specify a new DB cluster parameter group, either default or custom, for the engine version upgrade.`,
    );
  // aws-controllers-k8s/community#2778. A call that names another one is not modelled.
  if (custom)
    throw refuse(
      `The current DB instance parameter group ${custom.parameterGroup} is custom. You must explicitly specify a new DB instance parameter group, either default or custom, for the engine version upgrade.`,
    );
  // DocumentDB developer guide, docdb-mvu: "Apply any pending OS maintenance actions on all instances before upgrading".
  if (cluster.engine === 'docdb' && unpatched)
    throw refuse(
      `DB instance ${unpatched.id} has a pending maintenance action (${unpatched.pendingMaintenance}), which must be applied before a major version upgrade.`,
    );
  if (group?.startsWith('default.')) assertDefaultGroup(call, group);
  return parameterGroupOf(call, cluster.engine, to, group);
}

/** AWS makes it with the first cluster of its family (Aurora user guide, "Listing DB cluster parameter groups"). */
function assertDefaultGroup(call: Call, name: string): void {
  const families = Object.values(rdsState(call).clusters).map(({ engine, engineVersion }) =>
    familyOf(engine, engineVersion),
  );
  if (!families.includes(name.replace(/^default\./, '')))
    throw rdsFault('DBClusterParameterGroupNotFoundFault', `DBClusterParameterGroup not found: ${name}`);
}

function obstacles(call: Call, cluster: Cluster) {
  const members = membersOf(call, cluster);
  return {
    custom: members.find(({ parameterGroup }) => parameterGroup !== undefined),
    unpatched: members.find(({ pendingMaintenance }) => pendingMaintenance !== undefined),
  };
}

/** Without ApplyImmediately it waits for the maintenance window. */
export function beginUpgrade(call: Call, cluster: Cluster, upgrade: Upgrade, now: boolean): void {
  if (cluster.pendingVersion !== upgrade.version && now)
    call.schedule('rds:clusterUpgrading', cluster.id, call.between(5, 20));
  cluster.pendingVersion = upgrade.version;
  if (upgrade.parameterGroup !== undefined) cluster.pendingParameterGroup = upgrade.parameterGroup;
  else delete cluster.pendingParameterGroup;
  if (upgrade.isMajor && call.outcome === 'fails') cluster.failsUpgradeCheck = true;
}

export const upgradeEvents: ServiceModel['events'] = {
  'rds:clusterUpgrading': (id, call) => {
    const cluster = rdsState(call).clusters[id];
    if (cluster?.pendingVersion === undefined) return;
    if (cluster.status !== 'available')
      return call.schedule('rds:clusterUpgrading', id, call.between(20, 40));
    setAll(call, cluster, 'available', 'upgrading');
    const major = majorOf(cluster.pendingVersion) !== majorOf(cluster.engineVersion);
    if (major && cluster.failsUpgradeCheck)
      call.schedule('rds:clusterUpgradeFailed', id, call.between(240, 480));
    else call.schedule('rds:clusterUpgraded', id, major ? call.between(1200, 1800) : call.between(300, 600));
  },
  'rds:clusterUpgraded': (id, call) => {
    const cluster = rdsState(call).clusters[id];
    if (cluster?.status !== 'upgrading' || cluster.pendingVersion === undefined) return;
    if (majorOf(cluster.pendingVersion) !== majorOf(cluster.engineVersion)) takeParameterGroup(cluster);
    cluster.engineVersion = cluster.pendingVersion;
    delete cluster.pendingVersion;
    setAll(call, cluster, 'upgrading', 'available');
  },
  // Aurora user guide, "Performing a major version upgrade": one that finds an obstacle leaves the cluster as it was.
  'rds:clusterUpgradeFailed': (id, call) => {
    const cluster = rdsState(call).clusters[id];
    if (cluster?.status !== 'upgrading') return;
    delete cluster.pendingVersion;
    delete cluster.pendingParameterGroup;
    delete cluster.failsUpgradeCheck;
    setAll(call, cluster, 'upgrading', 'available');
  },
};

function takeParameterGroup(cluster: Cluster): void {
  if (cluster.pendingParameterGroup === undefined) delete cluster.parameterGroup;
  else cluster.parameterGroup = cluster.pendingParameterGroup;
  delete cluster.pendingParameterGroup;
}

function setAll(call: Call, cluster: Cluster, from: 'available' | 'upgrading', to: typeof from): void {
  cluster.status = to;
  for (const instance of membersOf(call, cluster)) if (instance.status === from) instance.status = to;
}

function membersOf(call: Call, cluster: Cluster): Instance[] {
  return cluster.members.map((id) => rdsState(call).instances[id]).filter((one) => one !== undefined);
}

function majorOf(version: string): string {
  return version.split('.')[0] as string;
}
