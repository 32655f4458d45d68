/**
 * Every quarter of an hour: what `settle-dead-run` was not told of. Step Functions emits its events on a best-effort
 * basis only (https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html), and drops an input
 * of more than 248 KB; without this a half-made environment would stand, locked and paid for, until somebody looks.
 */
import { DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn';
import { homeClient } from '#lib/aws/clients.ts';
import { canonicalCode, passes } from '#lib/aws/errors.ts';
import { type DeadRun, rollbackOf, type Settlement, settle } from '#lib/run/dead-runs.ts';
import { lambdaHandler } from '#lib/run/handler.ts';
import { log } from '#lib/run/log.ts';
import { listEnvironments, type RegistryItem } from '#lib/run/registry.ts';

/** DescribeExecution has 15 calls a second for the whole account, and people use them too. */
const mostLooks = 200;
/** A lock is taken before Step Functions shows its owner to everybody, and its heir is started after. */
const settledByThenSeconds = 120;

export async function settleLostRuns(): Promise<Record<string, Settlement>> {
  const before = new Date(Date.now() - settledByThenSeconds * 1000).toISOString();
  const held = (await listEnvironments())
    .filter((item) => item.lock && item.lock.since < before)
    // Those that waited longest first, so that no number of living runs keeps one from its turn for ever.
    .sort((a, b) => (a.updatedAt < b.updatedAt ? -1 : 1))
    .slice(0, mostLooks);
  const settled: Record<string, Settlement> = {};
  for (const item of held) {
    try {
      const settlement = await settleLost(item);
      if (settlement) settled[item.environment] = settlement;
    } catch (error) {
      // What is not settled now is settled at the next turn.
      if (!passes(error)) throw error;
      log.warn('not settled yet', { environment: item.environment, error: error as Error });
    }
  }
  return settled;
}

async function settleLost(item: RegistryItem): Promise<Settlement | undefined> {
  const owner = item.lock as NonNullable<RegistryItem['lock']>;
  const seen = await lookAt(owner.execution);
  if (seen?.status === 'RUNNING' || seen?.status === 'PENDING_REDRIVE') return undefined;
  const run: DeadRun = {
    executionArn: owner.execution,
    stateMachineArn: owner.execution.replace(':execution:', ':stateMachine:').replace(/:[^:]+$/, ''),
    name: owner.name,
    status: seen?.status === 'FAILED' || seen?.status === 'TIMED_OUT' ? seen.status : 'ABORTED',
    error: seen?.error ?? null,
  };
  const settlement = await settle(item, seen ? run : (heirless(item) ?? run));
  log.info('settled without an event', { environment: item.environment, execution: owner.name, settlement });
  return settlement;
}

/** Undefined of an execution that Step Functions does not know. */
async function lookAt(executionArn: string) {
  try {
    return await homeClient(SFNClient).send(new DescribeExecutionCommand({ executionArn }));
  } catch (error) {
    if (canonicalCode(error) === 'ExecutionDoesNotExist') return undefined;
    throw error;
  }
}

/** The run whose lock was handed to a rollback that was then never started. */
function heirless({ lock, failure }: RegistryItem): DeadRun | undefined {
  if (!failure || rollbackOf(failure.execution).id !== lock?.execution) return undefined;
  const stateMachineArn = process.env.PROVISION_STATE_MACHINE_ARN as string;
  return {
    executionArn: `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${failure.execution}`,
    stateMachineArn,
    name: failure.execution,
    status: 'ABORTED',
  };
}

export const handler = lambdaHandler('settle-lost-runs', settleLostRuns);
