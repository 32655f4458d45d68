/**
 * Time that moves only when everybody waits for time. While any handler waits for I/O the clock stands still,
 * so no timer (an SDK timeout, middy's early timeout, a state's TimeoutSeconds) can fire because the
 * machine is slow.
 */
import { type Clock, install } from '@sinonjs/fake-timers';
import { nextRandom } from '#embedded/random.ts';

export interface VirtualTimeOptions {
  /** Where the clock starts, ms since the epoch. */
  readonly now: number;
  /** Simulated seconds per real second; Infinity does not wait. */
  readonly speed: number;
  /** Seeds Math.random, which retry jitter draws from. */
  readonly seed: number;
  /** True while somebody waits for I/O. */
  readonly busy: () => boolean;
  /** Called between moves, about ten times a real second, for a display. */
  readonly onTick?: () => void;
}

const real = {
  setTimeout: globalThis.setTimeout,
  setImmediate: globalThis.setImmediate,
  random: Math.random,
};
// The real time between two looks at the clock when it is paced.
const sliceMilliseconds = 100;
// Promise chains between a timer and the next one cross a few turns of the event loop (streams, dynamic imports).
const quietTurns = 3;

export class VirtualTime {
  /** As {@link VirtualTimeOptions}; may be changed while it goes. */
  speed: number;
  readonly #options: VirtualTimeOptions;
  readonly #clock: Clock;

  constructor(options: VirtualTimeOptions) {
    this.#options = options;
    this.speed = options.speed;
    this.#clock = install({
      now: options.now,
      toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'],
      ignoreMissingTimers: true,
      // middy sets its early timeout with the timer it imported: real time, as the I/O it guards against.
      shouldClearNativeTimers: true,
    });
    const random = { seed: options.seed };
    Math.random = () => nextRandom(random);
  }

  /** Drives the clock until `work` settles. Fails when work waits for something that is neither time nor I/O. */
  async run<T>(work: Promise<T>): Promise<T> {
    let settled = false;
    const done = () => {
      settled = true;
    };
    work.then(done, done);
    await this.#quiet();
    while (!settled) {
      if (this.#clock.countTimers() === 0)
        throw new Error('nothing left to wait for, and the work is not done');
      if (Number.isFinite(this.speed)) await this.#slice(() => settled);
      else await this.#next();
    }
    return work;
  }

  uninstall(): void {
    this.#clock.uninstall();
    Math.random = real.random;
  }

  /** Fires the next timer and lets everything that follows from it happen. */
  async #next(): Promise<void> {
    this.#clock.next();
    await this.#quiet();
  }

  /** One slice of paced time: the timers due in it, one by one, then as much real time as it stands for. */
  async #slice(stop: () => boolean): Promise<void> {
    let over = false;
    const end = setTimeout(() => {
      over = true;
    }, sliceMilliseconds * this.speed);
    while (!over && !stop()) await this.#next();
    clearTimeout(end);
    this.#options.onTick?.();
    await new Promise((resolve) => real.setTimeout(resolve, sliceMilliseconds));
  }

  async #quiet(): Promise<void> {
    for (let turns = 0; turns < quietTurns; turns += 1) {
      await new Promise<void>((resolve) => real.setImmediate(resolve));
      if (this.#options.busy()) turns = -1;
    }
  }
}
