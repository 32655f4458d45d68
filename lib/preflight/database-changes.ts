/**
 * Can a database that exists become what the request says? Asked before anything is changed: AWS would refuse the
 * same after the first of several changes.
 */
import type { DBCluster, DBInstance } from '@aws-sdk/client-rds';
import { allPages } from '#lib/aws/reads.ts';
import { isOptimized } from '#lib/data/differences.ts';
import type { DatabaseIdentity } from '#lib/data/service.ts';
import { isOwned } from '#lib/ownership/tags.ts';
import type { DatabaseWish } from '#lib/request/sized.ts';
import { compareVersions, majorOf } from '#lib/request/versions.ts';
import type { EnvironmentTarget, Zone } from '#lib/run/environment.ts';
import type { Findings } from './context.ts';
import { offersOf } from './database-offers.ts';

/**
 * The version the cluster is to have. It never goes back, and a request that names an earlier one is no reason to
 * refuse all the rest it says: AWS moves minor versions on by itself. Another major version that is not allowed is for
 * the comparison with what exists (lib/change) to refuse.
 */
export function wantedVersion(
  running: string,
  { engineVersion: wished, allowMajorUpgrade }: Pick<DatabaseWish, 'engineVersion' | 'allowMajorUpgrade'>,
): string {
  if (wished === undefined || compareVersions(wished, running) <= 0) return running;
  return allowMajorUpgrade || majorOf(wished) === majorOf(running) ? wished : running;
}

/** AWS lists, of each version, those it can become (`ValidUpgradeTarget`). */
export async function askUpgrade(
  service: DatabaseIdentity,
  target: EnvironmentTarget,
  running: string,
  wanted: string,
  { problems }: Findings,
): Promise<void> {
  if (running === wanted) return;
  const query = { Engine: service.engine, EngineVersion: running };
  const versions = await allPages(
    offersOf[service.step](target).engineVersionPages(query),
    (page) => page.DBEngineVersions,
  );
  const found = versions.find(({ EngineVersion }) => EngineVersion === running)?.ValidUpgradeTarget ?? [];
  if (found.some(({ EngineVersion }) => EngineVersion === wanted)) return;
  const offered = found.map(({ EngineVersion }) => EngineVersion).join(', ') || 'nothing else';
  problems.push({
    what: `${service.step}.engineVersion ${wanted}: the cluster runs ${running}, which can become ${offered}`,
    todo: 'name one of these, or leave engineVersion out to stay',
  });
}

/** An instance keeps its zone, so its zone must offer the class it is to have. */
export function askClass(
  service: DatabaseIdentity,
  { instanceClass }: DatabaseWish,
  instances: readonly DBInstance[],
  offers: (zone: Pick<Zone, 'name'>) => boolean,
  { problems }: Findings,
): void {
  for (const { DBInstanceIdentifier, DBInstanceClass, AvailabilityZone: name = '' } of instances) {
    if (DBInstanceClass === instanceClass || offers({ name })) continue;
    problems.push({
      what: `${service.step}.instanceClass ${instanceClass}: cannot be ordered in ${name}, where ${DBInstanceIdentifier} is and stays`,
      todo: `choose a class that is offered there, or stay with ${DBInstanceClass}`,
    });
  }
}

/** Somebody's own under one of our names counts as planned, but is not ours to restart at another class. */
export function askOwnership(
  service: DatabaseIdentity,
  target: EnvironmentTarget,
  { instanceClass }: DatabaseWish,
  planned: readonly DBInstance[],
  { problems }: Findings,
): void {
  for (const { DBInstanceIdentifier, DBInstanceClass, TagList } of planned) {
    if (DBInstanceClass === instanceClass || isOwned(TagList, target)) continue;
    problems.push({
      what: `${service.step}.instanceClass ${instanceClass}: ${DBInstanceIdentifier} is a ${DBInstanceClass} under a name of ours and does not carry the tags of environment ${target.name}`,
      todo: 'delete it, or make it anew under another name, then run again',
    });
  }
}

/** Back to standard storage is possible at any time (API_DBCluster, IOOptimizedNextAllowedModificationTime). */
export function askStorage(
  service: DatabaseIdentity,
  { storageType }: DatabaseWish,
  { StorageType = '', IOOptimizedNextAllowedModificationTime: next, DBClusterIdentifier }: DBCluster,
  { problems }: Findings,
): void {
  if (!isOptimized(storageType) || isOptimized(StorageType)) return;
  if (next === undefined || next.getTime() <= Date.now()) return;
  problems.push({
    what: `${service.step}.storageType ${storageType}: AWS switches cluster ${DBClusterIdentifier} to I/O-optimized storage once in 30 days, and the next time from ${next.toISOString()} on`,
    todo: 'run again then, or stay with standard storage until then',
  });
}
