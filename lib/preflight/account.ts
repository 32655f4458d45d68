/**
 * What exists, each read at most once a preflight however many questions need it. Everything is listed by
 * page and sorted out here: asking for resources one by one would take a call for each.
 */
import {
  DescribeCacheSubnetGroupsCommand,
  DescribeReplicationGroupsCommand,
  ElastiCacheClient,
} from '@aws-sdk/client-elasticache';
import { GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import {
  paginateDescribeDBClusterParameterGroups,
  paginateDescribeDBClusters,
  paginateDescribeDBInstances,
  RDSClient,
} from '@aws-sdk/client-rds';
import { client } from '#lib/aws/clients.ts';
import { tolerating } from '#lib/aws/errors.ts';
import { allPages } from '#lib/aws/reads.ts';
import { databaseIdentities } from '#lib/data/identities.ts';
import { findCluster } from '#lib/eks/cluster.ts';
import { namedNodegroups, standingOf } from '#lib/eks/nodegroups.ts';
import { names } from '#lib/ownership/names.ts';
import { isOwned } from '#lib/ownership/tags.ts';
import type { SizedRequest } from '#lib/request/sized.ts';
import type { EnvironmentTarget } from '#lib/run/environment.ts';
import { once, readLists } from './lists.ts';

export type Account = ReturnType<typeof readAccount>;

export function readAccount(target: EnvironmentTarget, request: SizedRequest) {
  const rds = client(RDSClient, target);
  const elasticache = client(ElastiCacheClient, target);
  const named = names(target);
  const cluster = once(() => findCluster(target));

  return {
    ...readLists(target, request),
    cluster,
    /** The environment's own cluster, and whether it has its node group. */
    ownCluster: once(async () => {
      const found = await cluster();
      return isOwned(found?.tags, target) ? found : undefined;
    }),
    /** The one that does the work. */
    nodegroup: once(async () => ((await cluster()) ? standingOf(await namedNodegroups(target)) : undefined)),
    /** The two clusters of our names. One call answers for both: Aurora and DocumentDB share the control plane. */
    databaseClusters: once(() =>
      allPages(
        paginateDescribeDBClusters(
          { client: rds },
          { Filters: [{ Name: 'db-cluster-id', Values: [named.auroraCluster, named.documentdbCluster] }] },
        ),
        (page) => page.DBClusters,
      ),
    ),
    databaseInstances: once(() =>
      allPages(
        paginateDescribeDBInstances(
          { client: rds },
          { Filters: [{ Name: 'db-cluster-id', Values: [named.auroraCluster, named.documentdbCluster] }] },
        ),
        (page) => page.DBInstances,
      ),
    ),
    /** Those of our names. All are listed, as AWS filters them by nothing: one call, where asking by name takes four. */
    databaseParameterGroups: once(async () => {
      const ours: readonly (string | undefined)[] = databaseIdentities.flatMap(
        (service) => service.identifiers(target).parameterGroups,
      );
      const all = await allPages(
        paginateDescribeDBClusterParameterGroups({ client: rds }, {}),
        (page) => page.DBClusterParameterGroups,
      );
      return all.filter(({ DBClusterParameterGroupName }) => ours.includes(DBClusterParameterGroupName));
    }),
    roles: once(async () => {
      const iam = client(IAMClient, target);
      const answers = await Promise.all(
        [named.clusterRole, named.nodeRole, named.efsCsiRole].map((RoleName) =>
          tolerating(['gone'], () => iam.send(new GetRoleCommand({ RoleName }))),
        ),
      );
      return answers.flatMap((answer) => answer?.Role ?? []);
    }),
    replicationGroup: once(async () => {
      const command = new DescribeReplicationGroupsCommand({ ReplicationGroupId: named.replicationGroup });
      return (await tolerating(['gone'], () => elasticache.send(command)))?.ReplicationGroups?.[0];
    }),
    cacheSubnetGroup: once(async () => {
      const command = new DescribeCacheSubnetGroupsCommand({ CacheSubnetGroupName: named.cacheSubnetGroup });
      return (await tolerating(['gone'], () => elasticache.send(command)))?.CacheSubnetGroups?.[0];
    }),
  };
}
