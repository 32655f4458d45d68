/** `deprovision NAME --confirm NAME`: takes an environment down. */
import { partsOf } from '#lib/run/failure-words.ts';
import { readEnvironment } from '#lib/run/registry.ts';
import { homeRegion, openFolder } from '#local/account.ts';
import { assertKnown } from '#local/known.ts';
import {
  afterFailure,
  afterRemoval,
  afterStop,
  ownCommand,
  printNextSteps,
  seeAgain,
} from '#local/next-steps.ts';
import { reportedResources } from '#local/owned.ts';
import { listed, printEnd, reportStatusOf } from '#local/report.ts';
import { stepTimes } from '#local/summary.ts';
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
  await look(name, options);
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
  const seen = await listed(() => reportedResources(account, target));
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
  printEnd(print, report, steps);
  const own = ownCommand(options);
  const again = own(...removalWords(name, options));
  const isLeft = Object.keys(seen.resources).length > 0;
  if (status === 'SUCCEEDED') print(`${name} is taken down. ${leftOver(seen)}`.trimEnd());
  if (status === 'ABORTED') print('The run was stopped. What is gone is gone, and the rest is known.');
  const next = {
    SUCCEEDED: afterRemoval(isLeft, own),
    ABORTED: afterStop(again),
    FAILED: afterFailure({ name, error: result.error ?? '', again, stands: isLeft }, own),
  };
  printNextSteps(print, [...next[status], seeAgain(own, name)]);
  await summary.stay();
  account.close();
  return summary.exitCode ?? (status === 'SUCCEEDED' ? 0 : 1);
}

/** The command line that asks for it again. */
export function removalWords(
  name: string,
  {
    region,
    finalSnapshots,
    deleteLogs,
  }: Pick<DeprovisionOptions, 'region' | 'finalSnapshots' | 'deleteLogs'>,
): string[] {
  return [
    ...['deprovision', name, '--confirm', name],
    ...(region ? ['--region', region] : []),
    ...(finalSnapshots ? [] : ['--no-final-snapshots']),
    ...(deleteLogs ? ['--delete-logs'] : []),
  ];
}

/** Before anything is begun. */
async function look(name: string, { state, seed, region }: DeprovisionOptions): Promise<void> {
  const account = openFolder(state, seed);
  try {
    await assertKnown(name, region);
  } finally {
    account.close();
  }
}

/** Final snapshots by name, as one restores from them; of the rest how many. */
function leftOver({ resources, unlisted }: Awaited<ReturnType<typeof listed>>): string {
  if (unlisted) return '';
  const left = Object.entries(resources).map(([type, ids]) =>
    type.endsWith('snapshot') ? `${type} ${ids.join(', ')}` : `${ids.length} ${type}`,
  );
  return left.length > 0 ? `Left of it: ${left.join('; ')}.` : 'Nothing of it is left.';
}
