/** Tags by ARN, of clusters, instances, subnet groups and snapshots. */
import { z } from 'zod';
import { type Call, mutation, type Operation, read } from '#embedded/model.ts';
import {
  rdsFault,
  rdsState,
  requireCluster,
  requireInstance,
  requireParameterGroup,
  requireSubnetGroup,
  tagListOf,
  tagListSchema,
  tagRecordOf,
} from './state.ts';

export const tagOperations: Record<string, Operation> = {
  ListTagsForResource: read({ ResourceName: z.string() }, (input, call) => ({
    TagList: tagListOf(tagged(call, input.ResourceName).tags),
  })),
  AddTagsToResource: mutation({ ResourceName: z.string(), Tags: tagListSchema }, (input, call) => {
    Object.assign(tagged(call, input.ResourceName).tags, tagRecordOf(input.Tags));
    return {};
  }),
  RemoveTagsFromResource: mutation(
    { ResourceName: z.string(), TagKeys: z.array(z.string()) },
    (input, call) => {
      const { tags } = tagged(call, input.ResourceName);
      for (const key of input.TagKeys) delete tags[key];
      return {};
    },
  ),
};

function tagged(call: Call, arn: string): { tags: Record<string, string> } {
  const prefix = `arn:${call.partition}:rds:${call.region}:${call.account}:`;
  const [type, id = ''] = arn.startsWith(prefix) ? arn.slice(prefix.length).split(':') : [];
  switch (type) {
    case 'cluster':
      return requireCluster(call, id);
    case 'db':
      return requireInstance(call, id);
    case 'subgrp':
      return requireSubnetGroup(call, id);
    case 'cluster-pg':
      return requireParameterGroup(call, id);
    case 'cluster-snapshot': {
      const snapshot = rdsState(call).snapshots[id];
      if (!snapshot) throw rdsFault('DBClusterSnapshotNotFoundFault', `DBClusterSnapshot not found: ${id}`);
      return snapshot;
    }
    default:
      throw rdsFault('InvalidParameterValue', `Invalid resource name: ${arn}`);
  }
}
