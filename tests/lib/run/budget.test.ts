import { describe, expect, it } from 'vitest';
import { burstOf, lookAtQueue, type QueueAt, slotAt, slowDown, takeSlots, timeOf } from '#lib/run/budget.ts';
import { type TestAws, testAws } from '../../support/embedded.ts';

const rate = { burst: 4, perSecond: 0.3 };
const at: QueueAt = {
  place: { account: '111122223333', region: 'eu-central-1' },
  operation: 'ec2:CreateVpcEndpoint',
  rate,
};
const written = 'dynamodb:UpdateItem';
const writes = (test: TestAws) => test.aws.requests[written] ?? 0;

/** Seconds from now until the slots of a reservation come due. */
async function waits(calls: number): Promise<number[]> {
  const taken = await takeSlots(at, calls);
  return Array.from({ length: calls }, (_, index) =>
    Math.max(0, Math.round((timeOf(taken!.queue, rate, taken!.first + index) - Date.now()) / 1000)),
  );
}

describe('the queue at a rate', () => {
  it('has as many slots due at once as its bucket has, but one for those who come late', async () => {
    testAws();
    expect(burstOf(rate)).toBe(3);
    expect(await waits(6)).toEqual([0, 0, 0, 3, 7, 10]);
  });

  it('serves first who came first, by one write each', async () => {
    const test = testAws();
    await waits(12);
    const before = writes(test);
    expect(await waits(3)).toEqual([33, 37, 40]);
    expect(await waits(1)).toEqual([43]);
    expect(writes(test) - before).toBe(2);
  });

  it('gives a hundred at once a slot each, none twice', async () => {
    const test = testAws();
    // A place that this process has never seen.
    const elsewhere = { ...at, place: { ...at.place, region: 'eu-west-1' } };
    const taken = await Promise.all(Array.from({ length: 100 }, () => takeSlots(elsewhere, 1)));
    expect(new Set(taken.map((one) => one?.first)).size).toBe(100);
    // The first makes the item; the others learn of it and join.
    expect(writes(test)).toBeLessThanOrEqual(200);
  });

  it('fills up while nobody stands in it', async () => {
    const test = testAws();
    await waits(12);
    test.advance(600);
    expect(await waits(4)).toEqual([0, 0, 0, 3]);
  });

  it('halves its rate when AWS refuses a slot that was due, and moves slots, not places', async () => {
    const test = testAws();
    const taken = await takeSlots(at, 12);
    test.advance(10);
    await slowDown(at, 3);
    const queue = (await lookAtQueue(at))!;
    expect(queue.share).toBe(0.5);
    expect(slotAt(queue, rate, Date.now())).toBeCloseTo(2);
    expect(timeOf(queue, rate, 3) - Date.now()).toBeCloseTo(1000 / 0.15, -1);
    expect((await takeSlots(at, 1))?.first).toBe(taken!.first + 12);
  });

  it('takes refusals of the same moment for one', async () => {
    const test = testAws();
    await takeSlots(at, 12);
    test.advance(10);
    for (const slot of [3, 2, 1]) await slowDown(at, slot);
    const queue = (await lookAtQueue(at))!;
    expect(queue.share).toBe(0.5);
    expect(slotAt(queue, rate, Date.now())).toBeCloseTo(0);
  });

  it('sends nobody far back for one who came too late', async () => {
    const test = testAws();
    await takeSlots(at, 12);
    test.advance(600);
    await lookAtQueue(at);
    const due = slotAt((await lookAtQueue(at))!, rate, Date.now());
    await slowDown(at, 1);
    expect(slotAt((await lookAtQueue(at))!, rate, Date.now())).toBeCloseTo(due - 3);
  });

  it('gets its rate back bit by bit', async () => {
    const test = testAws();
    await takeSlots(at, 12);
    await slowDown(at, 0);
    const shares: number[] = [];
    for (let look = 0; look < 7; look += 1) {
      test.advance(21);
      shares.push(Math.round((await lookAtQueue(at))!.share * 10) / 10);
    }
    expect(shares).toEqual([0.6, 0.7, 0.8, 0.9, 1, 1, 1]);
  });

  it('has its whole rate back after a night in which nobody looked', async () => {
    const test = testAws();
    await takeSlots(at, 12);
    await slowDown(at, 0);
    test.advance(8 * 3600);
    expect((await lookAtQueue(at))!.share).toBe(1);
  });

  it('is none where nobody ever took a slot', async () => {
    testAws();
    expect(await lookAtQueue(at)).toBeUndefined();
  });
});
