import { describe, expect, it } from 'vitest';
import { AwsFault } from '#embedded/model.ts';
import { elasticacheState } from '#embedded/services/elasticache/state.ts';
import { testNetwork } from '../../support/network.ts';
import { samplePlan } from '../../support/plan.ts';
import { cacheWorld, name } from './world.ts';

describe('ensure elasticache', () => {
  it('makes an encrypted group that fails over by itself when there is a replica', async () => {
    const world = await cacheWorld();
    const { answer } = await world.ensure();
    expect(answer).toMatchObject({
      status: 'ready',
      detail: `ElastiCache replication group ${name} is available with 1 replica`,
    });
    expect(await world.groups()).toMatchObject([
      {
        ReplicationGroupId: name,
        TransitEncryptionEnabled: true,
        AtRestEncryptionEnabled: true,
        AutomaticFailover: 'enabled',
        MultiAZ: 'enabled',
        SnapshotRetentionLimit: 7,
      },
    ]);
  });

  it('fails at once on a status that this version does not know (D17)', async () => {
    const world = await cacheWorld();
    await world.ensure();
    world.test.aws.inspect('eu-central-1', (call) => {
      elasticacheState(call).replicationGroups[name]!.status = 'failed' as never;
    });
    await expect(world.ensure()).rejects.toMatchObject({
      name: 'ResourceFailedError',
      message: expect.stringContaining(`replication group ${name} has the status failed`),
    });
  });

  it('changes nothing when nothing is missing', async () => {
    const world = await cacheWorld();
    await world.ensure();
    const before = world.test.aws.mutations.length;
    const { answer, looks } = await world.ensure({ execution: 'run-2' });
    expect(answer.status).toBe('ready');
    expect(looks).toBe(1);
    expect(world.test.aws.mutations.length).toBe(before);
  });

  it('refuses a group of its name without its tag', async () => {
    const world = await cacheWorld();
    await world.foreignGroup();
    await expect(world.ensure()).rejects.toMatchObject({ name: 'NotOurResourceError' });
    expect(world.mutationsOf('ModifyReplicationGroup')).toEqual([]);
  });

  it.each(['CreateCacheSubnetGroup', 'CreateReplicationGroup'])(
    'makes nothing twice when the answer of %s is lost',
    async (operation) => {
      const world = await cacheWorld();
      world.once(operation, { kind: 'answer-lost' });
      const { answer } = await world.ensure();
      expect(answer.status).toBe('ready');
      expect(await world.groups()).toHaveLength(1);
    },
  );

  it('fails by name when the group of this run fails, and replaces it in the next run', async () => {
    const world = await cacheWorld();
    world.once('CreateReplicationGroup', { kind: 'outcome-fails' });
    await expect(world.ensure()).rejects.toThrow(/create-failed: (?!AWS gives no reason)/);
    const { answer } = await world.ensure({ execution: 'run-2' });
    expect(answer.status).toBe('ready');
    expect(await world.groups()).toMatchObject([{ Status: 'available' }]);
  });

  it('puts the base default group back and sets the retention as the plan says', async () => {
    const world = await cacheWorld();
    await world.ensure();
    await world.regroup();
    const { elasticache } = samplePlan();
    await world.ensure({ execution: 'run-2', elasticache: { ...elasticache, snapshotRetentionDays: 3 } });
    expect(await world.securityGroups()).toContain(world.resources.defaultSecurityGroupId);
    expect(await world.groups()).toMatchObject([{ SnapshotRetentionLimit: 3 }]);
  });

  it('follows AWS to the zones that have the node type', async () => {
    const world = await cacheWorld();
    world.offerOnlyIn('eu-central-1a', 'eu-central-1c');
    const { answer } = await world.ensure();
    expect(answer.status).toBe('ready');
    const placed = world
      .mutationsOf('CreateReplicationGroup')
      .map(({ input }) => (input as { PreferredCacheClusterAZs: string[] }).PreferredCacheClusterAZs);
    expect(placed.at(-1)).toEqual(['eu-central-1a', 'eu-central-1c']);
  });

  it('says so where the node type is in one zone only and replicas need two', async () => {
    const world = await cacheWorld();
    world.offerOnlyIn('eu-central-1b');
    await expect(world.ensure()).rejects.toThrow(
      /cache.t4g.medium is offered in eu-central-1b only .* needs two zones/,
    );
    expect(await world.groups()).toEqual([]);
  });

  it('gives up where the zones AWS names are none of the plan', async () => {
    const world = await cacheWorld();
    world.offerOnlyIn('eu-central-1z');
    await expect(world.ensure()).rejects.toMatchObject({ name: 'AwsRefusedError' });
    expect(await world.groups()).toEqual([]);
  });

  it('replaces the empty subnet group of an earlier VPC', async () => {
    const world = await cacheWorld();
    world.once('CreateReplicationGroup', {
      kind: 'refuse',
      fault: new AwsFault('NodeQuotaForCustomerExceededFault', 'no more nodes', {
        wireCode: 'NodeQuotaForCustomerExceeded',
      }),
    });
    await expect(world.ensure()).rejects.toMatchObject({ name: 'AwsRefusedError' });
    const next = await testNetwork(world.test, samplePlan());
    const { answer } = await world.ensure({ execution: 'run-2' }, next);
    expect(answer.status).toBe('ready');
    expect(world.mutationsOf('DeleteCacheSubnetGroup')).toHaveLength(1);
  });
});
