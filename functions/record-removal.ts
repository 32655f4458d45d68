/**
 * The removal ended well: the registry says so, and the lock is released if this execution took it. A rollback that
 * had to leave something has not ended well, and fails here by naming it.
 */
import type { RemovalTarget } from '#lib/run/environment.ts';
import { emit } from '#lib/run/events.ts';
import { notTakenBack, RemovalBlockedError } from '#lib/run/failures.ts';
import { lambdaHandler } from '#lib/run/handler.ts';
import {
  concludeEnvironment,
  type Execution,
  isOnlyRun,
  readEnvironment,
  releaseEnvironment,
} from '#lib/run/registry.ts';

export interface RecordRemovalEvent {
  readonly environment: RemovalTarget;
  readonly execution: Execution;
}

/** A rollback runs under the lock of the run it takes back, which records the failure itself. */
export async function recordRemoval(event: RecordRemovalEvent): Promise<{ status: 'GONE' | 'FAILED' }> {
  const { environment, execution } = event;
  const left = notTakenBack(environment);
  if (left) throw new RemovalBlockedError(left.what, left.todo);
  if (environment.createdBy) {
    const empty = isOnlyRun(await readEnvironment(environment.name), environment.createdBy);
    const changes = { status: 'FAILED' as const, ...(empty ? { empty: true as const } : {}) };
    await releaseEnvironment(environment.name, execution.id, changes);
    return { status: 'FAILED' };
  }
  await concludeEnvironment(environment.name, execution, { status: 'GONE' }, [
    'outputs',
    'failure',
    'readyAt',
    'runs',
    'formerRuns',
    'vpcCidr',
    'empty',
  ]);
  await emit('Environment Gone', {
    environment: environment.name,
    region: environment.region,
    account: environment.account,
    execution: execution.name,
  });
  return { status: 'GONE' };
}

export const handler = lambdaHandler('record-removal', recordRemoval);
