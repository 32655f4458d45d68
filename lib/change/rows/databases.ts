/** Aurora and DocumentDB: one API, the same rows. */
import { type FieldDifference, noInterruption, oneValue, type Row, type Situation } from '#lib/change/row.ts';
import { compareVersions, majorOf } from '#lib/change/versions.ts';

type Service = 'aurora' | 'documentdb';

const pages = {
  aurora: {
    instance: 'https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Modifying.html',
    replicas: 'https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-replicas-adding.html',
    version:
      'https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_UpgradeDBInstance.PostgreSQL.html',
    storage:
      'https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Overview.StorageReliability.html',
    cluster: 'https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBCluster.html',
  },
  documentdb: {
    instance: 'https://docs.aws.amazon.com/documentdb/latest/developerguide/db-instance-modify.html',
    replicas: 'https://docs.aws.amazon.com/documentdb/latest/developerguide/db-instance-add.html',
    version: 'https://docs.aws.amazon.com/documentdb/latest/developerguide/docdb-mvu.html',
    storage: 'https://docs.aws.amazon.com/documentdb/latest/developerguide/db-cluster-storage-configs.html',
    cluster: 'https://docs.aws.amazon.com/documentdb/latest/developerguide/API_ModifyDBCluster.html',
  },
} as const;

const notYet = (what: string, where: string) =>
  ({
    kind: 'refuse',
    why: `no step changes the ${what} of a cluster that is made`,
    instead: `ask for the ${what} it has; or change it in the ${where} console and name here what it then has`,
  }) as const;

/** The instances this service made, which have our names; a reader somebody added is theirs. */
function ownInstances(service: Service, { seen }: Situation) {
  const database = seen[service];
  if (!database) return undefined;
  return database.instances.filter(
    ({ id, status }) =>
      id.startsWith(`${database.id}-`) &&
      /^\d+$/.test(id.slice(database.id.length + 1)) &&
      status !== 'deleting',
  );
}

/** One difference a class there is beside the one that is asked. */
function classDifferences(service: Service, situation: Situation): FieldDifference[] {
  const asked = situation.request[service].instanceClass;
  const found = (ownInstances(service, situation) ?? []).map(({ instanceClass }) => instanceClass);
  return [...new Set(found)].flatMap((from) => oneValue(from, asked));
}

/** Nothing where the cluster has no instance: it was never finished, and is made as asked. */
function countDifferences(service: Service, situation: Situation): FieldDifference[] {
  const found = ownInstances(service, situation)?.length ?? 0;
  return found === 0 ? [] : oneValue(found, situation.request[service].instances);
}

export function databaseRows(service: Service) {
  const page = pages[service];
  const where = service === 'aurora' ? 'RDS' : 'DocumentDB';
  const inPlace = { kind: 'change', interrupts: noInterruption, aboutSeconds: 60 } as const;
  return {
    instanceClass: {
      step: service,
      source: page.instance,
      differences: (situation) => classDifferences(service, situation),
      cases: [notYet('instanceClass', where)],
    },
    instances: {
      step: service,
      source: page.replicas,
      differences: (situation) => countDifferences(service, situation),
      cases: [
        {
          of: 'more',
          fits: (from, to) => Number(to) > Number(from),
          kind: 'add',
          interrupts: noInterruption,
          aboutSeconds: 450,
        },
        {
          of: 'fewer',
          kind: 'refuse',
          why: 'no step takes an instance of a living cluster away',
          instead: `ask for as many as it has; or delete readers in the ${where} console, then run again`,
        },
      ],
    },
    engineVersion: {
      step: service,
      source: page.version,
      differences: ({ request, seen }) =>
        oneValue(seen[service]?.engineVersion, request[service].engineVersion),
      cases: [
        {
          of: 'an older one of the same major version',
          fits: (from, to) => majorOf(from) === majorOf(to) && compareVersions(to, from) < 0,
          kind: 'keep',
          why: 'AWS moves minor versions on by itself, and takes none back',
        },
        notYet('engineVersion', where),
      ],
    },
    storageType: {
      step: service,
      source: page.storage,
      differences: ({ request, seen }) => oneValue(seen[service]?.storageType, request[service].storageType),
      cases: [notYet('storageType', where)],
    },
    backupRetentionDays: {
      step: service,
      source: page.cluster,
      differences: ({ request, seen }) =>
        oneValue(seen[service]?.backupRetentionDays, request[service].backupRetentionDays),
      cases: [
        { ...inPlace, of: 'more', fits: (from, to) => Number(to) > Number(from) },
        { ...inPlace, of: 'fewer', interrupts: 'nothing; backups older than that are deleted' },
      ],
    },
    deletionProtection: {
      step: service,
      source: page.cluster,
      differences: ({ request, seen }) =>
        oneValue(seen[service]?.deletionProtection, request[service].deletionProtection),
      cases: [inPlace],
    },
  } satisfies Record<string, Row>;
}
