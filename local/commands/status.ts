/** `status [NAME]`: what the registry knows, read only there. */
import { listEnvironments, type RegistryItem, readEnvironment } from '#lib/registry.ts';
import { openFolder } from '../account.ts';
import { type CommonOptions, printer } from './options.ts';

export async function status(name: string | undefined, options: CommonOptions): Promise<number> {
  const account = openFolder(options.state, options.seed);
  const found = name ? await readEnvironment(name) : undefined;
  const items = name ? (found ? [found] : []) : await listEnvironments();
  account.close();
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ environments: items }, null, 2)}\n`);
  } else if (items.length === 0) {
    printer(false)(
      name ? `No environment ${name} is known.` : 'No environment is known. Make one: npm start',
    );
  } else {
    for (const item of items) print(item);
  }
  return name && items.length === 0 ? 1 : 0;
}

function print(item: RegistryItem): void {
  const line = printer(false);
  line(`${item.environment}  ${item.status}  ${item.region}  account ${item.account}  ${item.updatedAt}`);
  if (item.lock) line(`  held by execution ${item.lock.name} since ${item.lock.since}`);
  for (const [step, { status: state, detail, at }] of Object.entries(item.steps)) {
    line(`  ${step.padEnd(16)} ${state.padEnd(8)} ${at}  ${detail}`);
  }
  if (item.failure) line(`  last failure (${item.failure.execution}): ${item.failure.cause}`);
}
