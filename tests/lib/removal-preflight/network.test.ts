import { describe, expect, it } from 'vitest';
import type { Call } from '#embedded/model.ts';
import { placeDependent } from '#embedded/services/ec2/dependents.ts';
import { addInstance } from '#embedded/services/ec2/instances.ts';
import { addNetworkInterface } from '#embedded/services/ec2/network-interfaces.ts';
import { addRule, addSecurityGroup } from '#embedded/services/ec2/security-group-state.ts';
import { ec2State } from '#embedded/services/ec2/state.ts';
import { efsState } from '#embedded/services/efs/state.ts';
import { eksState } from '#embedded/services/eks/state.ts';
import { kubernetes, ourVpc, removalWorld } from './world.ts';

const privateSubnet = (call: Call) =>
  Object.values(ec2State(call).subnets).find(
    ({ tags }) => tags['aoscloud:component'] === 'subnet/eks-private/a',
  )!.id;

/** Somebody else's group, with a rule that names the group EKS made. */
const namingTheClusterGroup = (call: Call) => {
  const groupId = addSecurityGroup(call, { vpcId: ourVpc(call).id, name: 'theirs', description: 'theirs' });
  const referencedGroupId = kubernetes(call).clusterSecurityGroupId!;
  const all = { protocol: '-1', fromPort: -1, toPort: -1, innate: false };
  addRule(call, { ...all, groupId, referencedGroupId, isEgress: true });
};

describe('a rule of somebody else that names the group of the cluster', () => {
  const rule = {
    problem: expect.stringMatching(
      /^outbound rule sgr-\w+ of security group sg-\w+ \(theirs\), made by somebody else, names the EKS group sg-\w+, which EC2 keeps as long as that rule stands\. What to do: revoke that rule$/,
    ),
    steps: ['eks-cluster'],
  };

  it('keeps that group when the cluster goes', async () => {
    const world = await removalWorld(namingTheClusterGroup);
    expect((await world.ask()).blockers).toContainEqual(rule);
    expect(await world.problems({}, 'own'), 'a rollback names it where it meets it').toEqual([]);
  });

  it('keeps the group that an earlier cluster left behind', async () => {
    const world = await removalWorld(namingTheClusterGroup, (call) => {
      eksState(call).clusters = {};
    });
    expect((await world.ask()).blockers).toContainEqual(rule);
  });

  it('is in nobody’s way where the cluster stays', async () => {
    const world = await removalWorld(namingTheClusterGroup, (call) => {
      kubernetes(call).tags['aoscloud:created-by'] = 'run-0';
    });
    expect((await world.ask({ createdBy: 'run-1' })).blockers).not.toContainEqual(rule);
  });
});

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

  it('is an instance with one interface, too', async () => {
    const world = await removalWorld((call) => {
      addInstance(call, { subnetId: privateSubnet(call), groupIds: [], instanceType: 't3a.large', tags: {} });
    });
    expect(await world.problems()).toEqual([expect.stringMatching(/EC2 instance i-\w+/)]);
  });

  it('is told where there is no file system whose interfaces to leave out', async () => {
    const world = await removalWorld((call) => {
      Object.assign(efsState(call), { fileSystems: {}, mountTargets: {} });
      placeDependent(call, 'peering', { vpcId: ourVpc(call).id, otherId: 'vpc-other' });
    });
    expect(await world.problems()).toContainEqual(expect.stringMatching(/^the VPC holds pcx-/));
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
