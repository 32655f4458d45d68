/** The page: environments, one of them, a fleet of them, one run, a new one. */
import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Session } from '../api.ts';
import type { Runs, RunView } from '../model/run.ts';
import { go, Link, runPage, useAddress } from './address.tsx';
import { once } from './ask.ts';
import { Environment } from './environment.tsx';
import { Environments } from './environments.tsx';
import { FleetPage } from './fleet.tsx';
import { NewEnvironment } from './new.tsx';
import { Report, type ReportData } from './report.tsx';
import { type Layouts, RunPage, viewOf } from './run-page.tsx';
import { Silence } from './silence.tsx';
import { type Connection, useAccountClock, useRuns } from './stream.ts';

interface AppProps {
  readonly session: Session;
  readonly layouts: Layouts;
}

function App({ session: first, layouts }: AppProps) {
  const [session, setSession] = useState(first);
  const address = useAddress();
  const [, kind = '', name, view] = address.pathname.split('/').map(decodeURIComponent);
  const { runs, connection } = useRuns(kind === 'runs' ? name : undefined);
  const isLive = connection === 'live';
  const now = useAccountClock(runs, isLive ? session : { speed: null });
  const refresh = async () => setSession(await once<Session>('/api/session'));
  useEffect(() => {
    // After a silence it may be another process that answers, which may do less, or more.
    if (isLive) refresh().catch(() => {});
  }, [isLive]);
  return (
    <>
      <header class="top">
        <h1>
          <Link class="home" to="/">
            AosCloud environments
          </Link>
        </h1>
        <span class="where" role="status">
          {session.where} · {connectionWords[connection]}
        </span>
      </header>
      <main>
        <Silence connection={connection} again={session.again} />
        {kind === 'runs' && (
          <OneRun
            {...{ name: name ?? '', view: viewOf(view), runs, connection, layouts, session, now, refresh }}
          />
        )}
        {kind === 'environment' && <Environment name={name ?? ''} runs={runs} session={session} />}
        {kind === 'fleet' && <FleetPage name={name ?? ''} runs={runs} />}
        {kind === 'new' && (
          <NewEnvironment from={address.searchParams.get('from') ?? undefined} session={session} />
        )}
        {kind === '' && <Environments runs={runs} session={session} />}
      </main>
    </>
  );
}

const connectionWords: Readonly<Record<Connection, string>> = {
  connecting: 'connecting',
  live: 'live',
  lost: 'connection lost, trying again',
  silent: 'nobody answers',
  ended: 'ended',
};

interface OneRunProps extends AppProps {
  readonly name: string;
  readonly view: string;
  readonly runs: Runs;
  readonly connection: Connection;
  readonly now: number;
  readonly refresh: () => void;
}

/** `latest` stands for the run that was started last, which then has the address. */
function OneRun({ name, view, runs, connection, ...rest }: OneRunProps) {
  const run = name === 'latest' ? newest(runs) : runs.get(name);
  const execution = run?.head.execution;
  useEffect(() => {
    if (name === 'latest' && execution) go(runPage(execution, view), 'replace');
  }, [name, execution, view]);
  if (run) return <RunPage run={run} runs={runs} view={view} {...rest} />;
  if (connection === 'connecting' || connection === 'lost') return <p class="quiet">Connecting…</p>;
  if (connection !== 'live') return <p class="quiet">What happened in {name} was not told before.</p>;
  return (
    <p class="quiet">
      {name === 'latest'
        ? 'No run yet. Start one: it appears here by itself.'
        : `No run called ${name} is known here.`}
    </p>
  );
}

function newest(runs: Runs): RunView | undefined {
  return [...runs.values()]
    .filter(({ head }) => head.parent === undefined)
    .sort((one, other) => other.head.startedAt - one.head.startedAt)[0];
}

async function start(): Promise<void> {
  const root = document.getElementById('app') as HTMLElement;
  const report = document.getElementById('report')?.textContent;
  if (report) return render(<Report {...(JSON.parse(report) as ReportData)} />, root);
  const [session, layouts] = await Promise.all([
    once<Session>('/api/session'),
    once<Layouts>('/layouts.json'),
  ]);
  render(<App session={session} layouts={layouts} />, root);
}

start();
