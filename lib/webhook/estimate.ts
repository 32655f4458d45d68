/** When a run will be done, from the typical durations of AWS (aws-facts 0.6). */

import type { RegistryItem } from '#lib/run/registry.ts';
import { typicalProvisionSeconds, typicalRemovalSeconds } from '#lib/run/steps.ts';

/** Milliseconds since the epoch, never before `now`; undefined while no run holds the environment. */
export function estimatedEnd(item: RegistryItem, now: number): number | undefined {
  if (!item.lock) return undefined;
  if (item.status === 'DEPROVISIONING')
    return Math.max(now, Date.parse(item.lock.since) + typicalRemovalSeconds * 1000);
  if (item.status !== 'PROVISIONING') return undefined;
  const remaining = typicalProvisionSeconds.map(([step, seconds]) => {
    const seen = item.steps[step];
    if (!seen) return seconds;
    if (seen.status !== 'pending') return 0;
    return Math.max(0, seconds - (now - Date.parse(seen.since)) / 1000);
  });
  return now + remaining.reduce((sum, seconds) => sum + seconds, 0) * 1000;
}
