/** An upgrade, and nodes that are replaced: asked of an embedded account before anything is changed. */
import { CreateNodegroupCommand, EKSClient } from '@aws-sdk/client-eks';
import { beforeEach, describe, expect, it } from 'vitest';
import { setLimit } from '#embedded/limits.ts';
import type { Insight } from '#embedded/services/eks/state.ts';
import { client } from '#lib/aws/clients.ts';
import { changesOf } from '#lib/change/changes.ts';
import { roleArn } from '#lib/eks/roles.ts';
import { preflight } from '#lib/preflight/preflight.ts';
import { parseRequest } from '#lib/request/request.ts';
import { sized } from '#lib/request/sized.ts';
import { EksWorld } from '../eks/world.ts';

let world: EksWorld;
beforeEach(async () => {
  world = await EksWorld.made('eks-nodes');
});

async function ask(eks: object) {
  const request = sized(parseRequest({ environment: 'dev', region: 'eu-central-1', eks }));
  const standing = await changesOf(world.plan, request, undefined);
  return preflight(world.plan, request, standing);
}

async function problems(eks: object): Promise<string[]> {
  const refused = await ask(eks).then(
    () => '',
    (error: Error) => error.message,
  );
  return refused.split('\n').filter((line) => line.startsWith('- eks') || line.startsWith('- quota'));
}

const insight = (changes: Partial<Insight> = {}): Insight => ({
  id: '11111111-2222-3333-4444-555555555555',
  name: 'Deprecated APIs removed in Kubernetes v1.36',
  kubernetesVersion: '1.36',
  status: 'ERROR',
  reason: 'Deprecated API usage detected within last 30 days.',
  recommendation: 'Update manifests and API clients.',
  ...changes,
});

describe('an upgrade', () => {
  it('is found sound, and its version is the plan’s', async () => {
    const { choices, warnings } = await ask({ version: '1.36' });
    expect(choices.kubernetesVersion).toBe('1.36');
    expect(warnings).toEqual([]);
  });

  it('is not asked for by leaving the version out', async () => {
    world.cluster((cluster) => {
      cluster.version = '1.34';
      cluster.nodegroups['aoscloud-dev-nodes']!.version = '1.34';
    });
    expect((await ask({})).choices.kubernetesVersion).toBe('1.34');
  });

  it('that EKS Insights blocks is refused with the insight, its reason and what to do', async () => {
    world.cluster((cluster) => {
      cluster.insights = [insight(), insight({ kubernetesVersion: '1.35' })];
    });
    expect(await problems({ version: '1.36' })).toEqual([
      '- eks.version 1.36: EKS finds what blocks the upgrade, "Deprecated APIs removed in Kubernetes v1.36": Deprecated API usage detected within last 30 days. What to do: Update manifests and API clients. EKS looks again every 24 hours, or when asked there.',
    ]);
  });

  it('names an add-on that somebody else installed: refused where EKS has none of it for the new version', async () => {
    world.cluster(({ addons }) => {
      Object.assign(addons.coredns!, { version: 'v1.13.2-eksbuild.1', tags: { theirs: 'yes' } });
    });
    expect((await ask({ version: '1.36' })).warnings).toEqual([
      expect.stringMatching(
        /^the add-on coredns v\S+ is installed by somebody else and stays as it is: EKS offers it for Kubernetes 1\.36, too/,
      ),
    ]);
    world.cluster(({ addons }) => {
      addons.coredns!.version = 'v1.9.3-eksbuild.1';
    });
    expect(await problems({ version: '1.36' })).toEqual([
      expect.stringMatching(
        /^- eks\.version 1\.36: the add-on coredns v1\.9\.3-eksbuild\.1 is installed by somebody else, and EKS offers it for that version only as v\S+, .*\. What to do: have its owner take it to one of these/,
      ),
    ]);
  });

  it('that EKS Insights warns of is warned of', async () => {
    world.cluster((cluster) => {
      cluster.insights = [insight({ status: 'WARNING' }), insight({ status: 'PASSING' })];
    });
    expect((await ask({ version: '1.36' })).warnings).toEqual([
      'eks.version 1.36: EKS warns, "Deprecated APIs removed in Kubernetes v1.36": Deprecated API usage detected within last 30 days.',
    ]);
  });

  it('of nodes that are behind already is refused: they come along first', async () => {
    world.cluster(({ nodegroups }) => {
      nodegroups['aoscloud-dev-nodes']!.version = '1.34';
    });
    expect(await problems({ version: '1.36' })).toEqual([
      expect.stringMatching(
        /^- eks\.version: node group aoscloud-dev-nodes runs Kubernetes 1\.34, .* What to do: run with eks\.version "1\.35" first/,
      ),
    ]);
  });

  it("names somebody else's node group, which is refused when it is behind and stays behind otherwise", async () => {
    await client(EKSClient, world.plan).send(
      new CreateNodegroupCommand({
        clusterName: 'aoscloud-dev',
        nodegroupName: 'foreign',
        nodeRole: roleArn(world.plan, 'nodes'),
        subnets: [world.resources.subnetIds!['subnet/eks-private/a']!],
      }),
    );
    expect((await ask({ version: '1.36' })).warnings).toEqual([
      expect.stringContaining('node group foreign is not made by AosCloud and stays on Kubernetes 1.35'),
    ]);
    world.cluster(({ nodegroups }) => {
      nodegroups.foreign!.version = '1.34';
    });
    expect(await problems({ version: '1.36' })).toEqual([
      expect.stringContaining('What to do: upgrade that node group in the EKS console'),
    ]);
  });

  it('to a version that EKS does not offer is refused', async () => {
    world.cluster((cluster) => {
      cluster.version = '1.36';
      cluster.nodegroups['aoscloud-dev-nodes']!.version = '1.36';
    });
    expect(await problems({ version: '1.37' })).toEqual([
      expect.stringMatching(/^- eks\.version 1\.37: is not offered in eu-central-1/),
    ]);
  });
});

describe('new nodes beside the old ones', () => {
  const vcpus = (value: number) => world.inside((call) => setLimit(call, 'L-1216C47A', value));

  it.each([
    ['six of an upgrade', { version: '1.36' }, 24 + 48],
    ['six of another disk', { nodes: { diskSizeGiB: 80 } }, 24 + 48],
    ['as many of another type', { nodes: { instanceTypes: ['m5.2xlarge'] } }, 24 + 24],
    ['one more', { nodes: { minSize: 4 } }, 24 + 8],
  ])('%s need their vCPUs', async (_name, eks, needed) => {
    vcpus(needed);
    expect(await problems(eks)).toEqual([]);
    vcpus(needed - 1);
    expect(await problems(eks)).toEqual([
      expect.stringMatching(
        new RegExp(`^- quota "vCPUs .*24 of ${needed - 1} in use, this run needs ${needed - 24} more`),
      ),
    ]);
  });

  it('of a type need another node group, and a type that is offered', async () => {
    world.inside((call) => setLimit(call, 'L-6D54EA21', 1));
    const found = await problems({ nodes: { instanceTypes: ['x99.large'] } });
    expect(found).toEqual([
      expect.stringContaining('eks.nodes.instanceTypes x99.large: is not offered in eu-central-1'),
      expect.stringContaining('quota "managed node groups per cluster" (eks L-6D54EA21)'),
    ]);
  });
});
