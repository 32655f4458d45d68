import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tagRecordOf as efsTags } from '#embedded/services/efs/state.ts';
import { checkTags as eksTags } from '#embedded/services/eks/state.ts';
import { tagRecordOf as cacheTags } from '#embedded/services/elasticache/state.ts';
import { checkTags as iamTags } from '#embedded/services/iam/state.ts';
import { tagRecordOf as rdsTags } from '#embedded/services/rds/state.ts';
import { tagList, tagRecord } from '#lib/ownership/tags.ts';
import { tagsSchema, tagWarnings } from '#lib/request/tags.ts';
import { samplePlan } from '../../support/plan.ts';

/** Texts near the edges of the rules: reserved prefixes in any case, odd characters, lengths around the limits. */
const prefix = fc.constantFrom(
  '',
  'aws:',
  'AWS:',
  'rds:',
  'Rds:',
  'aoscloud:',
  'kubernetes.io/',
  'Name',
  'eks:',
);
const body = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9 _.:/=+@-]{0,20}$/),
  fc.string({ unit: 'grapheme', maxLength: 5 }),
  fc.integer({ min: 120, max: 260 }).map((length) => 'x'.repeat(length)),
);
const text = fc.tuple(prefix, body).map((parts) => parts.join(''));
const someTags = fc.dictionary(text, text, { maxKeys: 45 });

describe("the request's tags", () => {
  test('what is accepted, no service refuses, ownership tags included', () => {
    let accepted = 0;
    fc.assert(
      fc.property(someTags, (tags) => {
        if (!tagsSchema.safeParse(tags).success) return;
        accepted += 1;
        const environment = { ...samplePlan(), tags };
        const list = tagList(environment, 'documentdb/instance-16');
        rdsTags(list);
        cacheTags(list);
        efsTags(list);
        iamTags(list);
        eksTags(tagRecord(environment, 'cluster'));
        for (const { Key, Value } of list)
          expect([Key, Value].filter((one) => /^(aws|rds):/i.test(one))).toEqual([]);
      }),
      { numRuns: 3000 },
    );
    expect(accepted).toBeGreaterThan(50);
  });

  test.each([
    ['rds:team', 'x', 'keys that start with rds: are reserved by AWS: Aurora and DocumentDB refuse them'],
    ['Rds:team', 'x', 'keys that start with rds:'],
    ['team', 'rds:x', 'values that start with rds:'],
    ['team', 'AWS:x', 'values that start with aws:'],
  ])('%s: %s is refused in the request, not after a quarter of an hour', (key, value, rule) => {
    const { error } = tagsSchema.safeParse({ [key]: value });
    expect(error?.issues).toMatchObject([{ path: [key], message: expect.stringContaining(rule) }]);
  });

  test('what only some pages of AWS forbid is a warning', () => {
    const seven = Object.fromEntries(['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((key) => [key, '1']));
    expect(tagWarnings(seven)).toEqual([
      expect.stringContaining('tags: 7 of them; DocumentDB documents ten'),
    ]);
    expect(tagWarnings({ owner: 'a@example.org' })).toEqual([expect.stringContaining('tags.owner: holds @')]);
    expect(tagWarnings({ team: 'Zürich' })).toEqual([
      expect.stringContaining('tags.team: holds more than ASCII'),
    ]);
    expect(tagWarnings({ team: 'platform' })).toEqual([]);
  });
});
