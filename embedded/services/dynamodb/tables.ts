/** CreateTable, DescribeTable, DeleteTable, ListTables. */
import { z } from 'zod';
import { AwsFault, type Call, mutation, type Operation, read, type ServiceModel } from '#embedded/model.ts';
import { dynamodbState, type KeyAttribute, keyAttributes, notFound, type Table, tableArn } from './state.ts';
import { itemSize, validation } from './values.ts';

const tableName = z.string();

export const tableOperations: Record<string, Operation> = {
  CreateTable: mutation(
    {
      TableName: tableName,
      AttributeDefinitions: z.array(
        z.strictObject({ AttributeName: z.string(), AttributeType: z.enum(['S', 'N']) }),
      ),
      KeySchema: z.array(z.strictObject({ AttributeName: z.string(), KeyType: z.enum(['HASH', 'RANGE']) })),
      BillingMode: z.literal('PAY_PER_REQUEST'),
      Tags: z.array(z.strictObject({ Key: z.string(), Value: z.string() })).optional(),
    },
    (input, call) => {
      const { tables } = dynamodbState(call);
      if (tables[input.TableName])
        throw new AwsFault('ResourceInUseException', `Table already exists: ${input.TableName}`);
      const [partitionKey, sortKey] = keysOf(input.KeySchema, input.AttributeDefinitions);
      const table: Table = {
        name: input.TableName,
        partitionKey: partitionKey as KeyAttribute,
        ...(sortKey ? { sortKey } : {}),
        createdAt: call.now,
        id: call.hex(32),
        status: 'CREATING',
        tags: Object.fromEntries((input.Tags ?? []).map(({ Key, Value }) => [Key, Value])),
        items: [],
      };
      tables[table.name] = table;
      call.schedule('dynamodb:tableActive', table.name, call.between(5, 12));
      return { TableDescription: described(call, table) };
    },
  ),
  DescribeTable: read({ TableName: tableName }, (input, call) => ({
    Table: described(call, requireTable(call, input.TableName)),
  })),
  DeleteTable: mutation({ TableName: tableName }, (input, call) => {
    const table = requireTable(call, input.TableName);
    if (table.status !== 'ACTIVE')
      throw new AwsFault(
        'ResourceInUseException',
        `Attempt to change a resource which is still in use: Table is being ${table.status === 'CREATING' ? 'created' : 'deleted'}: ${table.name}`,
      );
    table.status = 'DELETING';
    call.schedule('dynamodb:tableGone', table.name, call.between(5, 12));
    return { TableDescription: described(call, table) };
  }),
  ListTables: read(
    { Limit: z.number().optional(), ExclusiveStartTableName: z.string().optional() },
    (input, call) => {
      const names = Object.keys(dynamodbState(call).tables).sort();
      const after = names.filter((name) => name > (input.ExclusiveStartTableName ?? ''));
      const page = after.slice(0, input.Limit ?? 100);
      return {
        TableNames: page,
        ...(page.length < after.length ? { LastEvaluatedTableName: page.at(-1) } : {}),
      };
    },
  ),
};

export const tableEvents: ServiceModel['events'] = {
  'dynamodb:tableActive': (name, call) => {
    const table = dynamodbState(call).tables[name];
    if (table?.status === 'CREATING') table.status = 'ACTIVE';
  },
  'dynamodb:tableGone': (name, call) => {
    const { tables } = dynamodbState(call);
    if (tables[name]?.status === 'DELETING') delete tables[name];
  },
};

function requireTable(call: Call, name: string): Table {
  const table = dynamodbState(call).tables[name];
  if (!table) throw notFound(name);
  return table;
}

function keysOf(
  schema: readonly { AttributeName: string; KeyType: string }[],
  definitions: readonly { AttributeName: string; AttributeType: 'S' | 'N' }[],
): KeyAttribute[] {
  const wanted = schema[1] ? ['HASH', 'RANGE'] : ['HASH'];
  if (schema.length !== wanted.length || schema.some(({ KeyType }, index) => KeyType !== wanted[index]))
    throw validation('Invalid KeySchema: The first KeySchemaElement is not a HASH key type');
  if (definitions.length !== schema.length)
    throw validation(
      'One or more parameter values were invalid: Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions',
    );
  return schema.map(({ AttributeName }) => {
    const definition = definitions.find((one) => one.AttributeName === AttributeName);
    if (!definition)
      throw validation(
        'One or more parameter values were invalid: Some index key attributes are not defined in AttributeDefinitions',
      );
    return { name: AttributeName, type: definition.AttributeType };
  });
}

function described(call: Call, table: Table): object {
  const keys = keyAttributes(table);
  return {
    TableName: table.name,
    TableArn: tableArn(call, table.name),
    TableId: table.id,
    TableStatus: table.status,
    CreationDateTime: new Date(table.createdAt),
    KeySchema: keys.map(({ name }, index) => ({
      AttributeName: name,
      KeyType: index === 0 ? 'HASH' : 'RANGE',
    })),
    AttributeDefinitions: keys.map(({ name, type }) => ({ AttributeName: name, AttributeType: type })),
    BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
    ItemCount: table.items.length,
    TableSizeBytes: table.items.reduce((sum, item) => sum + itemSize(item), 0),
    DeletionProtectionEnabled: false,
  };
}
