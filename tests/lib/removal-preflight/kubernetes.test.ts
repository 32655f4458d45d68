import { describe, expect, it } from 'vitest';
import { AwsFault, type Call } from '#embedded/model.ts';
import { kubernetes, removalWorld } from './world.ts';

/** A cluster that stays keeps its nodes, its rules and its group. */
const steps = ['eks-nodes', 'eks-connect', 'eks-endpoints', 'eks-cluster'];
const cluster = 'EKS cluster aoscloud-dev';

const withProfile = (call: Call) => {
  kubernetes(call).fargateProfiles = ['batch'];
};

function addNodegroup(tags: Record<string, string>, status: 'ACTIVE' | 'DELETING' = 'ACTIVE') {
  return (call: Call) => {
    const { nodegroups } = kubernetes(call);
    const [ours] = Object.values(nodegroups);
    nodegroups.gpu = { ...structuredClone(ours!), name: 'gpu', tags, status, nodes: [] };
  };
}

describe('what keeps EKS from going', () => {
  it('is its protection, unless the run that made it could not finish', async () => {
    const world = await removalWorld((call) => {
      kubernetes(call).deletionProtection = true;
    });
    expect((await world.ask()).blockers).toEqual([
      {
        problem: `${cluster} is protected from deletion (W9). What to do: run provision with deletionProtection false, then remove the environment`,
        steps,
      },
    ]);
    expect(await world.problems({ unprotect: true })).toEqual([]);
  });

  it('is each Fargate profile', async () => {
    const world = await removalWorld((call) => {
      kubernetes(call).fargateProfiles = ['batch', 'web'];
    });
    expect((await world.ask()).blockers).toEqual(
      ['batch', 'web'].map((profile) => ({
        problem: `${cluster} has Fargate profile ${profile}, made by somebody else. What to do: delete it`,
        steps,
      })),
    );
  });

  it.each([
    ['of somebody else', {}],
    ['of another environment', { 'aoscloud:environment': 'prod' }],
  ])('is a node group %s', async (_whose, tags) => {
    const world = await removalWorld(addNodegroup(tags as Record<string, string>));
    expect((await world.ask()).blockers).toEqual([
      {
        problem: `${cluster} has node group gpu, made by somebody else. What to do: move its work and delete it`,
        steps,
      },
    ]);
  });

  it('is no node group that is being deleted, and none of the environment', async () => {
    expect(await (await removalWorld(addNodegroup({}, 'DELETING'))).problems()).toEqual([]);
    const ours = { 'aoscloud:environment': 'dev', 'aoscloud:created-by': 'run-2' };
    expect(await (await removalWorld(addNodegroup(ours))).problems({ createdBy: 'run-1' }, 'own')).toEqual(
      [],
    );
  });

  it('is nothing that goes while it is asked', async () => {
    const world = await removalWorld(addNodegroup({}));
    world.test.aws.inject = ({ operation }) => {
      if (operation === 'eks:DescribeNodegroup')
        world.arrange((call) => void delete kubernetes(call).nodegroups.gpu);
      return undefined;
    };
    expect(await world.problems()).toEqual([]);
  });

  it.each(['ListFargateProfiles', 'ListNodegroups'])(
    'is nothing of a cluster that has gone when %s asks for it',
    async (operation) => {
      const world = await removalWorld(operation === 'ListNodegroups' ? addNodegroup({}) : withProfile);
      const fault = new AwsFault('ResourceNotFoundException', 'No cluster found', { status: 404 });
      world.test.aws.inject = (call) =>
        call.operation === `eks:${operation}` ? { kind: 'refuse', fault } : undefined;
      expect(await world.problems()).toEqual([]);
    },
  );

  it.each([
    ['is being deleted already', (call: Call) => void (kubernetes(call).status = 'DELETING')],
    ['belongs to somebody else', (call: Call) => void (kubernetes(call).tags = {})],
  ])('is not asked of a cluster that %s', async (_what, change) => {
    const world = await removalWorld(withProfile, change);
    expect(await world.problems({}, 'own')).toEqual([]);
  });

  it('is not asked of a cluster that the run to be taken back did not make', async () => {
    const world = await removalWorld(withProfile);
    expect(await world.problems({ createdBy: 'run-2' }, 'own')).toEqual([]);
    expect(await world.problems({ createdBy: 'run-1' }, 'own')).toHaveLength(1);
  });
});
