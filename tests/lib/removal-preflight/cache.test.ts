import { describe, expect, it } from 'vitest';
import { AwsFault, type Call } from '#embedded/model.ts';
import { elasticacheState } from '#embedded/services/elasticache/state.ts';
import { removalWorld, replicationGroup } from './world.ts';

const group = 'ElastiCache replication group aoscloud-dev-redis';

describe('what keeps ElastiCache from going', () => {
  it('is a global datastore it is a member of', async () => {
    const world = await removalWorld((call) => {
      replicationGroup(call).globalDatastore = 'ldgnf-worldwide';
    });
    expect((await world.ask()).blockers).toEqual([
      {
        problem: expect.stringContaining(
          `${group} is a member of global datastore ldgnf-worldwide. What to do: remove it from there`,
        ),
        steps: ['elasticache'],
      },
    ]);
  });

  it('is a node type without snapshots, where a final snapshot is wanted', async () => {
    const world = await removalWorld((call) => {
      Object.assign(replicationGroup(call), { nodeType: 'cache.t1.micro' });
    });
    expect(await world.problems()).toEqual([
      `${group} has nodes of type cache.t1.micro, of which AWS takes no snapshot. What to do: run the removal with finalSnapshots false if its data may be lost`,
    ]);
    expect(await world.problems({ finalSnapshots: false })).toEqual([]);
  });

  it('is warned of where no final snapshot is left', async () => {
    const world = await removalWorld();
    const warning = `${group} leaves no final snapshot: its data is gone for good`;
    expect((await world.ask({ finalSnapshots: false })).warnings).toContain(warning);
    expect((await world.ask()).warnings).not.toContain(warning);
  });

  it.each([
    ['is gone', (call: Call) => void delete elasticacheState(call).replicationGroups['aoscloud-dev-redis']],
    ['is being deleted already', (call: Call) => void (replicationGroup(call).status = 'deleting')],
    ['is being made, and shows no tags', (call: Call) => void (replicationGroup(call).status = 'creating')],
    ['belongs to somebody else', (call: Call) => void (replicationGroup(call).tags = {})],
    [
      'belongs to another environment',
      (call: Call) => void (replicationGroup(call).tags['aoscloud:environment'] = 'prod'),
    ],
  ])('is not asked of a group that %s', async (_what, change) => {
    const world = await removalWorld((call) => {
      replicationGroup(call).globalDatastore = 'ldgnf-worldwide';
    }, change);
    const { blockers, warnings } = await world.ask({ finalSnapshots: false }, 'own');
    expect(blockers).toEqual([]);
    expect(warnings.filter((warning) => warning.startsWith(group))).toEqual([]);
  });

  it('is asked of the group of this environment, not of another that is listed first', async () => {
    const world = await removalWorld((call) => {
      const state = elasticacheState(call);
      const ours = replicationGroup(call);
      ours.globalDatastore = 'ldgnf-worldwide';
      const first = { ...structuredClone(ours), id: 'first', tags: {}, globalDatastore: 'ldgnf-other' };
      state.replicationGroups = { first, [ours.id]: ours };
    });
    expect(await world.problems({}, 'own')).toEqual([expect.stringContaining('ldgnf-worldwide')]);
  });

  it('is nothing of a group that goes while it is asked', async () => {
    const world = await removalWorld((call) => {
      replicationGroup(call).globalDatastore = 'ldgnf-worldwide';
    });
    const fault = new AwsFault('ReplicationGroupNotFoundFault', 'not found', { status: 404 });
    world.test.aws.inject = ({ operation }) =>
      operation === 'elasticache:ListTagsForResource' ? { kind: 'refuse', fault } : undefined;
    expect(await world.problems({}, 'own')).toEqual([]);
  });

  it('is not asked of a group that the run to be taken back did not make', async () => {
    const world = await removalWorld((call) => {
      replicationGroup(call).globalDatastore = 'ldgnf-worldwide';
    });
    expect(await world.problems({ createdBy: 'run-2' }, 'own')).toEqual([]);
    expect(await world.problems({ createdBy: 'run-1' }, 'own')).toHaveLength(1);
  });
});

/** Somebody else's group beside ours, in `subnetGroup`. */
function beside(subnetGroup: string, vpcId?: string) {
  return (call: Call) => {
    const { replicationGroups, subnetGroups } = elasticacheState(call);
    const ours = subnetGroups['aoscloud-dev-redis']!;
    subnetGroups[subnetGroup] ??= {
      ...structuredClone(ours),
      name: subnetGroup,
      vpcId: vpcId ?? ours.vpcId,
      tags: {},
    };
    const { members, ...other } = structuredClone(replicationGroup(call));
    const theirs = ['theirs-001', 'theirs-002'].map((id, index) => ({
      ...members[index % members.length]!,
      id,
    }));
    replicationGroups.theirs = { ...other, id: 'theirs', subnetGroup, members: theirs, tags: {} };
  };
}

describe('a replication group of somebody else', () => {
  it('keeps our subnet group, once however many nodes it has', async () => {
    const world = await removalWorld(beside('aoscloud-dev-redis'));
    expect((await world.ask()).blockers).toEqual([
      {
        problem: expect.stringMatching(
          /^ElastiCache theirs is not part of this removal, and uses subnet group aoscloud-dev-redis in vpc-\w+, which cannot go before it\. What to do: delete it$/,
        ),
        steps: ['elasticache', 'vpc'],
      },
    ]);
    expect(await world.problems({}, 'own'), 'a rollback looks itself').toEqual([]);
  });

  it('keeps the VPC alone from a subnet group of its own', async () => {
    const world = await removalWorld(beside('theirs'));
    expect((await world.ask()).blockers).toMatchObject([
      { problem: expect.stringContaining('uses subnet group theirs in vpc-'), steps: ['vpc'] },
    ]);
  });

  it('is in nobody’s way in another VPC', async () => {
    const world = await removalWorld(beside('theirs', 'vpc-elsewhere'));
    expect(await world.problems()).toEqual([]);
  });

  it('is in nobody’s way in a VPC that the run to be taken back did not make', async () => {
    const world = await removalWorld(beside('theirs'));
    expect(await world.problems({ createdBy: 'run-2' })).toEqual([]);
  });
});
