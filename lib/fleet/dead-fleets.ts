/**
 * What becomes of a fleet that ended without writing it down: stopped by hand, out of time, broken off. Its runs are
 * stopped with it and settled each by itself; here the fleet's record gets an end, and every environment in it.
 */
import { emitFleet } from '#lib/run/events.ts';
import { wordsOf } from '#lib/run/failure-words.ts';
import { log } from '#lib/run/log.ts';
import { environmentsIn, listRegistry, type RegistryItem } from '#lib/run/registry.ts';
import { memberExecution } from './names.ts';
import { countsOf, endFleetRecord, type MemberEnd, readFleetRecord, recordMemberEnd } from './record.ts';

export interface DeadFleet {
  /** Of the fleet's execution. */
  readonly name: string;
  readonly status: 'FAILED' | 'TIMED_OUT' | 'ABORTED';
  readonly error?: string | null | undefined;
  readonly cause?: string | null | undefined;
}

/** Idempotent: the first word about an environment counts, and who recorded an end is left alone. */
export async function settleFleet(dead: DeadFleet): Promise<'nothing to settle' | 'fleet ended'> {
  const record = await readFleetRecord(dead.name);
  if (!record || record.endedAt) return 'nothing to settle';
  const items = new Map(environmentsIn(await listRegistry()).map((item) => [item.environment, item]));
  const ends = { ...record.ends };
  for (const name of countsOf(record).unknown) {
    const end = endOf(items.get(name), memberExecution(name, dead.name), dead.status);
    await recordMemberEnd(dead.name, name, end);
    ends[name] = end;
  }
  const failure = { error: dead.error ?? `Execution.${dead.status}`, cause: causeOf(dead) };
  const { succeeded, failed, notStarted } = countsOf({ ...record, ends });
  await emitFleet({ execution: dead.name, fleet: record.fleet, succeeded, failed, notStarted, failure });
  await endFleetRecord(dead.name, new Date().toISOString(), failure);
  log.info('dead fleet settled', { fleet: record.fleet, execution: dead.name, status: dead.status });
  return 'fleet ended';
}

const longestCause = 300;

function causeOf({ name, status, cause }: DeadFleet): string {
  const why = cause ? `: ${cause.slice(0, longestCause)}` : '';
  return wordsOf({
    what: `execution ${name} ended as ${status} before all of its environments had${why}`,
    todo: 'start the same fleet again: what is complete stays as it is',
  });
}

/** By what the registry knows of its own run: that one may still be about to be stopped. */
function endOf(item: RegistryItem | undefined, execution: string, status: DeadFleet['status']): MemberEnd {
  const at = new Date().toISOString();
  if (!item || !hasBegun(item, execution)) return { status: 'NOT_STARTED', at };
  if (!item.lock && !item.failure && (item.status === 'READY' || item.status === 'GONE'))
    return { status: 'SUCCEEDED', execution, at };
  const cause = `its fleet ended as ${status} while it was under way; the environment itself says what became of it`;
  return { status: 'FAILED', execution, error: `Execution.${status}`, cause, at };
}

function hasBegun({ lock, runs = {}, failure, steps }: RegistryItem, execution: string): boolean {
  return (
    lock?.name === execution ||
    execution in runs ||
    failure?.execution === execution ||
    Object.values(steps).some((step) => step.execution === execution)
  );
}
