/** Are the names this environment will use free, or its own already? Everything found by name must be ours. */
import {
  ElastiCacheClient,
  ListTagsForResourceCommand as ListCacheTagsCommand,
} from '@aws-sdk/client-elasticache';
import { ListTagsForResourceCommand, RDSClient } from '@aws-sdk/client-rds';
import { type AwsTarget, client } from '#lib/aws/clients.ts';
import { tolerating } from '#lib/aws/errors.ts';
import { databaseIdentities } from '#lib/data/identities.ts';
import { names } from '#lib/ownership/names.ts';
import { environmentTag, isOwned } from '#lib/ownership/tags.ts';
import { type Context, type Findings, noFindings } from './context.ts';

type Tags = Parameters<typeof isOwned>[0];

/** Something that has one of our names. `tags` are undefined where AWS cannot tell them just now. */
interface Found {
  readonly what: string;
  readonly tags: Tags | 'unknown';
}

/** One look each, so that a refusal of one hides nothing of the others. */
export const nameQuestions: readonly ((context: Context) => Promise<Findings>)[] = [
  cluster,
  roles,
  databaseClusters,
  databaseSubnetGroups,
  databaseParameterGroups,
  replicationGroup,
  cacheSubnetGroup,
  fileSystem,
].map((look) => async (context: Context) => judge(context, await look(context)));

function judge({ target }: Context, found: readonly Found[]): Findings {
  const findings = noFindings();
  for (const { what, tags } of found) {
    if (tags === 'unknown')
      findings.warnings.push(
        `${what} exists and AWS does not show its tags while it changes; its step looks again`,
      );
    else if (!isOwned(tags, target))
      findings.problems.push({
        what: `${what} exists already and does not carry the tag ${environmentTag}=${target.name}`,
        todo: 'remove or rename it, or choose another environment name',
      });
  }
  return findings;
}

async function cluster({ account }: Context): Promise<Found[]> {
  const found = await account.cluster();
  return found ? [{ what: `EKS cluster ${found.name}`, tags: found.tags }] : [];
}

async function roles({ account }: Context): Promise<Found[]> {
  return (await account.roles()).map(({ RoleName, Tags }) => ({
    what: `IAM role ${RoleName}`,
    tags: Tags as Tags,
  }));
}

async function databaseClusters({ account, target }: Context): Promise<Found[]> {
  const engineOf: Readonly<Record<string, string>> = Object.fromEntries(
    databaseIdentities.map((service) => [service.identifiers(target).cluster, service.engine]),
  );
  return (await account.databaseClusters()).map(({ DBClusterIdentifier, Engine, TagList }) => ({
    what: `database cluster ${DBClusterIdentifier} (${Engine})`,
    // Of another engine it is not ours, whatever its tags say.
    tags: engineOf[DBClusterIdentifier as string] === Engine ? (TagList as Tags) : [],
  }));
}

async function databaseSubnetGroups({ account, target }: Context): Promise<Found[]> {
  const ours = databaseIdentities.map((service) => service.identifiers(target).subnetGroup);
  const groups = (await account.databaseSubnetGroups()).filter(({ DBSubnetGroupName }) =>
    ours.includes(DBSubnetGroupName as string),
  );
  return Promise.all(
    groups.map(async ({ DBSubnetGroupName, DBSubnetGroupArn }) => ({
      what: `database subnet group ${DBSubnetGroupName}`,
      tags: await databaseTags(target, DBSubnetGroupArn),
    })),
  );
}

async function databaseParameterGroups({ account, target }: Context): Promise<Found[]> {
  return Promise.all(
    (await account.databaseParameterGroups()).map(
      async ({ DBClusterParameterGroupName, DBClusterParameterGroupArn }) => ({
        what: `database cluster parameter group ${DBClusterParameterGroupName}`,
        tags: await databaseTags(target, DBClusterParameterGroupArn),
      }),
    ),
  );
}

async function databaseTags(target: AwsTarget, ResourceName: string | undefined): Promise<Tags> {
  const { TagList } = await client(RDSClient, target).send(new ListTagsForResourceCommand({ ResourceName }));
  return TagList as Tags;
}

async function replicationGroup({ account, target }: Context): Promise<Found[]> {
  const group = await account.replicationGroup();
  if (!group) return [];
  const what = `ElastiCache replication group ${group.ReplicationGroupId}`;
  return [{ what, tags: await cacheTags(target, group.ARN) }];
}

async function cacheSubnetGroup({ account, target }: Context): Promise<Found[]> {
  const group = await account.cacheSubnetGroup();
  if (!group) return [];
  const what = `ElastiCache subnet group ${group.CacheSubnetGroupName}`;
  return [{ what, tags: await cacheTags(target, group.ARN) }];
}

async function cacheTags(target: AwsTarget, ResourceName: string | undefined): Promise<Tags | 'unknown'> {
  const elasticache = client(ElastiCacheClient, target);
  const command = new ListCacheTagsCommand({ ResourceName });
  // A group that is being made or deleted does not show its tags.
  const answer = await tolerating(['pending', 'gone'], () => elasticache.send(command));
  return answer ? (answer.TagList as Tags) : 'unknown';
}

async function fileSystem({ account, target }: Context): Promise<Found[]> {
  const token = names(target).fileSystemCreationToken;
  return (await account.fileSystems())
    .filter(({ CreationToken }) => CreationToken === token)
    .map(({ FileSystemId, Tags }) => ({
      what: `EFS file system ${FileSystemId} (${token})`,
      tags: Tags as Tags,
    }));
}
