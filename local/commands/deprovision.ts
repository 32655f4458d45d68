/** `deprovision NAME --confirm NAME`: takes an environment down. */
import { partsOf } from '#lib/run/failure-words.ts';
import { readEnvironment } from '#lib/run/registry.ts';
import { typicalRemovalSeconds } from '#lib/run/steps.ts';
import { homeRegion } from '#local/account.ts';
import { reportedResources } from '#local/owned.ts';
import { printer, type RunOptions } from './options.ts';
import { run } from './run.ts';

export interface DeprovisionOptions extends RunOptions {
  readonly confirm: string;
  readonly region?: string;
  /** False: databases leave no final snapshot. */
  readonly finalSnapshots: boolean;
  /** The databases' log groups go, too. */
  readonly deleteLogs: boolean;
}

/** Answers the exit code. */
export async function deprovision(name: string, options: DeprovisionOptions): Promise<number> {
  const { confirm, region, finalSnapshots, deleteLogs } = options;
  const summary = await run(
    {
      machine: 'deprovision',
      input: { environment: name, confirm, finalSnapshots, deleteLogs, ...(region ? { region } : {}) },
      headline: `Taking down ${name}`,
      expectedSeconds: typicalRemovalSeconds,
    },
    options,
  );
  const { result, seconds: simulatedSeconds, transitions, account } = summary;
  const requests = account.requests();
  const known = await readEnvironment(name);
  const roleArn = known?.roleArn;
  const target = { name, region: region ?? known?.region ?? homeRegion, ...(roleArn && { roleArn }) };
  const resources = await reportedResources(account, options.endpoint, target);
  await summary.stay();
  account.close();
  const succeeded = result.status === 'SUCCEEDED';
  const cause = result.cause ?? '';
  if (options.json) {
    const error = succeeded
      ? {}
      : { error: { name: result.error ?? result.status, cause, ...partsOf(cause) } };
    const status = succeeded ? 'SUCCEEDED' : 'FAILED';
    const report = {
      environment: name,
      status,
      simulatedSeconds,
      transitions,
      requests,
      resources,
      ...error,
    };
    process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  }
  const print = printer(options.json);
  print('');
  if (!succeeded) {
    print(`FAILED: ${result.error}: ${cause}`);
    return 1;
  }
  const left = Object.entries(resources).map(([type, ids]) => `${ids.length} ${type}`);
  const nothing = options.endpoint ? 'Nothing of it is left' : 'The account is empty';
  print(`${name} is taken down. ${left.length > 0 ? `On the account: ${left.join(', ')}` : nothing}.`);
  return 0;
}
