/** A whole run as the console is told of it, beside what the interpreter itself said. */
import type { RunEvent } from '#console/api.ts';
import { type Runs, reduceAll } from '#console/model/run.ts';
import { Hub } from '#local/console/hub.ts';
import type { RunEvent as RunnerEvent } from '#local/runner.ts';
import { devRequest, type Run, runMachine } from './workflow.ts';

export interface Watched {
  readonly run: Run;
  readonly runs: Runs;
  /** What the interpreter itself said of each state, its last word. */
  readonly history: Map<string, string>;
  readonly events: readonly RunEvent[];
}

export async function watched(
  options: Parameters<typeof runMachine>[2] & { readonly request?: object } = {},
): Promise<Watched> {
  const hub = new Hub();
  const events: RunEvent[] = [];
  hub.listen(0, (event) => events.push(event));
  const history = new Map<string, string>();
  const run = await runMachine('provision', options.request ?? devRequest, {
    ...options,
    name: options.name ?? 'watched',
    observe: (_store, call, refusal, answer) => hub.called(call, refusal?.name, answer, Date.now()),
    onEvent: (event: RunnerEvent, at: number) => {
      hub.take(event, at);
      if ('state' in event) history.set(`${event.execution} ${event.state}`, event.type);
    },
  });
  return { run, runs: reduceAll(new Map(), events), history, events };
}
