/**
 * What is known of a fleet's execution: an item of its own in the registry's table. Each environment writes its end into
 * it, once; who begins reads there how many have failed.
 */
import { DynamoDBClient, GetItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { homeClient } from '#lib/aws/clients.ts';
import { canonicalCode } from '#lib/aws/errors.ts';
import type { StoredItem } from '#lib/run/registry.ts';

export type EndStatus = 'SUCCEEDED' | 'FAILED' | 'NOT_STARTED';

/** How one environment ended. */
export interface MemberEnd {
  readonly status: EndStatus;
  /** Its own execution; none where it was not started. */
  readonly execution?: string;
  readonly error?: string;
  /** Shortened; all of it stands in the environment's own entry. */
  readonly cause?: string;
  readonly at: string;
}

export interface FleetFailure {
  readonly error: string;
  readonly cause: string;
}

export interface FleetRecord {
  readonly fleet: string;
  readonly execution: string;
  readonly action: 'provision' | 'deprovision';
  /** In the order of the list. */
  readonly environments: readonly string[];
  /** How many of them are in each wave; absent in records of earlier versions. */
  readonly waves?: readonly number[];
  readonly stopAt: number;
  readonly startedAt: string;
  readonly predictedEnd: string;
  readonly endedAt?: string;
  /** Where it broke off. */
  readonly failure?: FleetFailure;
  readonly ends: Readonly<Record<string, MemberEnd>>;
}

const table = () => process.env.REGISTRY_TABLE as string;
/** No environment can be called that. */
const keyPrefix = 'fleet#';
const keyOf = (execution: string) => marshall({ environment: `${keyPrefix}${execution}` });

/** As long as Step Functions knows the execution. DynamoDB deletes the record some time after. */
const keptDays = 90;

/** Begins the record. Twice is once: what has ended meanwhile stays. */
export async function beginFleetRecord(record: Omit<FleetRecord, 'ends'>): Promise<void> {
  const expiresAt = Math.floor(Date.now() / 1000) + keptDays * 86_400;
  await onlyOnce(() =>
    homeClient(DynamoDBClient).send(
      new PutItemCommand({
        TableName: table(),
        Item: {
          ...keyOf(record.execution),
          ...marshall({ ...record, ends: {}, expiresAt }, { removeUndefinedValues: true }),
        },
        // One of a name that Step Functions has given out again: DynamoDB deletes late.
        ConditionExpression: 'attribute_not_exists(#environment) OR #expiresAt <= :now',
        ExpressionAttributeNames: { '#environment': 'environment', '#expiresAt': 'expiresAt' },
        ExpressionAttributeValues: marshall({ ':now': Math.floor(Date.now() / 1000) }),
      }),
    ),
  );
}

export async function readFleetRecord(execution: string): Promise<FleetRecord | undefined> {
  const { Item } = await homeClient(DynamoDBClient).send(
    new GetItemCommand({ TableName: table(), Key: keyOf(execution), ConsistentRead: true }),
  );
  return Item ? (unmarshall(Item) as FleetRecord) : undefined;
}

/** The fleets among everything in the table. */
export function fleetsIn(items: readonly StoredItem[]): FleetRecord[] {
  return items.filter(({ environment }) => environment.startsWith(keyPrefix)) as unknown as FleetRecord[];
}

/** Writes down how an environment ended. The first word counts. */
export async function recordMemberEnd(execution: string, environment: string, end: MemberEnd): Promise<void> {
  await onlyOnce(() =>
    homeClient(DynamoDBClient).send(
      new UpdateItemCommand({
        TableName: table(),
        Key: keyOf(execution),
        UpdateExpression: 'SET #ends.#name = :end',
        ConditionExpression: 'attribute_exists(#ends) AND attribute_not_exists(#ends.#name)',
        ExpressionAttributeNames: { '#ends': 'ends', '#name': environment },
        ExpressionAttributeValues: marshall({ ':end': end }, { removeUndefinedValues: true }),
      }),
    ),
  );
}

export async function endFleetRecord(
  execution: string,
  endedAt: string,
  failure?: FleetFailure,
): Promise<void> {
  await homeClient(DynamoDBClient).send(
    new UpdateItemCommand({
      TableName: table(),
      Key: keyOf(execution),
      UpdateExpression: failure ? 'SET #endedAt = :endedAt, #failure = :failure' : 'SET #endedAt = :endedAt',
      ExpressionAttributeNames: { '#endedAt': 'endedAt', ...(failure ? { '#failure': 'failure' } : {}) },
      ExpressionAttributeValues: marshall({
        ':endedAt': endedAt,
        ...(failure ? { ':failure': failure } : {}),
      }),
    }),
  );
}

/** A Task whose answer was lost is run again. */
async function onlyOnce(write: () => Promise<unknown>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (canonicalCode(error) !== 'ConditionalCheckFailed') throw error;
  }
}

/** The end of each environment, in the order of the list; of whom nothing was written it is not known. */
export function countsOf({ environments, ends }: Pick<FleetRecord, 'environments' | 'ends'>) {
  const of = (status: EndStatus) => environments.filter((name) => ends[name]?.status === status);
  return {
    succeeded: of('SUCCEEDED'),
    failed: of('FAILED'),
    notStarted: of('NOT_STARTED'),
    unknown: environments.filter((name) => ends[name] === undefined),
  };
}
