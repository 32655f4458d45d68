/** `provision FILE`: the main job, end to end. */
import { readFileSync } from 'node:fs';
import { partsOf } from '#lib/run/failure-words.ts';
import type { EnvironmentOutputs } from '#lib/verify/outputs.ts';
import { expectedSeconds, unavoidableSeconds } from '#local/expected.ts';
import { reportedResources } from '#local/owned.ts';
import { type ProvisionReport, printResult } from '#local/report.ts';
import { printer, type RunOptions } from './options.ts';
import { type RunSummary, run } from './run.ts';

/** The request in a JSON file. Throws with the file's name where it is not there or not JSON. */
export function readRequest(file: string): { environment?: unknown; region?: unknown; roleArn?: unknown } {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`);
  }
}

/** Answers the exit code. */
export async function provision(file: string, options: RunOptions): Promise<number> {
  const input = readRequest(file);
  const environment = typeof input.environment === 'string' ? input.environment : 'unnamed';
  const summary = await run(
    {
      machine: 'provision',
      input,
      headline: `Provisioning ${environment}${options.endpoint ? ` on ${options.endpoint}` : ' on the embedded AWS'}`,
      expectedSeconds,
    },
    options,
  );
  const requests = summary.account.requests();
  const region = typeof input.region === 'string' ? input.region : undefined;
  const roleArn = typeof input.roleArn === 'string' ? input.roleArn : undefined;
  const target = { name: environment, ...(region && { region }), ...(roleArn && { roleArn }) };
  const resources = await reportedResources(summary.account, options.endpoint, target);
  const report = reportOf(environment, summary, { requests, resources });
  if (options.json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  printResult(
    printer(options.json),
    report,
    outputOf(summary)?.verification.outputs,
    unavoidableSeconds(summary.account),
  );
  await summary.stay();
  summary.account.close();
  return report.status === 'SUCCEEDED' ? 0 : 1;
}

interface Output {
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
  seen: Pick<ProvisionReport, 'requests' | 'resources'>,
): ProvisionReport {
  const { result, seconds: simulatedSeconds, transitions } = summary;
  const cause = result.cause ?? '';
  return {
    environment,
    status: result.status === 'SUCCEEDED' ? 'SUCCEEDED' : 'FAILED',
    simulatedSeconds,
    transitions,
    ...seen,
    rules: outputOf(summary)?.verification.rules ?? [],
    ...(result.status === 'SUCCEEDED'
      ? {}
      : { error: { name: result.error ?? result.status, cause, ...partsOf(cause) } }),
  };
}
