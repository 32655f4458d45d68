import { describe, expect, it } from 'vitest';
import { AwsFault } from '#embedded/model.ts';
import { samplePlan } from '../../support/plan.ts';
import { cacheWorld, name } from './world.ts';

const withIam = { elasticache: { ...samplePlan().elasticache, authentication: 'iam' as const } };

type Cache = Awaited<ReturnType<typeof cacheWorld>>;
const left = (world: Cache) => {
  const inventory = world.test.aws.inventory('eu-central-1');
  return [...(inventory['elasticache:user'] ?? []), ...(inventory['elasticache:user-group'] ?? [])];
};

describe('the users of the cache', () => {
  it('are none unless the request asks for IAM', async () => {
    const world = await cacheWorld();
    await world.ensure();
    expect(left(world)).toEqual([]);
    expect((await world.groups())[0]?.UserGroupIds).toBeUndefined();
  });

  it('sign in with IAM, and the default user is off; neither has a password', async () => {
    const world = await cacheWorld();
    const { answer } = await world.ensure(withIam);
    expect(answer.status).toBe('ready');
    expect((await world.groups())[0]?.UserGroupIds).toEqual([name]);
    expect(world.mutationsOf('CreateUser').map(({ input }) => input)).toMatchObject([
      { UserId: name, UserName: name, AuthenticationMode: { Type: 'iam' } },
      { UserId: `${name}-off`, UserName: 'default', AccessString: 'off ~* -@all' },
    ]);
    for (const { input } of world.mutationsOf('CreateUser'))
      expect(input.Tags).toContainEqual({ Key: 'aoscloud:created-by', Value: 'run-1' });
    const before = world.test.aws.mutations.length;
    await world.ensure({ ...withIam, execution: 'run-2' });
    expect(world.test.aws.mutations.length).toBe(before);
  });

  it.each(['CreateUser', 'CreateUserGroup'])(
    'are made once where the answer of %s is lost',
    async (operation) => {
      const world = await cacheWorld();
      world.once(operation, { kind: 'answer-lost' });
      const { answer } = await world.ensure(withIam);
      expect(answer.status).toBe('ready');
      expect(left(world)).toHaveLength(3);
    },
  );

  it('go with the cache', async () => {
    const world = await cacheWorld();
    await world.ensure(withIam);
    const { answer } = await world.remove();
    expect(answer.status).toBe('gone');
    expect(left(world)).toEqual([]);
  });

  it('go with the run that made them, and stay where a cache uses them', async () => {
    const world = await cacheWorld();
    world.once('CreateReplicationGroup', {
      kind: 'refuse',
      fault: new AwsFault('NodeQuotaForCustomerExceededFault', 'no more nodes', {
        wireCode: 'NodeQuotaForCustomerExceeded',
      }),
    });
    await expect(world.ensure(withIam)).rejects.toMatchObject({ name: 'AwsRefusedError' });
    expect(left(world)).toHaveLength(3);
    await world.remove({ createdBy: 'run-1', finalSnapshots: false });
    expect(left(world)).toEqual([]);
    await world.ensure({ ...withIam, execution: 'run-2' });
    await world.remove({ createdBy: 'run-3', finalSnapshots: false });
    expect(left(world)).toHaveLength(3);
  });
});
