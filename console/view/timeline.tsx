/** Each step's bar on one clock, what it waited for, and the chain that nothing could have been faster than. */
import type { Layout } from '../graph/layout.ts';
import type { RunView } from '../model/run.ts';
import { type Bar, barsOf } from '../model/timeline.ts';
import { duration, statusWords } from './words.ts';

interface Props {
  readonly layout: Layout;
  readonly run: RunView;
  readonly isTakenBack: boolean;
  readonly now: number;
}

export function Timeline({ layout, run, isTakenBack, now }: Props) {
  const start = run.head.startedAt;
  const end = Math.max(start + 1, run.head.endedAt ?? now);
  const bars = barsOf(layout, run, isTakenBack, end);
  if (bars.length === 0) return <p class="quiet">No step has begun yet.</p>;
  const chain = bars.filter(({ isCritical, from, to }) => isCritical && to - from >= 1000);
  return (
    <section class="card timeline" aria-label={`Timeline, ${duration(end - start)}`}>
      <p class="quiet">
        The run {run.head.endedAt === undefined ? 'waits' : 'waited'} for the framed ones:{' '}
        {chain.map(({ id, from, to }) => `${id} ${duration(to - from)}`).join(', ')}.
      </p>
      <div class="clock" aria-hidden="true">
        {[0, 0.25, 0.5, 0.75, 1].map((part) => (
          <span key={part}>{duration(part * (end - start))}</span>
        ))}
      </div>
      <ol class="bars">
        {bars.map((bar) => (
          <BarRow key={bar.id} bar={bar} start={start} end={end} />
        ))}
      </ol>
    </section>
  );
}

function BarRow({ bar, start, end }: { readonly bar: Bar; readonly start: number; readonly end: number }) {
  const { id, status, from, to, waitedFor, isCritical } = bar;
  const part = (at: number) => ((at - start) / (end - start)) * 1000;
  return (
    <li data-bar={id} data-critical={isCritical}>
      <span class="name">{id}</span>
      <svg class={`track box ${status}`} viewBox="0 0 1000 16" preserveAspectRatio="none" aria-hidden="true">
        <rect
          class={isCritical ? 'critical' : ''}
          x={part(from)}
          width={Math.max(4, part(to) - part(from))}
          y="1"
          height="14"
        />
      </svg>
      <span class="took">{duration(to - from)}</span>
      <span class="visually-hidden">
        , {statusWords[status]}
        {isCritical ? ', the run waited for it' : ''}
      </span>
      {waitedFor && waitedFor.milliseconds >= 1000 && (
        <span class="waited quiet">
          {duration(waitedFor.milliseconds)} of it: {waitedFor.what}
        </span>
      )}
    </li>
  );
}
