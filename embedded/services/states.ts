/**
 * Step Functions, as far as executions are started, looked at and stopped. The local runner runs them: it takes up
 * those started through the API, and enters its own.
 */
import { z } from 'zod';
import { AwsFault, type Call, mutation, read, type ServiceModel } from '#embedded/model.ts';
import { pageOf } from '#embedded/page.ts';

type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

export interface RecordedExecution {
  readonly arn: string;
  readonly machine: string;
  readonly name: string;
  /** JSON text, as given. */
  readonly input: string;
  readonly startedAt: number;
  /** A runner has taken it up. */
  takenUp?: true;
  status: ExecutionStatus;
  stoppedAt?: number;
  /** JSON text. */
  output?: string;
  error?: string;
  cause?: string;
}

/** How an execution ended. */
export interface ExecutionEnd {
  readonly status: Exclude<ExecutionStatus, 'RUNNING'>;
  readonly output?: unknown;
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
}

interface StatesState {
  /** By name. */
  machines: Record<string, { createdAt: number }>;
  /** By ARN. */
  executions: Record<string, RecordedExecution>;
}

/** A name can be used again this long after its execution ended. */
const nameReuseDays = 90;

function statesState(call: Call): StatesState {
  return call.state<StatesState>('states', () => ({ machines: {}, executions: {} }));
}

function arnPrefix(call: Call): string {
  return `arn:${call.partition}:states:${call.region}:${call.account}`;
}

export function machineArn(call: Call, machine: string): string {
  return `${arnPrefix(call)}:stateMachine:${machine}`;
}

/** Arranges a state machine as a deployment would have; answers its ARN. Twice is once. */
export function registerMachine(call: Call, machine: { name: string }): string {
  statesState(call).machines[machine.name] ??= { createdAt: call.now };
  return machineArn(call, machine.name);
}

/**
 * Enters an execution the runner runs, or takes up one that was started through the API. Answers its ARN.
 * @throws `ExecutionAlreadyExists` where the name is taken.
 */
export function recordExecution(
  call: Call,
  execution: { machine: string; name: string; input: unknown },
): string {
  const pending = pendingStarts(call).find(
    (one) => one.machine === execution.machine && one.name === execution.name,
  );
  if (pending) {
    pending.takenUp = true;
    return pending.arn;
  }
  const entered = enter(call, execution.machine, execution.name, JSON.stringify(execution.input));
  entered.takenUp = true;
  return entered.arn;
}

/** Writes down how an execution ended. False, and nothing written, where it had ended before (it was stopped). */
export function finishExecution(call: Call, arn: string, end: ExecutionEnd): boolean {
  const execution = requireExecution(call, arn);
  if (execution.status !== 'RUNNING') return false;
  execution.status = end.status;
  execution.stoppedAt = call.now;
  if (end.output !== undefined) execution.output = JSON.stringify(end.output);
  if (end.error !== undefined) execution.error = end.error;
  if (end.cause !== undefined) execution.cause = end.cause;
  return true;
}

/** Started through the API and not yet taken up by a runner, oldest first. */
export function pendingStarts(call: Call): RecordedExecution[] {
  return listExecutions(call)
    .filter((one) => one.status === 'RUNNING' && !one.takenUp)
    .reverse();
}

/** Every execution, newest first. */
export function listExecutions(call: Call): RecordedExecution[] {
  return Object.values(statesState(call).executions)
    .reverse()
    .sort((one, other) => other.startedAt - one.startedAt);
}

/** Their runner died and took them along: marks as ABORTED all that were taken up. Answers those. */
export function abortAbandonedExecutions(call: Call): RecordedExecution[] {
  const dead = listExecutions(call).filter((one) => one.status === 'RUNNING' && one.takenUp);
  for (const { arn } of dead)
    finishExecution(call, arn, { status: 'ABORTED', cause: 'the process that ran it is gone' });
  return dead;
}

function requireExecution(call: Call, arn: string): RecordedExecution {
  if (!/^arn:[^:]+:states:[^:]+:\d{12}:execution:[^:]+:[^:]+$/.test(arn))
    throw new AwsFault('InvalidArn', `Invalid Arn: '${arn}'`);
  const execution = statesState(call).executions[arn];
  if (!execution) throw new AwsFault('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
  return execution;
}

function requireMachine(call: Call, arn: string): string {
  const prefix = machineArn(call, '');
  const name = arn.startsWith(prefix) ? arn.slice(prefix.length) : undefined;
  if (name === undefined || !statesState(call).machines[name])
    throw new AwsFault('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
  return name;
}

/** Enters a new execution, unless its name is taken. */
function enter(call: Call, machine: string, name: string, input: string): RecordedExecution {
  const arn = `${arnPrefix(call)}:execution:${machine}:${name}`;
  const { executions } = statesState(call);
  const taken = executions[arn];
  const reusable = taken?.stoppedAt !== undefined && call.now - taken.stoppedAt > nameReuseDays * 86_400_000;
  if (taken && !reusable) throw new AwsFault('ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`);
  delete executions[arn];
  const entered: RecordedExecution = { arn, machine, name, input, startedAt: call.now, status: 'RUNNING' };
  executions[arn] = entered;
  return entered;
}

/** No white space, brackets, wildcards, control characters, or any of the characters AWS calls special. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const forbiddenInNames = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\u0000-\u001f\u007f-\u009f]/;

function assertName(name: string): void {
  if (name.length < 1 || name.length > 80 || forbiddenInNames.test(name))
    throw new AwsFault('InvalidName', `Invalid Name: '${name}'`);
}

function assertInput(input: string): void {
  try {
    JSON.parse(input);
  } catch (error) {
    throw new AwsFault(
      'InvalidExecutionInput',
      `Invalid State Machine Execution Input: '${(error as Error).message}'`,
    );
  }
  if (Buffer.byteLength(input) > 256 * 1024)
    throw new AwsFault('ValidationException', "Value at 'input' failed to satisfy constraint: too long");
}

function listed(call: Call, execution: RecordedExecution): object {
  return {
    executionArn: execution.arn,
    stateMachineArn: machineArn(call, execution.machine),
    name: execution.name,
    status: execution.status,
    startDate: new Date(execution.startedAt),
    ...(execution.stoppedAt === undefined ? {} : { stopDate: new Date(execution.stoppedAt) }),
    redriveCount: 0,
  };
}

const invalidToken = () => new AwsFault('InvalidToken', 'Invalid Token');

export const states: ServiceModel = {
  service: 'states',
  operations: {
    StartExecution: mutation(
      { stateMachineArn: z.string(), name: z.string().optional(), input: z.string().optional() },
      (input, call) => {
        const machine = requireMachine(call, input.stateMachineArn);
        const name = input.name ?? [8, 4, 4, 4, 12].map((length) => call.hex(length)).join('-');
        const text = input.input ?? '{}';
        assertName(name);
        assertInput(text);
        const running = listExecutions(call).find(
          (one) =>
            one.machine === machine && one.name === name && one.status === 'RUNNING' && one.input === text,
        );
        // The same name and input while that runs is the same start.
        const execution = running ?? enter(call, machine, name, text);
        return { executionArn: execution.arn, startDate: new Date(execution.startedAt) };
      },
    ),
    DescribeExecution: read({ executionArn: z.string() }, (input, call) => {
      const execution = requireExecution(call, input.executionArn);
      return {
        ...listed(call, execution),
        input: execution.input,
        inputDetails: { included: true },
        ...(execution.output === undefined
          ? {}
          : { output: execution.output, outputDetails: { included: true } }),
        ...(execution.error === undefined ? {} : { error: execution.error }),
        ...(execution.cause === undefined ? {} : { cause: execution.cause }),
      };
    }),
    ListExecutions: read(
      {
        stateMachineArn: z.string(),
        statusFilter: z.enum(['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED']).optional(),
        maxResults: z.number().int().min(1).max(1000).optional(),
        nextToken: z.string().optional(),
      },
      (input, call) => {
        const machine = requireMachine(call, input.stateMachineArn);
        const executions = listExecutions(call).filter(
          (one) =>
            one.machine === machine &&
            (input.statusFilter === undefined || one.status === input.statusFilter),
        );
        const page = pageOf(executions, input.nextToken, input.maxResults ?? 100, invalidToken);
        return { executions: page.items.map((one) => listed(call, one)), nextToken: page.next };
      },
    ),
    StopExecution: mutation(
      { executionArn: z.string(), error: z.string().optional(), cause: z.string().optional() },
      (input, call) => {
        const execution = requireExecution(call, input.executionArn);
        finishExecution(call, execution.arn, {
          status: 'ABORTED',
          error: input.error,
          cause: input.cause,
        });
        return { stopDate: new Date(execution.stoppedAt ?? call.now) };
      },
    ),
  },
};
