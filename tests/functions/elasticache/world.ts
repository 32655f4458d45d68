/** A fresh account with a network, and the cache in it. */
import { CreateSecurityGroupCommand, EC2Client } from '@aws-sdk/client-ec2';
import {
  CreateCacheSubnetGroupCommand,
  CreateReplicationGroupCommand,
  DescribeCacheClustersCommand,
  ElastiCacheClient,
  ModifyReplicationGroupCommand,
  paginateDescribeReplicationGroups,
  type ReplicationGroup,
} from '@aws-sdk/client-elasticache';
import type { Fault } from '#embedded/engine.ts';
import { offerNodeTypeOnlyIn } from '#embedded/services/elasticache/catalogue.ts';
import { ensure } from '#functions/elasticache/ensure.ts';
import { remove } from '#functions/elasticache/remove.ts';
import { client } from '#lib/aws/clients.ts';
import type { EnvironmentPlan, RemovalTarget } from '#lib/run/environment.ts';
import { testAws, untilDone } from '../../support/embedded.ts';
import { testNetwork } from '../../support/network.ts';
import { samplePlan, sampleRemoval } from '../../support/plan.ts';

export const name = 'aoscloud-dev-redis';

export async function cacheWorld() {
  const test = testAws();
  const base = samplePlan();
  const resources = await testNetwork(test, base);
  const elasticache = client(ElastiCacheClient, base);
  return {
    test,
    resources,
    ensure: (changes: Partial<EnvironmentPlan> = {}, where = resources) =>
      untilDone(test, 'elasticache', ensure, samplePlan(changes), where),
    remove: (changes: Partial<RemovalTarget> = {}) =>
      untilDone(test, 'elasticache', remove, sampleRemoval(changes)),
    groups: async (): Promise<ReplicationGroup[]> => {
      const all: ReplicationGroup[] = [];
      for await (const page of paginateDescribeReplicationGroups({ client: elasticache }, {}))
        all.push(...(page.ReplicationGroups ?? []));
      return all;
    },
    mutationsOf: (operation: string) =>
      test.aws.mutations.filter((call) => call.operation === `elasticache:${operation}`),
    /** Somebody else's replication group under our name, in their own subnet group. */
    foreignGroup: async () => {
      await elasticache.send(
        new CreateCacheSubnetGroupCommand({
          CacheSubnetGroupName: 'theirs',
          CacheSubnetGroupDescription: 'of somebody',
          SubnetIds: [resources.subnetIds['subnet/elasticache/a'] as string],
        }),
      );
      await elasticache.send(
        new CreateReplicationGroupCommand({
          ReplicationGroupId: name,
          ReplicationGroupDescription: 'of somebody',
          Engine: 'redis',
          CacheNodeType: 'cache.t4g.medium',
          NumCacheClusters: 1,
          CacheSubnetGroupName: 'theirs',
        }),
      );
      test.advance(1200);
    },
    /** Somebody puts the nodes into another security group of the same VPC. */
    regroup: async () => {
      const made = await client(EC2Client, base).send(
        new CreateSecurityGroupCommand({
          GroupName: 'theirs',
          Description: 'of somebody',
          VpcId: resources.vpcId,
        }),
      );
      test.advance(5);
      await elasticache.send(
        new ModifyReplicationGroupCommand({
          ReplicationGroupId: name,
          SecurityGroupIds: [made.GroupId as string],
          ApplyImmediately: true,
        }),
      );
      test.advance(300);
    },
    offerOnlyIn: (...zoneNames: string[]) =>
      test.aws.inspect(base.region, (call) =>
        offerNodeTypeOnlyIn(call, base.elasticache.nodeType, zoneNames),
      ),
    securityGroups: async () => {
      const found = await elasticache.send(
        new DescribeCacheClustersCommand({ CacheClusterId: `${name}-001` }),
      );
      return found.CacheClusters?.[0]?.SecurityGroups?.map((group) => group.SecurityGroupId);
    },
    /** Does `fault` once, at the first call of an operation. */
    once: (operation: string, fault: Fault) => {
      let done = false;
      test.aws.inject = (call) => {
        if (done || call.operation !== `elasticache:${operation}`) return undefined;
        done = true;
        return fault;
      };
    },
  };
}
