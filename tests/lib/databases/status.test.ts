import { describe, expect, it } from 'vitest';
import { adviceFor, conditionOf } from '#lib/databases/status.ts';

describe('a database status', () => {
  it('counts as busy when nobody knows it', () => {
    expect(conditionOf('levitating')).toBe('busy');
    expect(conditionOf(undefined)).toBe('busy');
  });

  it('counts storage-optimization as available', () => {
    expect(conditionOf('storage-optimization')).toBe('available');
  });

  it.each(['failed', 'stopped', 'incompatible-parameters'])('has advice when it is %s', (status) => {
    expect(['broken', 'stopped', 'failed']).toContain(conditionOf(status));
    expect(adviceFor(status)).toMatch(/run again/);
  });
});
