/** Runs one execution of a machine on a laptop, with live progress. */
import { createLogUpdate } from 'log-update';
import { type Account, workInFolder } from '#local/account.ts';
import { openInBrowser, type Watching, watchRuns } from '#local/console/watch.ts';
import { failAt } from '#local/fail-at.ts';
import { Progress } from '#local/progress.ts';
import type { MachineName } from '#local/runner.ts';
import { type Simulated, simulate } from '#local/simulate.ts';
import { arrangeTargetRole } from '#local/target-role.ts';
import { consolePort, printer, type RunOptions } from './options.ts';

export interface RunSummary extends Simulated {
  readonly account: Account;
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
  const display = show(new Progress(request.headline, request.expectedSeconds), options);
  const simulated = await simulate(account, {
    machine: request.machine,
    input: request.input,
    speed: options.speed,
    seed: options.seed,
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
  return { ...simulated, account: { ...account, close }, stay: () => stay(watching, options) };
}

/** A console beside the run, unless nobody is there to look. */
async function watched(
  account: Account,
  { headline }: RunRequest,
  options: RunOptions,
): Promise<Watching | undefined> {
  if (options.console === false || (options.json && !options.open)) return undefined;
  const where = options.endpoint ?? `the embedded AWS in ${options.state}`;
  const watching = await watchRuns(account, { where, speed: options.speed, port: consolePort });
  printer(options.json)(`${headline}: watch it at ${watching.url}`);
  if (options.open) openInBrowser(watching.url);
  return watching;
}

async function stay(watching: Watching | undefined, options: RunOptions): Promise<void> {
  if (!watching || !options.open) return;
  printer(options.json)(`The console stays at ${watching.url}. Ctrl-C ends it.`);
  await watching.stay();
}

/** A board that redraws itself on a terminal; plain lines everywhere else. */
export function show(progress: Progress, options: { readonly json: boolean }) {
  const stream = options.json ? process.stderr : process.stdout;
  const print = printer(options.json);
  if (!stream.isTTY) {
    return {
      take: (...event: Parameters<Progress['take']>) => {
        const line = progress.take(...event);
        if (line) print(line);
      },
      tick: () => {},
      end: () => {},
    };
  }
  const draw = createLogUpdate(stream);
  return {
    take: (...event: Parameters<Progress['take']>) => void progress.take(...event),
    tick: (now: number) => draw(progress.render(now)),
    end: (now: number) => {
      draw(progress.render(now));
      draw.done();
    },
  };
}
