/**
 * Being told to stop: Ctrl-C, SIGTERM, or the death of the npm that started this process (npm
 * does not pass a SIGTERM on). The first time is a wish, which the work under way answers in its own time; the second
 * ends the process at once.
 */
import { constants } from 'node:os';

const signals = ['SIGINT', 'SIGTERM'] as const;

interface StopWish {
  readonly signal: (typeof signals)[number];
  /** As shells have it: 128 and the signal's number. */
  readonly exitCode: number;
}

export interface Stopping {
  /** Settles at the first wish; never where nobody has one. */
  readonly wished: Promise<StopWish>;
  /** What it was, once there was one. */
  readonly wish: () => StopWish | undefined;
  readonly release: () => void;
}

// Kept from before the clock becomes virtual.
const { setInterval, clearInterval } = globalThis;
const parentLookMilliseconds = 500;

/** Listens until `release`. */
export function listenForStop(): Stopping {
  const { promise: wished, resolve } = Promise.withResolvers<StopWish>();
  let wish: StopWish | undefined;
  const take = (signal: StopWish['signal']) => {
    const exitCode = 128 + constants.signals[signal];
    if (wish) process.exit(exitCode);
    wish = { signal, exitCode };
    resolve(wish);
  };
  for (const signal of signals) process.on(signal, take);
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    if (!wish) take('SIGTERM');
  }, parentLookMilliseconds);
  watch.unref();
  // Whoever starts this without npm may leave it behind on purpose.
  if (!process.env.npm_lifecycle_event) clearInterval(watch);
  return {
    wished,
    wish: () => wish,
    release: () => {
      clearInterval(watch);
      for (const signal of signals) process.off(signal, take);
    },
  };
}
