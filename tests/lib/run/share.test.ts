import { describe, expect, it } from 'vitest';
import { cutOf, fullSeconds, lastingShare, shareAt, uncut } from '#lib/run/share.ts';

const rate = { burst: 4, perSecond: 0.3 };
const seconds = (count: number) => count * 1000;
const start = Date.parse('2026-01-01T00:00:00Z');
/** Seconds until the share is back where it was. */
const back = (1.5 / 0.2) * (4 / 0.3);

describe('the share of a rate', () => {
  it('is all of it where AWS never refused', () => {
    expect(shareAt(uncut, rate, start)).toBe(1);
    expect(lastingShare(uncut, rate, start)).toBe(1);
  });

  it('falls to eight tenths, is back where it was refused, rests there, and then asks for more', () => {
    const cut = { plateau: 0.5, cutAt: start };
    const at = (part: number) => Number(shareAt(cut, rate, start + seconds(back * part)).toFixed(3));
    expect([0, 0.5, 0.8, 1, 1.2, 1.5, 2, 3].map(at)).toEqual([0.4, 0.487, 0.499, 0.5, 0.501, 0.512, 0.6, 1]);
  });

  it('brings over a round as much as its plateau would: what was low comes back', () => {
    const cut = { plateau: 0.5, cutAt: start };
    expect(fullSeconds(cut, rate, start + seconds(2 * back))).toBeCloseTo(0.5 * 2 * back);
    expect(fullSeconds(cut, rate, start + seconds(back))).toBeCloseTo(0.5 * back * (1 - 0.2 / 4));
  });

  it('adds up, to the whole rate once that is back', () => {
    const cut = { plateau: 0.2, cutAt: start };
    const sum = (until: number) => {
      let area = 0;
      for (let at = 0.5; at < until; at += 1) area += shareAt(cut, rate, start + seconds(at));
      return area;
    };
    for (const until of [30, 200, 500])
      expect(fullSeconds(cut, rate, start + seconds(until))).toBeCloseTo(sum(until), 1);
  });

  it('is cut from what it is, and stops short of it where others take more than before', () => {
    const first = cutOf(uncut, rate, start);
    expect(first).toEqual({ plateau: 1, cutAt: start });
    const second = cutOf(first, rate, start + seconds(10));
    expect(second.plateau).toBeCloseTo(shareAt(first, rate, start + seconds(10)) * 0.9);
    const later = start + seconds(1.5 * back);
    expect(cutOf(second, rate, later).plateau).toBe(shareAt(second, rate, later));
  });

  it('never falls so low that nobody would find out of better times', () => {
    let cut = uncut;
    for (let refused = 0; refused < 50; refused += 1) cut = cutOf(cut, rate, start + seconds(15 * refused));
    expect(cut.plateau).toBe(1 / 16);
  });
});
