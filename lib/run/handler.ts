/** The middleware bundle every handler shares. */
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import { asMachineError, TransientError } from './failures.ts';
import { log } from './log.ts';

/** A `@middy/core` handler around `run`, which throws what the state machine is to see. */
export function lambdaHandler<TEvent, TResult>(name: string, run: (event: TEvent) => Promise<TResult>) {
  return middy<TEvent, TResult>({
    // Shortly before Lambda kills the sandbox: an error the state machine retries instead of an unknown one.
    timeoutEarlyInMillis: 1000,
    timeoutEarlyResponse: () => {
      throw new TransientError(
        'AWS did not answer within the time of one invocation',
        'see the AWS Health Dashboard, then run again',
      ).at(name);
    },
  })
    .use(injectLambdaContext(log))
    .onError(({ error }) => {
      log.error('handler failed', { handler: name, error: error as Error });
    })
    .handler(async (event: TEvent) => {
      try {
        return await run(event);
      } catch (error) {
        throw asMachineError(name, error);
      }
    });
}
