/** What exists, each read at most once a preflight however many questions need it. */

import { EC2Client } from '@aws-sdk/client-ec2';
import { EFSClient, paginateDescribeFileSystems, paginateDescribeMountTargets } from '@aws-sdk/client-efs';
import {
  type CacheCluster,
  type CacheSubnetGroup,
  ElastiCacheClient,
  paginateDescribeCacheClusters,
  paginateDescribeCacheSubnetGroups,
} from '@aws-sdk/client-elasticache';
import {
  type DBCluster,
  type DBInstance,
  type GlobalCluster,
  paginateDescribeDBClusters,
  paginateDescribeDBInstances,
  paginateDescribeGlobalClusters,
  RDSClient,
} from '@aws-sdk/client-rds';
import { client } from '#lib/aws/clients.ts';
import { tolerating } from '#lib/aws/errors.ts';
import { allPages } from '#lib/aws/reads.ts';
import { listVpcs } from '#lib/network/observe.ts';
import { names } from '#lib/ownership/names.ts';
import { isCreatedBy, ownershipFilters } from '#lib/ownership/tags.ts';
import type { RemovalTarget } from '#lib/run/environment.ts';

export type RemovalAccount = ReturnType<typeof readRemovalAccount>;

/** Aurora and DocumentDB share one control plane: RDS answers for both, and with the tags (aws-facts 6). */
export function readRemovalAccount(target: RemovalTarget) {
  const rds = client(RDSClient, target);
  const elasticache = client(ElastiCacheClient, target);
  const efs = client(EFSClient, target);
  const fileSystem = once(async () => {
    const CreationToken = names(target).fileSystemCreationToken;
    const found = await tolerating(['gone'], () =>
      allPages(paginateDescribeFileSystems({ client: efs }, { CreationToken }), (page) => page.FileSystems),
    );
    return found?.find(({ LifeCycleState }) => LifeCycleState !== 'deleted');
  });
  const vpcs = once(() => listVpcs(client(EC2Client, target), ownershipFilters(target)));
  return {
    /** Those of the environment. */
    vpcIds: async () => (await vpcs()).map(({ VpcId }) => VpcId as string),
    /** Those of them that go. */
    goingVpcIds: async () =>
      (await vpcs())
        .filter(({ Tags }) => isCreatedBy(Tags, target.createdBy))
        .map(({ VpcId }) => VpcId as string),
    /** Of the environment's creation token, whoever it belongs to. */
    fileSystem,
    mountTargets: once(async () => {
      const FileSystemId = (await fileSystem())?.FileSystemId;
      if (!FileSystemId) return [];
      const found = await tolerating(['gone'], () =>
        allPages(
          paginateDescribeMountTargets({ client: efs }, { FileSystemId }),
          (page) => page.MountTargets,
        ),
      );
      return found ?? [];
    }),
    databaseClusters: once<DBCluster[]>(() =>
      allPages(paginateDescribeDBClusters({ client: rds }, {}), (page) => page.DBClusters),
    ),
    databaseInstances: once<DBInstance[]>(() =>
      allPages(paginateDescribeDBInstances({ client: rds }, {}), (page) => page.DBInstances),
    ),
    globalClusters: once<GlobalCluster[]>(() =>
      allPages(paginateDescribeGlobalClusters({ client: rds }, {}), (page) => page.GlobalClusters),
    ),
    cacheSubnetGroups: once<CacheSubnetGroup[]>(() =>
      allPages(
        paginateDescribeCacheSubnetGroups({ client: elasticache }, {}),
        (page) => page.CacheSubnetGroups,
      ),
    ),
    cacheNodes: once<CacheCluster[]>(() =>
      allPages(paginateDescribeCacheClusters({ client: elasticache }, {}), (page) => page.CacheClusters),
    ),
  };
}

function once<T>(read: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => {
    answer ??= read();
    return answer;
  };
}
