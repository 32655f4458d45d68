/** The middleware bundle every handler shares. */
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import { log } from './log.ts';

/** A `@middy/core` handler around `run`, which throws what the state machine is to see. */
export function lambdaHandler<TEvent, TResult>(name: string, run: (event: TEvent) => Promise<TResult>) {
  return middy<TEvent, TResult>()
    .use(injectLambdaContext(log))
    .onError(({ error }) => {
      log.error('handler failed', { handler: name, error: error as Error });
    })
    .handler((event: TEvent) => run(event));
}
