/** What keeps ElastiCache from going. A replication group shows neither its subnet group nor, while busy, its tags. */
import {
  DescribeReplicationGroupsCommand,
  ElastiCacheClient,
  ListTagsForResourceCommand,
  type ReplicationGroup,
} from '@aws-sdk/client-elasticache';
import { client } from '#lib/aws/clients.ts';
import { tolerating } from '#lib/aws/errors.ts';
import { names } from '#lib/ownership/names.ts';
import { isInScope } from '#lib/ownership/scope.ts';
import type { Finding } from '#lib/run/failure-words.ts';
import { nothingFound, type RemovalContext, type RemovalFindings } from './context.ts';

export async function askCache(context: RemovalContext): Promise<RemovalFindings> {
  const findings = nothingFound();
  const group = await goingGroup(context);
  if (!group) return findings;
  const { finalSnapshots } = context.target;
  const what = `ElastiCache replication group ${group.ReplicationGroupId}`;
  const problems: Finding[] = [];
  const global = group.GlobalReplicationGroupInfo?.GlobalReplicationGroupId;
  // `Cluster […] is part of a global cluster […]. Request rejected.` (crossplane-contrib/provider-upjet-aws#1595)
  if (global)
    problems.push({
      what: `${what} is a member of global datastore ${global}`,
      todo: 'remove it from there (aws elasticache disassociate-global-replication-group), or delete the global datastore and keep its primary',
    });
  // `SnapshotFeatureNotSupportedFault` (DeleteReplicationGroup, API reference).
  if (finalSnapshots && /^cache\.t1\./.test(group.CacheNodeType ?? ''))
    problems.push({
      what: `${what} has nodes of type ${group.CacheNodeType}, of which AWS takes no snapshot`,
      todo: 'run the removal with finalSnapshots false if its data may be lost',
    });
  findings.blockers.push(...problems.map((problem) => ({ problem, steps: ['elasticache'] as const })));
  if (!finalSnapshots) findings.warnings.push(`${what} leaves no final snapshot: its data is gone for good`);
  return findings;
}

/** Nodes of others in our subnet group, or in a subnet group of theirs in our VPC. */
export async function askForeignCaches({ target, account }: RemovalContext): Promise<RemovalFindings> {
  const { cacheSubnetGroup, replicationGroup } = names(target);
  const vpcIds = await account.goingVpcIds();
  if (vpcIds.length === 0) return nothingFound();
  const groups = (await account.cacheSubnetGroups()).filter(({ VpcId }) => vpcIds.includes(VpcId ?? ''));
  const inVpc = new Map(groups.map(({ CacheSubnetGroupName, VpcId }) => [CacheSubnetGroupName, VpcId]));
  const owners = new Map<string, string>();
  for (const node of await account.cacheNodes()) {
    const owner = node.ReplicationGroupId ?? (node.CacheClusterId as string);
    if (inVpc.has(node.CacheSubnetGroupName) && owner !== replicationGroup)
      owners.set(owner, node.CacheSubnetGroupName as string);
  }
  const blockers = [...owners].map(([owner, group]) => ({
    problem: {
      what: `ElastiCache ${owner} is not part of this removal, and uses subnet group ${group} in ${inVpc.get(group)}, which cannot go before it`,
      todo: 'delete it',
    },
    steps: group === cacheSubnetGroup ? (['elasticache', 'vpc'] as const) : (['vpc'] as const),
  }));
  return { blockers, warnings: [] };
}

async function goingGroup({ target }: RemovalContext): Promise<ReplicationGroup | undefined> {
  const elasticache = client(ElastiCacheClient, target);
  const found = await tolerating(['gone'], () =>
    elasticache.send(
      new DescribeReplicationGroupsCommand({ ReplicationGroupId: names(target).replicationGroup }),
    ),
  );
  const group = found?.ReplicationGroups?.[0];
  if (!group || group.Status === 'deleting') return undefined;
  // One that is being made does not show its tags, and is in nobody's way yet.
  const answer = await tolerating(['pending', 'gone'], () =>
    elasticache.send(new ListTagsForResourceCommand({ ResourceName: group.ARN })),
  );
  return isInScope(answer?.TagList, target) ? group : undefined;
}
