import { describe, expect, it } from 'vitest';
import { AwsFault } from '#embedded/model.ts';
import { type Cluster, type Instance, rdsState } from '#embedded/services/rds/state.ts';
import { finalSnapshotName } from '#lib/data/final-snapshot.ts';
import { removeDatabase } from '#lib/data/remove.ts';
import type { RemovalTarget } from '#lib/run/environment.ts';
import { answerStep, type StepContext } from '#lib/run/step.ts';
import { sampleRemoval } from '../../support/plan.ts';
import { bothServices, databaseWorld, type World } from './world.ts';

function deletesOf(world: World): string[] {
  return world.test.aws.mutations
    .filter((call) => call.operation.includes(':Delete'))
    .map((call) => call.operation.split(':')[1] as string);
}

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
    expect(deletesOf(world)).toEqual([]);
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
    expect(deletesOf(world)).toEqual([]);
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
    expect(deletesOf(world)).toEqual([]);
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
    expect(deletesOf(world)).toEqual(['DeleteDBInstance']);
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
    expect(deletesOf(world)).toEqual([]);
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
    expect(deletesOf(world)).toEqual([]);
  });

  it('leaves a cluster of the other engine alone', async () => {
    const world = await databaseWorld(service);
    await world.foreignCluster(bothServices.find((both) => both.service !== service)?.service);
    const { answer } = await world.remove();
    expect(answer.status).toBe('gone');
    expect(deletesOf(world)).toEqual([]);
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
    expect(deletesOf(world)).toEqual([]);
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

  const arrange = (world: World, change: (cluster: Cluster, instances: Instance[]) => void) =>
    world.test.aws.inspect('eu-central-1', (call) => {
      const { clusters, instances } = rdsState(call);
      const cluster = clusters[identifier]!;
      change(
        cluster,
        cluster.members.map((id) => instances[id]!),
      );
    });

  const look = (changes: Partial<RemovalTarget> = {}) =>
    answerStep(
      service.step,
      { typicalSeconds: 60, deadlineSeconds: 7200 },
      (context) => removeDatabase(service, context as StepContext<RemovalTarget>),
      {
        environment: sampleRemoval(changes),
        step: { step: 'accept', resources: {} } as Parameters<typeof answerStep>[3]['step'],
      },
    );

  it('only waits for a cluster that is being deleted, and gives an ordinary one its time', async () => {
    const world = await databaseWorld(service);
    await world.ensure();
    expect(await look()).toMatchObject({
      status: 'pending',
      detail: `${service.title} cluster ${identifier} is being deleted`,
      retryAfterSeconds: 300,
    });
    const deletes = deletesOf(world).length;
    expect(await look()).toMatchObject({
      detail: `${service.title} cluster ${identifier} is being deleted`,
      retryAfterSeconds: 60,
    });
    expect(deletesOf(world)).toHaveLength(deletes);
  });

  it('starts a stopped cluster and deletes none of its instances before it runs', async () => {
    const world = await databaseWorld(service);
    await world.ensure();
    arrange(world, (cluster, instances) => {
      cluster.status = 'stopped';
      for (const instance of instances) instance.status = 'stopped';
    });
    expect(await look()).toMatchObject({ status: 'pending', retryAfterSeconds: 60 });
    expect(world.test.aws.mutations.at(-1)).toMatchObject({
      operation: `${prefix}:StartDBCluster`,
      input: { DBClusterIdentifier: identifier },
    });
    expect((await world.remove()).answer.status).toBe('gone');
  });

  it.each(['stopping', 'starting'] as const)('touches no cluster that is %s', async (status) => {
    const world = await databaseWorld(service);
    await world.ensure(world.plan({ deletionProtection: true }));
    arrange(world, (cluster) => {
      cluster.status = status;
    });
    const before = world.test.aws.mutations.length;
    expect(await look({ unprotect: true })).toMatchObject({
      status: 'pending',
      detail: `${service.title} cluster ${identifier} is ${status}`,
      retryAfterSeconds: 60,
    });
    expect(world.test.aws.mutations).toHaveLength(before);
  });

  it('lifts a protection at once, not in the next maintenance window', async () => {
    const world = await databaseWorld(service);
    await world.ensure(world.plan({ deletionProtection: true }));
    expect(await look({ unprotect: true })).toMatchObject({ status: 'pending', retryAfterSeconds: 5 });
    expect(world.test.aws.mutations.at(-1)?.input).toEqual({
      DBClusterIdentifier: identifier,
      DeletionProtection: false,
      ApplyImmediately: true,
    });
    expect(deletesOf(world)).toEqual([]);
  });

  it('deletes no instance twice', async () => {
    const world = await databaseWorld(service);
    await world.ensure(world.plan({ instances: 2 }));
    arrange(world, (_cluster, instances) => {
      instances[1]!.status = 'deleting';
    });
    await look();
    const deleted = world.test.aws.mutations.filter((call) => call.operation.endsWith(':DeleteDBInstance'));
    expect(deleted.map(({ input }) => input.DBInstanceIdentifier)).toEqual([`${identifier}-1`]);
  });

  it('does not stop at a reader of somebody else that is leaving', async () => {
    const world = await databaseWorld(service);
    await world.ensure(world.plan({ instances: 2 }));
    arrange(world, (_cluster, instances) => {
      Object.assign(instances[1]!, { status: 'deleting', tags: {} });
    });
    await look();
    expect(deletesOf(world)).toEqual(['DeleteDBInstance', 'DeleteDBCluster']);
  });

  it.each([
    ['DeleteDBInstance', 'DBInstanceNotFoundFault', 'DBInstanceNotFound'],
    ['DeleteDBCluster', 'DBClusterNotFoundFault', undefined],
    ['DeleteDBSubnetGroup', 'DBSubnetGroupNotFoundFault', undefined],
  ])('goes on where something went before its %s', async (operation, fault, wireCode) => {
    const world = await databaseWorld(service);
    await world.ensure();
    world.once(`${prefix}:${operation}`, {
      kind: 'refuse',
      fault: new AwsFault(fault, 'not found', { status: 404, ...(wireCode ? { wireCode } : {}) }),
    });
    expect((await world.remove({ finalSnapshots: false })).answer.status).toBe('gone');
  });

  it('names the cluster that stays on our subnet group', async () => {
    const world = await databaseWorld(service);
    await world.ensure();
    arrange(world, (cluster) => {
      cluster.tags = {};
    });
    await expect(world.remove()).rejects.toMatchObject({
      name: 'RemovalBlockedError',
      message: expect.stringContaining(
        `${service.identifiers(world.plan()).subnetGroup} is used by cluster ${identifier}, which is not part of this removal. What to do: delete that cluster`,
      ),
    });
    expect(deletesOf(world)).toEqual([]);
  });

  it('leaves no subnet group and no parameter group, and says which logs stay', async () => {
    const world = await databaseWorld(service);
    await world.ensure();
    const { answer } = await world.remove();
    expect(answer.detail).toMatch(new RegExp(`^${service.title} is gone(; log group \\S+( \\S+)* stays)?$`));
    const { subnetGroups, parameterGroups } = world.test.aws.inspect('eu-central-1', rdsState);
    expect(Object.keys({ ...subnetGroups, ...parameterGroups })).toEqual([]);
  });

  it('says nothing of logs where they were to go, too', async () => {
    const world = await databaseWorld(service);
    await world.ensure();
    expect((await world.remove({ deleteLogs: true })).answer.detail).toBe(`${service.title} is gone`);
  });

  it('says that nothing was of a run which made none of it', async () => {
    const world = await databaseWorld(service);
    await world.ensure();
    const { answer } = await world.remove({ createdBy: 'run-2' });
    expect(answer.detail).toBe(`nothing of ${service.title} was made by this run`);
    expect(deletesOf(world)).toEqual([]);
  });

  it('says what to do about a protection', async () => {
    const world = await databaseWorld(service);
    await world.ensure(world.plan({ deletionProtection: true }));
    await expect(world.remove()).rejects.toThrow(
      /cluster \S+ is protected from deletion\. .*deletionProtection false, then run the removal again/,
    );
  });
});
