/**
 * Which execution names an environment has seen. Step Functions gives a name out again 90 days after its run ended; it
 * is the tag on what the earlier run made, and a rollback of the later one would take all of that back.
 */
import { createHash } from 'node:crypto';
import { bounds } from './bounds.ts';
import type { Execution, RegistryItem } from './registry.ts';

type Seen = Pick<RegistryItem, 'runs' | 'formerRuns'>;

/** What an environment remembers once this run is one of its own. The oldest is remembered by a digest only. */
export function withRun(item: RegistryItem | undefined, { name, startTime }: Execution): Seen {
  const { runs = {}, formerRuns = [] } = item?.empty ? {} : (item ?? {});
  const all = Object.entries({ ...runs, [name]: startTime }).sort(([, one], [, other]) =>
    one < other ? -1 : 1,
  );
  const recent = all.slice(-bounds.runs);
  const former = [...formerRuns, ...all.slice(0, -bounds.runs).map(([old]) => digestOf(old))];
  return {
    runs: Object.fromEntries(recent),
    formerRuns: former.length > 0 ? former.slice(-bounds.formerRuns) : undefined,
  };
}

/** When an earlier run had the name, in words; undefined where none had it. */
export function earlierRunOf(item: Seen | undefined, { name, startTime }: Execution): string | undefined {
  const started = item?.runs?.[name];
  if (started !== undefined) return started === startTime ? undefined : `a run of ${started}`;
  return item?.formerRuns?.includes(digestOf(name)) ? `a run before the last ${bounds.runs}` : undefined;
}

/** One of a hundred thousand environments would once be asked for another name without need. */
function digestOf(name: string): string {
  return createHash('sha256').update(name).digest('hex').slice(0, 8);
}
