/** What every Describe call shares: ids, filters, pages. */
import { z } from 'zod';
import { AwsFault, type Call } from '#embedded/model.ts';
import { pageOf } from '#embedded/page.ts';
import { type Collection, type Ec2State, ec2State, listed, type Resource, requireResource } from './state.ts';

export const filters = z
  .array(z.strictObject({ Name: z.string(), Values: z.array(z.string()).min(1) }))
  .optional();
export const ids = z.array(z.string()).optional();
export const paging = { MaxResults: z.int().optional(), NextToken: z.string().optional() };

type Filters = z.infer<typeof filters>;

/** By filter name: the values of one resource that the filter looks at. */
export type Fields<R> = Readonly<
  Record<string, (resource: R) => readonly (string | boolean | number | undefined)[]>
>;

/**
 * By id (one that is not there fails the call), or everything, narrowed by filters (an empty list is fine).
 */
export function select<K extends Collection>(
  call: Call,
  collection: K,
  query: { ids?: readonly string[] | undefined; filters?: Filters },
  fields: Fields<Ec2State[K][string]>,
): Ec2State[K][string][] {
  type R = Ec2State[K][string];
  const all: Record<string, Resource> = ec2State(call)[collection];
  const candidates = (
    query.ids && query.ids.length > 0
      ? query.ids.map((id) => requireResource(call, collection, id))
      : listed(call, all)
  ) as R[];
  return narrow(candidates, query.filters, {
    ...fields,
    'tag-key': (resource: R) => Object.keys(resource.tags),
  });
}

/** Filters are joined by "and", the values of one by "or". A filter no model knows is refused loudly. */
export function narrow<R extends { readonly tags?: Record<string, string> }>(
  candidates: readonly R[],
  wanted: Filters,
  fields: Fields<R>,
): R[] {
  const tests = (wanted ?? []).map(({ Name, Values }) => {
    const patterns = Values.map(asPattern);
    const valuesOf = Name.startsWith('tag:')
      ? (resource: R) => [resource.tags?.[Name.slice('tag:'.length)]]
      : fields[Name];
    if (!valuesOf) throw new Error(`the embedded AWS does not model the filter ${Name} of this call`);
    return (resource: R) =>
      valuesOf(resource).some(
        (value) => value !== undefined && patterns.some((pattern) => pattern.test(String(value))),
      );
  });
  return candidates.filter((resource) => tests.every((test) => test(resource)));
}

/** Filter values know `*` and `?`. */
function asPattern(value: string): RegExp {
  const escaped = value.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's');
}

/** One page, and the token of the next one. `largest` is what AWS gives where nothing is asked for. */
export function page<R>(
  all: readonly R[],
  input: { MaxResults?: number | undefined; NextToken?: string | undefined },
  largest = 1000,
): { items: R[]; NextToken?: string } {
  const size = Math.min(input.MaxResults ?? largest, largest);
  const { items, next } = pageOf(
    all as R[],
    input.NextToken,
    size,
    () => new AwsFault('InvalidNextToken', 'The token is not valid.'),
  );
  return { items, ...(next === undefined ? {} : { NextToken: next }) };
}
