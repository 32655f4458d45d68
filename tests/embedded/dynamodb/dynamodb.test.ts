import {
  type AttributeValue,
  type ConditionalCheckFailedException,
  CreateTableCommand,
  DeleteItemCommand,
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  paginateScan,
  QueryCommand,
  ScanCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { beforeEach, describe, expect, it } from 'vitest';
import { placeTable } from '#embedded/services/dynamodb/state.ts';
import { client } from '#lib/aws/clients.ts';
import { type TestAws, testAws } from '../../support/embedded.ts';

const region = 'eu-central-1';
const TableName = 'registry';
const Key = { environment: { S: 'dev' } };
const dynamodb = () => client(DynamoDBClient, { region });

let test: TestAws;
beforeEach(() => {
  test = testAws();
  test.aws.inspect(region, (call) =>
    placeTable(call, { name: TableName, partitionKey: { name: 'environment', type: 'S' } }),
  );
});

const put = (item: Record<string, unknown>) =>
  dynamodb().send(new PutItemCommand({ TableName, Item: marshall(item) }));

async function get(environment = 'dev'): Promise<Record<string, unknown> | undefined> {
  const { Item } = await dynamodb().send(
    new GetItemCommand({ TableName, Key: marshall({ environment }), ConsistentRead: true }),
  );
  return Item && unmarshall(Item);
}

const update = (UpdateExpression: string, more: Partial<UpdateItemCommandInput> = {}) =>
  dynamodb().send(new UpdateItemCommand({ TableName, Key, UpdateExpression, ...more }));

/** Does `ConditionExpression` let a write to the item through? */
async function holds(
  ConditionExpression: string,
  ExpressionAttributeNames?: Record<string, string>,
  ExpressionAttributeValues?: Record<string, AttributeValue>,
): Promise<boolean> {
  try {
    await dynamodb().send(
      new UpdateItemCommand({
        TableName,
        Key,
        ConditionExpression,
        ExpressionAttributeNames,
        ExpressionAttributeValues,
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === 'ConditionalCheckFailedException') return false;
    throw error;
  }
}

describe('items', () => {
  it('gives back what was put', async () => {
    const item = { environment: 'dev', n: 3, nested: { list: [1, 'two', null, true], tags: new Set(['a']) } };
    await put(item);
    expect(await get()).toEqual(item);
    expect(await get('prod')).toBeUndefined();
  });

  it('answers the old item to a put and a delete that ask for it', async () => {
    await put({ environment: 'dev', n: 1 });
    const replaced = await dynamodb().send(
      new PutItemCommand({
        TableName,
        Item: marshall({ environment: 'dev', n: 2 }),
        ReturnValues: 'ALL_OLD',
      }),
    );
    expect(replaced.Attributes).toEqual(marshall({ environment: 'dev', n: 1 }));
    const deleted = await dynamodb().send(new DeleteItemCommand({ TableName, Key, ReturnValues: 'ALL_OLD' }));
    expect(deleted.Attributes).toEqual(marshall({ environment: 'dev', n: 2 }));
    expect(await get()).toBeUndefined();
  });

  it('reads only the projected paths', async () => {
    await put({ environment: 'dev', lock: { execution: 'e', name: 'n' }, steps: ['a', 'b'] });
    const { Item } = await dynamodb().send(
      new GetItemCommand({
        TableName,
        Key,
        ProjectionExpression: '#l.#n, #s[1]',
        ExpressionAttributeNames: { '#l': 'lock', '#n': 'name', '#s': 'steps' },
      }),
    );
    expect(unmarshall(Item!)).toEqual({ lock: { name: 'n' }, steps: ['b'] });
  });

  it.each([
    ['a key of another name', { name: { S: 'dev' } }],
    ['a key of another type', { environment: { N: '1' } }],
    ['an empty key', { environment: { S: '' } }],
  ])('refuses %s', async (_what, wrong) => {
    await expect(
      dynamodb().send(new GetItemCommand({ TableName, Key: wrong as Record<string, AttributeValue> })),
    ).rejects.toMatchObject({ name: 'ValidationException' });
  });

  it('refuses an item beyond 400 KB', async () => {
    await expect(put({ environment: 'dev', text: 'x'.repeat(410_000) })).rejects.toMatchObject({
      name: 'ValidationException',
      message: 'Item size has exceeded the maximum allowed size',
    });
  });

  it('refuses a table that is not there', async () => {
    await expect(dynamodb().send(new GetItemCommand({ TableName: 'other', Key }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });
});

describe('conditions', () => {
  beforeEach(() =>
    put({
      environment: 'dev',
      n: 5,
      s: 'provisioning',
      lock: { owner: 'run-1' },
      list: ['a', 'b'],
      set: new Set(['x']),
    }),
  );
  const names = { '#n': 'n' };
  const number = (n: number) => ({ N: String(n) });

  it.each([
    ['#n = :a', true],
    ['#n <> :a', false],
    ['#n < :b', true],
    ['#n <= :a', true],
    ['#n > :b', false],
    ['#n >= :a', true],
    ['#n BETWEEN :a AND :b', true],
    ['#n IN (:b, :a)', true],
    ['NOT #n IN (:b, :a)', false],
    ['#n = :b OR #n = :a AND #n < :b', true],
    ['(#n = :b OR #n = :a) AND #n > :b', false],
    ['not (#n = :b) and #n = :a', true],
  ])('reads %s', async (expression, expected) => {
    const values = { ':a': number(5), ':b': number(7) };
    const used = Object.fromEntries(Object.entries(values).filter(([name]) => expression.includes(name)));
    expect(await holds(expression, names, used)).toBe(expected);
  });

  it('knows the functions', async () => {
    const on = (name: string) => ({ '#x': name });
    expect(await holds('attribute_exists(#x)', on('n'))).toBe(true);
    expect(await holds('attribute_not_exists(#x)', on('nothing'))).toBe(true);
    expect(await holds('attribute_exists(#x.#o)', { '#x': 'lock', '#o': 'owner' })).toBe(true);
    expect(await holds('begins_with(#x, :v)', on('s'), { ':v': { S: 'prov' } })).toBe(true);
    expect(await holds('contains(#x, :v)', on('s'), { ':v': { S: 'sion' } })).toBe(true);
    expect(await holds('contains(#x, :v)', on('list'), { ':v': { S: 'b' } })).toBe(true);
    expect(await holds('contains(#x, :v)', on('set'), { ':v': { S: 'y' } })).toBe(false);
    expect(await holds('size(#x) = :v', on('list'), { ':v': number(2) })).toBe(true);
    expect(await holds('attribute_type(#x, :v)', on('lock'), { ':v': { S: 'M' } })).toBe(true);
  });

  it('takes an absent attribute as different from every value', async () => {
    expect(await holds('#n <> :v', { '#n': 'nothing' }, { ':v': number(1) })).toBe(true);
    expect(await holds('#n = :v', { '#n': 'nothing' }, { ':v': number(1) })).toBe(false);
    expect(await holds('#n < :v', { '#n': 'nothing' }, { ':v': number(1) })).toBe(false);
  });

  it('tells the item that failed a condition to who asks', async () => {
    const attempt = dynamodb().send(
      new PutItemCommand({
        TableName,
        Item: marshall({ environment: 'dev' }),
        ConditionExpression: 'attribute_not_exists(#l) OR #l.#o = :me',
        ExpressionAttributeNames: { '#l': 'lock', '#o': 'owner' },
        ExpressionAttributeValues: marshall({ ':me': 'run-2' }),
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    );
    const error = (await attempt.catch((thrown: unknown) => thrown)) as ConditionalCheckFailedException;
    expect(error).toMatchObject({
      name: 'ConditionalCheckFailedException',
      message: 'The conditional request failed',
    });
    expect(unmarshall(error.Item!)).toMatchObject({ lock: { owner: 'run-1' } });
    expect(await get()).toMatchObject({ n: 5 });
  });

  it.each([
    ['#n = :a', { '#n': 'n' }, {}, /attribute value: :a/],
    ['#n = :a', {}, { ':a': number(1) }, /attribute name: #n/],
    ['attribute_exists(#n)', { '#n': 'n', '#m': 'm' }, undefined, /unused in expressions: keys: \{#m\}/],
    ['#n = :a AND', { '#n': 'n' }, { ':a': number(1) }, /Syntax error/],
    ['exists(#n)', { '#n': 'n' }, undefined, /Invalid function name; function: exists/],
    ['#n ! :a', { '#n': 'n' }, { ':a': number(1) }, /Syntax error/],
  ])('refuses %s with names %j and values %j', async (expression, givenNames, givenValues, message) => {
    await expect(holds(expression, givenNames as Record<string, string>, givenValues)).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringMatching(message),
    });
  });

  it('does not model bare names, which may be reserved words', async () => {
    await expect(holds('attribute_exists(status)')).rejects.toThrow(/does not model the bare name status/);
  });
});

describe('updates', () => {
  it('sets nested paths, counts, defaults and appends in one call', async () => {
    await put({ environment: 'dev', steps: {}, count: 1, log: ['a'] });
    const { Attributes } = await update(
      'SET #steps.#vpc = :answer, #count = #count + :one, #since = if_not_exists(#since, :now), #log = list_append(#log, :entry)',
      {
        ExpressionAttributeNames: {
          '#steps': 'steps',
          '#vpc': 'vpc',
          '#count': 'count',
          '#since': 'since',
          '#log': 'log',
        },
        ExpressionAttributeValues: marshall({
          ':answer': { status: 'ready' },
          ':one': 1,
          ':now': 'now',
          ':entry': ['b'],
        }),
        ReturnValues: 'ALL_NEW',
      },
    );
    expect(unmarshall(Attributes!)).toEqual({
      environment: 'dev',
      steps: { vpc: { status: 'ready' } },
      count: 2,
      since: 'now',
      log: ['a', 'b'],
    });
  });

  it('reads every right-hand side from the item as it was', async () => {
    await put({ environment: 'dev', a: 1, b: 2 });
    await update('SET #a = #b, #b = #a', { ExpressionAttributeNames: { '#a': 'a', '#b': 'b' } });
    expect(await get()).toMatchObject({ a: 2, b: 1 });
  });

  it('removes, adds to numbers and sets, and takes from sets', async () => {
    await put({
      environment: 'dev',
      lock: { owner: 'x' },
      n: 1,
      set: new Set(['a', 'b']),
      other: new Set(['c']),
    });
    await update('REMOVE #lock ADD #n :two, #set :c DELETE #other :c', {
      ExpressionAttributeNames: { '#lock': 'lock', '#n': 'n', '#set': 'set', '#other': 'other' },
      ExpressionAttributeValues: marshall({ ':two': 2, ':c': new Set(['c']) }),
    });
    expect(await get()).toEqual({ environment: 'dev', n: 3, set: new Set(['a', 'b', 'c']) });
  });

  it('makes the item it does not find, unless it only removes', async () => {
    await update('REMOVE #x', { ExpressionAttributeNames: { '#x': 'x' } });
    expect(await get()).toBeUndefined();
    const { Attributes } = await update('SET #x = :x', {
      ExpressionAttributeNames: { '#x': 'x' },
      ExpressionAttributeValues: { ':x': { BOOL: true } },
      ReturnValues: 'UPDATED_NEW',
    });
    expect(Attributes).toEqual({ x: { BOOL: true } });
    expect(await get()).toEqual({ environment: 'dev', x: true });
  });

  it.each([
    ['SET #a.#b = :v', /document path provided in the update expression is invalid/],
    ['SET #b = :v, #b.#a = :v', /overlap/],
    ['SET #a = :v SET #b = :v', /can only be used once/],
    ['SET #a = #b, #e = :v', /part of the key|does not exist in the item/],
    ['SET #a = #b + :v', /does not exist in the item/],
  ])('refuses %s', async (expression, message) => {
    const names = { '#a': 'a', '#b': 'b', '#e': 'environment' };
    const used = Object.fromEntries(Object.entries(names).filter(([name]) => expression.includes(name)));
    await expect(
      update(expression, { ExpressionAttributeNames: used, ExpressionAttributeValues: { ':v': { N: '1' } } }),
    ).rejects.toMatchObject({ name: 'ValidationException', message: expect.stringMatching(message) });
  });
});

describe('tables, queries and scans', () => {
  it('makes a table that is usable once it is active', async () => {
    await dynamodb().send(
      new CreateTableCommand({
        TableName: 'made',
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      }),
    );
    const write = () => dynamodb().send(new PutItemCommand({ TableName: 'made', Item: { id: { S: 'x' } } }));
    await expect(write()).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    test.advance(12);
    const { Table } = await dynamodb().send(new DescribeTableCommand({ TableName: 'made' }));
    expect(Table).toMatchObject({ TableStatus: 'ACTIVE', CreationDateTime: expect.any(Date) });
    await write();
  });

  it('scans page by page', async () => {
    for (let index = 0; index < 5; index += 1) await put({ environment: `e${index}`, odd: index % 2 === 1 });
    const seen: unknown[] = [];
    let pages = 0;
    for await (const page of paginateScan({ client: dynamodb(), pageSize: 2 }, { TableName })) {
      pages += 1;
      seen.push(...(page.Items ?? []).map((item) => unmarshall(item).environment));
    }
    expect(seen).toEqual(['e0', 'e1', 'e2', 'e3', 'e4']);
    expect(pages).toBe(3);
  });

  it('filters after it has scanned, and says what it scanned', async () => {
    for (let index = 0; index < 5; index += 1) await put({ environment: `e${index}`, odd: index % 2 === 1 });
    const answer = await dynamodb().send(
      new ScanCommand({
        TableName,
        FilterExpression: '#o = :true',
        ExpressionAttributeNames: { '#o': 'odd' },
        ExpressionAttributeValues: { ':true': { BOOL: true } },
      }),
    );
    expect(answer).toMatchObject({ Count: 2, ScannedCount: 5 });
    expect(answer.LastEvaluatedKey).toBeUndefined();
  });

  it('ends a page at one megabyte', async () => {
    for (let index = 0; index < 4; index += 1)
      await put({ environment: `e${index}`, text: 'x'.repeat(390_000) });
    const answer = await dynamodb().send(new ScanCommand({ TableName }));
    expect(answer.Count).toBe(2);
    expect(answer.LastEvaluatedKey).toEqual({ environment: { S: 'e1' } });
  });

  it('queries a partition by sort key, both ways round', async () => {
    test.aws.inspect(region, (call) =>
      placeTable(call, {
        name: 'events',
        partitionKey: { name: 'environment', type: 'S' },
        sortKey: { name: 'at', type: 'N' },
      }),
    );
    for (const at of [30, 4, 200])
      await dynamodb().send(
        new PutItemCommand({ TableName: 'events', Item: marshall({ environment: 'dev', at }) }),
      );
    await dynamodb().send(
      new PutItemCommand({ TableName: 'events', Item: marshall({ environment: 'prod', at: 1 }) }),
    );
    const query = async (ScanIndexForward: boolean, condition = '#e = :e') =>
      (
        await dynamodb().send(
          new QueryCommand({
            TableName: 'events',
            KeyConditionExpression: condition,
            ScanIndexForward,
            ExpressionAttributeNames: {
              '#e': 'environment',
              ...(condition.includes('#at') ? { '#at': 'at' } : {}),
            },
            ExpressionAttributeValues: marshall({
              ':e': 'dev',
              ...(condition.includes(':at') ? { ':at': 30 } : {}),
            }),
          }),
        )
      ).Items!.map((item) => unmarshall(item).at);
    expect(await query(true)).toEqual([4, 30, 200]);
    expect(await query(false)).toEqual([200, 30, 4]);
    expect(await query(true, '#e = :e AND #at >= :at')).toEqual([30, 200]);
    await expect(query(true, '#at = :at AND #e > :e')).rejects.toMatchObject({ name: 'ValidationException' });
  });
});
