/** Snapshots under names that a second attempt cannot trip over. */
import { createHash } from 'node:crypto';
import { classify, isAwsError } from '#lib/aws/errors.ts';

const attempts = 9;

/**
 * `<resource>-final-<eight hexadecimal digits>`: the same execution asks for the same name again. A digest,
 * because a DB cluster snapshot's name has at most 63 characters and an execution's alone may have 80.
 */
export function finalSnapshotName(resource: string, execution: string): string {
  return `${resource}-final-${digestOf(execution)}`;
}

/** What a run takes before it upgrades a database to another major version: one a run, as data goes on changing. */
export function upgradeSnapshotName(cluster: string, execution: string): string {
  return `${upgradeSnapshotPrefix(cluster)}${digestOf(execution)}`;
}

export function upgradeSnapshotPrefix(cluster: string): string {
  return `${cluster}-before-`;
}

function digestOf(execution: string): string {
  return createHash('sha256').update(execution).digest('hex').slice(0, 8);
}

/**
 * Deletes with a final snapshot. A name that is taken (an execution's name may come again after 90 days, or a
 * second generation of the resource dies in the same one) is tried with the next number.
 */
export async function deleteWithSnapshot(
  name: string,
  remove: (snapshotName: string) => Promise<unknown>,
): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    const candidate = attempt === 1 ? name : `${name}-${attempt}`;
    try {
      await remove(candidate);
      return candidate;
    } catch (error) {
      const taken = isAwsError(error) && classify(error) === 'exists';
      if (!taken || attempt === attempts) throw error;
    }
  }
}
