/** `inventory`: everything that exists on the account, by service. */
import { type Account, openFolder } from '../account.ts';
import { type CommonOptions, printer } from './options.ts';

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

export function inventory(options: CommonOptions): void {
  const account = openFolder(options.state, options.seed);
  const resources = inventoryOf(account);
  account.close();
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ resources }, null, 2)}\n`);
    return;
  }
  const print = printer(false);
  if (Object.keys(resources).length === 0) print('The account is empty.');
  for (const [type, ids] of Object.entries(resources)) {
    print(`${type} (${ids.length})`);
    for (const id of ids) print(`  ${id}`);
  }
}
