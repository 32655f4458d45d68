/** ElastiCache. */
import { noInterruption, oneValue, type Row, type Situation } from '#lib/change/row.ts';
import { names } from '#lib/ownership/names.ts';
import { compareVersions, majorOf } from '#lib/request/versions.ts';
import { originRow } from './origin.ts';

const guide = 'https://docs.aws.amazon.com/AmazonElastiCache/latest/dg';

/** A group that failed when it was made is made anew, as asked. */
function cache({ seen }: Situation) {
  return seen.cache?.status === 'create-failed' ? undefined : seen.cache;
}

export const cacheRows = {
  nodeType: {
    step: 'elasticache',
    source: `${guide}/Scaling.html`,
    differences: (situation) => oneValue(cache(situation)?.nodeType, situation.request.elasticache.nodeType),
    cases: [
      {
        kind: 'change',
        interrupts:
          'a few seconds without writes when a new node takes over; a smaller type must hold the data',
        aboutSeconds: 1200,
      },
    ],
  },
  replicas: {
    step: 'elasticache',
    source: `${guide}/increase-replica-count.html`,
    differences: (situation) => {
      const found = cache(situation);
      return oneValue(found && found.nodes - 1, situation.request.elasticache.replicas);
    },
    cases: [
      {
        of: 'more',
        fits: (from, to) => Number(to) > Number(from),
        kind: 'add',
        interrupts: noInterruption,
        aboutSeconds: 480,
      },
      { of: 'fewer', kind: 'change', interrupts: 'connections to the replicas that go', aboutSeconds: 300 },
    ],
  },
  engine: {
    step: 'elasticache',
    source: `${guide}/VersionManagement.HowTo.html`,
    differences: (situation) =>
      oneValue(cache(situation)?.members[0]?.engine, situation.request.elasticache.engine),
    cases: [
      {
        of: 'from Redis OSS to Valkey',
        fits: (from, to) => from === 'redis' && to === 'valkey',
        kind: 'change',
        interrupts: 'a few seconds for each node',
        aboutSeconds: 1200,
        forGood: true,
      },
      {
        of: 'back',
        kind: 'refuse',
        why: 'AWS makes no Valkey cache one of Redis OSS again',
        instead: 'name the engine that runs, or remove the cache first',
      },
    ],
  },
  engineVersion: {
    step: 'elasticache',
    source: `${guide}/VersionManagement.html`,
    differences: (situation) => {
      const found = cache(situation)?.engineVersion;
      const asked = situation.request.elasticache.engineVersion;
      return found && compareVersions(found, asked) !== 0 ? oneValue(found, asked) : [];
    },
    cases: [
      {
        of: 'an older one of the same major version',
        fits: (from, to) => majorOf(from) === majorOf(to) && compareVersions(to, from) < 0,
        kind: 'keep',
        why: 'AWS moves minor versions on by itself, and takes none back',
      },
      {
        of: 'back to an older major version',
        fits: (from, to) => compareVersions(to, from) < 0,
        kind: 'refuse',
        why: 'ElastiCache takes no engine back to an older version',
        instead: 'name the version that runs; an older one starts from an older snapshot, in another cache',
      },
      {
        of: 'a later one',
        kind: 'change',
        interrupts: 'a few seconds for each node',
        aboutSeconds: 600,
        forGood: true,
      },
    ],
  },
  snapshotRetentionDays: {
    step: 'elasticache',
    source:
      'https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_ModifyReplicationGroup.html',
    differences: (situation) =>
      oneValue(cache(situation)?.snapshotRetentionDays, situation.request.elasticache.snapshotRetentionDays),
    cases: [{ kind: 'change', interrupts: noInterruption, aboutSeconds: 60 }],
  },
  restoreFrom: originRow('elasticache', `${guide}/backups-restoring.html`),
  authentication: {
    step: 'elasticache',
    source: `${guide}/auth-iam.html`,
    differences: (situation) => {
      const found = cache(situation);
      const group = names(situation.request).cacheUserGroup;
      const has = found && (found.userGroupIds.includes(group) ? 'iam' : 'none');
      return oneValue(has, situation.request.elasticache.authentication);
    },
    cases: [
      {
        kind: 'refuse',
        why: 'switching it on cuts off whoever signs in with nothing, and back again lets everybody in: no run does that in passing',
        instead: 'ask for what it has, or remove the cache first',
      },
    ],
  },
} satisfies Record<string, Row>;
