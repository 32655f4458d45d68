import { describe, expect, it } from 'vitest';
import { AwsFault } from '#embedded/model.ts';
import { rdsState } from '#embedded/services/rds/state.ts';
import { finalSnapshotName } from '#lib/data/final-snapshot.ts';
import { bothServices, databaseWorld, type World } from './world.ts';

function snapshotsOf(world: World): unknown[] {
  return world.test.aws.mutations
    .filter((call) => call.operation.endsWith(':DeleteDBCluster'))
    .map((call) => call.input.FinalDBSnapshotIdentifier);
}

function promote(world: World, instance: string): void {
  world.test.aws.inspect('eu-central-1', (call) => {
    const cluster = Object.values(rdsState(call).clusters)[0]!;
    cluster.writer = instance;
  });
}

describe.each(bothServices)('remove $service.step', ({ service, prefix }) => {
  const identifier = service.identifiers({ name: 'dev', region: 'eu-central-1' } as never).cluster;

  it('takes everything away and leaves a final snapshot', async () => {
    const world = await databaseWorld(service);
    await world.ensure(world.plan({ instances: 3 }));
    const { answer } = await world.remove();
    expect(answer.status).toBe('gone');
    expect(await world.cluster()).toBeUndefined();
    expect(await world.instances()).toEqual([]);
    expect(snapshotsOf(world)).toEqual([finalSnapshotName(identifier, 'removal-1')]);
  });

  it('deletes the readers before the writer', async () => {
    const world = await databaseWorld(service);
    await world.ensure(world.plan({ instances: 3 }));
    const members = (await world.cluster())?.DBClusterMembers ?? [];
    await world.remove();
    const deleted = world.test.aws.mutations
      .filter((call) => call.operation.endsWith(':DeleteDBInstance'))
      .map((call) => call.input.DBInstanceIdentifier);
    expect(new Set(deleted).size).toBe(3);
    expect(deleted.at(-1)).toBe(members.find((member) => member.IsClusterWriter)?.DBInstanceIdentifier);
  });

  it.each([
    [
      'This cluster is a part of a global cluster, please remove it from globalcluster first',
      0,
      /global cluster/,
    ],
    ['It has something else to do', 300, /something else.*for [56] minutes.*What to do/],
  ])('fails with the sentence of a refusal that stays: %s (U4)', async (sentence, patience, message) => {
    const world = await databaseWorld(service);
    await world.ensure();
    const start = Date.now();
    world.test.aws.inject = (call) =>
      call.operation.endsWith(':DeleteDBCluster')
        ? { kind: 'refuse', fault: new AwsFault('InvalidDBClusterStateFault', sentence) }
        : undefined;
    await expect(world.remove()).rejects.toMatchObject({
      name: 'AwsRefusedError',
      message: expect.stringMatching(message),
    });
    expect((Date.now() - start) / 1000).toBeGreaterThanOrEqual(patience);
    // Not the hour of the step's deadline.
    expect((Date.now() - start) / 1000).toBeLessThan(patience + 300);
  });

  it('says gone at once when nothing is there', async () => {
    const world = await databaseWorld(service);
    const { answer, looks } = await world.remove();
    expect(answer.status).toBe('gone');
    expect(looks).toBe(1);
    expect(world.deletes()).toEqual([]);
  });

  it('waits for a cluster that is still being made', async () => {
    const world = await databaseWorld(service);
    world.once(`${prefix}:CreateDBInstance`, {
      kind: 'refuse',
      fault: new AwsFault('InstanceQuotaExceededFault', 'no more instances', {
        wireCode: 'InstanceQuotaExceeded',
      }),
    });
    await expect(world.ensure()).rejects.toMatchObject({ name: 'AwsRefusedError' });
    const { answer } = await world.remove({ createdBy: 'run-1', finalSnapshots: false });
    expect(answer.status).toBe('gone');
    expect(await world.cluster()).toBeUndefined();
  });

  it('deletes nothing of a protected cluster', async () => {
    const world = await databaseWorld(service);
    await world.ensure(world.plan({ deletionProtection: true }));
    await expect(world.remove()).rejects.toMatchObject({ name: 'RemovalBlockedError' });
    expect(world.deletes()).toEqual([]);
  });

  it('rolls back a cluster which the failed run itself protected', async () => {
    const world = await databaseWorld(service);
    await world.ensure(world.plan({ deletionProtection: true }));
    const { answer } = await world.remove({ createdBy: 'run-1', finalSnapshots: false, unprotect: true });
    expect(answer.status).toBe('gone');
    expect(snapshotsOf(world)).toEqual([undefined]);
  });

  it('lifts no protection because a removal is narrowed to one run: that run may have succeeded', async () => {
    const world = await databaseWorld(service);
    await world.ensure(world.plan({ deletionProtection: true }));
    await expect(world.remove({ createdBy: 'run-1', finalSnapshots: false })).rejects.toMatchObject({
      name: 'RemovalBlockedError',
    });
    expect(world.deletes()).toEqual([]);
  });

  it('takes a final snapshot of what it may unprotect, where one is asked for', async () => {
    const world = await databaseWorld(service);
    await world.ensure(world.plan({ deletionProtection: true }));
    const { answer } = await world.remove({ createdBy: 'run-1', unprotect: true });
    expect(answer.status).toBe('gone');
    expect(snapshotsOf(world)).toEqual([finalSnapshotName(identifier, 'removal-1')]);
  });

  it('takes back only the instance that a run added to an older cluster', async () => {
    const world = await databaseWorld(service);
    await world.ensure(world.plan({ instances: 1 }));
    await world.ensure(world.plan({ instances: 2 }, 'run-2'));
    const { answer } = await world.remove({ createdBy: 'run-2', finalSnapshots: false });
    expect(answer.status).toBe('gone');
    expect(world.deletes()).toEqual(['DeleteDBInstance']);
    expect(await world.instances()).toMatchObject([{ DBInstanceIdentifier: `${identifier}-1` }]);
  });

  it('leaves an instance that has become the writer of an older cluster, and says so', async () => {
    const world = await databaseWorld(service);
    await world.ensure(world.plan({ instances: 1 }));
    await world.ensure(world.plan({ instances: 3 }, 'run-2'));
    await world.failOverTo(`${identifier}-3`);
    const { answer } = await world.remove({ createdBy: 'run-2', finalSnapshots: false });
    expect(answer).toMatchObject({
      status: 'gone',
      detail: expect.stringContaining(
        `instance ${identifier}-3 stays although this run made it: it is the writer`,
      ),
    });
    expect((await world.instances()).map((one) => one.DBInstanceIdentifier)).toEqual([
      `${identifier}-1`,
      `${identifier}-3`,
    ]);
    expect(await world.writer()).toBe(`${identifier}-3`);
  });

  it('looks at who writes before every single delete', async () => {
    const world = await databaseWorld(service);
    await world.ensure(world.plan({ instances: 1 }));
    await world.ensure(world.plan({ instances: 3 }, 'run-2'));
    // AWS fails over between the first delete and the second.
    world.test.aws.inject = (call) => {
      if (call.operation !== `${prefix}:DeleteDBInstance`) return undefined;
      world.test.aws.inject = () => undefined;
      queueMicrotask(() => promote(world, `${identifier}-3`));
      return undefined;
    };
    await world.remove({ createdBy: 'run-2', finalSnapshots: false });
    expect(await world.writer()).toBe(`${identifier}-3`);
  });

  it('leaves an older cluster its last instance', async () => {
    const world = await databaseWorld(service);
    await world.ensure(world.plan({ instances: 1 }));
    await world.ensure(world.plan({ instances: 2 }, 'run-2'));
    await world.failOverTo(`${identifier}-2`);
    await service.calls(world.plan()).deleteInstance({ DBInstanceIdentifier: `${identifier}-1` });
    world.test.advance(600);
    const { answer } = await world.remove({ createdBy: 'run-2', finalSnapshots: false });
    expect(answer.status).toBe('gone');
    expect(await world.instances()).toMatchObject([{ DBInstanceIdentifier: `${identifier}-2` }]);
  });

  it('takes all its instances back where the environment was never complete', async () => {
    const world = await databaseWorld(service);
    world.once(`${prefix}:CreateDBInstance`, {
      kind: 'refuse',
      fault: new AwsFault('InstanceQuotaExceededFault', 'no more instances', {
        wireCode: 'InstanceQuotaExceeded',
      }),
    });
    await expect(world.ensure()).rejects.toMatchObject({ name: 'AwsRefusedError' });
    await world.ensure(world.plan({ instances: 2 }, 'run-2'));
    const rollback = { createdBy: 'run-2', finalSnapshots: false };
    const { answer } = await world.remove({ ...rollback, neverReady: true });
    expect(answer.status).toBe('gone');
    expect(await world.instances()).toEqual([]);
    expect(await world.cluster()).toBeDefined();
  });

  it('does not take along an instance that a later run added', async () => {
    const world = await databaseWorld(service);
    await world.ensure(world.plan({ instances: 1 }));
    await world.ensure(world.plan({ instances: 2 }, 'run-2'));
    await expect(world.remove({ createdBy: 'run-1', finalSnapshots: false })).rejects.toThrow(
      /made by execution run-2/,
    );
    expect(world.deletes()).toEqual([]);
  });

  it('takes another name when that of the final snapshot is taken', async () => {
    const world = await databaseWorld(service);
    await world.ensure();
    await world.remove();
    await world.ensure(world.plan({}, 'run-2'));
    const { answer } = await world.remove();
    expect(answer.status).toBe('gone');
    expect(snapshotsOf(world)).toContain(`${finalSnapshotName(identifier, 'removal-1')}-2`);
  });

  it('takes one snapshot when the answer of the delete is lost', async () => {
    const world = await databaseWorld(service);
    await world.ensure();
    world.once(`${prefix}:DeleteDBCluster`, { kind: 'answer-lost' });
    const { answer } = await world.remove();
    expect(answer.status).toBe('gone');
    expect(snapshotsOf(world)).toEqual([finalSnapshotName(identifier, 'removal-1')]);
  });

  it('leaves a cluster of its name alone that is not ours', async () => {
    const world = await databaseWorld(service);
    await world.foreignCluster();
    const { answer } = await world.remove();
    expect(answer.status).toBe('gone');
    expect(await world.cluster()).toMatchObject({ Status: 'available' });
    expect(world.deletes()).toEqual([]);
  });

  it('leaves a cluster of the other engine alone', async () => {
    const world = await databaseWorld(service);
    await world.foreignCluster(bothServices.find((both) => both.service !== service)?.service);
    const { answer } = await world.remove();
    expect(answer.status).toBe('gone');
    expect(world.deletes()).toEqual([]);
  });

  it('names a reader that somebody added, before anything is deleted', async () => {
    const world = await databaseWorld(service);
    await world.ensure();
    await service.calls(world.plan()).createInstance({
      DBInstanceIdentifier: 'their-reader',
      DBInstanceClass: service.plan(world.plan()).instanceClass,
      Engine: service.engine,
      DBClusterIdentifier: identifier,
    });
    await expect(world.remove()).rejects.toThrow(/their-reader \(not made by AosCloud\)/);
    expect(world.deletes()).toEqual([]);
  });

  it('says at once that the final snapshot cannot be encrypted, in the words of AWS', async () => {
    const world = await databaseWorld(service);
    await world.ensure();
    world.once(`${prefix}:DeleteDBCluster`, {
      kind: 'refuse',
      fault: new AwsFault('KMSKeyNotAccessibleFault', 'The KMS key key/abc is pending deletion.'),
    });
    await expect(world.remove()).rejects.toMatchObject({
      name: 'AwsRefusedError',
      message: expect.stringContaining('key/abc is pending deletion'),
    });
    expect(await world.cluster()).toBeDefined();
  });

  it('takes no snapshot of a failed cluster and says so', async () => {
    const world = await databaseWorld(service);
    world.once(`${prefix}:CreateDBCluster`, { kind: 'outcome-fails' });
    await expect(world.ensure()).rejects.toMatchObject({ name: 'ResourceFailedError' });
    await expect(world.remove()).rejects.toThrow(/cannot leave a final snapshot/);
    const { answer } = await world.remove({ finalSnapshots: false });
    expect(answer.status).toBe('gone');
  });
});
