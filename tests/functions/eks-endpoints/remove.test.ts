import { describe, expect, it } from 'vitest';
import { ec2State } from '#embedded/services/ec2/state.ts';
import { remove } from '#functions/eks-endpoints/remove.ts';
import { EksWorld } from '../../lib/eks/world.ts';

function groupCounts(world: EksWorld): number[] {
  return world.inside((call) =>
    Object.values(ec2State(call).vpcEndpoints).map(({ groupIds }) => groupIds.length),
  );
}

describe('taking the EKS group off the endpoints', () => {
  it('leaves each with its base group', async () => {
    const world = await EksWorld.made('eks-endpoints');
    const { answer } = await world.remove('eks-endpoints', remove);
    expect(answer.status).toBe('gone');
    expect(groupCounts(world)).toEqual(Array(12).fill(1));
  });

  it('says gone when there is nothing', async () => {
    const world = await EksWorld.made();
    expect((await world.remove('eks-endpoints', remove)).looks).toBe(1);
  });

  it('skips endpoints that are being deleted', async () => {
    const world = await EksWorld.made('eks-endpoints');
    world.inside((call) => {
      for (const endpoint of Object.values(ec2State(call).vpcEndpoints)) endpoint.state = 'deleting';
    });
    expect(await world.mutationsOf(() => world.remove('eks-endpoints', remove))).toEqual([]);
  });

  it('waits for an endpoint that cannot be changed just now', async () => {
    const world = await EksWorld.made('eks-endpoints');
    world.test.advance(60);
    world.inside((call) => {
      const busy = Object.values(ec2State(call).vpcEndpoints)[0]!;
      busy.state = 'pending';
      call.schedule('ec2:vpcEndpointAvailable', busy.id, 60_000);
    });
    const { seconds } = await world.remove('eks-endpoints', remove);
    expect(seconds).toBeGreaterThanOrEqual(60);
    expect(groupCounts(world)).toEqual(Array(12).fill(1));
  });

  it('finds the group of a cluster that is already gone', async () => {
    const world = await EksWorld.made('eks-endpoints');
    world.inside((call) => {
      delete (call.state('eks', () => ({})) as { clusters: Record<string, unknown> }).clusters[
        'aoscloud-dev'
      ];
    });
    await world.remove('eks-endpoints', remove);
    expect(groupCounts(world)).toEqual(Array(12).fill(1));
  });

  it('leaves the group of a cluster that stays', async () => {
    const world = await EksWorld.made('eks-endpoints');
    await world.remove('eks-endpoints', remove, { createdBy: 'run-2' });
    expect(groupCounts(world)).toEqual(Array(12).fill(2));
  });
});
