/**
 * What a status of a database cluster or instance means. AWS publishes them as plain strings without an enum
 * (aws-facts 6); one that is in none of our lists is `unknown`, and the step fails with it instead of waiting.
 */

import { databaseStatuses } from '#lib/aws/statuses.ts';
import { isKnownStatus } from '#lib/run/known-status.ts';

/**
 * - `stopped`: stays so until somebody starts it.
 * - `broken`: a new instance takes its place; the data is the cluster's.
 * - `failed`: somebody has to look.
 * - `unknown`: AWS has learned a new word; somebody has to look, too.
 */
export type Condition = 'available' | 'busy' | 'deleting' | 'stopped' | 'broken' | 'failed' | 'unknown';

/** Of an instance that never worked, or whose host is lost. */
const broken = new Set(['failed', 'insufficient-capacity', 'incompatible-create', 'incompatible-network']);

export function conditionOf(status: string | undefined): Condition {
  if (status === undefined) return 'busy';
  if (includes(databaseStatuses.good, status)) return 'available';
  if (broken.has(status)) return 'broken';
  if (status === 'stopped') return 'stopped';
  if (includes(databaseStatuses.failed, status)) return 'failed';
  if (status === 'deleting') return 'deleting';
  return includes(databaseStatuses.transient, status) ? 'busy' : 'unknown';
}

function includes(list: readonly string[], status: string): boolean {
  return list.includes(status);
}

const advice: Readonly<Record<string, string>> = {
  stopped: 'start it, then run again',
  'inaccessible-encryption-credentials': 'give AWS access to the encryption key again, then run again',
  'inaccessible-encryption-credentials-recoverable':
    'give AWS access to the encryption key again and start the cluster, then run again',
  'incompatible-parameters': 'correct the parameter group, then run again',
  'incompatible-network': 'see whether the subnets still have free addresses, then run again',
  'insufficient-capacity': 'try later, or choose another instance class or other zones',
  'insufficient-resource-limits': 'ask for a quota increase in Service Quotas, then run again',
};

/** What to do about a resource in a status that it does not leave by itself. */
export function adviceFor(status: string | undefined): string {
  if (!isKnownStatus(databaseStatuses, status))
    return 'this version does not know that status: look at it in the RDS console; when it is available, run again';
  return (
    advice[status ?? ''] ??
    'read its events in the RDS console; if it holds no data, deprovision the environment and run again'
  );
}
