/** `provision FILE`: the main job, end to end. */

import type { EnvironmentPlan } from '#lib/run/environment.ts';
import { partsOf } from '#lib/run/failure-words.ts';
import type { EnvironmentOutputs } from '#lib/verify/outputs.ts';
import { unavoidableSeconds } from '#local/expected.ts';
import { costInWords } from '#local/machine-prices.ts';
import {
  afterFailure,
  afterReady,
  afterStop,
  isRefusal,
  type NextStep,
  type OwnCommand,
  ownCommand,
  printNextSteps,
  seeAgain,
  takeDown,
} from '#local/next-steps.ts';
import { reportedResources } from '#local/owned.ts';
import { listed, type ProvisionReport, printResult, reportStatusOf } from '#local/report.ts';
import { type RequestDocument, readRequest } from '#local/request-file.ts';
import { stepTimes } from '#local/summary.ts';
import { printerOf, type RunOptions, writeReport } from './options.ts';
import { type RunSummary, run } from './run.ts';

/** Answers the exit code. */
export async function provision(file: string, options: RunOptions): Promise<number> {
  const input = readRequest(file);
  const environment = typeof input.environment === 'string' ? input.environment : 'unnamed';
  const summary = await run(
    {
      machine: 'provision',
      input,
      headline: `Provisioning ${environment}${options.endpoint ? ` on ${options.endpoint}` : ' on the embedded AWS'}`,
    },
    options,
  );
  const { account, steps } = summary;
  const requests = account.requests();
  const region = typeof input.region === 'string' ? input.region : undefined;
  const roleArn = typeof input.roleArn === 'string' ? input.roleArn : undefined;
  const target = { name: environment, ...(region && { region }), ...(roleArn && { roleArn }) };
  const seen = await listed(() => reportedResources(account, target));
  const report = reportOf(environment, summary, { requests, ...seen });
  writeReport(report, options);
  const print = printerOf(options);
  const output = outputOf(summary);
  const outputs = output?.verification.outputs;
  printResult(print, report, outputs, unavoidableSeconds(account), steps);
  if (output) print(costInWords(output.environment));
  if (summary.exitCode) print('The run was stopped. What it made stays, and nothing is lost.');
  const own = ownCommand(options);
  const next = nextSteps({ input, file, report, outputs, isStopped: summary.exitCode !== undefined }, own);
  // What was refused has nothing to be seen.
  const again = isRefusal(report.error?.name ?? '') ? [] : [seeAgain(own, environment)];
  printNextSteps(print, [...next, ...again], options.endpoint !== undefined);
  await summary.stay();
  account.close();
  return summary.exitCode ?? (report.status === 'SUCCEEDED' ? 0 : 1);
}

interface Ended {
  readonly input: RequestDocument;
  readonly file: string;
  readonly report: ProvisionReport;
  readonly outputs: EnvironmentOutputs | undefined;
  readonly isStopped: boolean;
}

function nextSteps({ input, file, report, outputs, isStopped }: Ended, own: OwnCommand): NextStep[] {
  const { environment: name, error, resources } = report;
  const { region, eks } = input as { region?: string; eks?: { administrators?: string[] } };
  const again = own('provision', file);
  if (isStopped) return afterStop(again, takeDown(name, own));
  if (outputs && region)
    return afterReady({ name, region, administrators: eks?.administrators ?? [], outputs }, own);
  const stands = Object.keys(resources).length > 0;
  return afterFailure({ name, error: error?.name ?? '', again, stands }, own, file);
}

interface Output {
  readonly environment: EnvironmentPlan;
  readonly verification: {
    rules: ProvisionReport['rules'];
    outputs: EnvironmentOutputs;
  };
}

function outputOf({ result }: RunSummary): Output | undefined {
  return result.status === 'SUCCEEDED' ? (result.output as Output) : undefined;
}

function reportOf(
  environment: string,
  summary: RunSummary,
  seen: Pick<ProvisionReport, 'requests' | 'resources' | 'unlisted'>,
): ProvisionReport {
  const { result, seconds: simulatedSeconds, transitions } = summary;
  const cause = result.cause ?? '';
  return {
    environment,
    status: reportStatusOf(result),
    simulatedSeconds,
    transitions,
    ...seen,
    steps: stepTimes(summary.steps),
    rules: outputOf(summary)?.verification.rules ?? [],
    ...(result.status === 'SUCCEEDED'
      ? {}
      : { error: { name: result.error ?? result.status, cause, ...partsOf(cause) } }),
  };
}
