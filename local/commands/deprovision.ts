/** `deprovision NAME --confirm NAME`: takes an environment down. */
import { partsOf } from '#lib/run/failure-words.ts';
import { readEnvironment } from '#lib/run/registry.ts';
import { homeRegion } from '#local/account.ts';
import { reportedResources } from '#local/owned.ts';
import { listed, reportStatusOf } from '#local/report.ts';
import { printTimes, stepTimes } from '#local/summary.ts';
import { printerOf, type RunOptions, writeReport } from './options.ts';
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
    },
    options,
  );
  const { result, seconds: simulatedSeconds, transitions, account, steps } = summary;
  const requests = account.requests();
  const known = await readEnvironment(name);
  const roleArn = known?.roleArn;
  const target = { name, region: region ?? known?.region ?? homeRegion, ...(roleArn && { roleArn }) };
  const seen = await listed(() => reportedResources(account, options.endpoint, target));
  const status = reportStatusOf(result);
  const cause = result.cause ?? '';
  const report = {
    environment: name,
    status,
    simulatedSeconds,
    transitions,
    requests,
    ...seen,
    steps: stepTimes(steps),
    ...(status === 'SUCCEEDED'
      ? {}
      : { error: { name: result.error ?? result.status, cause, ...partsOf(cause) } }),
  };
  writeReport(report, options);
  const print = printerOf(options);
  print('');
  printTimes(print, steps);
  if (seen.unlisted) print(`What exists could not be listed: ${seen.unlisted}`);
  if (status === 'FAILED') print(`FAILED: ${result.error}: ${cause}`);
  if (status === 'SUCCEEDED') print(`${name} is taken down.${leftOver(seen, options)}`);
  if (status === 'ABORTED') {
    const again = `npm start -- deprovision ${name} --confirm ${name}`;
    print(`The run was stopped. What is gone is gone, and the rest is known. To go on: ${again}`);
  }
  await summary.stay();
  account.close();
  return summary.exitCode ?? (status === 'SUCCEEDED' ? 0 : 1);
}

function leftOver(
  { resources, unlisted }: Awaited<ReturnType<typeof listed>>,
  { endpoint }: RunOptions,
): string {
  if (unlisted) return '';
  const left = Object.entries(resources).map(([type, ids]) => `${ids.length} ${type}`);
  if (left.length > 0) return ` On the account: ${left.join(', ')}.`;
  return endpoint ? ' Nothing of it is left.' : ' The account is empty.';
}
