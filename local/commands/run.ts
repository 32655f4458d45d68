/** Runs one execution of a machine on a laptop, with live progress. */
import { createLogUpdate } from 'log-update';
import { type Account, workInFolder } from '#local/account.ts';
import { openInBrowser, type Watching, watchRuns } from '#local/console/watch.ts';
import { failAt } from '#local/fail-at.ts';
import { Progress } from '#local/progress.ts';
import type { MachineName, RunEvent } from '#local/runner.ts';
import { type Simulated, simulate } from '#local/simulate.ts';
import type { StepRow } from '#local/step-rows.ts';
import { listenForStop } from '#local/stopping.ts';
import { arrangeTargetRole } from '#local/target-role.ts';
import { consolePort, printerOf, type RunOptions } from './options.ts';

export interface RunSummary extends Simulated {
  readonly account: Account;
  readonly steps: readonly StepRow[];
  /** Of the signal that stopped the run; absent where none did. */
  readonly exitCode?: number;
  /** With `--open`: ends when the person who looks is done. */
  readonly stay: () => Promise<void>;
}

export interface RunRequest {
  readonly machine: MachineName;
  readonly input: unknown;
  readonly headline: string;
  readonly expectedSeconds: number;
}

/** Simulated seconds an embedded call takes: a round trip to a regional API. */
const latencySeconds = 0.2;

/** The caller closes the account. */
export async function run(request: RunRequest, options: RunOptions): Promise<RunSummary> {
  const account = workInFolder(options.state, options.seed, { latencySeconds, endpoint: options.endpoint });
  const { roleArn } = request.input as { roleArn?: unknown };
  // On AWS an administrator of that account has made it before (docs/cross-account.md).
  if (!options.endpoint && typeof roleArn === 'string')
    arrangeTargetRole(account.aws, roleArn, process.env.EXTERNAL_ID);
  if (options.failAt) account.aws.inject = failAt(options.failAt);
  const watching = await watched(account, request, options);
  const progress = new Progress(request.headline, request.expectedSeconds);
  const display = show(progress, options);
  const stopping = listenForStop();
  const stopped = stopping.wished.then(({ signal }) => {
    printerOf(options)('Stopping: what was asked of AWS is waited for. Once more stops at once.');
    return `stopped on this machine (${signal})`;
  });
  try {
    const simulated = await simulate(account, {
      machine: request.machine,
      input: request.input,
      speed: options.speed,
      seed: options.seed,
      stopped,
      onEvent: (event, now) => {
        watching?.take(event, now);
        display.take(event, now);
      },
      onTick: display.tick,
    });
    display.end(simulated.startedAt + simulated.seconds * 1000);
    const close = () => {
      watching?.close();
      account.close();
    };
    const exitCode = simulated.result.status === 'ABORTED' ? stopping.wish()?.exitCode : undefined;
    return {
      ...simulated,
      account: { ...account, close },
      steps: progress.steps(),
      ...(exitCode ? { exitCode } : {}),
      stay: () => stay(watching, options),
    };
  } finally {
    stopping.release();
  }
}

/** What a stopped run tells: nothing is lost, and how to go on. */
export function printStopped(print: (line: string) => void, environment: string, again: string): void {
  print(`The run was stopped. What it made stays, and nothing is lost. To go on: ${again}`);
  print(`To take it down instead: npm start -- deprovision ${environment} --confirm ${environment}`);
}

/** A console beside the run, unless nobody is there to look. */
async function watched(
  account: Account,
  { headline }: RunRequest,
  options: RunOptions,
): Promise<Watching | undefined> {
  if (options.console === false || ((options.json || options.events) && !options.open)) return undefined;
  const where = options.endpoint ?? `the embedded AWS in ${options.state}`;
  const watching = await watchRuns(account, { where, speed: options.speed, port: consolePort });
  printerOf(options)(`${headline}: watch it at ${watching.url}`);
  if (options.open) openInBrowser(watching.url);
  return watching;
}

async function stay(watching: Watching | undefined, options: RunOptions): Promise<void> {
  if (!watching || !options.open) return;
  printerOf(options)(`The console stays at ${watching.url}. Ctrl-C ends it.`);
  await watching.stay();
}

/** A board that redraws itself on a terminal that can; plain lines everywhere else. */
export function show(progress: Progress, options: { readonly json: boolean; readonly events?: boolean }) {
  const print = printerOf(options);
  const stream = options.json || options.events ? process.stderr : process.stdout;
  const write = options.events ? writeEvent : () => {};
  if (!stream.isTTY || process.env.TERM === 'dumb') {
    return {
      take: (event: RunEvent, now: number) => {
        write(event, now);
        const line = progress.take(event, now);
        if (line) print(line);
      },
      tick: () => {},
      end: () => {},
    };
  }
  const draw = createLogUpdate(stream);
  const screen = () => ({ columns: stream.columns, rows: stream.rows });
  return {
    take: (event: RunEvent, now: number) => {
      write(event, now);
      progress.take(event, now);
    },
    tick: (now: number) => draw(progress.render(now, screen())),
    end: (now: number) => {
      draw(progress.render(now, screen()));
      draw.done();
    },
  };
}

/** `--events`: for other programs. */
function writeEvent(event: RunEvent, now: number): void {
  process.stdout.write(`${JSON.stringify({ at: new Date(now).toISOString(), ...event })}\n`);
}
