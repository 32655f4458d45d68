import { DeleteNodegroupCommand, EKSClient } from '@aws-sdk/client-eks';
import { describe, expect, it } from 'vitest';
import type { CallRecord, Fault } from '#embedded/engine.ts';
import { ec2State } from '#embedded/services/ec2/state.ts';
import { iamState } from '#embedded/services/iam/state.ts';
import { ensure } from '#functions/eks-nodes/ensure.ts';
import { client } from '#lib/aws/clients.ts';
import { launchTemplateForNodes } from '#lib/eks/launch-template.ts';
import { roleArn } from '#lib/eks/roles.ts';
import { EksWorld } from '../../lib/eks/world.ts';

const nodegroup = 'aoscloud-dev-nodes';

const failNodegroups = ({ operation }: CallRecord): Fault | undefined =>
  operation === 'eks:CreateNodegroup' ? { kind: 'outcome-fails' } : undefined;

describe('the nodes', () => {
  it('join in the three private subnets, and all add-ons get active', async () => {
    const world = await EksWorld.made('eks-nodes');
    world.cluster(({ nodegroups, addons }) => {
      expect(nodegroups[nodegroup]).toMatchObject({
        status: 'ACTIVE',
        amiType: 'BOTTLEROCKET_x86_64',
        scaling: { minSize: 3, maxSize: 10, desiredSize: 3 },
        subnetIds: ['a', 'b', 'c'].map((zone) => world.resources.subnetIds![`subnet/eks-private/${zone}`]),
      });
      expect(
        Object.values(addons)
          .map(({ name, status }) => `${name} ${status}`)
          .sort(),
      ).toEqual([
        'aws-efs-csi-driver ACTIVE',
        'coredns ACTIVE',
        'eks-pod-identity-agent ACTIVE',
        'kube-proxy ACTIVE',
        'vpc-cni ACTIVE',
      ]);
    });
    expect(world.inventory()['ec2:launch-template']).toHaveLength(1);
  });

  it('demand IMDSv2 and keep their data on an encrypted gp3 volume of the planned size', async () => {
    const world = await EksWorld.made('eks-nodes');
    const made = world.aws.mutations.find(({ operation }) => operation === 'ec2:CreateLaunchTemplate');
    expect(made?.input.LaunchTemplateData).toMatchObject({
      MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 2 },
      BlockDeviceMappings: [
        { DeviceName: '/dev/xvda', Ebs: { Encrypted: true, VolumeType: 'gp3' } },
        { DeviceName: '/dev/xvdb', Ebs: { Encrypted: true, VolumeType: 'gp3', VolumeSize: 50 } },
      ],
    });
  });

  it('change nothing when all is in place, whatever size the autoscaler chose', async () => {
    const world = await EksWorld.made('eks-nodes');
    world.cluster(({ nodegroups }) => {
      nodegroups[nodegroup]!.scaling.desiredSize = 7;
    });
    expect(await world.mutationsOf(() => world.ensure('eks-nodes', { execution: 'run-2' }))).toEqual([]);
    world.cluster(({ nodegroups }) => expect(nodegroups[nodegroup]?.scaling.desiredSize).toBe(7));
  });

  it.each(['eks:CreateNodegroup', 'eks:CreateAddon'])(
    'are made once when the answer of %s is lost',
    async (operation) => {
      const world = await EksWorld.made('eks-connect');
      world.once(operation, { kind: 'answer-lost' });
      await world.ensure('eks-nodes');
      world.cluster(({ nodegroups }) => expect(Object.keys(nodegroups)).toEqual([nodegroup]));
    },
  );

  it('refuse a node group of that name without the tags of the environment', async () => {
    const world = await EksWorld.made('eks-nodes');
    world.cluster(({ nodegroups }) => {
      nodegroups[nodegroup]!.tags = {};
    });
    await expect(world.ensure('eks-nodes')).rejects.toMatchObject({ name: 'NotOurResourceError' });
  });

  it('refuse a launch template of that name without the tags of the environment', async () => {
    const world = await EksWorld.made('eks-connect');
    world.inside((call) => {
      for (const template of Object.values(ec2State(call).launchTemplates)) template.tags = {};
    });
    await expect(world.ensure('eks-nodes')).rejects.toMatchObject({ name: 'NotOurResourceError' });
  });

  it('wait for a launch template that EC2 shows late, and fail by name where it is gone', async () => {
    const world = await EksWorld.made('eks-connect');
    world.inside((call) => {
      ec2State(call).launchTemplates = {};
    });
    const first = await world.look('eks-nodes', ensure, world.plan);
    expect(first).toMatchObject({
      status: 'pending',
      requested: false,
      retryAfterSeconds: 2,
      detail: 'launch template aoscloud-dev-nodes is not visible yet',
    });
    world.test.advance(60);
    await expect(world.look('eks-nodes', ensure, world.plan, first)).rejects.toMatchObject({
      name: 'ResourceFailedError',
      message: expect.stringContaining('is gone since this run began'),
    });
  });

  it('once they are ready, are not asked about while an add-on is made on them, nor is any other add-on', async () => {
    const world = await EksWorld.made('eks-connect');
    let answer = await world.look('eks-nodes', ensure, world.plan);
    while (!answer.resources.addOnsAwaited) {
      world.test.advance(answer.retryAfterSeconds);
      answer = await world.look('eks-nodes', ensure, world.plan, answer);
    }
    expect(answer).toMatchObject({
      resources: { addOnsAwaited: ['coredns', 'aws-efs-csi-driver'] },
    });
    world.test.advance(10);
    const before = { ...world.aws.requests };
    const next = await world.look('eks-nodes', ensure, world.plan, answer);
    expect(next).toMatchObject({
      status: 'pending',
      detail: 'nodes are ready; waiting for coredns, aws-efs-csi-driver',
    });
    const asked = Object.entries(world.aws.requests).filter(([name, count]) => count > (before[name] ?? 0));
    const ofAws = asked.map(([name]) => name).filter((name) => !name.startsWith('dynamodb:'));
    expect(ofAws).toEqual(['eks:DescribeAddon']);
    world.test.advance(60);
    expect(await world.look('eks-nodes', ensure, world.plan, next)).toMatchObject({ status: 'ready' });
  });

  it('are looked at again, add-ons and all, where the one that is awaited is gone', async () => {
    const world = await EksWorld.made('eks-nodes');
    world.cluster(({ addons }) => {
      delete addons.coredns;
    });
    const step = { step: 'eks-nodes', since: new Date().toISOString(), resources: world.resources };
    const resources = { ...world.resources, addOnsAwaited: ['coredns'] };
    const answer = await world.look('eks-nodes', ensure, world.plan, { ...step, resources } as never);
    expect(answer.detail).toBe('nodes are ready; coredns is CREATING');
  });

  it('fail with the issue of EKS and advice when they fail under our eyes', async () => {
    const world = await EksWorld.made('eks-connect');
    world.aws.inject = failNodegroups;
    await expect(world.ensure('eks-nodes')).rejects.toMatchObject({
      name: 'ResourceFailedError',
      message: expect.stringMatching(/CREATE_FAILED: \w+.*What to do:/),
    });
  });

  it('are made anew when an earlier run left them failed', async () => {
    const world = await EksWorld.made('eks-connect');
    world.aws.inject = failNodegroups;
    await expect(world.ensure('eks-nodes')).rejects.toThrow('CREATE_FAILED');
    world.aws.inject = undefined;
    await world.ensure('eks-nodes', { execution: 'run-2' });
    world.cluster(({ nodegroups }) =>
      expect(nodegroups[nodegroup]).toMatchObject({
        status: 'ACTIVE',
        tags: { 'aoscloud:created-by': 'run-2' },
      }),
    );
  });

  it('are waited for while an add-on is degraded', async () => {
    const world = await EksWorld.made('eks-nodes');
    world.cluster(({ addons }) => {
      addons.coredns!.status = 'DEGRADED';
    });
    expect(await world.look('eks-nodes', ensure, world.plan)).toMatchObject({
      status: 'pending',
      detail: expect.stringContaining('coredns is DEGRADED'),
    });
  });

  it('take a status they do not know for a failure', async () => {
    const world = await EksWorld.made('eks-nodes');
    world.cluster(({ nodegroups }) => {
      (nodegroups[nodegroup] as { status: string }).status = 'ASLEEP';
    });
    await expect(world.ensure('eks-nodes')).rejects.toMatchObject({ name: 'ResourceFailedError' });
  });
});

it('makes nodes by what this request says, whatever version of the launch template was the latest', async () => {
  const world = await EksWorld.made('eks-connect');
  expect(await launchTemplateForNodes({ ...world.plan, execution: 'run-2' })).toMatchObject({ version: '1' });
  const nodes = { ...world.plan.eks.nodes, diskSizeGiB: 200 };
  const eks = { ...world.plan.eks, nodes };
  await world.ensure('eks-nodes', { eks, execution: 'run-2' });
  world.cluster(({ nodegroups }) => expect(nodegroups[nodegroup]?.launchTemplate?.version).toBe('2'));
  expect(await world.mutationsOf(() => world.ensure('eks-nodes', { eks, execution: 'run-2' }))).toEqual([]);
});

describe('a node role made anew', () => {
  const anew = (world: EksWorld) => {
    world.test.advance(3600);
    world.inside((call) => {
      const role = iamState(call).roles['aoscloud-eu-central-1-dev-eks-nodes']!;
      Object.assign(role, { id: 'AROAANEW', createdAt: call.now });
    });
  };

  it('gets an access entry of its own, as nodes never join by the one of the earlier role', async () => {
    const world = await EksWorld.made('eks-nodes');
    await client(EKSClient, world.plan).send(
      new DeleteNodegroupCommand({ clusterName: 'aoscloud-dev', nodegroupName: 'aoscloud-dev-nodes' }),
    );
    world.test.advance(600);
    anew(world);
    const { answer } = await world.ensure('eks-nodes', { execution: 'run-2' });
    expect(answer.status).toBe('ready');
    world.cluster(({ accessEntries }) => {
      expect(accessEntries[roleArn(world.plan, 'nodes')]?.roleId).toBe('AROAANEW');
    });
  });

  it('is told where its node group still stands, whose nodes have lost their rights', async () => {
    const world = await EksWorld.made('eks-nodes');
    anew(world);
    await expect(world.ensure('eks-nodes', { execution: 'run-2' })).rejects.toThrow(
      /is older than its role .* What to do: delete the node group/,
    );
  });

  it('costs a run over an environment that stands one question', async () => {
    const world = await EksWorld.made('eks-nodes');
    const before = world.aws.requests['iam:GetRole'] ?? 0;
    await world.ensure('eks-nodes', { execution: 'run-2' });
    expect(world.aws.requests['iam:GetRole']).toBe(before + 1);
  });
});
