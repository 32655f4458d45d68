/**
 * Runs the fleet's machine on a laptop: its own states here, each environment by the runner of a single one. As on Step
 * Functions, an environment is an execution of its own.
 */
import {
  ExecutionAbortedError,
  ExecutionError,
  ExecutionTimeoutError,
  StateMachine,
} from 'aws-local-stepfunctions';
import { AwsFault } from '#embedded/model.ts';
import { TaskError } from './lambda.ts';
import { asTask, isDistributed, mapRun } from './map-run.ts';
import {
  type MachineName,
  type NestedInput,
  Runner,
  type RunnerOptions,
  type RunResult,
  type Service,
  type State,
  sources,
  tasksOf,
} from './runner.ts';

/** What happens in a fleet beside its environments' own runs. */
export type FleetRunEvent =
  | { readonly type: 'accepted'; readonly plan: unknown }
  | { readonly type: 'ended'; readonly environment: string; readonly status: string };

export interface FleetRunnerOptions extends RunnerOptions {
  readonly onFleetEvent?: (event: FleetRunEvent) => void;
  /** What an object of the bucket of lists holds; undefined: there is none of this key. */
  readonly readList?: (key: string) => string | undefined;
}

export class FleetRunner {
  readonly #options: FleetRunnerOptions;
  readonly #service: Service;
  readonly #members: Runner;
  readonly #aborts = new Set<() => void>();
  #transitions = 0;
  #stopCause: string | undefined;
  #name: string | undefined;

  constructor(options: FleetRunnerOptions) {
    this.#options = options;
    this.#service = options.service ?? sources;
    this.#members = new Runner(options);
  }

  /** Of the fleet and all its environments. */
  get transitions(): number {
    return this.#transitions + this.#members.transitions;
  }

  async execute(name: string, input: unknown): Promise<RunResult> {
    const { book } = this.#options;
    this.#name = name;
    const definition = this.#service.definition('fleet');
    const id = book.started('fleet', name, input);
    const context = { Execution: { Id: id, Name: name, Input: input } };
    const result = await this.#run(definition, input, context).then(
      (output): RunResult => ({ status: 'SUCCEEDED', output }),
      (error): RunResult => this.#failed(error),
    );
    book.finished(id, result);
    return result;
  }

  /** As `StopExecution` of the fleet: its items are stopped with it, and the runs these wait for. */
  stop(cause: string): void {
    this.#stopCause = cause;
    for (const abort of this.#aborts) abort();
    this.#members.stop(cause);
  }

  /** The fleet's own execution, with all that it waits for, or that of one environment. */
  stopOne(execution: string, cause: string): boolean {
    if (execution !== this.#name) return this.#members.stopOne(execution, cause);
    this.stop(cause);
    return true;
  }

  drain(): Promise<void> {
    return this.#members.drain();
  }

  /** One machine, or the execution of one item. */
  async #run(machine: object, input: unknown, context: object): Promise<unknown> {
    const { States } = machine as { States: Record<string, State> };
    const maps = Object.entries(States).filter(([, state]) => isDistributed(state));
    const runnable = { ...States };
    const handlers: Record<string, (payload: unknown) => Promise<unknown>> = {};
    for (const [state, resource] of tasksOf(States))
      handlers[state] = (payload) => this.#task(state, resource, payload);
    for (const [state, map] of maps) {
      if (!isDistributed(map)) continue;
      runnable[state] = asTask(state, map) as State;
      handlers[state] = (payload) =>
        mapRun(map, payload, context, (processor, selected, index) =>
          this.#item(processor, selected, {
            Execution: { Id: `${state}:${index}`, Name: `${state}-${index}` },
          }),
        );
    }
    const execution = new StateMachine({ ...machine, States: runnable } as never, {
      validationOptions: { noValidate: true },
    }).run(input as never, {
      overrides: { taskResourceLocalHandlers: handlers as never },
      context: context as never,
    });
    const watching = this.#watch(execution.eventLogs);
    this.#aborts.add(execution.abort);
    if (this.#stopCause !== undefined) execution.abort();
    try {
      return await execution.result;
    } finally {
      this.#aborts.delete(execution.abort);
      await watching;
    }
  }

  async #item(processor: object, input: unknown, context: object): Promise<unknown> {
    try {
      return await this.#run(processor, input, context);
    } catch (error) {
      const { error: name = 'States.Runtime', cause = '' } = this.#failed(error);
      throw new TaskError(name, cause);
    }
  }

  #failed(error: unknown): RunResult {
    if (error instanceof ExecutionAbortedError)
      return { status: 'ABORTED', cause: this.#stopCause ?? 'stopped' };
    if (error instanceof ExecutionTimeoutError) return { status: 'TIMED_OUT', error: 'States.Timeout' };
    if (!(error instanceof ExecutionError)) throw error;
    const { name, message } = error.cause as Error;
    return { status: 'FAILED', error: name, cause: message };
  }

  async #watch(events: AsyncIterable<unknown>): Promise<void> {
    for await (const event of events)
      if (/^State(Entered|Retried)$/.test((event as { type: string }).type)) this.#transitions += 1;
  }

  async #task(state: string, resource: string, payload: unknown): Promise<unknown> {
    if (resource.includes(':states:::states:startExecution')) return this.#start(payload as NestedInput);
    if (resource.endsWith(':s3:getObject')) return this.#readList(payload as { Key: string });
    const answer = await this.#service.invoke(resource.split(':').at(-1) as string, payload);
    if (state === 'Accept fleet' || state === 'Accept listed fleet')
      this.#options.onFleetEvent?.({ type: 'accepted', plan: answer });
    if (state === 'Record end')
      this.#options.onFleetEvent?.({ type: 'ended', ...(answer as { environment: string; status: string }) });
    return answer;
  }

  async #start({ StateMachineArn, Name, Input }: NestedInput): Promise<unknown> {
    const machine: MachineName = StateMachineArn.endsWith('deprovision') ? 'deprovision' : 'provision';
    const result = await this.#members.execute(machine, Name, Input).catch((error) => {
      if (!(error instanceof AwsFault)) throw error;
      throw new TaskError(`StepFunctions.${error.name}Exception`, error.message);
    });
    const answer = { ExecutionArn: Name, Status: result.status, Error: result.error, Cause: result.cause };
    if (result.status !== 'SUCCEEDED') throw new TaskError('States.TaskFailed', JSON.stringify(answer));
    return answer;
  }

  async #readList({ Key }: { Key: string }): Promise<unknown> {
    const Body = this.#options.readList?.(Key);
    if (Body === undefined) throw new TaskError('S3.NoSuchKeyException', 'The specified key does not exist.');
    return { Body };
  }
}
