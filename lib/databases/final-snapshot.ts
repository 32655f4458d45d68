/** Final snapshots under names that a second attempt cannot trip over. */
import { classify, isAwsError } from '../errors.ts';

const attempts = 9;

/**
 * `<resource>-final-<execution>`, in the letters RDS and ElastiCache allow: no capitals, no two hyphens in a
 * row, none at the end. The same execution asks for the same name again.
 */
export function finalSnapshotName(resource: string, execution: string): string {
  return `${resource}-final-${execution}`
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/-$/, '');
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
