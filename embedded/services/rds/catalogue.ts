/** What RDS offers: engine versions, instance classes by zone; and how much of it the account may have. */
import { z } from 'zod';
import { limitOf } from '#embedded/limits.ts';
import { type Call, type Operation, read } from '#embedded/model.ts';
import { zonesOf } from '#embedded/services/ec2/zones.ts';
import { answerPage, type Engine, manualClusterSnapshots, paging, rdsState } from './state.ts';

interface Offer {
  readonly versions: readonly string[];
  readonly default: string;
  readonly description: string;
  readonly storageTypes: readonly string[];
  /** As the list of what can be ordered calls them: AWS answers `aurora` for DocumentDB too. */
  readonly orderableStorageTypes: readonly string[];
  readonly logExports: readonly string[];
  readonly classes: readonly string[];
  /** Classes that only some versions run on. */
  readonly classesOf?: Readonly<Record<string, readonly string[]>>;
}

function sizes(family: string, ...names: string[]): string[] {
  return names.map((name) => `db.${family}.${name}`);
}

const memoryOptimized = ['r5', 'r6g'].flatMap((family) =>
  sizes(family, 'large', 'xlarge', '2xlarge', '4xlarge'),
);

const offers: Readonly<Record<Engine, Offer>> = {
  'aurora-postgresql': {
    versions: ['13.21', '14.18', '15.13', '16.6', '16.8', '16.9', '17.4', '17.5'],
    default: '17.4',
    description: 'Aurora (PostgreSQL)',
    storageTypes: ['aurora', 'aurora-iopt1'],
    orderableStorageTypes: ['aurora', 'aurora-iopt1'],
    logExports: ['postgresql', 'iam-db-auth-error', 'instance'],
    classes: [
      ...sizes('t3', 'medium', 'large'),
      ...sizes('t4g', 'medium', 'large'),
      ...memoryOptimized,
      ...['r6i', 'r7g'].flatMap((family) => sizes(family, 'large', 'xlarge', '2xlarge', '4xlarge')),
      'db.serverless',
    ],
  },
  docdb: {
    versions: ['3.6.0', '4.0.0', '5.0.0', '5.0.1', '8.0.0'],
    default: '5.0.0',
    description: 'Amazon DocumentDB (with MongoDB compatibility)',
    storageTypes: ['standard', 'iopt1'],
    orderableStorageTypes: ['aurora'],
    logExports: ['audit', 'profiler'],
    classes: [...sizes('t3', 'medium'), ...sizes('t4g', 'medium'), ...memoryOptimized],
    // "Amazon DocumentDB 4.0+ does not support db.r4 instances" (developer guide, docdb-mvu).
    classesOf: { '3.6.0': sizes('r4', 'large', 'xlarge') },
  },
};

export function offerOf(engine: string): Offer | undefined {
  return Object.hasOwn(offers, engine) ? offers[engine as Engine] : undefined;
}

/** The newest version of that name or family (`16` is every 16.x); the default where none is named. */
export function resolveVersion(engine: Engine, wanted: string | undefined): string | undefined {
  return wanted === undefined ? offers[engine].default : matching(offers[engine], wanted).at(-1);
}

function matching(offer: Offer, wanted: string | undefined): string[] {
  return offer.versions.filter(
    (version) => wanted === undefined || version === wanted || version.startsWith(`${wanted}.`),
  );
}

/** When Aurora got its versions: an upgrade never leads to one that is older than the one that runs. */
const quarterOf: Readonly<Record<string, number>> = {
  '16.6': 20244,
  '16.8': 20251,
  '17.4': 20251,
  '13.21': 20252,
  '14.18': 20252,
  '15.13': 20252,
  '16.9': 20252,
  '17.5': 20252,
};

/** DocumentDB developer guide, "Amazon DocumentDB in-place major version upgrade", supported upgrade paths. */
const documentdbPaths: Readonly<Record<string, readonly string[]>> = {
  '3.6.0': ['5.0.0', '5.0.1'],
  '4.0.0': ['5.0.0', '5.0.1'],
  '5.0.0': ['5.0.1', '8.0.0'],
  '5.0.1': ['8.0.0'],
};

interface UpgradeTarget {
  readonly Engine: Engine;
  readonly EngineVersion: string;
  readonly IsMajorVersionUpgrade: boolean;
  readonly AutoUpgrade: boolean;
}

/** Where a version leads: later minor versions of the same major one, and of later major ones what AWS lists; never back. */
export function upgradeTargets(engine: Engine, from: string): UpgradeTarget[] {
  const { versions } = offers[engine];
  const major = (version: string) => Number.parseInt(version, 10);
  const listed = (to: string) =>
    engine === 'docdb'
      ? documentdbPaths[from]?.includes(to)
      : major(to) === major(from) || (quarterOf[to] ?? 0) >= (quarterOf[from] ?? 0);
  return versions
    .slice(versions.indexOf(from) + 1)
    .filter(listed)
    .map((EngineVersion) => ({
      Engine: engine,
      EngineVersion,
      IsMajorVersionUpgrade: major(EngineVersion) > major(from),
      AutoUpgrade: false,
    }));
}

export function isOffered(engine: Engine, version: string, instanceClass: string): boolean {
  return classesFor(offers[engine], version).includes(instanceClass);
}

function classesFor({ classes, classesOf = {} }: Offer, version: string): readonly string[] {
  return [...classes, ...(classesOf[version] ?? [])];
}

export function familyOf(engine: Engine, version: string): string {
  return engine === 'docdb'
    ? `docdb${version.split('.').slice(0, 2).join('.')}`
    : `${engine}${version.split('.')[0]}`;
}

export function offeredFamilies(): string[] {
  return Object.entries(offers).flatMap(([engine, { versions }]) =>
    versions.map((version) => familyOf(engine as Engine, version)),
  );
}

/** Where a class can be ordered: the oldest zone of us-east-1 never got the newer ones. */
export function zonesOffering(call: Call, instanceClass: string): string[] {
  return zonesOf(call.region)
    .filter(
      ({ id, type }) =>
        type === 'availability-zone' && (id !== 'use1-az3' || /\.(t3|r5)\./.test(instanceClass)),
    )
    .map(({ name }) => name);
}

export const catalogueOperations: Record<string, Operation> = {
  DescribeDBEngineVersions: read(
    {
      Engine: z.string(),
      EngineVersion: z.string().optional(),
      DefaultOnly: z.boolean().optional(),
      ...paging,
    },
    (input) => {
      const offer = offerOf(input.Engine);
      const versions = offer ? matching(offer, input.EngineVersion) : [];
      const engine = input.Engine as Engine;
      const items = versions
        .filter((version) => !input.DefaultOnly || version === offer?.default)
        .map((version) => ({
          Engine: engine,
          EngineVersion: version,
          DBParameterGroupFamily: familyOf(engine, version),
          DBEngineDescription: offer?.description,
          DBEngineVersionDescription: `${offer?.description} ${version}`,
          ExportableLogTypes: [...(offer?.logExports ?? [])],
          ValidUpgradeTarget: upgradeTargets(engine, version),
          SupportsLogExportsToCloudwatchLogs: true,
          SupportedCACertificateIdentifiers: ['rds-ca-rsa2048-g1', 'rds-ca-ecc384-g1', 'rds-ca-rsa4096-g1'],
          Status: 'available',
        }));
      return answerPage('DBEngineVersions', items, input);
    },
  ),
  DescribeOrderableDBInstanceOptions: read(
    {
      Engine: z.string(),
      EngineVersion: z.string().optional(),
      DBInstanceClass: z.string().optional(),
      Vpc: z.boolean().optional(),
      ...paging,
    },
    (input, call) => {
      const offer = offerOf(input.Engine);
      const versions = offer ? matching(offer, input.EngineVersion) : [];
      const items = versions.flatMap((version) =>
        classesFor(offer as Offer, version)
          .filter((one) => input.DBInstanceClass === undefined || one === input.DBInstanceClass)
          .flatMap((instanceClass) =>
            (offer as Offer).orderableStorageTypes.map((storageType) => ({
              Engine: input.Engine,
              EngineVersion: version,
              DBInstanceClass: instanceClass,
              LicenseModel: input.Engine === 'docdb' ? 'na' : 'postgresql-license',
              AvailabilityZones: zonesOffering(call, instanceClass).map((Name) => ({ Name })),
              Vpc: true,
              StorageType: storageType,
            })),
          ),
      );
      return answerPage('OrderableDBInstanceOptions', input.Vpc === false ? [] : items, input);
    },
  ),
};

/** Of the RDS client only: DocumentDB's has no such call. It counts both services. */
export const accountOperations: Record<string, Operation> = {
  DescribeAccountAttributes: read({}, (_input, call) => {
    const state = rdsState(call);
    const quota = (AccountQuotaName: string, Used: number, Max: number) => ({ AccountQuotaName, Used, Max });
    return {
      AccountQuotas: [
        quota('DBInstances', Object.keys(state.instances).length, limitOf(call, 'L-7B6409FD')),
        quota('DBSubnetGroups', Object.keys(state.subnetGroups).length, limitOf(call, 'L-48C6BF61')),
        quota('SubnetsPerDBSubnetGroup', 0, 20),
        quota(
          'DBClusterParameterGroups',
          Object.keys(state.parameterGroups ?? {}).length,
          limitOf(call, 'L-E4C808A8'),
        ),
        quota('DBClusters', Object.keys(state.clusters).length, limitOf(call, 'L-952B80B8')),
        quota('ManualClusterSnapshots', Object.keys(state.snapshots).length, manualClusterSnapshots),
      ],
    };
  }),
};
