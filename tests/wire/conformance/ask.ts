/** One call in one world, and what of its answer is compared. */
import type { Command } from '@smithy/types';
import { canonicalCode, isAwsError } from '#lib/aws/errors.ts';

/** What came of a call. */
export interface Outcome {
  /** Such as `ec2:CreateVpc`. */
  readonly operation: string;
  readonly status: number | undefined;
  /** Undefined where the call was accepted. */
  readonly error: { readonly name: string; readonly canonical: string } | undefined;
  /** Paths of the members answered, `Vpcs[].Tags[].Key`. */
  readonly members: ReadonlySet<string>;
  /** How many items each list of the answer has. */
  readonly counts: Readonly<Record<string, number>>;
  /** The command's schema, as the SDK carries it. */
  readonly schema: unknown;
}

// biome-ignore lint/suspicious/noExplicitAny: generic over the clients and commands of every service
type AnyCommand<Output extends object> = Command<any, any, any, Output, any>;
// biome-ignore lint/suspicious/noExplicitAny: as above
export type AnyClient = new (config: any) => { send(command: any): Promise<any> };

/** Asks in a world, records the outcome under `label`, and answers with the output where there is one. */
export interface Ask {
  <Output extends object>(
    label: string,
    Client: AnyClient,
    command: AnyCommand<Output>,
  ): Promise<Output | undefined>;
  /** Lets what was begun become what it will be. */
  settle(): void;
}

/** Calls that mean the same in both worlds; ids come from answers, or are made up. */
export type Sequence = (ask: Ask) => Promise<void>;

export interface World {
  client(Client: AnyClient): { send(command: unknown): Promise<object> };
  settle(): void;
}

export function asker(world: World, outcomes: Map<string, Outcome>): Ask {
  const ask = async (label: string, Client: AnyClient, command: object): Promise<object | undefined> => {
    const schema = (command as { schema?: unknown }).schema;
    const operation = `${Client.name.replace('Client', '')}:${command.constructor.name.replace('Command', '')}`;
    if (outcomes.has(label)) throw new Error(`two calls are called "${label}"`);
    try {
      const { $metadata, ...output } = (await world.client(Client).send(command)) as {
        $metadata: { httpStatusCode?: number };
      };
      outcomes.set(label, {
        operation,
        schema,
        status: $metadata.httpStatusCode,
        error: undefined,
        members: membersOf(output),
        counts: countsOf(output),
      });
      return output;
    } catch (error) {
      if (!isAwsError(error)) throw error;
      outcomes.set(label, {
        operation,
        schema,
        status: error.$metadata?.httpStatusCode,
        error: nameOf(error),
        members: new Set(),
        counts: {},
      });
      return undefined;
    }
  };
  return Object.assign(ask, { settle: () => world.settle() }) as Ask;
}

/** moto answers what it lacks with a web page, which the SDK cannot read. */
function nameOf(error: Error): { name: string; canonical: string } {
  if (error instanceof SyntaxError || /Deserialization error/.test(error.message))
    return { name: 'no answer', canonical: 'no answer' };
  return { name: error.name, canonical: canonicalCode(error) };
}

function membersOf(value: unknown, path = '', found = new Set<string>()): Set<string> {
  if (Array.isArray(value)) for (const item of value) membersOf(item, `${path}[]`, found);
  else if (isStructure(value))
    for (const [key, member] of Object.entries(value)) {
      if (member === undefined) continue;
      const at = path === '' ? key : `${path}.${key}`;
      found.add(at);
      membersOf(member, at, found);
    }
  return found;
}

function isStructure(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' && value !== null && !(value instanceof Date) && !(value instanceof Uint8Array)
  );
}

function countsOf(output: object): Record<string, number> {
  return Object.fromEntries(
    Object.entries(output).flatMap(([key, value]) => (Array.isArray(value) ? [[key, value.length]] : [])),
  );
}
