/**
 * Which snapshot a database or cache was made from (`restoreFrom`). AWS does not tell it of one that lives, so a tag
 * does: a run that names the same snapshot again finds its work done, and one that names another is refused.
 */

import { tagValue } from '#lib/ownership/tags.ts';
import { ResourceFailedError } from '#lib/run/failures.ts';

const restoredFromTag = 'aoscloud:restored-from';
/** RDS takes no tag whose value begins with `rds:`, as the names of automated snapshots do. */
const prefix = 'snapshot ';

/** For the create call; nothing where it is made empty. */
export function originTag(snapshot: string | undefined): Record<string, string> {
  return snapshot === undefined ? {} : { [restoredFromTag]: `${prefix}${snapshot}` };
}

/** Undefined where it was made empty. */
export function originOf(tags: Parameters<typeof tagValue>[0]): string | undefined {
  return tagValue(tags, restoredFromTag)?.slice(prefix.length);
}

/** Acceptance refuses it before; between that and now somebody else may have made one. */
export function assertOrigin(
  resource: string,
  tags: Parameters<typeof tagValue>[0],
  wanted: string | undefined,
): void {
  const from = originOf(tags);
  if (wanted === undefined || from === wanted) return;
  throw new ResourceFailedError(
    `${resource} was made ${from ? `from snapshot ${from}` : 'empty'}, and the request asks for snapshot ${wanted}; nothing is restored over data that lives`,
    'leave restoreFrom out, or remove the environment (its databases leave final snapshots) and provision it from that snapshot',
  );
}
