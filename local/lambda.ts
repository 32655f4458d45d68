/**
 * Lambda on a laptop: calls the real exported handler and answers as the service would, JSON in and out, the
 * error as `{ errorType, errorMessage }`, and an invocation that can die in the middle of a call.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { handlers } from '../serverless/handlers.mjs';

const root = join(import.meta.dirname, '..');

/** The running invocation, as seen from inside an AWS call it makes. */
export interface Invocation {
  readonly functionKey: string;
  /** The sandbox dies: the invocation fails with `errorType`, whatever it was waiting for never answers. */
  readonly kill: (errorType: string) => void;
  /** True once it was killed: nothing it still tries has an effect. */
  readonly dead: boolean;
}

const current = new AsyncLocalStorage<Invocation>();

/** The invocation this code runs in, if any. */
export function currentInvocation(): Invocation | undefined {
  return current.getStore();
}

/** The Task of an execution, for which functions are invoked and AWS is called. */
export interface RunningTask {
  readonly execution: string;
  readonly state: string;
}

const task = new AsyncLocalStorage<RunningTask>();

/** The Task this code runs for, if any. */
export function currentTask(): RunningTask | undefined {
  return task.getStore();
}

export function forTask<T>(of: RunningTask, work: () => T): T {
  return task.run(of, work);
}

/** Invocations under way, by the execution they are for. */
const underWay = new Map<Invocation, string | undefined>();

/** The process that ran the execution dies, and its invocations with it. */
export function killInvocations(execution: string): void {
  for (const [invocation, of] of underWay) if (of === execution) invocation.kill('Runtime.ExitError');
}

/** An error as Step Functions sees it: `name` is its Error, `message` its Cause. */
export class TaskError extends Error {
  constructor(name: string, cause: string) {
    super(cause);
    this.name = name;
  }
}

export type Handler = (event: unknown, context: unknown) => Promise<unknown>;
const loaded = new Map<string, Handler>();

/** Loads every handler ahead, so that no import is waited for while the clock is virtual. */
export async function loadHandlers(): Promise<void> {
  for (const { key, path } of handlers()) {
    if (loaded.has(key)) continue;
    const module = (await import(pathToFileURL(join(root, path)).href)) as { handler?: Handler };
    if (!module.handler) throw new Error(`${path} exports no handler`);
    loaded.set(key, module.handler);
  }
}

const payloadLimitBytes = 262_144;

/** Invokes a function of the sources as a Task state does. Throws {@link TaskError}. */
export async function invoke(functionKey: string, event: unknown): Promise<unknown> {
  const handler = loaded.get(functionKey);
  if (!handler) throw new Error(`no function ${functionKey} is loaded`);
  return invokeHandler(functionKey, handler, event);
}

/** Invokes any handler as a function. Throws {@link TaskError}. */
export async function invokeHandler(functionKey: string, handler: Handler, event: unknown): Promise<unknown> {
  const payload = JSON.stringify(event);
  if (payload.length > payloadLimitBytes)
    throw new TaskError('States.DataLimitExceeded', `${functionKey}: input over 256 KiB`);
  const { promise: killed, reject } = Promise.withResolvers<never>();
  let dead = false;
  const invocation: Invocation = {
    functionKey,
    get dead() {
      return dead;
    },
    kill: (errorType) => {
      dead = true;
      reject(new TaskError(errorType, JSON.stringify({ errorType, errorMessage: 'the sandbox died' })));
    },
  };
  underWay.set(invocation, currentTask()?.execution);
  try {
    const answer = current.run(invocation, () => handler(JSON.parse(payload), lambdaContext(functionKey)));
    return JSON.parse(JSON.stringify((await Promise.race([answer, killed])) ?? null));
  } catch (error) {
    if (error instanceof TaskError) throw error;
    const { name, message } = error as Error;
    throw new TaskError(name, JSON.stringify({ errorType: name, errorMessage: message }));
  } finally {
    underWay.delete(invocation);
  }
}

function lambdaContext(functionName: string) {
  return {
    functionName,
    functionVersion: '1',
    invokedFunctionArn: `arn:aws:lambda:local:111122223333:function:${functionName}`,
    memoryLimitInMB: '512',
    awsRequestId: 'local',
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: 'local',
    callbackWaitsForEmptyEventLoop: false,
    getRemainingTimeInMillis: () => 60_000,
  };
}
