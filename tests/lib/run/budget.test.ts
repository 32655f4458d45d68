import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { homeClient } from '#lib/aws/clients.ts';
import {
  aheadIn,
  burstOf,
  expectedTimeOf,
  lookAtQueue,
  type QueueAt,
  refusedSince,
  slotAt,
  slowDown,
  takeSlots,
  timeOf,
  wentThrough,
} from '#lib/run/budget.ts';
import { listRegistry } from '#lib/run/registry.ts';
import { shareAt } from '#lib/run/share.ts';
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
  it('has as many slots due at once as half of the bucket holds', async () => {
    testAws();
    expect(burstOf(rate)).toBe(2);
    expect(await waits(6)).toEqual([0, 0, 3, 7, 10, 13]);
  });

  it('of which others use half lets half as many go at once, and one at least', () => {
    expect(burstOf({ burst: 50, perSecond: 5 }, 0.5)).toBe(12);
    expect(burstOf(rate, 0.5)).toBe(1);
    expect(burstOf(rate, 0.1)).toBe(1);
  });

  it('serves first who came first, by one write each', async () => {
    const test = testAws();
    await waits(12);
    const before = writes(test);
    expect(await waits(3)).toEqual([37, 40, 43]);
    expect(await waits(1)).toEqual([47]);
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
    expect(await waits(4)).toEqual([0, 0, 3, 7]);
  });

  it('asks for eight tenths when AWS refuses a slot that was due, and moves slots, not places', async () => {
    const test = testAws();
    const taken = await takeSlots(at, 12);
    test.advance(10);
    await slowDown(at, 3);
    const queue = (await lookAtQueue(at))!;
    expect(shareAt(queue, rate, Date.now())).toBeCloseTo(0.8);
    expect(slotAt(queue, rate, Date.now())).toBeCloseTo(2);
    const seconds = (timeOf(queue, rate, 3) - Date.now()) / 1000;
    expect(seconds).toBeLessThan(1 / (0.3 * 0.8));
    expect(slotAt(queue, rate, Date.now() + seconds * 1000)).toBeCloseTo(3, 3);
    expect((await takeSlots(at, 1))?.first).toBe(taken!.first + 12);
  });

  it('takes refusals of the same moment for one', async () => {
    const test = testAws();
    await takeSlots(at, 12);
    test.advance(10);
    for (const slot of [3, 2, 1]) await slowDown(at, slot);
    const queue = (await lookAtQueue(at))!;
    expect(shareAt(queue, rate, Date.now())).toBeCloseTo(0.8);
    expect(slotAt(queue, rate, Date.now())).toBeCloseTo(0);
  });

  it('sends nobody far back for one who came too late', async () => {
    const test = testAws();
    await takeSlots(at, 12);
    test.advance(600);
    const due = slotAt((await lookAtQueue(at))!, rate, Date.now());
    await slowDown(at, 1);
    expect(slotAt((await lookAtQueue(at))!, rate, Date.now())).toBeCloseTo(due - 2);
  });

  it('is expected to go on as slowly as AWS let it, until it has its whole rate back', async () => {
    const test = testAws();
    await takeSlots(at, 100);
    await slowDown(at, 0);
    test.advance(15);
    await slowDown(at, 1);
    const cut = (await lookAtQueue(at))!;
    const now = Date.now();
    const seconds = (expectedTimeOf(cut, rate, 61, now) - now) / 1000;
    expect(seconds).toBeCloseTo((61 - slotAt(cut, rate, now)) / (0.3 * cut.plateau), 3);
    expect(timeOf(cut, rate, 61)).toBeLessThan(now + seconds * 1000);
    const later = now + 3_600_000;
    expect(expectedTimeOf(cut, rate, 5000, later)).toBeCloseTo(timeOf(cut, rate, 5000), -1);
  });

  it('knows since when AWS has refused everybody, until one goes through', async () => {
    const test = testAws();
    await takeSlots(at, 12);
    const began = Date.now();
    for (let refused = 0; refused < 3; refused += 1) {
      await slowDown(at, 0);
      test.advance(120);
    }
    expect(refusedSince((await lookAtQueue(at))!, Date.now())).toBe(began);
    await wentThrough(at);
    expect(refusedSince((await lookAtQueue(at))!, Date.now())).toBeUndefined();
    await slowDown(at, 0);
    expect(refusedSince((await lookAtQueue(at))!, Date.now())).toBe(Date.now());
  });

  it('begins anew where a call of another sandbox went through since this one looked', async () => {
    const test = testAws();
    await takeSlots(at, 12);
    await slowDown(at, 0);
    test.advance(300);
    // Nobody here hears of it.
    await homeClient(DynamoDBClient).send(
      new UpdateItemCommand({
        TableName: process.env.REGISTRY_TABLE,
        Key: { environment: { S: 'rate#111122223333#eu-central-1#ec2:CreateVpcEndpoint' } },
        UpdateExpression: 'REMOVE #since',
        ExpressionAttributeNames: { '#since': 'refusedSince' },
      }),
    );
    test.advance(5);
    await slowDown(at, 1);
    expect(refusedSince((await lookAtQueue(at))!, Date.now())).toBe(Date.now());
  });

  it('says nothing of now by refusals that are long ago', async () => {
    const test = testAws();
    await takeSlots(at, 12);
    await slowDown(at, 0);
    test.advance(3600);
    expect(refusedSince((await lookAtQueue(at))!, Date.now())).toBeUndefined();
    await slowDown(at, 500);
    expect(refusedSince((await lookAtQueue(at))!, Date.now())).toBe(Date.now());
  });

  it('tells who comes next how many stand there, and what of the rate is left', async () => {
    const test = testAws();
    expect(aheadIn(await listRegistry(), at, Date.now())).toEqual({ slots: 0, share: 1 });
    await takeSlots(at, 14);
    expect(aheadIn(await listRegistry(), at, Date.now())).toEqual({ slots: 13, share: 1 });
    await slowDown(at, 1);
    test.advance(15);
    await slowDown(at, 1);
    expect(aheadIn(await listRegistry(), at, Date.now()).share).toBeLessThan(0.85);
    test.advance(3600);
    expect(aheadIn(await listRegistry(), at, Date.now())).toEqual({ slots: 0, share: 1 });
  });

  it('is none where nobody ever took a slot', async () => {
    testAws();
    expect(await lookAtQueue(at)).toBeUndefined();
  });
});
