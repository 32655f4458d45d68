/** Aurora and DocumentDB: one API, the same rows. */
import { type FieldDifference, noInterruption, oneValue, type Row, type Situation } from '#lib/change/row.ts';
import { isPlanned, ordinalOf } from '#lib/data/instance-names.ts';
import { compareVersions, majorOf } from '#lib/request/versions.ts';
import { originRow } from './origin.ts';

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
    restore: 'https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-restore-snapshot.html',
  },
  documentdb: {
    instance: 'https://docs.aws.amazon.com/documentdb/latest/developerguide/db-instance-modify.html',
    replicas: 'https://docs.aws.amazon.com/documentdb/latest/developerguide/db-instance-add.html',
    version: 'https://docs.aws.amazon.com/documentdb/latest/developerguide/docdb-mvu.html',
    storage: 'https://docs.aws.amazon.com/documentdb/latest/developerguide/db-cluster-storage-configs.html',
    cluster: 'https://docs.aws.amazon.com/documentdb/latest/developerguide/API_ModifyDBCluster.html',
    restore:
      'https://docs.aws.amazon.com/documentdb/latest/developerguide/backup_restore-restore_from_snapshot.html',
  },
} as const;

/** Those of the names a plan has, whoever made them: as the step judges them, which changes none of somebody else's. */
export function plannedInstances(service: Service, request: Situation['request'], seen: Situation['seen']) {
  const { id = '', instances = [] } = seen[service] ?? {};
  return instances.filter(
    (one) => isPlanned(id, request[service].instances, one.id) && one.status !== 'deleting',
  );
}

/** Beyond the plan only what carries our tags is one too many; a reader that somebody added is theirs. */
function surplusInstances(service: Service, { request, seen, tagged }: Situation) {
  const { id = '', instances = [] } = seen[service] ?? {};
  return instances.filter(
    (one) =>
      ordinalOf(id, one.id) > request[service].instances &&
      one.status !== 'deleting' &&
      tagged.some(({ step, what }) => step === service && what === `instance ${one.id}`),
  );
}

/** One difference a class there is beside the one that is asked. */
function classDifferences(service: Service, { request, seen }: Situation): FieldDifference[] {
  const found = plannedInstances(service, request, seen).map(({ instanceClass }) => instanceClass);
  return [...new Set(found)].flatMap((from) => oneValue(from, request[service].instanceClass));
}

/** Nothing where the cluster has no instance: it was never finished, and is made as asked. */
function countDifferences(service: Service, situation: Situation): FieldDifference[] {
  const { request, seen } = situation;
  const found = plannedInstances(service, request, seen).length + surplusInstances(service, situation).length;
  return found === 0 ? [] : oneValue(found, request[service].instances);
}

export function databaseRows(service: Service) {
  const page = pages[service];
  const inPlace = { kind: 'change', interrupts: noInterruption, aboutSeconds: 60 } as const;
  return {
    instanceClass: {
      step: service,
      source: page.instance,
      differences: (situation) => classDifferences(service, situation),
      cases: [
        {
          kind: 'change',
          interrupts:
            'each instance restarts: readers first, then writes stop for about 30 s while one of them takes over; a single instance is out for all of it',
          aboutSeconds: 2400,
        },
      ],
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
          kind: 'change',
          interrupts:
            'connections to the readers that go; the writer hands over first where it is one of them',
          aboutSeconds: 480,
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
        {
          of: 'a later one of the same major version',
          fits: (from, to) => majorOf(from) === majorOf(to),
          kind: 'change',
          interrupts: 'every instance restarts, a minute or more without the database',
          aboutSeconds: 600,
          forGood: true,
        },
        {
          of: 'back to an older major version',
          fits: (from, to) => compareVersions(to, from) < 0,
          kind: 'refuse',
          why: 'AWS takes no version back',
          instead: `name the version that runs; a snapshot from before its upgrade (${service}.restoreFrom) makes a new environment of the older one`,
        },
        {
          of: 'a later major version, with `allowMajorUpgrade`',
          fits: (_from, _to, request) => request[service].allowMajorUpgrade === true,
          kind: 'change',
          interrupts:
            'the database is out, for 20 minutes or up to an hour, and applications meet another major version; a snapshot is taken first, and stays',
          aboutSeconds: 3000,
          forGood: true,
        },
        {
          of: 'a later major version, without it',
          kind: 'refuse',
          why: 'a major version is an outage of up to an hour, and applications may not run on it',
          instead: `say ${service}.allowMajorUpgrade: true as well, once your applications are tested on it: on an environment of another name, made from a snapshot (${service}.restoreFrom) and upgraded`,
        },
      ],
    },
    allowMajorUpgrade: {
      aside:
        'Nothing is made of it: whether `engineVersion` may name a later major version. It may stay in the request.',
    },
    storageType: {
      step: service,
      source: page.storage,
      differences: ({ request, seen }) => oneValue(seen[service]?.storageType, request[service].storageType),
      cases: [{ ...inPlace, aboutSeconds: 120 }],
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
    restoreFrom: originRow(service, page.restore),
  } satisfies Record<string, Row>;
}
