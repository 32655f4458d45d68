/** Fleets, from their records, their executions, and what the registry knows of their environments. */
import type { FleetDocument, FleetMember, FleetRow } from '#console/api-fleets.ts';
import { memberExecution } from '#lib/fleet/names.ts';
import type { FleetRecord, MemberEnd } from '#lib/fleet/record.ts';
import type { RegistryItem } from '#lib/run/registry.ts';
import { type StepName, titleOf } from '#lib/run/steps.ts';
import { stepsOf } from './desk.ts';
import { queueOf, withoutQueue } from './queue.ts';
import type { FleetRun } from './runs.ts';

/** What the registry's table holds. */
export interface Registry {
  readonly environments: readonly RegistryItem[];
  readonly fleets: readonly FleetRecord[];
}

/** Newest first. One without a record was refused, or its list is still looked at. */
export function fleetRowsOf(runs: readonly FleetRun[], registry: Registry): FleetRow[] {
  return runs
    .map((run) => rowOf(run, recordOf(run, registry), membersOf(run, registry)))
    .sort((one, other) => other.startedAt - one.startedAt);
}

/** `at`: now, on the account's clock. */
export function fleetOf(run: FleetRun, registry: Registry, at: number): FleetDocument {
  const { error, cause } = run;
  const record = recordOf(run, registry);
  const members = membersOf(run, registry);
  return {
    ...rowOf(run, record, members),
    at,
    ...(error ? { error } : {}),
    ...(cause ? { cause } : {}),
    ...(record ? { stopAt: record.stopAt } : {}),
    waves: record ? inWaves(members, record.waves ?? [members.length]) : [],
  };
}

function recordOf({ execution }: FleetRun, { fleets }: Registry): FleetRecord | undefined {
  return fleets.find((one) => one.execution === execution);
}

function rowOf(
  { execution, status, startedAt, endedAt, consoleUrl }: FleetRun,
  record: FleetRecord | undefined,
  members: readonly FleetMember[],
): FleetRow {
  const row = {
    execution,
    status,
    startedAt,
    ...(endedAt === undefined ? {} : { endedAt }),
    ...(consoleUrl ? { consoleUrl } : {}),
  };
  if (!record) return row;
  const counted = [...Map.groupBy(members, ({ place }) => place)].map(([place, of]) => [place, of.length]);
  return {
    ...row,
    fleet: record.fleet,
    action: record.action,
    environments: members.length,
    counts: Object.fromEntries(counted),
    predictedEnd: Date.parse(record.predictedEnd),
  };
}

/** In the order of the list. */
function membersOf(run: FleetRun, registry: Registry): FleetMember[] {
  const record = recordOf(run, registry);
  if (!record) return [];
  const items = new Map(registry.environments.map((item) => [item.environment, item]));
  const isRunning = run.status === 'RUNNING';
  return record.environments.map((name) => memberOf(name, record, items.get(name), isRunning));
}

function memberOf(
  environment: string,
  { execution: fleet, ends }: FleetRecord,
  item: RegistryItem | undefined,
  isRunning: boolean,
): FleetMember {
  const end = ends[environment];
  const execution = memberExecution(environment, fleet);
  if (end) return { environment, ...ended(end), ...sinceOf(item, execution) };
  // A run that died with its fleet holds its lock until somebody takes it over.
  if (!item || item.lock?.name !== execution || !isRunning)
    return { environment, place: isRunning ? 'waiting' : 'unknown' };
  const queue = queueOf(item);
  const doing = doingOf(item);
  return {
    environment,
    place: Object.keys(item.takingBack ?? {}).length > 0 ? 'taking-back' : 'under-way',
    execution,
    ...sinceOf(item, execution),
    steps: stepsOf(item),
    ...(doing ? { doing } : {}),
    ...(queue ? { queue } : {}),
  };
}

const places = { SUCCEEDED: 'done', FAILED: 'failed', NOT_STARTED: 'not-started' } as const;

function ended({ status, execution, error, cause, at }: MemberEnd): Omit<FleetMember, 'environment'> {
  return {
    place: places[status],
    ...(execution ? { execution } : {}),
    ...(error ? { error } : {}),
    ...(cause ? { cause } : {}),
    endedAt: Date.parse(at),
  };
}

function sinceOf(item: RegistryItem | undefined, execution: string): Pick<FleetMember, 'since'> {
  const start = item?.runs?.[execution] ?? (item?.lock?.name === execution ? item.lock.since : undefined);
  return start === undefined ? {} : { since: Date.parse(start) };
}

/** What was said last by a step that is not through. */
function doingOf({ steps, takingBack = {} }: RegistryItem): string | undefined {
  const answers = Object.entries(Object.keys(takingBack).length > 0 ? takingBack : steps);
  const [last] = answers
    .filter(([, { status }]) => status === 'pending')
    .sort(([, one], [, other]) => (one.at < other.at ? 1 : -1));
  return last && `${titleOf(last[0] as StepName)}: ${withoutQueue(last[1].detail)}`;
}

function inWaves(members: readonly FleetMember[], sizes: readonly number[]): FleetMember[][] {
  let from = 0;
  return sizes.map((size) => {
    from += size;
    return members.slice(from - size, from);
  });
}
