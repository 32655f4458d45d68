/** Each step's bar on one clock, and the chain that nothing could have been faster than. */
import type { Layout } from '../graph/layout.ts';
import { boxView, type RunView } from '../model/run.ts';
import { duration, statusWords } from './words.ts';

interface Props {
  readonly layout: Layout;
  readonly run: RunView;
  readonly isTakenBack: boolean;
  readonly now: number;
}

const rowHeight = 30;
const labelWidth = 260;
const chartWidth = 860;

export function Timeline({ layout, run, isTakenBack, now }: Props) {
  const start = run.head.startedAt;
  const end = run.head.endedAt ?? now;
  const rows = layout.boxes
    .filter(({ kind }) => kind === 'step' || kind === 'task')
    .map((box) => ({ box, view: boxView(run, box.states, isTakenBack) }))
    .filter(({ view }) => view.enteredAt !== undefined)
    .sort((one, other) => (one.view.enteredAt as number) - (other.view.enteredAt as number));
  const last = lastToEnd(rows, end);
  const x = (at: number) => labelWidth + ((at - start) / Math.max(1, end - start)) * chartWidth;
  const height = rows.length * rowHeight + 40;
  return (
    <div class="scroll">
      <svg
        viewBox={`0 0 ${labelWidth + chartWidth + 90} ${height}`}
        width={labelWidth + chartWidth + 90}
        height={height}
        role="img"
        aria-label={`Timeline of ${run.head.execution}, ${duration(end - start)}`}
      >
        {[0, 0.25, 0.5, 0.75, 1].map((part) => (
          <g key={part}>
            <line
              x1={labelWidth + part * chartWidth}
              x2={labelWidth + part * chartWidth}
              y1="22"
              y2={height}
              stroke="var(--line)"
            />
            <text x={labelWidth + part * chartWidth} y="14" text-anchor="middle" class="tick">
              {duration(part * (end - start))}
            </text>
          </g>
        ))}
        {rows.map(({ box, view }, index) => {
          const from = view.enteredAt as number;
          const to = view.exitedAt ?? end;
          const y = 30 + index * rowHeight;
          return (
            <g key={box.id} class={`box ${view.status}`}>
              <title>{`${box.id}: ${statusWords[view.status]}, ${duration(to - from)}`}</title>
              <text x={labelWidth - 12} y={y + 14} text-anchor="end">
                {box.id}
              </text>
              <rect x={x(from)} y={y} width={Math.max(3, x(to) - x(from))} height="18" rx="4" />
              <text class="time" x={x(to) + 6} y={y + 13}>
                {duration(to - from)}
                {box.id === last ? ' · last' : ''}
              </text>
            </g>
          );
        })}
      </svg>
    </div>
  );
}

/** What the whole run waited for at its end. */
function lastToEnd(
  rows: readonly {
    readonly box: { readonly id: string; readonly kind: string };
    readonly view: ReturnType<typeof boxView>;
  }[],
  end: number,
): string | undefined {
  const steps = rows.filter(({ box }) => box.kind === 'step');
  return [...steps].sort((one, other) => (other.view.exitedAt ?? end) - (one.view.exitedAt ?? end))[0]?.box
    .id;
}
