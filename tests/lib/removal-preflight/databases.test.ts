import { describe, expect, it } from 'vitest';
import type { Call } from '#embedded/model.ts';
import { rdsState } from '#embedded/services/rds/state.ts';
import { addInstance, type DatabaseStep, databaseCluster, databaseInstance, removalWorld } from './world.ts';

const both = [
  ['aurora', 'Aurora', 'aurora-postgresql'],
  ['documentdb', 'DocumentDB', 'docdb'],
] as const;

describe.each(both)('what keeps %s from going', (step: DatabaseStep, title, engine) => {
  const cluster = `${title} cluster aoscloud-dev-${step}`;

  it('is nothing where nobody was at it', async () => {
    const world = await removalWorld();
    expect(await world.ask()).toEqual({
      blockers: [],
      warnings: [expect.stringMatching(/^EFS file system fs-\w+ leaves no final copy/)],
    });
  });

  it('is its protection, unless the run that made it could not finish', async () => {
    const world = await removalWorld((call) => {
      databaseCluster(call, step).deletionProtection = true;
    });
    expect((await world.ask()).blockers).toEqual([
      {
        problem: `${cluster} is protected from deletion (W9). What to do: run provision with deletionProtection false, then remove the environment`,
        steps: [step],
      },
    ]);
    expect(await world.problems({ unprotect: true })).toEqual([]);
  });

  it('is an instance of somebody else, until that is being deleted', async () => {
    const world = await removalWorld((call) => addInstance(call, step, 'reporting'));
    expect((await world.ask()).blockers).toEqual([
      {
        problem: `${cluster} has instance reporting, not made by AosCloud. What to do: delete it`,
        steps: [step],
      },
    ]);
    world.arrange((call) => {
      rdsState(call).instances.reporting!.status = 'deleting';
    });
    expect(await world.problems()).toEqual([]);
  });

  it('is an instance of another run where one run alone is taken back, and not where all is removed', async () => {
    const tags = { 'aoscloud:environment': 'dev', 'aoscloud:created-by': 'run-2' };
    const world = await removalWorld((call) => addInstance(call, step, `aoscloud-dev-${step}-2`, { tags }));
    expect(await world.problems()).toEqual([]);
    expect(await world.problems({ createdBy: 'run-1' }, 'own')).toEqual([
      `${cluster} has instance aoscloud-dev-${step}-2, made by execution run-2, which is not part of this removal. What to do: delete it`,
    ]);
  });

  it('is an instance that only claims to be of the run', async () => {
    const tags = { 'aoscloud:environment': 'prod', 'aoscloud:created-by': 'run-1' };
    const world = await removalWorld((call) => addInstance(call, step, 'other', { tags }));
    expect(await world.problems({ createdBy: 'run-1' }, 'own')).toHaveLength(1);
  });

  it('is not an instance of another cluster', async () => {
    const world = await removalWorld((call) => {
      const { clusters, instances } = rdsState(call);
      const cluster = structuredClone(databaseCluster(call, step));
      clusters.theirs = { ...cluster, id: 'theirs', arn: 'arn:theirs', tags: {}, members: ['theirs-1'] };
      const instance = structuredClone(databaseInstance(call, step));
      instances['theirs-1'] = { ...instance, id: 'theirs-1', clusterId: 'theirs', tags: {} };
    });
    expect(await world.problems({}, 'own')).toEqual([]);
  });

  it('is Auto Scaling, which is ended before its instance is deleted', async () => {
    const world = await removalWorld((call) => addInstance(call, step, 'application-autoscaling-0f1e'));
    const [problem] = await world.problems();
    expect(problem).toContain(
      `${cluster} has instance application-autoscaling-0f1e, made by Aurora Auto Scaling`,
    );
    expect(problem).toContain(`deregister-scalable-target`);
    expect(problem).toContain(`--resource-id cluster:aoscloud-dev-${step})`);
  });

  it('is not Auto Scaling where only part of the name sounds like it', async () => {
    const world = await removalWorld((call) => addInstance(call, step, 'my-application-autoscaling-1'));
    expect(await world.problems()).toEqual([expect.stringContaining('not made by AosCloud')]);
  });

  it('is a global cluster it is a member of, and not one of others', async () => {
    const world = await removalWorld((call) => {
      databaseCluster(call, step).globalCluster = 'worldwide';
    });
    const [problem, ...more] = await world.problems();
    expect(more).toEqual([]);
    expect(problem).toContain(
      `${cluster} is a member of global cluster worldwide. What to do: remove it from there`,
    );
    expect(problem).not.toContain('aoscloud-dev-other');
  });

  it('is a global cluster with members of others beside it', async () => {
    const world = await removalWorld((call) => {
      const ours = databaseCluster(call, step);
      const { clusters } = rdsState(call);
      ours.globalCluster = 'worldwide';
      const abroad = {
        ...structuredClone(ours),
        id: 'abroad',
        arn: 'arn:abroad',
        subnetGroup: 'x',
        members: [],
      };
      clusters.abroad = { ...abroad, tags: {} };
    });
    expect(await world.problems()).toEqual([
      expect.stringContaining(`${cluster} is a member of global cluster worldwide`),
    ]);
  });

  it('is each replica of it in another region', async () => {
    const replica = (region: string) => `arn:aws:rds:${region}:111122223333:cluster:copy`;
    const world = await removalWorld((call) => {
      databaseCluster(call, step).readReplicas = [replica('us-east-1'), replica('us-west-2')];
    });
    expect(await world.problems()).toEqual(
      ['us-east-1', 'us-west-2'].map(
        (region) =>
          `${cluster} has the read replica ${replica(region)}. What to do: promote or delete the replica`,
      ),
    );
  });

  it.each([
    [
      'failed',
      /^.* is failed and cannot leave a final snapshot\. What to do: run the removal with finalSnapshots false/,
    ],
    [
      'inaccessible-encryption-credentials-recoverable',
      /cannot leave a final snapshot\. What to do: give AWS access to the key arn:aws:kms:\S+ again and start the cluster, or run/,
    ],
  ] as const)('is its status %s, where a final snapshot is wanted', async (status, words) => {
    const world = await removalWorld((call) => {
      databaseCluster(call, step).status = status;
    });
    expect(await world.problems()).toEqual([expect.stringMatching(words)]);
    expect((await world.ask()).blockers).toMatchObject([{ steps: [step] }]);
    expect(await world.problems({ finalSnapshots: false })).toEqual([]);
  });

  it.each(['available', 'stopped', 'modifying'] as const)('is not that it is %s', async (status) => {
    const world = await removalWorld((call) => {
      databaseCluster(call, step).status = status;
    });
    expect(await world.problems()).toEqual([]);
  });

  it.each([
    ['is being deleted already', (call) => void (databaseCluster(call, step).status = 'deleting')],
    ['belongs to somebody else', (call) => void (databaseCluster(call, step).tags = {})],
  ] as readonly (readonly [string, (call: Call) => void])[])(
    'is not asked of a cluster that %s',
    async (_what, change) => {
      const world = await removalWorld((call) => {
        databaseCluster(call, step).deletionProtection = true;
      }, change);
      const { blockers, warnings } = await world.ask({ finalSnapshots: false }, 'own');
      expect(blockers).toEqual([]);
      expect(warnings.filter((warning) => warning.startsWith(cluster))).toEqual([]);
    },
  );

  it('is not asked of a cluster that the run to be taken back did not make', async () => {
    const world = await removalWorld((call) => {
      databaseCluster(call, step).deletionProtection = true;
    });
    expect(await world.problems({ createdBy: 'run-2' }, 'own')).toEqual([]);
  });

  it('is not asked of a cluster of our name with another engine', async () => {
    const world = await removalWorld((call) => {
      const one = databaseCluster(call, step);
      const engineOfTheOther = step === 'aurora' ? 'docdb' : 'aurora-postgresql';
      Object.assign(one, { deletionProtection: true, engine: engineOfTheOther });
    });
    expect(await world.problems({}, 'own')).toEqual([]);
  });

  it('is warned of where no final snapshot is left', async () => {
    const world = await removalWorld();
    const warning = `${cluster} leaves no final snapshot: its data is gone for good`;
    expect((await world.ask({ finalSnapshots: false })).warnings).toContain(warning);
    expect((await world.ask()).warnings).not.toContain(warning);
  });

  const outsider = `database cluster theirs (${engine})`;

  it('is a cluster of somebody else in its subnet group, named once with its instances', async () => {
    const world = await removalWorld((call) => {
      const { clusters, instances } = rdsState(call);
      const ours = databaseCluster(call, step);
      clusters.theirs = {
        ...structuredClone(ours),
        id: 'theirs',
        arn: 'arn:theirs',
        tags: {},
        members: ['theirs-1'],
      };
      const instance = structuredClone(databaseInstance(call, step));
      instances['theirs-1'] = {
        ...instance,
        id: 'theirs-1',
        arn: 'arn:theirs-1',
        clusterId: 'theirs',
        tags: {},
      };
    });
    expect((await world.ask()).blockers).toEqual([
      {
        problem: `${outsider} is not part of this removal, and uses DB subnet group aoscloud-dev-${step}, which cannot go before it. What to do: delete it, or move it to other subnets`,
        steps: [step, 'vpc'],
      },
    ]);
    expect(await world.problems({}, 'own'), 'a rollback looks itself').toEqual([]);
  });

  it('is not a cluster of somebody else in a subnet group of theirs', async () => {
    const world = await removalWorld((call) => {
      const ours = structuredClone(databaseCluster(call, step));
      const { clusters, subnetGroups } = rdsState(call);
      subnetGroups.theirs = {
        ...structuredClone(subnetGroups[`aoscloud-dev-${step}`]!),
        name: 'theirs',
        vpcId: 'vpc-x',
      };
      clusters.theirs = {
        ...ours,
        id: 'theirs',
        arn: 'arn:theirs',
        tags: {},
        members: [],
        subnetGroup: 'theirs',
      };
    });
    expect(await world.problems()).toEqual([]);
  });

  it('is an instance of theirs in our VPC, and none in another', async () => {
    const place = (vpcId?: string) =>
      removalWorld((call) => {
        const { clusters, instances, subnetGroups } = rdsState(call);
        const group = structuredClone(subnetGroups[`aoscloud-dev-${step}`]!);
        subnetGroups.theirs = { ...group, name: 'theirs', vpcId: vpcId ?? group.vpcId };
        const ours = structuredClone(databaseCluster(call, step));
        clusters.theirs = {
          ...ours,
          id: 'theirs',
          arn: 'arn:theirs',
          tags: {},
          members: ['theirs-1'],
          subnetGroup: 'theirs',
        };
        const instance = structuredClone(databaseInstance(call, step));
        instances['theirs-1'] = {
          ...instance,
          id: 'theirs-1',
          arn: 'arn:theirs-1',
          clusterId: 'theirs',
          tags: {},
        };
      });
    expect((await (await place()).ask()).blockers).toEqual([
      {
        problem: expect.stringMatching(
          new RegExp(
            `^database instance theirs-1 \\(${engine}\\) is not part of this removal, and uses DB subnet group theirs in vpc-\\w+, which`,
          ),
        ),
        steps: ['vpc'],
      },
    ]);
    expect(await (await place('vpc-elsewhere')).problems()).toEqual([]);
  });
});

describe('the quota of manual cluster snapshots', () => {
  const used = (count: number) =>
    removalWorld((call) => {
      const { snapshots } = rdsState(call);
      for (let index = 0; index < count; index += 1)
        snapshots[`old-${index}`] = { id: `old-${index}` } as (typeof snapshots)[string];
    });

  it('keeps both from going where it has not room for both', async () => {
    const world = await used(99);
    expect((await world.ask()).blockers).toEqual([
      {
        problem: expect.stringMatching(
          /^quota ManualClusterSnapshots: 99 of 100 are used in eu-central-1, and Aurora cluster aoscloud-dev-aurora and DocumentDB cluster aoscloud-dev-documentdb would leave 2 more\. What to do: /,
        ),
        steps: ['aurora', 'documentdb'],
      },
    ]);
  });

  it('is enough where the last two fit', async () => {
    expect(await (await used(98)).problems()).toEqual([]);
  });

  it('is not asked where none is left, and counts what goes only', async () => {
    const world = await used(99);
    expect(await world.problems({ finalSnapshots: false })).toEqual([]);
    world.arrange((call) => {
      databaseCluster(call, 'aurora').tags = {};
    });
    expect(await world.problems({}, 'own')).toEqual([]);
    world.arrange((call) => {
      databaseCluster(call, 'documentdb').tags = {};
    });
    const asked = world.test.aws.requests['rds:DescribeAccountAttributes'];
    await world.problems({}, 'own');
    expect(world.test.aws.requests['rds:DescribeAccountAttributes']).toBe(asked);
  });
});
