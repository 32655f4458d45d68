import { expect, it } from 'vitest';
import { timeOn } from '#console/model/clock.ts';

it('goes on from the newest event with the speed of the account', () => {
  expect(timeOn({ newest: 1000, passed: 500, speed: 60 })).toBe(31_000);
});

it('stands at the newest event where nobody can tell how fast the account goes', () => {
  expect(timeOn({ newest: 1000, passed: 500, speed: null })).toBe(1000);
  expect(timeOn({ newest: 1000, passed: 500, speed: null, real: 9000 })).toBe(1000);
});

it('is the time of this machine on AWS, however long ago the last event was, and never before it', () => {
  expect(timeOn({ newest: 1000, passed: 0, speed: 1, real: 600_000 })).toBe(600_000);
  expect(timeOn({ newest: 1000, passed: 0, speed: 1, real: 900 })).toBe(1000);
});
