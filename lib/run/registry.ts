/**
 * The registry: one DynamoDB item an environment, which is also its lock (W6) and where progress is read (W8).
 *
 * It lives in the service's own account and region, whatever account and region an environment is in. The lock is
 * a conditional write. Its owner is an execution, and an owner that no longer runs holds nothing: whoever comes
 * next takes over.
 */
import { isDeepStrictEqual } from 'node:util';
import {
  DynamoDBClient,
  GetItemCommand,
  paginateScan,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { homeClient } from '#lib/aws/clients.ts';
import { canonicalCode } from '#lib/aws/errors.ts';
import { allPages } from '#lib/aws/reads.ts';
import type { EnvironmentPlan, StepAnswer } from './environment.ts';
import { isEnvironmentName } from './environment-name.ts';
import type { StepSeconds } from './estimate.ts';
import { EnvironmentBusyError, TransientError } from './failures.ts';

/** Which execution speaks. */
export interface Execution {
  /** The execution's ARN. */
  readonly id: string;
  readonly name: string;
  /** ISO 8601. */
  readonly startTime: string;
}

export type EnvironmentStatus =
  | 'PROVISIONING'
  | 'READY'
  | 'FAILED'
  | 'DEPROVISIONING'
  | 'REMOVAL_FAILED'
  | 'GONE';

/** The last failure, in plain words and in parts. */
export interface RecordedFailure {
  readonly execution: string;
  readonly error: string;
  readonly cause: string;
  readonly at: string;
  /** The step it happened in, or the function before and after the steps (`accept`, `verify`). */
  readonly step?: string;
  /** Where AWS refused: its operation, its code, and the request that AWS Support asks for. */
  readonly operation?: string;
  readonly code?: string;
  readonly requestId?: string;
  /** What happened, and what to do about it. */
  readonly what?: string;
  readonly todo?: string;
  /** What became of the rollback, in words; absent where there was none. */
  readonly rollback?: string;
}

/** A step's latest answer. */
export interface StepProgress
  extends Pick<StepAnswer, 'status' | 'since' | 'detail' | 'queue' | 'queuedSeconds'> {
  readonly at: string;
  readonly execution: string;
}

/** One thing that is not as the last run left it. */
export interface Drift {
  /** A field of the request, a rule of the specification, or the step that would put it right. */
  readonly of: string;
  readonly expected: string;
  readonly found: string;
  /** What would bring it back. */
  readonly repair: string;
}

export interface DriftList {
  readonly differences: readonly Drift[];
  /** How many there are beside. */
  readonly more: number;
}

/** A change of the run, with the step that does it. */
export interface InPlace {
  readonly step: string;
  readonly field: string;
  /** `aurora.instanceClass: db.t3.medium → db.r6g.large` */
  readonly words: string;
  /** AWS has no way back. */
  readonly forGood?: true;
}

export interface RegistryItem {
  readonly environment: string;
  readonly region: string;
  readonly account: string;
  /** The role that works in that account, where it is not the service's own. */
  readonly roleArn?: string;
  readonly status: EnvironmentStatus;
  readonly lock?: { readonly execution: string; readonly name: string; readonly since: string };
  readonly onFailure?: 'rollback' | 'keep';
  /** The base block it stands on, staging shift included. */
  readonly vpcCidr?: string;
  /** The run that failed was the first, and took back all it made: nothing exists. */
  readonly empty?: true;
  readonly request?: unknown;
  /** What the run that holds the lock, or failed last, set out to change in place. */
  readonly changing?: readonly InPlace[];
  /** What each step of that run was expected to take when it began. */
  readonly stepSeconds?: StepSeconds;
  /** The keys of all tags that runs may have set, and none is known to have taken away: what is ours to take away. */
  readonly tagKeys?: readonly string[];
  /** By step folder. `execution` says in whose run. */
  readonly steps: Readonly<Record<string, StepProgress>>;
  /** The same of a rollback: what it says is of what the run made, not of the environment. */
  readonly takingBack?: Readonly<Record<string, StepProgress>>;
  readonly outputs?: unknown;
  /** The plan that was last made true: what drift is measured by. */
  readonly made?: EnvironmentPlan;
  /** What the last look found; forgotten when a run ends well. */
  readonly drift?: DriftList & { readonly at: string };
  /** Start of every provision run since the environment was last gone, by the name that is on what it made. */
  readonly runs?: Readonly<Record<string, string>>;
  /** Digests of the names of those before the most recent ones. */
  readonly formerRuns?: readonly string[] | undefined;
  /** When the environment was last complete and verified. */
  readonly readyAt?: string;
  readonly failure?: RecordedFailure;
  readonly updatedAt: string;
}

const table = () => process.env.REGISTRY_TABLE as string;
const key = (environment: string) => marshall({ environment });

/** The item as it is now, or undefined. */
export async function readEnvironment(environment: string): Promise<RegistryItem | undefined> {
  const { Item } = await homeClient(DynamoDBClient).send(
    new GetItemCommand({ TableName: table(), Key: key(environment), ConsistentRead: true }),
  );
  return Item ? (unmarshall(Item) as RegistryItem) : undefined;
}

/** An item as it stands in the table. */
export type StoredItem = Readonly<Record<string, unknown> & { environment: string }>;

/** Everything in the table, in no order: environments, and what else stands there (blocks, messages, queues, fleets). */
export async function listRegistry(): Promise<StoredItem[]> {
  const items = await allPages(
    paginateScan({ client: homeClient(DynamoDBClient) }, { TableName: table() }),
    (page) => page.Items,
  );
  return items.map((item) => unmarshall(item) as StoredItem);
}

export function environmentsIn(items: readonly StoredItem[]): RegistryItem[] {
  return items.filter(({ environment }) => isEnvironmentName(environment)) as unknown as RegistryItem[];
}

/** Every environment, in no order. */
export async function listEnvironments(): Promise<RegistryItem[]> {
  return environmentsIn(await listRegistry());
}

const runningStatuses: ReadonlySet<string> = new Set(['RUNNING', 'PENDING_REDRIVE']);

/** Does this execution still run? An execution whose history is gone does not. */
export async function isRunning(executionArn: string): Promise<boolean> {
  return runningStatuses.has((await statusOf(executionArn)) ?? '');
}

/** Undefined of an execution that Step Functions does not know. */
async function statusOf(executionArn: string): Promise<string | undefined> {
  try {
    return (await homeClient(SFNClient).send(new DescribeExecutionCommand({ executionArn }))).status;
  } catch (error) {
    if (canonicalCode(error) === 'ExecutionDoesNotExist') return undefined;
    throw error;
  }
}

/** Throws {@link EnvironmentBusyError} when a running execution other than `execution` holds the environment. */
export async function assertFree(item: RegistryItem | undefined, execution: Execution): Promise<void> {
  if (!item?.lock || item.lock.execution === execution.id) return;
  if (await holds(item.lock)) throw busy(item.environment, item.lock);
}

/** DescribeExecution is eventually consistent: one that it does not know yet may have taken its lock already. */
const unknownWithinSeconds = 60;

async function holds({ execution, since }: NonNullable<RegistryItem['lock']>): Promise<boolean> {
  const status = await statusOf(execution);
  if (status === undefined) return Date.now() - Date.parse(since) < unknownWithinSeconds * 1000;
  return runningStatuses.has(status);
}

function busy(environment: string, lock: NonNullable<RegistryItem['lock']>): EnvironmentBusyError {
  return new EnvironmentBusyError(
    `environment "${environment}" is held by execution ${lock.name} since ${lock.since} (W6)`,
    'wait for it to end, or stop it, then run again',
  );
}

/**
 * Takes the lock for `execution` and sets `changes`; what they give as undefined (a role that is needed no more) is
 * forgotten. Taking it twice is taking it once. `seen`: the item by which it was decided what to do. Answers whether it was taken over from an execution that had died; throws {@link EnvironmentBusyError} when its owner runs.
 */
export async function lockEnvironment(
  environment: string,
  execution: Execution,
  changes: Partial<Omit<RegistryItem, 'environment' | 'lock'>>,
  seen?: { readonly item: RegistryItem | undefined },
): Promise<{ takenOver: boolean }> {
  const item = await readEnvironment(environment);
  await assertFree(item, execution);
  if (seen && !isDeepStrictEqual(workOn(seen.item), workOn(item)))
    throw new TransientError(
      `another run of environment "${environment}" has begun and ended while this one looked at it`,
      'run again',
    );
  const owner = item?.lock?.execution;
  const lock = { execution: execution.id, name: execution.name, since: new Date().toISOString() };
  try {
    const forgotten = Object.entries(changes).filter(([, value]) => value === undefined);
    const forget = forgotten.map(([name]) => name);
    await update(environment, { steps: {}, takingBack: {}, ...changes, lock }, forget, {
      condition: owner ? '#lock.#execution = :owner' : 'attribute_not_exists(#lock)',
      names: owner ? { '#lock': 'lock', '#execution': 'execution' } : { '#lock': 'lock' },
      values: owner ? { ':owner': owner } : {},
    });
  } catch (error) {
    if (!(error instanceof Error) || canonicalCode(error) !== 'ConditionalCheckFailed') throw error;
    // Somebody was quicker between the read and the write.
    const winner = await readEnvironment(environment);
    if (winner?.lock && winner.lock.execution !== execution.id) throw busy(environment, winner.lock);
    // Ours already: the answer to the SDK's first attempt was lost. Nobody's: it was let go meanwhile.
    if (!winner?.lock)
      throw new TransientError(
        `the lock of environment "${environment}" has just changed hands`,
        'run again',
      );
  }
  return { takenOver: owner !== undefined && owner !== execution.id };
}

/** What every run leaves another of; a look for drift does not. */
function workOn(item: RegistryItem | undefined) {
  return [item?.status, item?.readyAt, item?.runs, item?.failure?.at];
}

/** Sets `changes` and lets the lock go, if `execution` holds it. False (and nothing changed) if it does not. */
export async function releaseEnvironment(
  environment: string,
  executionArn: string,
  changes: Partial<Omit<RegistryItem, 'environment' | 'lock'>>,
  forget: readonly (keyof RegistryItem)[] = [],
): Promise<boolean> {
  return tolerateLost(() => update(environment, changes, ['lock', ...forget], heldBy(executionArn)));
}

/**
 * The same at a good end: throws where `execution` does not hold the lock, because then another one decides what
 * becomes of the environment (a run that was settled as dead, and redriven). Twice is once.
 */
export async function concludeEnvironment(
  environment: string,
  execution: Execution,
  changes: Pick<RegistryItem, 'status'> & Partial<Omit<RegistryItem, 'environment' | 'lock'>>,
  forget: readonly (keyof RegistryItem)[],
): Promise<void> {
  if (await releaseEnvironment(environment, execution.id, changes, forget)) return;
  // The answer to the first attempt was lost, if that attempt left it so.
  const concluded = {
    condition: 'attribute_not_exists(#lock) AND #status = :status',
    names: { '#lock': 'lock', '#status': 'status' },
    values: { ':status': changes.status },
  };
  if (await tolerateLost(() => update(environment, {}, [], concluded))) return;
  throw new EnvironmentBusyError(
    `environment "${environment}" is not held by execution ${execution.name} any more (W6): its end is not recorded as ${changes.status}`,
    'run again',
  );
}

/**
 * Gives the lock of a dead execution to `heir`, which is about to be started, and sets `changes`. False (and
 * nothing changed) if the dead one does not hold it any more.
 */
export async function bequeathEnvironment(
  environment: string,
  dead: string,
  heir: Pick<Execution, 'id' | 'name'>,
  changes: Partial<Omit<RegistryItem, 'environment' | 'lock'>>,
): Promise<boolean> {
  const lock = { execution: heir.id, name: heir.name, since: new Date().toISOString() };
  return tolerateLost(() => update(environment, { ...changes, lock }, [], heldBy(dead)));
}

/** False (and nothing changed) where a run holds the environment: what was seen may be its work. */
export async function recordDrift(
  environment: string,
  drift: NonNullable<RegistryItem['drift']>,
): Promise<boolean> {
  const free = {
    condition: 'attribute_exists(#status) AND attribute_not_exists(#lock)',
    names: { '#lock': 'lock', '#status': 'status' },
    values: {},
  };
  return tolerateLost(() => update(environment, { drift }, [], free));
}

/** False where the condition did not hold. */
async function tolerateLost(write: () => Promise<void>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (error) {
    if (canonicalCode(error) === 'ConditionalCheckFailed') return false;
    throw error;
  }
}

function heldBy(executionArn: string): Parameters<typeof update>[3] {
  return {
    condition: '#lock.#execution = :me',
    names: { '#lock': 'lock', '#execution': 'execution' },
    values: { ':me': executionArn },
  };
}

/** Was everything there ever was made by this one run? */
export function isOnlyRun(item: RegistryItem | undefined, execution: string): boolean {
  if (!item || item.readyAt !== undefined) return false;
  const runs = Object.keys(item.runs ?? {});
  return runs.length === 1 && runs[0] === execution;
}

async function update(
  environment: string,
  set: Record<string, unknown>,
  remove: readonly string[],
  guard: { condition: string; names: Record<string, string>; values: Record<string, unknown> },
): Promise<void> {
  const changes = Object.entries({ ...set, updatedAt: new Date().toISOString() }).filter(
    ([, value]) => value !== undefined,
  );
  const input: UpdateItemCommandInput = {
    TableName: table(),
    Key: key(environment),
    UpdateExpression:
      `SET ${changes.map((_, index) => `#s${index} = :s${index}`).join(', ')}` +
      (remove.length > 0 ? ` REMOVE ${remove.map((_, index) => `#r${index}`).join(', ')}` : ''),
    ConditionExpression: guard.condition,
    ExpressionAttributeNames: {
      ...guard.names,
      ...Object.fromEntries(changes.map(([name], index) => [`#s${index}`, name])),
      ...Object.fromEntries(remove.map((name, index) => [`#r${index}`, name])),
    },
    ExpressionAttributeValues: marshall(
      { ...guard.values, ...Object.fromEntries(changes.map(([, value], index) => [`:s${index}`, value])) },
      { removeUndefinedValues: true },
    ),
  };
  await homeClient(DynamoDBClient).send(new UpdateItemCommand(input));
}
