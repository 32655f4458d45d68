import { describe, expect, it } from 'vitest';
import { fleetSeconds } from '#lib/fleet/estimate.ts';
import type { FleetMember } from '#lib/fleet/request.ts';
import { stopAt, wavesOf } from '#lib/fleet/waves.ts';

const crowds = (...counts: readonly number[]) => counts.map((count) => ({ account: '111122223333', count }));
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);
const members = (count: number): FleetMember[] =>
  numbers(count).map((index) => ({ name: `e${index}`, given: {} }));

describe('waves', () => {
  it.each<[number, number[], number[]]>([
    [1, [1, 5], [1]],
    [4, [1, 5], [1, 3]],
    [6, [1, 5], [1, 5]],
    [50, [1, 5], [1, 5, 44]],
    [3, [], [3]],
    [3, [10], [3]],
  ])('of %i environments in %j have the sizes %j, and every environment once', (count, sizes, expected) => {
    const waves = wavesOf(numbers(count), sizes);
    expect(waves.map((wave) => wave.length)).toEqual(expected);
    expect(waves.flat()).toEqual(numbers(count));
  });
});

describe('the number of failures that stops a fleet', () => {
  it.each<[object, number]>([
    [{ failed: 3 }, 3],
    [{ failedPercentage: 10 }, 5],
    [{ failedPercentage: 1 }, 1],
    [{ failed: 3, failedPercentage: 10 }, 3],
    [{ failed: 30, failedPercentage: 10 }, 5],
  ])('of 50 environments with %j is %i', (stopAfter, expected) => {
    expect(stopAt({ stopAfter, members: members(50) })).toBe(expected);
  });
});

describe('the predicted end', () => {
  it('adds the waves, and has one environment take its usual time', () => {
    const one = fleetSeconds('provision', [crowds(1)], 40);
    expect(fleetSeconds('provision', [crowds(1), crowds(2)], 40)).toBe(2 * one);
  });

  it('takes turns where the ceiling is low', () => {
    const one = fleetSeconds('provision', [crowds(1)], 40);
    expect(fleetSeconds('provision', [crowds(3)], 1)).toBe(3 * one);
  });

  it('waits in the queue of one account and region, and not in that of two', () => {
    // 50 × 12 endpoints at 0.3 a second are 33 minutes.
    expect(fleetSeconds('provision', [crowds(50)], 50)).toBeGreaterThan(33 * 60);
    // Who stands there already goes first, and others may use a part of the rate.
    const [crowd] = crowds(50);
    const alone = fleetSeconds('provision', [[crowd!]], 50);
    const behind = [{ ...crowd!, ahead: { slots: 120, share: 1 } }];
    expect(fleetSeconds('provision', [behind], 50)).toBe(alone + 120 / 0.3);
    const beside = [{ ...crowd!, ahead: { slots: 0, share: 0.5 } }];
    expect(fleetSeconds('provision', [beside], 50)).toBeGreaterThan(66 * 60);
    expect(fleetSeconds('provision', [crowds(25, 25)], 50)).toBeLessThan(25 * 60);
  });
});
