/**
 * The vocabulary of the machines. A part knows its states once it is told what comes after it, so the order is
 * written where the parts are put together (provision.ts, deprovision.ts) and nowhere else. What comes out is plain
 * ASL (JSONPath), committed beside this file: `npm run machines`.
 */
import { functionKeyOf, type StepName, titleOf } from '#lib/run/steps.ts';

export type State = Readonly<Record<string, unknown>>;

/** A piece of one scope: `then` is the state after it, or undefined where the scope ends. */
export interface Part {
  readonly start: string;
  states(then: string | undefined): Readonly<Record<string, State>>;
}

interface Scope {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

/** A little over the longest Lambda timeout: what is killed later than its function is lost, not failed. */
const taskTimeoutSeconds = 65;

/**
 * What Lambda answers for itself when nothing is wrong with the function; AWS asks every Task to retry the first
 * four (Step Functions Developer Guide, "Handle transient Lambda service exceptions"). A sandbox that died and an AWS
 * that did not answer are the same to a step: it looks again.
 */
const transientErrors = [
  'Lambda.ClientExecutionTimeoutException',
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'Lambda.TooManyRequestsException',
  'Lambda.Unknown',
  'Sandbox.Timedout',
  'Runtime.ExitError',
  'States.Timeout',
  'TransientError',
] as const;

const retryTransient = {
  ErrorEquals: transientErrors,
  IntervalSeconds: 10,
  BackoffRate: 2,
  MaxAttempts: 6,
  MaxDelaySeconds: 120,
  JitterStrategy: 'FULL',
};

/** Where an error goes, and where it is kept in the state; without a path it replaces the state. */
export interface OnError {
  readonly next: string;
  readonly path?: string;
}

function caught({ next, path }: OnError): object[] {
  return [{ ErrorEquals: ['States.ALL'], ...(path ? { ResultPath: path } : {}), Next: next }];
}

function goTo(then: string | undefined): State {
  return then === undefined ? { End: true } : { Next: then };
}

export interface TaskOptions {
  readonly comment: string;
  readonly parameters?: object;
  readonly resultPath?: string;
  readonly retry?: readonly object[];
  readonly onError?: OnError;
}

/** One call of the function `key`. */
export function task(name: string, key: string, options: TaskOptions): Part {
  return {
    start: name,
    states: (then) => ({
      [name]: {
        Type: 'Task',
        Comment: options.comment,
        Resource: `\${${key}Arn}`,
        ...(options.parameters ? { Parameters: options.parameters } : {}),
        ...(options.resultPath ? { ResultPath: options.resultPath } : {}),
        TimeoutSeconds: taskTimeoutSeconds,
        Retry: [retryTransient, ...(options.retry ?? [])],
        ...(options.onError ? { Catch: caught(options.onError) } : {}),
        ...goTo(then),
      },
    }),
  };
}

/** A state spelled out. */
export function state(name: string, definition: State): Part {
  return {
    start: name,
    states: (then) => ({
      [name]: 'Next' in definition || terminal(definition) ? definition : { ...definition, ...goTo(then) },
    }),
  };
}

const terminal = ({ Type }: State) => Type === 'Fail' || Type === 'Succeed' || Type === 'Choice';

interface Loop {
  readonly name: string;
  readonly question: string;
  readonly wait: string;
  readonly key: string;
  readonly comment: string;
  /** The answer that leads on. */
  readonly done: object;
}

/**
 * Task, Choice, Wait, Task: until the answer leads on. An answer the Choice does not know fails the scope by name
 * (`States.NoChoiceMatched`): there is no default that goes onward.
 */
function loop({ name, question, wait, key, comment, done }: Loop): Part {
  return {
    start: name,
    states: (then) => {
      const end = question.replace(/\?$/, '');
      return {
        ...task(name, key, { comment, resultPath: '$.step' }).states(question),
        [question]: {
          Type: 'Choice',
          Choices: [
            { ...done, Next: then ?? end },
            { Variable: '$.step.status', StringEquals: 'pending', Next: wait },
          ],
        },
        [wait]: { Type: 'Wait', SecondsPath: '$.step.retryAfterSeconds', Next: name },
        // A Choice cannot end a branch.
        ...(then === undefined ? { [end]: { Type: 'Succeed' } } : {}),
      };
    },
  };
}

const answered = (status: string) => ({ Variable: '$.step.status', StringEquals: status });

/** Looks at a step until it is ready. */
export function ensure(step: StepName, comment: string): Part {
  const name = titleOf(step);
  return loop({
    name,
    question: `${name} ready?`,
    wait: `Wait for ${name}`,
    key: functionKeyOf(step, 'ensure'),
    comment,
    done: answered('ready'),
  });
}

/** The same, where the answer of its request is the state's latest: it begins with that, not with another look. */
export function awaitRequested(step: StepName, comment: string): Part {
  return { ...ensure(step, comment), start: `${titleOf(step)} ready?` };
}

/** Looks at a step until AWS has taken its first pass (W1), and does not wait for what that brings up. */
export function request(step: StepName, comment: string): Part {
  const title = titleOf(step);
  return loop({
    name: `Request ${title}`,
    question: `${title} requested?`,
    wait: `Wait to request ${title}`,
    key: functionKeyOf(step, 'ensure'),
    comment,
    done: { Variable: '$.step.requested', BooleanEquals: true },
  });
}

/** Looks at a step until nothing of it is left. */
export function remove(step: StepName, comment: string): Part {
  const name = titleOf(step, 'remove');
  return loop({
    name,
    question: `${name} gone?`,
    wait: `Wait for ${name}`,
    key: functionKeyOf(step, 'remove'),
    comment,
    done: answered('gone'),
  });
}

/** One after the other. */
export function sequence(first: Part, ...rest: readonly Part[]): Part {
  const parts = [first, ...rest];
  return {
    start: first.start,
    states: (then) =>
      Object.assign({}, ...parts.map((part, index) => part.states(parts[index + 1]?.start ?? then))),
  };
}

export interface ParallelOptions {
  readonly comment: string;
  /** What the branches' last answers become as `$.step`; without it they are dropped. The rest goes on as it came. */
  readonly resultSelector?: object;
  readonly onError?: OnError;
}

/** Side by side; the first branch to fail fails all. */
export function parallel(name: string, options: ParallelOptions, ...branches: readonly Part[]): Part {
  return {
    start: name,
    states: (then) => ({
      [name]: {
        Type: 'Parallel',
        Comment: options.comment,
        Branches: branches.map((branch) => branchOf(branch, options.resultSelector ? '$.step' : null)),
        ...(options.resultSelector
          ? { ResultSelector: options.resultSelector, ResultPath: '$.step' }
          : { ResultPath: null }),
        ...(options.onError ? { Catch: caught(options.onError) } : {}),
        ...goTo(then),
      },
    }),
  };
}

export interface DistributedMapOptions {
  readonly comment: string;
  readonly itemsPath: string;
  readonly maxConcurrencyPath: string;
  readonly itemSelector: object;
  readonly onError: OnError;
}

/**
 * Each item in an execution of its own. None that fails ends the others: Step Functions stops those that run when more
 * fail than are tolerated (API reference, MapRunExecutionCounts `aborted`), and a run that is stopped leaves a half-made
 * environment. Who may still begin is asked at the beginning of each item.
 */
export function distributedMap(
  name: string,
  { comment, itemsPath, maxConcurrencyPath, itemSelector, onError }: DistributedMapOptions,
  main: Part,
  ...others: readonly Part[]
): Part {
  return {
    start: name,
    states: (then) => ({
      [name]: {
        Type: 'Map',
        Comment: comment,
        Label: name,
        ItemsPath: itemsPath,
        MaxConcurrencyPath: maxConcurrencyPath,
        ItemSelector: itemSelector,
        ToleratedFailurePercentage: 100,
        ItemProcessor: {
          ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
          StartAt: main.start,
          States: Object.assign({}, ...[main, ...others].map((part) => part.states(undefined))),
        },
        // Each item has written down its own end.
        ResultPath: null,
        Catch: caught(onError),
        ...goTo(then),
      },
    }),
  };
}

/** One branch that fails as a whole: the "try" around `body`. */
export function attempt(name: string, comment: string, onError: OnError, body: Part): Part {
  return parallel(name, { comment, onError }, body);
}

/**
 * A branch hands on no more than is taken: all branches' outputs together are one payload of 256 KB, before anything
 * is selected from it, and each would hold the whole state again.
 */
function branchOf(part: Part, output: string | null): Scope {
  const states = Object.entries(part.states(undefined)).map(([name, definition]) => [
    name,
    definition.End === true || definition.Type === 'Succeed'
      ? { ...definition, OutputPath: output }
      : definition,
  ]);
  return { StartAt: part.start, States: Object.fromEntries(states) };
}

export interface Machine extends Scope {
  readonly Comment: string;
  readonly TimeoutSeconds: number;
}

/** `main` and what errors lead to. */
export function machine(
  { comment, timeoutSeconds }: { readonly comment: string; readonly timeoutSeconds: number },
  main: Part,
  ...others: readonly Part[]
): Machine {
  return {
    Comment: comment,
    StartAt: main.start,
    TimeoutSeconds: timeoutSeconds,
    States: Object.assign({}, ...[main, ...others].map((part) => part.states(undefined))),
  };
}

const retryStart = {
  ErrorEquals: [
    'StepFunctions.ThrottlingException',
    'StepFunctions.SdkClientException',
    'StepFunctions.AWSStepFunctionsException',
  ],
  IntervalSeconds: 5,
  BackoffRate: 2,
  MaxAttempts: 6,
  MaxDelaySeconds: 60,
  JitterStrategy: 'FULL',
};

export interface NestedOptions {
  readonly comment: string;
  /** `DeprovisionStateMachine` */
  readonly machine: string;
  readonly parameters: object;
  readonly resultSelector: object;
  readonly resultPath: string;
  /** More than the machine's own limit. */
  readonly timeoutSeconds: number;
  readonly onError: OnError;
}

/** Starts an execution, waits for its end, and fails where that has failed. */
export function nested(name: string, options: NestedOptions): Part {
  return state(name, {
    Type: 'Task',
    Comment: options.comment,
    Resource: 'arn:${AwsPartition}:states:::states:startExecution.sync:2',
    Parameters: { StateMachineArn: `\${${options.machine}Arn}`, ...options.parameters },
    ResultSelector: options.resultSelector,
    ResultPath: options.resultPath,
    TimeoutSeconds: options.timeoutSeconds,
    Retry: [retryStart],
    Catch: caught(options.onError),
  });
}

/** Which execution speaks, for a Task that writes to the registry. */
export const execution = {
  'id.$': '$$.Execution.Id',
  'name.$': '$$.Execution.Name',
  'startTime.$': '$$.Execution.StartTime',
};

/** Ends as failed with what `path` holds. */
export function failure(name: string, path: { error: string; cause: string }, comment?: string): Part {
  return state(name, {
    Type: 'Fail',
    ...(comment ? { Comment: comment } : {}),
    ErrorPath: path.error,
    CausePath: path.cause,
  });
}

export const succeeded = (name: string) => state(name, { Type: 'Succeed' });

/** The end of a request that was refused before anything was touched. */
export function refusal(untouched: string): Part {
  return sequence(
    task('Record refusal', 'RecordFailure', {
      comment: 'The first cause in plain words; frees the lock if this execution got it.',
      parameters: { 'request.$': '$$.Execution.Input', execution, 'error.$': '$' },
      resultPath: '$.failure',
      onError: { next: 'Refused, not recorded', path: '$.recording' },
    }),
    failure('Refused', { error: '$.failure.error', cause: '$.failure.cause' }, untouched),
    failure('Refused, not recorded', { error: '$.Error', cause: '$.Cause' }, untouched),
  );
}

/** The end of a run that failed. */
export function recordedFailure(comment: string): Part {
  return sequence(
    task('Record failure', 'RecordFailure', {
      comment,
      parameters: { 'state.$': '$', execution, 'error.$': '$.error' },
      resultPath: '$.failure',
      onError: { next: 'Failed, not recorded', path: '$.recording' },
    }),
    failure('Failed', { error: '$.failure.error', cause: '$.failure.cause' }),
    failure('Failed, not recorded', { error: '$.error.Error', cause: '$.error.Cause' }),
  );
}
