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
}

export interface Simulated {
  readonly execution: string;
  readonly result: RunResult;
  /** On the simulated clock, ms since the epoch. */
  readonly startedAt: number;
  readonly seconds: number;
  readonly transitions: number;
}

/** Runs it to its end. */
export async function simulate(account: Account, simulation: Simulation): Promise<Simulated> {
  const { machine, input, service, onEvent, onTick } = simulation;
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
    const environment = (input as { environment?: unknown }).environment;
    const execution =
      simulation.name ?? executionName(typeof environment === 'string' ? environment : 'unnamed', machine);
    const runner = new Runner({
      book: account.book,
      ...(service ? { service } : {}),
      onEvent: (event) => onEvent?.(event, Date.now()),
    });
    const result = await time.run(runner.execute(machine, execution, input));
    const seconds = Math.round((Date.now() - startedAt) / 1000);
    await time.run(runner.drain());
    return { execution, result, startedAt, seconds, transitions: runner.transitions };
  } finally {
    time.uninstall();
  }
}
