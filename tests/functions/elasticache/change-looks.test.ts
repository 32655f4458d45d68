import { DescribeCacheClustersCommand } from '@aws-sdk/client-elasticache';
import { describe, expect, it } from 'vitest';
import { plan } from '../../support/mocked-ec2.ts';
import { arrange, cache, changes, group, id, look, mockedCache, node, withFigures } from './mocked-cache.ts';

mockedCache();

describe('a change of a living cache', () => {
  const updating = `ElastiCache replication group ${id}: updating`;
  const modify = (update: object) => [
    ['ModifyReplicationGroup', { ReplicationGroupId: id, ApplyImmediately: true, ...update }],
  ];

  it('of the retention is told from what to what', async () => {
    arrange({ group: group() });
    expect(await look(withFigures({ snapshotRetentionDays: 3 }))).toMatchObject({
      status: 'pending',
      detail: `${updating} elasticache.snapshotRetentionDays from 7 to 3`,
      retryAfterSeconds: 15,
    });
    expect(changes()).toEqual(modify({ SnapshotRetentionLimit: 3 }));
  });

  it.each([
    ['MultiAZ', { MultiAZ: 'disabled' as const }],
    ['AutomaticFailover', { AutomaticFailover: 'disabled' as const }],
  ])('sets failover where %s is off', async (_what, off) => {
    arrange({ group: group(off) });
    expect((await look()).detail).toBe(`${updating} failover to another zone from false to true`);
    expect(changes()).toEqual(modify({ AutomaticFailoverEnabled: true, MultiAZEnabled: true }));
  });

  it('leaves failover as it is while there is no replica', async () => {
    const off = { MultiAZ: 'disabled' as const, AutomaticFailover: 'disabled' as const };
    for (const MemberClusters of [[`${id}-001`], undefined as never]) {
      cache.resetHistory();
      arrange({ group: group({ ...off, MemberClusters }) });
      cache.on(DescribeCacheClustersCommand).resolves({ CacheClusters: [node()] });
      expect((await look()).detail).toBe(`${updating} elasticache.replicas from 0 to 1`);
      expect(changes().map(([name]) => name)).toEqual(['IncreaseReplicaCount']);
    }
  });

  it('gives the base group back, beside those of others', async () => {
    arrange({ group: group(), node: node({ SecurityGroups: [{ SecurityGroupId: 'sg-theirs' }] }) });
    expect((await look()).detail).toBe(`${updating} security groups from sg-theirs to sg-theirs and sg-base`);
    expect(changes()).toEqual(modify({ SecurityGroupIds: ['sg-theirs', 'sg-base'] }));
    cache.resetHistory();
    arrange({ group: group(), node: node({ SecurityGroups: undefined as never }) });
    await look();
    expect(changes()).toEqual(modify({ SecurityGroupIds: ['sg-base'] }));
  });

  it.each([
    ['redis', '7.0', 'redis', '7.1', undefined],
    ['redis', '6.2', 'redis', '7.1', 'default.redis7'],
    ['redis', '5.0.6', 'redis', '6.2', 'default.redis6.x'],
    ['redis', '4.0.10', 'redis', '5.0.6', 'default.redis5.0'],
    ['redis', '5.0.3', 'redis', '5.0.6', undefined],
    ['valkey', '7.2', 'valkey', '8.0', 'default.valkey8'],
  ] as const)(
    'of %s %s to %s %s names the parameter group %s',
    async (has, runs, engine, engineVersion, named) => {
      arrange({ group: group(), node: node({ Engine: has, EngineVersion: runs }) });
      expect(await look(withFigures({ engine, engineVersion }))).toMatchObject({
        detail: `${updating} elasticache.engineVersion from ${runs} to ${engineVersion}`,
        retryAfterSeconds: 240,
      });
      expect(changes()).toEqual(
        modify({ EngineVersion: engineVersion, ...(named && { CacheParameterGroupName: named }) }),
      );
    },
  );

  it('to Valkey says so beside the version', async () => {
    arrange({ group: group(), node: node({ Engine: 'redis', EngineVersion: '7.1' }) });
    expect((await look(withFigures({ engine: 'valkey', engineVersion: '8.1' }))).detail).toBe(
      `${updating} elasticache.engine from redis to valkey, elasticache.engineVersion from 7.1 to 8.1`,
    );
  });

  it('of the version is nothing where AWS does not tell it, or tells no node', async () => {
    arrange({ group: group(), node: node({ EngineVersion: undefined as never }) });
    expect(await look(withFigures({ engineVersion: '9.9' }))).toMatchObject({ status: 'ready' });
    cache.on(DescribeCacheClustersCommand).resolves({});
    expect(await look(withFigures({ engineVersion: '9.9' }))).toMatchObject({ status: 'ready' });
  });

  it('of the node type comes after all that interrupts nobody', async () => {
    arrange({ group: group() });
    expect(await look(withFigures({ nodeType: 'cache.r7g.large', replicas: 2 }))).toMatchObject({
      detail: `${updating} elasticache.nodeType from ${plan.elasticache.nodeType} to cache.r7g.large`,
      retryAfterSeconds: 480,
    });
    expect(changes()).toEqual(modify({ CacheNodeType: 'cache.r7g.large' }));
  });

  it.each([
    [2, 'IncreaseReplicaCount'],
    [1, 'DecreaseReplicaCount'],
  ])('of the replicas to %i is %s', async (replicas, operation) => {
    const other = 3 - replicas;
    const MemberClusters = Array.from({ length: other + 1 }, (_, index) => `${id}-00${index + 1}`);
    arrange({ group: group({ MemberClusters }) });
    expect(await look(withFigures({ replicas }))).toMatchObject({
      status: 'pending',
      detail: `${updating} elasticache.replicas from ${other} to ${replicas}`,
      retryAfterSeconds: 180,
    });
    expect(changes()).toEqual([
      [operation, { ReplicationGroupId: id, NewReplicaCount: replicas, ApplyImmediately: true }],
    ]);
  });
});
