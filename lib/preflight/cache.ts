/**
 * Is the cache's engine version one of ElastiCache's, and its node type one that exists here? The group comes after
 * nearly everything else, so its own refusal would take a quarter of an hour.
 *
 * ElastiCache lists no node types that can be ordered, and ListAllowedNodeTypeModifications asks for a group that
 * exists; linters and Terraform carry tables instead. Two lists of AWS stand in: what can be reserved, and EC2's
 * types beneath. A type in neither is refused; one that cannot be reserved is a warning, for it may be new.
 */
import {
  DescribeCacheClustersCommand,
  ElastiCacheClient,
  ListAllowedNodeTypeModificationsCommand,
  paginateDescribeCacheEngineVersions,
  paginateDescribeReservedCacheNodesOfferings,
  type ReplicationGroup,
} from '@aws-sdk/client-elasticache';
import { client } from '#lib/aws/clients.ts';
import { allPages } from '#lib/aws/reads.ts';
import { compareVersions } from '#lib/request/versions.ts';
import { type Context, type Findings, noFindings } from './context.ts';
import { cacheHostType } from './lists.ts';
import { askCacheSnapshot } from './restore.ts';

/** Redis OSS before 6 (ElastiCache user guide, "Amazon ElastiCache Extended Support"). */
const firstInStandardSupport = 6;

export async function askCache(context: Context): Promise<Findings> {
  const findings = noFindings();
  const group = await context.account.replicationGroup();
  if (group && group.Status !== 'create-failed') {
    await Promise.all([askUpgrade(context, group, findings), askNodeTypeChange(context, group, findings)]);
    return findings;
  }
  await Promise.all([
    askVersion(context, findings),
    askNodeType(context, findings),
    askCacheSnapshot(context, findings),
  ]);
  return findings;
}

/** A version that runs may be offered no more; another one must be. Only the nodes tell which runs. */
async function askUpgrade(context: Context, group: ReplicationGroup, findings: Findings): Promise<void> {
  const [CacheClusterId] = group.MemberClusters ?? [];
  if (CacheClusterId === undefined) return;
  const found = await client(ElastiCacheClient, context.target).send(
    new DescribeCacheClustersCommand({ CacheClusterId }),
  );
  const runs = found.CacheClusters?.[0]?.EngineVersion;
  if (runs !== undefined && compareVersions(context.request.elasticache.engineVersion, runs) > 0)
    await askVersion(context, findings);
}

/** AWS lists what the nodes of a group can become: by memory, and not from every family to every other. */
async function askNodeTypeChange(
  { target, request }: Context,
  { ReplicationGroupId, CacheNodeType }: ReplicationGroup,
  { problems }: Findings,
): Promise<void> {
  const { nodeType } = request.elasticache;
  if (CacheNodeType === undefined || CacheNodeType === nodeType) return;
  const { ScaleUpModifications = [], ScaleDownModifications = [] } = await client(
    ElastiCacheClient,
    target,
  ).send(new ListAllowedNodeTypeModificationsCommand({ ReplicationGroupId }));
  const allowed = [...ScaleUpModifications, ...ScaleDownModifications];
  if (allowed.includes(nodeType)) return;
  problems.push({
    what: `elasticache.nodeType ${nodeType}: the ${CacheNodeType} nodes of ${ReplicationGroupId} can become ${allowed.join(', ') || 'nothing else'}`,
    todo: `choose one of these, or stay with ${CacheNodeType}`,
  });
}

async function askVersion({ target, request }: Context, { problems, warnings }: Findings): Promise<void> {
  const { engineVersion } = request.elasticache;
  const found = await allPages(
    paginateDescribeCacheEngineVersions({ client: client(ElastiCacheClient, target) }, { Engine: 'redis' }),
    (page) => page.CacheEngineVersions,
  );
  const offered = found.flatMap(({ EngineVersion }) => EngineVersion ?? []);
  if (!offered.includes(engineVersion))
    problems.push({
      what: `elasticache.engineVersion ${engineVersion}: is not offered for Redis OSS in ${target.region}; offered are ${offered.join(', ') || 'none'}`,
      todo: 'choose one that is offered',
    });
  else if (Number.parseInt(engineVersion, 10) < firstInStandardSupport)
    warnings.push(
      `elasticache.engineVersion ${engineVersion}: is in extended support since 2026-02-01, which costs more for every node`,
    );
}

async function askNodeType(
  { account, target, request }: Context,
  { problems, warnings }: Findings,
): Promise<void> {
  const { nodeType } = request.elasticache;
  const reservable = await allPages(
    paginateDescribeReservedCacheNodesOfferings(
      { client: client(ElastiCacheClient, target) },
      { CacheNodeType: nodeType },
    ),
    (page) => page.ReservedCacheNodesOfferings,
  );
  if (reservable.length > 0) return;
  const host = cacheHostType(nodeType);
  const offerings = await account.instanceTypeOfferings();
  const what = `elasticache.nodeType ${nodeType}`;
  if (offerings.some(({ InstanceType }) => InstanceType === host))
    warnings.push(
      `${what}: ElastiCache lists no reservation of it in ${target.region}, so it may be refused`,
    );
  else
    problems.push({
      what: `${what}: is not offered in ${target.region}: ElastiCache lists no reservation of it, and EC2 no ${host}`,
      todo: 'choose one of "Supported node types" in the ElastiCache user guide',
    });
}
