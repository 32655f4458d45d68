/**
 * What there is of a living database is brought to the plan, one thing at a time and in the order that keeps people
 * working: settings, then the engine version, then storage, which a version may have to come first for, then
 * instances that are missing, then another class (readers, a failover to one that has it, the former writer), and last
 * those beyond the plan, of which the writer hands over first. AWS makes every change at once (`ApplyImmediately`), never in the maintenance window.
 */
import { forEach } from '#lib/aws/each.ts';
import { isOwned } from '#lib/ownership/tags.ts';
import { type Difference, describeDifferences, updateOf } from '#lib/request/difference.ts';
import { NotOurResourceError, ResourceFailedError } from '#lib/run/failures.ts';
import { pending, type StepOutcome } from '#lib/run/step.ts';
import { ofAnotherClass, settingsOf, storageOf, type Update, versionOf } from './differences.ts';
import { upgradeSnapshotName } from './final-snapshot.ts';
import { isPlanned, ordinalOf } from './instance-names.ts';
import { describeInstances, type Look } from './instances.ts';
import { isMajorUpgrade, prepareMajorUpgrade } from './major-upgrade.ts';
import { tagsOfInstance } from './observe.ts';
import { deleteReader, successorOf, writerOf } from './readers.ts';
import type { DatabaseCluster, DatabaseInstance } from './service.ts';
import { conditionOf } from './status.ts';

/** Seconds. A failover typically takes under 35 (Aurora user guide, "High availability for Amazon Aurora"). */
const failoverSeconds = 30;
const settingSeconds = 15;
const upgradeSeconds = 240;
/** 20 minutes or more, by the number of tables or collections. */
const majorUpgradeSeconds = 900;
/** Class changes take 10 to 15 minutes. */
const classSeconds = 300;
const deleteSeconds = 150;
const lookAgainSeconds = 15;
/**
 * What AWS was asked for shows some time later: an instance still reads `available`, with the new class among its
 * pending values. After this long it is not coming.
 */
const unbegunSeconds = 600;
const unbegunPollSeconds = 20;

/**
 * Settings first: they interrupt nobody. Then the version, which all instances must be available for; storage waits for
 * it, as the version may be what brings that.
 */
export async function changeCluster(look: Look, cluster: DatabaseCluster): Promise<StepOutcome | undefined> {
  const { service, context, network } = look;
  const plan = service.plan(context.environment);
  const version = versionOf(service, cluster, plan);
  const settings = [
    ...settingsOf(service, cluster, plan, network.securityGroupId),
    ...(version.length === 0 ? storageOf(service, cluster, plan) : []),
  ];
  if (settings.length > 0) return setNow(look, settings);
  return version.length > 0 ? upgrade(look, cluster, version) : undefined;
}

async function setNow(look: Look, differences: readonly Difference<Update>[]): Promise<StepOutcome> {
  const { service, calls, identifier } = look;
  await calls.modifyCluster({
    DBClusterIdentifier: identifier,
    ApplyImmediately: true,
    ...updateOf(differences),
  });
  return pending(
    `${service.title} cluster ${identifier}: updating ${describeDifferences(differences)}`,
    settingSeconds,
  );
}

async function upgrade(
  look: Look,
  cluster: DatabaseCluster,
  version: readonly Difference<Update>[],
): Promise<StepOutcome> {
  const { service, context, calls, identifier } = look;
  const isMajor = isMajorUpgrade(cluster, service.plan(context.environment));
  const what = describeDifferences(version);
  const waiting = unbegun(look, identifier, what, isMajor ? foundByAws[service.step] : undefined);
  if (waiting) return waiting;
  const beside = isMajor ? await prepareMajorUpgrade(look, cluster) : {};
  if ('detail' in beside) return beside;
  await calls.modifyCluster({
    DBClusterIdentifier: identifier,
    ApplyImmediately: true,
    ...updateOf(version),
    ...beside,
  });
  const snapshot = upgradeSnapshotName(identifier, context.environment.execution);
  return asked(
    look,
    [identifier, ...(isMajor ? [snapshot] : [])],
    `${service.title} cluster ${identifier}: updating ${what}${isMajor ? '; it is out until that is done' : ''}`,
    isMajor ? majorUpgradeSeconds : upgradeSeconds,
  );
}

/** Replication slots, prepared transactions, types that no version takes along: a check that runs in the database. */
const foundByAws = {
  aurora:
    'AWS found something in the database that stands against it, and left the cluster as it was: read the events of the cluster and the log pg_upgrade_precheck.log of its writer in the RDS console, mend that, then run again',
  documentdb:
    'AWS left the cluster as it was: read its events in the DocumentDB console for the reason, mend that, then run again',
} as const;

/**
 * What is restored has the password of its snapshot, and no secret: RDS can be told to make a new one and keep it only
 * once the cluster stands (API_ModifyDBCluster, ManageMasterUserPassword; terraform-provider-aws
 * internal/service/rds/cluster.go does the same). Before its instances are made, so nobody signs in with the old one.
 */
export async function keepPassword(look: Look, cluster: DatabaseCluster): Promise<StepOutcome | undefined> {
  if (cluster.MasterUserSecret) return undefined;
  const { service, calls, identifier } = look;
  const what = `the password of ${service.title} cluster ${identifier}, which RDS is to keep`;
  const name = `${identifier}/password`;
  const waiting = unbegun(look, name, what);
  if (waiting) return waiting;
  await calls.modifyCluster({
    DBClusterIdentifier: identifier,
    ApplyImmediately: true,
    ManageMasterUserPassword: true,
  });
  return asked(
    look,
    [name],
    `${service.title} cluster ${identifier}: RDS makes a password and keeps it`,
    settingSeconds,
  );
}

/**
 * Undefined once every planned instance has the planned class, and is to keep it. All are available.
 */
export async function changeClass(
  look: Look,
  cluster: DatabaseCluster,
  instances: readonly DatabaseInstance[],
): Promise<StepOutcome | undefined> {
  const plan = look.service.plan(look.context.environment);
  const planned = plannedOf(look, instances);
  const old = ofAnotherClass(planned, plan);
  if (old.length === 0) return undefined;
  await refuseForeign(look, old);
  const only = old.filter(({ DBInstanceClass }) => DBInstanceClass === plan.instanceClass);
  if (only.length > 0) return setClass(look, only);
  const writer = writerOf(cluster);
  const readers = old.filter(({ DBInstanceIdentifier }) => DBInstanceIdentifier !== writer);
  if (readers.length > 0) {
    // Half of the readers at a time, so that the others go on answering.
    const all = planned.filter(({ DBInstanceIdentifier }) => DBInstanceIdentifier !== writer);
    return setClass(look, readers.slice(0, Math.ceil(all.length / 2)));
  }
  // Only the writer is left. Whoever takes over should have the new class; one beyond the plan will do.
  const ready = instances.filter(({ DBInstanceClass }) => DBInstanceClass === plan.instanceClass);
  const successor = successorOf(cluster, ready, old) ?? successorOf(cluster, instances, old);
  if (successor && !isAsked(look, old[0] as DatabaseInstance))
    return failOver(look, writer, successor, `it is to become ${plan.instanceClass}`);
  return setClass(look, old);
}

/** Somebody's own under one of our names: not ours to restart at another class. */
async function refuseForeign(
  { service, context, calls }: Look,
  instances: readonly DatabaseInstance[],
): Promise<void> {
  for (const instance of instances) {
    if (isOwned(await tagsOfInstance(calls, instance), context.environment)) continue;
    throw new NotOurResourceError(
      `${service.title} instance ${instance.DBInstanceIdentifier} is in the cluster under a name of ours and does not carry the tags of environment ${context.environment.name}`,
      'delete it, or make it anew under another name, then run again',
    );
  }
}

async function setClass(look: Look, instances: readonly DatabaseInstance[]): Promise<StepOutcome> {
  const { service, context, calls } = look;
  const { instanceClass } = service.plan(context.environment);
  const what = instances.map(
    ({ DBInstanceIdentifier, DBInstanceClass }) => `${DBInstanceIdentifier} from ${DBInstanceClass}`,
  );
  const names = instances.map(({ DBInstanceIdentifier }) => DBInstanceIdentifier as string);
  const detail = `${service.title} instance ${what.join(', ')} to ${instanceClass}`;
  const unasked = names.filter((name) => !unbegun(look, name, detail));
  if (unasked.length === 0) return pending(`${detail}: AWS has not begun yet`, unbegunPollSeconds);
  await forEach(unasked, 3, (DBInstanceIdentifier) =>
    calls.modifyInstance({
      DBInstanceIdentifier,
      DBInstanceClass: instanceClass,
      ApplyImmediately: true,
    }),
  );
  return asked(look, unasked, detail, classSeconds);
}

/** One that AWS has a class change of in hand: it would not be the writer for long. */
function isAsked({ context }: Look, { DBInstanceIdentifier = '' }: DatabaseInstance): boolean {
  return context.resources.changesAskedAt?.[DBInstanceIdentifier] !== undefined;
}

async function failOver(
  { service, calls, identifier }: Look,
  writer: string | undefined,
  { DBInstanceIdentifier: successor = '' }: DatabaseInstance,
  why: string,
): Promise<StepOutcome> {
  await calls.failoverCluster({ DBClusterIdentifier: identifier, TargetDBInstanceIdentifier: successor });
  return pending(
    `${service.title} cluster ${identifier} fails over from ${writer} to ${successor}: ${why}`,
    failoverSeconds,
  );
}

/** Those of our name and tag beyond the plan go, readers only. Somebody's own stay. */
export async function removeSurplus(
  look: Look,
  cluster: DatabaseCluster,
  instances: readonly DatabaseInstance[],
): Promise<StepOutcome | undefined> {
  const { service, context, calls, identifier } = look;
  const { instances: count } = service.plan(context.environment);
  const beyond = instances.filter((one) => ordinalOf(identifier, one.DBInstanceIdentifier) > count);
  const tagged = await forEach(beyond, 3, async (instance) => ({
    instance,
    ours: isOwned(await tagsOfInstance(calls, instance), context.environment),
  }));
  const ours = tagged.filter((one) => one.ours).map(({ instance }) => instance);
  if (ours.length === 0) return undefined;
  const surplus = ours.filter((one) => conditionOf(one.DBInstanceStatus) !== 'deleting');
  if (surplus.length === 0) return pending(describeInstances(service, ours), lookAgainSeconds);
  const writer = writerOf(cluster);
  if (surplus.some(({ DBInstanceIdentifier }) => DBInstanceIdentifier === writer)) {
    const successor = successorOf(cluster, plannedOf(look, instances), surplus);
    if (successor) return failOver(look, writer, successor, `${writer} is one more than requested`);
  }
  const outcomes = await forEach(surplus, 1, (one) => deleteReader(service, calls, identifier, one));
  const what = `${service.title} instance ${surplus.map(({ DBInstanceIdentifier }) => DBInstanceIdentifier).join(', ')}`;
  return outcomes.includes('deleted')
    ? pending(`${what} is one more than requested and is being deleted`, deleteSeconds)
    : pending(`${what} is one more than requested, and not to be deleted yet`, failoverSeconds);
}

function plannedOf(look: Look, instances: readonly DatabaseInstance[]): DatabaseInstance[] {
  const { instances: count } = look.service.plan(look.context.environment);
  return instances.filter((one) => isPlanned(look.identifier, count, one.DBInstanceIdentifier));
}

/** Notes what this run has asked for, so that no look asks again while AWS has not begun. */
function asked(look: Look, names: readonly string[], detail: string, seconds: number): StepOutcome {
  const at = new Date().toISOString();
  return pending(detail, seconds, {
    changesAskedAt: {
      ...look.context.resources.changesAskedAt,
      ...Object.fromEntries(names.map((name) => [name, at])),
    },
  });
}

/** Undefined where this run has not asked yet. Fails where AWS took the call and nothing came of it. */
function unbegun(look: Look, name: string, what: string, todo?: string): StepOutcome | undefined {
  const at = look.context.resources.changesAskedAt?.[name];
  if (at === undefined) return undefined;
  const seconds = (Date.now() - Date.parse(at)) / 1000;
  if (seconds > unbegunSeconds)
    throw new ResourceFailedError(
      `AWS took the change of ${what} ${Math.round(seconds / 60)} minutes ago, and it is not made: ${name} is available, and as it was`,
      todo ??
        `read the events of ${name} in the ${look.service.title} console for the reason, then run again`,
    );
  return pending(`${what}: AWS has not begun yet`, unbegunPollSeconds);
}
