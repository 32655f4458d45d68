/** A removal look by look: what AWS or somebody else left the database in, and what the person watching reads. */
import { describe, expect, it } from 'vitest';
import { rdsFault, rdsState } from '#embedded/services/rds/state.ts';
import { bothServices, databaseWorld } from './world.ts';

describe.each(bothServices)('a look at a removal of $service.step', ({ service, prefix }) => {
  const identifier = service.identifiers({ name: 'dev', region: 'eu-central-1' } as never).cluster;

  it('only waits for a cluster that is being deleted, and gives an ordinary one its time', async () => {
    const world = await databaseWorld(service);
    await world.ensure();
    expect(await world.look()).toMatchObject({
      status: 'pending',
      detail: `${service.title} cluster ${identifier} is being deleted`,
      retryAfterSeconds: 300,
    });
    const deletes = world.deletes().length;
    expect(await world.look()).toMatchObject({
      detail: `${service.title} cluster ${identifier} is being deleted`,
      retryAfterSeconds: 60,
    });
    expect(world.deletes()).toHaveLength(deletes);
  });

  it('starts a stopped cluster and deletes none of its instances before it runs', async () => {
    const world = await databaseWorld(service);
    await world.ensure();
    world.arrange((cluster, instances) => {
      cluster.status = 'stopped';
      for (const instance of instances) instance.status = 'stopped';
    });
    expect(await world.look()).toMatchObject({
      status: 'pending',
      detail: `${service.title} cluster ${identifier} is stopped, and started because AWS deletes none that is`,
      retryAfterSeconds: 60,
    });
    expect(world.test.aws.mutations.at(-1)).toMatchObject({
      operation: `${prefix}:StartDBCluster`,
      input: { DBClusterIdentifier: identifier },
    });
    expect((await world.remove()).answer.status).toBe('gone');
  });

  it.each(['stopping', 'starting'] as const)('touches no cluster that is %s', async (status) => {
    const world = await databaseWorld(service);
    await world.ensure(world.plan({ deletionProtection: true }));
    world.arrange((cluster) => {
      cluster.status = status;
    });
    const before = world.test.aws.mutations.length;
    expect(await world.look({ unprotect: true })).toMatchObject({
      status: 'pending',
      detail: `${service.title} cluster ${identifier} is ${status}`,
      retryAfterSeconds: 60,
    });
    expect(world.test.aws.mutations).toHaveLength(before);
  });

  it('lifts a protection at once, not in the next maintenance window', async () => {
    const world = await databaseWorld(service);
    await world.ensure(world.plan({ deletionProtection: true }));
    expect(await world.look({ unprotect: true })).toMatchObject({
      status: 'pending',
      detail: `deletion protection of ${service.title} cluster ${identifier} is being lifted`,
      retryAfterSeconds: 5,
    });
    expect(world.test.aws.mutations.at(-1)?.input).toEqual({
      DBClusterIdentifier: identifier,
      DeletionProtection: false,
      ApplyImmediately: true,
    });
    expect(world.deletes()).toEqual([]);
  });

  it.each([
    ['the reader', 1],
    ['the writer', 0],
  ])('deletes the rest where %s is going already', async (_which, going) => {
    const world = await databaseWorld(service);
    await world.ensure(world.plan({ instances: 2 }));
    world.arrange((_cluster, instances) => {
      instances[going]!.status = 'deleting';
    });
    expect(await world.look()).toMatchObject({
      detail: `${service.title} cluster ${identifier} is being deleted`,
    });
    expect(world.deletes()).toEqual(['DeleteDBInstance', 'DeleteDBCluster']);
  });

  it('asks for each of three instances and the cluster once, in one look', async () => {
    const world = await databaseWorld(service);
    await world.ensure(world.plan({ instances: 3 }));
    expect(await world.look()).toMatchObject({
      detail: `${service.title} cluster ${identifier} is being deleted`,
    });
    expect(world.deletes()).toEqual([...Array(3).fill('DeleteDBInstance'), 'DeleteDBCluster']);
  });

  it('looks again soon at a cluster that never had an instance', async () => {
    const world = await databaseWorld(service);
    await world.ensure();
    world.arrange((cluster, _instances, rds) => {
      cluster.members = [];
      rds.instances = {};
    });
    expect(await world.look()).toMatchObject({ status: 'pending', retryAfterSeconds: 15 });
    expect(world.deletes()).toEqual(['DeleteDBCluster']);
  });

  it('does not stop at a reader of somebody else that is leaving', async () => {
    const world = await databaseWorld(service);
    await world.ensure(world.plan({ instances: 2 }));
    world.arrange((_cluster, instances) => {
      Object.assign(instances[1]!, { status: 'deleting', tags: {} });
    });
    await world.look();
    expect(world.deletes()).toEqual(['DeleteDBInstance', 'DeleteDBCluster']);
  });

  it('deletes the cluster in the same look where an instance went before its delete', async () => {
    const world = await databaseWorld(service);
    await world.ensure();
    world.test.aws.inject = (call) => {
      if (call.operation !== `${prefix}:DeleteDBInstance`) return undefined;
      world.arrange((cluster, _instances, rds) => {
        cluster.members = [];
        rds.instances = {};
      });
      return { kind: 'refuse', fault: rdsFault('DBInstanceNotFoundFault', 'not found') };
    };
    expect((await world.look()).detail).toMatch(`${service.title} cluster ${identifier} is being deleted`);
    expect(world.deletes()).toEqual(['DeleteDBCluster']);
  });

  it.each([
    ['DeleteDBCluster', 'DBClusterNotFoundFault', 'cluster'],
    ['DeleteDBSubnetGroup', 'DBSubnetGroupNotFoundFault', 'subnet group'],
    ['DeleteDBClusterParameterGroup', 'DBParameterGroupNotFoundFault', 'parameter group'],
  ])('takes something that went before its %s for deleted', async (operation, fault, what) => {
    const world = await databaseWorld(service);
    await world.ensure();
    let refused = false;
    world.test.aws.inject = (call) => {
      if (refused || call.operation !== `${prefix}:${operation}`) return undefined;
      refused = true;
      return { kind: 'refuse', fault: rdsFault(fault, 'not found') };
    };
    let answer = await world.look();
    while (!refused) {
      world.test.advance(answer.retryAfterSeconds);
      answer = await world.look();
    }
    expect(answer.detail).toMatch(new RegExp(`^${service.title} ${what} \\S+( of dev)? is being deleted`));
    expect((await world.remove()).answer.status).toBe('gone');
  });

  it('names the cluster that stays on our subnet group', async () => {
    const world = await databaseWorld(service);
    await world.ensure();
    world.arrange((cluster) => {
      cluster.tags = {};
    });
    await expect(world.remove()).rejects.toMatchObject({
      name: 'RemovalBlockedError',
      message: expect.stringContaining(
        `${service.identifiers(world.plan()).subnetGroup} is used by cluster ${identifier}, which is not part of this removal. What to do: delete that cluster`,
      ),
    });
    expect(world.deletes()).toEqual([]);
  });

  it('leaves no subnet group and no parameter group, and says which logs stay', async () => {
    const world = await databaseWorld(service);
    await world.ensure();
    const { answer } = await world.remove();
    const logs = service.logExports.map((type) => `${service.logGroupPrefix}/${identifier}/${type}`);
    expect(answer.detail).toBe(`${service.title} is gone; log group ${logs.toSorted().join(', ')} stays`);
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
    expect(world.deletes()).toEqual([]);
  });

  it('says what to do about a protection', async () => {
    const world = await databaseWorld(service);
    await world.ensure(world.plan({ deletionProtection: true }));
    await expect(world.remove()).rejects.toThrow(
      /cluster \S+ is protected from deletion\. .*deletionProtection false, then run the removal again/,
    );
  });

  it('names the cluster that stays on our parameter group', async () => {
    const world = await databaseWorld(service);
    await world.ensure();
    const [parameterGroup] = service.identifiers(world.plan()).parameterGroups;
    world.arrange((cluster, _instances, rds) => {
      cluster.tags = {};
      rds.subnetGroups[cluster.subnetGroup]!.tags = {};
      if (rds.parameterGroups?.[parameterGroup]) cluster.parameterGroup = parameterGroup;
    });
    await expect(world.remove()).rejects.toMatchObject({
      name: 'RemovalBlockedError',
      message: expect.stringContaining(
        `cluster parameter group ${parameterGroup} is used by cluster ${identifier}, which is not part of this removal. What to do: delete that cluster, then run again`,
      ),
    });
    expect(world.deletes()).toEqual([]);
  });

  it('takes no snapshot of a cluster whose key is out of reach, and says what would go without one', async () => {
    const world = await databaseWorld(service);
    await world.ensure();
    const before = world.mutations();
    world.arrange((cluster) => {
      cluster.status = 'inaccessible-encryption-credentials';
    });
    await expect(world.look()).rejects.toMatchObject({
      name: 'RemovalBlockedError',
      message: expect.stringContaining(
        'is inaccessible-encryption-credentials and cannot leave a final snapshot. What to do: run the removal again with finalSnapshots false if its data may be lost',
      ),
    });
    expect(world.mutations()).toEqual(before);
  });

  it('names every instance of somebody else, and what to do about them', async () => {
    const world = await databaseWorld(service);
    await world.ensure(world.plan({ instances: 3 }));
    world.arrange((_cluster, instances) => {
      for (const instance of instances.slice(1)) instance.tags = {};
    });
    await expect(world.look()).rejects.toThrow(
      /instances that are not part of this removal: \S+ \(not made by AosCloud\), \S+ \(not made by AosCloud\)\. What to do: delete them, then run again; it goes on from there/,
    );
    expect(world.deletes()).toEqual([]);
  });

  it('names the instances it takes back from an older cluster, while they go', async () => {
    const world = await databaseWorld(service);
    await world.ensure(world.plan({ instances: 1 }));
    await world.ensure(world.plan({ instances: 3 }, 'run-2'));
    const going = `${service.title} instances ${identifier}-2, ${identifier}-3 are being deleted`;
    expect(await world.look({ createdBy: 'run-2' })).toMatchObject({ detail: going, retryAfterSeconds: 15 });
    expect(await world.look({ createdBy: 'run-2' })).toMatchObject({ detail: going, retryAfterSeconds: 15 });
    expect(world.deletes()).toEqual(['DeleteDBInstance', 'DeleteDBInstance']);
  });

  it('names them likewise where the environment was never complete', async () => {
    const world = await databaseWorld(service);
    await world.ensure(world.plan({ instances: 3 }));
    world.arrange((cluster) => {
      cluster.tags['aoscloud:created-by'] = 'run-0';
    });
    expect(await world.look({ createdBy: 'run-1', neverReady: true })).toMatchObject({
      status: 'pending',
      detail: `${service.title} instances ${identifier}-1, ${identifier}-2, ${identifier}-3 are being deleted`,
      retryAfterSeconds: 15,
    });
    expect(world.deletes()).toEqual(Array(3).fill('DeleteDBInstance'));
  });

  it('leaves an older cluster whose writer does not work every instance that may take over', async () => {
    const world = await databaseWorld(service);
    await world.ensure(world.plan({ instances: 1 }));
    await world.ensure(world.plan({ instances: 3 }, 'run-2'));
    world.arrange((_cluster, instances) => {
      instances[0]!.status = 'incompatible-network';
    });
    const stays = (name: string) =>
      `${service.title} instance ${name} stays although this run made it: the writer of cluster ${identifier}, which is older, does not work. What to do: nothing if you want it; otherwise fail over to another instance and delete it.`;
    const { status, detail } = await world.look({ createdBy: 'run-2' });
    expect({ status, detail }).toEqual({
      status: 'gone',
      detail: `${stays(`${identifier}-2`)} ${stays(`${identifier}-3`)}`,
    });
    expect(world.deletes()).toEqual([]);
  });

  it('waits for the groups it takes back before it ends with what stays', async () => {
    const world = await databaseWorld(service);
    await world.ensure(world.plan({ instances: 1 }));
    world.arrange((cluster, _instances, rds) => {
      cluster.tags['aoscloud:created-by'] = 'run-0';
      // Of an earlier version of the plan, under another group.
      Object.assign(cluster, { subnetGroup: 'theirs' });
      rds.subnetGroups.theirs = { ...Object.values(rds.subnetGroups)[0]!, name: 'theirs' };
    });
    expect(await world.look({ createdBy: 'run-1' })).toMatchObject({
      status: 'pending',
      detail: expect.stringMatching(/subnet group \S+ of dev is being deleted/),
    });
    expect(world.deletes()).toEqual(['DeleteDBSubnetGroup']);
  });
});
