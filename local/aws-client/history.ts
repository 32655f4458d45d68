/**
 * The history of an execution as it grows. It only ever grows at its end, so each look reads from the newest event
 * backwards to the last one known: one page as a rule, whatever the run's length.
 */
import {
  GetExecutionHistoryCommand,
  type GetExecutionHistoryOutput,
  type HistoryEvent,
  type SFNClient,
} from '@aws-sdk/client-sfn';

/** As much as a few seconds of a run bring; the first look at a long run takes more pages. */
const pageSize = 100;

export class History {
  readonly #sfn: SFNClient;
  readonly #executionArn: string;
  #lastId = 0;

  constructor(sfn: SFNClient, executionArn: string) {
    this.#sfn = sfn;
    this.#executionArn = executionArn;
  }

  /** What happened since the last look, in its order. */
  async news(): Promise<HistoryEvent[]> {
    const found: HistoryEvent[] = [];
    let nextToken: string | undefined;
    do {
      const page: GetExecutionHistoryOutput = await this.#sfn.send(
        new GetExecutionHistoryCommand({
          executionArn: this.#executionArn,
          reverseOrder: true,
          includeExecutionData: true,
          maxResults: pageSize,
          nextToken,
        }),
      );
      const events = page.events ?? [];
      found.push(...events.filter(({ id }) => (id as number) > this.#lastId));
      const reached = events.some(({ id }) => (id as number) <= this.#lastId);
      nextToken = reached ? undefined : page.nextToken;
    } while (nextToken);
    this.#lastId = Math.max(this.#lastId, ...found.map(({ id }) => id as number));
    return found.reverse();
  }
}
