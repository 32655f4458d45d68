/**
 * From a step function to a Lambda handler: carries `since` and the ids, holds the deadline, and turns AWS
 * errors into answers. A step is refused for rate or meets something busy: that is `pending`, not a failure.
 */

import { answerOf, classify, isAwsError } from '#lib/aws/errors.ts';
import { QueuedError, through } from '#lib/aws/gate.ts';
import { note, noting } from '#lib/aws/refusals.ts';
import { bounds, cut } from './bounds.ts';
import { paceOf } from './cadence.ts';
import type {
  EnvironmentPlan,
  EnvironmentTarget,
  RemovalTarget,
  Resources,
  StepAnswer,
  StepEvent,
} from './environment.ts';
import { awsRefusal, Failure, StepTimedOutError } from './failures.ts';
import { lambdaHandler } from './handler.ts';
import { log } from './log.ts';
import { reportProgress } from './progress.ts';
import { inDetail, pollOf, refusalsOf } from './refusal-bounds.ts';
import { type StepName, type StepTimes, timesOf, type Verb } from './steps.ts';
import { sentenceOf, TurnGate, type Waiting } from './turns.ts';

/** What a step function is given. */
export interface StepContext<T extends EnvironmentTarget = EnvironmentPlan> {
  readonly environment: T;
  /** Ids of the steps ahead, and this step's own from its last look. */
  readonly resources: Resources;
  /** Seconds since this step's first look, without those in queues at AWS's rates. */
  readonly elapsedSeconds: number;
  /** Those. */
  readonly queuedSeconds?: number;
  /** Notes what is known from here on, also where the look ends before it answers: in a queue, or refused for rate. */
  readonly keep: (found: Resources) => void;
}

/** What a step function answers; the wrapper adds the rest of {@link StepAnswer}. */
export interface StepOutcome {
  readonly status: 'ready' | 'gone' | 'pending';
  readonly detail: string;
  readonly retryAfterSeconds?: number;
  readonly resources?: Resources;
  readonly requested?: boolean;
  /** Beyond the step's own deadline: what was asked of AWS takes this much longer, by its size. */
  readonly extraSeconds?: number;
  /** The look met a refusal for rate, or no answer, before it was through: it says nothing of what it did not reach. */
  readonly cutShort?: boolean;
}

/** Nothing is missing. */
export function ready(detail: string, resources: Resources = {}): StepOutcome {
  return { status: 'ready', detail, resources };
}

/** Nothing is left. */
export function gone(detail: string): StepOutcome {
  return { status: 'gone', detail };
}

/** The same of what a removal goes through: a rollback leaves what its run did not make, and says so. */
export function noneLeft({ createdBy }: { readonly createdBy?: string }, what: string): StepOutcome {
  return gone(`no ${what}${createdBy === undefined ? '' : ' of this run'} is left`);
}

/** AWS is at it; looking again before `retryAfterSeconds` is pointless. */
export function pending(detail: string, retryAfterSeconds: number, resources: Resources = {}): StepOutcome {
  return { status: 'pending', detail, retryAfterSeconds, resources };
}

const throttleRetrySeconds = 5;
const busyRetrySeconds = 10;

/** The Lambda handler of a step. */
export function stepHandler<T extends EnvironmentTarget = EnvironmentPlan>(
  step: StepName,
  verb: Verb,
  run: (context: StepContext<T>) => Promise<StepOutcome>,
) {
  return lambdaHandler(`${step}`, (event: StepEvent<T>) => answerStep(step, timesOf(step, verb), run, event));
}

/** One look: {@link stepHandler} without the Lambda around it. What it throws says in which step. */
export async function answerStep<T extends EnvironmentTarget>(
  step: StepName,
  times: StepTimes,
  run: (context: StepContext<T>) => Promise<StepOutcome>,
  event: StepEvent<T>,
): Promise<StepAnswer> {
  try {
    return await look(step, times, run, event);
  } catch (error) {
    throw error instanceof Failure ? error.at(step) : error;
  }
}

async function look<T extends EnvironmentTarget>(
  step: StepName,
  times: StepTimes,
  run: (context: StepContext<T>) => Promise<StepOutcome>,
  event: StepEvent<T>,
): Promise<StepAnswer> {
  const known = event.step?.resources ?? {};
  const since = event.step?.step === step ? event.step.since : new Date().toISOString();
  const mine = event.step?.step === step ? event.step : undefined;
  const queuedSeconds = (mine?.queuedSeconds ?? 0) + secondsSince(mine?.queuedSince);
  const elapsedSeconds = secondsSince(since) - queuedSeconds;
  const gate = process.env.REGISTRY_TABLE ? new TurnGate(event.environment, known.turns?.[step]) : undefined;
  const heldBack = (event.environment as Partial<RemovalTarget>).heldBack?.[step];
  let kept: Resources = {};
  const keep = (found: Resources) => {
    kept = joined(kept, found);
  };
  const { result, noted } = await noting(() =>
    heldBack
      ? Promise.resolve(gone(`left as it is: ${heldBack}`))
      : outcomeOf(() => {
          const looking = () =>
            run({ environment: event.environment, resources: known, elapsedSeconds, queuedSeconds, keep });
          return gate ? through(gate, looking) : looking();
        }),
  );
  if (result.status === 'rejected') throw result.reason;
  const outcome = result.value;
  const before = event.step?.step === step ? (event.step.refusals ?? []) : [];
  const refusals = outcome.status === 'pending' ? refusalsOf(noted, before, outcome.cutShort) : [];
  const detail = cut(
    refusals.length > 0 ? inDetail(outcome.detail, refusals) : outcome.detail,
    bounds.detailCharacters,
  );
  const deadlineSeconds = times.deadlineSeconds + (outcome.extraSeconds ?? 0);
  if (outcome.status === 'pending' && elapsedSeconds > deadlineSeconds) {
    throw new StepTimedOutError(
      `not done after ${Math.round(elapsedSeconds / 60)} minutes (limit ${Math.round(deadlineSeconds / 60)}): ${detail}`,
      'look at the resource named here in the AWS console, then run again; a run continues where this one stopped',
    );
  }
  const waiting = outcome.status === 'pending' ? gate?.waiting : undefined;
  if (waiting) assertMoving(waiting, event.environment, secondsSince(since));
  const answer: StepAnswer = {
    step,
    status: outcome.status,
    requested: outcome.requested ?? true,
    retryAfterSeconds:
      outcome.status === 'pending'
        ? (secondsUntil(waiting) ??
          pollOf(paceOf(outcome.retryAfterSeconds ?? 10, elapsedSeconds, times.typicalSeconds), noted))
        : 0,
    since,
    ...(queuedSeconds > 0 ? { queuedSeconds } : {}),
    ...(waiting ? { queuedSince: new Date().toISOString(), queue: waiting.queue } : {}),
    detail: waiting ? withTurn(detail, waiting) : detail,
    ...(refusals.length > 0 ? { refusals } : {}),
    resources: { ...joined({ ...known, ...outcome.resources }, kept), ...turnsOf(known, step, gate) },
  };
  if (
    event.step?.step !== step ||
    event.step.status !== answer.status ||
    event.step.detail !== answer.detail
  ) {
    log.info('step answered', { step, status: answer.status, detail: answer.detail });
    await reportProgress(event.environment, answer);
  }
  return answer;
}

/** Maps by component or id are one map of both. */
function joined(one: Resources, other: Resources): Resources {
  const members = Object.entries(other).map(([key, value]) => {
    const before = one[key as keyof Resources];
    return [key, isMap(before) && isMap(value) ? { ...before, ...value } : value];
  });
  return { ...one, ...Object.fromEntries(members) };
}

function isMap(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function secondsSince(time: string | undefined): number {
  return time === undefined ? 0 : (Date.now() - Date.parse(time)) / 1000;
}

/**
 * A second late is on time for its slot; a second early would be refused. Where AWS has taken nobody's call for minutes,
 * a fast rate is asked more seldom than it would bear: looks are events of the execution, and those are counted.
 */
function secondsUntil(waiting: Waiting | undefined): number | undefined {
  if (!waiting) return undefined;
  const { lookAt, refusedSince = Date.now() } = waiting;
  const least = Date.now() - refusedSince > 300_000 ? 10 : 1;
  return Math.max(least, Math.ceil((lookAt - Date.now()) / 1000));
}

function withTurn(detail: string, { queue }: Waiting): string {
  const sentence = sentenceOf(queue);
  return detail.includes(sentence) ? detail : `${detail}; ${sentence}`;
}

/** The slowest share asks every minute or two: a queue that moves at all has moved by then. */
const standstillSeconds = 1800;

/** No deadline counts the time in a queue, as long as anybody's call goes through there. */
function assertMoving(
  { queue, refusedSince }: Waiting,
  { account, region }: EnvironmentTarget,
  age: number,
): void {
  const refusedSeconds = refusedSince === undefined ? 0 : (Date.now() - refusedSince) / 1000;
  if (Math.min(age, refusedSeconds) < standstillSeconds) return;
  const minutes = Math.floor(refusedSeconds / 60);
  throw new StepTimedOutError(
    `AWS has taken no ${queue.operation} of any run in account ${account}, ${region}, for ${minutes} minutes, and refuses every one for rate`,
    `find out in CloudTrail who else makes this call there, or ask AWS Support for a higher rate; then run again`,
  );
}

/** Only where there are, or were, any. */
function turnsOf({ turns: before }: Resources, step: StepName, gate: TurnGate | undefined): Resources {
  const turns = gate?.turns ?? {};
  if (before === undefined && Object.keys(turns).length === 0) return {};
  return { turns: { ...before, [step]: turns } };
}

async function outcomeOf(run: () => Promise<StepOutcome>): Promise<StepOutcome> {
  try {
    return await run();
  } catch (error) {
    if (!isAwsError(error)) throw error;
    switch (classify(error)) {
      case 'throttled':
        if (error instanceof QueuedError)
          return { ...pending(error.message, throttleRetrySeconds), requested: false, cutShort: true };
        return {
          status: 'pending',
          requested: false,
          retryAfterSeconds: throttleRetrySeconds,
          detail: `AWS asks to slow down: ${answerOf(error)}`,
          cutShort: true,
        };
      case 'transient':
        return { ...notThere(error), cutShort: true };
      case 'pending':
      case 'exists':
      case 'gone':
        note(error);
        return notThere(error);
      default:
        throw awsRefusal(error);
    }
  }
}

function notThere(error: Error): StepOutcome {
  return {
    status: 'pending',
    requested: false,
    retryAfterSeconds: busyRetrySeconds,
    detail: `AWS is not there yet: ${answerOf(error)}`,
  };
}
