/**
 * Which engine version, and in which of the chosen zones can its instances be ordered? A cluster that exists
 * keeps its version.
 */
import {
  DocDBClient,
  paginateDescribeOrderableDBInstanceOptions as documentdbOptions,
  paginateDescribeDBEngineVersions as documentdbVersions,
} from '@aws-sdk/client-docdb';
import {
  paginateDescribeOrderableDBInstanceOptions as auroraOptions,
  paginateDescribeDBEngineVersions as auroraVersions,
  type DBCluster,
  RDSClient,
} from '@aws-sdk/client-rds';
import { client } from '#lib/aws/clients.ts';
import { allPages } from '#lib/aws/reads.ts';
import { names } from '#lib/ownership/names.ts';
import { isOwned } from '#lib/ownership/tags.ts';
import type { DatabaseChoice } from '#lib/request/plan.ts';
import type { EnvironmentTarget, Zone } from '#lib/run/environment.ts';
import { type Context, type Findings, noFindings } from './context.ts';

export type DatabaseName = 'aurora' | 'documentdb';

export const databaseEngines = { aurora: 'aurora-postgresql', documentdb: 'docdb' } as const;

/** The environment's own cluster: of our name, our engine and our tags. */
export function ownDatabase(
  service: DatabaseName,
  clusters: readonly DBCluster[],
  target: EnvironmentTarget,
): DBCluster | undefined {
  const identifier = names(target)[`${service}Cluster`];
  return clusters.find(
    (cluster) =>
      cluster.DBClusterIdentifier === identifier &&
      cluster.Engine === databaseEngines[service] &&
      isOwned(cluster.TagList, target),
  );
}

/** What one database would be made of, asked once for the question about zones and the one about the database. */
export interface DatabaseOffer {
  readonly own: DBCluster | undefined;
  readonly engineVersion: string | undefined;
  /** Where its instances can be ordered; undefined where none is to be made. */
  readonly options: readonly Option[] | undefined;
}

export async function readOffer(
  service: DatabaseName,
  { account, request, target }: Context,
): Promise<DatabaseOffer> {
  const wish = request[service];
  const own = ownDatabase(service, await account.databaseClusters(), target);
  const engineVersion = own?.EngineVersion ?? (await offeredVersion(service, target, wish.engineVersion));
  const toBeMade = engineVersion !== undefined && (own?.DBClusterMembers?.length ?? 0) < wish.instances;
  const options = toBeMade ? await orderable(service, target, engineVersion, wish.instanceClass) : undefined;
  return { own, engineVersion, options };
}

export async function askDatabase(
  service: DatabaseName,
  { request, target }: Context,
  { own, engineVersion, options }: DatabaseOffer,
  zones: readonly Zone[] | undefined,
): Promise<Findings & { choice?: DatabaseChoice }> {
  const findings = noFindings();
  const wish = request[service];
  if (!engineVersion) {
    const what = wish.engineVersion ? `engineVersion ${wish.engineVersion}` : databaseEngines[service];
    findings.problems.push(`${service}: ${what} is not offered in ${target.region}`);
    return findings;
  }
  if (!own) findings.problems.push(...storageProblems(service, wish.storageType, engineVersion));
  const offered = options
    ? askInstances(service, { request, target }, engineVersion, options, zones, findings)
    : zones;
  if (!offered) return findings;
  const instanceZones = Array.from(
    { length: wish.instances },
    (_, index) => offered[index % offered.length]?.name as string,
  );
  return { ...findings, choice: { engineVersion, instanceZones } };
}

/**
 * I/O-optimized storage is judged by the engine's version, as AWS documents it (Aurora user guide, "Storage
 * configurations for Amazon Aurora DB clusters"; DocumentDB developer guide, "Storage configurations"), and never
 * by the `StorageType` of what can be ordered: AWS answers `aurora` for DocumentDB too.
 */
function storageProblems(service: DatabaseName, storageType: string, engineVersion: string): string[] {
  if (!storageType.endsWith('iopt1')) return [];
  const [major = 0, minor = 0] = engineVersion.split('.').map(Number);
  const first = service === 'documentdb' ? firstOptimizedDocumentdb : firstOptimizedAurora;
  const least = first[major];
  const newest = Math.max(...Object.keys(first).map(Number));
  if (major > newest || (least !== undefined && minor >= least)) return [];
  const from = Object.entries(first).map((version) => version.join('.'));
  return [
    `${service}.storageType ${storageType}: is not offered with engine version ${engineVersion}, but from ${from.join(', ')} on`,
  ];
}

/** The first minor version of each major one. */
const firstOptimizedAurora: Readonly<Record<number, number>> = { 13: 10, 14: 7, 15: 2, 16: 1 };
const firstOptimizedDocumentdb: Readonly<Record<number, number>> = { 5: 0 };

/** The version asked for, or AWS's default; undefined where there is none. */
async function offeredVersion(
  service: DatabaseName,
  target: EnvironmentTarget,
  wanted: string | undefined,
): Promise<string | undefined> {
  const query = {
    Engine: databaseEngines[service],
    ...(wanted ? { EngineVersion: wanted } : { DefaultOnly: true }),
  };
  const pages =
    service === 'aurora'
      ? auroraVersions({ client: client(RDSClient, target) }, query)
      : documentdbVersions({ client: client(DocDBClient, target) }, query);
  const versions = await allPages<
    { DBEngineVersions?: { EngineVersion?: string }[] },
    { EngineVersion?: string }
  >(pages, (page) => page.DBEngineVersions);
  // A family such as 16 would answer with all of its versions.
  return versions.map(({ EngineVersion }) => EngineVersion).find((version) => !wanted || version === wanted);
}

export interface Option {
  readonly StorageType?: string | undefined;
  readonly AvailabilityZones?: readonly { readonly Name?: string | undefined }[] | undefined;
}

/** Those of `zones` in which the class can be ordered; undefined where it cannot be, or no zone is chosen. */
function askInstances(
  service: DatabaseName,
  { request, target }: Pick<Context, 'request' | 'target'>,
  engineVersion: string,
  options: readonly Option[],
  zones: readonly Zone[] | undefined,
  { problems, warnings }: Findings,
): readonly Zone[] | undefined {
  const { instanceClass, instances, storageType } = request[service];
  const what = `${service}.instanceClass ${instanceClass}`;
  if (options.length === 0)
    problems.push(`${what}: cannot be ordered with version ${engineVersion} in ${target.region}`);
  if (!zones || options.length === 0) return undefined;
  const offered = zones.filter((zone) => offersClass(options, storageType, zone));
  const zoneNames = zones.map(({ name }) => name).join(', ');
  if (offered.length === 0) {
    problems.push(`${what}: cannot be ordered in any of ${zoneNames}`);
    return undefined;
  }
  if (offered.length < Math.min(instances, zones.length))
    warnings.push(
      `${what}: can be ordered in ${offered.map(({ name }) => name).join(', ')} only, so instances share zones`,
    );
  return offered;
}

/** Where no option names the storage type, the service does not tell them apart. */
export function offersClass(options: readonly Option[], storageType: string, zone: Zone): boolean {
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
  service: DatabaseName,
  target: EnvironmentTarget,
  EngineVersion: string,
  DBInstanceClass: string,
): Promise<Option[]> {
  const query = { Engine: databaseEngines[service], EngineVersion, DBInstanceClass, Vpc: true };
  const pages =
    service === 'aurora'
      ? auroraOptions({ client: client(RDSClient, target) }, query)
      : documentdbOptions({ client: client(DocDBClient, target) }, query);
  return allPages<{ OrderableDBInstanceOptions?: Option[] }, Option>(
    pages,
    (page) => page.OrderableDBInstanceOptions,
  );
}
