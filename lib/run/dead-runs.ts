/**
 * What becomes of a run that died without recording its end: the lock is freed, or handed to the removal that takes a
 * provision run back where that asked for rollback.
 */
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { homeClient } from '#lib/aws/clients.ts';
import { canonicalCode } from '#lib/aws/errors.ts';
import { changedInPlace } from './changed-in-place.ts';
import { emit } from './events.ts';
import { followingName } from './execution-name.ts';
import { log } from './log.ts';
import { bequeathEnvironment, type RegistryItem, releaseEnvironment } from './registry.ts';

export interface DeadRun {
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly name: string;
  readonly status: 'FAILED' | 'TIMED_OUT' | 'ABORTED';
  /** Of FAILED. */
  readonly error?: string | null;
}

export type Settlement = 'nothing to settle' | 'lock freed' | 'rollback started';

/** Of these Step Functions itself says that no Catch can catch them. */
const uncatchable: ReadonlySet<string> = new Set(['States.Runtime', 'States.DataLimitExceeded']);

/** Idempotent, and safe beside itself: the lock changes hands once, and the rollback of a run has one name. */
export async function settle(item: RegistryItem, detail: DeadRun): Promise<Settlement> {
  const rollback = rollbackOf(detail.name);
  const provisioned = detail.stateMachineArn === process.env.PROVISION_STATE_MACHINE_ARN;
  // Delivered again after an attempt that ended between handing over the lock and starting its heir.
  if (provisioned && item.lock?.execution === rollback.id) {
    await startRollback(rollback.name, detail.name, item);
    return 'rollback started';
  }
  // A run that recorded its own end holds no lock any more; another run's lock is not this one's to free.
  if (item.lock?.execution !== detail.executionArn) return 'nothing to settle';
  // Any other FAILED run went through its Catch, rollback included; only the record of it is missing.
  const cutOff = detail.status !== 'FAILED' || uncatchable.has(detail.error ?? '');
  const rollBack = provisioned && cutOff && item.onFailure !== 'keep';
  const stays = provisioned ? changedInPlace(item, detail.name, item.changing ?? []) : undefined;
  const changes = {
    status: provisioned ? ('FAILED' as const) : ('REMOVAL_FAILED' as const),
    failure: {
      execution: detail.name,
      error: `Execution.${detail.status}`,
      cause: [`execution ${detail.name} ended as ${detail.status} without recording it.`, stays]
        .filter(Boolean)
        .join(' '),
      at: new Date().toISOString(),
      ...(rollBack ? { rollback: `execution ${rollback.name} takes back what it made.` } : {}),
    },
  };
  // With the lock in its hand: nobody gets in between, and nothing is told of a rollback that may be refused as busy.
  if (rollBack) {
    const handedOver = await bequeathEnvironment(item.environment, detail.executionArn, rollback, changes);
    if (!handedOver) return 'nothing to settle';
    await startRollback(rollback.name, detail.name, item);
  } else await releaseEnvironment(item.environment, detail.executionArn, changes);
  const { environment: name, region, account } = item;
  await emit('Environment Failed', {
    environment: name,
    region,
    account,
    execution: detail.name,
    failure: changes.failure,
  });
  log.info('dead run settled', { environment: item.environment, execution: detail.name, rollBack });
  return rollBack ? 'rollback started' : 'lock freed';
}

/**
 * The same at every delivery of the event, and not the name of the rollback the run may have been stopped in:
 * execution names are not to be had twice.
 */
export function rollbackOf(execution: string): { readonly id: string; readonly name: string } {
  const name = followingName(execution, '-settled');
  const machine = process.env.DEPROVISION_STATE_MACHINE_ARN as string;
  return { name, id: `${machine.replace(':stateMachine:', ':execution:')}:${name}` };
}

/** EventBridge may deliver twice. */
async function startRollback(
  name: string,
  execution: string,
  { environment, region }: RegistryItem,
): Promise<void> {
  try {
    await homeClient(SFNClient).send(
      new StartExecutionCommand({
        stateMachineArn: process.env.DEPROVISION_STATE_MACHINE_ARN,
        name,
        input: JSON.stringify({
          environment,
          region,
          confirm: environment,
          createdBy: execution,
          finalSnapshots: false,
        }),
      }),
    );
  } catch (error) {
    if (canonicalCode(error) !== 'ExecutionAlreadyExists') throw error;
  }
}
