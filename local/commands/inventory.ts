/** `inventory`: everything that exists on the account, by service. */
import { openFolder } from '#local/account.ts';
import { inventoryOf } from '#local/inventory.ts';
import { type CommonOptions, printer } from './options.ts';

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
