/** A change look by look: what is asked of AWS in which order, and what is only waited for. */
import { describe, expect, it } from 'vitest';
import { rdsState } from '#embedded/services/rds/state.ts';
import type { Resources } from '#lib/run/environment.ts';
import { bothServices, databaseWorld, type World } from './world.ts';

/** Orderable for both services. */
const larger = 'db.r6g.large';

/** Call and instance (or cluster) of everything that changed since. */
function since(world: World, before: number): string[] {
  return world.test.aws.mutations.slice(before).map(({ operation, input }) => {
    const name = input.TargetDBInstanceIdentifier ?? input.DBInstanceIdentifier ?? input.DBClusterIdentifier;
    return `${operation.split(':')[1]} ${name}`;
  });
}

describe.each(bothServices)('a look at a change of $service.step', ({ service }) => {
  const identifier = service.identifiers({ name: 'dev', region: 'eu-central-1' } as never).cluster;
  const title = `${service.title} instance`;
  const made = async (instances: number) => {
    const world = await databaseWorld(service);
    await world.ensure(world.plan({ instances }));
    // The first is the writer.
    world.test.aws.inspect('eu-central-1', (call) => {
      rdsState(call).clusters[identifier]!.writer = `${identifier}-1`;
    });
    const before = world.test.aws.mutations.length;
    return { world, before, changes: () => since(world, before) };
  };

  it('brings settings to the plan at once, and says which', async () => {
    const { world } = await made(1);
    expect((await world.lookAt(world.plan({ backupRetentionDays: 14 }, 'run-2'))).detail).toMatch(
      new RegExp(
        `^${service.title} cluster ${identifier}: updating ${service.step}\\.backupRetentionDays\\b.*14`,
      ),
    );
    expect(world.test.aws.mutations.at(-1)?.input).toMatchObject({
      ApplyImmediately: true,
      BackupRetentionPeriod: 14,
    });
  });

  it('asks half of the readers at a time, tells from what to what, and asks nothing twice', async () => {
    const { world, changes } = await made(5);
    const plan = world.plan({ instances: 5, instanceClass: larger }, 'run-2');
    const asked = await world.lookAt(plan);
    const readers = [2, 3].map((ordinal) => `${identifier}-${ordinal}`);
    const smaller = service.plan(world.plan()).instanceClass;
    const detail = `${title} ${readers.map((name) => `${name} from ${smaller}`).join(', ')} to ${larger}`;
    expect(asked.detail).toBe(detail);
    expect(changes()).toEqual(readers.map((name) => `ModifyDBInstance ${name}`));
    expect(Object.keys(asked.resources.changesAskedAt ?? {})).toEqual(readers);
    const noted: Resources = { changesAskedAt: asked.resources.changesAskedAt! };
    expect((await world.lookAt(plan, { noted })).detail).toBe(`${detail}: AWS has not begun yet`);
    expect(changes()).toHaveLength(2);
    world.test.aws.inspect('eu-central-1', (call) => {
      for (const name of readers) delete rdsState(call).instances[name]!.pendingClass;
    });
    Object.assign(noted, {
      changesAskedAt: Object.fromEntries(
        readers.map((name) => [name, new Date(Date.now() - 601_000).toISOString()]),
      ),
    });
    await expect(world.lookAt(plan, { noted })).rejects.toThrow(
      /10 minutes ago, and it is not made: \S+-2 is available, and as it was\. What to do: read the events of \S+-2 in the \w+ console/,
    );
  });

  it('sets an instance back that somebody left to the maintenance window, without a failover', async () => {
    const { world, changes } = await made(2);
    world.arrange((_cluster, [writer]) => {
      writer!.pendingClass = larger;
    });
    await world.lookAt(world.plan({ instances: 2 }, 'run-2'));
    expect(changes()).toEqual([`ModifyDBInstance ${identifier}-1`]);
  });

  it('fails over from the writer to one that has the class, and says why', async () => {
    const { world, changes } = await made(3);
    world.arrange((_cluster, [, ...readers]) => {
      for (const reader of readers) reader.instanceClass = larger;
    });
    const plan = world.plan({ instances: 3, instanceClass: larger }, 'run-2');
    expect((await world.lookAt(plan)).detail).toMatch(
      new RegExp(
        `^${service.title} cluster ${identifier} fails over from ${identifier}-1 to ${identifier}-2: it is to become ${larger}`,
      ),
    );
    expect(changes()).toEqual([`FailoverDBCluster ${identifier}-2`]);
  });

  it('does not fail over from a writer that AWS was asked to change', async () => {
    const { world, changes } = await made(2);
    world.arrange((_cluster, [, reader]) => {
      reader!.instanceClass = larger;
    });
    const noted = { changesAskedAt: { [`${identifier}-1`]: new Date().toISOString() } };
    const plan = world.plan({ instances: 2, instanceClass: larger }, 'run-2');
    expect((await world.lookAt(plan, { noted })).detail).toMatch(/AWS has not begun yet$/);
    expect(changes()).toEqual([]);
  });

  it('takes readers beyond the plan away, names them, and waits for those that are leaving', async () => {
    const { world, changes } = await made(3);
    const plan = world.plan({ instances: 1 }, 'run-2');
    const beyond = [2, 3].map((ordinal) => `${identifier}-${ordinal}`);
    expect((await world.lookAt(plan)).detail).toBe(
      `${title} ${beyond.join(', ')} is one more than requested and is being deleted`,
    );
    expect(changes()).toEqual(beyond.map((name) => `DeleteDBInstance ${name}`));
    expect((await world.lookAt(plan)).detail).toBe(
      `${title} ${beyond.map((name) => `${name} is deleting`).join(', ')}`,
    );
    expect(changes()).toHaveLength(2);
  });

  it('fails over before a writer beyond the plan goes, readers beyond it included', async () => {
    const { world, changes } = await made(3);
    await world.failOverTo(`${identifier}-3`);
    const failover = changes().length;
    expect((await world.lookAt(world.plan({ instances: 1 }, 'run-2'))).detail).toBe(
      `${service.title} cluster ${identifier} fails over from ${identifier}-3 to ${identifier}-1: ${identifier}-3 is one more than requested`,
    );
    expect(changes().slice(failover)).toEqual([`FailoverDBCluster ${identifier}-1`]);
  });

  it('leaves instances of other names that are not its own, whatever number they end in', async () => {
    const { world, changes } = await made(1);
    world.arrange((cluster, [instance], rds) => {
      for (const id of [`${identifier}-x7`, 'reporting-and-a-long-name-9', `${identifier}-02`]) {
        cluster.members.push(id);
        rds.instances[id] = { ...structuredClone(instance!), id, arn: `arn:${id}` };
      }
    });
    expect((await world.lookAt(world.plan({ instances: 1 }, 'run-2'))).status).toBe('ready');
    expect(changes()).toEqual([]);
  });
});

it('asks Aurora for a version once, and waits for it to begin', async () => {
  const [{ service }] = bothServices as [(typeof bothServices)[0]];
  const world = await databaseWorld(service);
  await world.ensure();
  const plan = world.plan({ engineVersion: '16.9' }, 'run-2');
  const asked = await world.lookAt(plan);
  expect(asked.detail).toMatch(/^Aurora cluster \S+: updating aurora\.engineVersion\b.*16\.9/);
  expect(world.test.aws.mutations.at(-1)?.input).toMatchObject({
    ApplyImmediately: true,
    EngineVersion: '16.9',
  });
  const before = world.mutations().length;
  const noted = { changesAskedAt: asked.resources.changesAskedAt! };
  expect((await world.lookAt(plan, { noted })).detail).toMatch(/AWS has not begun yet$/);
  expect(world.mutations()).toHaveLength(before);
});
