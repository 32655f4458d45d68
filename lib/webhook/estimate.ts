/** When a run will be done, from what its steps were expected to take and what they have answered. */
import { type Seen, secondsLeft, seenOf, typicalSeconds } from '#lib/run/estimate.ts';
import type { RegistryItem } from '#lib/run/registry.ts';
import type { Verb } from '#lib/run/steps.ts';

const verbs: Partial<Record<RegistryItem['status'], Verb>> = {
  PROVISIONING: 'ensure',
  DEPROVISIONING: 'remove',
};

/**
 * Milliseconds since the epoch, never before `now`; undefined while no run holds the environment, and while one takes back
 * what it made: nobody knows how much that is.
 */
export function estimatedEnd(item: RegistryItem, now: number): number | undefined {
  const { lock, status, steps, takingBack = {}, stepSeconds } = item;
  const verb = verbs[status];
  if (!lock || !verb || Object.keys(takingBack).length > 0) return undefined;
  const seen = Object.fromEntries(
    Object.entries(steps).map(([step, answer]): [string, Seen] => [step, seenOf(answer)]),
  );
  const expected = verb === 'ensure' && stepSeconds ? stepSeconds : typicalSeconds(verb);
  return now + secondsLeft(verb, expected, seen, now) * 1000;
}
