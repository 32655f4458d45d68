/**
 * `--aws`: the deployed service, as its users work with it. This machine starts an execution and watches; the work is
 * done in AWS, by the roles there, and goes on when this machine is shut.
 */
import { partsOf } from '#lib/run/failure-words.ts';
import type { EnvironmentOutputs } from '#lib/verify/outputs.ts';
import type { RuleResult } from '#lib/verify/rules/index.ts';
import { executionName } from '#local/account.ts';
import { type Followed, follow, startExecution } from '#local/aws-client/follow.ts';
import { consoleUrl, openService, type Service } from '#local/aws-client/service.ts';
import { assertKnown } from '#local/known.ts';
import {
  afterFailure,
  afterReady,
  isRefusal,
  type NextStep,
  ownCommandOnAws,
  printNextSteps,
} from '#local/next-steps.ts';
import { clock, Progress } from '#local/progress.ts';
import { printOutputs } from '#local/report.ts';
import { type RequestDocument, readRequest } from '#local/request-file.ts';
import type { MachineName } from '#local/runner.ts';
import { listenForStop } from '#local/stopping.ts';
import { type DeprovisionOptions, removalWords } from './deprovision.ts';
import { type AwsOptions, printerOf, writeReport } from './options.ts';
import { show } from './run.ts';
import { listed, printItems, printListed, registryItems } from './status.ts';

/** What `--json` prints. */
export interface AwsReport {
  readonly environment: string;
  readonly status: Followed['status'];
  readonly executionArn: string;
  readonly seconds: number;
  readonly rules: readonly RuleResult[];
  readonly outputs?: EnvironmentOutputs;
  readonly error?: { name: string; cause: string; step?: string; operation?: string; code?: string };
}

/** Answers the exit code. */
export async function provisionOnAws(file: string, options: AwsOptions): Promise<number> {
  const input = readRequest(file);
  const environment = typeof input.environment === 'string' ? input.environment : 'unnamed';
  const service = await openService(options);
  return runOnAws({ service, machine: 'provision', environment, input, again: ['provision', file] }, options);
}

export async function deprovisionOnAws(
  name: string,
  options: AwsOptions & Pick<DeprovisionOptions, 'confirm' | 'region' | 'finalSnapshots' | 'deleteLogs'>,
): Promise<number> {
  const { confirm, region, finalSnapshots, deleteLogs } = options;
  const input = { environment: name, confirm, finalSnapshots, deleteLogs, ...(region ? { region } : {}) };
  const service = await openService(options);
  await assertKnown(name, region);
  const again = removalWords(name, options);
  return runOnAws({ service, machine: 'deprovision', environment: name, input, again }, options);
}

export async function statusOnAws(name: string | undefined, options: AwsOptions): Promise<number> {
  const { stage, region } = await openService(options);
  const none = `No environment is known to stage ${stage} in ${region}.`;
  return printItems(await registryItems(name), name, options, none);
}

export async function listOnAws(options: AwsOptions): Promise<number> {
  const { stage, region } = await openService(options);
  return printListed(await listed(), options, `No environment is known to stage ${stage} in ${region}.`);
}

interface AwsRun {
  readonly service: Service;
  readonly machine: MachineName;
  readonly environment: string;
  readonly input: RequestDocument;
  /** Of our command line. */
  readonly again: readonly string[];
}

async function runOnAws(run: AwsRun, options: AwsOptions): Promise<number> {
  const { service, machine, environment, input } = run;
  const started = await startExecution(service, machine, executionName(environment, machine), input);
  const print = printerOf(options);
  print(`Started ${started.executionArn}`);
  print(`Its graph: ${consoleUrl(started.executionArn, service.region)}`);
  const followed = await watch(service, machine, environment, started, options);
  const report = reportOf(environment, followed);
  writeReport(report, options);
  printReport(print, machine, report);
  printNextSteps(print, nextSteps(run, report), true);
  return report.status === 'SUCCEEDED' ? 0 : 1;
}

function nextSteps(
  { service, machine, environment: name, input, again }: AwsRun,
  report: AwsReport,
): NextStep[] {
  const own = ownCommandOnAws(service.stage);
  const { status, outputs, error } = report;
  const { region, eks } = input as { region?: string; eks?: { administrators?: string[] } };
  const { administrators = [] } = eks ?? {};
  const seeRun: NextStep = ['see this run again', own('watch', name)];
  if (outputs && region) return [...afterReady({ name, region, administrators, outputs }, own), seeRun];
  if (status === 'SUCCEEDED') return [seeRun];
  const file = machine === 'provision' ? again[1] : undefined;
  const isRefused = file !== undefined && isRefusal(error?.name ?? '');
  // What the account takes is asked there, by the run itself: plan knows this machine's only.
  if (isRefused) return [['once that is done', own(...again)]];
  const failed = { name, error: error?.name ?? '', again: own(...again), stands: true };
  return [...afterFailure(failed, own, file), seeRun];
}

async function watch(
  service: Service,
  machine: MachineName,
  environment: string,
  started: { readonly executionArn: string; readonly startedAt: number },
  options: AwsOptions,
): Promise<Followed> {
  const verb = machine === 'provision' ? 'Provisioning' : 'Taking down';
  const board = show(new Progress(`${verb} ${environment} in ${service.region}`, machine), options);
  const ticking = setInterval(() => board.tick(Date.now()), 1000);
  const stopping = listenForStop();
  stopping.wished.then(({ exitCode }) => {
    printerOf(options)(
      `\nThe run goes on in AWS. See it: npm start -- status ${environment} --aws --stage ${service.stage}`,
    );
    process.exit(exitCode);
  });
  try {
    const followed = await follow(service, machine, started, board.take);
    board.end(started.startedAt + followed.seconds * 1000);
    return followed;
  } finally {
    clearInterval(ticking);
    stopping.release();
  }
}

function reportOf(environment: string, followed: Followed): AwsReport {
  const { status, executionArn, seconds, output, error, cause = '' } = followed;
  const verification = (output as { verification?: Pick<AwsReport, 'rules' | 'outputs'> } | undefined)
    ?.verification;
  return {
    environment,
    status,
    executionArn,
    seconds,
    rules: verification?.rules ?? [],
    ...(verification?.outputs ? { outputs: verification.outputs } : {}),
    ...(status === 'SUCCEEDED' ? {} : { error: { name: error ?? status, cause, ...partsOf(cause) } }),
  };
}

function printReport(print: (line: string) => void, machine: MachineName, report: AwsReport): void {
  const { environment, status, seconds, rules, outputs, error } = report;
  print('');
  if (outputs) printOutputs(print, outputs);
  if (rules.length > 0)
    print(`Attestation: ${rules.filter(({ holds }) => holds).length} of ${rules.length} rules hold.`);
  print(`Time: ${clock(seconds * 1000)}.`);
  if (status === 'SUCCEEDED') {
    print(machine === 'provision' ? `${environment} is READY.` : `${environment} is taken down.`);
    return;
  }
  print(`${environment} ${status}: ${error?.name}`);
  print(error?.cause ?? '');
}
