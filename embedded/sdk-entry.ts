/**
 * Where a call of the SDK comes in: through its own serializer, signer and retry, and then here instead of onto a
 * network. Knows which calls are on their way, so that virtual time stands still for them.
 */
import type { HandlerExecutionContext, Pluggable } from '@smithy/types';
import type { AwsFault } from './model.ts';

type Answer = (
  operation: string,
  input: Record<string, unknown>,
  headers: Record<string, string>,
) => Promise<object>;

/** What is known of a call between its entry and its answer. */
interface Entered {
  readonly input: object;
  released: boolean;
}

const enteredIn = (context: HandlerExecutionContext): Entered =>
  (context as unknown as { embedded: Entered }).embedded;

export class SdkEntry {
  readonly #operationName: (context: HandlerExecutionContext) => string;
  readonly #answer: Answer;
  /** Calls that entered the SDK and have not reached the model yet: virtual time must not move meanwhile. */
  #entering = 0;

  constructor(operationName: (context: HandlerExecutionContext) => string, answer: Answer) {
    this.#operationName = operationName;
    this.#answer = answer;
  }

  /** True while a call is between the handler and the model, where only I/O (not time) may be waited for. */
  get busy(): boolean {
    return this.#entering > 0;
  }

  // biome-ignore lint/suspicious/noExplicitAny: plugs into clients of every service
  get plugin(): Pluggable<any, any> {
    return {
      applyToStack: (stack) => {
        stack.add(
          (next, context) => async (args) => {
            this.#entering += 1;
            const entered: Entered = { input: args.input, released: false };
            Object.assign(context, { embedded: entered });
            try {
              return await next(args);
            } finally {
              this.#release(entered);
            }
          },
          { step: 'initialize', name: 'embeddedAwsEnter', priority: 'low' },
        );
        stack.add(
          (next, context) => (args) => {
            // From here on a client may wait for time: for its turn at a rate, which other calls ask for.
            this.#release(enteredIn(context));
            return next(args);
          },
          { step: 'finalizeRequest', name: 'embeddedAwsLeave', priority: 'high' },
        );
        stack.add(
          (_next, context) => async (args) => {
            const { headers } = args.request as { headers: Record<string, string> };
            const input = enteredIn(context).input as Record<string, unknown>;
            const output = await this.#answer(this.#operationName(context), input, headers);
            return {
              response: { statusCode: 200, headers: {} },
              output: { ...output, $metadata: { httpStatusCode: 200, attempts: 1 } },
            };
          },
          { step: 'deserialize', name: 'embeddedAws', priority: 'high' },
        );
      },
    };
  }

  #release(entered: Entered): void {
    if (entered.released) return;
    entered.released = true;
    this.#entering -= 1;
  }
}

/** The error as the SDK would have thrown it. */
export function asSdkError(fault: AwsFault, count: number): Error {
  return Object.assign(new Error(fault.message), {
    name: fault.name,
    ...(fault.wireCode ? { Code: fault.wireCode } : {}),
    $fault: fault.status >= 500 ? 'server' : 'client',
    $metadata: { httpStatusCode: fault.status, requestId: `embedded-${count}` },
    ...fault.extra,
  });
}
