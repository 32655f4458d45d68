/**
 * The snapshot before a major version: of this run's own, waited for, and never deleted by anybody but its owner. AWS
 * takes no version back, so it is the only way there (Aurora user guide, "Performing a major version upgrade"; DocumentDB
 * developer guide, docdb-mvu). Each run that upgrades takes one: what an earlier run took knows nothing of later writes.
 */
import type { DBClusterSnapshot } from '@aws-sdk/client-docdb';
import { tolerating } from '#lib/aws/errors.ts';
import { allPages } from '#lib/aws/reads.ts';
import { assertOwned } from '#lib/ownership/assert-owned.ts';
import { isCreatedBy, isOwned, tagList } from '#lib/ownership/tags.ts';
import type { RemovalTarget } from '#lib/run/environment.ts';
import { aftermath, wordsOf } from '#lib/run/failure-words.ts';
import { ResourceFailedError } from '#lib/run/failures.ts';
import { pending, type StepOutcome } from '#lib/run/step.ts';
import { upgradeSnapshotName, upgradeSnapshotPrefix } from './final-snapshot.ts';
import type { Look } from './instances.ts';
import type { DatabaseCalls, DatabaseService } from './service.ts';

/** By its size; small ones take minutes. */
const snapshotSeconds = 90;
const lookAgainSeconds = 20;

/** Undefined once it is there. */
export async function ensureUpgradeSnapshot(look: Look): Promise<StepOutcome | undefined> {
  const { service, context, calls, identifier } = look;
  const { environment } = context;
  const name = upgradeSnapshotName(identifier, environment.execution);
  const { engineVersion } = service.plan(environment);
  const what = `snapshot ${name} of ${service.title} cluster ${identifier}, before it becomes ${engineVersion},`;
  const found = await findSnapshot(calls, name);
  if (!found) {
    // `exists`: the answer to the SDK's first attempt was lost.
    await tolerating(['exists'], () =>
      calls.createSnapshot({
        DBClusterSnapshotIdentifier: name,
        DBClusterIdentifier: identifier,
        Tags: tagList(environment, `${service.step}/snapshot-before-${engineVersion}`),
      }),
    );
    return pending(`${what} is being taken`, snapshotSeconds);
  }
  assertOwned(`snapshot ${name}`, await tagsOfSnapshot(calls, found), environment);
  if (found.Status === 'available') return undefined;
  if (found.Status === 'creating')
    return pending(`${what} is ${found.PercentProgress ?? 0}% there`, lookAgainSeconds);
  throw new ResourceFailedError(
    `${what} is ${found.Status}; nothing is upgraded without it`,
    'delete it, read the events of the cluster in the RDS console for the reason, then run again',
  );
}

async function findSnapshot(calls: DatabaseCalls, name: string): Promise<DBClusterSnapshot | undefined> {
  const found = await tolerating(['gone'], () =>
    allPages(calls.snapshotPages({ DBClusterSnapshotIdentifier: name }), (page) => page.DBClusterSnapshots),
  );
  return found?.[0];
}

async function tagsOfSnapshot(calls: DatabaseCalls, { DBClusterSnapshotArn }: DBClusterSnapshot) {
  return (await calls.listTags({ ResourceName: DBClusterSnapshotArn })).TagList ?? [];
}

/**
 * What stays of them, in words; a rollback speaks of its run's own only. They hold data, and are for people to delete.
 */
export async function stayingUpgradeSnapshots(
  service: DatabaseService,
  calls: DatabaseCalls,
  identifier: string,
  target: RemovalTarget,
): Promise<readonly string[]> {
  const all = await tolerating(['gone'], () =>
    allPages(
      calls.snapshotPages({ DBClusterIdentifier: identifier, SnapshotType: 'manual' }),
      (page) => page.DBClusterSnapshots,
    ),
  );
  const staying: string[] = [];
  for (const snapshot of all ?? []) {
    const name = snapshot.DBClusterSnapshotIdentifier ?? '';
    // One that failed holds nothing.
    if (!name.startsWith(upgradeSnapshotPrefix(identifier)) || snapshot.Status === 'failed') continue;
    const tags = await tagsOfSnapshot(calls, snapshot);
    if (isOwned(tags, target) && isCreatedBy(tags, target.createdBy)) staying.push(name);
  }
  return staying.map((name) =>
    wordsOf({
      what: `${service.title} snapshot ${name}${target.createdBy === undefined ? ' stays: ' : aftermath.stays}it holds the data as it was before a major version`,
      todo: 'delete it when nobody wants to go back there any more; it is billed as backup storage',
    }),
  );
}
