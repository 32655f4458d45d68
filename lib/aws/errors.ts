/**
 * What an AWS error means for a level-triggered step, read from the one table in `error-table.ts`. What a run says
 * when it fails of one is in `lib/run/failures.ts`.
 *
 * AWS spells one condition in several ways (`error.name` is the modelled class, not the wire code, and differs
 * between services), so everything is compared by canonical code. Source: aws-facts 0.2, 0.5.
 */

import type { ErrorClass, ErrorRow, Intent } from './error-row.ts';
import { errorTable } from './error-table.ts';
import { note } from './refusals.ts';

export type { ErrorClass } from './error-row.ts';

interface AwsError extends Error {
  readonly Code?: string;
  /** Of Node.js, for errors of socket and resolver. */
  readonly code?: unknown;
  readonly operation?: string;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
}

/**
 * The wire code without `Fault`/`Exception`: one name for a condition in every service. An error that never reached
 * AWS has the code Node.js gives it (`ENOTFOUND`), where its name says nothing.
 */
export function canonicalCode(error: unknown): string {
  const { Code, name, code } = error as AwsError;
  if (Code === undefined && name === 'Error' && typeof code === 'string') return code;
  return (Code ?? name ?? 'Unknown').replace(/(Fault|Exception)$/, '');
}

/** `ec2:CreateVpc`, or undefined where the error did not come out of an SDK client. */
export function operationOf(error: unknown): string | undefined {
  return (error as AwsError).operation;
}

/** True for an error that came from AWS (or from the SDK on the way there). */
export function isAwsError(error: unknown): error is AwsError {
  return error instanceof Error && (operationOf(error) !== undefined || '$metadata' in error);
}

const longestSentence = 240;

/**
 * AWS's own sentence, short enough to be carried along, and the same at every look: without request ids and the
 * encoded message of EC2, which differ each time.
 */
export function sentenceOf(error: unknown): string {
  const plain = (error as Error).message
    .replace(/Encoded authorization failure message: \S+/g, '')
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi, '…')
    .replace(/\s+/g, ' ')
    .trim();
  return plain.length > longestSentence ? `${plain.slice(0, longestSentence - 1)}…` : plain;
}

/** `ec2:DeleteVpc answered DependencyViolation: The vpc … has dependencies and cannot be deleted.` */
export function answerOf(error: unknown): string {
  const sentence = sentenceOf(error);
  return `${operationOf(error) ?? 'AWS'} answered ${canonicalCode(error)}${sentence ? `: ${sentence}` : ''}`;
}

function intentOf(operation: string): Intent {
  const verb = operation.split(':')[1] ?? '';
  if (/^(Describe|List|Get)/.test(verb)) return 'observe';
  if (/^(Delete|Detach|Disassociate|Release|Revoke|Remove)/.test(verb)) return 'delete';
  return 'create';
}

/** `*` stands for anything. */
function matches(patterns: readonly string[] | undefined, value: string): boolean {
  return !patterns || patterns.some((pattern) => wildcard(pattern).test(value));
}

const compiled = new Map<string, RegExp>();

function wildcard(pattern: string): RegExp {
  let expression = compiled.get(pattern);
  if (!expression) {
    const escaped = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
    expression = new RegExp(`^${escaped.join('.*')}$`);
    compiled.set(pattern, expression);
  }
  return expression;
}

/** The first row that speaks of this error, if any. */
export function rowOf(error: unknown): ErrorRow | undefined {
  const code = canonicalCode(error);
  const operation = operationOf(error) ?? '';
  const message = error instanceof Error ? error.message : '';
  const status = (error as AwsError).$metadata?.httpStatusCode;
  const intent = intentOf(operation);
  return errorTable.find(
    (row) =>
      matches(row.codes, code) &&
      matches(row.on, operation) &&
      (!row.intent || row.intent === intent) &&
      (!row.text || row.text.test(message)) &&
      (!row.status || row.status(status)),
  );
}

/** What `error` means. Unmodelled spellings come out as `unknown`, never as something that is retried. */
export function classify(error: unknown): ErrorClass {
  return rowOf(error)?.means ?? 'unknown';
}

const passing: ReadonlySet<ErrorClass> = new Set(['throttled', 'transient', 'pending']);

/** An error of AWS that may pass by itself: the same call later. */
export function passes(error: unknown): error is Error {
  return isAwsError(error) && passing.has(classify(error));
}

/** How long a wished state that AWS names, but does not show, is waited for. */
const unseenSeconds = 300;

/** How long this refusal, repeated, is taken for passing; undefined: as long as the step may take. */
export function boundOf(error: unknown): number | undefined {
  const row = rowOf(error);
  return row?.means === 'pending' ? row.withinSeconds : unseenSeconds;
}

/**
 * True where an AWS error of one of `classes` counts as an answer. A refusal that is taken for "not yet", and a
 * wished state that was only heard of, are noted: the step bounds them when they come again at every look.
 */
export function counts(error: unknown, classes: readonly ErrorClass[]): error is Error {
  if (!isAwsError(error)) return false;
  const means = classify(error);
  if (!classes.includes(means)) return false;
  const isChange = intentOf(operationOf(error) ?? '') !== 'observe';
  if (means === 'pending' || (isChange && (means === 'exists' || means === 'gone'))) note(error);
  return true;
}

/**
 * Runs `call`; an AWS error of one of `classes` counts as an answer (undefined), every other error is thrown.
 * For creates that may find their work done (`exists`) and deletes that may find it gone (`gone`).
 */
export async function tolerating<T>(
  classes: readonly ErrorClass[],
  call: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (counts(error, classes)) return undefined;
    throw error;
  }
}

/** What to do, by class; a row of the table may know better. */
export const adviceByClass: Readonly<Record<ErrorClass, string>> = {
  pending:
    'AWS says so for longer than that lasts as a rule: look at what it names in the AWS console, end what keeps it, then run again',
  exists: 'AWS says it exists, but does not show it: look for it in the AWS console, then run again',
  gone: 'AWS shows it, but says it does not exist: look for it in the AWS console, then run again',
  throttled: 'too many calls are made in this account and region: run again when there are fewer',
  transient: 'AWS or the network did not answer for a while: see the AWS Health Dashboard, then run again',
  blocked: 'end what AWS names here, then run again',
  capacity:
    'AWS has no capacity for this type in these zones now; try later, or choose another type or other zones',
  quota: 'ask for a quota increase in Service Quotas, or remove what is no longer needed, then run again',
  configuration: 'correct the request, then run again',
  access:
    'allow this action to the role of the step (a service control policy or boundary may also deny it), then run again',
  unknown: 'read the AWS message; if it persists, open a case with the request id',
};

/** What a person does next. */
export function adviceOf(error: unknown): string {
  return rowOf(error)?.advice ?? adviceByClass[classify(error)];
}
