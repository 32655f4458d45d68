/** What the console asks beyond the events: documents to show, and (where runs may be started from it) things to do. */
import type {
  ActionAnswer,
  Control,
  EnvironmentDocument,
  EnvironmentRow,
  PlanDocument,
  RunEvent,
} from '#console/api.ts';
import type { FleetDocument, FleetRow } from '#console/api-fleets.ts';
import type { RegistryItem } from '#lib/run/registry.ts';
import { stepNames } from '#lib/run/steps.ts';
import { queueOf } from './queue.ts';
import type { EnvironmentRun } from './runs.ts';

export interface Desk {
  readonly environments: () => Promise<readonly EnvironmentRow[]>;
  readonly environment: (name: string) => Promise<EnvironmentDocument | undefined>;
  readonly fleets: () => Promise<readonly FleetRow[]>;
  /** By the name of its execution. */
  readonly fleet: (execution: string) => Promise<FleetDocument | undefined>;
  /** The events of a run of another process (`latest`: the newest), and of those that belong to it. */
  readonly run: (execution: string) => Promise<readonly RunEvent[]>;
  readonly actions?: Actions;
  readonly control?: (control: Control) => Promise<void>;
}

/** What is refused is thrown, in words. */
interface Actions {
  readonly plan: (request: unknown) => Promise<PlanDocument>;
  readonly provision: (request: unknown) => Promise<ActionAnswer>;
  readonly deprovision: (removal: unknown) => Promise<ActionAnswer>;
}

/** `runs`: of every environment, newest first. `idleCostADay` of what stands. */
export function rowsOf(
  items: readonly RegistryItem[],
  runs: readonly EnvironmentRun[],
  idleCostADay: (item: RegistryItem) => number | undefined,
): EnvironmentRow[] {
  const byEnvironment = Map.groupBy(runs, ({ environment }) => environment);
  return items
    .map((item) => rowOf(item, byEnvironment.get(item.environment) ?? [], idleCostADay(item)))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

function rowOf(
  item: RegistryItem,
  runs: readonly EnvironmentRun[],
  idleCostADay: number | undefined,
): EnvironmentRow {
  const { environment: name, status, region, account, vpcCidr, lock, drift } = item;
  // A run that died holds its lock until somebody takes it over.
  const isAtIt = lock && runs.some((run) => run.execution === lock.name && run.status === 'RUNNING');
  const last = runs.find(({ isRollback }) => !isRollback);
  const queue = isAtIt ? queueOf(item) : undefined;
  const starts = Object.values(item.runs ?? {}).map((start) => Date.parse(start));
  return {
    name,
    status,
    region,
    account,
    ...(vpcCidr ? { vpcCidr } : {}),
    ...(starts.length > 0 && status !== 'GONE' ? { since: Math.min(...starts) } : {}),
    ...(last ? { lastRun: summary(last) } : {}),
    ...(isAtIt ? { execution: lock.name, steps: stepsOf(item) } : {}),
    ...(queue ? { queue } : {}),
    ...(drift ? { drift: drift.differences.length + drift.more } : {}),
    ...(idleCostADay === undefined ? {} : { idleCostADay }),
  };
}

export function stepsOf({ steps }: RegistryItem): NonNullable<EnvironmentRow['steps']> {
  const done = Object.values(steps).filter(({ status }) => status !== 'pending').length;
  return { done, all: stepNames.length };
}

export function documentOf(
  item: RegistryItem,
  runs: readonly EnvironmentRun[],
  idleCostADay: number | undefined,
): EnvironmentDocument {
  const own = runs.filter(({ environment }) => environment === item.environment);
  const { failure } = item;
  return {
    ...rowOf(item, own, idleCostADay),
    runs: own.map(summary),
    ...(item.request === undefined ? {} : { request: item.request }),
    ...(failure
      ? { failure: { error: failure.error, cause: failure.cause, execution: failure.execution } }
      : {}),
    differences: item.drift?.differences ?? [],
  };
}

function summary({ environment: _, ...run }: EnvironmentRun): EnvironmentDocument['runs'][number] {
  return run;
}
