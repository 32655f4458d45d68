import { describe, expect, it } from 'vitest';
import { deleteWithSnapshot, finalSnapshotName } from '#lib/databases/final-snapshot.ts';

function taken(): Error {
  return Object.assign(new Error('taken'), {
    name: 'DBClusterSnapshotAlreadyExistsFault',
    operation: 'rds:DeleteDBCluster',
    $metadata: {},
  });
}

describe('a final snapshot', () => {
  it('has a name of lower-case letters, digits and single hyphens', () => {
    expect(finalSnapshotName('aoscloud-dev-aurora', 'Deprovision__dev:2026.')).toBe(
      'aoscloud-dev-aurora-final-deprovision-dev-2026',
    );
  });

  it('tries the next number while the name is taken', async () => {
    const asked: string[] = [];
    const name = await deleteWithSnapshot('final', async (candidate) => {
      asked.push(candidate);
      if (asked.length < 3) throw taken();
    });
    expect(name).toBe('final-3');
    expect(asked).toEqual(['final', 'final-2', 'final-3']);
  });

  it('does not try for ever', async () => {
    let calls = 0;
    const always = deleteWithSnapshot('final', async () => {
      calls += 1;
      throw taken();
    });
    await expect(always).rejects.toThrow('taken');
    expect(calls).toBe(9);
  });

  it('passes every other refusal on', async () => {
    await expect(
      deleteWithSnapshot('final', async () => {
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
  });
});
