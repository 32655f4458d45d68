/** Each step's time in a run: from when to when, what it waited for, and the chain the run was waiting for. */
import type { Layout } from '../graph/layout.ts';
import { titleOfStep } from './estimate.ts';
import { type BoxStatus, boxView, type RunView } from './run.ts';

export interface Bar {
  readonly id: string;
  readonly status: BoxStatus;
  readonly from: number;
  readonly to: number;
  /** What it waited for longest, in its own words. */
  readonly waitedFor?: { readonly what: string; readonly milliseconds: number };
  /** As long as it was expected to take, from its first look on. */
  readonly expected?: { readonly from: number; readonly to: number };
  /** One of those the run was waiting for, one after the other. */
  readonly isCritical: boolean;
}

/** In the order of their beginning. `end`: of the run, or now. */
export function barsOf(layout: Layout, run: RunView, isTakenBack: boolean, end: number): Bar[] {
  const bars = layout.boxes
    .filter(({ kind }) => kind === 'step' || kind === 'task')
    .flatMap(({ id, kind, states }) => {
      const { status, enteredAt, exitedAt } = boxView(run, states, isTakenBack);
      if (enteredAt === undefined) return [];
      const to = Math.min(exitedAt ?? end, end);
      const [state = id] = states;
      const expected = kind === 'step' ? expectedOf(run, state) : {};
      return [{ id, status, from: enteredAt, to, ...waited(run, state, to), ...expected }];
    })
    .sort((one, other) => one.from - other.from);
  const chain = criticalChain(bars);
  return bars.map((bar) => ({ ...bar, isCritical: chain.has(bar) }));
}

/** Nothing of a step of which nothing was missing. */
function expectedOf(run: RunView, state: string): Pick<Bar, 'expected'> {
  const look = run.looks[state]?.at(-1);
  const seconds = look && run.expected[look.step];
  // What only asks for it has a state of its own.
  if (!look || !seconds || titleOfStep(run, look.step) !== state) return {};
  const from = Date.parse(look.since);
  return { expected: { from, to: from + seconds * 1000 } };
}

/** The time between two looks goes to what the first of them said. */
function waited(run: RunView, state: string, to: number): Pick<Bar, 'waitedFor'> {
  const waits = new Map<string, number>();
  const looks = run.looks[state] ?? [];
  looks.forEach(({ status, detail, at }, index) => {
    if (status !== 'pending') return;
    const until = looks[index + 1]?.at ?? to;
    waits.set(detail, (waits.get(detail) ?? 0) + until - at);
  });
  const [longest] = [...waits].sort(([, one], [, other]) => other - one);
  return longest && longest[1] > 0 ? { waitedFor: { what: longest[0], milliseconds: longest[1] } } : {};
}

/** The last one first: from the one that ended last backwards, each time to the one that ended last before it began. */
export function criticalChain<T extends Pick<Bar, 'from' | 'to'>>(bars: readonly T[]): ReadonlySet<T> {
  const chain = new Set<T>();
  let before = Number.POSITIVE_INFINITY;
  for (;;) {
    const next = bars
      .filter((bar) => !chain.has(bar) && bar.to <= before)
      .reduce<T | undefined>((last, bar) => (last && last.to >= bar.to ? last : bar), undefined);
    if (!next) return chain;
    chain.add(next);
    before = next.from;
  }
}
