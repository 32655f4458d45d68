import { describe, expect, it } from 'vitest';
import { AwsFault } from '#embedded/model.ts';
import { rdsState } from '#embedded/services/rds/state.ts';
import { upgradeSnapshotName } from '#lib/data/final-snapshot.ts';
import { bothServices, databaseWorld, type World } from './world.ts';

const region = 'eu-central-1';
const paths = {
  aurora: { from: '15.13', to: '16.9', families: ['aurora-postgresql15', 'aurora-postgresql16'] },
  documentdb: { from: '4.0.0', to: '5.0.0', families: ['docdb4.0', 'docdb5.0'] },
} as const;

const stateIn = (world: World) => world.test.aws.inspect(region, (call) => structuredClone(rdsState(call)));
const groupsIn = (world: World) =>
  Object.values(stateIn(world).parameterGroups ?? {}).map(({ name, family }) => `${name} ${family}`);

describe.each(bothServices)('another major version of $service.step', ({ service, prefix }) => {
  const { from, to, families } = paths[service.step];
  const { cluster: identifier, parameterGroups } = service.identifiers({ name: 'dev', region });
  const [first, second] = parameterGroups;
  const upgraded = (execution: string) => ({
    engineVersion: to,
    allowMajorUpgrade: true,
    formerParameterGroups: [first],
    execution,
  });
  const planFor = (world: World, execution = 'run-2') => {
    const { execution: _run, ...changes } = upgraded(execution);
    return world.plan(changes, execution);
  };
  const living = async (instances = 2): Promise<World> => {
    const world = await databaseWorld(service);
    await world.ensure(world.plan({ engineVersion: from, instances }));
    return world;
  };

  it('has its group beside, its snapshot first, one call for the version, and the former group gone after it', async () => {
    const world = await living();
    const before = world.test.aws.mutations.length;
    const { answer } = await world.ensure(planFor(world));
    expect(answer.status).toBe('ready');
    expect(answer.detail).toContain(
      `it is ${to} now, and snapshot ${upgradeSnapshotName(identifier, 'run-2')} from before that stays`,
    );
    const made = world.test.aws.mutations.slice(before);
    expect(made.map(({ operation }) => operation.split(':')[1])).toEqual([
      'CreateDBClusterParameterGroup',
      'ModifyDBClusterParameterGroup',
      'CreateDBClusterSnapshot',
      'ModifyDBCluster',
      'DeleteDBInstance',
      'DeleteDBClusterParameterGroup',
    ]);
    expect(made[3]?.input).toEqual({
      DBClusterIdentifier: identifier,
      ApplyImmediately: true,
      EngineVersion: to,
      AllowMajorVersionUpgrade: true,
      DBClusterParameterGroupName: second,
    });
    expect(groupsIn(world)).toEqual([`${second} ${families[1]}`]);
    expect(stateIn(world).clusters[identifier]).toMatchObject({ engineVersion: to, parameterGroup: second });
    expect(stateIn(world).snapshots).toMatchObject({
      [upgradeSnapshotName(identifier, 'run-2')]: {
        status: 'available',
        engineVersion: from,
        tags: {
          'aoscloud:environment': 'dev',
          'aoscloud:created-by': 'run-2',
          'aoscloud:component': `${service.step}/snapshot-before-${to}`,
        },
      },
    });
    const after = world.test.aws.mutations.length;
    expect((await world.ensure(planFor(world, 'run-3'))).answer.status).toBe('ready');
    expect(world.test.aws.mutations.length).toBe(after);
  });

  it('takes along what people set in the group', async () => {
    const world = await living(1);
    const [name, value] =
      service.step === 'aurora' ? ['log_min_duration_statement', '500'] : ['profiler_threshold_ms', '50'];
    await service.calls(world.plan()).modifyParameterGroup({
      DBClusterParameterGroupName: first,
      Parameters: [{ ParameterName: name, ParameterValue: value, ApplyMethod: 'pending-reboot' }],
    });
    await world.ensure(planFor(world));
    expect(stateIn(world).parameterGroups?.[second]?.parameters).toMatchObject({ [name as string]: value });
  });

  it('is not asked for without a snapshot that is there', async () => {
    const world = await living(1);
    world.once(`${prefix}:CreateDBClusterSnapshot`, { kind: 'outcome-fails' });
    await expect(world.ensure(planFor(world))).rejects.toThrow(
      /snapshot \S+-before-\S+ of .* is failed; nothing is upgraded without it/,
    );
    expect(stateIn(world).clusters[identifier]).toMatchObject({ engineVersion: from, status: 'available' });
    expect(world.mutations()).not.toContain('ModifyDBCluster');
  });

  it('that AWS begins and gives up fails, and says where to look', async () => {
    const world = await living(1);
    world.once(`${prefix}:ModifyDBCluster`, { kind: 'outcome-fails' });
    await expect(world.ensure(planFor(world))).rejects.toThrow(
      /AWS took the change of \S+engineVersion from .* minutes ago, and it is not made: .*(pg_upgrade_precheck\.log|DocumentDB console)/,
    );
    expect(stateIn(world).clusters[identifier]).toMatchObject({ engineVersion: from, parameterGroup: first });
    await world.ensure(planFor(world, 'run-3'));
    expect(stateIn(world).clusters[identifier]).toMatchObject({ engineVersion: to });
    expect(Object.keys(stateIn(world).snapshots)).toHaveLength(2);
  });

  it.each(['CreateDBClusterParameterGroup', 'CreateDBClusterSnapshot', 'ModifyDBCluster'])(
    'goes on where the answer of %s is lost',
    async (operation) => {
      const world = await living(1);
      world.once(`${prefix}:${operation}`, { kind: 'answer-lost' });
      expect((await world.ensure(planFor(world))).answer.status).toBe('ready');
      expect(Object.keys(stateIn(world).snapshots)).toHaveLength(1);
      expect(groupsIn(world)).toEqual([`${second} ${families[1]}`]);
    },
  );

  it('may take longer than all the rest that this step does', async () => {
    const world = await living(1);
    const allowed = { elapsedSeconds: 7200 + 3600 };
    expect((await world.lookAt(planFor(world), allowed)).status).toBe('pending');
    await expect(
      world.lookAt(world.plan({ engineVersion: from, instances: 2 }), allowed),
    ).rejects.toMatchObject({
      name: 'StepTimedOutError',
    });
  });

  it('that a plan does not allow is asked for without the word that AWS wants, and refused', async () => {
    const world = await living(1);
    await expect(world.ensure(world.plan({ engineVersion: to }, 'run-2'))).rejects.toThrow(
      /AllowMajorVersionUpgrade/,
    );
    expect(stateIn(world).snapshots).toEqual({});
  });

  it('changes no security group on the way, which AWS refuses: that comes before', async () => {
    const world = await living(1);
    world.arrange((cluster) => {
      cluster.securityGroupIds = [];
    });
    const before = world.test.aws.mutations.length;
    await world.ensure(planFor(world));
    const modified = world.test.aws.mutations
      .slice(before)
      .filter(({ operation }) => operation.endsWith(':ModifyDBCluster'))
      .map(({ input }) => Object.keys(input).filter((key) => /Security|Engine/.test(key)));
    expect(modified).toEqual([['VpcSecurityGroupIds'], ['EngineVersion']]);
  });

  describe('taken back', () => {
    it('before it began leaves the cluster as it was, without the group, and names the snapshot that stays', async () => {
      const world = await living(1);
      world.once(`${prefix}:ModifyDBCluster`, {
        kind: 'refuse',
        fault: new AwsFault('InvalidParameterCombination', 'no', { status: 400 }),
      });
      await expect(world.ensure(planFor(world))).rejects.toThrow();
      const { answer } = await world.remove({ createdBy: 'run-2', unprotect: true });
      expect(answer.detail).toContain(
        `snapshot ${upgradeSnapshotName(identifier, 'run-2')} stays although this run made it: it holds the data`,
      );
      expect(groupsIn(world)).toEqual([`${first} ${families[0]}`]);
      expect(stateIn(world).clusters[identifier]).toMatchObject({ engineVersion: from });
    });

    it('once it is done keeps the version, and names the group it needs', async () => {
      const world = await living(1);
      await world.ensure(planFor(world));
      const { answer } = await world.remove({ createdBy: 'run-2', unprotect: true });
      expect(answer.detail).toContain(
        `cluster parameter group ${second} stays although this run made it: cluster ${identifier}, which is older, uses it`,
      );
      expect(answer.detail).toContain('stays although this run made it: it holds the data');
      expect(stateIn(world).clusters[identifier]).toMatchObject({
        engineVersion: to,
        parameterGroup: second,
      });
    });
  });

  it('leaves its snapshot behind when everything is removed, and the removal says so', async () => {
    const world = await living(1);
    await world.ensure(planFor(world));
    const { answer } = await world.remove();
    expect(answer.detail).toContain(
      `${service.title} snapshot ${upgradeSnapshotName(identifier, 'run-2')} stays: it holds the data`,
    );
    expect(groupsIn(world)).toEqual([]);
    expect(Object.keys(stateIn(world).snapshots)).toHaveLength(2);
  });
});

it('of Aurora 17 and later has a group of ours where the former one was, as AWS may have none of its own yet', async () => {
  const { service } = bothServices[0]!;
  const [first, second] = service.identifiers({ name: 'dev', region }).parameterGroups;
  const upgrade = {
    engineVersion: '17.5',
    allowMajorUpgrade: true,
    instances: 1,
    formerParameterGroups: [first],
  };
  const plain = await databaseWorld(service);
  await plain.ensure(plain.plan({ engineVersion: '16.9' }));
  await plain.ensure(plain.plan(upgrade, 'run-2'));
  expect((await plain.cluster())?.DBClusterParameterGroup).toBe(second);
  expect(stateIn(plain).parameterGroups?.[second]?.parameters).toEqual({});
  expect(groupsIn(plain)).toEqual([`${second} aurora-postgresql17`]);

  const set = await databaseWorld(service);
  await set.ensure(set.plan({ engineVersion: '16.9' }));
  await service.calls(set.plan()).modifyParameterGroup({
    DBClusterParameterGroupName: first,
    Parameters: [
      { ParameterName: 'rds.logical_replication', ParameterValue: '1', ApplyMethod: 'pending-reboot' },
    ],
  });
  await set.ensure(set.plan(upgrade, 'run-2'));
  expect((await set.cluster())?.DBClusterParameterGroup).toBe(second);
  expect(stateIn(set).parameterGroups?.[second]?.parameters).toEqual({ 'rds.logical_replication': '1' });
});

it('of DocumentDB comes before the storage that only it has', async () => {
  const { service } = bothServices[1]!;
  const world = await databaseWorld(service);
  await world.ensure(world.plan({ engineVersion: '4.0.0' }));
  const before = world.test.aws.mutations.length;
  await world.ensure(
    world.plan({ engineVersion: '5.0.0', allowMajorUpgrade: true, storageType: 'iopt1' }, 'run-2'),
  );
  const modified = world.test.aws.mutations
    .slice(before)
    .filter(({ operation }) => operation === 'docdb:ModifyDBCluster')
    .map(({ input }) => input.EngineVersion ?? input.StorageType);
  expect(modified).toEqual(['5.0.0', 'iopt1']);
});
