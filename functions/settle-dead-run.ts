/**
 * An execution that was aborted, timed out, or failed without recording it runs no Catch. EventBridge tells of it
 * here: the lock is freed, and a provision run that asked for rollback is taken back.
 */
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { homeClient } from '#lib/clients.ts';
import { canonicalCode } from '#lib/errors.ts';
import { lambdaHandler } from '#lib/handler.ts';
import { log } from '#lib/log.ts';
import { readEnvironment, releaseEnvironment } from '#lib/registry.ts';

/** "Step Functions Execution Status Change", the parts that are read. */
export interface ExecutionStatusEvent {
  readonly detail: {
    readonly executionArn: string;
    readonly stateMachineArn: string;
    readonly name: string;
    readonly status: 'FAILED' | 'TIMED_OUT' | 'ABORTED';
    /** JSON; null when it was too large for the event. */
    readonly input: string | null;
  };
}

export type Settlement = 'nothing to settle' | 'lock freed' | 'rollback started';

export async function settleDeadRun({ detail }: ExecutionStatusEvent): Promise<Settlement> {
  const environment = environmentIn(detail.input);
  const item = environment ? await readEnvironment(environment) : undefined;
  // A run that recorded its own end holds no lock any more; another run's lock is not this one's to free.
  if (!item || item.lock?.execution !== detail.executionArn) return 'nothing to settle';
  const provisioned = detail.stateMachineArn === process.env.PROVISION_STATE_MACHINE_ARN;
  // A FAILED run went through its Catch, rollback included; only the record of it is missing.
  const rollBack = provisioned && detail.status !== 'FAILED' && item.onFailure !== 'keep';
  if (rollBack) await startRollback(detail.name, item.environment, item.region);
  await releaseEnvironment(item.environment, detail.executionArn, {
    status: provisioned ? 'FAILED' : 'REMOVAL_FAILED',
    failure: {
      execution: detail.name,
      error: `Execution.${detail.status}`,
      cause: `execution ${detail.name} ended as ${detail.status} without recording it.`,
      at: new Date().toISOString(),
      ...(rollBack ? { rollback: `execution ${settlingName(detail.name)} takes back what it made.` } : {}),
    },
  });
  log.info('dead run settled', { environment: item.environment, execution: detail.name, rollBack });
  return rollBack ? 'rollback started' : 'lock freed';
}

/**
 * At most 80 characters, the same at every delivery of the event, and not the name of the rollback the run may have
 * been stopped in: execution names are not to be had twice.
 */
export function settlingName(execution: string): string {
  return `${execution.slice(0, 72)}-settled`;
}

/** The removal takes the lock over by itself: its owner does not run any more. EventBridge may deliver twice. */
async function startRollback(execution: string, environment: string, region: string): Promise<void> {
  try {
    await homeClient(SFNClient).send(
      new StartExecutionCommand({
        stateMachineArn: process.env.DEPROVISION_STATE_MACHINE_ARN,
        name: settlingName(execution),
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

function environmentIn(input: string | null): string | undefined {
  if (!input) return undefined;
  const name = (JSON.parse(input) as { environment?: unknown }).environment;
  return typeof name === 'string' ? name : undefined;
}

export const handler = lambdaHandler('settle-dead-run', settleDeadRun);
