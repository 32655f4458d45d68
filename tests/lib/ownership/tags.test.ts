import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  clientToken,
  isCreatedBy,
  isGuardDutys,
  isOwned,
  ownershipFilters,
  tagList,
  tagRecord,
  tagSpecifications,
  tagValue,
} from '#lib/ownership/tags.ts';

const environment = { name: 'dev', execution: 'run-1', tags: { team: 'platform' } };
const ownership = {
  Name: 'aoscloud-dev-subnet-eks-private-a',
  'aoscloud:environment': 'dev',
  'aoscloud:component': 'subnet/eks-private/a',
  'aoscloud:created-by': 'run-1',
};

describe('the tags of what is made', () => {
  it('are those of the request, those of the resource, and the ownership tags', () => {
    expect(
      tagRecord(environment, 'subnet/eks-private/a', { 'kubernetes.io/role/internal-elb': '1' }),
    ).toEqual({
      team: 'platform',
      'kubernetes.io/role/internal-elb': '1',
      ...ownership,
    });
  });

  it('never let a tag of the request or of the resource replace ownership', () => {
    const anyTags = fc.dictionary(fc.constantFrom('team', ...Object.keys(ownership)), fc.string());
    fc.assert(
      fc.property(anyTags, anyTags, (tags, extra) => {
        expect(tagRecord({ ...environment, tags }, 'subnet/eks-private/a', extra)).toMatchObject(ownership);
      }),
    );
  });

  it('come in the form of EC2 with the type of the resource, too', () => {
    const list = Object.entries({ team: 'platform', ...ownership }).map(([Key, Value]) => ({ Key, Value }));
    expect(tagList(environment, 'subnet/eks-private/a')).toEqual(list);
    expect(tagSpecifications(environment, 'subnet', 'subnet/eks-private/a')).toEqual([
      { ResourceType: 'subnet', Tags: list },
    ]);
  });
});

describe('what tags say', () => {
  it.each([
    { form: 'a list', tags: tagList(environment, 'vpc') },
    { form: 'a record', tags: tagRecord(environment, 'vpc') },
  ])('is read from $form', ({ tags }) => {
    expect(tagValue(tags, 'team')).toBe('platform');
    expect(tagValue(tags, 'cost-centre')).toBeUndefined();
    expect(isOwned(tags, { name: 'dev' })).toBe(true);
    expect(isOwned(tags, { name: 'production' })).toBe(false);
    expect(isCreatedBy(tags, 'run-1')).toBe(true);
    expect(isCreatedBy(tags, 'run-2')).toBe(false);
    expect(isCreatedBy(tags, undefined)).toBe(true);
  });

  it('is nothing where there are none', () => {
    expect(isOwned(undefined, { name: 'dev' })).toBe(false);
    expect(isCreatedBy(undefined, 'run-1')).toBe(false);
    expect(isGuardDutys(undefined)).toBe(false);
  });

  it.each([
    [{ GuardDutyManaged: 'true' }, true],
    [{ GuardDutyManaged: 'false' }, false],
    [{ 'aoscloud:environment': 'dev' }, false],
  ])('tells what GuardDuty left behind: %o', (tags, itIs) => {
    expect(isGuardDutys(tags)).toBe(itIs);
  });
});

describe('a filter of EC2', () => {
  it('takes everything of one environment, and of no other', () => {
    expect(ownershipFilters({ name: 'dev' })).toEqual([
      { Name: 'tag:aoscloud:environment', Values: ['dev'] },
    ]);
  });
});

describe('a client token', () => {
  it('is 64 hexadecimal characters, the same for the same parts', () => {
    expect(clientToken('vpc-1', 'nat', 1)).toMatch(/^[0-9a-f]{64}$/);
    expect(clientToken('vpc-1', 'nat', 1)).toBe(clientToken('vpc-1', 'nat', 1));
  });

  it('is another for every other parts', () => {
    const tokens = [
      ['vpc-1', 'nat', 1],
      ['vpc-1', 'nat', 2],
      ['vpc-1', 'nat1'],
      ['vpc-1nat', 1],
      ['vpc-2', 'nat', 1],
      [],
    ].map((parts) => clientToken(...parts));
    expect(new Set(tokens).size).toBe(tokens.length);
  });
});
