/**
 * Runs the very ASL files: every `${KeyArn}` goes to the handler of that name, a nested execution to the other
 * machine. What it adds is what Step Functions adds: names, status, transitions, one event a look.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  ExecutionAbortedError,
  ExecutionError,
  ExecutionTimeoutError,
  StateMachine,
} from 'aws-local-stepfunctions';
import type { StepAnswer } from '#lib/run/environment.ts';
import { forTask, invoke, TaskError } from './lambda.ts';

/** The machines of one environment. */
export type MachineName = 'provision' | 'deprovision';
/** And that of many. */
export type AnyMachine = MachineName | 'fleet';

/** What happens in a run, for whoever watches. */
export type RunEvent =
  | {
      readonly type: 'entered';
      readonly machine: MachineName;
      readonly execution: string;
      readonly state: string;
      readonly stateType: string;
    }
  | {
      readonly type: 'exited' | 'retried' | 'caught';
      readonly machine: MachineName;
      readonly execution: string;
      readonly state: string;
    }
  | {
      readonly type: 'started';
      readonly machine: MachineName;
      readonly execution: string;
      readonly input: unknown;
      /** The run whose rollback this one is. */
      readonly parent?: string;
    }
  | {
      readonly type: 'ended';
      readonly machine: MachineName;
      readonly execution: string;
      readonly result: RunResult;
    }
  | {
      readonly type: 'answered';
      readonly machine: MachineName;
      readonly execution: string;
      readonly state: string;
      readonly functionKey: string;
      readonly answer: unknown;
    }
  | {
      readonly type: 'failed';
      readonly machine: MachineName;
      readonly execution: string;
      readonly state: string;
      readonly functionKey: string;
      readonly error: string;
      readonly cause: string;
    };

/** Keeps the account's list of executions, which DescribeExecution and the lock's takeover look at. */
export interface ExecutionBook {
  started(machine: AnyMachine, name: string, input: unknown): string;
  finished(arn: string, result: RunResult): void;
}

export interface RunResult {
  readonly status: 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';
  readonly output?: unknown;
  readonly error?: string;
  readonly cause?: string;
}

/** What is run: definitions, and the functions they name. */
export interface Service {
  readonly definition: (machine: AnyMachine) => Definition;
  /** `functionName` is the last part of the ARN that stands in the definition. Throws {@link TaskError}. */
  readonly invoke: (functionName: string, event: unknown) => Promise<unknown>;
}

export interface RunnerOptions {
  readonly book: ExecutionBook;
  /** The source files, where it is left out. */
  readonly service?: Service;
  readonly onEvent?: (event: RunEvent) => void;
}

export type State = {
  Type: string;
  Resource?: string;
  States?: Record<string, State>;
  Branches?: { States: Record<string, State> }[];
};

export interface Definition {
  readonly States: Record<string, State>;
}

/** The definition with every placeholder filled the way the deployed template fills it. */
export function definition(machine: AnyMachine): Definition {
  const file = fileURLToPath(new URL(`../statemachines/${machine}.asl.json`, import.meta.url));
  const text = readFileSync(file, 'utf8')
    .replaceAll('${AwsPartition}', 'aws')
    .replaceAll('${DeprovisionStateMachineArn}', machineArn('deprovision'))
    .replaceAll('${ProvisionStateMachineArn}', machineArn('provision'))
    .replaceAll('${FleetListBucket}', 'fleet-lists')
    .replace(/\$\{(\w+)Arn\}/g, 'arn:aws:lambda:local:111122223333:function:$1');
  return JSON.parse(text);
}

const machineArn = (machine: MachineName) => `arn:aws:states:local:111122223333:stateMachine:${machine}`;

/** Every Task of a definition, those inside Parallel branches included: state name -> resource. */
export function tasksOf(states: Record<string, State>): Map<string, string> {
  const tasks = new Map<string, string>();
  for (const [name, state] of Object.entries(states)) {
    if (state.Type === 'Task') tasks.set(name, state.Resource as string);
    for (const branch of state.Branches ?? []) {
      for (const [inner, resource] of tasksOf(branch.States)) tasks.set(inner, resource);
    }
  }
  return tasks;
}

const followed: Readonly<Record<string, 'exited' | 'retried' | 'caught'>> = {
  StateExited: 'exited',
  StateRetried: 'retried',
  StateCaught: 'caught',
};

/** What stands in this folder. */
export const sources: Service = { definition, invoke };

export class Runner {
  /** State transitions of all executions so far, as AWS bills them: states entered and retries. */
  transitions = 0;
  readonly #options: RunnerOptions;
  readonly #inFlight = new Set<Promise<unknown>>();
  readonly #aborts = new Map<string, () => void>();
  /** Rollbacks, and the runs they take back. */
  readonly #parents = new Map<string, string>();
  #stopCause: string | undefined;
  /** Of runs that were stopped one by one. */
  readonly #stopCauses = new Map<string, string>();

  readonly #service: Service;

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.#service = options.service ?? sources;
  }

  /** Runs one execution to its end. `parent`: the run whose rollback it is. */
  async execute(machine: MachineName, name: string, input: unknown, parent?: string): Promise<RunResult> {
    const asl = this.#service.definition(machine);
    const arn = this.#options.book.started(machine, name, input);
    const onEvent = this.#options.onEvent;
    if (parent) this.#parents.set(name, parent);
    onEvent?.({ type: 'started', machine, execution: name, input, ...(parent ? { parent } : {}) });
    const handlers: Record<string, (payload: unknown) => Promise<unknown>> = {};
    for (const [state, resource] of tasksOf(asl.States)) {
      handlers[state] = (payload) =>
        resource.includes(':states:::states:startExecution')
          ? this.#nested(name, payload as NestedInput)
          : this.#task(machine, name, state, resource.split(':').at(-1) as string, payload);
    }
    const result = await this.#run(machine, name, arn, asl, handlers, input);
    this.#options.book.finished(arn, result);
    onEvent?.({ type: 'ended', machine, execution: name, result });
    return result;
  }

  async #run(
    machine: MachineName,
    name: string,
    arn: string,
    asl: object,
    handlers: Record<string, (payload: unknown) => Promise<unknown>>,
    input: unknown,
  ): Promise<RunResult> {
    const execution = new StateMachine(asl as never, { validationOptions: { noValidate: true } }).run(
      input as never,
      {
        overrides: { taskResourceLocalHandlers: handlers as never },
        context: { Execution: { Id: arn, Name: name } },
      },
    );
    const watching = this.#watch(machine, name, execution.eventLogs);
    this.#aborts.set(name, () => execution.abort());
    if (this.#causeOf(name) !== undefined) execution.abort();
    try {
      return { status: 'SUCCEEDED', output: await execution.result };
    } catch (error) {
      if (error instanceof ExecutionAbortedError) return { status: 'ABORTED', cause: this.#causeOf(name) };
      if (error instanceof ExecutionTimeoutError) return { status: 'TIMED_OUT', error: 'States.Timeout' };
      if (!(error instanceof ExecutionError)) throw error;
      const { name: errorName, message } = error.cause as Error;
      return { status: 'FAILED', error: errorName, cause: message };
    } finally {
      this.#aborts.delete(name);
      await watching;
    }
  }

  /**
   * `StopExecution` of every execution under way, those of rollbacks included: no state is entered any more, an
   * invocation under way finishes its calls ({@link drain}).
   */
  stop(cause: string): void {
    this.#stopCause = cause;
    for (const abort of this.#aborts.values()) abort();
  }

  /** The same of one execution, and of the rollback it waits for. False where it does not run. */
  stopOne(execution: string, cause: string): boolean {
    if (!this.#aborts.has(execution)) return false;
    this.#stopCauses.set(execution, cause);
    for (const [name, abort] of this.#aborts)
      if (name === execution || this.#parents.get(name) === execution) abort();
    return true;
  }

  #causeOf(execution: string): string | undefined {
    const parent = this.#parents.get(execution);
    return this.#stopCauses.get(execution) ?? (parent && this.#stopCauses.get(parent)) ?? this.#stopCause;
  }

  async #watch(machine: MachineName, execution: string, events: AsyncIterable<unknown>): Promise<void> {
    for await (const raw of events) {
      const event = raw as {
        type: string;
        state: { name: string; type: string };
        Error: string;
        Cause: unknown;
      };
      if (event.type === 'StateEntered' || event.type === 'StateRetried') this.transitions += 1;
      if (event.type === 'StateEntered') {
        this.#options.onEvent?.({
          type: 'entered',
          machine,
          execution,
          state: event.state.name,
          stateType: event.state.type,
        });
      }
      const type = followed[event.type];
      if (type) this.#options.onEvent?.({ type, machine, execution, state: event.state.name });
    }
  }

  async #task(
    machine: MachineName,
    execution: string,
    state: string,
    functionKey: string,
    payload: unknown,
  ): Promise<unknown> {
    try {
      const answer = await this.#counted(
        forTask({ execution, state }, () => this.#service.invoke(functionKey, payload)),
      );
      this.#options.onEvent?.({ type: 'answered', machine, execution, state, functionKey, answer });
      return answer;
    } catch (error) {
      if (error instanceof TaskError) {
        this.#options.onEvent?.({
          type: 'failed',
          machine,
          execution,
          state,
          functionKey,
          error: error.name,
          cause: error.message,
        });
      }
      throw error;
    }
  }

  /** Waits for invocations that a failed Parallel left behind: a Lambda already running finishes its call. */
  async drain(): Promise<void> {
    while (this.#inFlight.size > 0) await Promise.allSettled(this.#inFlight);
  }

  async #counted<T>(invocation: Promise<T>): Promise<T> {
    this.#inFlight.add(invocation);
    try {
      return await invocation;
    } finally {
      this.#inFlight.delete(invocation);
    }
  }

  /** `startExecution.sync:2`: waits, and answers with the execution; a failed one fails the Task. */
  async #nested(parent: string, payload: NestedInput): Promise<unknown> {
    if (!payload.StateMachineArn.endsWith('deprovision')) {
      const cause = `State Machine Does Not Exist: '${payload.StateMachineArn}'`;
      throw new TaskError('StepFunctions.StateMachineDoesNotExistException', cause);
    }
    const result = await this.execute('deprovision', payload.Name, payload.Input, parent);
    const answer = {
      ExecutionArn: payload.Name,
      Status: result.status,
      Error: result.error,
      Cause: result.cause,
    };
    if (result.status !== 'SUCCEEDED') throw new TaskError('States.TaskFailed', JSON.stringify(answer));
    return answer;
  }
}

export interface NestedInput {
  readonly StateMachineArn: string;
  readonly Name: string;
  readonly Input: unknown;
}

/** The step's answer inside a Task's answer, where there is one. */
export function stepAnswerOf(answer: unknown): StepAnswer | undefined {
  const candidate = answer as Partial<StepAnswer> | null;
  return candidate && typeof candidate.step === 'string' && typeof candidate.status === 'string'
    ? (candidate as StepAnswer)
    : undefined;
}
