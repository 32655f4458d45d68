/** An execution's history as Step Functions tells it: events with ids, each naming the one before it. */
import type { GetExecutionHistoryInput, GetExecutionHistoryOutput, HistoryEvent } from '@aws-sdk/client-sfn';

export const startedAt = Date.parse('2026-11-01T00:00:00Z');

/** Adds events one after the other; `after` branches off. */
export class Script {
  readonly events: HistoryEvent[] = [];

  add(event: Omit<HistoryEvent, 'id' | 'timestamp' | 'previousEventId'>, after?: number): number {
    const id = this.events.length + 1;
    const timestamp = new Date(startedAt + id * 1000);
    this.events.push({ ...event, id, timestamp, previousEventId: after ?? id - 1 } as HistoryEvent);
    return id;
  }

  enter(name: string, type: 'Task' | 'Parallel' | 'Wait' = 'Task', after?: number): number {
    return this.add({ type: `${type}StateEntered`, stateEnteredEventDetails: { name } }, after);
  }

  /** A Task that asks `lambda` and is answered. */
  ask(name: string, lambda: string, answer: unknown, after?: number): number {
    this.enter(name, 'Task', after);
    const resource = `arn:aws:lambda:eu-central-1:111122223333:function:aoscloud-provisioning-dev-${lambda}`;
    this.add({ type: 'LambdaFunctionScheduled', lambdaFunctionScheduledEventDetails: { resource } });
    this.add({ type: 'LambdaFunctionStarted' });
    const output = JSON.stringify(answer);
    return this.add({ type: 'LambdaFunctionSucceeded', lambdaFunctionSucceededEventDetails: { output } });
  }
}

/** Answers GetExecutionHistory over what `events` holds at that moment, newest first, in pages. */
export function historyOf(events: readonly HistoryEvent[]) {
  return (input: GetExecutionHistoryInput): GetExecutionHistoryOutput => {
    const newestFirst = [...events].reverse();
    const from = Number(input.nextToken ?? 0);
    const to = from + (input.maxResults ?? 100);
    return {
      events: newestFirst.slice(from, to),
      ...(to < newestFirst.length ? { nextToken: String(to) } : {}),
    };
  };
}

export function stepAnswer(step: string, status: 'ready' | 'pending', detail: string): object {
  return { step, status, detail, requested: true, retryAfterSeconds: 5, since: '', resources: {} };
}
