/** The state machine as a graph; the same as a list, for whoever cannot see it. */
import { useMemo } from 'preact/hooks';
import type { Layout, PlacedArrow, PlacedBox } from '../graph/layout.ts';
import { type BoxView, boxView, type RunView } from '../model/run.ts';
import { duration, statusWords } from './words.ts';

interface Props {
  readonly layout: Layout;
  readonly run: RunView | undefined;
  readonly isTakenBack: boolean;
  readonly now: number;
  readonly selected: string | undefined;
  readonly onSelect: (box: string) => void;
}

const margin = 8;

export function Graph({ layout, run, isTakenBack, now, selected, onSelect }: Props) {
  const views = useMemo(
    () => new Map(layout.boxes.map((box) => [box.id, boxView(run, box.states, isTakenBack)])),
    [layout, run, isTakenBack],
  );
  const size = { width: layout.width + 2 * margin, height: layout.height + 2 * margin };
  return (
    // biome-ignore lint/a11y/useSemanticElements: an SVG has no fieldset
    <svg
      viewBox={`${-margin} ${-margin} ${size.width} ${size.height}`}
      {...size}
      role="group"
      aria-label="The run as a graph; the list below says the same"
    >
      <defs>
        <marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
          <path class="arrowhead" d="M0 0 8 4 0 8z" />
        </marker>
      </defs>
      {layout.boxes.map((box) => (
        <GraphBox
          key={box.id}
          box={box}
          view={views.get(box.id) as BoxView}
          now={now}
          isSelected={box.id === selected}
          onSelect={onSelect}
        />
      ))}
      {layout.arrows.map((arrow) => (
        <GraphArrow key={`${arrow.from}→${arrow.to}${arrow.kind}`} arrow={arrow} />
      ))}
    </svg>
  );
}

interface BoxProps {
  readonly box: PlacedBox;
  readonly view: BoxView;
  readonly now: number;
  readonly isSelected: boolean;
  readonly onSelect: (box: string) => void;
}

function GraphBox({ box, view, now, isSelected, onSelect }: BoxProps) {
  const isGroup = box.kind === 'group';
  const time = view.enteredAt === undefined ? '' : duration((view.exitedAt ?? now) - view.enteredAt);
  const select = () => onSelect(box.id);
  const anchor = isGroup
    ? { x: box.x + 14, y: box.y + 22, 'text-anchor': 'start' as const }
    : { x: box.x + box.width / 2, y: box.y + 25, 'text-anchor': 'middle' as const };
  const corner = isGroup
    ? { x: box.x + box.width - 12, y: box.y + 21 }
    : { x: box.x + box.width - (box.kind === 'choice' ? 22 : 8), y: box.y + box.height - 6 };
  return (
    <>
      {/* An SVG knows no tabIndex: its attributes are case-sensitive. */}
      {/* biome-ignore lint/a11y/useSemanticElements: an SVG has no button */}
      <g
        class={`box ${box.kind} ${view.status}`}
        tabindex={0}
        role="button"
        aria-pressed={isSelected}
        aria-label={`${box.id}: ${statusWords[view.status]}${time ? `, ${time}` : ''}`}
        data-box={box.id}
        data-status={view.status}
        onClick={(event) => {
          event.stopPropagation();
          select();
        }}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' && event.key !== ' ') return;
          event.preventDefault();
          select();
        }}
      >
        <rect
          x={box.x}
          y={box.y}
          width={box.width}
          height={box.height}
          rx={box.kind === 'choice' ? box.height / 2 : 8}
        />
        <text {...anchor}>
          {box.lines.map((line, index) => (
            <tspan key={line} x={anchor.x} dy={index === 0 ? 0 : 18}>
              {index === box.lines.length - 1 ? line : `${line} `}
            </tspan>
          ))}
        </text>
      </g>
      {time && (
        <text class="time" {...corner} text-anchor="end">
          {time}
        </text>
      )}
    </>
  );
}

function GraphArrow({ arrow: { kind, points } }: { readonly arrow: PlacedArrow }) {
  return (
    <polyline
      class={`arrow ${kind}`}
      points={points.map(([x, y]) => `${x},${y}`).join(' ')}
      marker-end="url(#head)"
    />
  );
}

/** Every box with its status, in the order of the graph. */
export function GraphList({ layout, run, isTakenBack, now }: Omit<Props, 'selected' | 'onSelect'>) {
  return (
    <ol class="visually-hidden" aria-label="Steps">
      {layout.boxes.map((box) => {
        const view = boxView(run, box.states, isTakenBack);
        const time =
          view.enteredAt === undefined ? '' : `, ${duration((view.exitedAt ?? now) - view.enteredAt)}`;
        return (
          <li key={box.id}>
            {box.id}: {statusWords[view.status]}
            {time}
            {view.look ? `. ${view.look.detail}` : ''}
          </li>
        );
      })}
    </ol>
  );
}

export function Legend() {
  const shown = ['not-reached', 'working', 'waiting', 'done', 'failed', 'stopped', 'taken-back'] as const;
  return (
    <p class="legend">
      {shown.map((status) => (
        <span key={status} class={`badge ${status}`}>
          {statusWords[status]}
        </span>
      ))}
    </p>
  );
}
