/** One run, in five views: the graph, the timeline, the network, what was said, and what it leaves. */
import { useState } from 'preact/hooks';
import type { MachineName, RunHead, Session } from '../api.ts';
import type { Layout } from '../graph/layout.ts';
import { leftInWords } from '../model/estimate.ts';
import { isTakenBack, laterRun, type Runs, type RunView, rollbackOf } from '../model/run.ts';
import { environmentPage, Link, runPage } from './address.tsx';
import { FailButton, RunControls } from './controls.tsx';
import { Detail, Problem } from './detail.tsx';
import { Graph, GraphList, Legend } from './graph.tsx';
import { Log } from './log.tsx';
import { Network } from './network.tsx';
import { Changes } from './plan.tsx';
import { Result } from './result.tsx';
import { Timeline } from './timeline.tsx';
import { count, duration, moment, toneOf } from './words.ts';

export type Layouts = Readonly<Record<MachineName, { readonly folded: Layout; readonly whole: Layout }>>;

interface Props {
  readonly run: RunView;
  readonly runs: Runs;
  readonly layouts: Layouts;
  readonly view: string;
  readonly session: Session;
  readonly now: number;
  readonly refresh: () => void;
}

const views = ['graph', 'timeline', 'network', 'log', 'result'] as const;

/** Of an address; the graph where it names none that there is. */
export function viewOf(name: string | undefined): (typeof views)[number] {
  return views.find((view) => view === name) ?? 'graph';
}

export function RunPage(props: Props) {
  const { run, runs, layouts, view, session, now, refresh } = props;
  const { head } = run;
  const takenBack = isTakenBack(runs, head.execution);
  const rollback = rollbackOf(runs, head.execution);
  return (
    <>
      <Head run={run} rollback={rollback} later={laterRun(runs, head)} now={now} />
      {head.cause && <Problem error={head.error ?? head.status} cause={head.cause} />}
      {run.accepted && <Changes changes={run.accepted.changes} warnings={run.accepted.warnings} />}
      {session.controls && head.status === 'RUNNING' && (
        <RunControls execution={head.execution} session={session} refresh={refresh} />
      )}
      <nav class="tabs" aria-label="Views of the run">
        {views.map((name) => (
          <Link key={name} to={runPage(head.execution, name)} isCurrent={name === view}>
            {name}
          </Link>
        ))}
      </nav>
      {view === 'timeline' && (
        <Timeline layout={layouts[head.machine].folded} run={run} isTakenBack={takenBack} now={now} />
      )}
      {view === 'network' && <Network run={run} rollback={rollback} />}
      {view === 'log' && <Log run={run} />}
      {view === 'result' && <Result run={run} />}
      {view === 'graph' && <GraphView {...props} takenBack={takenBack} />}
    </>
  );
}

interface HeadProps {
  readonly run: RunView;
  readonly rollback: RunView | undefined;
  readonly later: RunHead | undefined;
  readonly now: number;
}

function Head({ run, rollback, later, now }: HeadProps) {
  const { environment, status, machine, execution, startedAt, endedAt, parent, consoleUrl } = run.head;
  const left = leftInWords(run, now, duration);
  return (
    <>
      <h2>
        <Link to={environmentPage(environment)}>{environment}</Link>{' '}
        <span class={`badge ${toneOf(status)}`} data-run-status={status}>
          {status.toLowerCase()}
        </span>
      </h2>
      <p class="quiet">
        {parent ? 'rollback' : `${machine} run`} <span class="mono">{execution}</span>, began{' '}
        {moment(startedAt)}, {endedAt === undefined ? 'so far' : 'took'}{' '}
        {duration((endedAt ?? now) - startedAt)}
        {left && (
          <>
            , <span data-left>{left}</span>
          </>
        )}
        , {count(run.callCount, 'AWS call')}
        {parent && (
          <>
            , takes back what <Link to={runPage(parent)}>{parent}</Link> made
          </>
        )}
        {rollback && (
          <>
            . Rollback: <Link to={runPage(rollback.head.execution)}>{rollback.head.execution}</Link>
          </>
        )}
        {later && (
          <>
            . Since then: <Link to={runPage(later.execution)}>{later.execution}</Link>
          </>
        )}
        {consoleUrl && (
          <>
            . <a href={consoleUrl}>In AWS's console</a>
          </>
        )}
      </p>
    </>
  );
}

function GraphView({ run, layouts, session, now, takenBack }: Props & { readonly takenBack: boolean }) {
  const [isWhole, setWhole] = useState(false);
  const [selected, setSelected] = useState<string>();
  const { machine, execution, status } = run.head;
  const layout = layouts[machine][isWhole ? 'whole' : 'folded'];
  const box = layout.boxes.find(({ id }) => id === selected) ?? firstFailed(run, layout);
  const canFail = session.controls && status === 'RUNNING' && (box?.kind === 'step' || box?.kind === 'task');
  return (
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
        <Detail box={box} run={run} isTakenBack={takenBack} now={now}>
          {canFail && <FailButton key={box.id} execution={execution} state={box.states[0] as string} />}
        </Detail>
      ) : (
        <section class="card quiet">Choose a box to see its answers, AWS calls and times.</section>
      )}
    </div>
  );
}

/** Why a run failed is what people come for: its box is open before they ask. */
function firstFailed(run: RunView, layout: Layout) {
  return layout.boxes.find(
    ({ kind, states }) => kind !== 'group' && states.some((name) => run.states[name]?.error !== undefined),
  );
}
