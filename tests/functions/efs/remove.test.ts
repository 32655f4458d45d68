import { describe, expect, it } from 'vitest';
import { fileWorld } from './world.ts';

describe('remove efs', () => {
  it('takes the mount targets, then the file system', async () => {
    const world = await fileWorld();
    await world.ensure();
    const { answer } = await world.remove();
    expect(answer.status).toBe('gone');
    expect(await world.fileSystems()).toEqual([]);
    const deletes = world.test.aws.mutations
      .map((call) => call.operation)
      .filter((name) => /:Delete/.test(name));
    expect(deletes).toEqual([
      'efs:DeleteMountTarget',
      'efs:DeleteMountTarget',
      'efs:DeleteMountTarget',
      'efs:DeleteFileSystem',
    ]);
  });

  it('says gone at once when nothing is there', async () => {
    const world = await fileWorld();
    const before = world.test.aws.mutations.length;
    const { answer, looks } = await world.remove();
    expect(answer.status).toBe('gone');
    expect(looks).toBe(1);
    expect(world.test.aws.mutations.length).toBe(before);
  });

  it('waits while mount targets are still there', async () => {
    const world = await fileWorld();
    await world.ensure();
    const { seconds } = await world.remove();
    expect(seconds).toBeGreaterThanOrEqual(30);
  });

  it('takes back only the mount target that a run added to an older file system, and its note', async () => {
    const world = await fileWorld();
    await world.ensure();
    await world.loseMountTarget('euc1-az3');
    await world.ensure({ execution: 'run-2' });
    const { answer } = await world.remove({ createdBy: 'run-2', finalSnapshots: false });
    expect(answer.status).toBe('gone');
    const zones = (await world.mountTargets()).map((mountTarget) => mountTarget.AvailabilityZoneId);
    expect(zones.sort()).toEqual(['euc1-az1', 'euc1-az2']);
    expect(JSON.stringify(await world.fileSystems())).not.toContain('mount-target/');
  });

  it('touches nothing that the named execution did not make', async () => {
    const world = await fileWorld();
    await world.ensure();
    const before = world.test.aws.mutations.length;
    const { answer } = await world.remove({ createdBy: 'run-2', finalSnapshots: false });
    expect(answer.status).toBe('gone');
    expect(world.test.aws.mutations.length).toBe(before);
  });

  it('does not take along a mount target that a later run added', async () => {
    const world = await fileWorld();
    await world.ensure();
    await world.loseMountTarget('euc1-az3');
    await world.ensure({ execution: 'run-2' });
    await expect(world.remove({ createdBy: 'run-1', finalSnapshots: false })).rejects.toThrow(
      /made by execution run-2/,
    );
    expect(await world.mountTargets()).toHaveLength(3);
  });

  it('leaves a file system of its token alone that is not ours', async () => {
    const world = await fileWorld();
    await world.foreignFileSystem();
    const { answer } = await world.remove();
    expect(answer.status).toBe('gone');
    expect(world.mutationsOf('DeleteFileSystem')).toEqual([]);
  });
});
