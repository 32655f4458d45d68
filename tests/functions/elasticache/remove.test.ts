import { describe, expect, it } from 'vitest';
import { AwsFault } from '#embedded/model.ts';
import { elasticacheState, type ReplicationGroup } from '#embedded/services/elasticache/state.ts';
import { remove } from '#functions/elasticache/remove.ts';
import { finalSnapshotName } from '#lib/data/final-snapshot.ts';
import { answerStep } from '#lib/run/step.ts';
import { sampleRemoval } from '../../support/plan.ts';
import { cacheWorld, name } from './world.ts';

type World = Awaited<ReturnType<typeof cacheWorld>>;

const deletesOf = ({ test }: World) =>
  test.aws.mutations.map(({ operation }) => operation).filter((operation) => operation.includes(':Delete'));

/** Somebody, or AWS, is at the group. */
const change = ({ test }: World, changes: Partial<ReplicationGroup>) =>
  test.aws.inspect('eu-central-1', (call) =>
    Object.assign(elasticacheState(call).replicationGroups[name]!, changes),
  );

const look = (changes: Parameters<typeof sampleRemoval>[0] = {}) =>
  answerStep('elasticache', { typicalSeconds: 60, deadlineSeconds: 7200 }, remove, {
    environment: sampleRemoval(changes),
    step: { step: 'accept', resources: {} } as Parameters<typeof answerStep>[3]['step'],
  });

describe('remove elasticache', () => {
  it('takes everything away and leaves a final snapshot', async () => {
    const world = await cacheWorld();
    await world.ensure();
    const { answer } = await world.remove();
    expect(answer).toMatchObject({ status: 'gone', detail: 'ElastiCache is gone' });
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
    expect(answer).toMatchObject({ status: 'gone', detail: 'ElastiCache is gone' });
    expect(looks).toBe(1);
    expect(world.test.aws.mutations.length).toBe(before);
  });

  it('leaves no snapshot where none is wanted, and waits for the subnet group to be let go of', async () => {
    const world = await cacheWorld();
    await world.ensure();
    const { looks } = await world.remove({ finalSnapshots: false });
    expect(looks).toBeGreaterThan(2);
    const [deleted] = world.mutationsOf('DeleteReplicationGroup');
    expect(deleted?.input).toEqual({ ReplicationGroupId: name });
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
    expect(world.mutationsOf('DeleteReplicationGroup')[0]?.input).toEqual({ ReplicationGroupId: name });
  });

  it.each([
    ['that is of another run', { createdBy: 'run-2' }, {}],
    ['that somebody else made', {}, { description: 'of somebody' }],
    [
      'of another environment',
      {},
      { description: 'Redis of AosCloud environment prod, made by execution run-1' },
    ],
    [
      'that only quotes ours',
      {},
      { description: 'not Redis of AosCloud environment dev, made by execution run-1' },
    ],
  ])('leaves a group alone that never came up and %s', async (_whose, removal, changes) => {
    const world = await cacheWorld();
    world.once('CreateReplicationGroup', { kind: 'outcome-fails' });
    await expect(world.ensure()).rejects.toMatchObject({ name: 'ResourceFailedError' });
    change(world, changes);
    await world.remove(removal).catch(() => undefined);
    expect(world.mutationsOf('DeleteReplicationGroup')).toEqual([]);
  });

  it.each([
    ['creating', 15],
    ['modifying', 15],
    ['snapshotting', 15],
    ['deleting', 60],
  ] as const)(
    'waits for a group that is %s, whose tags AWS does not show',
    async (status, retryAfterSeconds) => {
      const world = await cacheWorld();
      await world.ensure();
      change(world, { status });
      expect(await look()).toMatchObject({
        status: 'pending',
        detail: `ElastiCache replication group ${name} is ${status}`,
        retryAfterSeconds,
      });
      expect(deletesOf(world)).toEqual([]);
    },
  );

  it('waits longer for such a group than AWS’s refusals are borne with', async () => {
    const world = await cacheWorld();
    await world.ensure();
    change(world, { status: 'snapshotting' });
    let last = await look();
    for (const until = Date.now() + 3_600_000; Date.now() < until; world.test.advance(60)) {
      last = await answerStep('elasticache', { typicalSeconds: 60, deadlineSeconds: 7200 }, remove, {
        environment: sampleRemoval(),
        step: last,
      });
      expect(last.status).toBe('pending');
    }
    change(world, { status: 'available' });
    expect(await look()).toMatchObject({
      detail: `ElastiCache replication group ${name} is being deleted`,
      retryAfterSeconds: 300,
    });
  });

  it('goes on where the group went between the look and the delete', async () => {
    const world = await cacheWorld();
    await world.ensure();
    world.once('DeleteReplicationGroup', {
      kind: 'refuse',
      fault: new AwsFault('ReplicationGroupNotFoundFault', 'not found', { status: 404 }),
    });
    expect(await look()).toMatchObject({ status: 'pending' });
  });

  it('goes on where the subnet group went between the look and the delete', async () => {
    const world = await cacheWorld();
    await world.ensure();
    world.once('DeleteCacheSubnetGroup', {
      kind: 'refuse',
      fault: new AwsFault('CacheSubnetGroupNotFoundFault', 'not found', { status: 400 }),
    });
    expect((await world.remove({ finalSnapshots: false })).answer.status).toBe('gone');
  });

  it('does not take a refusal of the subnet group for its end', async () => {
    const world = await cacheWorld();
    await world.ensure();
    world.once('DeleteCacheSubnetGroup', {
      kind: 'refuse',
      fault: new AwsFault('AccessDenied', 'not allowed', { status: 403 }),
    });
    await expect(world.remove({ finalSnapshots: false })).rejects.toThrow(
      /elasticache:DeleteCacheSubnetGroup was refused with AccessDenied/,
    );
  });

  it('touches nothing that the named execution did not make', async () => {
    const world = await cacheWorld();
    await world.ensure();
    const { answer } = await world.remove({ createdBy: 'run-2', finalSnapshots: false });
    expect(answer).toMatchObject({
      status: 'gone',
      detail: 'nothing of ElastiCache is part of this removal',
    });
    expect(await world.groups()).toMatchObject([{ Status: 'available' }]);
    expect(deletesOf(world)).toEqual([]);
  });

  it('leaves a group of its name alone that is not ours', async () => {
    const world = await cacheWorld();
    await world.foreignGroup();
    const { answer } = await world.remove();
    expect(answer.status).toBe('gone');
    expect(deletesOf(world)).toEqual([]);
  });

  it('says which group of somebody else keeps our subnet group', async () => {
    const world = await cacheWorld();
    await world.ensure();
    change(world, { tags: {} });
    await expect(world.remove()).rejects.toMatchObject({
      name: 'RemovalBlockedError',
      message: expect.stringMatching(
        `subnet group ${name} is in use, and replication group ${name} is not part of this removal.*delete that group`,
      ),
    });
    expect(world.mutationsOf('DeleteReplicationGroup')).toEqual([]);
  });
});
