/** GetItem, PutItem, UpdateItem, DeleteItem. */
import { z } from 'zod';
import { AwsFault, mutation, type Operation, read } from '#embedded/model.ts';
import { holds, touched, updated } from './evaluate.ts';
import { type Condition, Placeholders, parseCondition, parseProjection, parseUpdate } from './parser.ts';
import {
  activeTable,
  assertKey,
  assertKeyed,
  indexOfKey,
  keyAttributes,
  keyOf,
  type Table,
} from './state.ts';
import { type Item, item, itemSize, project, validation, value } from './values.ts';

const maxItemBytes = 400 * 1024;

const names = { ExpressionAttributeNames: z.record(z.string(), z.string()).optional() };
const values = { ExpressionAttributeValues: z.record(z.string(), value).optional() };
const guarded = {
  TableName: z.string(),
  ...names,
  ...values,
  ConditionExpression: z.string().optional(),
  ReturnValuesOnConditionCheckFailure: z.enum(['ALL_OLD', 'NONE']).optional(),
};

interface Guarded {
  ConditionExpression?: string | undefined;
  ExpressionAttributeNames?: Record<string, string> | undefined;
  ExpressionAttributeValues?: Item | undefined;
  ReturnValuesOnConditionCheckFailure?: 'ALL_OLD' | 'NONE' | undefined;
}

export const itemOperations: Record<string, Operation> = {
  GetItem: read(
    {
      TableName: z.string(),
      Key: item,
      ConsistentRead: z.boolean().optional(),
      ProjectionExpression: z.string().optional(),
      ...names,
    },
    (input, call) => {
      const table = activeTable(call, input.TableName);
      const placeholders = new Placeholders(input.ExpressionAttributeNames, undefined);
      const paths = input.ProjectionExpression && parseProjection(input.ProjectionExpression, placeholders);
      placeholders.assertAllUsed();
      assertKey(table, input.Key);
      const found = table.items[indexOfKey(table, input.Key)];
      if (!found) return {};
      return { Item: paths ? project(found, paths) : found };
    },
  ),
  PutItem: mutation(
    { ...guarded, Item: item, ReturnValues: z.enum(['NONE', 'ALL_OLD']).optional() },
    (input, call) => {
      const table = activeTable(call, input.TableName);
      const { condition } = parsed(input);
      assertKeyed(table, input.Item);
      const index = indexOfKey(table, input.Item);
      const before = table.items[index];
      check(condition, before, input);
      keep(table, index, input.Item);
      return before && input.ReturnValues === 'ALL_OLD' ? { Attributes: before } : {};
    },
  ),
  UpdateItem: mutation(
    {
      ...guarded,
      Key: item,
      UpdateExpression: z.string().optional(),
      ReturnValues: z.enum(['NONE', 'ALL_OLD', 'UPDATED_OLD', 'ALL_NEW', 'UPDATED_NEW']).optional(),
    },
    (input, call) => {
      const table = activeTable(call, input.TableName);
      const { condition, update } = parsed(input);
      assertKey(table, input.Key);
      const paths = update ? touched(update) : [];
      for (const { name } of keyAttributes(table)) {
        if (paths.some((path) => path[0] === name))
          throw validation(
            `One or more parameter values were invalid: Cannot update attribute ${name}. This attribute is part of the key`,
          );
      }
      const index = indexOfKey(table, input.Key);
      const before = table.items[index];
      check(condition, before, input);
      const base = before ?? keyOf(table, input.Key);
      const after = update ? updated(update, base) : base;
      // An update that only takes away makes no item.
      const creates = !update || update.set.length + update.add.length > 0;
      if (before || creates) keep(table, index, after);
      switch (input.ReturnValues) {
        case 'ALL_OLD':
          return before ? { Attributes: before } : {};
        case 'UPDATED_OLD':
          return before ? { Attributes: project(before, paths) } : {};
        case 'ALL_NEW':
          return { Attributes: after };
        case 'UPDATED_NEW':
          return { Attributes: project(after, paths) };
        default:
          return {};
      }
    },
  ),
  DeleteItem: mutation(
    { ...guarded, Key: item, ReturnValues: z.enum(['NONE', 'ALL_OLD']).optional() },
    (input, call) => {
      const table = activeTable(call, input.TableName);
      const { condition } = parsed(input);
      assertKey(table, input.Key);
      const index = indexOfKey(table, input.Key);
      const before = table.items[index];
      check(condition, before, input);
      if (before) table.items.splice(index, 1);
      return before && input.ReturnValues === 'ALL_OLD' ? { Attributes: before } : {};
    },
  ),
};

function parsed(input: Guarded & { UpdateExpression?: string | undefined }) {
  const placeholders = new Placeholders(input.ExpressionAttributeNames, input.ExpressionAttributeValues);
  const update =
    input.UpdateExpression === undefined ? undefined : parseUpdate(input.UpdateExpression, placeholders);
  const condition =
    input.ConditionExpression === undefined
      ? undefined
      : parseCondition(input.ConditionExpression, placeholders, 'ConditionExpression');
  placeholders.assertAllUsed();
  return { update, condition };
}

function check(condition: Condition | undefined, before: Item | undefined, input: Guarded): void {
  if (!condition || holds(condition, before ?? {})) return;
  const tells = before && input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD';
  throw new AwsFault(
    'ConditionalCheckFailedException',
    'The conditional request failed',
    tells ? { extra: { Item: structuredClone(before) } } : {},
  );
}

function keep(table: Table, index: number, after: Item): void {
  if (itemSize(after) > maxItemBytes) throw validation('Item size has exceeded the maximum allowed size');
  if (index < 0) table.items.push(after);
  else table.items[index] = after;
}
