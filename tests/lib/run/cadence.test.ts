import { describe, expect, it } from 'vitest';
import { paceOf, secondsBesideControlPlane, secondsUntilLook } from '#lib/run/cadence.ts';
import type { Resources } from '#lib/run/environment.ts';

const creation = { soonest: 510, usualFrom: 570, usualTo: 900 };
const looks = (ages: readonly number[], closely = 4) =>
  ages.map((age) => secondsUntilLook(age, creation, closely));

describe('when something is looked at again', () => {
  it('not before it was ever done', () => {
    expect(looks([0, 500])).toEqual([510, 10]);
  });

  it('once more before it is usually done, and at that moment', () => {
    expect(looks([510, 560])).toEqual([30, 10]);
  });

  it('once more before it is usually done, but not for a few seconds', () => {
    const short = { soonest: 540, usualFrom: 570, usualTo: 900 };
    expect(secondsUntilLook(540, short, 4)).toBe(30);
  });

  it('closely while it may be done any time, and less so once it is late', () => {
    expect(looks([570, 899, 900, 3000])).toEqual([4, 4, 12, 12]);
  });
});

describe('what comes up beside the control plane', () => {
  const ago = (seconds: number) => new Date(Date.now() - seconds * 1000);
  const beside = { clusterName: 'aoscloud-dev' };
  const seconds = (
    elapsedSeconds: number,
    isLast: boolean,
    resources: Resources = beside,
    age = elapsedSeconds,
  ) => secondsBesideControlPlane({ elapsedSeconds, resources }, ago(age), isLast);

  it('is asked seldom while something is still to be asked for, and not at all before nodes can stand when nothing is', () => {
    expect(seconds(200, false)).toBe(45);
    expect(seconds(570, false)).toBe(30);
    expect(seconds(200, true)).toBe(400);
  });

  it('is asked often once it may be what the run waits for', () => {
    expect(seconds(590, true)).toBe(15);
    expect(seconds(1200, true)).toBe(15);
    expect(seconds(1200, false)).toBe(15);
  });

  it('is what the run waits for where the control plane stands, or was not asked for', () => {
    expect(seconds(200, true, { ...beside, clusterSecurityGroupId: 'sg-eks' })).toBe(15);
    expect(seconds(200, true, {})).toBe(15);
  });

  it('is what the run waits for where it stood before, or AWS tells no age', () => {
    expect(seconds(200, true, beside, 90_000)).toBe(15);
    expect(secondsBesideControlPlane({ elapsedSeconds: 200, resources: beside }, undefined, true)).toBe(15);
  });
});

describe('the pace of a step', () => {
  it('never lets it look so often that an execution could run out of events', () => {
    expect(paceOf(1, 0, 600)).toBe(1);
    expect(paceOf(1, 100, 600)).toBe(10);
    expect(paceOf(1, 600, 600)).toBe(6);
    expect(paceOf(1, 1000, 600)).toBe(15);
    expect(paceOf(1, 5000, 600)).toBe(60);
  });
});
