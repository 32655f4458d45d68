/** Runs one execution of a machine on a laptop, with live progress, and sums it up. */
import { createLogUpdate } from 'log-update';
import { type Account, executionName, homeRegion, openFolder } from '../account.ts';
import { failAt } from '../fail-at.ts';
import { loadHandlers } from '../lambda.ts';
import { Progress } from '../progress.ts';
import { type MachineName, Runner, type RunResult } from '../runner.ts';
import { VirtualTime } from '../virtual-time.ts';
import { printer, type RunOptions } from './options.ts';

export interface RunSummary {
  readonly execution: string;
  readonly result: RunResult;
  readonly simulatedSeconds: number;
  readonly transitions: number;
  readonly account: Account;
}

export interface RunRequest {
  readonly machine: MachineName;
  readonly environment: string;
  readonly input: unknown;
  readonly headline: string;
  readonly expectedSeconds: number;
}

/** Simulated seconds an embedded call takes: a round trip to a regional API. */
const latencySeconds = 0.2;

/** The caller closes the account. */
export async function run(request: RunRequest, options: RunOptions): Promise<RunSummary> {
  const account = openFolder(options.state, options.seed, { latencySeconds, endpoint: options.endpoint });
  if (options.failAt) account.aws.inject = failAt(options.failAt);
  await loadHandlers();
  const start = account.aws.inspect(homeRegion, (call) => call.now);
  const progress = new Progress(request.headline, start, request.expectedSeconds);
  const display = show(progress, options);
  const time = new VirtualTime({
    now: start,
    speed: options.speed,
    seed: options.seed,
    busy: account.busy,
    onTick: () => display.tick(Date.now()),
  });
  try {
    const name = executionName(request.environment, request.machine);
    const runner = new Runner({
      book: account.book,
      onEvent: (event) => display.line(progress.take(event, Date.now())),
    });
    const result = await time.run(runner.execute(request.machine, name, request.input));
    display.end(Date.now());
    const simulatedSeconds = Math.round((Date.now() - start) / 1000);
    return { execution: name, result, simulatedSeconds, transitions: runner.transitions, account };
  } finally {
    time.uninstall();
  }
}

/** A board that redraws itself on a terminal; plain lines everywhere else. */
function show(progress: Progress, options: RunOptions) {
  const stream = options.json ? process.stderr : process.stdout;
  const print = printer(options.json);
  if (!stream.isTTY) {
    return { tick: () => {}, end: () => {}, line: (line: string | undefined) => line && print(line) };
  }
  const draw = createLogUpdate(stream);
  return {
    line: () => {},
    tick: (now: number) => draw(progress.render(now)),
    end: (now: number) => {
      draw(progress.render(now));
      draw.done();
    },
  };
}
