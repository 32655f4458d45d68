/** Everything that exists on an account. */
import type { Account } from './account.ts';

/** Ids by type over all regions, empty lists left out. */
export function inventoryOf(account: Account): Record<string, string[]> {
  const all: Record<string, string[]> = {};
  for (const region of account.aws.regions()) {
    for (const [type, ids] of Object.entries(account.aws.inventory(region))) {
      all[type] = [...new Set([...(all[type] ?? []), ...ids])].sort();
    }
  }
  return Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)));
}
