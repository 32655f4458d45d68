/** `status [NAME]`: what the registry knows, read only there. */
import { type HeldBlock, listBlocks } from '#lib/run/block-reservation.ts';
import { progressOf, queueOf } from '#lib/run/progress.ts';
import { listEnvironments, type RegistryItem, readEnvironment } from '#lib/run/registry.ts';
import { openFolder } from '#local/account.ts';
import { unknownInWords } from '#local/known.ts';
import { lines, table } from '#local/table.ts';
import { type CommonOptions, printer } from './options.ts';

export async function status(name: string | undefined, options: CommonOptions): Promise<number> {
  const account = openFolder(options.state, options.seed);
  try {
    const items = await registryItems(name);
    return await printItems(items, name, options, 'No environment is known. Make one: npm start');
  } finally {
    account.close();
  }
}

/** `list`: all of them, and which environment has which block. */
export async function list(options: CommonOptions): Promise<number> {
  const account = openFolder(options.state, options.seed);
  const found = await listed();
  account.close();
  return printListed(found, options, 'No environment is known. Make one: npm start');
}

interface Listed {
  readonly environments: readonly RegistryItem[];
  readonly blocks: readonly HeldBlock[];
}

export async function listed(): Promise<Listed> {
  return { environments: await registryItems(undefined), blocks: await listBlocks() };
}

export function printListed(found: Listed, options: { readonly json: boolean }, none: string): number {
  if (options.json) {
    process.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
    return 0;
  }
  const environments = table(['environment', 'status', 'region', 'account', 'updated']);
  for (const item of found.environments) {
    const { environment, region, account, updatedAt } = item;
    environments.push([environment, statusOf(item), region, account, updatedAt]);
  }
  printer(false)(found.environments.length > 0 ? lines(environments) : none);
  const blocks = table(['block', 'region', 'account', 'environment', 'since']);
  for (const { cidr, region, account, holder, since, accepting } of found.blocks)
    blocks.push([cidr, region, account, accepting ? `${holder} (being accepted)` : holder, since]);
  if (found.blocks.length > 0) printer(false)(`\n${lines(blocks)}`);
  return 0;
}

/** With the place in the queue where the run stands in one. */
function statusOf(item: RegistryItem): string {
  const queue = item.lock && queueOf(item);
  return queue ? `${item.status}, place ${queue.place} from ${queue.from.slice(11, 16)} UTC` : item.status;
}

/** One item, all of them in the order of their names, or none. */
export async function registryItems(name: string | undefined): Promise<RegistryItem[]> {
  if (!name) return (await listEnvironments()).sort((a, b) => (a.environment < b.environment ? -1 : 1));
  const found = await readEnvironment(name);
  return found ? [found] : [];
}

/** Answers the exit code: 1 where the one asked for is not known. */
export async function printItems(
  items: readonly RegistryItem[],
  name: string | undefined,
  options: { readonly json: boolean },
  none: string,
): Promise<number> {
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ environments: items }, null, 2)}\n`);
  } else if (items.length === 0) {
    printer(false)(name ? await unknownInWords(name) : none);
  } else {
    for (const item of items) print(item);
  }
  return name && items.length === 0 ? 1 : 0;
}

function print(item: RegistryItem): void {
  const line = printer(false);
  line(`${item.environment}  ${item.status}  ${item.region}  account ${item.account}  ${item.updatedAt}`);
  if (item.empty) line('  nothing exists: the run that failed took back all it had made');
  if (item.lock) line(`  held by execution ${item.lock.name} since ${item.lock.since}`);
  for (const { step, status: state, detail, at } of progressOf(item)) {
    line(`  ${step.padEnd(16)} ${state.padEnd(10)} ${at}  ${detail}`);
  }
  if (item.failure) line(`  last failure (${item.failure.execution}): ${item.failure.cause}`);
}
