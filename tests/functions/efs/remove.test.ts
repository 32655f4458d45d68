import { describe, expect, it } from 'vitest';
import { AwsFault } from '#embedded/model.ts';
import { efsState } from '#embedded/services/efs/state.ts';
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

  it('is told apart, look by look: mount targets, then the file system, each asked for once', async () => {
    const world = await fileWorld();
    await world.ensure();
    const ids = (await world.mountTargets()).map(({ MountTargetId }) => MountTargetId).join(', ');
    const going = `EFS mount target ${ids} is being deleted`;
    expect(await world.look()).toMatchObject({ status: 'pending', detail: going });
    const first = await world.look();
    expect(first).toMatchObject({ status: 'pending', detail: going });
    expect(world.mutationsOf('DeleteMountTarget')).toHaveLength(3);
    world.test.advance(300);
    const [{ FileSystemId } = {}] = await world.fileSystems();
    const deleted = { status: 'pending', detail: `EFS file system ${FileSystemId} is being deleted` };
    expect(await world.look()).toMatchObject(deleted);
    expect(await world.look()).toMatchObject(deleted);
    expect(world.mutationsOf('DeleteFileSystem')).toHaveLength(1);
  });

  it('gives mount targets the time they take, and looks sooner at what was there before', async () => {
    const world = await fileWorld();
    await world.ensure();
    const asked = await world.look();
    const seen = await world.look();
    expect(asked.retryAfterSeconds).toBeGreaterThan(seen.retryAfterSeconds);
  });

  it('asks for the mount targets that still stand beside one that is leaving', async () => {
    const world = await fileWorld();
    await world.ensure();
    world.test.aws.inspect('eu-central-1', (call) => {
      Object.values(efsState(call).mountTargets)[0]!.state = 'deleting';
    });
    await world.look();
    expect(world.mutationsOf('DeleteMountTarget')).toHaveLength(2);
  });

  it.each([
    ['DeleteMountTarget', 'MountTargetNotFound', /^EFS mount target .+ is being deleted/],
    ['DeleteFileSystem', 'FileSystemNotFound', /^EFS file system fs-\w+ is being deleted/],
  ])('takes what went before its %s for deleted', async (operation, name, detail) => {
    const world = await fileWorld();
    await world.ensure();
    let refused = false;
    world.test.aws.inject = (call) => {
      if (refused || call.operation !== `efs:${operation}`) return undefined;
      refused = true;
      return { kind: 'refuse', fault: new AwsFault(name, 'does not exist', { status: 404 }) };
    };
    let answer = await world.look();
    while (!refused) {
      world.test.advance(answer.retryAfterSeconds);
      answer = await world.look();
    }
    expect(answer.detail).toMatch(detail);
    if (operation === 'DeleteMountTarget') expect(world.mutationsOf(operation)).toHaveLength(2);
    expect((await world.remove()).answer.status).toBe('gone');
  });

  it('names the mount targets of other runs, until they are leaving', async () => {
    const world = await fileWorld();
    await world.ensure();
    for (const zone of ['euc1-az3', 'euc1-az1']) await world.loseMountTarget(zone);
    await world.ensure({ execution: 'run-2' });
    const of = 'fsmt-\\w+ \\(made by execution run-2\\)';
    await expect(world.look({ createdBy: 'run-1' })).rejects.toThrow(
      new RegExp(
        `file system fs-\\w+ has mount targets that are not part of this removal: ${of}, ${of}\\. What to do: delete them, or deprovision the whole environment`,
      ),
    );
    expect(world.mutationsOf('DeleteMountTarget')).toHaveLength(2);
    for (const { MountTargetId, AvailabilityZoneId } of await world.mountTargets())
      if (AvailabilityZoneId !== 'euc1-az2')
        world.test.aws.inspect('eu-central-1', (call) => {
          efsState(call).mountTargets[MountTargetId!]!.state = 'deleting';
        });
    expect((await world.look({ createdBy: 'run-1' })).status).toBe('pending');
    expect(world.mutationsOf('DeleteMountTarget')).toHaveLength(3);
  });

  it('of the whole environment takes the mount targets of every run along', async () => {
    const world = await fileWorld();
    await world.ensure();
    await world.loseMountTarget('euc1-az3');
    await world.ensure({ execution: 'run-2' });
    expect((await world.remove()).answer.detail).toBe(
      'EFS is gone; recovery points that AWS Backup keeps of it, if any, stay',
    );
    expect(await world.fileSystems()).toEqual([]);
  });

  it('says what it did not touch, and what it took back of an older file system', async () => {
    const world = await fileWorld();
    await world.ensure();
    const nothing = 'nothing of EFS is part of this removal';
    expect(await world.look({ createdBy: 'run-2' })).toMatchObject({ status: 'gone', detail: nothing });
    await world.loseMountTarget('euc1-az3');
    await world.ensure({ execution: 'run-2' });
    expect((await world.remove({ createdBy: 'run-2' })).answer.detail).toBe(
      'the EFS mount targets that execution run-2 added are gone',
    );
    world.test.aws.inspect('eu-central-1', (call) => {
      for (const fileSystem of Object.values(efsState(call).fileSystems)) fileSystem.tags = {};
    });
    expect(await world.look()).toMatchObject({ status: 'gone', detail: nothing });
  });
});
