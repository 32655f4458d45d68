/**
 * What is known of a run, from its events alone: the same for the page, the report and the test that holds it against
 * the execution's own history.
 */
import type { Look, RunEvent, RunHead } from '../api.ts';

type Told<T extends RunEvent['type']> = Extract<RunEvent, { type: T }>;

/** `taken-back`: its work was undone by a rollback. `stopped`: it was at work when the run ended. */
export type BoxStatus = 'not-reached' | 'working' | 'waiting' | 'done' | 'failed' | 'stopped' | 'taken-back';

interface StateView {
  readonly status: BoxStatus;
  readonly enteredAt: number;
  readonly exitedAt?: number;
  /** How often it was entered. */
  readonly visits: number;
  readonly retries: number;
  readonly error?: { readonly error: string; readonly cause: string };
}

export interface CallView {
  readonly at: number;
  readonly operation: string;
  readonly mutates: boolean;
  readonly refusal?: string;
}

export interface RunView {
  readonly head: RunHead;
  readonly states: Readonly<Record<string, StateView>>;
  /** The looks of each Task, the newest last; as many as {@link mostLooks}. */
  readonly looks: Readonly<Record<string, readonly (Look & { readonly at: number })[]>>;
  readonly calls: Readonly<Record<string, readonly CallView[]>>;
  readonly callCount: number;
  /** What was accepted: the plan, and what of it changes what stands. */
  readonly accepted?: Pick<Told<'accepted'>, 'plan' | 'changes' | 'warnings'>;
  /** Seconds each step is expected to take, by its name. */
  readonly expected: Readonly<Record<string, number>>;
  /** When it was expected to end, from when on; null from when on nobody knew. */
  readonly estimates: readonly Pick<Told<'estimated'>, 'at' | 'end' | 'by'>[];
  /** AWS's last word on each resource. */
  readonly seen: Readonly<Record<string, string>>;
  readonly attested?: Pick<Told<'attested'>, 'rules' | 'outputs'>;
  readonly lastAt: number;
  /** Of the newest event in it: what comes again after a new connection is in it already. */
  readonly sequence: number;
}

/** Of one Task: what a person can still read through. */
const mostLooks = 40;
const mostCalls = 200;

export type Runs = ReadonlyMap<string, RunView>;

/** `runs` with `event` in it. Events of a run that was never said to start are dropped. */
function reduce(runs: Runs, event: RunEvent): Runs {
  const run = runs.get(event.execution);
  // Of a run that is only known to have begun, and ended, everything is news.
  if (run && event.sequence <= run.sequence && Object.keys(run.states).length > 0) return runs;
  const next = new Map(runs);
  if (event.type === 'run-started') {
    next.set(event.execution, {
      head: event.run,
      states: {},
      looks: {},
      calls: {},
      callCount: 0,
      seen: {},
      expected: {},
      estimates: [],
      lastAt: event.at,
      sequence: event.sequence,
    });
    return next;
  }
  if (!run) return runs;
  next.set(event.execution, {
    ...withEvent(run, event),
    lastAt: Math.max(run.lastAt, event.at),
    sequence: event.sequence,
  });
  return next;
}

function withEvent(run: RunView, event: Exclude<RunEvent, Told<'run-started'>>): RunView {
  switch (event.type) {
    case 'entered':
      return inState(run, event.state, (state) => entered(state, event));
    case 'exited':
      return leaving(run, event, 'done');
    case 'stopped':
      return leaving(run, event, 'stopped');
    case 'retried':
      return inState(run, event.state, (state) => ({
        ...(state as StateView),
        status: 'waiting',
        retries: (state?.retries ?? 0) + 1,
      }));
    case 'caught':
      return leaving(run, event, 'failed');
    case 'failed':
      return inState(run, event.state, (state) => ({
        ...(state as StateView),
        status: 'failed',
        exitedAt: event.at,
        error: { error: event.error, cause: event.cause },
      }));
    case 'answered':
      return {
        ...run,
        looks: {
          ...run.looks,
          [event.state]: [...(run.looks[event.state] ?? []), { ...event.look, at: event.at }].slice(
            -mostLooks,
          ),
        },
      };
    case 'called': {
      const { at, operation, mutates, refusal } = event;
      const call = { at, operation, mutates, ...(refusal ? { refusal } : {}) };
      return {
        ...run,
        callCount: run.callCount + 1,
        calls: { ...run.calls, [event.state]: [...(run.calls[event.state] ?? []), call].slice(-mostCalls) },
      };
    }
    case 'accepted': {
      const { plan, changes, warnings } = event;
      return { ...run, accepted: { plan, changes, warnings } };
    }
    case 'expected':
      return { ...run, expected: event.seconds };
    case 'estimated': {
      const { at, end, by } = event;
      return { ...run, estimates: [...run.estimates, { at, end, ...(by ? { by } : {}) }] };
    }
    case 'seen':
      return { ...run, seen: { ...run.seen, [event.resource]: event.as } };
    case 'attested':
      return { ...run, attested: { rules: event.rules, outputs: event.outputs } };
    case 'run-ended':
      return ended(run, event);
  }
}

/** A Fail state is the end of its run: nothing says that it is left. */
function entered(
  state: StateView | undefined,
  { at, stateType }: Extract<RunEvent, { type: 'entered' }>,
): StateView {
  return {
    ...state,
    status: stateType === 'Fail' ? 'failed' : 'working',
    enteredAt: state?.enteredAt ?? at,
    visits: (state?.visits ?? 0) + 1,
    retries: state?.retries ?? 0,
  };
}

/** What failed stays so, whatever is said of it on the way out. */
function leaving(
  run: RunView,
  { state: name, at }: { readonly state: string; readonly at: number },
  status: BoxStatus,
): RunView {
  return inState(run, name, (state) => ({
    ...(state as StateView),
    status: state?.status === 'failed' ? 'failed' : status,
    exitedAt: at,
  }));
}

function inState(run: RunView, name: string, change: (state: StateView | undefined) => StateView): RunView {
  return { ...run, states: { ...run.states, [name]: change(run.states[name]) } };
}

/** What was at work when the run ended stopped there; nobody leaves a Fail state but by the end. */
function ended(run: RunView, event: Extract<RunEvent, { type: 'run-ended' }>): RunView {
  const { status, error, cause, at } = event;
  const states = Object.fromEntries(
    Object.entries(run.states).map(([name, state]) => [
      name,
      state.status === 'working' || state.status === 'waiting'
        ? { ...state, status: 'stopped' as const, exitedAt: at }
        : { ...state, exitedAt: state.exitedAt ?? at },
    ]),
  );
  return {
    ...run,
    states,
    head: { ...run.head, status, endedAt: at, ...(error ? { error } : {}), ...(cause ? { cause } : {}) },
  };
}

/** A box of the folded graph: the states it stands for, its own Task first. */
export interface BoxView {
  readonly status: BoxStatus;
  readonly enteredAt?: number;
  readonly exitedAt?: number;
  readonly look?: Look & { readonly at: number };
  readonly error?: { readonly error: string; readonly cause: string };
}

/** `isTakenBack`: the run's rollback went through. */
export function boxView(run: RunView | undefined, states: readonly string[], isTakenBack: boolean): BoxView {
  const seen = states.map((name) => run?.states[name]).filter((state) => state !== undefined);
  if (!run || seen.length === 0) return { status: 'not-reached' };
  const look = run.looks[states[0] as string]?.at(-1);
  const error = seen.find((state) => state.error)?.error;
  const enteredAt = Math.min(...seen.map((state) => state.enteredAt));
  const status = statusOf(run, states, look);
  const isOver = status !== 'working' && status !== 'waiting';
  const exits = seen.map((state) => state.exitedAt).filter((at) => at !== undefined);
  return {
    status: isTakenBack && status === 'done' && look && look.step !== 'accept' ? 'taken-back' : status,
    enteredAt,
    ...(isOver && exits.length > 0 ? { exitedAt: Math.max(...exits) } : {}),
    ...(look ? { look } : {}),
    ...(error ? { error } : {}),
  };
}

/** A loop is where its last entered state is: in the Wait it waits, and is done once none of them is at work. */
function statusOf(run: RunView, states: readonly string[], look: Look | undefined): BoxStatus {
  const views = states.map((name) => run.states[name]);
  const has = (status: BoxStatus) => views.some((view) => view?.status === status);
  if (has('failed')) return 'failed';
  if (has('stopped')) return 'stopped';
  const isLoop = states.length > 1;
  const wait = isLoop ? run.states[states[2] as string] : undefined;
  if (wait?.status === 'working') return 'waiting';
  if (has('waiting')) return 'waiting';
  if (has('working')) return 'working';
  // Between two states of the loop nothing is at work; it is over only when the answer led on.
  if (isLoop && look?.status === 'pending' && !leftOn(look, states, run)) return 'waiting';
  return 'done';
}

/** A first pass leads on although what it asked for is still pending. */
function leftOn(_look: Look, states: readonly string[], run: RunView): boolean {
  const choice = run.states[states[1] as string];
  const wait = run.states[states[2] as string];
  return choice?.exitedAt !== undefined && (wait === undefined || (wait.exitedAt ?? 0) < choice.exitedAt);
}

/** The rollback of a run among those that are known. */
export function rollbackOf(runs: Runs, execution: string): RunView | undefined {
  return [...runs.values()].find(({ head }) => head.parent === execution);
}

/** The newest run of the same environment, where that is a later one. */
export function laterRun(runs: Runs, { execution, environment, startedAt }: RunHead): RunHead | undefined {
  return [...runs.values()]
    .map(({ head }) => head)
    .filter((head) => head.environment === environment && head.parent === undefined)
    .filter((head) => head.execution !== execution && head.startedAt >= startedAt)
    .sort((one, other) => other.startedAt - one.startedAt)[0];
}

export function isTakenBack(runs: Runs, execution: string): boolean {
  return rollbackOf(runs, execution)?.head.status === 'SUCCEEDED';
}

export function reduceAll(runs: Runs, events: readonly RunEvent[]): Runs {
  return events.reduce(reduce, runs);
}

/** Changes when a run begins or ends. */
export function endsOf(runs: Runs): string {
  return [...runs.values()].map(({ head }) => `${head.execution} ${head.status}`).join();
}
