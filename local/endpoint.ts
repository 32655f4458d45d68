/** Real SDK calls over HTTP to an AWS-compatible endpoint, counted, and known to be under way. */
import type { Pluggable } from '@smithy/types';
import { operationName } from '#lib/aws/clients.ts';

export class EndpointCalls {
  readonly requests: Record<string, number> = {};
  readonly #endpoint: string;
  #inFlight = 0;

  constructor(endpoint: string) {
    this.#endpoint = endpoint;
  }

  /** Virtual time stands still while this is true. */
  get busy(): boolean {
    return this.#inFlight > 0;
  }

  /** The endpoint, with the credentials of the environment or, where there are none, the ones emulators take. */
  get clientConfig(): Record<string, unknown> {
    const credentials = process.env.AWS_ACCESS_KEY_ID
      ? {}
      : { credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
    // Time is virtual here: the server's Date header would say of every answer that the clock is wrong.
    return { endpoint: this.#endpoint, disableClockSkewCorrection: true, ...credentials };
  }

  // biome-ignore lint/suspicious/noExplicitAny: plugs into clients of every service
  get plugin(): Pluggable<any, any> {
    return {
      applyToStack: (stack) => {
        stack.add(
          (next, context) => async (args) => {
            const operation = operationName(context);
            this.requests[operation] = (this.requests[operation] ?? 0) + 1;
            this.#inFlight += 1;
            try {
              return await next(args);
            } finally {
              this.#inFlight -= 1;
            }
          },
          // Inside the retry loop: between two attempts only time is waited for.
          { step: 'finalizeRequest', name: 'endpointCall', priority: 'low' },
        );
      },
    };
  }
}
