/** One environment: what stands, its runs with their durations beside each other, and its removal. */
import { useState } from 'preact/hooks';
import type { ActionAnswer, EnvironmentDocument, RunSummary, Session } from '../api.ts';
import { endsOf, type Runs } from '../model/run.ts';
import { go, Link, runPage } from './address.tsx';
import { act, useAction, useDocument } from './ask.ts';
import { Problem } from './detail.tsx';
import { duration, moment, toneOf } from './words.ts';

interface Props {
  readonly name: string;
  readonly runs: Runs;
  readonly session: Session;
}

export function Environment({ name, runs, session }: Props) {
  const found = useDocument<EnvironmentDocument>(
    `/api/environments/${encodeURIComponent(name)}`,
    endsOf(runs),
  );
  if (found === undefined) return <p class="quiet">Reading the registry…</p>;
  if (found === null) return <p class="quiet">No environment called {name} is known here.</p>;
  const isIdle = found.execution === undefined;
  return (
    <>
      <h2>
        {name}{' '}
        <span class={`badge ${toneOf(found.status)}`}>{found.status.toLowerCase().replace('_', ' ')}</span>
      </h2>
      <p class="quiet">
        {found.region}, account {found.account}
        {found.vpcCidr && found.status !== 'GONE' ? `, ${found.vpcCidr}` : ''}
        {found.since ? `, since ${moment(found.since)}` : ''}
        {found.idleCostADay === undefined ? '' : `, $${found.idleCostADay.toFixed(2)} a day while idle`}
      </p>
      {found.execution && (
        <p>
          <Link class="button primary" to={runPage(found.execution)}>
            Watch the run
          </Link>
        </p>
      )}
      {found.failure && <Problem error={found.failure.error} cause={found.failure.cause} />}
      <Drift differences={found.differences} />
      <div class="columns">
        <History runs={found.runs} />
        {session.starts && isIdle && (
          <section class="card">
            <h3>Change it</h3>
            <p>A run makes what the request says and it lacks; where nothing differs it changes nothing.</p>
            <Link class="button" to={`/new?from=${encodeURIComponent(name)}`}>
              {found.status === 'GONE' ? 'Make it again' : 'Change the request'}
            </Link>
            {found.status !== 'GONE' && <Removal name={name} />}
          </section>
        )}
      </div>
    </>
  );
}

function Drift({ differences }: Pick<EnvironmentDocument, 'differences'>) {
  if (differences.length === 0) return null;
  return (
    <section class="card changes">
      <h3>Not as the last run left it</h3>
      <ul>
        {differences.map(({ of, expected, found, repair }) => (
          <li key={of}>
            <span class="mono">{of}</span>: expected {expected}, found {found}. <b>What to do:</b> {repair}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Bars to one scale, and how each went beside the last one of its kind: what became slower is seen. */
function History({ runs }: { readonly runs: readonly RunSummary[] }) {
  const longest = Math.max(1, ...runs.map((run) => lengthOf(run) ?? 0));
  return (
    <section class="card">
      <h3>Runs</h3>
      {runs.length === 0 && <p class="quiet">None is known.</p>}
      <ul class="history">
        {runs.map((run, index) => {
          const { execution, machine, status, startedAt, isRollback, consoleUrl } = run;
          const length = lengthOf(run);
          return (
            <li key={execution} class="history-row" data-run={execution}>
              <Link to={runPage(execution)}>{isRollback ? 'rollback' : machine}</Link>
              <span class={`badge ${toneOf(status)}`}>{status.toLowerCase()}</span>
              <span class="quiet">
                {moment(startedAt)}
                {besideTheLast(run, runs.slice(index + 1))}
              </span>
              <span class="bar">
                <svg class="history-bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
                  <rect
                    class={`history-length ${toneOf(status)}`}
                    height="10"
                    width={length === undefined ? 0 : Math.max(0.5, (length / longest) * 100)}
                  />
                </svg>
                <span>{length === undefined ? 'running' : duration(length)}</span>
              </span>
              {consoleUrl && <a href={consoleUrl}>in AWS's console</a>}
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function lengthOf({ startedAt, endedAt }: RunSummary): number | undefined {
  return endedAt === undefined ? undefined : endedAt - startedAt;
}

/** `, 0:49 longer than the one before`: of two that ended well; `earlier` has the newest first. */
function besideTheLast(run: RunSummary, earlier: readonly RunSummary[]): string {
  const last = earlier.find(
    ({ machine, isRollback, status }) =>
      machine === run.machine && isRollback === run.isRollback && status === 'SUCCEEDED',
  );
  const [length, before] = [lengthOf(run), last && lengthOf(last)];
  if (run.status !== 'SUCCEEDED' || length === undefined || before === undefined) return '';
  const more = length - before;
  if (Math.abs(more) < 1000) return ', as long as the one before';
  return `, ${duration(Math.abs(more))} ${more > 0 ? 'longer' : 'shorter'} than the one before`;
}

function Removal({ name }: { readonly name: string }) {
  const [confirm, setConfirm] = useState('');
  const [finalSnapshots, setFinalSnapshots] = useState(true);
  const [deleteLogs, setDeleteLogs] = useState(false);
  const { start, isBusy, problem } = useAction(async () => {
    const removal = { environment: name, confirm, finalSnapshots, deleteLogs };
    const { execution } = await act<ActionAnswer>('/api/deprovision', removal);
    go(runPage(execution as string));
  });
  return (
    <details class="removal">
      <summary>Take it down</summary>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          start();
        }}
      >
        <label>
          <span>
            Type <b>{name}</b> to consent
          </span>
          <input
            value={confirm}
            onInput={({ currentTarget }) => setConfirm(currentTarget.value)}
            autocomplete="off"
          />
        </label>
        <label class="check">
          <input
            type="checkbox"
            checked={finalSnapshots}
            onChange={({ currentTarget }) => setFinalSnapshots(currentTarget.checked)}
          />
          databases leave a final snapshot
        </label>
        <label class="check">
          <input
            type="checkbox"
            checked={deleteLogs}
            onChange={({ currentTarget }) => setDeleteLogs(currentTarget.checked)}
          />
          the log groups of the databases go, too
        </label>
        <button type="submit" class="danger" disabled={confirm !== name || isBusy}>
          Take down {name}
        </button>
        {problem && <Problem error="Refused" cause={problem} />}
      </form>
    </details>
  );
}
