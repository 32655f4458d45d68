/** The events of runs as they come, over Server-Sent Events; the browser itself goes on after a lost connection. */
import { useEffect, useReducer, useState } from 'preact/hooks';
import type { RunEvent } from '../api.ts';
import { type Runs, reduceAll } from '../model/run.ts';
import { once } from './ask.ts';

export type Connection = 'connecting' | 'live' | 'lost';

interface Taken {
  readonly events: readonly RunEvent[];
  /** Of an earlier process: what comes live knows better. */
  readonly isRecord?: boolean;
}

function take(runs: Runs, { events, isRecord }: Taken): Runs {
  const news = isRecord ? events.filter(({ execution }) => !runs.get(execution)?.callCount) : events;
  return reduceAll(runs, news);
}

/**
 * All of the run `name` (`latest`: the one started last), and when others begin and end. Events are taken in together,
 * once a frame: at full speed there are thousands a second.
 */
export function useRuns(name: string | undefined): { readonly runs: Runs; readonly connection: Connection } {
  const [runs, dispatch] = useReducer(take, new Map() as Runs);
  const [connection, setConnection] = useState<Connection>('connecting');
  useEffect(() => {
    const source = new EventSource(`/api/events?run=${encodeURIComponent(name ?? '')}`);
    let waiting: RunEvent[] = [];
    let frame = 0;
    const flush = () => {
      frame = 0;
      const events = waiting;
      waiting = [];
      dispatch({ events });
    };
    source.onopen = () => setConnection('live');
    source.onerror = () => setConnection('lost');
    source.onmessage = ({ data }) => {
      waiting.push(JSON.parse(data as string) as RunEvent);
      frame ||= requestAnimationFrame(flush);
    };
    if (name !== undefined)
      once<RunEvent[]>(`/api/runs/${encodeURIComponent(name)}`).then(
        (events) => dispatch({ events: events ?? [], isRecord: true }),
        () => setConnection('lost'),
      );
    return () => {
      source.close();
      cancelAnimationFrame(frame);
    };
  }, [name]);
  return { runs, connection };
}

/** What time it is on the account's clock: as late as the newest event, and moving on with its speed meanwhile. */
export function useAccountClock(runs: Runs, speed: number | null): number {
  const newest = Math.max(0, ...[...runs.values()].map(({ lastAt }) => lastAt));
  const [seen, setSeen] = useState({ newest: 0, at: 0 });
  const [now, setNow] = useState(newest);
  if (newest !== seen.newest) setSeen({ newest, at: performance.now() });
  const isAnyRunning = [...runs.values()].some(({ head }) => head.status === 'RUNNING');
  useEffect(() => {
    if (!isAnyRunning) return undefined;
    const timer = setInterval(() => {
      const passed = speed !== null ? (performance.now() - seen.at) * speed : 0;
      setNow(seen.newest + passed);
    }, 250);
    return () => clearInterval(timer);
  }, [seen, speed, isAnyRunning]);
  return Math.max(now, newest);
}
