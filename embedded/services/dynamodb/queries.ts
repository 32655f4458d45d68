/** Query and Scan: pages of at most `Limit` items or one megabyte, whichever comes first. */
import { z } from 'zod';
import { type Operation, read } from '#embedded/model.ts';
import { holds } from './evaluate.ts';
import { type Condition, Placeholders, parseCondition, parseProjection } from './parser.ts';
import { activeTable, assertKey, keyOf, type Table } from './state.ts';
import { compare, type Item, item, itemSize, type Path, project, validation, value } from './values.ts';

const maxPageBytes = 1024 * 1024;

const paging = {
  TableName: z.string(),
  ConsistentRead: z.boolean().optional(),
  Limit: z.number().int().min(1).optional(),
  ExclusiveStartKey: item.optional(),
  FilterExpression: z.string().optional(),
  ProjectionExpression: z.string().optional(),
  ExpressionAttributeNames: z.record(z.string(), z.string()).optional(),
  ExpressionAttributeValues: z.record(z.string(), value).optional(),
};

interface Paging {
  Limit?: number | undefined;
  ExclusiveStartKey?: Item | undefined;
}

export const queryOperations: Record<string, Operation> = {
  Scan: read(paging, (input, call) => {
    const table = activeTable(call, input.TableName);
    const { filter, projection, placeholders } = expressions(input);
    placeholders.assertAllUsed();
    return page(table, input, inKeyOrder(table, table.items), filter, projection);
  }),
  Query: read(
    { ...paging, KeyConditionExpression: z.string(), ScanIndexForward: z.boolean().optional() },
    (input, call) => {
      const table = activeTable(call, input.TableName);
      const { filter, projection, placeholders } = expressions(input);
      const keys = parseCondition(input.KeyConditionExpression, placeholders, 'KeyConditionExpression');
      placeholders.assertAllUsed();
      assertKeyCondition(table, keys);
      const found = inKeyOrder(
        table,
        table.items.filter((one) => holds(keys, one)),
      );
      return page(
        table,
        input,
        input.ScanIndexForward === false ? found.reverse() : found,
        filter,
        projection,
      );
    },
  ),
};

function expressions(input: {
  FilterExpression?: string | undefined;
  ProjectionExpression?: string | undefined;
  ExpressionAttributeNames?: Record<string, string> | undefined;
  ExpressionAttributeValues?: Item | undefined;
}) {
  const placeholders = new Placeholders(input.ExpressionAttributeNames, input.ExpressionAttributeValues);
  return {
    placeholders,
    filter: input.FilterExpression
      ? parseCondition(input.FilterExpression, placeholders, 'FilterExpression')
      : undefined,
    projection: input.ProjectionExpression
      ? parseProjection(input.ProjectionExpression, placeholders)
      : undefined,
  };
}

/** By partition key, then sort key. DynamoDB's own order of partitions is that of a hash nobody can see. */
function inKeyOrder(table: Table, items: readonly Item[]): Item[] {
  const { partitionKey, sortKey } = table;
  return [...items].sort(
    (one, other) =>
      compare(one[partitionKey.name]!, other[partitionKey.name]!) ||
      (sortKey ? (compare(one[sortKey.name]!, other[sortKey.name]!) ?? 0) : 0),
  );
}

function page(
  table: Table,
  input: Paging,
  items: readonly Item[],
  filter: Condition | undefined,
  projection: readonly Path[] | undefined,
): object {
  const start = input.ExclusiveStartKey ? startAfter(table, items, input.ExclusiveStartKey) : 0;
  let bytes = 0;
  let end = start;
  while (end < items.length && end - start < (input.Limit ?? Number.POSITIVE_INFINITY)) {
    bytes += itemSize(items[end]!);
    if (bytes > maxPageBytes && end > start) break;
    end += 1;
  }
  const scanned = items.slice(start, end);
  const matching = filter ? scanned.filter((one) => holds(filter, one)) : scanned;
  // A page that its Limit ended names where to go on, even when nothing follows.
  const more = end < items.length || scanned.length === input.Limit;
  return {
    Items: projection ? matching.map((one) => project(one, projection)) : matching,
    Count: matching.length,
    ScannedCount: scanned.length,
    ...(more && scanned.length > 0 ? { LastEvaluatedKey: keyOf(table, scanned.at(-1)!) } : {}),
  };
}

/** Where the items after `key` begin; its own item may have gone meanwhile. */
function startAfter(table: Table, items: readonly Item[], key: Item): number {
  assertKey(table, key);
  const known = items.findIndex(
    (one) => JSON.stringify(keyOf(table, one)) === JSON.stringify(keyOf(table, key)),
  );
  if (known >= 0) return known + 1;
  const withKey = inKeyOrder(table, [...items, key]);
  const descending = items.length > 1 && inKeyOrder(table, items)[0] !== items[0];
  return (descending ? withKey.reverse() : withKey).indexOf(key);
}

function assertKeyCondition(table: Table, condition: Condition): void {
  const parts = condition.kind === 'and' ? [condition.left, condition.right] : [condition];
  const partition = parts.find(
    (part) =>
      part.kind === 'compare' &&
      part.comparator === '=' &&
      part.left.kind === 'path' &&
      part.left.path.join() === table.partitionKey.name,
  );
  if (!partition) throw validation(`Query condition missed key schema element: ${table.partitionKey.name}`);
  const rest = parts.filter((part) => part !== partition);
  const onSortKey = rest.every((part) => {
    if (part.kind === 'begins-with') return part.path.join() === table.sortKey?.name;
    if (part.kind === 'between')
      return part.of.kind === 'path' && part.of.path.join() === table.sortKey?.name;
    return (
      part.kind === 'compare' &&
      part.comparator !== '<>' &&
      part.left.kind === 'path' &&
      part.left.path.join() === table.sortKey?.name
    );
  });
  if (!onSortKey) throw validation('Query key condition not supported');
}
