/** One execution on virtual time: what the command line, the tests, the sweep and the benchmarks have in common. */
import { type Account, executionName, homeRegion } from './account.ts';
import { loadHandlers } from './lambda.ts';
import { type MachineName, type RunEvent, Runner, type RunResult, type Service } from './runner.ts';
import { VirtualTime } from './virtual-time.ts';

export interface Simulation {
  readonly machine: MachineName;
  readonly input: unknown;
  /** The execution's name; made up where it is left out. */
  readonly name?: string;
  /** Simulated seconds per real second; at once where it is left out. */
  readonly speed?: number;
  readonly seed?: number;
  /** The source files, where it is left out. */
  readonly service?: Service;
  readonly onEvent?: (event: RunEvent, now: number) => void;
  readonly onTick?: (now: number) => void;
  /** Hands out what a run can be moved by while it goes. */
  readonly onBegin?: (handle: RunHandle) => void;
  /** Stops the run, as `StopExecution` does, when it settles; with the cause it answers. */
  readonly stopped?: Promise<string>;
}

export interface RunHandle {
  readonly time: VirtualTime;
  /** False where no such execution runs. */
  readonly stop: (execution: string, cause: string) => boolean;
}

export interface Simulated {
  readonly execution: string;
  readonly result: RunResult;
  /** On the simulated clock, ms since the epoch. */
  readonly startedAt: number;
  readonly seconds: number;
  readonly transitions: number;
}

/** One of several that begin at the same moment. */
export interface RunRequest {
  readonly machine: MachineName;
  readonly name: string;
  readonly input: unknown;
}

/** Runs it to its end. */
export async function simulate(account: Account, simulation: Simulation): Promise<Simulated> {
  const { machine, input } = simulation;
  const environment = (input as { environment?: unknown }).environment;
  const name =
    simulation.name ?? executionName(typeof environment === 'string' ? environment : 'unnamed', machine);
  const [simulated] = await simulateTogether(account, { ...simulation, runs: [{ machine, input, name }] });
  return simulated as Simulated;
}

/** Runs all of them, each to its end. */
export async function simulateTogether(
  account: Account,
  simulation: Omit<Simulation, 'machine' | 'input' | 'name'> & { readonly runs: readonly RunRequest[] },
): Promise<Simulated[]> {
  const { runs, service, onEvent, onTick, stopped } = simulation;
  if (!service) await loadHandlers();
  const startedAt = account.aws.inspect(homeRegion, (call) => call.now);
  const time = new VirtualTime({
    now: startedAt,
    speed: simulation.speed ?? Number.POSITIVE_INFINITY,
    seed: simulation.seed ?? 1,
    busy: account.busy,
    onTick: () => onTick?.(Date.now()),
  });
  try {
    const runners = runs.map(
      () =>
        new Runner({
          book: account.book,
          ...(service ? { service } : {}),
          onEvent: (event) => onEvent?.(event, Date.now()),
        }),
    );
    const simulated = runs.map(async ({ machine, name, input }, index) => {
      const runner = runners[index] as Runner;
      const result = await runner.execute(machine, name, input);
      const seconds = Math.round((Date.now() - startedAt) / 1000);
      return { execution: name, result, startedAt, seconds, runner };
    });
    simulation.onBegin?.({
      time,
      stop: (execution, cause) => runners.some((runner) => runner.stopOne(execution, cause)),
    });
    stopped?.then((cause) => {
      for (const runner of runners) runner.stop(cause);
    });
    const all = Promise.all(simulated);
    const ended = await time.run(account.broken ? Promise.race([all, account.broken]) : all);
    await time.run(Promise.all(runners.map((runner) => runner.drain())));
    return ended.map(({ runner, ...one }) => ({ ...one, transitions: runner.transitions }));
  } finally {
    time.uninstall();
  }
}
