/** The events of runs as they come, over Server-Sent Events; the browser itself goes on after a lost connection. */
import { useEffect, useReducer, useState } from 'preact/hooks';
import type { RunEvent, Session } from '../api.ts';
import { timeOn } from '../model/clock.ts';
import { type Runs, reduceAll } from '../model/run.ts';
import { once } from './ask.ts';

/** `lost`: for a moment, as connections are. `silent`: for longer. `ended`: the process said that it ends. */
export type Connection = 'connecting' | 'live' | 'lost' | 'silent' | 'ended';

/** Nothing takes a server that is there so long to answer. */
const silentAfterMilliseconds = 8000;

/**
 * All of the run `name` (`latest`: the one started last), and when others begin and end. Events are taken in together,
 * once a frame: at full speed there are thousands a second.
 */
export function useRuns(name: string | undefined): { readonly runs: Runs; readonly connection: Connection } {
  const [runs, dispatch] = useReducer(reduceAll, new Map() as Runs);
  const [connection, setConnection] = useState<Connection>('connecting');
  useEffect(() => {
    const source = new EventSource(`/api/events?run=${encodeURIComponent(name ?? '')}`);
    let waiting: RunEvent[] = [];
    let frame = 0;
    const flush = () => {
      frame = 0;
      const events = waiting;
      waiting = [];
      dispatch(events);
    };
    let silence: ReturnType<typeof setTimeout> | undefined;
    source.onopen = () => {
      clearTimeout(silence);
      silence = undefined;
      setConnection('live');
      // What is kept of it, of an earlier process too: what is known already is not news.
      if (name !== undefined)
        once<RunEvent[]>(`/api/runs/${encodeURIComponent(name)}`).then(
          (events) => dispatch(events ?? []),
          // The line is lost again, and comes here again.
          () => {},
        );
    };
    // It goes on trying: who starts the same again has the page again.
    source.onerror = () => {
      setConnection((before) => (before === 'ended' || before === 'silent' ? before : 'lost'));
      silence ??= setTimeout(
        () => setConnection((before) => (before === 'lost' ? 'silent' : before)),
        silentAfterMilliseconds,
      );
    };
    source.addEventListener('ended', () => setConnection('ended'));
    source.onmessage = ({ data }) => {
      waiting.push(JSON.parse(data as string) as RunEvent);
      frame ||= requestAnimationFrame(flush);
    };
    return () => {
      clearTimeout(silence);
      source.close();
      cancelAnimationFrame(frame);
    };
  }, [name]);
  return { runs, connection };
}

/** The time on the account's clock. It stands where nothing runs, and (speed null) where nobody would tell. */
export function useAccountClock(
  runs: Runs,
  { speed, isRealTime }: Pick<Session, 'speed' | 'isRealTime'>,
): number {
  const newest = Math.max(0, ...[...runs.values()].map(({ lastAt }) => lastAt));
  const [seen, setSeen] = useState({ newest: 0, at: 0 });
  const [now, setNow] = useState(newest);
  if (newest !== seen.newest) setSeen({ newest, at: performance.now() });
  const isAnyRunning = [...runs.values()].some(({ head }) => head.status === 'RUNNING');
  useEffect(() => {
    if (!isAnyRunning) return undefined;
    const timer = setInterval(() => {
      const passed = performance.now() - seen.at;
      setNow(timeOn({ newest: seen.newest, passed, speed, real: isRealTime && Date.now() }));
    }, 250);
    return () => clearInterval(timer);
  }, [seen, speed, isRealTime, isAnyRunning]);
  return Math.max(now, newest);
}
