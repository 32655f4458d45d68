/**
 * Which engine version, and can its instances be ordered in the chosen zones? A cluster that exists keeps its
 * version. ElastiCache node types are not asked about: no call says which can be ordered where.
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
import { client } from '../clients.ts';
import type { EnvironmentTarget, Zone } from '../environment.ts';
import { names } from '../names.ts';
import { allPages } from '../reads.ts';
import { isOwned } from '../tags.ts';
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

export async function askDatabase(
  service: DatabaseName,
  { account, request, target }: Context,
  zones: readonly Zone[] | undefined,
): Promise<Findings & { engineVersion?: string }> {
  const findings = noFindings();
  const wish = request[service];
  const own = ownDatabase(service, await account.databaseClusters(), target);
  if (own?.EngineVersion && wish.engineVersion && own.EngineVersion !== wish.engineVersion)
    findings.warnings.push(
      `${service}.engineVersion ${wish.engineVersion}: the cluster runs ${own.EngineVersion} and stays there; provisioning does not upgrade`,
    );
  const engineVersion = own?.EngineVersion ?? (await offeredVersion(service, target, wish.engineVersion));
  if (!engineVersion) {
    const what = wish.engineVersion ? `engineVersion ${wish.engineVersion}` : databaseEngines[service];
    findings.problems.push(`${service}: ${what} is not offered in ${target.region}`);
    return findings;
  }
  if ((own?.DBClusterMembers?.length ?? 0) < wish.instances)
    findings.problems.push(
      ...(await askInstances(service, { request, target }, engineVersion, zones, findings)),
    );
  return { ...findings, engineVersion };
}

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

interface Option {
  readonly StorageType?: string | undefined;
  readonly AvailabilityZones?: readonly { readonly Name?: string | undefined }[] | undefined;
}

async function askInstances(
  service: DatabaseName,
  { request, target }: Pick<Context, 'request' | 'target'>,
  engineVersion: string,
  zones: readonly Zone[] | undefined,
  { warnings }: Findings,
): Promise<string[]> {
  const { instanceClass, instances, storageType } = request[service];
  const options = await orderable(service, target, engineVersion, instanceClass);
  const what = `${service}.instanceClass ${instanceClass}`;
  if (options.length === 0)
    return [`${what}: cannot be ordered with version ${engineVersion} in ${target.region}`];
  // Where no option names a storage type, the service does not tell them apart.
  const ofStorage = options.filter(
    ({ StorageType }) => StorageType === undefined || StorageType === storageType,
  );
  if (ofStorage.length === 0) return [`${what}: cannot be ordered with storageType ${storageType}`];
  if (!zones) return [];
  const offered = zones.filter((zone) =>
    ofStorage.some(({ AvailabilityZones }) => AvailabilityZones?.some(({ Name }) => Name === zone.name)),
  );
  const zoneNames = zones.map(({ name }) => name).join(', ');
  if (offered.length === 0) return [`${what}: cannot be ordered in any of ${zoneNames}`];
  if (offered.length < Math.min(instances, zones.length))
    warnings.push(
      `${what}: can be ordered in ${offered.map(({ name }) => name).join(', ')} only, so instances share zones`,
    );
  return [];
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
