/** Each step's bar on one clock, what it waited for, the chain nothing could have been faster than, and the estimate. */
import type { Layout } from '../graph/layout.ts';
import { type Estimate, estimateOf, expectedEnd, titleOfStep } from '../model/estimate.ts';
import type { RunView } from '../model/run.ts';
import { type Bar, barsOf } from '../model/timeline.ts';
import { duration, statusWords } from './words.ts';

interface Props {
  readonly layout: Layout;
  readonly run: RunView;
  readonly isTakenBack: boolean;
  readonly now: number;
}

/** Where a moment is on the clock, of a thousand. */
type Place = (at: number) => number;

export function Timeline({ layout, run, isTakenBack, now }: Props) {
  const start = run.head.startedAt;
  const end = Math.max(start + 1, run.head.endedAt ?? now);
  const bars = barsOf(layout, run, isTakenBack, end);
  if (bars.length === 0) return <p class="quiet">No step has begun yet.</p>;
  const estimate = estimateOf(run, end);
  const clockEnd = Math.max(
    end,
    expectedEnd(run, now) ?? 0,
    ...bars.map(({ expected }) => expected?.to ?? 0),
  );
  const place: Place = (at) => ((at - start) / (clockEnd - start)) * 1000;
  const chain = bars.filter(({ isCritical, from, to }) => isCritical && to - from >= 1000);
  return (
    <section class="card timeline" aria-label={`Timeline, ${duration(end - start)}`}>
      <p class="quiet">
        The run {run.head.endedAt === undefined ? 'waits' : 'waited'} for the framed ones:{' '}
        {chain.map(({ id, from, to }) => `${id} ${duration(to - from)}`).join(', ')}. The thin bar below each
        is what it was expected to take.
      </p>
      {estimate && <EstimateLine estimate={estimate} run={run} end={end} place={place} />}
      <div class="clock" aria-hidden="true">
        {[0, 0.25, 0.5, 0.75, 1].map((part) => (
          <span key={part}>{duration(part * (clockEnd - start))}</span>
        ))}
      </div>
      <ol class="bars">
        {bars.map((bar) => (
          <BarRow key={bar.id} bar={bar} place={place} />
        ))}
      </ol>
    </section>
  );
}

interface EstimateProps {
  readonly estimate: Estimate;
  readonly run: RunView;
  readonly end: number;
  readonly place: Place;
}

/** Flatter than this a line that hardly moves would look like a mountain. */
const leastRange = 60_000;
const height = 100;

function EstimateLine({ estimate: { first, last, line, moves }, run, end, place }: EstimateProps) {
  const { startedAt, endedAt } = run.head;
  const ends = [...line.map((corner) => corner.end), ...(endedAt === undefined ? [] : [endedAt])];
  const middle = (Math.min(...ends) + Math.max(...ends)) / 2;
  const range = Math.max(leastRange, Math.max(...ends) - Math.min(...ends)) * 1.2;
  const level = (at: number) => height / 2 - ((at - middle) / range) * height;
  const points = line.map((corner) => `${place(corner.at)},${level(corner.end)}`).join(' ');
  const words = [
    `at first after ${duration(first)}`,
    ...(Math.abs(last - first) >= 1000
      ? [`${endedAt === undefined ? 'now' : 'at last'} after ${duration(last)}`]
      : []),
    endedAt === undefined
      ? `so far ${duration(end - startedAt)}`
      : `it ${run.head.status === 'SUCCEEDED' ? 'was done' : 'ended'} after ${duration(endedAt - startedAt)}`,
  ];
  return (
    <div class="estimate" data-estimate={Math.round(last / 1000)}>
      <h3>When it {endedAt === undefined ? 'is' : 'was'} expected to end</h3>
      <p class="quiet">{words.join(', ')}.</p>
      {moves.length > 0 && (
        <ul class="moves">
          {moves.map(({ by, milliseconds }) => (
            <li key={by} data-moved-by={by}>
              {by === 'accept' ? 'what stands already' : titleOfStep(run, by)}:{' '}
              <b>{duration(Math.abs(milliseconds))}</b> {milliseconds > 0 ? 'later' : 'sooner'}
            </li>
          ))}
        </ul>
      )}
      <div class="estimate-line">
        <span class="level">after {duration(Math.max(...ends) - startedAt)}</span>
        <svg class="chart" viewBox={`0 0 1000 ${height}`} preserveAspectRatio="none" aria-hidden="true">
          {endedAt !== undefined && (
            <line class="ended" x1="0" x2="1000" y1={level(endedAt)} y2={level(endedAt)} />
          )}
          <polyline class="estimated" points={points} />
        </svg>
        <span class="level low">after {duration(Math.min(...ends) - startedAt)}</span>
      </div>
    </div>
  );
}

function BarRow({ bar, place }: { readonly bar: Bar; readonly place: Place }) {
  const { id, status, from, to, waitedFor, expected, isCritical } = bar;
  return (
    <li data-bar={id} data-critical={isCritical}>
      <span class="name">{id}</span>
      <svg class={`track box ${status}`} viewBox="0 0 1000 20" preserveAspectRatio="none" aria-hidden="true">
        <rect
          class={isCritical ? 'critical' : ''}
          x={place(from)}
          width={Math.max(4, place(to) - place(from))}
          y="1"
          height="12"
        />
        {expected && (
          <rect
            class="ghost"
            x={place(expected.from)}
            width={place(expected.to) - place(expected.from)}
            y="16"
            height="3"
          />
        )}
      </svg>
      <span class="took">
        {duration(to - from)}
        {expected && (
          <span class="quiet">
            <span class="visually-hidden">, expected:</span> of {duration(expected.to - expected.from)}
          </span>
        )}
      </span>
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
