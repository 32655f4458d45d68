import { describe, expect, it } from 'vitest';
import {
  applyTags,
  isToBeTagged,
  overTheLimit,
  type Tagged,
  tagChangeOf,
  withTags,
} from '#lib/ownership/tagged.ts';
import { pending, ready, type StepContext } from '#lib/run/step.ts';
import { samplePlan } from '../../support/plan.ts';

const one = (tags: Tagged['tags']): Tagged => ({ step: 'vpc', id: 'vpc-1', what: 'vpc-1', tags });
const wish = { tags: { team: 'data', size: 'small' }, formerTags: ['team', 'owner'] };

describe('what a resource lacks', () => {
  it.each<[Record<string, string>, object | undefined]>([
    [{ team: 'data', size: 'small', theirs: 'yes' }, undefined],
    [{ team: 'platform' }, { set: { team: 'data', size: 'small' }, unset: [] }],
    [
      { team: 'data', size: 'small', owner: 'me' },
      { set: {}, unset: ['owner'] },
    ],
  ])('%j', (found, change) => {
    expect(tagChangeOf(one(found), wish)).toEqual(change);
    expect(isToBeTagged(one(found), wish)).toBe(change !== undefined);
  });

  it('is to be looked at where AWS does not tell', () => {
    expect(isToBeTagged(one(undefined), wish)).toBe(true);
  });
});

it('what goes is taken away before anything is set', async () => {
  const calls: unknown[] = [];
  await applyTags([one({ owner: 'me' })], wish, {
    set: async (...given) => calls.push(['set', ...given]),
    unset: async (...given) => calls.push(['unset', ...given]),
  });
  expect(calls).toEqual([
    ['unset', 'vpc-1', ['owner']],
    ['set', 'vpc-1', { team: 'data', size: 'small' }],
  ]);
});

it('more than fifty with those of others are too many, and what goes and what is of AWS makes room', () => {
  const others = Object.fromEntries(Array.from({ length: 48 }, (_, index) => [`k${index}`, '']));
  expect(overTheLimit([one(others)], wish)).toBeUndefined();
  expect(overTheLimit([one({ ...others, owner: '', 'aws:x': '' })], wish)).toBeUndefined();
  expect(overTheLimit([one({ ...others, more: '' })], wish)).toMatchObject({ what: 'vpc-1' });
});

describe('a step', () => {
  const context = (retag: object): StepContext => ({
    environment: { ...samplePlan(), ...retag },
    resources: {},
    elapsedSeconds: 0,
    keep: () => undefined,
  });
  const tagged = async (run: () => ReturnType<typeof ready>, retag: object) => {
    const wishes: unknown[] = [];
    await withTags(
      async () => run(),
      async (_environment, given) => {
        wishes.push(given);
      },
    )(context(retag));
    return wishes;
  };
  const retag = { retag: { formerTags: ['owner'] } };

  it('sets tags once it is ready, where acceptance saw others', async () => {
    expect(await tagged(() => ready('done'), retag)).toEqual([
      { tags: { team: 'platform' }, formerTags: ['owner'] },
    ]);
  });

  it('asks for none where acceptance saw none, or while it is not ready', async () => {
    expect(await tagged(() => ready('done'), {})).toEqual([]);
    expect(await tagged(() => pending('soon', 5), retag)).toEqual([]);
  });
});
