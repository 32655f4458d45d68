/** When a run was expected to end, how that moved, and which step moved it. */
import type { RunView } from './run.ts';

interface Move {
  /** The step's name. */
  readonly by: string;
  /** Later, or (negative) sooner. */
  readonly milliseconds: number;
}

export interface Estimate {
  /** From the run's beginning. */
  readonly first: number;
  readonly last: number;
  /** The corners of the line: at `at` it was expected to end at `end`. */
  readonly line: readonly { readonly at: number; readonly end: number }[];
  /** The largest first; those nobody would notice are left out. */
  readonly moves: readonly Move[];
}

const leastMove = 5000;

/** `until`: the end of the run, or now. Undefined of a run that never had one. */
export function estimateOf({ head, estimates }: RunView, until: number): Estimate | undefined {
  const known = estimates.flatMap(({ at, end, by }) => (end === null ? [] : [{ at, end, by }]));
  const [first] = known;
  const last = known.at(-1);
  if (!first || !last) return undefined;
  const openAt = estimates.find(({ end }) => end === null)?.at;
  const stop = Math.max(last.at, openAt ?? until);
  // Between two looks it stays what it was.
  const line = known.flatMap(({ at, end }, index) => [
    { at, end },
    { at: known[index + 1]?.at ?? stop, end },
  ]);
  const moved = new Map<string, number>();
  known.forEach(({ end, by }, index) => {
    const before = known[index - 1];
    if (before && by) moved.set(by, (moved.get(by) ?? 0) + end - before.end);
  });
  const moves = [...moved]
    .map(([by, milliseconds]) => ({ by, milliseconds }))
    .filter(({ milliseconds }) => Math.abs(milliseconds) >= leastMove)
    .sort((one, other) => Math.abs(other.milliseconds) - Math.abs(one.milliseconds));
  return { first: first.end - head.startedAt, last: last.end - head.startedAt, line, moves };
}

/** Of a run under way, never before `now`; undefined where nobody knows. */
export function expectedEnd({ head, estimates }: RunView, now: number): number | undefined {
  const end = estimates.at(-1)?.end ?? undefined;
  return head.status !== 'RUNNING' || end === undefined ? undefined : Math.max(now, end);
}

/** The same in words, as the terminal has them. */
export function leftInWords(run: RunView, now: number, inTime: (milliseconds: number) => string) {
  const end = expectedEnd(run, now);
  if (end === undefined) return undefined;
  if (end - now >= 1000) return `about ${inTime(end - now)} left`;
  const [first] = run.estimates;
  return first?.end && now > first.end ? 'longer than usual' : 'nearly done';
}

/** What a person calls a step: the state that it answered for last. */
export function titleOfStep({ looks }: RunView, step: string): string {
  const states = Object.entries(looks).flatMap(([state, all]) => {
    const last = all.at(-1);
    return last?.step === step ? [{ state, at: last.at }] : [];
  });
  return states.sort((one, other) => other.at - one.at)[0]?.state ?? step;
}
