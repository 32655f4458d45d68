import { describe, expect, it } from 'vitest';
import { assertOrigin, originOf, originTag } from '#lib/data/origin.ts';

describe('what a database was made from', () => {
  it('is kept in a tag that RDS takes, automated snapshots included', () => {
    const tags = originTag('rds:aoscloud-dev-aurora-2026-11-25-03-11');
    expect(Object.values(tags)).toEqual(['snapshot rds:aoscloud-dev-aurora-2026-11-25-03-11']);
    expect(originOf(tags)).toBe('rds:aoscloud-dev-aurora-2026-11-25-03-11');
    expect(originTag(undefined)).toEqual({});
    expect(originOf({})).toBeUndefined();
  });

  it('may be named again, or left out', () => {
    expect(() => assertOrigin('cluster c', originTag('one'), 'one')).not.toThrow();
    expect(() => assertOrigin('cluster c', originTag('one'), undefined)).not.toThrow();
    expect(() => assertOrigin('cluster c', {}, undefined)).not.toThrow();
  });

  it('is not another snapshot, and not one where it was made empty', () => {
    expect(() => assertOrigin('cluster c', originTag('one'), 'two')).toThrow(
      'cluster c was made from snapshot one, and the request asks for snapshot two',
    );
    expect(() => assertOrigin('cluster c', {}, 'two')).toThrow('cluster c was made empty');
  });
});
