/**
 * A message is a message. Whoever asks for runs over a network delivers at least once, under an id that is the same at
 * every delivery: senders of the webhook (`webhook-id`), EventBridge (an event's `id`). The first delivery binds the id
 * to what it asks for, in an item of the registry's table, and only then starts the run. The same again gets the same
 * run; whatever else comes under the id starts nothing.
 *
 * A delivery that died between the two left the id bound and nothing started: the next one of the same message starts
 * it, under the name the binding holds, which Step Functions gives out once only. It gives a name out again 90 days
 * after its run ended, so a binding that lives 90 days from before the start is never older than the name it holds. An
 * id that comes after that is a new message, and its run gets a name of its own.
 */
import { createHash } from 'node:crypto';
import { DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { homeClient } from '#lib/aws/clients.ts';
import { canonicalCode } from '#lib/aws/errors.ts';

export type Machine = 'provision' | 'deprovision' | 'fleet';

export interface RunMessage {
  readonly source: 'webhook' | 'event';
  /** The sender's. */
  readonly id: string;
  readonly machine: Machine;
  /** As the message names it, or the fleet; what the run's name begins with. */
  readonly environment: string;
  /** All it says beside, as it came. */
  readonly content: string;
}

/** What an id stands for. */
export interface Binding {
  readonly digest: string;
  readonly machine: Machine;
  readonly of: string;
  /** The run's name. */
  readonly execution: string;
  /** ISO 8601. */
  readonly since: string;
  /** Seconds since the epoch. DynamoDB deletes it some time after. */
  readonly expiresAt: number;
}

export const bindingDays = 90;

const table = () => process.env.REGISTRY_TABLE as string;
const hash = (text: string) => createHash('sha256').update(text).digest('hex');
/** No environment can be called that, and no id is too long for it. */
const keyOf = ({ source, id }: RunMessage) => marshall({ environment: `message#${source}#${hash(id)}` });

/** What the message's id stands for by now; undefined of one that is new. */
export async function bindingOf(message: RunMessage): Promise<Binding | undefined> {
  const { Item } = await homeClient(DynamoDBClient).send(
    new GetItemCommand({ TableName: table(), Key: keyOf(message), ConsistentRead: true }),
  );
  const found = Item && (unmarshall(Item) as Binding);
  return found && found.expiresAt > nowSeconds() ? found : undefined;
}

/** Binds the message's id, unless an earlier delivery or another message did. Answers what it stands for. */
export async function bind(message: RunMessage): Promise<Binding> {
  const binding = newBinding(message);
  const names = Object.keys(binding);
  try {
    await homeClient(DynamoDBClient).send(
      new UpdateItemCommand({
        TableName: table(),
        Key: keyOf(message),
        UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(', ')}`,
        ConditionExpression: 'attribute_not_exists(#digest) OR #expiresAt <= :now',
        ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
        ExpressionAttributeValues: marshall({
          ...Object.fromEntries(Object.entries(binding).map(([name, value]) => [`:${name}`, value])),
          ':now': nowSeconds(),
        }),
      }),
    );
    return binding;
  } catch (error) {
    if (canonicalCode(error) !== 'ConditionalCheckFailed') throw error;
    // Also where the answer to the SDK's first attempt was lost: then it is this very binding.
    const earlier = await bindingOf(message);
    if (!earlier) throw error;
    return earlier;
  }
}

function newBinding(message: RunMessage): Binding {
  const now = new Date().toISOString();
  return {
    digest: digestOf(message),
    machine: message.machine,
    of: message.environment,
    execution: `${message.environment}-${hash(`${message.id} ${now}`).slice(0, 16)}`,
    since: now,
    expiresAt: nowSeconds() + bindingDays * 86_400,
  };
}

const nowSeconds = () => Math.floor(Date.now() / 1000);

function digestOf({ machine, environment, content }: RunMessage): string {
  return hash(JSON.stringify([machine, environment, content]));
}

/** Is the id bound to this message? */
export function isBoundTo(binding: Binding, message: RunMessage): boolean {
  return binding.digest === digestOf(message);
}

/** In words, what the id stands for instead. */
export function boundToOther({ machine, of, execution, since }: Binding): string {
  const what = machine === 'fleet' ? 'start fleet' : `${machine} environment`;
  return `stands for the message of ${since} that asked to ${what} ${JSON.stringify(of)} (run ${execution}). Nothing was started`;
}

/** Starts the run of a message whose id is bound to it. Twice is once. */
export async function startBound({ machine, execution }: Binding, input: string): Promise<void> {
  try {
    await homeClient(SFNClient).send(
      new StartExecutionCommand({ stateMachineArn: machineArn(machine), name: execution, input }),
    );
  } catch (error) {
    if (canonicalCode(error) !== 'ExecutionAlreadyExists') throw error;
  }
}

export function machineArn(machine: Machine): string {
  return process.env[`${machine.toUpperCase()}_STATE_MACHINE_ARN`] as string;
}
