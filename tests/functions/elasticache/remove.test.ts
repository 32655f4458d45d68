import { describe, expect, it } from 'vitest';
import { finalSnapshotName } from '#lib/data/final-snapshot.ts';
import { cacheWorld, name } from './world.ts';

describe('remove elasticache', () => {
  it('takes everything away and leaves a final snapshot', async () => {
    const world = await cacheWorld();
    await world.ensure();
    const { answer } = await world.remove();
    expect(answer.status).toBe('gone');
    expect(await world.groups()).toEqual([]);
    expect(world.mutationsOf('DeleteReplicationGroup')).toMatchObject([
      { input: { FinalSnapshotIdentifier: finalSnapshotName(name, 'removal-1') } },
    ]);
    expect(world.test.aws.mutations.at(-1)?.operation).toBe('elasticache:DeleteCacheSubnetGroup');
  });

  it('says gone at once when nothing is there', async () => {
    const world = await cacheWorld();
    const before = world.test.aws.mutations.length;
    const { answer, looks } = await world.remove();
    expect(answer.status).toBe('gone');
    expect(looks).toBe(1);
    expect(world.test.aws.mutations.length).toBe(before);
  });

  it('waits for the subnet group to be let go of', async () => {
    const world = await cacheWorld();
    await world.ensure();
    const { looks } = await world.remove({ finalSnapshots: false });
    expect(looks).toBeGreaterThan(2);
    expect(world.mutationsOf('DeleteReplicationGroup')).toMatchObject([
      { input: { ReplicationGroupId: name } },
    ]);
  });

  it('takes another name when that of the final snapshot is taken', async () => {
    const world = await cacheWorld();
    await world.ensure();
    await world.remove();
    await world.ensure({ execution: 'run-2' });
    const { answer } = await world.remove();
    expect(answer.status).toBe('gone');
    expect(world.mutationsOf('DeleteReplicationGroup').at(-1)?.input.FinalSnapshotIdentifier).toBe(
      `${finalSnapshotName(name, 'removal-1')}-2`,
    );
  });

  it('deletes a group that never came up without a snapshot', async () => {
    const world = await cacheWorld();
    world.once('CreateReplicationGroup', { kind: 'outcome-fails' });
    await expect(world.ensure()).rejects.toMatchObject({ name: 'ResourceFailedError' });
    const { answer } = await world.remove();
    expect(answer.status).toBe('gone');
    expect(world.mutationsOf('DeleteReplicationGroup')[0]?.input.FinalSnapshotIdentifier).toBeUndefined();
  });

  it('touches nothing that the named execution did not make', async () => {
    const world = await cacheWorld();
    await world.ensure();
    const { answer } = await world.remove({ createdBy: 'run-2', finalSnapshots: false });
    expect(answer.status).toBe('gone');
    expect(await world.groups()).toMatchObject([{ Status: 'available' }]);
  });

  it('leaves a group of its name alone that is not ours', async () => {
    const world = await cacheWorld();
    await world.foreignGroup();
    const { answer } = await world.remove();
    expect(answer.status).toBe('gone');
    expect(world.mutationsOf('DeleteReplicationGroup')).toEqual([]);
  });
});
