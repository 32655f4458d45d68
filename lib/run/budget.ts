/**
 * The queue at one of AWS's rates, one small item of the registry's table an account, region and operation (ADR 0012).
 * Slots are numbered and come due at the rate, one after the other: who needs k calls takes the next k numbers by one
 * write, and is served in that order. A queue that nobody stands in has a few slots due at once, as AWS's bucket has
 * filled up. Nothing is handed back: the slots of a run that died pass.
 *
 * When AWS refuses a call whose slot was due, others use the account, too: the rate is halved, and comes back by a
 * tenth every twenty seconds (additive increase, multiplicative decrease). Slots keep their numbers and only come due later.
 */
import { type AttributeValue, DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { homeClient } from '#lib/aws/clients.ts';
import { canonicalCode } from '#lib/aws/errors.ts';
import type { EnvironmentTarget } from './environment.ts';
import type { Rate } from './rates.ts';

type QueuePlace = Pick<EnvironmentTarget, 'account' | 'region'>;

/** The item, as it was last seen. */
export interface Queue {
  /** The slot that is given out next. */
  readonly next: number;
  /** When which slot came due: from there on they follow at the rate. Milliseconds. */
  readonly anchorSlot: number;
  readonly anchorAt: number;
  /** The part of the rate that others leave. */
  readonly share: number;
  readonly shareSince: number;
  /** Counts the changes of all but `next`. */
  readonly version: number;
}

export interface QueueAt {
  readonly place: QueuePlace;
  readonly operation: string;
  readonly rate: Rate;
}

/** The slot that is due at `now`; a fraction between two. */
export function slotAt({ anchorSlot, anchorAt, share }: Queue, { perSecond }: Rate, now: number): number {
  return anchorSlot + ((now - anchorAt) / 1000) * perSecond * share;
}

/** When a slot comes due, in milliseconds. */
export function timeOf({ anchorSlot, anchorAt, share }: Queue, { perSecond }: Rate, slot: number): number {
  return anchorAt + ((slot - anchorSlot) / (perSecond * share)) * 1000;
}

/**
 * How many may go at once. Less than AWS's bucket holds: waits end late by a second or so, and a bucket that is full
 * by then has lost what would have come in.
 */
export function burstOf({ burst }: Rate): number {
  return Math.max(1, Math.floor(burst * 0.8));
}

const mostAttempts = 8;
const leastShare = 1 / 16;
/** Calls that were under way with the one that was refused say nothing more. */
const sameCauseSeconds = 30;
const recoverySeconds = 20;
const recoveredShare = 0.1;

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
    if (queue && (await recovers(at, queue, now))) continue;
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
export async function lookAtQueue(at: QueueAt): Promise<Queue | undefined> {
  const queue = await write(at, {
    update: 'SET #looked = :now',
    condition: 'attribute_exists(#next)',
    names: { '#looked': 'lookedAt', '#next': 'next' },
    values: { ':now': Date.now() },
  });
  if (queue && (await recovers(at, queue, Date.now()))) return seen.get(keyOf(at));
  return queue;
}

/** True where it was time for another part of the rate, and somebody has given it back. */
async function recovers(at: QueueAt, queue: Queue, now: number): Promise<boolean> {
  if (queue.share >= 1 || now - queue.shareSince < recoverySeconds * 1000) return false;
  // For all the time since, however seldom somebody looks.
  const steps = Math.floor((now - queue.shareSince) / (recoverySeconds * 1000));
  const share = Math.min(1, queue.share + steps * recoveredShare);
  await setShare(at, queue, share, slotAt(queue, at.rate, now), now);
  return true;
}

/** AWS refused the call of a slot that was due: its bucket is empty, and that slot comes due one later. */
export async function slowDown(at: QueueAt, slot: number): Promise<void> {
  const now = Date.now();
  const queue = seen.get(keyOf(at));
  if (!queue) return;
  const due = slotAt(queue, at.rate, now);
  // A run that came far too late for its slots does not send all others back.
  const back = Math.max(Math.min(slot, due) - 1, due - burstOf(at.rate));
  const isKnown = queue.share < 1 && now - queue.shareSince < sameCauseSeconds * 1000;
  if (isKnown && due < slot) return;
  const share = isKnown ? queue.share : Math.max(leastShare, queue.share / 2);
  await setShare(at, queue, share, back, isKnown ? queue.shareSince : now);
}

async function begin(at: QueueAt, calls: number, now: number): Promise<Taken | undefined> {
  const first = 1 - burstOf(at.rate);
  const queue: Queue = {
    next: first + calls,
    anchorSlot: 0,
    anchorAt: now,
    share: 1,
    shareSince: now,
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
  const least = Math.floor(slotAt(queue, at.rate, now)) + 1 - burstOf(at.rate);
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

/** From now on, and with the slot that is due now. Slots keep their numbers. */
async function setShare(
  at: QueueAt,
  { version }: Queue,
  share: number,
  slot: number,
  since: number,
): Promise<void> {
  await write(at, {
    update: 'SET #slot = :slot, #at = :now, #share = :share, #since = :since, #version = :next',
    condition: '#version = :version',
    names: {
      '#slot': 'anchorSlot',
      '#at': 'anchorAt',
      '#share': 'share',
      '#since': 'shareSince',
      '#version': 'version',
    },
    values: {
      ':slot': slot,
      ':now': Date.now(),
      ':share': share,
      ':since': since,
      ':version': version,
      ':next': version + 1,
    },
  });
}

interface Write {
  readonly update: string;
  readonly condition: string;
  readonly names: Record<string, string>;
  readonly values: Record<string, number>;
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
        ExpressionAttributeValues: marshall(values),
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
