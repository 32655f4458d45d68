/**
 * The errors the state machines know by name, each with one meaning. Names are literal because ASL matches
 * on them and a minifier renames classes.
 */
import { advice, canonicalCode, classify, operationOf } from './errors.ts';

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

/** A terminal AWS error in plain words: step, operation, AWS code, AWS message, request id, what to do. */
export function awsRefusal(step: string, error: unknown): AwsRefusedError {
  const { message, $metadata } = error as Error & { $metadata?: { requestId?: string } };
  const errorClass = classify(error);
  const what = errorClass in advice ? advice[errorClass as keyof typeof advice] : advice.unknown;
  const request = $metadata?.requestId ? ` (request ${$metadata.requestId})` : '';
  return new AwsRefusedError(
    `${step}: ${operationOf(error) ?? 'an AWS call'} was refused with ${canonicalCode(error)}: ${message}${request}. What to do: ${what}.`,
    { cause: error },
  );
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
