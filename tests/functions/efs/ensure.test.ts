import { describe, expect, it } from 'vitest';
import { samplePlan } from '../../support/plan.ts';
import { fileWorld } from './world.ts';

describe('ensure efs', () => {
  it('makes an encrypted file system with a mount target in each EKS private subnet', async () => {
    const world = await fileWorld();
    const { answer } = await world.ensure();
    expect(answer.status).toBe('ready');
    expect(await world.fileSystems()).toMatchObject([{ Encrypted: true, ThroughputMode: 'elastic' }]);
    const mountTargets = await world.mountTargets();
    const subnetIds = ['a', 'b', 'c'].map(
      (letter) => world.resources.subnetIds[`subnet/eks-private/${letter}`],
    );
    expect(mountTargets.map((mountTarget) => mountTarget.SubnetId).sort()).toEqual(subnetIds.sort());
    expect(await world.groupsOf(mountTargets[0])).toEqual([world.resources.defaultSecurityGroupId]);
  });

  it('asks for provisioned throughput where the plan does', async () => {
    const world = await fileWorld();
    await world.ensure({ efs: { throughputMode: 'provisioned', provisionedThroughput: 128, backup: false } });
    expect(world.mutationsOf('CreateFileSystem')[0]?.input).toMatchObject({
      ThroughputMode: 'provisioned',
      ProvisionedThroughputInMibps: 128,
      Backup: false,
    });
  });

  it('changes nothing when nothing is missing', async () => {
    const world = await fileWorld();
    await world.ensure();
    const before = world.test.aws.mutations.length;
    const { answer, looks } = await world.ensure({ execution: 'run-2' });
    expect(answer.status).toBe('ready');
    expect(looks).toBe(1);
    expect(world.test.aws.mutations.length).toBe(before);
  });

  it('refuses a file system of its token without its tag', async () => {
    const world = await fileWorld();
    await world.foreignFileSystem();
    await expect(world.ensure()).rejects.toMatchObject({ name: 'NotOurResourceError' });
    expect(world.mutationsOf('CreateMountTarget')).toEqual([]);
  });

  it.each([
    ['CreateFileSystem', 1],
    ['CreateMountTarget', 2],
  ])('makes nothing twice when the answer of %s is lost', async (operation, nth) => {
    const world = await fileWorld();
    world.at(operation, nth, { kind: 'answer-lost' });
    const { answer } = await world.ensure();
    expect(answer.status).toBe('ready');
    expect(await world.fileSystems()).toHaveLength(1);
    expect(await world.mountTargets()).toHaveLength(3);
  });

  it('notes on an older file system which execution adds a mount target', async () => {
    const world = await fileWorld();
    await world.ensure();
    await world.loseMountTarget('euc1-az3');
    const { answer } = await world.ensure({ execution: 'run-2' });
    expect(answer.status).toBe('ready');
    expect((await world.fileSystems())[0]?.Tags).toContainEqual({
      Key: 'aoscloud:mount-target/euc1-az3',
      Value: 'run-2',
    });
  });

  it('notes nothing on a file system of its own', async () => {
    const world = await fileWorld();
    await world.ensure();
    expect(world.mutationsOf('TagResource')).toEqual([]);
  });

  it('fails by name when a mount target of this run fails, and replaces it in the next run', async () => {
    const world = await fileWorld();
    world.at('CreateMountTarget', 2, { kind: 'outcome-fails' });
    await expect(world.ensure()).rejects.toMatchObject({ name: 'ResourceFailedError' });
    const { answer } = await world.ensure({ execution: 'run-2' });
    expect(answer.status).toBe('ready');
    expect(world.mutationsOf('DeleteMountTarget')).toHaveLength(1);
    expect((await world.mountTargets()).map((mountTarget) => mountTarget.LifeCycleState)).toEqual([
      'available',
      'available',
      'available',
    ]);
  });

  it('puts the base default group back, beside the groups somebody added', async () => {
    const world = await fileWorld();
    await world.ensure();
    const [mountTarget] = await world.mountTargets();
    const theirs = [await world.foreignGroup('one'), await world.foreignGroup('two')];
    await world.setGroups(mountTarget, theirs);
    await world.ensure({ execution: 'run-2' });
    expect(await world.groupsOf(mountTarget)).toEqual([...theirs, world.resources.defaultSecurityGroupId]);
  });

  it('names a mount target that has no room for another group', async () => {
    const world = await fileWorld();
    await world.ensure();
    const [mountTarget] = await world.mountTargets();
    const theirs = await Promise.all(['1', '2', '3', '4', '5'].map((name) => world.foreignGroup(name)));
    await world.setGroups(mountTarget, theirs);
    await expect(world.ensure({ execution: 'run-2' })).rejects.toThrow(/AWS allows 5 groups.*What to do/);
    expect(await world.groupsOf(mountTarget)).toEqual(theirs);
  });

  it('switches backups as the plan says', async () => {
    const world = await fileWorld();
    await world.ensure();
    await world.ensure({ execution: 'run-2', efs: { ...samplePlan().efs, backup: false } });
    expect(world.mutationsOf('PutBackupPolicy')).toMatchObject([
      { input: { BackupPolicy: { Status: 'DISABLED' } } },
    ]);
  });
});
