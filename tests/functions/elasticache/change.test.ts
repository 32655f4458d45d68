import { describe, expect, it } from 'vitest';
import { cacheFault, elasticacheState } from '#embedded/services/elasticache/state.ts';
import type { EnvironmentPlan } from '#lib/run/environment.ts';
import { samplePlan } from '../../support/plan.ts';
import { cacheWorld, name } from './world.ts';

type Figures = Partial<EnvironmentPlan['elasticache']>;

const figures = (changes: Figures, execution = 'run-2'): Partial<EnvironmentPlan> => ({
  execution,
  elasticache: { ...samplePlan().elasticache, ...changes },
});

/** A living cache, then the plan changed and run; and run again. */
async function changed(from: Figures, to: Figures) {
  const world = await cacheWorld();
  await world.ensure(figures(from, 'run-1'));
  const before = world.test.aws.mutations.length;
  const { answer } = await world.ensure(figures({ ...from, ...to }));
  expect(answer.status).toBe('ready');
  const changes = world.test.aws.mutations.slice(before).map(({ operation }) => operation.split(':')[1]);
  const after = world.test.aws.mutations.length;
  expect((await world.ensure(figures({ ...from, ...to }, 'run-3'))).answer.status).toBe('ready');
  expect(world.test.aws.mutations.length).toBe(after);
  return { world, changes, answer };
}

const nodesOf = async (world: Awaited<ReturnType<typeof cacheWorld>>) =>
  (await world.groups())[0]?.MemberClusters;

describe('changing a living cache', () => {
  it('gives it another node type', async () => {
    const { world, changes } = await changed({}, { nodeType: 'cache.r7g.large' });
    expect(changes).toEqual(['ModifyReplicationGroup']);
    expect(await world.groups()).toMatchObject([{ CacheNodeType: 'cache.r7g.large' }]);
  });

  it('adds replicas', async () => {
    const { world, changes, answer } = await changed({ replicas: 1 }, { replicas: 3 });
    expect(changes).toEqual(['IncreaseReplicaCount']);
    expect(await nodesOf(world)).toHaveLength(4);
    expect(answer.detail).toContain('with 3 replicas');
  });

  it('takes replicas away, and never the primary', async () => {
    const world = await cacheWorld();
    await world.ensure(figures({ replicas: 3 }, 'run-1'));
    world.test.aws.inspect('eu-central-1', (call) => {
      elasticacheState(call).replicationGroups[name]!.primary = `${name}-004`;
    });
    await world.ensure(figures({ replicas: 1 }));
    expect(await nodesOf(world)).toEqual([`${name}-001`, `${name}-004`]);
  });

  it('changes what interrupts least first, one thing at a time', async () => {
    const { changes } = await changed(
      { engineVersion: '7.0' },
      { engineVersion: '7.1', nodeType: 'cache.r7g.large', replicas: 2, snapshotRetentionDays: 3 },
    );
    expect(changes).toEqual([
      'ModifyReplicationGroup',
      'ModifyReplicationGroup',
      'ModifyReplicationGroup',
      'IncreaseReplicaCount',
    ]);
  });

  it('names the parameter group of another major version', async () => {
    const { world } = await changed({ engineVersion: '6.2' }, { engineVersion: '7.1' });
    expect(world.mutationsOf('ModifyReplicationGroup')[0]?.input).toMatchObject({
      EngineVersion: '7.1',
      CacheParameterGroupName: 'default.redis7',
      ApplyImmediately: true,
    });
  });

  it('becomes Valkey in place, with the parameter group of its family', async () => {
    const { world, changes } = await changed(
      { engineVersion: '7.1' },
      { engine: 'valkey', engineVersion: '8.1' },
    );
    expect(changes).toEqual(['ModifyReplicationGroup']);
    expect(world.mutationsOf('ModifyReplicationGroup')[0]?.input).toEqual({
      ReplicationGroupId: name,
      ApplyImmediately: true,
      Engine: 'valkey',
      EngineVersion: '8.1',
      CacheParameterGroupName: 'default.valkey8',
    });
    expect(await world.groups()).toMatchObject([{ Engine: 'valkey' }]);
  });

  it('goes onward within Valkey, and names a group for another family only', async () => {
    const { world } = await changed(
      { engine: 'valkey', engineVersion: '7.2' },
      { engine: 'valkey', engineVersion: '8.0' },
    );
    const later = await world.ensure(figures({ engine: 'valkey', engineVersion: '8.1' }, 'run-4'));
    expect(later.answer.status).toBe('ready');
    expect(
      world
        .mutationsOf('ModifyReplicationGroup')
        .map(({ input }) => [input.Engine, input.CacheParameterGroupName]),
    ).toEqual([
      [undefined, 'default.valkey8'],
      [undefined, undefined],
    ]);
  });

  it('takes neither version nor engine back', async () => {
    const { changes } = await changed(
      { engine: 'valkey', engineVersion: '8.1' },
      { engine: 'redis', engineVersion: '7.1' },
    );
    expect(changes).toEqual([]);
  });

  it('takes no version back', async () => {
    const { changes } = await changed({ engineVersion: '7.1' }, { engineVersion: '7.0' });
    expect(changes).toEqual([]);
  });

  it('fails over by itself again once there is a replica, where somebody took all away', async () => {
    const world = await cacheWorld();
    await world.ensure(figures({}, 'run-1'));
    world.test.aws.inspect('eu-central-1', (call) => {
      const group = elasticacheState(call).replicationGroups[name]!;
      Object.assign(group, {
        members: group.members.slice(0, 1),
        automaticFailover: false,
        multiZone: false,
      });
    });
    const before = world.test.aws.mutations.length;
    await world.ensure(figures({}));
    const changes = world.test.aws.mutations.slice(before).map(({ operation }) => operation.split(':')[1]);
    expect(changes).toEqual(['IncreaseReplicaCount', 'ModifyReplicationGroup']);
    expect(await world.groups()).toMatchObject([{ MultiAZ: 'enabled', AutomaticFailover: 'enabled' }]);
  });

  it.each(['IncreaseReplicaCount', 'ModifyReplicationGroup'])(
    'changes nothing twice when the answer of %s is lost',
    async (operation) => {
      const world = await cacheWorld();
      await world.ensure(figures({}, 'run-1'));
      world.once(operation, { kind: 'answer-lost' });
      await world.ensure(figures({ replicas: 2, snapshotRetentionDays: 3 }));
      expect(await nodesOf(world)).toHaveLength(3);
      expect(await world.groups()).toMatchObject([{ SnapshotRetentionLimit: 3 }]);
    },
  );

  it('waits for a backup that began meanwhile', async () => {
    const world = await cacheWorld();
    await world.ensure(figures({}, 'run-1'));
    world.once('IncreaseReplicaCount', {
      kind: 'refuse',
      fault: cacheFault(
        'InvalidReplicationGroupStateFault',
        `Replication group ${name} is not in a valid state to be modified: it has status snapshotting.`,
      ),
    });
    const { answer } = await world.ensure(figures({ replicas: 2 }));
    expect(answer.status).toBe('ready');
    expect(await nodesOf(world)).toHaveLength(3);
  });
});
