/**
 * What stands between a client and AWS: it may keep a call from going out, because its turn has not come, and hears of
 * those that AWS refused. Who stands there is decided for one invocation at a time (lib/run/turns.ts).
 */
import { AsyncLocalStorage } from 'node:async_hooks';

export interface Gate {
  /** So many calls of `ec2:CreateSubnet` and the like are about to be made. */
  expect(operation: string, calls: number): Promise<void>;
  /** Throws {@link QueuedError} where the call has to wait. */
  enter(operation: string): Promise<void>;
  /** A call that had entered was taken by AWS. */
  passed(operation: string): Promise<void>;
  /** What a call that had entered failed of. */
  failed(operation: string, error: unknown): Promise<void>;
}

/** The call was not made: its turn comes later. To a step it is like an answer of AWS that asks to slow down. */
export class QueuedError extends Error {
  override readonly name = 'QueuedError';
  readonly operation: string;

  constructor(operation: string, message: string) {
    super(message);
    this.operation = operation;
  }
}

const current = new AsyncLocalStorage<Gate>();

/** Calls to the environments' accounts that `work` makes go through `gate`. */
export function through<T>(gate: Gate, work: () => Promise<T>): Promise<T> {
  return current.run(gate, work);
}

export function currentGate(): Gate | undefined {
  return current.getStore();
}

/** Says ahead how many calls are to be made, so that they get their turns together. */
export async function expectCalls(operation: string, calls: number): Promise<void> {
  if (calls > 0) await current.getStore()?.expect(operation, calls);
}
