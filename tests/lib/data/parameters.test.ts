import { describe, expect, it } from 'vitest';
import { AwsFault } from '#embedded/model.ts';
import { rdsState } from '#embedded/services/rds/state.ts';
import { parameterGroupOf } from '#lib/data/parameters.ts';
import { samplePlan } from '../../support/plan.ts';
import { bothServices, databaseWorld, type World } from './world.ts';

const groupsIn = (world: World) =>
  world.test.aws.inspect('eu-central-1', (call) => Object.values(rdsState(call).parameterGroups ?? {}));

const quotaReached = {
  kind: 'refuse',
  fault: new AwsFault('DBClusterQuotaExceededFault', 'no more clusters', { status: 403 }),
} as const;

describe.each(bothServices)('the parameter group of $service.step', ({ service, prefix }) => {
  const [name] = service.identifiers(samplePlan()).parameterGroups;
  const planned = { name, ...parameterGroupOf(service.step, samplePlan())! };

  it('is made, set and tagged before the cluster, which uses it', async () => {
    const world = await databaseWorld(service);
    await world.ensure();
    expect((await world.cluster())?.DBClusterParameterGroup).toBe(planned.name);
    expect(groupsIn(world)).toMatchObject([
      {
        name: planned.name,
        family: planned.family,
        parameters: planned.parameters,
        tags: { 'aoscloud:environment': 'dev', 'aoscloud:created-by': 'run-1' },
      },
    ]);
  });

  it.each(['CreateDBClusterParameterGroup', 'ModifyDBClusterParameterGroup'])(
    'is whole where the answer of %s is lost',
    async (operation) => {
      const world = await databaseWorld(service);
      world.once(`${prefix}:${operation}`, { kind: 'answer-lost' });
      await world.ensure();
      expect(groupsIn(world)).toMatchObject([{ parameters: planned.parameters }]);
    },
  );

  it('of somebody else is refused', async () => {
    const world = await databaseWorld(service);
    await service.calls(world.plan()).createParameterGroup({
      DBClusterParameterGroupName: planned.name,
      DBParameterGroupFamily: planned.family,
      Description: 'of somebody',
    });
    await expect(world.ensure()).rejects.toMatchObject({ name: 'NotOurResourceError' });
    expect(groupsIn(world)).toMatchObject([{ parameters: {} }]);
  });

  it('of another version, left by a run whose cluster never came, is replaced', async () => {
    const world = await databaseWorld(service);
    const [older, olderFamily] =
      service.step === 'aurora' ? ['15.13', 'aurora-postgresql15'] : ['4.0.0', 'docdb4.0'];
    world.once(`${prefix}:CreateDBCluster`, quotaReached);
    await expect(world.ensure(world.plan({ engineVersion: older }))).rejects.toThrow();
    expect(groupsIn(world)).toMatchObject([{ family: olderFamily }]);
    await world.ensure(world.plan({}, 'run-2'));
    expect(groupsIn(world)).toMatchObject([
      { family: planned.family, tags: { 'aoscloud:created-by': 'run-2' } },
    ]);
  });

  it('is described and tagged as what it is', async () => {
    const world = await databaseWorld(service);
    await world.lookAt();
    expect(groupsIn(world)).toMatchObject([
      {
        description: `${service.title} of AosCloud environment dev`,
        tags: { 'aoscloud:component': `${service.step}/parameter-group` },
      },
    ]);
  });

  it('that an earlier try left whole is used as it is, and one that lacks a value is given that alone', async () => {
    const world = await databaseWorld(service);
    world.once(`${prefix}:CreateDBCluster`, quotaReached);
    await expect(world.lookAt()).rejects.toThrow();
    world.once(`${prefix}:CreateDBCluster`, quotaReached);
    const before = world.mutations().length;
    await expect(world.lookAt()).rejects.toThrow();
    expect(world.mutations().slice(before)).toEqual([]);
    const [lost, ...others] = Object.keys(planned.parameters);
    world.test.aws.inspect('eu-central-1', (call) => {
      delete rdsState(call).parameterGroups?.[planned.name]?.parameters[lost!];
    });
    await world.lookAt();
    const set = world.test.aws.mutations.findLast(({ operation }) =>
      operation.endsWith(':ModifyDBClusterParameterGroup'),
    );
    expect(JSON.stringify(set?.input)).toContain(lost);
    for (const other of others) expect(JSON.stringify(set?.input)).not.toContain(other);
    expect(groupsIn(world)).toMatchObject([{ parameters: planned.parameters }]);
  });

  it('is made once where the answer is lost, and its name says whose it is not', async () => {
    const world = await databaseWorld(service);
    world.once(`${prefix}:CreateDBClusterParameterGroup`, { kind: 'answer-lost' });
    expect((await world.lookAt()).detail).toMatch(/cluster \S+ is being created/);

    const taken = await databaseWorld(service);
    await service.calls(taken.plan()).createParameterGroup({
      DBClusterParameterGroupName: planned.name,
      DBParameterGroupFamily: planned.family,
      Description: 'of somebody',
    });
    await expect(taken.lookAt()).rejects.toThrow(
      `cluster parameter group ${planned.name} exists already and does not belong to environment dev`,
    );
  });

  it('goes with its cluster, and with the run that made it', async () => {
    const world = await databaseWorld(service);
    await world.ensure();
    await world.remove();
    expect(groupsIn(world)).toEqual([]);
    world.once(`${prefix}:CreateDBCluster`, quotaReached);
    await expect(world.ensure(world.plan({}, 'run-2'))).rejects.toThrow();
    await world.remove({ createdBy: 'run-1', finalSnapshots: false });
    expect(groupsIn(world)).toHaveLength(1);
    await world.remove({ createdBy: 'run-2', finalSnapshots: false });
    expect(groupsIn(world)).toEqual([]);
  });
});

describe('which parameter group', () => {
  const aurora = (engineVersion: string) =>
    parameterGroupOf('aurora', { ...samplePlan(), aurora: { ...samplePlan().aurora, engineVersion } });

  it("Aurora below 17 gets one that insists on TLS, and from 17 on AWS's own does", () => {
    expect(aurora('13.21')).toEqual({
      family: 'aurora-postgresql13',
      parameters: { 'rds.force_ssl': '1' },
    });
    expect(aurora('16.9')).toMatchObject({ family: 'aurora-postgresql16' });
    expect(aurora('17.4')).toBeUndefined();
    expect(aurora('18.1')).toBeUndefined();
  });

  it('DocumentDB gets one that writes the logs it exports', () => {
    expect(parameterGroupOf('documentdb', samplePlan())).toEqual({
      family: 'docdb5.0',
      parameters: { audit_logs: 'enabled', profiler: 'enabled', tls: 'enabled' },
    });
  });
});
