/** Tags of everything EKS has, by ARN. */
import { z } from 'zod';
import { type Call, mutation, type Operation, read } from '#embedded/model.ts';
import { accessEntryArn } from './access.ts';
import { associationArn } from './pod-identity.ts';
import { addonArn, arnOf, checkTags, eksState, nodegroupArn, resourceNotFound } from './state.ts';

interface Tagged {
  tags: Record<string, string>;
}

/** Undefined where nothing has that ARN. */
export function tagsOf(call: Call, arn: string): Record<string, string> | undefined {
  return findTagged(call, arn)?.tags;
}

function requireTagged(call: Call, arn: string): Tagged {
  const found = findTagged(call, arn);
  if (!found) throw resourceNotFound(`No resource found for ARN: ${arn}`);
  return found;
}

function findTagged(call: Call, arn: string): Tagged | undefined {
  for (const cluster of Object.values(eksState(call).clusters)) {
    const candidates: [string, Tagged][] = [
      [arnOf(call, `cluster/${cluster.name}`), cluster],
      ...Object.values(cluster.nodegroups).map((one): [string, Tagged] => [
        nodegroupArn(call, cluster, one),
        one,
      ]),
      ...Object.values(cluster.addons).map((one): [string, Tagged] => [addonArn(call, cluster, one), one]),
      ...Object.values(cluster.accessEntries).map((one): [string, Tagged] => [
        accessEntryArn(call, cluster, one),
        one,
      ]),
      ...Object.values(cluster.podIdentityAssociations).map((one): [string, Tagged] => [
        associationArn(call, cluster, one),
        one,
      ]),
    ];
    const match = candidates.find(([candidate]) => candidate === arn);
    if (match) return match[1];
  }
  return undefined;
}

export const tagOperations: Record<string, Operation> = {
  TagResource: mutation(
    { resourceArn: z.string(), tags: z.record(z.string(), z.string()) },
    (input, call) => {
      const resource = requireTagged(call, input.resourceArn);
      const tags = { ...resource.tags, ...input.tags };
      checkTags(tags);
      resource.tags = tags;
      return {};
    },
  ),
  UntagResource: mutation({ resourceArn: z.string(), tagKeys: z.array(z.string()) }, (input, call) => {
    const resource = requireTagged(call, input.resourceArn);
    for (const key of input.tagKeys) delete resource.tags[key];
    return {};
  }),
  ListTagsForResource: read({ resourceArn: z.string() }, (input, call) => ({
    tags: requireTagged(call, input.resourceArn).tags,
  })),
};
