import { CreateNodegroupCommand, EKSClient, ListFargateProfilesCommand } from '@aws-sdk/client-eks';
import { describe, expect, it, vi } from 'vitest';
import { remove } from '#functions/eks-nodes/remove.ts';
import { client } from '#lib/aws/clients.ts';
import { roleArn } from '#lib/eks/roles.ts';
import { EksWorld } from '../../lib/eks/world.ts';
import { sampleRemoval } from '../../support/plan.ts';

const nodegroup = 'aoscloud-dev-nodes';

const { send } = EKSClient.prototype;

/** Somebody else's, with our role for nodes. */
async function makeForeignNodegroup(world: EksWorld): Promise<void> {
  await client(EKSClient, world.plan).send(
    new CreateNodegroupCommand({
      clusterName: 'aoscloud-dev',
      nodegroupName: 'foreign',
      nodeRole: roleArn(world.plan, 'nodes'),
      subnets: [world.resources.subnetIds!['subnet/eks-private/a']!],
    }),
  );
  world.test.advance(600);
}

describe('removing the nodes', () => {
  it('takes the access entry along that EKS made and leaves, where the cluster stays', async () => {
    const world = await EksWorld.made('eks-connect');
    const before = world.inventory()['eks:access-entry'];
    await world.ensure('eks-nodes', { execution: 'run-2' });
    expect(world.inventory()['eks:access-entry']).toHaveLength(before!.length + 1);
    await world.remove('eks-nodes', remove, { createdBy: 'run-2' });
    expect(world.inventory()['eks:access-entry']).toEqual(before);
  });

  it('leaves the access entry while a node group of somebody else has the node role', async () => {
    const world = await EksWorld.made('eks-nodes');
    await makeForeignNodegroup(world);
    const before = world.inventory()['eks:access-entry'];
    world.cluster((cluster) => {
      cluster.tags['aoscloud:created-by'] = 'run-0';
    });
    await world.remove('eks-nodes', remove, { createdBy: 'run-1' });
    expect(world.inventory()['eks:access-entry']).toEqual(before);
  });

  it('deletes every node group and the launch template', async () => {
    const world = await EksWorld.made('eks-nodes');
    await makeForeignNodegroup(world);
    const { answer } = await world.remove('eks-nodes', remove);
    expect(answer.status).toBe('gone');
    world.cluster(({ nodegroups }) => expect(nodegroups).toEqual({}));
    expect(world.inventory()['ec2:launch-template']).toBeUndefined();
    expect(world.inventory()['ec2:instance']).toBeUndefined();
  });

  it('says gone when there is nothing', async () => {
    const world = await EksWorld.made();
    expect((await world.remove('eks-nodes', remove)).looks).toBe(1);
  });

  it('is pending and says why while nodes are being drained', async () => {
    const world = await EksWorld.made('eks-nodes');
    expect(await world.look('eks-nodes', remove, sampleRemoval())).toMatchObject({
      status: 'pending',
      detail: expect.stringContaining(nodegroup),
    });
    expect(world.inventory()['ec2:launch-template']).toHaveLength(1);
  });

  it('tells why EKS could not delete a node group', async () => {
    const world = await EksWorld.made('eks-nodes');
    world.cluster(({ nodegroups }) => {
      Object.assign(nodegroups[nodegroup]!, {
        status: 'DELETE_FAILED',
        issues: [{ code: 'Ec2SecurityGroupDeletionFailure', message: 'in use', resourceIds: ['sg-1'] }],
      });
    });
    const first = { step: 'eks-nodes', since: new Date(Date.now() - 300_000).toISOString(), resources: {} };
    await expect(world.look('eks-nodes', remove, sampleRemoval(), first as never)).rejects.toThrow(
      'Ec2SecurityGroupDeletionFailure (sg-1): in use',
    );
  });

  it('leaves nodes and add-ons of an earlier execution as they are', async () => {
    const world = await EksWorld.made('eks-nodes');
    const made = await world.mutationsOf(() => world.remove('eks-nodes', remove, { createdBy: 'run-2' }));
    expect(made).toEqual([]);
  });

  it('takes from a cluster that stays the nodes and add-ons of the execution', async () => {
    const world = await EksWorld.made('eks-connect');
    await world.ensure('eks-nodes', { execution: 'run-2' });
    await world.remove('eks-nodes', remove, { createdBy: 'run-2' });
    world.cluster(({ nodegroups, addons }) => {
      expect(nodegroups).toEqual({});
      expect(Object.keys(addons).sort()).toEqual(['kube-proxy', 'vpc-cni']);
    });
    // The earlier run made it, with the control plane.
    expect(world.inventory()['ec2:launch-template']).toHaveLength(1);
  });

  it('names Fargate profiles before it deletes the first node', async () => {
    const world = await EksWorld.made('eks-nodes');
    vi.spyOn(EKSClient.prototype, 'send').mockImplementation(function (this: EKSClient, command: object) {
      if (command instanceof ListFargateProfilesCommand)
        return Promise.resolve({ fargateProfileNames: ['batch'], $metadata: {} });
      return Reflect.apply(send, this, [command]);
    } as never);
    const made = await world.mutationsOf(() =>
      expect(world.remove('eks-nodes', remove)).rejects.toThrow(/Fargate profiles .*: batch/),
    );
    vi.restoreAllMocks();
    expect(made).toEqual([]);
  });
});
