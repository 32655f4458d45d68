/**
 * The errors the state machines know by name, each with one meaning. Names are literal because ASL matches
 * on them and a minifier renames classes.
 */

import { adviceOf, answerOf, canonicalCode, isAwsError, isPassing, operationOf } from '#lib/aws/errors.ts';
import type { RemovalTarget } from './environment.ts';

/** The request breaks the schema or a rule; every problem is in the message. Nothing was made. */
export class InvalidRequestError extends Error {
  override readonly name = 'InvalidRequestError';
}

/** The request is sound but this account cannot carry it out now; every problem is in the message. Nothing was made. */
export class PreflightFailedError extends Error {
  override readonly name = 'PreflightFailedError';
}

/** Another run holds the environment; the message names it. */
export class EnvironmentBusyError extends Error {
  override readonly name = 'EnvironmentBusyError';
}

/** A name this step needs is taken by a resource that does not carry this environment's ownership tags. */
export class NotOurResourceError extends Error {
  override readonly name = 'NotOurResourceError';
}

/** A resource reached a state it never leaves by itself (a failed NAT gateway, a FAILED cluster). */
export class ResourceFailedError extends Error {
  override readonly name = 'ResourceFailedError';
}

/** A step was not ready within its own deadline. */
export class StepTimedOutError extends Error {
  override readonly name = 'StepTimedOutError';
}

/** AWS refused a call for good: quota, configuration, access. */
export class AwsRefusedError extends Error {
  override readonly name = 'AwsRefusedError';
}

/** Something of someone else's stands in the way of a removal; the message lists each, its owner and what to do. */
export class RemovalBlockedError extends Error {
  override readonly name = 'RemovalBlockedError';
}

/** What was built does not hold a rule of the specification; the message lists the rules. */
export class VerificationFailedError extends Error {
  override readonly name = 'VerificationFailedError';
}

/**
 * A terminal AWS error in plain words: step, operation, AWS code, AWS message, request id, what to do.
 * `afterSeconds`: how long it was taken for one that passes.
 */
export function awsRefusal(step: string, error: unknown, afterSeconds?: number): AwsRefusedError {
  const { message, $metadata } = error as Error & { $metadata?: { requestId?: string } };
  const request = $metadata?.requestId ? ` (request ${$metadata.requestId})` : '';
  const lasting = afterSeconds === undefined ? '' : `, at every look for ${duration(afterSeconds)}`;
  return new AwsRefusedError(
    `${step}: ${operationOf(error) ?? 'an AWS call'} was refused with ${canonicalCode(error)}: ${message}${request}${lasting}. What to do: ${adviceOf(error)}.`,
    { cause: error },
  );
}

function duration(seconds: number): string {
  return seconds < 120 ? `${Math.round(seconds)} seconds` : `${Math.round(seconds / 60)} minutes`;
}

/**
 * An error as the state machine is to see it, where no step answers `pending` for it: what passes is retried, and
 * tells where it was met and what to do should it outlast the retries; the rest is refused for good.
 */
export function asMachineError(name: string, error: unknown): unknown {
  if (!isAwsError(error)) return error;
  if (!isPassing(error)) return awsRefusal(name, error);
  return transientFailure(name, error);
}

/** What passes, told so that it can stand as the end of a run. */
export function transientFailure(name: string, error: Error): TransientError {
  return new TransientError(`${name}: ${answerOf(error)}. What to do: ${adviceOf(error)}.`, { cause: error });
}

/** The parts of a message made by {@link awsRefusal}, or of any step's message, for those who want them apart. */
export function partsOfFailure(message: string): { step?: string; operation?: string; code?: string } {
  const refusal = /^([a-z-]+): (\S+:\S+) was refused with ([\w.]+):/.exec(message);
  if (refusal) return { step: refusal[1]!, operation: refusal[2]!, code: refusal[3]! };
  const step = /^([a-z-]+): /.exec(message);
  return step ? { step: step[1]! } : {};
}

/** AWS could not answer just now; the state machine retries the Task. */
export class TransientError extends Error {
  override readonly name = 'TransientError';
}

/** What a rollback had to leave, and why; undefined where it left nothing. */
export function notTakenBack({ heldBack = {} }: Pick<RemovalTarget, 'heldBack'>): string | undefined {
  const problems = [...new Set(Object.values(heldBack))];
  if (problems.length === 0) return undefined;
  return `Not taken back: ${problems.join(' | ')}. Then deprovision the environment; what could go is gone.`;
}
