/** The page: runs to the left in time, one run at a time. Every page has an address of its own. */
import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { MachineName, Session } from '../api.ts';
import type { Layout } from '../graph/layout.ts';
import { isTakenBack, type Runs, type RunView, rollbackOf } from '../model/run.ts';
import { Detail, Problem } from './detail.tsx';
import { Graph, GraphList, Legend } from './graph.tsx';
import { Log } from './log.tsx';
import { Network } from './network.tsx';
import { Result } from './result.tsx';
import { type Connection, useAccountClock, useRuns } from './stream.ts';
import { Timeline } from './timeline.tsx';
import { duration, moment, toneOf } from './words.ts';

type Layouts = Readonly<Record<MachineName, { readonly folded: Layout; readonly whole: Layout }>>;

/** `/runs/NAME/TAB`, or `/` for the newest run. */
function useAddress(): readonly [string, (path: string) => void] {
  const [path, setPath] = useState(location.pathname);
  useEffect(() => {
    const onPop = () => setPath(location.pathname);
    addEventListener('popstate', onPop);
    return () => removeEventListener('popstate', onPop);
  }, []);
  const go = (next: string) => {
    history.pushState(null, '', next);
    setPath(next);
  };
  return [path, go];
}

function App({ session, layouts }: { readonly session: Session; readonly layouts: Layouts }) {
  const { runs, connection } = useRuns();
  const [path, go] = useAddress();
  const now = useAccountClock(runs, session.speed);
  const [, , name, tab = 'graph'] = path.split('/');
  const run = name ? runs.get(decodeURIComponent(name)) : newest(runs);
  return (
    <>
      <header class="top">
        <h1>AosCloud environments</h1>
        <nav aria-label="Runs">
          <RunPicker runs={runs} current={run} go={go} />
        </nav>
        <span class="where">
          {session.where} · {connectionWords[connection]}
        </span>
      </header>
      <main>
        {run ? (
          <RunPage run={run} runs={runs} layouts={layouts} tab={tab} go={go} now={now} />
        ) : (
          <p class="quiet">
            {name
              ? `No run called ${decodeURIComponent(name)} is known here.`
              : 'No run yet. Start one: it appears here by itself.'}
          </p>
        )}
      </main>
    </>
  );
}

const connectionWords: Readonly<Record<Connection, string>> = {
  connecting: 'connecting',
  live: 'live',
  lost: 'connection lost, trying again',
};

function newest(runs: Runs): RunView | undefined {
  return [...runs.values()]
    .filter(({ head }) => head.parent === undefined)
    .sort((one, other) => other.head.startedAt - one.head.startedAt)[0];
}

interface PickerProps {
  readonly runs: Runs;
  readonly current: RunView | undefined;
  readonly go: (path: string) => void;
}

function RunPicker({ runs, current, go }: PickerProps) {
  if (runs.size < 2) return null;
  return (
    <label>
      <span class="visually-hidden">Run</span>
      <select
        value={current?.head.execution}
        onChange={({ currentTarget }) => go(`/runs/${encodeURIComponent(currentTarget.value)}`)}
      >
        {[...runs.values()].map(({ head }) => (
          <option key={head.execution} value={head.execution}>
            {head.environment}: {head.parent ? 'rollback' : head.machine}, {head.status.toLowerCase()} (
            {head.execution})
          </option>
        ))}
      </select>
    </label>
  );
}

interface RunPageProps {
  readonly run: RunView;
  readonly runs: Runs;
  readonly layouts: Layouts;
  readonly tab: string;
  readonly go: (path: string) => void;
  readonly now: number;
}

const tabs = ['graph', 'timeline', 'network', 'log', 'result'] as const;

function RunPage({ run, runs, layouts, tab, go, now }: RunPageProps) {
  const { head } = run;
  const [isWhole, setWhole] = useState(false);
  const [selected, setSelected] = useState<string>();
  const layout = layouts[head.machine][isWhole ? 'whole' : 'folded'];
  const takenBack = isTakenBack(runs, head.execution);
  const rollback = rollbackOf(runs, head.execution);
  const box = layout.boxes.find(({ id }) => id === selected) ?? firstFailed(run, layout);
  const link = (to: string) => `/runs/${encodeURIComponent(head.execution)}/${to}`;
  return (
    <>
      <h2>
        {head.environment} <span class={`badge ${toneOf(head.status)}`}>{head.status.toLowerCase()}</span>
      </h2>
      <p class="quiet">
        {head.machine} run <span class="mono">{head.execution}</span>, began {moment(head.startedAt)},{' '}
        {head.endedAt === undefined ? 'so far' : 'took'} {duration((head.endedAt ?? now) - head.startedAt)},{' '}
        {run.callCount} AWS calls
        {head.parent && (
          <>
            , takes back what <a href={`/runs/${encodeURIComponent(head.parent)}`}>{head.parent}</a> made
          </>
        )}
        {rollback && (
          <>
            . Rollback:{' '}
            <a href={`/runs/${encodeURIComponent(rollback.head.execution)}`}>{rollback.head.execution}</a>
          </>
        )}
      </p>
      {head.cause && <Problem error={head.error ?? head.status} cause={head.cause} />}
      <nav class="tabs" aria-label="Views of the run">
        {tabs.map((name) => (
          <a
            key={name}
            href={link(name)}
            aria-current={name === tab ? 'page' : undefined}
            onClick={(event) => {
              if (event.ctrlKey || event.metaKey || event.shiftKey) return;
              event.preventDefault();
              go(link(name));
            }}
          >
            {name}
          </a>
        ))}
      </nav>
      {tab === 'timeline' && (
        <Timeline layout={layouts[head.machine].folded} run={run} isTakenBack={takenBack} now={now} />
      )}
      {tab === 'network' && <Network run={run} rollback={rollback} />}
      {tab === 'log' && <Log run={run} />}
      {tab === 'result' && <Result run={run} />}
      {tab === 'graph' && (
        <div class="run">
          <div class={`graph card ${isWhole ? 'wide scroll' : ''}`}>
            <div class="controls">
              <Legend />
              <label>
                <input
                  type="checkbox"
                  checked={isWhole}
                  onChange={({ currentTarget }) => setWhole(currentTarget.checked)}
                />{' '}
                every state
              </label>
            </div>
            <Graph
              layout={layout}
              run={run}
              isTakenBack={takenBack}
              now={now}
              selected={box?.id}
              onSelect={setSelected}
            />
            <GraphList layout={layout} run={run} isTakenBack={takenBack} now={now} />
          </div>
          {box ? (
            <Detail box={box} run={run} isTakenBack={takenBack} now={now} />
          ) : (
            <section class="card quiet">Choose a box to see its answers, AWS calls and times.</section>
          )}
        </div>
      )}
    </>
  );
}

/** Why a run failed is what people come for: its box is open before they ask. */
function firstFailed(run: RunView, layout: Layout) {
  return layout.boxes.find(
    ({ kind, states }) => kind !== 'group' && states.some((name) => run.states[name]?.error !== undefined),
  );
}

async function start(): Promise<void> {
  const [session, layouts] = await Promise.all(
    ['/api/session', '/layouts.json'].map(async (path) => (await fetch(path)).json()),
  );
  render(
    <App session={session as Session} layouts={layouts as Layouts} />,
    document.getElementById('app') as HTMLElement,
  );
}

start();
