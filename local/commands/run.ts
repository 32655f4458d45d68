/** Runs one execution of a machine on a laptop, with live progress. */
import { type Account, workInFolder } from '#local/account.ts';
import { ConsoleBeside } from '#local/console/beside.ts';
import { openInBrowser } from '#local/console/watch.ts';
import { failAt } from '#local/fail-at.ts';
import { liveView } from '#local/live-view.ts';
import { ownCommand } from '#local/next-steps.ts';
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
  /** Of a run that was stopped, by a signal or from the console; absent of any other. */
  readonly exitCode?: number;
  /** With `--open`: ends when the person who looks is done. Those who look are told that the process ends. */
  readonly stay: () => Promise<void>;
}

export interface RunRequest {
  readonly machine: MachineName;
  readonly input: unknown;
  readonly headline: string;
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
  const beside = await watched(account, request, options);
  const progress = new Progress(request.headline, request.machine);
  const display = show(progress, options);
  const stopping = listenForStop();
  const stopped = stopping.wished.then(({ signal }) => {
    printerOf(options)('Stopping: what was asked of AWS is waited for. Once more stops at once.');
    return `stopped on this machine (${signal})`;
  });
  try {
    const once = () =>
      simulate(account, {
        machine: request.machine,
        input: request.input,
        speed: options.speed,
        seed: options.seed,
        stopped,
        onBegin: (handle) => beside.begin(handle),
        onEvent: (event, now) => {
          beside.take(event, now);
          display.take(event, now);
        },
        onTick: display.tick,
      });
    let simulated = await once();
    while (beside.wasKilled()) simulated = await once();
    display.end(simulated.startedAt + simulated.seconds * 1000);
    const close = () => {
      beside.close();
      account.close();
    };
    const exitCode = simulated.result.status === 'ABORTED' ? (stopping.wish()?.exitCode ?? 1) : undefined;
    return {
      ...simulated,
      account: { ...account, close },
      steps: progress.steps(),
      ...(exitCode ? { exitCode } : {}),
      stay: () => stay(beside, options),
    };
  } finally {
    stopping.release();
  }
}

/** What happens is kept; a console shows it, unless nobody is there to look. */
async function watched(
  account: Account,
  { headline, input }: RunRequest,
  options: RunOptions,
): Promise<ConsoleBeside> {
  const { state: folder, speed } = options;
  const isShown = options.console !== false && ((!options.json && !options.events) || options.open);
  const where = options.endpoint ?? `the embedded AWS in ${folder}`;
  const port = isShown ? { port: consolePort } : {};
  const { environment } = input as { environment?: unknown };
  const named = typeof environment === 'string' ? [environment] : [];
  const again = ownCommand({ state: folder })('watch', ...named);
  const beside = await ConsoleBeside.open(account, { folder, where, speed, again, ...port });
  if (beside.url) printerOf(options)(`${headline}: watch it at ${beside.url}`);
  if (beside.url && options.open) openInBrowser(beside.url);
  return beside;
}

async function stay(beside: ConsoleBeside, options: RunOptions): Promise<void> {
  if (beside.url && options.open) {
    printerOf(options)(`The console stays at ${beside.url}. Ctrl-C ends it.`);
    await beside.stay();
  }
  await beside.farewell();
}

/** A board that redraws itself on a terminal that can; plain lines everywhere else. */
export function show(progress: Progress, options: { readonly json: boolean; readonly events?: boolean }) {
  const write = options.events ? writeEvent : () => {};
  const view = liveView(options.json || options.events === true);
  return {
    take: (event: RunEvent, now: number) => {
      write(event, now);
      view.tell(progress.take(event, now));
    },
    tick: (now: number) => view.draw((screen) => progress.render(now, screen)),
    end: (now: number) => view.end((screen) => progress.render(now, screen)),
  };
}

/** `--events`: for other programs. */
function writeEvent(event: RunEvent, now: number): void {
  process.stdout.write(`${JSON.stringify({ at: new Date(now).toISOString(), ...event })}\n`);
}
