import { describe, expect, it } from 'vitest';
import { deleteWithSnapshot, finalSnapshotName } from '#lib/data/final-snapshot.ts';

function taken(): Error {
  return Object.assign(new Error('taken'), {
    name: 'DBClusterSnapshotAlreadyExistsFault',
    operation: 'rds:DeleteDBCluster',
    $metadata: {},
  });
}

describe('a final snapshot', () => {
  it('has one name an execution, within the 63 characters of a DB cluster snapshot', () => {
    const resource = `aoscloud-${'x'.repeat(20)}-documentdb`;
    const name = finalSnapshotName(resource, 'Deprovision__dev:2026.'.repeat(4));
    expect(name).toMatch(/^aoscloud-x+-documentdb-final-[0-9a-f]{8}$/);
    expect(`${name}-9`.length).toBeLessThanOrEqual(63);
    expect(finalSnapshotName('a', 'one')).toBe(finalSnapshotName('a', 'one'));
    expect(finalSnapshotName('a', 'one')).not.toBe(finalSnapshotName('a', 'two'));
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
