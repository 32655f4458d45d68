import { describe, expect, it } from 'vitest';
import type { Call } from '#embedded/model.ts';
import { placeDependent } from '#embedded/services/ec2/dependents.ts';
import { addInstance } from '#embedded/services/ec2/instances.ts';
import { addNetworkInterface } from '#embedded/services/ec2/network-interfaces.ts';
import { ec2State } from '#embedded/services/ec2/state.ts';
import { ourVpc, removalWorld } from './world.ts';

const privateSubnet = (call: Call) =>
  Object.values(ec2State(call).subnets).find(
    ({ tags }) => tags['aoscloud:component'] === 'subnet/eks-private/a',
  )!.id;

describe('what would stay in the VPC', () => {
  it('is named with what to do, and keeps the VPC alone', async () => {
    const world = await removalWorld(
      (call) => void placeDependent(call, 'peering', { vpcId: ourVpc(call).id, otherId: 'vpc-other' }),
    );
    expect((await world.ask()).blockers).toEqual([
      {
        problem: expect.stringMatching(/^the VPC holds pcx-\w+: .+\. What to do: .+/),
        steps: ['vpc'],
      },
    ]);
    expect(await world.problems({}, 'own'), 'a rollback looks itself').toEqual([]);
  });

  it('is an instance, once however many interfaces it has, and each instance', async () => {
    const world = await removalWorld((call) => {
      const subnetId = privateSubnet(call);
      for (let count = 0; count < 2; count += 1) {
        const instanceId = addInstance(call, { subnetId, groupIds: [], instanceType: 't3a.large', tags: {} });
        addNetworkInterface(call, {
          subnetId,
          groupIds: [],
          description: '',
          requesterManaged: false,
          instanceId,
        });
      }
    });
    const problems = await world.problems();
    expect(problems).toHaveLength(2);
    expect(new Set(problems.map((problem) => /EC2 instance (i-\w+)/.exec(problem)?.[1])).size).toBe(2);
  });

  it('is each interface that belongs to no instance', async () => {
    const world = await removalWorld((call) => {
      for (const description of ['one of theirs', 'another of theirs'])
        addNetworkInterface(call, {
          subnetId: privateSubnet(call),
          groupIds: [],
          description,
          requesterManaged: false,
        });
    });
    expect(await world.problems()).toHaveLength(2);
  });

  it.each([
    ['endpoint', 'vpc_endpoint'],
    ['NAT gateway', 'nat_gateway'],
    ['mount target', 'interface'],
  ])('is no interface of an own %s, whatever AWS writes into its description', async (_owner, type) => {
    const world = await removalWorld((call) => {
      for (const one of Object.values(ec2State(call).networkInterfaces))
        if (one.interfaceType === type && /VPC Endpoint|NAT Gateway|EFS/i.test(one.description))
          Object.assign(one, { description: 'in other words', interfaceType: 'interface' });
      // Something else is in the way, so that the owners are asked for theirs.
      placeDependent(call, 'peering', { vpcId: ourVpc(call).id, otherId: 'vpc-other' });
    });
    expect(await world.problems()).toEqual([expect.stringMatching(/^the VPC holds pcx-/)]);
  });

  it('is not asked of a VPC that the run to be taken back did not make', async () => {
    const world = await removalWorld(
      (call) => void placeDependent(call, 'peering', { vpcId: ourVpc(call).id, otherId: 'vpc-other' }),
    );
    expect(await world.problems({ createdBy: 'run-2' })).toEqual([]);
  });
});
