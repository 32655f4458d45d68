/**
 * What our runs say when they fail: the errors the state machines know by name, each with one meaning. Names are
 * literal because ASL matches on them and a minifier renames classes. What an answer of AWS means is in
 * `lib/aws/errors.ts`; here it becomes a failure, or is left to pass.
 */

import { adviceOf, canonicalCode, isAwsError, operationOf, passes, sentenceOf } from '#lib/aws/errors.ts';
import { bounds, cut } from './bounds.ts';
import type { EnvironmentTarget, RemovalTarget } from './environment.ts';
import {
  aftermath,
  endless,
  type FailureParts,
  type Finding,
  listed,
  type Verb,
  wordsOf,
} from './failure-words.ts';

/** What AWS said, where it is AWS that refused. */
interface More extends Omit<Finding, 'what' | 'todo'> {
  readonly cause?: unknown;
  readonly verb?: Verb;
}

/**
 * The end of a run, in parts; its message is their words. Who throws it says what happened and what to do; the wrapper
 * of the handler adds where.
 */
export abstract class Failure extends Error implements FailureParts {
  abstract override readonly name: string;
  readonly operation: string | undefined;
  readonly code: string | undefined;
  readonly requestId: string | undefined;
  readonly what: string;
  readonly todo: string;
  #step: string | undefined;

  constructor(what: string, todo: string, { cause, verb, ...refusal }: More = {}) {
    const parts = { what: cut(what, bounds.whatCharacters), todo: cut(todo, bounds.todoCharacters) };
    super(wordsOf({ ...refusal, ...parts }, verb), cause === undefined ? undefined : { cause });
    this.operation = refusal.operation;
    this.code = refusal.code;
    this.requestId = refusal.requestId;
    this.what = endless(parts.what);
    this.todo = endless(parts.todo);
  }

  get step(): string | undefined {
    return this.#step;
  }

  /** Says where it was met, the first time it is told. */
  at(step: string): this {
    if (this.#step === undefined) {
      this.#step = step;
      this.message = `${step}: ${this.message}`;
    }
    return this;
  }
}

/** The request breaks the schema or a rule; every problem is in the message. Nothing was made. */
export class InvalidRequestError extends Failure {
  override readonly name = 'InvalidRequestError';
}

/** The request is sound but this account cannot carry it out now; every problem is in the message. Nothing was made. */
export class PreflightFailedError extends Failure {
  override readonly name = 'PreflightFailedError';
}

/** Another run holds the environment; the message names it. */
export class EnvironmentBusyError extends Failure {
  override readonly name = 'EnvironmentBusyError';
}

/** A name this step needs is taken by a resource that does not carry this environment's ownership tags. */
export class NotOurResourceError extends Failure {
  override readonly name = 'NotOurResourceError';
}

/** A resource reached a state it never leaves by itself (a failed NAT gateway, a FAILED cluster). */
export class ResourceFailedError extends Failure {
  override readonly name = 'ResourceFailedError';
}

/** A step was not ready within its own deadline. */
export class StepTimedOutError extends Failure {
  override readonly name = 'StepTimedOutError';
}

/** AWS refused a call for good: quota, configuration, access. */
export class AwsRefusedError extends Failure {
  override readonly name = 'AwsRefusedError';
}

/** Something of someone else's stands in the way of a removal; the message lists each, its owner and what to do. */
export class RemovalBlockedError extends Failure {
  override readonly name = 'RemovalBlockedError';
}

/** What was built does not hold a rule of the specification; the message lists the rules. */
export class VerificationFailedError extends Failure {
  override readonly name = 'VerificationFailedError';
}

/** AWS could not answer just now; the state machine retries the Task. */
export class TransientError extends Failure {
  override readonly name = 'TransientError';
}

/** A terminal AWS error. `afterSeconds`: how long it was taken for one that passes. */
export function awsRefusal(error: unknown, afterSeconds?: number): AwsRefusedError {
  const lasting = afterSeconds === undefined ? '' : `, at every look for ${duration(afterSeconds)}`;
  const what = `${endless((error as Error).message)}${lasting}`;
  return new AwsRefusedError(what, adviceOf(error), { ...refusalOf(error), cause: error });
}

/** An AWS error as one of several findings. */
export function findingOf(error: Error): Finding {
  return { ...refusalOf(error), what: endless(error.message), todo: adviceOf(error) };
}

function refusalOf(error: unknown): Pick<Finding, 'operation' | 'code' | 'requestId'> {
  const { $metadata } = error as { $metadata?: { requestId?: string } };
  return { operation: operationOf(error), code: canonicalCode(error), requestId: $metadata?.requestId };
}

function duration(seconds: number): string {
  return seconds < 120 ? `${Math.round(seconds)} seconds` : `${Math.round(seconds / 60)} minutes`;
}

/** What passes, told so that it can stand as the end of a run. */
export function transientFailure(error: Error): TransientError {
  return new TransientError(sentenceOf(error), adviceOf(error), {
    operation: operationOf(error),
    code: canonicalCode(error),
    cause: error,
    verb: 'answered',
  });
}

/**
 * An error as the state machine is to see it, where no step answers `pending` for it: what passes is retried, and
 * tells where it was met and what to do should it outlast the retries; the rest is refused for good.
 */
export function asMachineError(name: string, error: unknown): unknown {
  if (error instanceof Failure) return error.at(name);
  if (!isAwsError(error)) return error;
  return (passes(error) ? transientFailure(error) : awsRefusal(error)).at(name);
}

/** What a rollback had to leave, and why; undefined where it left nothing. */
export function notTakenBack({ heldBack = {} }: Pick<RemovalTarget, 'heldBack'>): Finding | undefined {
  const problems = [...new Set(Object.values(heldBack).flatMap((lines) => lines.split('\n')))];
  if (problems.length === 0) return undefined;
  return {
    what: listed(aftermath.left.replace(/:$/, ''), problems, 'What could go is gone'),
    todo: 'do what each line says, then deprovision the environment',
  };
}

/** Each problem once, in a line of its own. */
export function preflightFailure(
  { name, region, account }: Pick<EnvironmentTarget, 'name' | 'region' | 'account'>,
  problems: readonly Finding[],
  exists = false,
): PreflightFailedError {
  const wish = exists ? 'brought to this request' : 'made';
  const heading = `Environment ${JSON.stringify(name)} cannot be ${wish} in ${region} of account ${account}`;
  const lines = [...new Set(problems.map((problem) => wordsOf(problem)))];
  return new PreflightFailedError(
    listed(heading, lines, `Nothing was ${exists ? 'changed' : 'made'}`),
    eachLine,
  );
}

/** The same of a removal. */
export function removalRefusal(
  { name, region, account }: Pick<EnvironmentTarget, 'name' | 'region' | 'account'>,
  problems: readonly Finding[],
): RemovalBlockedError {
  const heading = `environment ${JSON.stringify(name)} in ${region} of account ${account} cannot be removed yet`;
  const lines = [...new Set(problems.map((problem) => wordsOf(problem)))];
  return new RemovalBlockedError(listed(heading, lines, 'Nothing was deleted'), eachLine);
}

const eachLine = 'do what each line says, then run again';
