/** What goes wrong at the front door, as problem documents (RFC 9457). */
import { canonicalCode, classify, isAwsError } from '#lib/aws/errors.ts';
import { log } from '#lib/run/log.ts';

export type ProblemStatus = 400 | 401 | 404 | 405 | 409 | 413 | 415 | 422 | 429 | 500 | 503;

const titles: Readonly<Record<ProblemStatus, string>> = {
  400: 'The request is not as the schema says',
  401: 'The signature is missing, stale or wrong',
  404: 'Not found',
  405: 'There is no such method here',
  409: 'In conflict with another run or message',
  413: 'The body is too large',
  415: 'The body is not JSON',
  422: 'The request is sound but cannot be followed',
  429: 'Too many requests',
  500: 'The service is at fault',
  503: 'AWS cannot answer just now',
};

/** Thrown anywhere below the handler; becomes the answer. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly status: ProblemStatus;
  /** Further members of the problem document. */
  readonly members: Readonly<Record<string, unknown>>;
  /** Beside those every problem has. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: ProblemStatus,
    detail: string,
    members: Readonly<Record<string, unknown>> = {},
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(detail);
    this.status = status;
    this.members = members;
    this.headers = headers;
  }
}

export interface Answer {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

export function answer(statusCode: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return {
    statusCode,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
    body: JSON.stringify(body),
  };
}

const retryAfterSeconds = 5;

/** The answer to an error. What is not the caller's to know is logged and left out. */
export function problemAnswer(error: unknown): Answer {
  const { status, message, members, headers } = asProblem(error);
  return answer(
    status,
    { type: 'about:blank', title: titles[status], status, detail: message, ...members },
    {
      'content-type': 'application/problem+json',
      ...(status === 429 || status === 503 ? { 'retry-after': String(retryAfterSeconds) } : {}),
      ...headers,
    },
  );
}

function asProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  if (isAwsError(error)) {
    const code = canonicalCode(error);
    const errorClass = classify(error);
    if (errorClass === 'throttled')
      return new ProblemError(429, 'AWS asks to slow down. Send the same message again in a few seconds.');
    if (errorClass === 'transient') {
      log.warn('webhook met a transient error', { code, error });
      return new ProblemError(
        503,
        'Send the same message, with the same webhook-id, again in a few seconds.',
      );
    }
  }
  log.error('webhook failed', { error: error as Error });
  return new ProblemError(500, "The operator finds the cause in the webhook function's log.");
}
