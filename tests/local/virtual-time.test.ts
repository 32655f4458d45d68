import { afterEach, expect, it } from 'vitest';
import { VirtualTime } from '#local/virtual-time.ts';

let time: VirtualTime | undefined;
const realSetTimeout = globalThis.setTimeout;

afterEach(() => time?.uninstall());

const start = Date.parse('2026-11-01T00:00:00Z');
const virtual = (busy: () => boolean = () => false, speed = Number.POSITIVE_INFINITY) => {
  time = new VirtualTime({ now: start, speed, seed: 1, busy });
  return time;
};
const wait = (seconds: number) => new Promise<void>((resolve) => setTimeout(resolve, seconds * 1000));

it('passes an hour of waiting at once, and the clock shows it', async () => {
  const instant = virtual();
  await instant.run(wait(3600));
  expect(Date.now() - start).toBe(3_600_000);
});

it('stands still while somebody waits for I/O, so that no timeout fires because the machine is slow', async () => {
  let inFlight = 0;
  const io = async () => {
    inFlight += 1;
    await new Promise((resolve) => realSetTimeout(resolve, 30));
    inFlight -= 1;
    return 'answer';
  };
  const timeout = () => wait(1).then(() => 'timeout');
  const gated = virtual(() => inFlight > 0);
  const result = await gated.run(Promise.race([io(), timeout()]));
  expect(result).toBe('answer');
  expect(Date.now()).toBe(start);
});

it('fires timers in the order of their times when paced', async () => {
  const paced = virtual(() => false, 1000);
  const fired: number[] = [];
  await paced.run(Promise.all([3, 1, 2].map((seconds) => wait(seconds).then(() => fired.push(seconds)))));
  expect(fired).toEqual([1, 2, 3]);
});

it('says so when the work waits for something that is neither time nor I/O', async () => {
  await expect(virtual().run(new Promise(() => {}))).rejects.toThrow('nothing left to wait for');
});

it('draws retry jitter from the seed', () => {
  virtual();
  const first = Math.random();
  time?.uninstall();
  virtual();
  expect(Math.random()).toBe(first);
});
