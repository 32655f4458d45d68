/**
 * The turns of one look at a step: before a call goes to AWS, it takes a slot in the queue at that call's rate
 * (budget.ts), or one that an earlier look took. What is not due yet is not called; the step then answers `pending`, and
 * the machine waits for just as long. Best effort: where the table cannot be written, a look goes on without turns.
 */

import { classify, isAwsError } from '#lib/aws/errors.ts';
import { type Gate, QueuedError } from '#lib/aws/gate.ts';
import {
  burstOf,
  expectedTimeOf,
  lookAtQueue,
  type Queue,
  type QueueAt,
  refusedSince,
  slotAt,
  slowDown,
  takeSlots,
  timeOf,
  wentThrough,
} from './budget.ts';
import type { EnvironmentTarget, Queued, Turn, Turns } from './environment.ts';
import { log } from './log.ts';
import { rateOf } from './rates.ts';
import { shareAt } from './share.ts';

/** Slots that came due longer ago have passed. */
const unusedSeconds = 120;

/** What the calls of a look wait for. */
export interface Waiting {
  readonly queue: Queued;
  /** Milliseconds: when, at the soonest, as many are due as go at once. */
  readonly lookAt: number;
  /** Milliseconds: since when AWS has taken no such call of anybody's. */
  readonly refusedSince?: number | undefined;
}

export class TurnGate implements Gate {
  readonly #target: EnvironmentTarget;
  readonly #held: Map<string, Turn[]>;
  readonly #queues = new Map<string, Promise<Queue | undefined>>();
  readonly #waiting = new Map<string, Waiting>();
  /** Slots of the calls that were let through. */
  readonly #used = new Map<string, number[]>();
  /** Every call would wait for it again, and the look has a minute for all of them. */
  #isUnreachable = false;

  /** `turns`: those that earlier looks of this step have taken. */
  constructor(target: EnvironmentTarget, turns: Turns = {}) {
    this.#target = target;
    this.#held = new Map(Object.entries(turns).map(([operation, held]) => [operation, [...held]]));
  }

  /** For the next look. */
  get turns(): Turns {
    return Object.fromEntries([...this.#held].filter(([, held]) => held.length > 0));
  }

  /** The longest of the waits: the look that comes then can make all those calls. */
  get waiting(): Waiting | undefined {
    return [...this.#waiting.values()].sort((a, b) => b.lookAt - a.lookAt)[0];
  }

  async expect(operation: string, calls: number): Promise<void> {
    const at = this.#at(operation);
    if (!at) return;
    const held = (this.#held.get(operation) ?? []).reduce((sum, [, count]) => sum + count, 0);
    if (calls > held) await this.#take(at, calls - held);
  }

  async enter(operation: string): Promise<void> {
    const at = this.#at(operation);
    if (!at) return;
    const found = await this.#due(at);
    if (!found) return;
    const { slot, queue } = found;
    if (slotAt(queue, at.rate, Date.now()) >= slot) {
      this.#used.set(operation, [...(this.#used.get(operation) ?? []), slot]);
      return;
    }
    this.#hold(operation, slot);
    throw this.#queued(at, queue);
  }

  /** The slot of the next call, due or not; undefined where there are no turns. */
  async #due(at: QueueAt): Promise<{ slot: number; queue: Queue } | undefined> {
    for (;;) {
      if (!this.#held.get(at.operation)?.length) await this.#take(at, 1);
      const slot = this.#next(at.operation);
      const queue = slot === undefined ? undefined : await this.#queue(at);
      if (slot === undefined || !queue) return undefined;
      if (timeOf(queue, at.rate, slot) > Date.now() - unusedSeconds * 1000) return { slot, queue };
    }
  }

  async passed(operation: string): Promise<void> {
    const at = this.#at(operation);
    if (!at || !this.#used.get(operation)?.length) return;
    const queue = await this.#queue(at);
    if (queue?.refusedSince === undefined) return;
    this.#queues.delete(operation);
    await this.#tried(() => wentThrough(at));
  }

  async failed(operation: string, error: unknown): Promise<void> {
    const at = this.#at(operation);
    if (!at || !isAwsError(error)) return;
    const kind = classify(error);
    // What is refused for another reason was not refused for rate.
    if (kind !== 'throttled') return kind === 'transient' ? undefined : this.passed(operation);
    const slot = this.#used.get(operation)?.pop();
    if (slot === undefined) return;
    // It keeps its place: the next look makes the call again.
    this.#hold(operation, slot);
    await this.#tried(() => slowDown(at, slot));
    this.#queues.delete(operation);
    const queue = await this.#queue(at);
    if (queue) this.#queued(at, queue);
  }

  #at(operation: string): QueueAt | undefined {
    if (this.#isUnreachable) return undefined;
    const { account, region } = this.#target;
    const rate = rateOf(operation, account);
    return rate && { place: { account, region }, operation, rate };
  }

  async #take(at: QueueAt, calls: number): Promise<void> {
    const taken = await this.#tried(() => takeSlots(at, calls));
    if (!taken) return;
    this.#queues.set(at.operation, Promise.resolve(taken.queue));
    this.#held.set(at.operation, [...(this.#held.get(at.operation) ?? []), [taken.first, calls]]);
  }

  #hold(operation: string, slot: number): void {
    this.#held.set(operation, [[slot, 1], ...(this.#held.get(operation) ?? [])]);
  }

  /** The first slot that is held. */
  #next(operation: string): number | undefined {
    const [first, ...others] = this.#held.get(operation) ?? [];
    if (!first) return undefined;
    const [slot, count] = first;
    this.#held.set(operation, count > 1 ? [[slot + 1, count - 1], ...others] : others);
    return slot;
  }

  /** As it is now: the rate may have changed since the slots were taken. */
  #queue(at: QueueAt): Promise<Queue | undefined> {
    const known = this.#queues.get(at.operation) ?? this.#tried(() => lookAtQueue(at));
    this.#queues.set(at.operation, known);
    return known;
  }

  #queued(at: QueueAt, queue: Queue): QueuedError {
    const slots = (this.#held.get(at.operation) ?? []).flatMap(([first, count]) =>
      Array.from({ length: count }, (_, index) => first + index),
    );
    slots.sort((a, b) => a - b);
    const now = Date.now();
    const [first, last] = [slots[0] as number, slots.at(-1) as number];
    const most = burstOf(at.rate, shareAt(queue, at.rate, now));
    const together = slots[Math.min(slots.length, most) - 1] as number;
    const expected = (slot: number) => new Date(expectedTimeOf(queue, at.rate, slot, now)).toISOString();
    const waiting: Waiting = {
      queue: {
        operation: at.operation,
        place: Math.max(1, Math.ceil(first - slotAt(queue, at.rate, now))),
        from: expected(first),
        until: expected(last),
      },
      lookAt: timeOf(queue, at.rate, together),
      refusedSince: refusedSince(queue, now),
    };
    this.#waiting.set(at.operation, waiting);
    return new QueuedError(at.operation, sentenceOf(waiting.queue));
  }

  async #tried<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      this.#isUnreachable = true;
      log.warn('no turns', { environment: this.#target.name, error: error as Error });
      return undefined;
    }
  }
}

/** For the person watching. */
export function sentenceOf({ operation, place, from }: Queued): string {
  return `the queue at the rate of ${operation}: place ${place}, from ${from.slice(11, 19)} UTC`;
}
