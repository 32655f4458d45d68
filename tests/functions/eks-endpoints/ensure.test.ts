import { describe, expect, it } from 'vitest';
import { ec2State } from '#embedded/services/ec2/state.ts';
import { ensure } from '#functions/eks-endpoints/ensure.ts';
import { EksWorld } from '../../lib/eks/world.ts';

function endpointsWithGroup(world: EksWorld, groupId: string): number {
  return world.inside(
    (call) =>
      Object.values(ec2State(call).vpcEndpoints).filter(({ groupIds }) => groupIds.includes(groupId)).length,
  );
}

describe('the EKS group on the endpoints', () => {
  it('stands beside the base group on all twelve', async () => {
    const world = await EksWorld.made('eks-endpoints');
    expect(endpointsWithGroup(world, world.resources.clusterSecurityGroupId!)).toBe(12);
    expect(endpointsWithGroup(world, world.resources.defaultSecurityGroupId!)).toBe(12);
  });

  it('is attached at the rate EC2 allows, within a minute', async () => {
    const world = await EksWorld.made('eks-cluster', {}, { throttle: true });
    const { seconds, looks } = await world.ensure('eks-endpoints');
    expect(seconds).toBeLessThan(90);
    expect(looks).toBeLessThan(15);
  });

  it('changes nothing when all is in place', async () => {
    const world = await EksWorld.made('eks-endpoints');
    expect(await world.mutationsOf(() => world.ensure('eks-endpoints'))).toEqual([]);
  });

  it('is attached when the answer of a change is lost', async () => {
    const world = await EksWorld.made('eks-cluster');
    world.once('ec2:ModifyVpcEndpoint', { kind: 'answer-lost' });
    await world.ensure('eks-endpoints');
    expect(endpointsWithGroup(world, world.resources.clusterSecurityGroupId!)).toBe(12);
  });

  it('leaves endpoints alone that are not of the environment', async () => {
    const world = await EksWorld.made('eks-cluster');
    const foreign = world.inside((call) => {
      const endpoint = Object.values(ec2State(call).vpcEndpoints)[0]!;
      endpoint.tags = { 'aoscloud:environment': 'other' };
      return endpoint.id;
    });
    expect(await world.look('eks-endpoints', ensure, world.plan)).toMatchObject({
      status: 'pending',
      detail: expect.stringContaining('not there yet: ec2'),
    });
    expect(world.inside((call) => ec2State(call).vpcEndpoints[foreign]!.groupIds)).toHaveLength(1);
  });

  it('fails by name on an endpoint that failed', async () => {
    const world = await EksWorld.made('eks-cluster');
    world.inside((call) => {
      Object.values(ec2State(call).vpcEndpoints)[3]!.state = 'failed';
    });
    await expect(world.ensure('eks-endpoints')).rejects.toMatchObject({
      name: 'ResourceFailedError',
      message: expect.stringContaining('logs'),
    });
  });
});
