import { describe, expect, it } from 'vitest';
import { AwsFault } from '#embedded/model.ts';
import { ec2State } from '#embedded/services/ec2/state.ts';
import { elasticacheState } from '#embedded/services/elasticache/state.ts';
import { rdsState } from '#embedded/services/rds/state.ts';
import { databaseCluster, kubernetes, ourVpc, removalWorld } from './world.ts';

const denied = new AwsFault('AccessDeniedException', 'not allowed', { status: 403 });

describe('the removal preflight', () => {
  it('changes nothing', async () => {
    const world = await removalWorld();
    await world.ask();
    expect(world.test.aws.mutations).toEqual([]);
  });

  it('reports all that stands in the way at once', async () => {
    const world = await removalWorld((call) => {
      databaseCluster(call, 'aurora').deletionProtection = true;
      databaseCluster(call, 'documentdb').deletionProtection = true;
      kubernetes(call).deletionProtection = true;
    });
    expect(await world.problems()).toEqual([
      expect.stringMatching(/^Aurora/),
      expect.stringMatching(/^DocumentDB/),
      expect.stringMatching(/^EKS/),
    ]);
  });

  it('takes a read that is refused for a blocker that holds back no step, and names it once', async () => {
    const world = await removalWorld();
    world.test.aws.inject = ({ operation }) =>
      operation === 'rds:DescribeDBInstances' ? { kind: 'refuse', fault: denied } : undefined;
    expect(await world.ask()).toEqual({
      blockers: [
        {
          problem: expect.stringMatching(/^rds:DescribeDBInstances was refused with AccessDenied/),
          steps: [],
        },
      ],
      warnings: [expect.stringMatching(/^EFS/)],
    });
  });

  it('does not take for a blocker what passes by itself', async () => {
    const world = await removalWorld();
    const busy = new AwsFault('InternalFailure', 'try again', { status: 500 });
    world.test.aws.inject = ({ operation }) =>
      operation === 'rds:DescribeDBInstances' ? { kind: 'refuse', fault: busy } : undefined;
    await expect(world.ask()).rejects.toMatchObject({ name: 'InternalFailure' });
  });

  it('reads each list once, however many questions need it', async () => {
    const world = await removalWorld();
    const before = { ...world.test.aws.requests };
    await world.ask();
    for (const operation of [
      'rds:DescribeDBClusters',
      'rds:DescribeDBInstances',
      'efs:DescribeFileSystems',
      'efs:DescribeMountTargets',
    ])
      expect(world.test.aws.requests[operation]! - (before[operation] ?? 0), operation).toBe(1);
  });

  it('sees somebody’s things beyond the first page of a list', async () => {
    const world = await removalWorld((call) => {
      const { clusters } = rdsState(call);
      const { replicationGroups, subnetGroups } = elasticacheState(call);
      const cluster = structuredClone(databaseCluster(call, 'aurora'));
      const cache = structuredClone(replicationGroups['aoscloud-dev-redis']!);
      for (let index = 0; index < 120; index += 1) {
        const id = `zz-${String(index).padStart(3, '0')}`;
        clusters[id] = { ...cluster, id, arn: `arn:${id}`, tags: {}, members: [] };
        subnetGroups[id] = { ...subnetGroups['aoscloud-dev-redis']!, name: id, tags: {} };
        const members = [{ ...cache.members[0]!, id: `${id}-001` }];
        replicationGroups[id] = { ...cache, id, members, subnetGroup: id, tags: {} };
      }
    });
    const problems = await world.problems();
    expect(problems.filter((problem) => /^database cluster zz-/.test(problem))).toHaveLength(120);
    expect(problems.filter((problem) => /^ElastiCache zz-/.test(problem))).toHaveLength(120);
  });

  it('asks nothing of others where no VPC of the environment goes', async () => {
    const world = await removalWorld((call) => {
      const { clusters, instances } = rdsState(call);
      const cluster = structuredClone(databaseCluster(call, 'aurora'));
      clusters.theirs = {
        ...cluster,
        id: 'theirs',
        arn: 'arn:theirs',
        tags: {},
        subnetGroup: 'x',
        members: [],
      };
      for (const instance of Object.values(instances)) instance.tags = {};
      delete ec2State(call).vpcs[ourVpc(call).id];
    });
    const before = world.test.aws.requests['elasticache:DescribeCacheSubnetGroups'] ?? 0;
    const problems = await world.problems();
    expect(problems.filter((problem) => problem.includes('not part of this removal'))).toEqual([]);
    expect(world.test.aws.requests['elasticache:DescribeCacheSubnetGroups'] ?? 0).toBe(before);
  });
});
