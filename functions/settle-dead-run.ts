/**
 * An execution that was aborted, timed out, or failed without recording it runs no Catch. EventBridge tells of it
 * here: the lock is freed, or handed to the removal that takes a provision run back where that asked for rollback; of a
 * fleet the end is written down.
 */
import { settleFleet } from '#lib/fleet/dead-fleets.ts';
import { type DeadRun, type Settlement, settle } from '#lib/run/dead-runs.ts';
import { isEnvironmentName } from '#lib/run/environment-name.ts';
import { lambdaHandler } from '#lib/run/handler.ts';
import { readEnvironment } from '#lib/run/registry.ts';

/** "Step Functions Execution Status Change", the parts that are read. */
export interface ExecutionStatusEvent {
  readonly detail: DeadRun & {
    /** JSON; null when it was too large for the event. */
    readonly input: string | null;
    readonly cause?: string | null;
  };
}

export async function settleDeadRun({
  detail,
}: ExecutionStatusEvent): Promise<Settlement | Awaited<ReturnType<typeof settleFleet>>> {
  if (detail.stateMachineArn === process.env.FLEET_STATE_MACHINE_ARN) return settleFleet(detail);
  const environment = environmentIn(detail.input);
  const item = environment ? await readEnvironment(environment) : undefined;
  return item ? settle(item, detail) : 'nothing to settle';
}

function environmentIn(input: string | null): string | undefined {
  if (!input) return undefined;
  // Whatever the run was given, which may be no object at all; DynamoDB refuses keys of more than 2 KB.
  const name = (JSON.parse(input) as { environment?: unknown } | null)?.environment;
  return typeof name === 'string' && isEnvironmentName(name) ? name : undefined;
}

export const handler = lambdaHandler('settle-dead-run', settleDeadRun);
