/** Nodes of a living cluster become what the plan says. */
import { describe, expect, it } from 'vitest';
import { ensure } from '#functions/eks-nodes/ensure.ts';
import { remove } from '#functions/eks-nodes/remove.ts';
import type { EnvironmentPlan } from '#lib/run/environment.ts';
import { EksWorld } from '../../lib/eks/world.ts';
import { samplePlan } from '../../support/plan.ts';

const [first, second] = ['aoscloud-dev-nodes', 'aoscloud-dev-nodes-2'];
const { eks } = samplePlan();
const run = (changes: object, execution = 'run-2'): Partial<EnvironmentPlan> => ({
  eks: { ...eks, ...changes },
  execution,
});
const nodes = (changes: object, execution?: string) =>
  run({ nodes: { ...eks.nodes, ...changes } }, execution);
const groups = (world: EksWorld) => world.cluster(({ nodegroups }) => Object.keys(nodegroups));
const asked = async (world: EksWorld, plan: Partial<EnvironmentPlan>) => {
  const { length } = world.aws.mutations;
  await world.ensure('eks-nodes', plan);
  // Turns in the queue of the account's rates stand in the registry's table.
  return world.aws.mutations
    .slice(length)
    .filter(({ operation }) => !operation.startsWith('dynamodb:'))
    .map(({ operation, input }) => ({ operation, ...input }));
};

describe('bounds', () => {
  it.each([
    ['the desired size between them stays', { minSize: 2, maxSize: 12 }, { desiredSize: 3 }],
    ['fewer at the least', { minSize: 5 }, { desiredSize: 5 }],
    ['fewer at the most', { minSize: 1, maxSize: 2 }, { desiredSize: 2 }],
  ])('are changed in one call; %s', async (_name, bounds, desired) => {
    const world = await EksWorld.made('eks-nodes');
    const before = { minSize: 3, maxSize: 10 };
    const plan = nodes(bounds);
    expect(await asked(world, plan)).toMatchObject([{ operation: 'eks:UpdateNodegroupConfig' }]);
    world.cluster(({ nodegroups }) =>
      expect(nodegroups[first!]?.scaling).toEqual({ ...before, ...bounds, ...desired }),
    );
    expect(await asked(world, plan)).toEqual([]);
  });
});

describe('an upgrade', () => {
  const upgrade = run({ version: '1.36' });
  const upgraded = async () => {
    const world = await EksWorld.made('eks-nodes');
    await world.ensure('eks-cluster', upgrade);
    return world;
  };

  it('takes the add-ons to their defaults, keeping what people configured, and then the nodes', async () => {
    const world = await upgraded();
    const calls = await asked(world, upgrade);
    expect(calls.map(({ operation }) => operation)).toEqual([
      'eks:UpdateAddon',
      'eks:UpdateAddon',
      'eks:UpdateNodegroupVersion',
    ]);
    expect(calls).toMatchObject([
      { addonName: 'kube-proxy', addonVersion: 'v1.36.0-eksbuild.2', resolveConflicts: 'PRESERVE' },
      { addonName: 'coredns', addonVersion: 'v1.13.2-eksbuild.1', resolveConflicts: 'PRESERVE' },
      { version: '1.36', launchTemplate: { version: '1' } },
    ]);
    expect(calls.some((call) => 'force' in call)).toBe(false);
    world.cluster(({ nodegroups, addons }) => {
      expect(nodegroups[first!]).toMatchObject({ version: '1.36', status: 'ACTIVE' });
      expect(Object.values(addons).every(({ status }) => status === 'ACTIVE')).toBe(true);
    });
    expect(await asked(world, upgrade)).toEqual([]);
  });

  it('leaves an add-on that somebody took further, and one that is not behind is no reason for a change', async () => {
    const world = await upgraded();
    world.cluster(({ addons }) => {
      addons.coredns!.version = 'v1.14.1-eksbuild.1';
    });
    const calls = await asked(world, upgrade);
    expect(calls.filter(({ operation }) => operation === 'eks:UpdateAddon')).toMatchObject([
      { addonName: 'kube-proxy' },
    ]);
  });

  it('leaves an add-on that somebody else installed as it is', async () => {
    const world = await upgraded();
    world.cluster(({ addons }) => {
      addons['kube-proxy']!.tags = { theirs: 'yes' };
    });
    const calls = await asked(world, upgrade);
    expect(calls.filter(({ operation }) => operation === 'eks:UpdateAddon')).toMatchObject([
      { addonName: 'coredns' },
    ]);
    world.cluster(({ nodegroups }) => expect(nodegroups[first!]?.version).toBe('1.36'));
  });

  it('that an add-on refuses ends before the nodes, and goes on in the next run', async () => {
    const world = await upgraded();
    world.once('eks:UpdateAddon', { kind: 'outcome-fails' });
    await expect(world.ensure('eks-nodes', upgrade)).rejects.toMatchObject({
      name: 'ResourceFailedError',
      message: expect.stringMatching(
        /EKS add-on [\w-]+: EKS ended its update \(AddonUpdate\) as Failed: ConfigurationConflict/,
      ),
    });
    world.cluster(({ nodegroups }) => expect(nodegroups[first!]?.version).toBe('1.35'));
    await world.ensure('eks-connect', run({ version: '1.36' }, 'run-3'));
    await world.ensure('eks-nodes', run({ version: '1.36' }, 'run-3'));
    world.cluster(({ nodegroups }) => expect(nodegroups[first!]?.version).toBe('1.36'));
  });

  it('by hand, that an add-on refused, is told: it serves, and whoever asked for it decides', async () => {
    const world = await EksWorld.made('eks-nodes');
    world.cluster(({ addons }) => {
      addons.coredns!.status = 'UPDATE_FAILED';
    });
    await expect(world.ensure('eks-nodes', run({}))).rejects.toMatchObject({
      name: 'ResourceFailedError',
      message: expect.stringMatching(
        /whose last update failed: coredns is UPDATE_FAILED .*What to do: look at/,
      ),
    });
  });

  it('that a disruption budget holds up fails by name, forces nothing, and goes on in the next run', async () => {
    const world = await upgraded();
    world.cluster(({ nodegroups }) => {
      nodegroups[first!]!.keepsPods = true;
    });
    await expect(world.ensure('eks-nodes', upgrade)).rejects.toMatchObject({
      name: 'ResourceFailedError',
      message: expect.stringMatching(
        /node group aoscloud-dev-nodes: EKS ended its update .*PodEvictionFailure \(ip-.*\): Reached max retries .*What to do: a disruption budget .*0 ALLOWED DISRUPTIONS/,
      ),
    });
    world.cluster(({ nodegroups }) => {
      nodegroups[first!]!.keepsPods = false;
    });
    await world.ensure('eks-nodes', run({ version: '1.36' }, 'run-3'));
    world.cluster(({ nodegroups }) => expect(nodegroups[first!]?.version).toBe('1.36'));
  });

  it('of many nodes may take longer than a node group takes to be made', async () => {
    const world = await upgraded();
    world.cluster(({ nodegroups }) => {
      nodegroups[first!]!.scaling = { minSize: 3, maxSize: 10, desiredSize: 8 };
    });
    const outcome = await ensure({
      environment: { ...world.plan, ...upgrade },
      resources: { ...world.resources, updateIds: { [first!]: '1' } },
      elapsedSeconds: 60,
      keep: () => undefined,
    });
    expect(outcome).toMatchObject({ status: 'pending', extraSeconds: 4800 });
  });
});

it('another disk comes with another version of the launch template, node by node', async () => {
  const world = await EksWorld.made('eks-nodes');
  const plan = nodes({ diskSizeGiB: 120 });
  expect(await asked(world, plan)).toMatchObject([
    {
      operation: 'ec2:CreateLaunchTemplateVersion',
      LaunchTemplateData: { BlockDeviceMappings: [{}, { Ebs: { VolumeSize: 120 } }] },
    },
    { operation: 'eks:UpdateNodegroupVersion', version: '1.35', launchTemplate: { version: '2' } },
  ]);
  expect(await asked(world, plan)).toEqual([]);
});

it('other tags of the nodes are no reason to replace them', async () => {
  const world = await EksWorld.made('eks-nodes');
  expect(await asked(world, { tags: { team: 'other' }, execution: 'run-2' })).toEqual([]);
});

describe('other instance types', () => {
  const plan = nodes({ instanceTypes: ['m5.2xlarge'] });

  it('are a second node group with as many nodes, and the first goes once it is ACTIVE', async () => {
    const world = await EksWorld.made('eks-nodes');
    world.cluster(({ nodegroups }) => {
      nodegroups[first!]!.scaling.desiredSize = 5;
    });
    const states: string[] = [];
    world.aws.inject = ({ operation }) => {
      if (operation === 'eks:DeleteNodegroup')
        world.cluster(({ nodegroups }) => states.push(`${nodegroups[second!]?.status}`));
      return undefined;
    };
    expect(await asked(world, plan)).toMatchObject([
      {
        operation: 'eks:CreateNodegroup',
        nodegroupName: second,
        instanceTypes: ['m5.2xlarge'],
        scalingConfig: { minSize: 3, maxSize: 10, desiredSize: 5 },
      },
      { operation: 'eks:DeleteNodegroup', nodegroupName: first },
    ]);
    expect(states).toEqual(['ACTIVE']);
    expect(groups(world)).toEqual([second]);
    expect(await asked(world, plan)).toEqual([]);
    // And back again, under the first name.
    await world.ensure('eks-nodes', nodes({}, 'run-3'));
    expect(groups(world)).toEqual([first]);
  });

  it('are made once when the answer is lost', async () => {
    const world = await EksWorld.made('eks-nodes');
    world.once('eks:CreateNodegroup', { kind: 'answer-lost' });
    await world.ensure('eks-nodes', plan);
    expect(groups(world)).toEqual([second]);
  });

  it('leave the first alone where the second fails, and the next run makes it anew', async () => {
    const world = await EksWorld.made('eks-nodes');
    world.once('eks:CreateNodegroup', { kind: 'outcome-fails' });
    await expect(world.ensure('eks-nodes', plan)).rejects.toMatchObject({ name: 'ResourceFailedError' });
    world.cluster(({ nodegroups }) => expect(nodegroups[first!]?.status).toBe('ACTIVE'));
    await world.ensure('eks-nodes', nodes({ instanceTypes: ['m5.2xlarge'] }, 'run-3'));
    expect(groups(world)).toEqual([second]);
  });

  it('that change again on the way: what is spare goes, what works stays until its successor does', async () => {
    const world = await EksWorld.made('eks-nodes');
    world.forgetRun();
    await world.look('eks-nodes', ensure, { ...world.plan, ...plan });
    world.test.advance(600);
    expect(groups(world)).toEqual([first, second]);
    await world.ensure('eks-nodes', nodes({ instanceTypes: ['c5.2xlarge'] }, 'run-3'));
    world.cluster(({ nodegroups }) =>
      expect(Object.values(nodegroups).map(({ instanceTypes }) => instanceTypes)).toEqual([['c5.2xlarge']]),
    );
  });

  it('that change again after EKS could not delete the first: that one goes, never the one that works', async () => {
    const world = await EksWorld.made('eks-nodes');
    world.forgetRun();
    await world.look('eks-nodes', ensure, { ...world.plan, ...plan });
    world.test.advance(600);
    world.cluster(({ nodegroups }) => {
      Object.assign(nodegroups[first!]!, { status: 'DELETE_FAILED' });
    });
    const statuses: string[] = [];
    world.aws.inject = ({ operation, input }) => {
      if (operation === 'eks:DeleteNodegroup')
        world.cluster(({ nodegroups }) => {
          const working = Object.values(nodegroups).filter(
            ({ name, status }) => status === 'ACTIVE' && name !== input.nodegroupName,
          );
          statuses.push(`${input.nodegroupName}: ${working.length} left that work`);
        });
      return undefined;
    };
    await world.ensure('eks-nodes', nodes({ instanceTypes: ['c5.2xlarge'] }, 'run-3'));
    expect(statuses).toEqual([`${first}: 1 left that work`, `${second}: 1 left that work`]);
    world.cluster(({ nodegroups }) =>
      expect(Object.values(nodegroups).map(({ instanceTypes }) => instanceTypes)).toEqual([['c5.2xlarge']]),
    );
  });

  it('ask once more for the first where EKS could not delete it, and then say why', async () => {
    const world = await EksWorld.made('eks-nodes');
    world.forgetRun();
    await world.look('eks-nodes', ensure, { ...world.plan, ...plan });
    world.test.advance(600);
    const issues = [{ code: 'Ec2SecurityGroupDeletionFailure', message: 'in use', resourceIds: ['sg-1'] }];
    const fail = () =>
      world.cluster(({ nodegroups }) => {
        Object.assign(nodegroups[first!]!, { status: 'DELETE_FAILED', issues });
      });
    fail();
    const again = await world.look('eks-nodes', ensure, { ...world.plan, ...plan });
    expect(again.detail).toContain(`node group ${first} is being drained and deleted`);
    expect(again.resources.deletionsAskedAgain).toEqual([first]);
    fail();
    await expect(world.look('eks-nodes', ensure, { ...world.plan, ...plan }, again)).rejects.toThrow(
      /could not delete the node group aoscloud-dev-nodes: Ec2SecurityGroupDeletionFailure \(sg-1\): in use/,
    );
  });

  it('after a first that never worked take its place: there is nothing to take over from', async () => {
    const world = await EksWorld.made('eks-nodes');
    world.cluster(({ nodegroups }) => {
      nodegroups[first!]!.status = 'CREATE_FAILED';
    });
    await world.ensure('eks-nodes', plan);
    expect(groups(world)).toEqual([first]);
    world.cluster(({ nodegroups }) =>
      expect(Object.keys(nodegroups[first!]!.tags)).not.toContain('aoscloud:beside'),
    );
  });

  it('that are taken back on the way: the first stays', async () => {
    const world = await EksWorld.made('eks-nodes');
    world.forgetRun();
    await world.look('eks-nodes', ensure, { ...world.plan, ...plan });
    world.test.advance(600);
    await world.ensure('eks-nodes', nodes({}, 'run-3'));
    expect(groups(world)).toEqual([first]);
  });

  describe('and a rollback', () => {
    const living = async () => {
      const world = await EksWorld.made('eks-nodes');
      world.forgetRun();
      await world.look('eks-nodes', ensure, { ...world.plan, ...plan });
      world.test.advance(600);
      return world;
    };

    it('takes the second back while the first stands whole', async () => {
      const world = await living();
      await world.remove('eks-nodes', remove, { createdBy: 'run-2' });
      expect(groups(world)).toEqual([first]);
      expect(world.inventory()['ec2:launch-template']).toHaveLength(1);
    });

    it('leaves the second once the first is going, and says so', async () => {
      const world = await living();
      world.cluster(({ nodegroups }) => {
        nodegroups[first!]!.status = 'DELETING';
      });
      const { answer } = await world.remove('eks-nodes', remove, { createdBy: 'run-2' });
      expect(answer.detail).toMatch(
        /node group aoscloud-dev-nodes-2 stays although this run made it: .*What to do/,
      );
      expect(groups(world)).toContain(second);
    });
  });
});
