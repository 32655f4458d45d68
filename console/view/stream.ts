/** The events of every run as they come, over Server-Sent Events; the browser itself goes on after a lost connection. */
import { useEffect, useReducer, useState } from 'preact/hooks';
import type { RunEvent } from '../api.ts';
import { type Runs, reduceAll } from '../model/run.ts';

export type Connection = 'connecting' | 'live' | 'lost';

/** Events are taken in together, once a frame: at full speed there are thousands a second. */
export function useRuns(): { readonly runs: Runs; readonly connection: Connection } {
  const [runs, take] = useReducer(reduceAll, new Map() as Runs);
  const [connection, setConnection] = useState<Connection>('connecting');
  useEffect(() => {
    const source = new EventSource('/api/events');
    let waiting: RunEvent[] = [];
    let frame = 0;
    const flush = () => {
      frame = 0;
      const events = waiting;
      waiting = [];
      take(events);
    };
    source.onopen = () => setConnection('live');
    source.onerror = () => setConnection('lost');
    source.onmessage = ({ data }) => {
      waiting.push(JSON.parse(data as string) as RunEvent);
      frame ||= requestAnimationFrame(flush);
    };
    return () => {
      source.close();
      cancelAnimationFrame(frame);
    };
  }, []);
  return { runs, connection };
}

/** What time it is on the account's clock: as late as the newest event, and moving on with its speed meanwhile. */
export function useAccountClock(runs: Runs, speed: number | null): number {
  const newest = Math.max(0, ...[...runs.values()].map(({ lastAt }) => lastAt));
  const [seen, setSeen] = useState({ newest: 0, at: 0 });
  const [now, setNow] = useState(newest);
  if (newest !== seen.newest) setSeen({ newest, at: performance.now() });
  useEffect(() => {
    const timer = setInterval(() => {
      const passed = speed !== null ? (performance.now() - seen.at) * speed : 0;
      setNow(seen.newest + passed);
    }, 250);
    return () => clearInterval(timer);
  }, [seen, speed]);
  return Math.max(now, newest);
}
