/** ElastiCache. Nothing can be filtered by tag or VPC: everything is found by name, tags are read by ARN (aws-facts 8). */
import { z } from 'zod';
import { type Call, mutation, type Operation, read, type ServiceModel } from '#embedded/model.ts';
import { catalogueOperations } from './catalogue.ts';
import {
  modifyReplicationGroupEvents,
  modifyReplicationGroupOperations,
} from './modify-replication-group.ts';
import { replicationGroupEvents, replicationGroupOperations } from './replication-groups.ts';
import { snapshotEvents, snapshotOperations } from './snapshots.ts';
import {
  answerPage,
  cacheArn,
  cacheFault,
  elasticacheState,
  invalidCombination,
  invalidValue,
  paging,
  requireReplicationGroup,
  requireSubnetGroup,
  requireUser,
  requireUserGroup,
  tagListOf,
  tagListSchema,
  tagRecordOf,
} from './state.ts';
import { subnetGroupOperations } from './subnet-groups.ts';
import { userEvents, userOperations } from './users.ts';

const eventDays = 14;

const eventOperations: Record<string, Operation> = {
  DescribeEvents: read(
    {
      SourceIdentifier: z.string().optional(),
      SourceType: z.enum(['cache-cluster', 'replication-group']).optional(),
      /** Minutes; the last hour unless given. */
      Duration: z.number().int().optional(),
      ...paging,
    },
    (input, call) => {
      if (input.SourceIdentifier && !input.SourceType)
        throw invalidCombination('SourceType must be given together with SourceIdentifier.');
      const minutes = input.Duration ?? 60;
      if (minutes > eventDays * 1440) throw invalidValue(`Events are kept for ${eventDays} days.`);
      const events = elasticacheState(call).events.filter(
        (event) =>
          event.at >= call.now - minutes * 60_000 &&
          (!input.SourceType || event.sourceType === input.SourceType) &&
          (!input.SourceIdentifier || event.source === input.SourceIdentifier.toLowerCase()),
      );
      const described = events.map(({ at, source, sourceType, message }) => ({
        SourceIdentifier: source,
        SourceType: sourceType,
        Message: message,
        Date: new Date(at),
      }));
      return answerPage('Events', described, input);
    },
  ),
};

const tagOperations: Record<string, Operation> = {
  ListTagsForResource: read({ ResourceName: z.string() }, (input, call) => ({
    TagList: tagListOf(tagsShown(call, input.ResourceName)),
  })),
  AddTagsToResource: mutation({ ResourceName: z.string(), Tags: tagListSchema }, (input, call) => ({
    TagList: tagListOf(withTags(tagsShown(call, input.ResourceName), tagRecordOf(input.Tags))),
  })),
  RemoveTagsFromResource: mutation(
    { ResourceName: z.string(), TagKeys: z.array(z.string()) },
    (input, call) => {
      const tags = tagsShown(call, input.ResourceName);
      for (const key of input.TagKeys) delete tags[key];
      return { TagList: tagListOf(tags) };
    },
  ),
};

/** Fifty a resource (API_AddTagsToResource, TagQuotaPerResourceExceeded). */
function withTags(tags: Record<string, string>, added: Record<string, string>): Record<string, string> {
  if (Object.keys({ ...tags, ...added }).length > 50)
    throw cacheFault(
      'TagQuotaPerResourceExceeded',
      'The request cannot be processed because it would cause the resource to have more than the allowed number of tags.',
    );
  return Object.assign(tags, added);
}

/**
 * "If the cluster is not in the available state, ListTagsForResource returns an error" (API_ListTagsForResource), in
 * the words of terraform-provider-aws#33859 and #44811.
 */
function tagsShown(call: Call, arn: string): Record<string, string> {
  const { tags, status } = tagged(call, arn);
  if (status !== undefined && status !== 'available')
    throw cacheFault(
      'InvalidReplicationGroupStateFault',
      'Cluster not in available state to perform tagging operations.',
    );
  return tags;
}

function tagged(call: Call, arn: string): { tags: Record<string, string>; status?: string } {
  const prefix = cacheArn(call, 'cluster', '').replace('cluster:', '');
  const [type, id = ''] = arn.startsWith(prefix) ? arn.slice(prefix.length).split(':') : [];
  if (type === 'replicationgroup') return requireReplicationGroup(call, id);
  if (type === 'subnetgroup') return requireSubnetGroup(call, id);
  // Users and groups show their tags whatever they are at.
  if (type === 'user') return { tags: requireUser(call, id).tags };
  if (type === 'usergroup') return { tags: requireUserGroup(call, id).tags };
  throw cacheFault(
    'InvalidARNFault',
    `The requested Amazon Resource Name (ARN) does not refer to an existing resource: ${arn}`,
  );
}

export const elasticache: ServiceModel = {
  service: 'elasticache',
  operations: {
    ...subnetGroupOperations,
    ...replicationGroupOperations,
    ...modifyReplicationGroupOperations,
    ...snapshotOperations,
    ...userOperations,
    ...eventOperations,
    ...catalogueOperations,
    ...tagOperations,
  },
  events: { ...replicationGroupEvents, ...modifyReplicationGroupEvents, ...snapshotEvents, ...userEvents },
  inventory: (call) => {
    const {
      replicationGroups,
      subnetGroups,
      snapshots,
      users = {},
      userGroups = {},
    } = elasticacheState(call);
    return {
      'elasticache:replication-group': Object.keys(replicationGroups),
      'elasticache:subnet-group': Object.keys(subnetGroups),
      'elasticache:snapshot': Object.keys(snapshots),
      'elasticache:user': Object.keys(users),
      'elasticache:user-group': Object.keys(userGroups),
    };
  },
};
