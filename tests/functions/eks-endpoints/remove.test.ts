import { describe, expect, it } from 'vitest';
import { ec2State } from '#embedded/services/ec2/state.ts';
import { remove } from '#functions/eks-endpoints/remove.ts';
import { remove as removeEndpoints } from '#functions/endpoints/remove.ts';
import { createdByTag } from '#lib/ownership/tags.ts';
import { EksWorld } from '../../lib/eks/world.ts';
import { sampleRemoval } from '../../support/plan.ts';

function groupCounts(world: EksWorld): number[] {
  return world.inside((call) =>
    Object.values(ec2State(call).vpcEndpoints).map(({ groupIds }) => groupIds.length),
  );
}

/** The endpoints are of an earlier run than the cluster, which this one takes back. */
async function onOlderEndpoints(): Promise<{ world: EksWorld; createdBy: string }> {
  const world = await EksWorld.made('eks-endpoints');
  world.inside((call) => {
    for (const { tags } of Object.values(ec2State(call).vpcEndpoints)) tags[createdByTag] = 'run-0';
  });
  return { world, createdBy: world.plan.execution };
}

describe('taking the EKS group off the endpoints', () => {
  it('leaves each that stays with its base group', async () => {
    const { world, createdBy } = await onOlderEndpoints();
    const { answer } = await world.remove('eks-endpoints', remove, { createdBy });
    expect(answer.status).toBe('gone');
    expect(groupCounts(world)).toEqual(Array(12).fill(1));
  });

  it('changes none that goes, and waits until all are being deleted', async () => {
    const world = await EksWorld.made('eks-endpoints');
    const mutations = await world.mutationsOf(async () => {
      const first = await world.look('eks-endpoints', remove, sampleRemoval());
      expect(first).toMatchObject({ status: 'pending', detail: '12 endpoints are about to be deleted' });
      await world.look('endpoints', removeEndpoints, sampleRemoval());
      expect(await world.look('eks-endpoints', remove, sampleRemoval())).toMatchObject({ status: 'gone' });
    });
    expect(mutations).toEqual(['ec2:DeleteVpcEndpoints']);
  });

  it('changes those that go where their own step is held back', async () => {
    const world = await EksWorld.made('eks-endpoints');
    await world.remove('eks-endpoints', remove, { heldBack: { endpoints: 'somebody uses them' } });
    expect(groupCounts(world)).toEqual(Array(12).fill(1));
  });

  it('says gone when there is nothing', async () => {
    const { world, createdBy } = await onOlderEndpoints();
    await world.remove('eks-endpoints', remove, { createdBy });
    expect((await world.remove('eks-endpoints', remove, { createdBy })).looks).toBe(1);
  });

  it('skips endpoints that are being deleted', async () => {
    const world = await EksWorld.made('eks-endpoints');
    world.inside((call) => {
      for (const endpoint of Object.values(ec2State(call).vpcEndpoints)) endpoint.state = 'deleting';
    });
    expect(await world.mutationsOf(() => world.remove('eks-endpoints', remove))).toEqual([]);
  });

  it('waits for an endpoint that cannot be changed just now', async () => {
    const { world, createdBy } = await onOlderEndpoints();
    world.test.advance(60);
    world.inside((call) => {
      const busy = Object.values(ec2State(call).vpcEndpoints)[0]!;
      busy.state = 'pending';
      call.schedule('ec2:vpcEndpointAvailable', busy.id, 60_000);
    });
    const { seconds } = await world.remove('eks-endpoints', remove, { createdBy });
    expect(seconds).toBeGreaterThanOrEqual(60);
    expect(groupCounts(world)).toEqual(Array(12).fill(1));
  });

  it('finds the group of a cluster that is already gone', async () => {
    const { world, createdBy } = await onOlderEndpoints();
    world.inside((call) => {
      delete (call.state('eks', () => ({})) as { clusters: Record<string, unknown> }).clusters[
        'aoscloud-dev'
      ];
    });
    await world.remove('eks-endpoints', remove, { createdBy });
    expect(groupCounts(world)).toEqual(Array(12).fill(1));
  });

  it('leaves the group of a cluster that stays', async () => {
    const world = await EksWorld.made('eks-endpoints');
    await world.remove('eks-endpoints', remove, { createdBy: 'run-2' });
    expect(groupCounts(world)).toEqual(Array(12).fill(2));
  });
});
