/**
 * Is the cache's engine version one of ElastiCache's, and its node type one that exists here? The group comes after
 * nearly everything else, so its own refusal would take a quarter of an hour.
 *
 * ElastiCache lists no node types that can be ordered, and ListAllowedNodeTypeModifications asks for a group that
 * exists; linters and Terraform carry tables instead. Two lists of AWS stand in: what can be reserved, and EC2's
 * types beneath. A type in neither is refused; one that cannot be reserved is a warning, for it may be new.
 */
import {
  type CacheCluster,
  DescribeCacheClustersCommand,
  ElastiCacheClient,
  ListAllowedNodeTypeModificationsCommand,
  paginateDescribeCacheEngineVersions,
  paginateDescribeReservedCacheNodesOfferings,
  type ReplicationGroup,
} from '@aws-sdk/client-elasticache';
import { client } from '#lib/aws/clients.ts';
import { allPages } from '#lib/aws/reads.ts';
import { compareVersions, majorOf } from '#lib/request/versions.ts';
import type { Finding } from '#lib/run/failure-words.ts';
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
  const node = found.CacheClusters?.[0];
  const { engine, engineVersion } = context.request.elasticache;
  const isOther = node?.Engine !== undefined && node.Engine !== engine;
  if (!node?.EngineVersion || (!isOther && compareVersions(engineVersion, node.EngineVersion) <= 0)) return;
  findings.problems.push(
    ...obstacles(group, node, isOther || majorOf(engineVersion) !== majorOf(node.EngineVersion)),
  );
  await askVersion(context, findings);
}

/** A parameter group is of one family, and a global datastore of one version. */
function obstacles(
  { ReplicationGroupId, GlobalReplicationGroupInfo }: ReplicationGroup,
  { CacheParameterGroup }: CacheCluster,
  isOtherFamily: boolean,
): Finding[] {
  const { CacheParameterGroupName: name = 'default.' } = CacheParameterGroup ?? {};
  const { GlobalReplicationGroupId: datastore } = GlobalReplicationGroupInfo ?? {};
  return [
    ...(isOtherFamily && !name.startsWith('default.')
      ? [
          {
            what: `elasticache.engineVersion: ${ReplicationGroupId} has the cache parameter group ${name}, made by somebody else and for the version that runs`,
            todo: "give it AWS's default group before that; one of the new family can follow",
          },
        ]
      : []),
    ...(datastore
      ? [
          {
            what: `elasticache.engineVersion: ${ReplicationGroupId} is a member of the global datastore ${datastore}, which has one version in all regions`,
            todo: 'take it out of there first, or upgrade the datastore in the ElastiCache console and name here what it then has',
          },
        ]
      : []),
  ];
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
  const { engine, engineVersion } = request.elasticache;
  const found = await allPages(
    paginateDescribeCacheEngineVersions({ client: client(ElastiCacheClient, target) }, { Engine: engine }),
    (page) => page.CacheEngineVersions,
  );
  const offered = found.flatMap(({ EngineVersion }) => EngineVersion ?? []);
  if (!offered.includes(engineVersion))
    problems.push({
      what: `elasticache.engineVersion ${engineVersion}: is not offered for ${engine === 'valkey' ? 'Valkey' : 'Redis OSS'} in ${target.region}; offered are ${offered.join(', ') || 'none'}`,
      todo: 'choose one that is offered',
    });
  else if (engine === 'redis' && majorOf(engineVersion) < firstInStandardSupport)
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
