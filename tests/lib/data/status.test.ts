import { describe, expect, it } from 'vitest';
import { adviceFor, conditionOf } from '#lib/data/status.ts';

describe('a database status', () => {
  it('is unknown when nobody knows it, which no step waits for', () => {
    expect(conditionOf('levitating')).toBe('unknown');
    expect(adviceFor('levitating')).toContain('does not know that status');
  });

  it('counts as busy while it is not told, or passes', () => {
    expect(conditionOf(undefined)).toBe('busy');
    expect(conditionOf('backing-up')).toBe('busy');
  });

  it('counts storage-optimization as available', () => {
    expect(conditionOf('storage-optimization')).toBe('available');
  });

  it.each(['failed', 'stopped', 'incompatible-parameters'])('has advice when it is %s', (status) => {
    expect(['broken', 'stopped', 'failed']).toContain(conditionOf(status));
    expect(adviceFor(status)).toMatch(/run again/);
  });
});
