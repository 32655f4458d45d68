/** Starts an execution of the deployed machines and tells of it until it ends. */
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { homeClient } from '#lib/aws/clients.ts';
import { wordsOf } from '#lib/run/failure-words.ts';
import type { AnyMachine, MachineName, RunEvent } from '#local/runner.ts';
import { History } from './history.ts';
import { type Service, serviceName } from './service.ts';
import { type ExecutionEnd, Translator } from './translate.ts';

export interface Followed extends ExecutionEnd {
  readonly executionArn: string;
  readonly startedAt: number;
  readonly seconds: number;
}

/** GetExecutionHistory allows 20 calls a second in an account, for everybody who watches; nothing moves much faster. */
const secondsBetweenLooks = 3;

export async function startExecution(
  service: Service,
  machine: AnyMachine,
  name: string,
  input: unknown,
): Promise<{ executionArn: string; startedAt: number }> {
  const stateMachineArn = service.machineArn(machine);
  const start = new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) });
  const { executionArn, startDate } = await homeClient(SFNClient)
    .send(start)
    .catch((error: Error) => {
      if (error.name !== 'StateMachineDoesNotExist') throw error;
      const what = `There is no stage "${service.stage}" in ${service.region}: ${stateMachineArn} does not exist`;
      const todo = 'name the stage, the region and the profile it was deployed with (docs/deploy.md)';
      throw new Error(wordsOf({ what, todo }));
    });
  return { executionArn: executionArn as string, startedAt: startDate?.getTime() ?? Date.now() };
}

/** Until it ends. A rollback is followed too: the execution waits for it. */
export async function follow(
  service: Service,
  machine: MachineName,
  started: { readonly executionArn: string; readonly startedAt: number },
  onEvent: (event: RunEvent, now: number) => void,
  pause: (seconds: number) => Promise<void> = sleep,
): Promise<Followed> {
  const sfn = homeClient(SFNClient);
  const watch = (of: MachineName, arn: string) => ({
    history: new History(sfn, arn),
    translator: new Translator(of, arn.split(':').at(-1) as string, `${serviceName}-${service.stage}`),
  });
  const outer = watch(machine, started.executionArn);
  const nested: ReturnType<typeof watch>[] = [];
  for (;;) {
    let end: { readonly how: ExecutionEnd; readonly at: number } | undefined;
    for (const watched of [outer, ...nested]) {
      for (const event of await watched.history.news()) {
        const at = event.timestamp?.getTime() ?? Date.now();
        const translated = watched.translator.take(event);
        for (const one of translated.events) onEvent(one, at);
        if (translated.nestedArn) nested.push(watch('deprovision', translated.nestedArn));
        if (translated.end && watched === outer) end = { how: translated.end, at };
      }
    }
    if (end) return { ...end.how, ...started, seconds: Math.round((end.at - started.startedAt) / 1000) };
    await pause(secondsBetweenLooks);
  }
}

function sleep(seconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, seconds * 1000);
  });
}
