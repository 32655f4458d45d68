/** One execution on virtual time: what the command line, the tests, the sweep and the benchmarks have in common. */
import { type Account, executionName, homeRegion } from './account.ts';
import { type FleetRunEvent, FleetRunner } from './fleet-runner.ts';
import { invoke, loadHandlers } from './lambda.ts';
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
  const { runs, service, onEvent } = simulation;
  const runners = runs.map(
    () =>
      new Runner({
        book: account.book,
        ...(service ? { service } : {}),
        onEvent: (event) => onEvent?.(event, Date.now()),
      }),
  );
  return onVirtualTime(account, simulation, runners, (startedAt) =>
    Promise.all(
      runs.map(async ({ machine, name, input }, index): Promise<Simulated> => {
        const runner = runners[index] as Runner;
        const result = await runner.execute(machine, name, input);
        return simulatedOf(name, result, startedAt, runner);
      }),
    ),
  );
}

export interface FleetSimulation extends Omit<Simulation, 'machine'> {
  readonly onFleetEvent?: (event: FleetRunEvent, now: number) => void;
  readonly readList?: (key: string) => string | undefined;
}

/** Runs the machine of many environments to its end. */
export async function simulateFleet(account: Account, simulation: FleetSimulation): Promise<Simulated> {
  const { input, service, onEvent, onFleetEvent, readList } = simulation;
  const { fleet } = input as { fleet?: unknown };
  const name = simulation.name ?? executionName(typeof fleet === 'string' ? fleet : 'unnamed', 'fleet');
  const runner = new FleetRunner({
    book: account.book,
    ...(service ? { service } : {}),
    ...(readList ? { readList } : {}),
    onEvent: (event) => onEvent?.(event, Date.now()),
    onFleetEvent: (event) => onFleetEvent?.(event, Date.now()),
  });
  return onVirtualTime(account, simulation, [runner], async (startedAt) => {
    const result = await runner.execute(name, input);
    if (!service && result.status !== 'SUCCEEDED') await settleFleet(name, result);
    return simulatedOf(name, result, startedAt, runner);
  });
}

/** What the EventBridge rule on "Step Functions Execution Status Change" does. */
async function settleFleet(name: string, { status, error, cause }: RunResult): Promise<void> {
  const stateMachineArn = process.env.FLEET_STATE_MACHINE_ARN as string;
  const executionArn = `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
  const detail = { executionArn, stateMachineArn, name, status, input: null, error, cause };
  await invoke('SettleDeadRun', { detail });
}

function simulatedOf(
  execution: string,
  result: RunResult,
  startedAt: number,
  { transitions }: { readonly transitions: number },
): Simulated {
  const seconds = Math.round((Date.now() - startedAt) / 1000);
  return { execution, result, startedAt, seconds, transitions };
}

interface Stoppable {
  stop(cause: string): void;
  /** False where no such execution runs. */
  stopOne(execution: string, cause: string): boolean;
  drain(): Promise<void>;
}

async function onVirtualTime<T>(
  account: Account,
  { service, speed, seed, onTick, onBegin, stopped }: Omit<Simulation, 'machine' | 'input' | 'name'>,
  runners: readonly Stoppable[],
  begin: (startedAt: number) => Promise<T>,
): Promise<T> {
  if (!service) await loadHandlers();
  const startedAt = account.aws.inspect(homeRegion, (call) => call.now);
  const time = new VirtualTime({
    now: startedAt,
    speed: speed ?? Number.POSITIVE_INFINITY,
    seed: seed ?? 1,
    busy: account.busy,
    onTick: () => onTick?.(Date.now()),
  });
  try {
    const work = begin(startedAt);
    onBegin?.({
      time,
      stop: (execution, cause) => runners.some((runner) => runner.stopOne(execution, cause)),
    });
    stopped?.then((cause) => {
      for (const runner of runners) runner.stop(cause);
    });
    const ended = await time.run(account.broken ? Promise.race([work, account.broken]) : work);
    await time.run(Promise.all(runners.map((runner) => runner.drain())));
    return ended;
  } finally {
    time.uninstall();
  }
}
