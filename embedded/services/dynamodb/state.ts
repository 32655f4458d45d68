/** Tables and their items. Every read sees every write before it: our handlers decide on consistent reads only. */
import { AwsFault, type Call } from '#embedded/model.ts';
import { equal, type Item, type Value, validation } from './values.ts';

export interface KeyAttribute {
  readonly name: string;
  readonly type: 'S' | 'N';
}

export interface Table {
  readonly name: string;
  readonly partitionKey: KeyAttribute;
  readonly sortKey?: KeyAttribute;
  readonly createdAt: number;
  readonly id: string;
  status: 'CREATING' | 'ACTIVE' | 'DELETING';
  readonly tags: Record<string, string>;
  items: Item[];
}

export interface DynamodbState {
  tables: Record<string, Table>;
}

export function dynamodbState(call: Call): DynamodbState {
  return call.state<DynamodbState>('dynamodb', () => ({ tables: {} }));
}

/** Arranges a table as a deployment would have; leaves one that is there as it is. */
export function placeTable(
  call: Call,
  table: { name: string; partitionKey: KeyAttribute; sortKey?: KeyAttribute },
): void {
  const { tables } = dynamodbState(call);
  tables[table.name] ??= {
    ...table,
    createdAt: call.now,
    id: call.hex(32),
    status: 'ACTIVE',
    tags: {},
    items: [],
  };
}

export function tableArn(call: Call, name: string): string {
  return `arn:${call.partition}:dynamodb:${call.region}:${call.account}:table/${name}`;
}

export function notFound(name: string): AwsFault {
  return new AwsFault('ResourceNotFoundException', `Requested resource not found: Table: ${name} not found`);
}

/** The table, if items can be read and written. */
export function activeTable(call: Call, name: string): Table {
  const table = dynamodbState(call).tables[name];
  // Items of a table that is being made are refused with the same error as those of one that is not there.
  if (!table || table.status === 'CREATING')
    throw new AwsFault('ResourceNotFoundException', 'Requested resource not found');
  return table;
}

export function keyAttributes(table: Table): KeyAttribute[] {
  return table.sortKey ? [table.partitionKey, table.sortKey] : [table.partitionKey];
}

/** The key of an item, or of a request, in the table's form. */
export function keyOf(table: Table, item: Item): Item {
  return Object.fromEntries(keyAttributes(table).map(({ name }) => [name, item[name] as Value]));
}

/** Refuses a `Key` that is not exactly the table's. */
export function assertKey(table: Table, key: Item): void {
  const attributes = keyAttributes(table);
  const fits =
    Object.keys(key).length === attributes.length &&
    attributes.every(({ name, type }) => key[name] !== undefined && type in key[name]);
  if (!fits) throw validation('The provided key element does not match the schema');
  for (const { name } of attributes) assertNotEmpty(name, key[name] as Value);
}

/** Refuses an item without the table's key. */
export function assertKeyed(table: Table, item: Item): void {
  for (const { name, type } of keyAttributes(table)) {
    const found = item[name];
    if (found === undefined)
      throw validation(`One or more parameter values were invalid: Missing the key ${name} in the item`);
    if (!(type in found))
      throw validation(
        `One or more parameter values were invalid: Type mismatch for key ${name} expected: ${type} actual: ${Object.keys(found)[0]}`,
      );
    assertNotEmpty(name, found);
  }
}

function assertNotEmpty(name: string, value: Value): void {
  if ('S' in value && value.S === '')
    throw validation(
      `One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: ${name}`,
    );
}

export function indexOfKey(table: Table, key: Item): number {
  return table.items.findIndex((item) =>
    keyAttributes(table).every(({ name }) => equal(item[name] as Value, key[name] as Value)),
  );
}
