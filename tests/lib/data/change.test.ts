import { describe, expect, it } from 'vitest';
import { rdsState } from '#embedded/services/rds/state.ts';
import type { EnvironmentPlan } from '#lib/run/environment.ts';
import { bothServices, databaseWorld, type World } from './world.ts';

const region = 'eu-central-1';
/** Orderable for both services. */
const larger = 'db.r6g.large';

/** What changes a world from `before` on: operation and the instance or cluster it names, in order. */
function changesSince(world: World, before: number): string[] {
  return world.test.aws.mutations.slice(before).map(({ operation, input }) => {
    const name = input.TargetDBInstanceIdentifier ?? input.DBInstanceIdentifier ?? input.DBClusterIdentifier;
    return `${operation.split(':')[1]} ${String(name).replace(/^.*-(aurora|documentdb)-?/, '')}`.trim();
  });
}

/** A living database, then the plan changed and run; and run again. */
async function changed(
  world: World,
  from: Partial<EnvironmentPlan['aurora']>,
  to: Partial<EnvironmentPlan['aurora']>,
) {
  await world.ensure(world.plan(from));
  const before = world.test.aws.mutations.length;
  const { answer } = await world.ensure(world.plan({ ...from, ...to }, 'run-2'));
  expect(answer.status).toBe('ready');
  const changes = changesSince(world, before);
  const after = world.test.aws.mutations.length;
  const again = await world.ensure(world.plan({ ...from, ...to }, 'run-3'));
  expect(again.answer.status).toBe('ready');
  expect(world.test.aws.mutations.length).toBe(after);
  return { changes, answer };
}

const classesOf = async (world: World) =>
  (await world.instances()).map(({ DBInstanceClass }) => DBInstanceClass);

describe.each(bothServices)('changing a living $service.step', ({ service, prefix }) => {
  const identifier = service.identifiers({ name: 'dev', region } as never).cluster;

  it('gives a single instance its class, which nothing can take over from', async () => {
    const world = await databaseWorld(service);
    const { changes } = await changed(world, { instances: 1 }, { instanceClass: larger });
    expect(changes).toEqual(['ModifyDBInstance 1']);
    expect(await classesOf(world)).toEqual([larger]);
  });

  it('changes readers, half at a time, then fails over, then the former writer', async () => {
    const world = await databaseWorld(service);
    const { changes } = await changed(world, { instances: 3 }, { instanceClass: larger });
    expect(changes).toEqual([
      'ModifyDBInstance 2',
      'ModifyDBInstance 3',
      'FailoverDBCluster 2',
      'ModifyDBInstance 1',
    ]);
    expect(await classesOf(world)).toEqual([larger, larger, larger]);
    expect(await world.writer()).toBe(`${identifier}-2`);
  });

  it('adds what is missing before the writer hands over', async () => {
    const world = await databaseWorld(service);
    const { changes } = await changed(world, { instances: 1 }, { instances: 2, instanceClass: larger });
    expect(changes).toEqual(['CreateDBInstance 2', 'FailoverDBCluster 2', 'ModifyDBInstance 1']);
  });

  it('takes readers beyond the plan away', async () => {
    const world = await databaseWorld(service);
    const { changes } = await changed(world, { instances: 3 }, { instances: 1 });
    expect(changes).toEqual(['DeleteDBInstance 2', 'DeleteDBInstance 3']);
    expect(await world.instances()).toHaveLength(1);
  });

  it('never takes the writer away: it hands over first', async () => {
    const world = await databaseWorld(service);
    await world.ensure(world.plan({ instances: 2 }));
    await world.failOverTo(`${identifier}-2`);
    const { changes } = await changed(world, { instances: 2 }, { instances: 1 });
    expect(changes).toEqual(['FailoverDBCluster 1', 'DeleteDBInstance 2']);
    expect(await world.writer()).toBe(`${identifier}-1`);
  });

  it('gives no class to an instance that somebody made under a name of ours', async () => {
    const world = await databaseWorld(service);
    await world.ensure(world.plan({ instances: 1 }));
    await service.calls(world.plan()).createInstance({
      DBInstanceIdentifier: `${identifier}-2`,
      DBInstanceClass: larger,
      Engine: service.engine,
      DBClusterIdentifier: identifier,
    });
    world.test.advance(600);
    const before = world.test.aws.mutations.length;
    await expect(world.ensure(world.plan({ instances: 2 }, 'run-2'))).rejects.toThrow(
      /instance \S+-2 is in the cluster under a name of ours and does not carry the tags of environment dev/,
    );
    expect(changesSince(world, before)).toEqual([]);
  });

  it('leaves a reader that somebody added, and says so', async () => {
    const world = await databaseWorld(service);
    await world.ensure(world.plan({ instances: 1 }));
    await service.calls(world.plan()).createInstance({
      DBInstanceIdentifier: `${identifier}-2`,
      DBInstanceClass: larger,
      Engine: service.engine,
      DBClusterIdentifier: identifier,
    });
    world.test.advance(600);
    const { answer } = await world.ensure(world.plan({ instances: 1 }, 'run-2'));
    expect(answer.detail).toMatch(/1 more than requested/);
    expect(await world.instances()).toHaveLength(2);
  });

  it('does at once what somebody left to the maintenance window', async () => {
    const world = await databaseWorld(service);
    await world.ensure(world.plan({ instances: 1 }));
    await service.calls(world.plan()).modifyInstance({
      DBInstanceIdentifier: `${identifier}-1`,
      DBInstanceClass: larger,
    });
    // Back to what was asked for: the window would have changed it behind the run's back.
    await world.ensure(world.plan({ instances: 1 }, 'run-2'));
    world.test.advance(3600);
    expect((await world.instances())[0]?.PendingModifiedValues?.DBInstanceClass).toBeUndefined();
    const { answer } = await world.ensure(world.plan({ instances: 1, instanceClass: larger }, 'run-3'));
    expect(answer.status).toBe('ready');
    expect(await classesOf(world)).toEqual([larger]);
  });

  it('says by name that AWS took a change and never made it', async () => {
    const world = await databaseWorld(service);
    await world.ensure(world.plan({ instances: 1 }));
    world.test.aws.inject = ({ operation, input }) => {
      // Without ApplyImmediately nothing comes of it.
      if (operation === `${prefix}:ModifyDBInstance`)
        delete (input as { ApplyImmediately?: true }).ApplyImmediately;
      return undefined;
    };
    await expect(world.ensure(world.plan({ instances: 1, instanceClass: larger }, 'run-2'))).rejects.toThrow(
      /AWS took the change of .*-1 from .* to db\.r6g\.large.* What to do: read the events/,
    );
  });

  it('changes class when the answer of the call is lost', async () => {
    const world = await databaseWorld(service);
    await world.ensure(world.plan({ instances: 2 }));
    world.once(`${prefix}:ModifyDBInstance`, { kind: 'answer-lost' });
    await world.ensure(world.plan({ instances: 2, instanceClass: larger }, 'run-2'));
    expect(await classesOf(world)).toEqual([larger, larger]);
  });

  it('switches the storage type and the rest of the settings in one call', async () => {
    const world = await databaseWorld(service);
    const storageType = service.step === 'aurora' ? 'aurora-iopt1' : 'iopt1';
    const { changes } = await changed(world, {}, { storageType, backupRetentionDays: 14 });
    expect(changes).toHaveLength(1);
    expect(await world.cluster()).toMatchObject({ StorageType: storageType, BackupRetentionPeriod: 14 });
  });

  it('takes back, in a rollback, only a reader the cluster does not need', async () => {
    const world = await databaseWorld(service);
    await world.ensure(world.plan({ instances: 1 }));
    await world.ensure(world.plan({ instances: 2 }, 'run-2'));
    // The older instance is changing when the run is taken back.
    await service.calls(world.plan()).modifyInstance({
      DBInstanceIdentifier: `${identifier}-1`,
      DBInstanceClass: larger,
      ApplyImmediately: true,
    });
    world.test.advance(60);
    await world.failOverTo(`${identifier}-1`).catch(() => undefined);
    const writer = await world.writer();
    const { answer } = await world.remove({ createdBy: 'run-2' });
    expect(answer.status).toBe('gone');
    expect(answer.detail).toContain('it is the writer');
    expect(await world.writer()).toBe(writer);
    expect(await world.instances()).toHaveLength(2);
  });

  it('waits, in a rollback, for a writer that is just changing before its reader goes', async () => {
    const world = await databaseWorld(service);
    await world.ensure(world.plan({ instances: 1 }));
    await world.ensure(world.plan({ instances: 2 }, 'run-2'));
    world.test.aws.inspect(region, (call) => {
      rdsState(call).instances[`${identifier}-1`]!.status = 'modifying';
      call.schedule('rds:instanceModified', `${identifier}-1`, 300_000);
    });
    const { answer, seconds } = await world.remove({ createdBy: 'run-2' });
    expect(answer.status).toBe('gone');
    expect(seconds).toBeGreaterThan(300);
    expect(await world.instances()).toHaveLength(1);
  });

  it('leaves, in a rollback, a reader of a cluster whose writer does not work', async () => {
    const world = await databaseWorld(service);
    await world.ensure(world.plan({ instances: 1 }));
    await world.ensure(world.plan({ instances: 2 }, 'run-2'));
    world.test.aws.inspect(region, (call) => {
      rdsState(call).instances[`${identifier}-1`]!.status = 'incompatible-network';
    });
    const { answer } = await world.remove({ createdBy: 'run-2' });
    expect(answer.detail).toMatch(/the writer of cluster .* does not work/);
    expect(await world.instances()).toHaveLength(2);
  });
});

describe('a minor version of aurora', () => {
  const [{ service }] = bothServices as [(typeof bothServices)[0]];

  it('is changed in place, after which a second run finds nothing to do', async () => {
    const world = await databaseWorld(service);
    const { changes } = await changed(world, { instances: 2 }, { engineVersion: '16.9' });
    expect(changes).toHaveLength(1);
    expect(await world.cluster()).toMatchObject({ EngineVersion: '16.9', Status: 'available' });
  });

  it('comes before instances of another class', async () => {
    const world = await databaseWorld(service);
    const { changes } = await changed(
      world,
      {},
      { engineVersion: '16.8', instanceClass: larger, instances: 2 },
    );
    expect(changes.map((change) => change.split(' ')[0])).toEqual([
      'ModifyDBCluster',
      'CreateDBInstance',
      'FailoverDBCluster',
      'ModifyDBInstance',
    ]);
  });
});
