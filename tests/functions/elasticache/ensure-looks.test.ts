import {
  CreateCacheSubnetGroupCommand,
  CreateReplicationGroupCommand,
  DeleteCacheSubnetGroupCommand,
  DeleteReplicationGroupCommand,
  DescribeCacheClustersCommand,
  DescribeEventsCommand,
  DescribeUsersCommand,
  type Event,
} from '@aws-sdk/client-elasticache';
import { describe, expect, it } from 'vitest';
import { ensure } from '#functions/elasticache/ensure.ts';
import { contextOf, plan, refusal, tagsOf } from '../../support/mocked-ec2.ts';
import {
  ago,
  arrange,
  cache,
  changes,
  group,
  id,
  look,
  mockedCache,
  resources,
  subnetGroup,
  subnetGroupName,
  withFigures,
} from './mocked-cache.ts';

mockedCache();

describe('a look at the cache', () => {
  it.each([
    [1, [`${id}-001`, `${id}-002`], '1 replica'],
    [2, [1, 2, 3].map((number) => `${id}-00${number}`), '2 replicas'],
  ])('is done with %i replicas where nothing differs', async (replicas, MemberClusters, words) => {
    arrange({ group: group({ MemberClusters }) });
    expect(await look(withFigures({ replicas }))).toEqual({
      status: 'ready',
      detail: `ElastiCache replication group ${id} is available with ${words}`,
      resources: {},
    });
    expect(changes()).toEqual([]);
  });

  it('waits for a group that is being made or changed, and asks for no tags, which AWS does not tell then', async () => {
    arrange({ group: group({ Status: 'modifying' }) });
    expect(await look()).toEqual({
      status: 'pending',
      detail: `ElastiCache replication group ${id} is modifying`,
      retryAfterSeconds: 15,
      resources: {},
    });
    expect(cache.calls()).toHaveLength(1);
    arrange({ group: group({ Status: 'creating', ReplicationGroupCreateTime: ago(5) }) });
    expect(await look(plan, 10)).toMatchObject({ retryAfterSeconds: 15 });
    // Nobody waits for it before the nodes stand.
    const beside = { ...resources, clusterName: 'aoscloud-dev' };
    const context = { ...contextOf(beside), elapsedSeconds: 10 };
    expect(await ensure(context)).toMatchObject({ retryAfterSeconds: 590 });
  });

  it('fails by name on a status it does not know', async () => {
    arrange({ group: group({ Status: 'odd' }) });
    await expect(look()).rejects.toThrow(`replication group ${id} has the status odd`);
  });

  it('refuses a group of somebody else by its name', async () => {
    arrange({ group: group(), tags: [] });
    await expect(look()).rejects.toThrow(`replication group ${id}`);
    await expect(look()).rejects.toMatchObject({ name: 'NotOurResourceError' });
  });

  it('refuses to restore over what lives, by its name', async () => {
    arrange({ group: group() });
    await expect(look(withFigures({ restoreFrom: 'backup' }))).rejects.toThrow(
      `replication group ${id} was made empty, and the request asks for snapshot backup`,
    );
  });

  it('asks no node of a group of its own run', async () => {
    arrange({ group: group(), tags: tagsOf('elasticache') });
    await look();
    expect(cache.commandCalls(DescribeCacheClustersCommand)).toEqual([]);
    arrange({ group: group() });
    await look();
    expect(cache.commandCalls(DescribeCacheClustersCommand)).toHaveLength(1);
  });
});

describe('a cache that is not there', () => {
  const asked = {
    status: 'pending',
    detail: `ElastiCache replication group ${id} is being created`,
    retryAfterSeconds: 360,
  };

  it('is asked for with its subnet group, encrypted, in zones and group of the plan', async () => {
    arrange({});
    expect(await look()).toMatchObject(asked);
    const { nodeType, engine, engineVersion, snapshotRetentionDays } = plan.elasticache;
    expect(changes()).toEqual([
      [
        'CreateCacheSubnetGroup',
        {
          CacheSubnetGroupName: subnetGroupName,
          CacheSubnetGroupDescription: 'ElastiCache of AosCloud environment dev',
          SubnetIds: ['subnet-a', 'subnet-b', 'subnet-c'],
          Tags: tagsOf('elasticache/subnet-group'),
        },
      ],
      [
        'CreateReplicationGroup',
        {
          ReplicationGroupId: id,
          ReplicationGroupDescription: 'Redis of AosCloud environment dev, made by execution run-1',
          Engine: engine,
          EngineVersion: engineVersion,
          CacheNodeType: nodeType,
          NumCacheClusters: 2,
          AutomaticFailoverEnabled: true,
          MultiAZEnabled: true,
          PreferredCacheClusterAZs: ['eu-central-1a', 'eu-central-1b'],
          CacheSubnetGroupName: subnetGroupName,
          SecurityGroupIds: ['sg-base'],
          Port: 6379,
          TransitEncryptionEnabled: true,
          AtRestEncryptionEnabled: true,
          SnapshotRetentionLimit: snapshotRetentionDays,
          AutoMinorVersionUpgrade: true,
          Tags: tagsOf('elasticache'),
        },
      ],
    ]);
  });

  it('begins the zones anew where there are more nodes', async () => {
    arrange({});
    await look(withFigures({ replicas: 3 }));
    const inputs = cache.commandCalls(CreateReplicationGroupCommand).map(({ args }) => args[0].input);
    expect(inputs[0]?.PreferredCacheClusterAZs).toEqual(
      ['a', 'b', 'c', 'a'].map((letter) => `eu-central-1${letter}`),
    );
  });

  it('is restored from the snapshot of the request, and says so in a tag', async () => {
    arrange({});
    await look(withFigures({ restoreFrom: 'backup' }));
    expect(cache.commandCalls(CreateReplicationGroupCommand)[0]?.args[0].input).toMatchObject({
      SnapshotName: 'backup',
      Tags: expect.arrayContaining([{ Key: 'aoscloud:restored-from', Value: 'snapshot backup' }]),
    });
  });

  it('counts as asked for where the answer to a create was lost', async () => {
    arrange({});
    cache
      .on(CreateCacheSubnetGroupCommand)
      .rejects(refusal('elasticache:CreateCacheSubnetGroup', 'CacheSubnetGroupAlreadyExistsFault'))
      .on(CreateReplicationGroupCommand)
      .rejects(refusal('elasticache:CreateReplicationGroup', 'ReplicationGroupAlreadyExistsFault'));
    expect(await look()).toMatchObject(asked);
  });

  it('waits two minutes for subnets that ElastiCache does not see', async () => {
    arrange({});
    cache
      .on(CreateCacheSubnetGroupCommand)
      .rejects(refusal('elasticache:CreateCacheSubnetGroup', 'InvalidSubnet'));
    expect(await look(plan, 119)).toMatchObject({
      status: 'pending',
      detail: 'ElastiCache does not see the new subnets yet',
      retryAfterSeconds: 5,
      requested: false,
    });
    expect(cache.commandCalls(CreateReplicationGroupCommand)).toEqual([]);
    await expect(look(plan, 120)).rejects.toThrow('InvalidSubnet');
  });

  it('waits for the users that IAM signs in', async () => {
    arrange({ subnetGroup: subnetGroup() });
    cache.on(DescribeUsersCommand).resolves({ Users: [{ ARN: 'arn:user', Status: 'modifying' }] });
    expect(await look(withFigures({ authentication: 'iam' }))).toMatchObject({
      status: 'pending',
      detail: expect.stringMatching(/^ElastiCache user .* is modifying$/),
    });
    expect(changes()).toEqual([]);
  });

  describe('beside a subnet group of its name', () => {
    it('takes that where it lies in the VPC and has the subnets', async () => {
      arrange({ subnetGroup: subnetGroup() });
      expect(await look()).toMatchObject(asked);
      expect(changes().map(([name]) => name)).toEqual(['CreateReplicationGroup']);
    });

    it.each([[{ VpcId: 'vpc-0' }], [{ Subnets: [] }]])(
      'replaces one of an earlier VPC (%o)',
      async (differs) => {
        arrange({ subnetGroup: subnetGroup(differs) });
        const replacing = {
          status: 'pending',
          detail: `ElastiCache subnet group ${subnetGroupName} of an earlier VPC is being replaced`,
          retryAfterSeconds: 2,
        };
        expect(await look()).toMatchObject(replacing);
        expect(changes()).toEqual([['DeleteCacheSubnetGroup', { CacheSubnetGroupName: subnetGroupName }]]);
        cache
          .on(DeleteCacheSubnetGroupCommand)
          .rejects(refusal('elasticache:DeleteCacheSubnetGroup', 'CacheSubnetGroupNotFoundFault'));
        expect(await look()).toMatchObject(replacing);
      },
    );

    it('refuses one of somebody else, by its name', async () => {
      arrange({ subnetGroup: subnetGroup(), tags: [] });
      await expect(look()).rejects.toThrow(`subnet group ${subnetGroupName}`);
    });
  });
});

describe('a node type that not every zone has', () => {
  const refuse = (target: string, name = 'InsufficientCacheClusterCapacityFault') =>
    refusal(
      'elasticache:CreateReplicationGroup',
      name,
      `cache.t4g.medium is not currently supported in the availability zone eu-central-1b. Retry the launch with ${target}`,
    );
  const placed = () =>
    cache
      .commandCalls(CreateReplicationGroupCommand)
      .map(({ args }) => args[0].input.PreferredCacheClusterAZs?.map((zone) => zone.at(-1)).join(''));

  it('is asked for in those that AWS names, one refusal after the other', async () => {
    arrange({});
    cache
      .on(CreateReplicationGroupCommand)
      .rejectsOnce(refuse('target: eu-central-1a, eu-central-1c, eu-central-1z'))
      .resolves({});
    expect(await look(withFigures({ replicas: 2 }))).toMatchObject({ status: 'pending' });
    expect(placed()).toEqual(['abc', 'aca']);
  });

  it('ends the step where replicas need a second zone', async () => {
    arrange({});
    const error = refuse('target: eu-central-1c');
    cache.on(CreateReplicationGroupCommand).rejects(error);
    await expect(look()).rejects.toMatchObject({
      name: 'ResourceFailedError',
      what: `node type ${plan.elasticache.nodeType} is offered in eu-central-1c only of eu-central-1a, eu-central-1b, eu-central-1c, and a group with replicas needs two zones (AWS: ${error.message})`,
      todo: 'choose another elasticache.nodeType, or availabilityZones that offer it, then run again',
    });
  });

  it.each([
    ['names none of the plan', refuse('target: eu-central-1z')],
    ['names all of the plan', refuse('target: eu-central-1a, eu-central-1b, eu-central-1c')],
    ['names none', refuse('another type')],
    [
      'refuses for something else',
      refuse('target: eu-central-1a, eu-central-1c', 'NodeQuotaForCustomerExceededFault'),
    ],
  ])('is refused as AWS has it where that %s', async (_what, error) => {
    arrange({});
    cache.on(CreateReplicationGroupCommand).rejects(error);
    await expect(look()).rejects.toBe(error);
    expect(placed()).toHaveLength(1);
  });

  it('is not retried for an error that is not from AWS', async () => {
    arrange({});
    const error = new Error('target: eu-central-1a, eu-central-1c');
    cache.on(CreateReplicationGroupCommand).rejects(error);
    await expect(look()).rejects.toBe(error);
  });
});

describe('a group that AWS could not make', () => {
  const failed = (execution: string) =>
    arrange({
      group: group({
        Status: 'create-failed',
        Description: `Redis of AosCloud environment dev, made by execution ${execution}`,
      }),
    });
  const events = (...found: Event[]) => cache.on(DescribeEventsCommand).resolves({ Events: found });

  it('ends the step of its own run, with what its events say', async () => {
    failed('run-1');
    events(
      { SourceIdentifier: `${id}-001`, Message: 'no capacity' },
      { SourceIdentifier: id, Message: 'given up' },
      { SourceIdentifier: 'theirs', Message: 'other' },
      { SourceIdentifier: id },
      { Message: 'of nobody' },
    );
    await expect(look()).rejects.toMatchObject({
      name: 'ResourceFailedError',
      what: `replication group ${id} is create-failed: no capacity; given up`,
      todo: 'choose another node type or other zones where AWS has no capacity, then run again; the failed group is replaced',
    });
    expect(cache.commandCalls(DescribeEventsCommand)[0]?.args[0].input.Duration).toBe(1440);
    events();
    await expect(look()).rejects.toThrow(/is create-failed: AWS gives no reason in its events/);
    expect(changes()).toEqual([]);
  });

  it('makes room in a later run, once it is gone or not', async () => {
    failed('run-0');
    const replacing = {
      status: 'pending',
      detail: `ElastiCache replication group ${id} of an earlier run failed and is being replaced`,
      retryAfterSeconds: 30,
    };
    expect(await look()).toMatchObject(replacing);
    expect(changes()).toEqual([['DeleteReplicationGroup', { ReplicationGroupId: id }]]);
    cache
      .on(DeleteReplicationGroupCommand)
      .rejects(refusal('elasticache:DeleteReplicationGroup', 'ReplicationGroupNotFoundFault'));
    expect(await look()).toMatchObject(replacing);
  });
});
