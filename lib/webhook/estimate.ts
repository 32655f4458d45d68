/** When a run will be done, from the typical durations of AWS (aws-facts 0.6). */
import type { StepName } from '../environment.ts';
import type { RegistryItem } from '../registry.ts';

/** The slowest chain, in seconds; everything else comes up beside it. */
const provisionChain: readonly (readonly [StepName, number])[] = [
  ['vpc', 10],
  ['eks-cluster', 10.5 * 60],
  ['eks-connect', 10],
  // Node group, then coredns.
  ['eks-nodes', 135 + 30],
];
/** Data services and nodes, then the control plane, then the network. */
const removalSeconds = 20 * 60;

/** Milliseconds since the epoch, never before `now`; undefined while no run holds the environment. */
export function estimatedEnd(item: RegistryItem, now: number): number | undefined {
  if (!item.lock) return undefined;
  if (item.status === 'DEPROVISIONING')
    return Math.max(now, Date.parse(item.lock.since) + removalSeconds * 1000);
  if (item.status !== 'PROVISIONING') return undefined;
  const remaining = provisionChain.map(([step, seconds]) => {
    const seen = item.steps[step];
    if (!seen) return seconds;
    if (seen.status !== 'pending') return 0;
    return Math.max(0, seconds - (now - Date.parse(seen.since)) / 1000);
  });
  return now + remaining.reduce((sum, seconds) => sum + seconds, 0) * 1000;
}
