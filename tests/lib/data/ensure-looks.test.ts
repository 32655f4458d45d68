/** A run look by look: what it asks for, in which order, and what the person watching reads. */
import { describe, expect, it } from 'vitest';
import { rdsFault, rdsState } from '#embedded/services/rds/state.ts';
import type { DatabaseCluster, DatabaseService } from '#lib/data/service.ts';
import { bothServices, databaseWorld, type World } from './world.ts';

const ours = { 'aoscloud:environment': 'dev', 'aoscloud:created-by': 'run-0' };

/** The service, with an AWS that shows its clusters otherwise. */
function showing(
  service: DatabaseService,
  change: (cluster: DatabaseCluster) => DatabaseCluster,
): DatabaseService {
  return {
    ...service,
    calls: (target) => {
      const calls = service.calls(target);
      const describeClusters: typeof calls.describeClusters = async (input) => ({
        DBClusters: (await calls.describeClusters(input)).DBClusters?.map(change),
      });
      return { ...calls, describeClusters };
    },
  };
}

function inputsOf(world: World, operation: string): Record<string, unknown>[] {
  return world.test.aws.mutations
    .filter((call) => call.operation.endsWith(`:${operation}`))
    .map(({ input }) => input as Record<string, unknown>);
}

describe.each(bothServices)('a look at $service.step', ({ service, prefix }) => {
  const { cluster: identifier, subnetGroup } = service.identifiers({
    name: 'dev',
    region: 'eu-central-1',
  } as never);
  const cluster = `${service.title} cluster ${identifier}`;
  const tagged = (component: string) =>
    expect.arrayContaining([{ Key: 'aoscloud:component', Value: component }]);

  it('asks for groups and cluster at once, as the plan has them', async () => {
    const world = await databaseWorld(service);
    const storageType = service.step === 'aurora' ? 'aurora-iopt1' : 'iopt1';
    expect(await world.lookAt(world.plan({ storageType }))).toMatchObject({
      status: 'pending',
      requested: true,
      detail: `${cluster} is being created`,
    });
    expect(inputsOf(world, 'CreateDBSubnetGroup')).toMatchObject([
      {
        DBSubnetGroupDescription: `${service.title} of AosCloud environment dev`,
        Tags: tagged(`${service.step}/subnet-group`),
      },
    ]);
    expect(inputsOf(world, 'CreateDBCluster')).toMatchObject([
      {
        DBSubnetGroupName: subnetGroup,
        DBClusterParameterGroupName: service.identifiers(world.plan()).parameterGroups[0],
        VpcSecurityGroupIds: [world.resources.defaultSecurityGroupId],
        StorageType: storageType,
        EnableCloudwatchLogsExports: [...service.logExports],
        Tags: tagged(service.step),
      },
    ]);
  });

  it('says nothing of the standard storage type, which AWS calls by several names', async () => {
    const world = await databaseWorld(service);
    await world.lookAt();
    expect(inputsOf(world, 'CreateDBCluster')[0]).not.toHaveProperty('StorageType');
  });

  it.each(['CreateDBSubnetGroup', 'CreateDBCluster'])(
    'loses no time over a lost answer of %s',
    async (operation) => {
      const world = await databaseWorld(service);
      world.once(`${prefix}:${operation}`, { kind: 'answer-lost' });
      expect((await world.lookAt()).detail).toMatch(new RegExp(`^${cluster} is being created`));
      expect(await world.cluster()).toBeDefined();
    },
  );

  it('keeps the subnet group of an earlier try, and asks for the cluster', async () => {
    const world = await databaseWorld(service);
    world.once(`${prefix}:CreateDBCluster`, {
      kind: 'refuse',
      fault: rdsFault('DBClusterQuotaExceededFault', 'no more'),
    });
    await expect(world.lookAt()).rejects.toMatchObject({ name: 'AwsRefusedError' });
    expect((await world.lookAt()).detail).toBe(`${cluster} is being created`);
    expect(world.deletes()).toEqual([]);
  });

  it('takes the subnet group of an earlier VPC away first, also where it has just gone', async () => {
    const world = await databaseWorld(service);
    await world.foreignSubnetGroup(subnetGroup);
    world.test.aws.inspect('eu-central-1', (call) => {
      Object.assign(rdsState(call).subnetGroups[subnetGroup]!, { vpcId: 'vpc-earlier', tags: ours });
    });
    world.once(`${prefix}:DeleteDBSubnetGroup`, {
      kind: 'refuse',
      fault: rdsFault('DBSubnetGroupNotFoundFault', 'not found'),
    });
    const detail = `${service.title} subnet group ${subnetGroup} of an earlier VPC is being replaced`;
    expect((await world.lookAt()).detail).toMatch(new RegExp(`^${detail}`));
    expect(await world.lookAt()).toMatchObject({ status: 'pending', detail });
    expect(world.deletes()).toEqual(['DeleteDBSubnetGroup']);
    expect(inputsOf(world, 'CreateDBCluster')).toEqual([]);
  });

  it('waits for RDS to see new subnets, but not for ever', async () => {
    const world = await databaseWorld(service);
    const fault = rdsFault('InvalidSubnet', 'The requested subnet is invalid.');
    world.test.aws.inject = ({ operation }) =>
      operation === `${prefix}:CreateDBSubnetGroup` ? { kind: 'refuse', fault } : undefined;
    expect(await world.lookAt()).toMatchObject({
      status: 'pending',
      requested: false,
      detail: `${service.title} does not see the new subnets yet`,
      retryAfterSeconds: 5,
    });
    expect(inputsOf(world, 'CreateDBCluster')).toEqual([]);
    expect((await world.lookAt(world.plan(), { elapsedSeconds: 121 })).detail).toContain('InvalidSubnet');
  });

  it('has not asked for the cluster while a parameter group of another version goes', async () => {
    const world = await databaseWorld(service);
    const older = service.step === 'aurora' ? '15.13' : '4.0.0';
    world.once(`${prefix}:CreateDBCluster`, {
      kind: 'refuse',
      fault: rdsFault('DBClusterQuotaExceededFault', 'no more'),
    });
    await expect(world.lookAt(world.plan({ engineVersion: older }))).rejects.toThrow();
    expect(await world.lookAt()).toMatchObject({
      status: 'pending',
      requested: false,
      detail: expect.stringMatching(/parameter group \S+ of another version is being replaced/),
    });
    expect(await world.cluster()).toBeUndefined();
  });

  it('waits for a cluster that is on its way out', async () => {
    const world = await databaseWorld(service);
    await world.ensure();
    world.arrange((one) => {
      one.status = 'deleting';
    });
    expect(await world.lookAt()).toMatchObject({ status: 'pending', detail: `${cluster} is deleting` });
  });

  it('names the cluster or group that has its name and not its tags, and the engine that is not its own', async () => {
    const taken = 'exists already and does not belong to environment dev';
    const world = await databaseWorld(service);
    await world.foreignCluster();
    await expect(world.lookAt()).rejects.toThrow(`${service.step}: cluster ${identifier} ${taken}`);
    world.arrange((one) => {
      one.status = 'inaccessible-encryption-credentials';
    });
    await expect(world.lookAt()).rejects.toThrow(`${service.step}: cluster ${identifier} ${taken}`);

    const grouped = await databaseWorld(service);
    await grouped.foreignSubnetGroup(subnetGroup);
    await expect(grouped.lookAt()).rejects.toThrow(`${service.step}: subnet group ${subnetGroup} ${taken}`);

    const other = bothServices.find((both) => both.service !== service)!.service;
    const mixed = await databaseWorld(service);
    await mixed.foreignCluster(other);
    await expect(mixed.lookAt()).rejects.toThrow(
      `the name ${identifier} is taken by a cluster of engine ${other.engine}. What to do: remove that cluster, or choose another environment name`,
    );
  });

  it('refuses a cluster that stands in another VPC, with instances or without', async () => {
    const world = await databaseWorld(service);
    await world.ensure();
    world.arrange((_cluster, _instances, rds) => {
      Object.assign(rds.subnetGroups[subnetGroup]!, { vpcId: 'vpc-earlier' });
    });
    const words = `cluster ${identifier} belongs to VPC vpc-earlier, the environment's is ${world.resources.vpcId}. What to do: deprovision the environment`;
    const next = () => world.lookAt(world.plan({}, 'run-2'));
    await expect(next()).rejects.toThrow(words);
    world.arrange((one, _instances, rds) => {
      one.members = [];
      rds.instances = {};
    });
    await expect(next()).rejects.toThrow(words);
    expect(world.mutations().filter((name) => name === 'CreateDBInstance')).toHaveLength(1);
  });

  it('makes what is missing of its instances beside one that is busy, and leaves the settings till later', async () => {
    const world = await databaseWorld(service);
    await world.ensure(world.plan({ instances: 2 }));
    world.arrange((_cluster, [writer]) => {
      writer!.status = 'modifying';
    });
    const before = world.mutations().length;
    const wanted = world.plan({ instances: 4, backupRetentionDays: 14 }, 'run-2');
    expect((await world.lookAt(wanted)).detail).toBe(
      `${service.title} instance ${identifier}-3, ${identifier}-4 is being created`,
    );
    expect(world.mutations().slice(before)).toEqual(['CreateDBInstance', 'CreateDBInstance']);
  });

  it('names an instance that is busy, and touches nothing meanwhile', async () => {
    const world = await databaseWorld(service);
    await world.ensure(world.plan({ instances: 2 }));
    world.arrange((_cluster, instances) => {
      for (const instance of instances) instance.status = 'modifying';
    });
    const before = world.mutations().length;
    const detail = expect.stringMatching(
      new RegExp(
        `^${service.title} instance ${identifier}-\\d is modifying, ${identifier}-\\d is modifying$`,
      ),
    );
    expect(await world.lookAt(world.plan({ instances: 2 }, 'run-2'))).toMatchObject({
      status: 'pending',
      detail,
    });
    expect(world.mutations()).toHaveLength(before);
  });

  it('brings settings to the plan before it adds an instance', async () => {
    const world = await databaseWorld(service);
    await world.ensure(world.plan({ instances: 1 }));
    const before = world.mutations().length;
    const wanted = world.plan({ instances: 2, backupRetentionDays: 14 }, 'run-2');
    expect((await world.lookAt(wanted)).detail).toContain('backupRetentionDays');
    expect(world.mutations().slice(before)).toEqual(['ModifyDBCluster']);
  });

  it('places each instance in its zone, by its number, and lets failover prefer the first', async () => {
    const world = await databaseWorld(service);
    await world.ensure(world.plan({ instances: 3 }));
    const made = inputsOf(world, 'CreateDBInstance').toSorted((one, other) =>
      String(one.DBInstanceIdentifier).localeCompare(String(other.DBInstanceIdentifier)),
    );
    expect(made).toMatchObject(
      ['a', 'b', 'c'].map((letter, index) => ({
        DBInstanceIdentifier: `${identifier}-${index + 1}`,
        AvailabilityZone: `eu-central-1${letter}`,
        PromotionTier: index,
        AutoMinorVersionUpgrade: true,
        Tags: tagged(`${service.step}/instance-${index + 1}`),
      })),
    );
  });

  it('goes on where the answer to an instance is lost', async () => {
    const world = await databaseWorld(service);
    await world.ensure();
    world.once(`${prefix}:CreateDBInstance`, { kind: 'answer-lost' });
    const { detail } = await world.lookAt(world.plan({ instances: 2 }, 'run-2'));
    expect(detail).toMatch(new RegExp(`^${service.title} instance ${identifier}-2 is being created`));
    expect(await world.instances()).toHaveLength(2);
  });

  it('names an instance of its name that is in another cluster', async () => {
    const world = await databaseWorld(service);
    await world.ensure();
    world.arrange((one, [instance], rds) => {
      rds.clusters.theirs = { ...structuredClone(one), id: 'theirs', members: [`${identifier}-2`], tags: {} };
      const id = `${identifier}-2`;
      rds.instances[id] = { ...structuredClone(instance!), id, clusterId: 'theirs', tags: {} };
    });
    await expect(world.lookAt(world.plan({ instances: 2 }, 'run-2'))).rejects.toMatchObject({
      name: 'NotOurResourceError',
      message: expect.stringContaining(
        `instance ${identifier}-2 exists already outside cluster ${identifier}. What to do: remove or rename it`,
      ),
    });
  });

  it('replaces what an earlier run left broken, also while another is busy or has just gone', async () => {
    const world = await databaseWorld(service);
    await world.ensure(world.plan({ instances: 3 }));
    world.arrange((_cluster, [writer, ...readers]) => {
      writer!.status = 'modifying';
      for (const reader of readers) reader.status = 'incompatible-network';
    });
    world.once(`${prefix}:DeleteDBInstance`, {
      kind: 'refuse',
      fault: rdsFault('DBInstanceNotFoundFault', 'not found'),
    });
    expect((await world.lookAt(world.plan({ instances: 3 }, 'run-2'))).detail).toMatch(
      new RegExp(
        `^${service.title} instance \\S+ is incompatible-network, \\S+ is incompatible-network: being replaced`,
      ),
    );
    expect(world.deletes()).toEqual(['DeleteDBInstance']);
  });

  it('fails over from a broken writer in a look of its own, also where a reader is broken, too', async () => {
    const world = await databaseWorld(service);
    await world.ensure(world.plan({ instances: 3 }));
    world.arrange((_cluster, instances) => {
      instances[0]!.status = 'incompatible-network';
      instances[1]!.status = 'incompatible-network';
    });
    const before = world.mutations().length;
    expect((await world.lookAt(world.plan({ instances: 3 }, 'run-2'))).detail).toMatch(
      new RegExp(`^${cluster} fails over from ${identifier}-\\d, which is broken, to ${identifier}-\\d$`),
    );
    expect(world.mutations().slice(before)).toEqual(['FailoverDBCluster']);
  });

  it('replaces a broken reader without a failover', async () => {
    const world = await databaseWorld(service);
    await world.ensure(world.plan({ instances: 3 }));
    world.arrange((_cluster, instances) => {
      instances[1]!.status = 'incompatible-network';
    });
    const before = world.mutations().length;
    await world.lookAt(world.plan({ instances: 3 }, 'run-2'));
    expect(world.mutations().slice(before)).toEqual(['DeleteDBInstance']);
  });

  it('replaces all instances where none works that could take over', async () => {
    const world = await databaseWorld(service);
    await world.ensure(world.plan({ instances: 2 }));
    world.arrange((_cluster, instances) => {
      for (const instance of instances) instance.status = 'incompatible-network';
    });
    const before = world.mutations().length;
    await world.lookAt(world.plan({ instances: 2 }, 'run-2'));
    expect(world.mutations().slice(before)).toEqual(['DeleteDBInstance', 'DeleteDBInstance']);
  });

  it('does not replace an instance of its own run that broke: it would break again', async () => {
    const world = await databaseWorld(service);
    await world.ensure(world.plan({ instances: 2 }));
    world.arrange((_cluster, instances) => {
      instances[1]!.status = 'incompatible-network';
    });
    await expect(world.lookAt(world.plan({ instances: 2 }))).rejects.toThrow(
      /is incompatible-network\. What to do: \S+/,
    );
    expect(world.deletes()).toEqual([]);
  });

  it.each(['stopped', 'storage-full', 'incompatible-parameters', 'never-heard-of'])(
    'never replaces an instance that is %s: it holds its cluster up, or may again',
    async (status) => {
      const world = await databaseWorld(service);
      await world.ensure(world.plan({ instances: 2 }));
      world.arrange((_cluster, instances) => {
        Object.assign(instances[1]!, { status });
      });
      await expect(world.lookAt(world.plan({ instances: 2 }, 'run-2'))).rejects.toMatchObject({
        name: 'ResourceFailedError',
        message: expect.stringMatching(
          new RegExp(`${service.title} instance ${identifier}-\\d is ${status}\\. What to do: \\S+`),
        ),
      });
      expect(world.deletes()).toEqual([]);
    },
  );

  it('never replaces a broken instance of somebody else', async () => {
    const world = await databaseWorld(service);
    await world.ensure(world.plan({ instances: 2 }));
    world.arrange((_cluster, instances) => {
      Object.assign(instances[1]!, { status: 'incompatible-network', tags: {} });
    });
    await expect(world.lookAt(world.plan({ instances: 2 }, 'run-2'))).rejects.toThrow('incompatible-network');
    expect(world.deletes()).toEqual([]);
  });

  it.each([
    [1, '1 instance'],
    [2, '2 instances'],
  ])('counts %d, and what is beyond', async (instances, words) => {
    const world = await databaseWorld(service);
    await world.ensure(world.plan({ instances }));
    expect((await world.lookAt(world.plan({ instances }))).detail).toBe(
      `${cluster} is available with ${words}`,
    );
    world.arrange((one, [instance], rds) => {
      one.members.push('theirs');
      rds.instances.theirs = { ...structuredClone(instance!), id: 'theirs', arn: 'arn:theirs', tags: {} };
    });
    expect((await world.lookAt(world.plan({ instances }))).detail).toBe(
      `${cluster} is available with ${words}; 1 more than requested are left alone`,
    );
  });

  it('waits for the secret, and fails where AWS does not keep one', async () => {
    const world = await databaseWorld(service);
    await world.ensure();
    const withSecret = (MasterUserSecret: DatabaseCluster['MasterUserSecret']) =>
      world.lookAt(world.plan(), {
        as: showing(service, ({ MasterUserSecret: _, ...one }) => ({
          ...one,
          ...(MasterUserSecret && { MasterUserSecret }),
        })),
      });
    expect(await withSecret({ SecretStatus: 'creating' })).toMatchObject({
      status: 'pending',
      detail: `the secret of ${cluster} is creating`,
    });
    const advice = 'What to do: let RDS manage the master password in Secrets Manager again';
    await expect(withSecret({ SecretStatus: 'impaired' })).rejects.toThrow(
      `the password secret of cluster ${identifier} is impaired. ${advice}`,
    );
    await expect(withSecret(undefined)).rejects.toThrow(
      `the password secret of cluster ${identifier} is missing. ${advice}`,
    );
  });
});

it("leaves Aurora 17 to AWS's own parameter group", async () => {
  const [{ service }] = bothServices as [(typeof bothServices)[0]];
  const world = await databaseWorld(service);
  expect((await world.lookAt(world.plan({ engineVersion: '17.4' }))).detail).toMatch(/is being created$/);
  expect(inputsOf(world, 'CreateDBCluster')[0]).not.toHaveProperty('DBClusterParameterGroupName');
});
