/**
 * What a status of a database cluster or instance means. AWS publishes them as plain strings without an enum
 * (aws-facts 6), so one that is not listed here counts as busy until the step's deadline, never as available.
 */

/**
 * - `stopped`: stays so until somebody starts it.
 * - `broken`: a new instance takes its place; the data is the cluster's.
 * - `failed`: somebody has to look.
 */
export type Condition = 'available' | 'busy' | 'deleting' | 'stopped' | 'broken' | 'failed';

const available = new Set(['available', 'storage-optimization']);

/** Of an instance that never worked, or whose host is lost. */
const broken = new Set(['failed', 'insufficient-capacity', 'incompatible-create', 'incompatible-network']);

const failed = new Set([
  'inaccessible-encryption-credentials',
  'inaccessible-encryption-credentials-recoverable',
  'incompatible-credentials',
  'incompatible-option-group',
  'incompatible-parameters',
  'incompatible-restore',
  'insufficient-resource-limits',
  'storage-failure',
  'storage-full',
  'migration-failed',
  'cloning-failed',
]);

export function conditionOf(status: string | undefined): Condition {
  if (status === undefined) return 'busy';
  if (available.has(status)) return 'available';
  if (broken.has(status)) return 'broken';
  if (failed.has(status)) return 'failed';
  if (status === 'stopped') return 'stopped';
  if (status === 'deleting') return 'deleting';
  return 'busy';
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
  return (
    advice[status ?? ''] ??
    'read its events in the RDS console; if it holds no data, deprovision the environment and run again'
  );
}
