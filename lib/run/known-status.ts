/** Statuses of resources against the lists of those this program knows. */

import type { StatusTable } from '#lib/aws/statuses.ts';
import { ResourceFailedError } from './failures.ts';

/** Undefined (not told) counts as known: many answers leave a status out at first. */
export function isKnownStatus(table: StatusTable, status: string | undefined): boolean {
  if (status === undefined) return true;
  return [...table.good, ...table.transient, ...table.failed].includes(status);
}

/** Fails by name on a status of `resource` that stands in no list. */
export function assertKnownStatus(resource: string, table: StatusTable, status: string | undefined): void {
  if (isKnownStatus(table, status)) return;
  throw new ResourceFailedError(
    `${resource} has the status ${status}, which this version does not know`,
    'look at it in the AWS console; when it is as it should be, run again',
  );
}
