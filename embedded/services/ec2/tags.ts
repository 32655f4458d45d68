/** Tags: on creation, later, and their listing. */
import { z } from 'zod';
import { AwsFault, type Call, mutation, type Operation, read } from '#embedded/model.ts';
import { filters, narrow, page, paging } from './describe.ts';
import {
  collectionOf,
  collections,
  ec2State,
  listed,
  type Resource,
  requireResource,
  resourceTypeOf,
} from './state.ts';

const tags = z.array(z.strictObject({ Key: z.string(), Value: z.string().optional() }));
export const tagSpecifications = z
  .array(z.strictObject({ ResourceType: z.string(), Tags: tags.optional() }))
  .optional();

const mostTags = 50;

/** The tags of a create call. @throws `InvalidParameterValue` as EC2 does for an empty or mistyped specification. */
export function tagsOnCreate(
  specifications: z.infer<typeof tagSpecifications>,
  type: string,
): Record<string, string> {
  if (!specifications || specifications.length === 0) return {};
  const [specification, ...others] = specifications;
  if (!specification || others.length > 0)
    throw new Error('the embedded AWS models one tag specification a call');
  if (specification.ResourceType !== type) {
    throw invalid(
      `'${specification.ResourceType}' is not a valid taggable resource type for this operation.`,
    );
  }
  if (!specification.Tags || specification.Tags.length === 0) {
    throw invalid('Tag specification must have at least one tag');
  }
  return withTags({}, specification.Tags);
}

/** As answers carry them. */
export function tagList(resource: Pick<Resource, 'tags'>): { Key: string; Value: string }[] {
  return Object.entries(resource.tags).map(([Key, Value]) => ({ Key, Value }));
}

function invalid(message: string): AwsFault {
  return new AwsFault('InvalidParameterValue', message);
}

function withTags(present: Record<string, string>, wanted: z.infer<typeof tags>): Record<string, string> {
  const keys = wanted.map((tag) => tag.Key);
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice !== undefined) throw invalid(`Duplicate tag key '${twice}' specified.`);
  for (const { Key, Value } of wanted) {
    if (Key.startsWith('aws:')) throw invalid("Tag keys starting with 'aws:' are reserved for internal use");
    if (Key.length === 0 || Key.length > 128) throw invalid('Tag keys must be between 1 and 128 characters');
    if ((Value ?? '').length > 256) throw invalid('Tag values must be at most 256 characters');
  }
  const all = { ...present, ...Object.fromEntries(wanted.map((tag) => [tag.Key, tag.Value ?? ''])) };
  if (Object.keys(all).filter((key) => !key.startsWith('aws:')).length > mostTags) {
    throw new AwsFault('TagLimitExceeded', `The maximum number of tags for this resource is ${mostTags}.`);
  }
  return all;
}

function requireTaggable(call: Call, id: string): Resource {
  return requireResource(call, collectionOf(id), id);
}

export const tagOperations: Record<string, Operation> = {
  CreateTags: mutation({ Resources: z.array(z.string()).min(1), Tags: tags.min(1) }, (input, call) => {
    // All or nothing: every resource is looked up, every limit checked, before any is tagged.
    const tagged = input.Resources.map((id) => {
      const resource = requireTaggable(call, id);
      return { resource, tags: withTags(resource.tags, input.Tags) };
    });
    for (const { resource, tags } of tagged) resource.tags = tags;
    return {};
  }),

  DeleteTags: mutation({ Resources: z.array(z.string()).min(1), Tags: tags.min(1) }, (input, call) => {
    for (const resource of input.Resources.map((id) => requireTaggable(call, id))) {
      resource.tags = Object.fromEntries(
        Object.entries(resource.tags).filter(
          ([key, value]) =>
            !input.Tags.some((tag) => tag.Key === key && (tag.Value === undefined || tag.Value === value)),
        ),
      );
    }
    return {};
  }),

  DescribeTags: read({ Filters: filters, ...paging }, (input, call) => {
    const all = collections.flatMap((collection) => {
      const resources: Record<string, Resource> = ec2State(call)[collection];
      return listed(call, resources).flatMap((resource) =>
        tagList(resource).map((tag) => ({
          ...tag,
          ResourceId: resource.id,
          ResourceType: resourceTypeOf(collection),
          tags: { [tag.Key]: tag.Value },
        })),
      );
    });
    const found = narrow(all, input.Filters, {
      key: (tag) => [tag.Key],
      value: (tag) => [tag.Value],
      'resource-id': (tag) => [tag.ResourceId],
      'resource-type': (tag) => [tag.ResourceType],
    });
    const { items, ...next } = page(found, input);
    return { Tags: items.map(({ tags: _tags, ...tag }) => tag), ...next };
  }),
};
