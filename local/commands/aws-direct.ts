/**
 * `--aws-direct`: the handlers on this machine against the real account, in real time. For a first look at an account
 * the service is not deployed in. Registry and executions stay on this machine, so nothing is locked for anybody
 * else, and a run stops when this machine does; the next one continues it.
 */
import { join } from 'node:path';
import { configureClients } from '#lib/aws/clients.ts';
import { executionName, ownClients, workInFolder } from '#local/account.ts';
import { loadHandlers } from '#local/lambda.ts';
import { Progress } from '#local/progress.ts';
import { readRequest } from '#local/request-file.ts';
import { type MachineName, Runner } from '#local/runner.ts';
import { listenForStop } from '#local/stopping.ts';
import type { DeprovisionOptions } from './deprovision.ts';
import { type AwsOptions, type CommonOptions, printerOf, writeReport } from './options.ts';
import { show } from './run.ts';

type DirectOptions = CommonOptions & Pick<AwsOptions, 'profile'>;

/** Answers the exit code. */
export async function provisionDirect(file: string, options: DirectOptions): Promise<number> {
  const input = readRequest(file);
  return runDirect('provision', String(input.environment), input, options);
}

export async function deprovisionDirect(
  name: string,
  options: DirectOptions & Pick<DeprovisionOptions, 'confirm' | 'region' | 'finalSnapshots' | 'deleteLogs'>,
): Promise<number> {
  const { confirm, region, finalSnapshots, deleteLogs } = options;
  const input = { environment: name, confirm, finalSnapshots, deleteLogs, ...(region ? { region } : {}) };
  return runDirect('deprovision', name, input, options);
}

async function runDirect(
  machine: MachineName,
  environment: string,
  input: unknown,
  options: DirectOptions,
): Promise<number> {
  if (options.profile) process.env.AWS_PROFILE = options.profile;
  const account = workInFolder(join(options.state, 'aws-direct'), options.seed);
  const own = { config: account.aws.clientConfig, plugin: account.aws.plugin };
  configureClients((className) => (ownClients.has(className) ? own : {}));
  await loadHandlers();
  const board = show(new Progress(`${environment} on AWS, from this machine`, machine), options);
  const ticking = setInterval(() => board.tick(Date.now()), 1000);
  const startedAt = Date.now();
  const stopping = listenForStop();
  const print = printerOf(options);
  try {
    const runner = new Runner({
      book: account.book,
      onEvent: (event) => board.take(event, Date.now()),
    });
    stopping.wished.then(({ signal }) => {
      print('Stopping: what was asked of AWS is waited for. Once more stops at once.');
      runner.stop(`stopped on this machine (${signal})`);
    });
    const result = await runner.execute(machine, executionName(environment, machine), input);
    await runner.drain();
    board.end(Date.now());
    const { status, error, cause } = result;
    const seconds = Math.round((Date.now() - startedAt) / 1000);
    writeReport({ environment, seconds, ...result }, options);
    print(
      status === 'SUCCEEDED'
        ? `${environment}: ${machine} done.`
        : `${environment} ${status}: ${error ?? ''}\n${cause}`,
    );
    if (status === 'ABORTED') print('What it made stays. To go on: the same command again.');
    const stopCode = status === 'ABORTED' ? stopping.wish()?.exitCode : undefined;
    return stopCode ?? (status === 'SUCCEEDED' ? 0 : 1);
  } finally {
    stopping.release();
    clearInterval(ticking);
    account.close();
  }
}
