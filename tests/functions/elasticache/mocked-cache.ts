/** The step on its own: ElastiCache behind a mock that answers what a test arranges. */
import {
  type CacheCluster,
  type CacheSubnetGroup,
  DescribeCacheClustersCommand,
  DescribeCacheSubnetGroupsCommand,
  DescribeReplicationGroupsCommand,
  ElastiCacheClient,
  ListTagsForResourceCommand,
  type ReplicationGroup,
} from '@aws-sdk/client-elasticache';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, vi } from 'vitest';
import { ensure } from '#functions/elasticache/ensure.ts';
import type { EnvironmentPlan } from '#lib/run/environment.ts';
import { contextOf, plan, refusal, tagsOf } from '../../support/mocked-ec2.ts';

export const id = 'aoscloud-dev-redis';
export const subnetGroupName = 'aoscloud-dev-redis';
const earlier = { ...plan, execution: 'run-0' };
const now = Date.parse('2026-11-01T00:00:00Z');
export const ago = (seconds: number) => new Date(now - seconds * 1000);
export let cache: ReturnType<typeof mocked>;

function mocked() {
  return mockClient(ElastiCacheClient);
}

/** As planned, by an earlier run unless tags say otherwise. */
export function group(changes: Partial<ReplicationGroup> = {}): ReplicationGroup {
  const { nodeType, snapshotRetentionDays } = plan.elasticache;
  return {
    ReplicationGroupId: id,
    ARN: 'arn:group',
    Status: 'available',
    CacheNodeType: nodeType,
    SnapshotRetentionLimit: snapshotRetentionDays,
    MemberClusters: [`${id}-001`, `${id}-002`],
    MultiAZ: 'enabled',
    AutomaticFailover: 'enabled',
    ReplicationGroupCreateTime: ago(600),
    ...changes,
  };
}

export function node(changes: Partial<CacheCluster> = {}): CacheCluster {
  const { engine, engineVersion } = plan.elasticache;
  return {
    Engine: engine,
    EngineVersion: engineVersion,
    SecurityGroups: [{ SecurityGroupId: 'sg-base' }],
    ...changes,
  };
}

export function subnetGroup(changes: Partial<CacheSubnetGroup> = {}): CacheSubnetGroup {
  const Subnets = ['a', 'b', 'c'].map((letter) => ({ SubnetIdentifier: `subnet-${letter}` }));
  return { ARN: 'arn:subnets', VpcId: 'vpc-1', Subnets, ...changes };
}

interface World {
  readonly group?: ReplicationGroup;
  readonly node?: CacheCluster;
  readonly subnetGroup?: CacheSubnetGroup;
  readonly tags?: ReturnType<typeof tagsOf>;
}

export function arrange({ group: found, node: first = node(), subnetGroup: subnets, tags }: World): void {
  const gone = (operation: string, code: string) => refusal(`elasticache:${operation}`, code);
  const groups = cache.on(DescribeReplicationGroupsCommand, { ReplicationGroupId: id });
  if (found) groups.resolves({ ReplicationGroups: [found] });
  else groups.rejects(gone('DescribeReplicationGroups', 'ReplicationGroupNotFoundFault'));
  const subnetGroups = cache.on(DescribeCacheSubnetGroupsCommand, { CacheSubnetGroupName: subnetGroupName });
  if (subnets) subnetGroups.resolves({ CacheSubnetGroups: [subnets] });
  else subnetGroups.rejects(gone('DescribeCacheSubnetGroups', 'CacheSubnetGroupNotFoundFault'));
  cache
    .on(DescribeCacheClustersCommand, { CacheClusterId: `${id}-001` })
    .resolves({ CacheClusters: [first] });
  cache.on(ListTagsForResourceCommand).resolves({ TagList: tags ?? tagsOf('elasticache', earlier) });
}

export const resources = {
  vpcId: 'vpc-1',
  defaultSecurityGroupId: 'sg-base',
  subnetIds: Object.fromEntries(
    ['a', 'b', 'c'].map((letter) => [`subnet/elasticache/${letter}`, `subnet-${letter}`]),
  ),
};

export const withFigures = (changes: Partial<EnvironmentPlan['elasticache']>): EnvironmentPlan => ({
  ...plan,
  elasticache: { ...plan.elasticache, ...changes },
});

export function look(environment: EnvironmentPlan = plan, elapsedSeconds = 0) {
  return ensure({ ...contextOf(resources, environment), elapsedSeconds });
}

/** What was sent beside the reads, by its name without `Command`. */
export function changes(): [string, object][] {
  return cache
    .calls()
    .map(({ args }): [string, object] => [args[0].constructor.name.replace('Command', ''), args[0].input])
    .filter(([name]) => !/^(Describe|List)/.test(name));
}

/** A mock of ElastiCache before each test of the file that asks for it, on a clock that stands still. */
export function mockedCache(): void {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'], now });
    cache = mocked();
    cache.onAnyCommand().resolves({});
  });
  afterEach(() => {
    cache.restore();
    vi.useRealTimers();
  });
}
