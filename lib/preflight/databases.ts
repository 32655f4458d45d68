/**
 * Which engine version, and in which of the chosen zones can its instances be ordered? A cluster that exists
 * keeps its version unless the request names a later one.
 */
import type { DBCluster, DBClusterSnapshot, DBInstance } from '@aws-sdk/client-rds';
import { allPages } from '#lib/aws/reads.ts';
import { isOptimized } from '#lib/data/differences.ts';
import { isPlanned } from '#lib/data/instance-names.ts';
import { isMajorUpgrade } from '#lib/data/major-upgrade.ts';
import type { DatabaseIdentity } from '#lib/data/service.ts';
import { isOwned } from '#lib/ownership/tags.ts';
import type { DatabaseChoice } from '#lib/request/plan.ts';
import type { EnvironmentTarget, Zone } from '#lib/run/environment.ts';
import type { Finding } from '#lib/run/failure-words.ts';
import type { Account } from './account.ts';
import { type Context, type Findings, noFindings } from './context.ts';
import { askClass, askOwnership, askStorage, askUpgrade, wantedVersion } from './database-changes.ts';
import { type Option, offersOf } from './database-offers.ts';
import { askMajorUpgrade, parameterGroupsToGo } from './major-upgrade.ts';
import { findClusterSnapshot, snapshotProblems, versionProblems } from './restore.ts';

/** The environment's own cluster: of our name, our engine and our tags. */
export function ownDatabase(
  service: DatabaseIdentity,
  clusters: readonly DBCluster[],
  target: EnvironmentTarget,
): DBCluster | undefined {
  const { cluster: identifier } = service.identifiers(target);
  return clusters.find(
    (cluster) =>
      cluster.DBClusterIdentifier === identifier &&
      cluster.Engine === service.engine &&
      isOwned(cluster.TagList, target),
  );
}

/** What one database would be made of, asked once for the question about zones and the one about the database. */
export interface DatabaseOffer {
  readonly own: DBCluster | undefined;
  /** The snapshot it is to be made from, where the request names one that is there. */
  readonly source: DBClusterSnapshot | undefined;
  /** Of {@link own}, whoever made them. */
  readonly instances: readonly DBInstance[];
  /** Those of the names a plan has. */
  readonly planned: readonly DBInstance[];
  readonly engineVersion: string | undefined;
  /** Where its instances can be ordered; undefined where none is to be made. */
  readonly options: readonly Option[] | undefined;
}

export async function readOffer(
  service: DatabaseIdentity,
  { account, request, target }: Context,
): Promise<DatabaseOffer> {
  const wish = request[service.step];
  const own = ownDatabase(service, await account.databaseClusters(), target);
  const source = !own && wish.restoreFrom ? await findClusterSnapshot(target, wish.restoreFrom) : undefined;
  const ofSource = source?.Engine === service.engine ? source.EngineVersion : undefined;
  const engineVersion = own?.EngineVersion
    ? wantedVersion(own.EngineVersion, wish)
    : await offeredVersion(service, target, wish.engineVersion ?? ofSource);
  const instances = own ? await instancesOf(service, account, own) : [];
  const { cluster } = service.identifiers(target);
  const planned = instances.filter((one) => isPlanned(cluster, wish.instances, one.DBInstanceIdentifier));
  const toBeOrdered =
    engineVersion !== undefined &&
    (planned.length < wish.instances ||
      planned.some(({ DBInstanceClass }) => DBInstanceClass !== wish.instanceClass) ||
      (own !== undefined && isMajorUpgrade(own, { engineVersion })));
  const options = toBeOrdered
    ? await orderable(service, target, engineVersion, wish.instanceClass)
    : undefined;
  return { own, source, instances, planned, engineVersion, options };
}

async function instancesOf(
  service: DatabaseIdentity,
  account: Account,
  own: DBCluster,
): Promise<DBInstance[]> {
  return (await account.databaseInstances()).filter(
    ({ DBClusterIdentifier, Engine }) =>
      DBClusterIdentifier === own.DBClusterIdentifier && Engine === service.engine,
  );
}

export async function askDatabase(
  service: DatabaseIdentity,
  context: Context,
  { own, source, instances, planned, engineVersion, options }: DatabaseOffer,
  zones: readonly Zone[] | undefined,
): Promise<Findings & { choice?: DatabaseChoice }> {
  const { request, target } = context;
  const findings = noFindings();
  const wish = request[service.step];
  if (!own && wish.restoreFrom) {
    findings.problems.push(...snapshotProblems(service, wish.restoreFrom, source, target.region));
    if (findings.problems.length > 0) return findings;
  }
  if (!engineVersion) {
    const version = wish.engineVersion ?? source?.EngineVersion;
    const what = version ? `engineVersion ${version}` : service.engine;
    findings.problems.push({
      what: `${service.step}: ${what} is not offered in ${target.region}`,
      todo: `choose another ${service.step}.engineVersion, or another region`,
    });
    return findings;
  }
  if (source) findings.problems.push(...versionProblems(service, source, engineVersion));
  if (!own || isOptimized(wish.storageType) !== isOptimized(own.StorageType ?? ''))
    findings.problems.push(...storageProblems(service, wish.storageType, engineVersion));
  if (own?.EngineVersion) {
    await askUpgrade(service, target, own.EngineVersion, engineVersion, findings);
    if (isMajorUpgrade(own, { engineVersion }))
      await askMajorUpgrade(service, context, { own, instances, engineVersion }, findings);
    askStorage(service, wish, own, findings);
    askOwnership(service, target, wish, planned, findings);
    if (options && options.length > 0)
      askClass(service, wish, planned, (zone) => offersClass(options, wish.storageType, zone), findings);
  }
  const offered = options
    ? askInstances(service, { request, target }, engineVersion, options, zones, findings)
    : zones;
  if (!offered) return findings;
  const instanceZones = Array.from(
    { length: wish.instances },
    (_, index) => offered[index % offered.length]?.name as string,
  );
  const formerParameterGroups = own ? await parameterGroupsToGo(service, context, engineVersion) : [];
  if (own && !isMajorUpgrade(own, { engineVersion }))
    findings.warnings.push(
      ...formerParameterGroups.map(
        (name) => `cluster parameter group ${name} is of a former version of ${service.title}, and goes`,
      ),
    );
  const choice = {
    engineVersion,
    instanceZones,
    ...(formerParameterGroups.length > 0 ? { formerParameterGroups } : {}),
  };
  return { ...findings, choice };
}

/**
 * I/O-optimized storage is judged by the engine's version, as AWS documents it (Aurora user guide, "Storage
 * configurations for Amazon Aurora DB clusters"; DocumentDB developer guide, "Storage configurations"), and never
 * by the `StorageType` of what can be ordered: AWS answers `aurora` for DocumentDB too.
 */
function storageProblems(service: DatabaseIdentity, storageType: string, engineVersion: string): Finding[] {
  if (!isOptimized(storageType)) return [];
  const [major = 0, minor = 0] = engineVersion.split('.').map(Number);
  const first: Readonly<Record<number, number>> = firstOptimized[service.step];
  const least = first[major];
  const newest = Math.max(...Object.keys(first).map(Number));
  if (major > newest || (least !== undefined && minor >= least)) return [];
  const from = Object.entries(first).map((version) => version.join('.'));
  return [
    {
      what: `${service.step}.storageType ${storageType}: is not offered with engine version ${engineVersion}, but from ${from.join(', ')} on`,
      todo: 'choose one of these engine versions, or standard storage',
    },
  ];
}

/** The first minor version of each major one. */
const firstOptimized = {
  aurora: { 13: 10, 14: 7, 15: 2, 16: 1 },
  documentdb: { 5: 0 },
} as const;

/** The version asked for, or AWS's default; undefined where there is none. */
async function offeredVersion(
  service: DatabaseIdentity,
  target: EnvironmentTarget,
  wanted: string | undefined,
): Promise<string | undefined> {
  const query = {
    Engine: service.engine,
    ...(wanted ? { EngineVersion: wanted } : { DefaultOnly: true }),
  };
  const pages = offersOf[service.step](target).engineVersionPages(query);
  const versions = await allPages(pages, (page) => page.DBEngineVersions);
  // A family such as 16 would answer with all of its versions.
  return versions.map(({ EngineVersion }) => EngineVersion).find((version) => !wanted || version === wanted);
}

/** Those of `zones` in which the class can be ordered; undefined where it cannot be, or no zone is chosen. */
function askInstances(
  service: DatabaseIdentity,
  { request, target }: Pick<Context, 'request' | 'target'>,
  engineVersion: string,
  options: readonly Option[],
  zones: readonly Zone[] | undefined,
  { problems, warnings }: Findings,
): readonly Zone[] | undefined {
  const { instanceClass, instances, storageType } = request[service.step];
  const what = `${service.step}.instanceClass ${instanceClass}`;
  if (options.length === 0)
    problems.push({
      what: `${what}: cannot be ordered with version ${engineVersion} in ${target.region}`,
      todo: `choose another ${service.step}.instanceClass, or another ${service.step}.engineVersion`,
    });
  if (!zones || options.length === 0) return undefined;
  const offered = zones.filter((zone) => offersClass(options, storageType, zone));
  const zoneNames = zones.map(({ name }) => name).join(', ');
  if (offered.length === 0) {
    problems.push({
      what: `${what}: cannot be ordered in any of ${zoneNames}`,
      todo: `choose another ${service.step}.instanceClass, or other availabilityZones`,
    });
    return undefined;
  }
  if (offered.length < Math.min(instances, zones.length))
    warnings.push(
      `${what}: can be ordered in ${offered.map(({ name }) => name).join(', ')} only, so instances share zones`,
    );
  return offered;
}

/** Where no option names the storage type, the service does not tell them apart. */
export function offersClass(
  options: readonly Option[],
  storageType: string,
  zone: Pick<Zone, 'name'>,
): boolean {
  const ofStorage = options.filter(
    (option) =>
      option.StorageType !== undefined && storageName(option.StorageType) === storageName(storageType),
  );
  return (ofStorage.length > 0 ? ofStorage : options).some(({ AvailabilityZones }) =>
    AvailabilityZones?.some(({ Name }) => Name === zone.name),
  );
}

/** Aurora's names and DocumentDB's mean the same two, and AWS answers with Aurora's for both. */
function storageName(storageType: string): string {
  return storageType.replace(/^aurora-/, '').replace(/^aurora$/, 'standard');
}

async function orderable(
  service: DatabaseIdentity,
  target: EnvironmentTarget,
  EngineVersion: string,
  DBInstanceClass: string,
): Promise<Option[]> {
  const query = { Engine: service.engine, EngineVersion, DBInstanceClass, Vpc: true };
  return allPages(
    offersOf[service.step](target).orderablePages(query),
    (page) => page.OrderableDBInstanceOptions,
  );
}
