/** A run as a file to keep: all its views below each other, from the events inside the file. */
import type { RunEvent } from '../api.ts';
import { isTakenBack, reduceAll, rollbackOf } from '../model/run.ts';
import { Problem } from './detail.tsx';
import { Graph, GraphList, Legend } from './graph.tsx';
import { Log } from './log.tsx';
import { Network } from './network.tsx';
import { Changes } from './plan.tsx';
import { Result } from './result.tsx';
import type { Layouts } from './run-page.tsx';
import { Timeline } from './timeline.tsx';
import { count, duration, moment, toneOf } from './words.ts';

export interface ReportData {
  readonly execution: string;
  readonly events: readonly RunEvent[];
  readonly layouts: Layouts;
}

export function Report({ execution, events, layouts }: ReportData) {
  const runs = reduceAll(new Map(), events);
  const run = runs.get(execution);
  if (!run) return <p>The events of {execution} are not in this file.</p>;
  const { head } = run;
  const layout = layouts[head.machine].folded;
  const takenBack = isTakenBack(runs, execution);
  const now = head.endedAt ?? run.lastAt;
  const shown = { layout, run, isTakenBack: takenBack, now };
  return (
    <main>
      <h1>
        {head.environment} <span class={`badge ${toneOf(head.status)}`}>{head.status.toLowerCase()}</span>
      </h1>
      <p class="quiet">
        {head.machine} run <span class="mono">{execution}</span>, began {moment(head.startedAt)}, took{' '}
        {duration(now - head.startedAt)}, {count(run.callCount, 'AWS call')}
      </p>
      {head.cause && <Problem error={head.error ?? head.status} cause={head.cause} />}
      {run.accepted && <Changes changes={run.accepted.changes} warnings={run.accepted.warnings} />}
      <h2>Graph</h2>
      <div class="graph card">
        <Legend />
        <Graph {...shown} selected={undefined} onSelect={() => {}} />
        <GraphList {...shown} />
      </div>
      <h2>Timeline</h2>
      <Timeline {...shown} />
      <h2>Network</h2>
      <Network run={run} rollback={rollbackOf(runs, execution)} />
      <h2>Result</h2>
      <Result run={run} />
      <h2>Log</h2>
      <Log run={run} />
    </main>
  );
}
