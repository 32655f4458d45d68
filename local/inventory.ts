/** Everything that exists, on the service's own account and on those of roles. */
import type { Account } from './account.ts';

/** Ids by type over all accounts and regions, empty lists left out. */
export function inventoryOf({ aws }: Account): Record<string, string[]> {
  const all: Record<string, string[]> = {};
  for (const account of aws.accounts()) {
    for (const region of aws.regions(account)) {
      for (const [type, ids] of Object.entries(aws.inventory(region, account))) {
        all[type] = [...new Set([...(all[type] ?? []), ...ids])].sort();
      }
    }
  }
  return Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)));
}
