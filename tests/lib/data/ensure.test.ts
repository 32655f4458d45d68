import { describe, expect, it } from 'vitest';
import { AwsFault } from '#embedded/model.ts';
import { rdsState } from '#embedded/services/rds/state.ts';
import { testNetwork } from '../../support/network.ts';
import { bothServices, databaseWorld } from './world.ts';

const lost = { kind: 'answer-lost' } as const;
const quotaExceeded = {
  kind: 'refuse',
  fault: new AwsFault('DBClusterQuotaExceededFault', 'no more clusters'),
} as const;

const keyRefused = new AwsFault(
  'KMSKeyNotAccessibleFault',
  'The specified KMS key arn:aws:kms:eu-central-1:111122223333:key/abc is disabled.',
);

describe.each(bothServices)('ensure $service.step', ({ service, prefix }) => {
  it('makes an encrypted cluster with its instances over the zones', async () => {
    const world = await databaseWorld(service);
    const { answer } = await world.ensure(world.plan({ instances: 3 }));
    expect(answer.status).toBe('ready');
    expect(await world.cluster()).toMatchObject({
      Engine: service.engine,
      Port: service.port,
      StorageEncrypted: true,
      Status: 'available',
      MasterUserSecret: { SecretStatus: 'active' },
      VpcSecurityGroups: [{ VpcSecurityGroupId: world.resources.defaultSecurityGroupId }],
    });
    const instances = await world.instances();
    expect(instances.map((instance) => instance.AvailabilityZone).sort()).toEqual([
      'eu-central-1a',
      'eu-central-1b',
      'eu-central-1c',
    ]);
  });

  it('changes nothing when nothing is missing', async () => {
    const world = await databaseWorld(service);
    await world.ensure();
    const before = world.test.aws.mutations.length;
    const { answer, looks } = await world.ensure(world.plan({}, 'run-2'));
    expect(answer.status).toBe('ready');
    expect(looks).toBe(1);
    expect(world.test.aws.mutations.length).toBe(before);
  });

  it('never sends a password', async () => {
    const world = await databaseWorld(service);
    await world.ensure();
    expect(JSON.stringify(world.test.aws.mutations)).not.toContain('"MasterUserPassword"');
  });

  it('refuses a cluster of its name without its tag', async () => {
    const world = await databaseWorld(service);
    await world.foreignCluster();
    const before = world.test.aws.mutations.length;
    await expect(world.ensure()).rejects.toMatchObject({ name: 'NotOurResourceError' });
    expect(world.test.aws.mutations.length).toBe(before);
  });

  it('refuses a cluster of its name that is of the other engine', async () => {
    const world = await databaseWorld(service);
    await world.foreignCluster(bothServices.find((both) => both.service !== service)?.service);
    await expect(world.ensure()).rejects.toMatchObject({ name: 'NotOurResourceError' });
  });

  it('refuses a subnet group of its name without its tag', async () => {
    const world = await databaseWorld(service);
    await world.foreignSubnetGroup(service.identifiers(world.plan()).subnetGroup);
    await expect(world.ensure()).rejects.toMatchObject({ name: 'NotOurResourceError' });
  });

  it('replaces the empty subnet group of an earlier VPC', async () => {
    const world = await databaseWorld(service);
    world.once(`${prefix}:CreateDBCluster`, quotaExceeded);
    await expect(world.ensure()).rejects.toMatchObject({ name: 'AwsRefusedError' });
    const next = await testNetwork(world.test, world.plan());
    const { answer } = await world.ensure(world.plan({}, 'run-2'), next);
    expect(answer.status).toBe('ready');
    const [instance] = await world.instances();
    expect(instance?.DBSubnetGroup?.VpcId).toBe(next.vpcId);
  });

  it.each(['CreateDBSubnetGroup', 'CreateDBCluster', 'CreateDBInstance'])(
    'makes nothing twice when the answer of %s is lost',
    async (operation) => {
      const world = await databaseWorld(service);
      world.once(`${prefix}:${operation}`, lost);
      const { answer } = await world.ensure(world.plan({ instances: 2 }));
      expect(answer.status).toBe('ready');
      expect(await world.instances()).toHaveLength(2);
    },
  );

  it('sets retention and deletion protection as the plan says', async () => {
    const world = await databaseWorld(service);
    await world.ensure();
    await world.ensure(world.plan({ backupRetentionDays: 14, deletionProtection: true }, 'run-2'));
    expect(await world.cluster()).toMatchObject({ BackupRetentionPeriod: 14, DeletionProtection: true });
  });

  it('fails by name when an instance of this run breaks, and replaces it in the next run', async () => {
    const world = await databaseWorld(service);
    world.once(`${prefix}:CreateDBInstance`, { kind: 'outcome-fails' });
    await expect(world.ensure()).rejects.toMatchObject({ name: 'ResourceFailedError' });
    const { answer } = await world.ensure(world.plan({}, 'run-2'));
    expect(answer.status).toBe('ready');
    expect(await world.instances()).toMatchObject([{ DBInstanceStatus: 'available' }]);
  });

  it('lets a broken writer hand over before it is replaced', async () => {
    const world = await databaseWorld(service);
    world.once(`${prefix}:CreateDBInstance`, { kind: 'outcome-fails' });
    await expect(world.ensure(world.plan({ instances: 2 }))).rejects.toMatchObject({
      name: 'ResourceFailedError',
    });
    // The other comes up meanwhile.
    world.test.advance(600);
    const identifier = service.identifiers(world.plan()).cluster;
    const broken = (await world.instances()).find((one) => one.DBInstanceStatus !== 'available');
    const sound = (await world.instances()).find((one) => one.DBInstanceStatus === 'available');
    world.test.aws.inspect('eu-central-1', (call) => {
      rdsState(call).clusters[identifier]!.writer = broken!.DBInstanceIdentifier as string;
    });
    await world.ensure(world.plan({ instances: 2 }, 'run-2'));
    const changes = world.test.aws.mutations.map((call) => call.operation.split(':')[1]);
    expect(changes.indexOf('FailoverDBCluster')).toBeGreaterThan(0);
    expect(changes.indexOf('FailoverDBCluster')).toBeLessThan(changes.indexOf('DeleteDBInstance'));
    expect(await world.writer()).toBe(sound!.DBInstanceIdentifier);
  });

  it('says at once that the key cannot be used, in the words of AWS', async () => {
    const world = await databaseWorld(service);
    world.once(`${prefix}:CreateDBCluster`, { kind: 'refuse', fault: keyRefused });
    await expect(world.ensure()).rejects.toMatchObject({
      name: 'AwsRefusedError',
      message: expect.stringContaining('key/abc is disabled'),
    });
    expect(await world.cluster()).toBeUndefined();
  });

  it.each([
    'inaccessible-encryption-credentials',
    'inaccessible-encryption-credentials-recoverable',
  ] as const)('does not wait for a cluster that is %s', async (status) => {
    const world = await databaseWorld(service);
    await world.ensure();
    world.test.aws.inspect('eu-central-1', (call) => {
      Object.values(rdsState(call).clusters)[0]!.status = status;
    });
    await expect(world.ensure(world.plan({}, 'run-2'))).rejects.toThrow(
      /give AWS access to the encryption key again/,
    );
  });

  it('never deletes a failed cluster', async () => {
    const world = await databaseWorld(service);
    world.once(`${prefix}:CreateDBCluster`, { kind: 'outcome-fails' });
    await expect(world.ensure()).rejects.toMatchObject({ name: 'ResourceFailedError' });
    await expect(world.ensure(world.plan({}, 'run-2'))).rejects.toThrow(/never deletes a cluster/);
    expect(await world.cluster()).toBeDefined();
  });
});
