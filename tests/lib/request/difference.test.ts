import { describe, expect, it } from 'vitest';
import { describeDifferences, difference, updateOf } from '#lib/request/difference.ts';

describe('a difference', () => {
  it('is none where AWS has what is asked', () => {
    expect(difference('eks.publicAccess', true, true, {})).toEqual([]);
    expect(difference('aurora.backupRetentionDays', 7, 7, {})).toEqual([]);
  });

  it('names the field, what AWS has, what is asked, and the update that ends it', () => {
    const update = { BackupRetentionPeriod: 14 };
    expect(difference('aurora.backupRetentionDays', 7, 14, update)).toEqual([
      { field: 'aurora.backupRetentionDays', from: 7, to: 14, update },
    ]);
  });

  it('is none where a list has the same members in another order, and one where it has others or fewer', () => {
    const field = 'eks.publicAccessCidrs';
    expect(
      difference(field, ['203.0.113.0/24', '198.51.100.0/24'], ['198.51.100.0/24', '203.0.113.0/24'], {}),
    ).toEqual([]);
    expect(difference(field, ['203.0.113.0/24'], ['198.51.100.0/24'], {})).toHaveLength(1);
    expect(difference(field, ['203.0.113.0/24', '198.51.100.0/24'], ['203.0.113.0/24'], {})).toHaveLength(1);
  });

  it('is one where AWS says nothing', () => {
    expect(difference('efs.backup', undefined, true, {})).toHaveLength(1);
  });
});

describe('several differences', () => {
  const differences = [
    ...difference('aurora.backupRetentionDays', 7, 14, { BackupRetentionPeriod: 14 }),
    ...difference('aurora.deletionProtection', false, true, { DeletionProtection: true }),
  ];

  it('become one update', () => {
    expect(updateOf<object>(differences)).toEqual({ BackupRetentionPeriod: 14, DeletionProtection: true });
  });

  it('are told from what to what', () => {
    expect(describeDifferences(differences)).toBe(
      'aurora.backupRetentionDays from 7 to 14, aurora.deletionProtection from false to true',
    );
    expect(describeDifferences(difference('groups', [], ['sg-1', 'sg-2'], {}))).toBe(
      'groups from nothing to sg-1 and sg-2',
    );
  });
});
