/**
 * What happens in the runs of this process, as the console's events: numbered, so that a page that lost its connection
 * goes on where it was, and kept for as long as a person may come and look.
 */

import type { RunEvent as ConsoleEvent, Look, RunHead } from '#console/api.ts';
import type { CallRecord } from '#embedded/engine.ts';
import { currentInvocation, currentTask } from '../lambda.ts';
import { definition, type MachineName, type RunEvent, stepAnswerOf } from '../runner.ts';
import { acceptedOf, attestedOf } from './answers.ts';
import { Estimates } from './estimates.ts';
import { seenIn } from './seen.ts';

export type Unnumbered = ConsoleEvent extends infer Event
  ? Event extends unknown
    ? Omit<Event, 'sequence'>
    : never
  : never;

/** A run has some two thousand; older runs go first. */
const mostEvents = 60_000;

export interface HubOptions {
  /** What stands of an environment, for the runs that take it down. */
  readonly planOf?: (environment: string) => unknown;
  /** A run's page in AWS's own console. */
  readonly consoleUrlOf?: (machine: MachineName, execution: string) => string;
}

interface Scope {
  readonly States: Readonly<Record<string, { readonly Branches?: readonly Scope[] }>>;
}

export class Hub {
  readonly #options: HubOptions;
  #sequence = 0;
  #events: ConsoleEvent[] = [];
  readonly #listeners = new Set<(event: ConsoleEvent) => void>();
  /** The last word of AWS on each resource of a run. */
  readonly #seen = new Map<string, string>();
  /** Every run there was. */
  readonly #heads = new Map<string, Pick<RunHead, 'parent' | 'startedAt'>>();
  readonly #estimates = new Estimates();
  /** States entered and not left, by execution. */
  readonly #open = new Map<string, Set<string>>();

  constructor(options: HubOptions = {}) {
    this.#options = options;
  }

  /** Takes in what the runner says. `at`: on the account's clock. */
  take(event: RunEvent, at: number): void {
    const { execution, machine } = event;
    if (event.type === 'started') this.#open.set(execution, new Set());
    if (event.type === 'entered') this.#open.get(execution)?.add(event.state);
    if (event.type === 'caught') this.#stopInside(machine, execution, event.state, at);
    if (event.type === 'caught' || event.type === 'exited') this.#open.get(execution)?.delete(event.state);
    const translated = translate(event, at);
    if (translated) this.#add(this.#linked(translated, machine));
    this.#tellEstimate(event, at);
    if (event.type === 'started') this.#tellPlan(event, at);
    if (event.type === 'ended') this.#forget(execution);
    if (event.type !== 'answered') return;
    for (const found of [acceptedOf(event.answer), attestedOf(event.answer)])
      if (found) this.#add({ ...found, execution, at });
  }

  #linked(event: Unnumbered, machine: MachineName): Unnumbered {
    const { consoleUrlOf } = this.#options;
    if (event.type !== 'run-started' || !consoleUrlOf) return event;
    return { ...event, run: { ...event.run, consoleUrl: consoleUrlOf(machine, event.execution) } };
  }

  #tellEstimate(event: RunEvent, at: number): void {
    // A rollback has none, and ends that of the run it takes back.
    const execution = event.type === 'started' ? (event.parent ?? event.execution) : event.execution;
    for (const told of this.#estimated(event, at)) this.#add({ ...told, execution, at });
  }

  #estimated(event: RunEvent, at: number): ReturnType<Estimates['take']> {
    switch (event.type) {
      case 'started':
        return event.parent
          ? this.#estimates.end(event.parent)
          : this.#estimates.begin(event.execution, event.machine, at);
      case 'answered':
        return this.#estimates.take(event.execution, event.answer, at);
      default:
        return [];
    }
  }

  /** Takes in a call that the embedded AWS has answered. */
  called({ operation, mutates }: CallRecord, refusal: string | undefined, answer: object, at: number): void {
    const task = currentTask();
    // The service's own bookkeeping is not about the environment.
    if (!task || /^(dynamodb|states|events):/.test(operation)) return;
    this.#add({ type: 'called', ...task, at, operation, mutates, ...(refusal ? { refusal } : {}) });
    if (refusal) return;
    for (const { resource, as } of seenIn(operation, answer, currentInvocation()?.functionKey ?? '')) {
      const key = `${task.execution} ${resource}`;
      if (this.#seen.get(key) === as) continue;
      this.#seen.set(key, as);
      this.#add({ type: 'seen', execution: task.execution, at, resource, as });
    }
  }

  /** Takes in what another process has told, under a number of its own. */
  adopt({ sequence: _, ...event }: ConsoleEvent): void {
    this.#add(event as Unnumbered);
  }

  /** Does anybody look? */
  get isWatched(): boolean {
    return this.#listeners.size > 0;
  }

  /** The run that was started last, rollbacks aside. */
  latest(): string | undefined {
    const own = [...this.#heads].filter(([, { parent }]) => parent === undefined);
    return own.reduce<(typeof own)[0] | undefined>(
      (last, run) => (last && last[1].startedAt > run[1].startedAt ? last : run),
      undefined,
    )?.[0];
  }

  /** The run whose rollback `execution` is. */
  parentOf(execution: string): string | undefined {
    return this.#heads.get(execution)?.parent;
  }

  /** Everything after `sequence`, and whatever comes. Answers how to stop listening. */
  listen(sequence: number, listener: (event: ConsoleEvent) => void): () => void {
    for (const event of this.#events) if (event.sequence > sequence) listener(event);
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A removal plans nothing: what it takes down was planned before. */
  #tellPlan({ machine, execution, input, parent }: Extract<RunEvent, { type: 'started' }>, at: number): void {
    if (machine !== 'deprovision') return;
    const made = this.#events.findLast((one) => one.type === 'accepted' && one.execution === parent);
    const environment =
      made?.type === 'accepted'
        ? made.plan
        : this.#options.planOf?.((input as { environment: string }).environment);
    const accepted = acceptedOf({ environment });
    if (accepted) this.#add({ ...accepted, execution, at });
  }

  #forget(execution: string): void {
    this.#open.delete(execution);
    this.#estimates.end(execution);
    for (const key of this.#seen.keys()) if (key.startsWith(`${execution} `)) this.#seen.delete(key);
  }

  /** A Parallel that caught an error stops what its branches are at. */
  #stopInside(machine: MachineName, execution: string, state: string, at: number): void {
    const open = this.#open.get(execution) ?? new Set();
    for (const inner of statesInside(machine, state)) {
      if (open.delete(inner)) this.#add({ type: 'stopped', execution, at, state: inner });
    }
  }

  #add(event: Unnumbered): void {
    this.#sequence += 1;
    if (event.type === 'run-started') this.#heads.set(event.execution, event.run);
    const numbered = { ...event, sequence: this.#sequence } as ConsoleEvent;
    this.#events.push(numbered);
    if (this.#events.length > mostEvents) this.#forgetOldestRun();
    for (const listener of this.#listeners) listener(numbered);
  }

  #forgetOldestRun(): void {
    const oldest = this.#events[0]?.execution;
    const kept = this.#events.filter(({ execution }) => execution !== oldest);
    // One run longer than everything that is kept: its beginning goes.
    this.#events = kept.length > 0 ? kept : this.#events.slice(-mostEvents / 2);
  }
}

function translate(event: RunEvent, at: number): Unnumbered | undefined {
  const { execution } = event;
  switch (event.type) {
    case 'started':
      return { type: 'run-started', execution, at, run: headOf(event, at) };
    case 'entered':
      return { type: 'entered', execution, at, state: event.state, stateType: event.stateType };
    case 'exited':
    case 'caught':
    case 'retried':
      return { type: event.type, execution, at, state: event.state };
    case 'answered': {
      const look = lookOf(event.answer);
      return look && { type: 'answered', execution, at, state: event.state, look };
    }
    case 'failed': {
      const { state, error, cause } = event;
      return { type: 'failed', execution, at, state, error, cause };
    }
    case 'ended': {
      const { status, error, cause } = event.result;
      return {
        type: 'run-ended',
        execution,
        at,
        status,
        ...(error ? { error } : {}),
        ...(cause ? { cause } : {}),
      };
    }
  }
}

function headOf(
  { machine, execution, input, parent }: Extract<RunEvent, { type: 'started' }>,
  at: number,
): RunHead {
  const { environment } = (input ?? {}) as { environment?: unknown };
  return {
    execution,
    machine,
    environment: typeof environment === 'string' ? environment : 'unnamed',
    startedAt: at,
    status: 'RUNNING',
    ...(parent ? { parent } : {}),
  };
}

function lookOf(answer: unknown): Look | undefined {
  const found = stepAnswerOf(answer) ?? stepAnswerOf((answer as { step?: unknown } | null)?.step);
  if (!found) return undefined;
  const { step, status, detail, since, retryAfterSeconds, queue, resources } = found;
  return {
    step,
    status,
    detail,
    since,
    retryAfterSeconds,
    ...(queue ? { queue } : {}),
    resources: { ...resources },
  };
}

/** Every state of the branches of `state`, at any depth. */
function statesInside(machine: MachineName, state: string): string[] {
  const found = (scope: Scope): Scope[] | undefined => {
    for (const [name, { Branches = [] }] of Object.entries(scope.States)) {
      if (name === state) return [...Branches];
      for (const branch of Branches) {
        const inner = found(branch);
        if (inner) return inner;
      }
    }
    return undefined;
  };
  const all = (scope: Scope): string[] =>
    Object.entries(scope.States).flatMap(([name, { Branches = [] }]) => [name, ...Branches.flatMap(all)]);
  return (found(definition(machine) as unknown as Scope) ?? []).flatMap(all);
}
