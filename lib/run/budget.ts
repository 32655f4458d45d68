/**
 * The queue at one of AWS's rates, one small item of the registry's table an account, region and operation (ADR 0012).
 * Slots are numbered and come due at the rate, one after the other: who needs k calls takes the next k numbers by one
 * write, and is served in that order. A queue that nobody stands in has a few slots due at once, as AWS's bucket has
 * filled up. Nothing is handed back: the slots of a run that died pass.
 *
 * When AWS refuses a call whose slot was due, others use the account, too: less of the rate is ours for a while
 * (share.ts). Slots keep their numbers and only come due later.
 */
import { type AttributeValue, DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { homeClient } from '#lib/aws/clients.ts';
import { canonicalCode } from '#lib/aws/errors.ts';
import type { EnvironmentTarget } from './environment.ts';
import type { Rate } from './rates.ts';
import { type Cut, cutOf, fullSeconds, lastingShare, shareAt, uncut } from './share.ts';

type QueuePlace = Pick<EnvironmentTarget, 'account' | 'region'>;

/** The item, as it was last seen. */
export interface Queue extends Cut {
  /** The slot that is given out next. */
  readonly next: number;
  /** When which slot came due: from there on they follow at the share of the rate. Milliseconds. */
  readonly anchorSlot: number;
  readonly anchorAt: number;
  /** Milliseconds: AWS has refused every call since then, the last one at `refusedAt`; nobody's went through. */
  readonly refusedSince?: number;
  readonly refusedAt?: number;
  /** Counts the changes of all but `next`. */
  readonly version: number;
}

export interface QueueAt {
  readonly place: QueuePlace;
  readonly operation: string;
  readonly rate: Rate;
}

/** The slot that is due at `now`; a fraction between two. */
export function slotAt(queue: Queue, rate: Rate, now: number): number {
  const { anchorSlot, anchorAt } = queue;
  if (now < anchorAt)
    return anchorSlot - ((anchorAt - now) / 1000) * rate.perSecond * shareAt(queue, rate, anchorAt);
  return anchorSlot + (fullSeconds(queue, rate, now) - fullSeconds(queue, rate, anchorAt)) * rate.perSecond;
}

/** When a slot comes due, in milliseconds, if AWS refuses nothing until then. */
export function timeOf(queue: Queue, rate: Rate, slot: number): number {
  const { anchorSlot, anchorAt } = queue;
  const atFull = ((slot - anchorSlot) / rate.perSecond) * 1000;
  if (slot <= anchorSlot) return anchorAt + atFull / shareAt(queue, rate, anchorAt);
  let early = anchorAt + atFull;
  let late = anchorAt + atFull / shareAt(queue, rate, anchorAt);
  while (late - early > 1) {
    const middle = (early + late) / 2;
    if (slotAt(queue, rate, middle) < slot) early = middle;
    else late = middle;
  }
  return late;
}

/** When it is to be expected, in milliseconds: as long as AWS refuses, with no more than it gave last. */
export function expectedTimeOf(queue: Queue, rate: Rate, slot: number, now: number): number {
  const ahead = slot - slotAt(queue, rate, now);
  if (ahead <= 0) return timeOf(queue, rate, slot);
  return now + (ahead / (rate.perSecond * lastingShare(queue, rate, now))) * 1000;
}

/** How it stands: the slots that are taken and not due yet, and what of the rate is to be expected. */
export interface Ahead {
  readonly slots: number;
  readonly share: number;
}

/** Of a queue among everything that is in the registry's table. */
export function aheadIn(items: readonly { readonly environment: string }[], at: QueueAt, now: number): Ahead {
  const found = items.find(({ environment }) => environment === keyOf(at));
  if (!found) return { slots: 0, share: 1 };
  const queue = found as unknown as Queue;
  const slots = Math.max(0, Math.floor(queue.next - slotAt(queue, at.rate, now)));
  return { slots, share: lastingShare(queue, at.rate, now) };
}

/** Nobody asked for so long: what was refused before says nothing of now. */
const forgottenSeconds = 600;

/** Since when AWS has taken no call of anybody's, in milliseconds; undefined where it has, or where nobody has asked of late. */
export function refusedSince({ refusedSince: since, refusedAt = 0 }: Queue, now: number): number | undefined {
  return now - refusedAt < forgottenSeconds * 1000 ? since : undefined;
}

/**
 * How many may go at once. Half of what AWS's bucket holds, and of that our part: what is filled up has lost what would
 * have come in, and whoever else uses the account may have taken theirs.
 */
export function burstOf({ burst }: Rate, share = 1): number {
  return Math.max(1, Math.floor((burst * share) / 2));
}

const mostAttempts = 8;
/** Calls that were under way with the one that was refused say nothing more. */
const sameCauseSeconds = 10;

/** As last seen by this sandbox: a write that is based on what is no longer true is refused, and tells what is. */
const seen = new Map<string, Queue>();

/** Another account is at the other end now. */
export function forgetQueues(): void {
  seen.clear();
}

/** Takes the next `calls` slots; the first of them. Undefined where too many others wrote at once. */
export async function takeSlots(at: QueueAt, calls: number): Promise<Taken | undefined> {
  for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
    const now = Date.now();
    const queue = seen.get(keyOf(at));
    const taken = queue ? await takeFrom(at, queue, calls, now) : await begin(at, calls, now);
    if (taken) return taken;
  }
  return undefined;
}

export interface Taken {
  readonly first: number;
  readonly queue: Queue;
}

/** The queue as it is now; undefined where there is none. */
export function lookAtQueue(at: QueueAt): Promise<Queue | undefined> {
  return write(at, {
    update: 'SET #looked = :now',
    condition: 'attribute_exists(#next)',
    names: { '#looked': 'lookedAt', '#next': 'next' },
    values: { ':now': Date.now() },
  });
}

/** AWS refused the call of a slot that was due: its bucket is empty, and that slot comes due one later. */
export async function slowDown(at: QueueAt, slot: number): Promise<void> {
  const now = Date.now();
  const queue = seen.get(keyOf(at));
  if (!queue) return;
  const due = slotAt(queue, at.rate, now);
  // A run that came far too late for its slots does not send all others back.
  const back = Math.max(Math.min(slot, due) - 1, due - burstOf(at.rate));
  const isKnown = now - queue.cutAt < sameCauseSeconds * 1000;
  if (isKnown && due < slot) return;
  const changes = {
    anchorSlot: back,
    anchorAt: now,
    ...(isKnown ? {} : cutOf(queue, at.rate, now)),
    refusedSince: now,
    refusedAt: now,
  };
  const isForgotten = queue.refusedSince !== undefined && refusedSince(queue, now) === undefined;
  // As the item has it, and not as it was seen: a call of somebody else's may have gone through since.
  await change(at, queue, changes, isForgotten ? [] : ['refusedSince']);
}

/** AWS has taken a call again. */
export async function wentThrough(at: QueueAt): Promise<void> {
  await write(at, {
    update: 'REMOVE #since',
    condition: 'attribute_exists(#since)',
    names: { '#since': 'refusedSince' },
  });
}

async function begin(at: QueueAt, calls: number, now: number): Promise<Taken | undefined> {
  const first = 1 - burstOf(at.rate);
  const queue: Queue = {
    next: first + calls,
    anchorSlot: 0,
    anchorAt: now,
    ...uncut,
    version: 1,
  };
  const members = Object.entries(queue);
  const written = await write(at, {
    update: `SET ${members.map(([name]) => `#${name} = :${name}`).join(', ')}`,
    condition: 'attribute_not_exists(#next)',
    names: Object.fromEntries(members.map(([name]) => [`#${name}`, name])),
    values: Object.fromEntries(members.map(([name, value]) => [`:${name}`, value])),
  });
  return written && { first, queue: written };
}

/** One write, whoever else writes at the same time: only a queue that nobody stands in is one for a single taker. */
async function takeFrom(at: QueueAt, queue: Queue, calls: number, now: number): Promise<Taken | undefined> {
  const least = Math.floor(slotAt(queue, at.rate, now)) + 1 - burstOf(at.rate, shareAt(queue, at.rate, now));
  const isIdle = queue.next < least;
  const written = await write(at, {
    update: isIdle ? 'SET #next = :after' : 'SET #next = #next + :calls',
    condition: `#version = :version AND #next ${isIdle ? '<' : '>='} :least`,
    names: { '#next': 'next', '#version': 'version' },
    values: {
      ...(isIdle ? { ':after': least + calls } : { ':calls': calls }),
      ':version': queue.version,
      ':least': least,
    },
  });
  return written && { first: written.next - calls, queue: written };
}

/** Slots keep their numbers. Not where another has changed it: that one saw the same. `unlessThere`: what the item has of these stays. */
async function change(
  at: QueueAt,
  { version }: Queue,
  changes: Partial<Omit<Queue, 'next'>>,
  unlessThere: readonly string[],
): Promise<void> {
  const members = Object.entries({ ...changes, version: version + 1 });
  const value = (name: string) =>
    unlessThere.includes(name) ? `if_not_exists(#${name}, :${name})` : `:${name}`;
  await write(at, {
    update: `SET ${members.map(([name]) => `#${name} = ${value(name)}`).join(', ')}`,
    condition: '#version = :seen',
    names: Object.fromEntries(members.map(([name]) => [`#${name}`, name])),
    values: { ...Object.fromEntries(members.map(([name, value]) => [`:${name}`, value])), ':seen': version },
  });
}

interface Write {
  readonly update: string;
  readonly condition: string;
  readonly names: Record<string, string>;
  readonly values?: Record<string, number>;
}

/** The item after it; undefined where the condition did not hold, and then what does is known. */
async function write(at: QueueAt, { update, condition, names, values }: Write): Promise<Queue | undefined> {
  try {
    const { Attributes } = await homeClient(DynamoDBClient).send(
      new UpdateItemCommand({
        TableName: process.env.REGISTRY_TABLE,
        Key: marshall({ environment: keyOf(at) }),
        UpdateExpression: update,
        ConditionExpression: condition,
        ExpressionAttributeNames: names,
        ...(values ? { ExpressionAttributeValues: marshall(values) } : {}),
        ReturnValues: 'ALL_NEW',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    );
    return keep(at, Attributes);
  } catch (error) {
    if (canonicalCode(error) !== 'ConditionalCheckFailed') throw error;
    keep(at, (error as { Item?: Record<string, AttributeValue> }).Item);
    return undefined;
  }
}

function keep(at: QueueAt, item: Record<string, AttributeValue> | undefined): Queue | undefined {
  if (item) seen.set(keyOf(at), unmarshall(item) as Queue);
  else seen.delete(keyOf(at));
  return seen.get(keyOf(at));
}

/** No environment can be called that. */
function keyOf({ place: { account, region }, operation }: QueueAt): string {
  return `rate#${account}#${region}#${operation}`;
}
