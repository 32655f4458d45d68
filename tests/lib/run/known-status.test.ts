import { describe, expect, it } from 'vitest';
import * as statuses from '#lib/aws/statuses.ts';
import { assertKnownStatus, isKnownStatus } from '#lib/run/known-status.ts';

describe('a status', () => {
  it('that stands in no list fails the step by name, with the status (D17)', () => {
    expect(() =>
      assertKnownStatus('replication group x', statuses.replicationGroupStatuses, 'failed'),
    ).toThrow(
      expect.objectContaining({
        name: 'ResourceFailedError',
        message: expect.stringMatching(/^replication group x has the status failed, which/),
      }),
    );
  });

  it('that is known, or not told, passes', () => {
    for (const status of ['snapshotting', 'create-failed', undefined])
      expect(isKnownStatus(statuses.replicationGroupStatuses, status)).toBe(true);
  });

  it.each(Object.entries(statuses))('means one thing only: %s', (_, table) => {
    const all = [...table.good, ...table.transient, ...table.failed];
    expect(new Set(all).size).toBe(all.length);
    expect(table.source).not.toBe('');
  });
});
