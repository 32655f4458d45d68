/**
 * Every quarter of an hour: what `settle-dead-run` was not told of. Step Functions emits its events on a best-effort
 * basis only (https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html), and drops an input
 * of more than 248 KB; without this a half-made environment would stand, locked and paid for, until somebody looks.
 */
import { DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn';
import { homeClient } from '#lib/aws/clients.ts';
import { canonicalCode, passes } from '#lib/aws/errors.ts';
import { settleFleet } from '#lib/fleet/dead-fleets.ts';
import { type FleetRecord, fleetsIn } from '#lib/fleet/record.ts';
import { type DeadRun, rollbackOf, type Settlement, settle } from '#lib/run/dead-runs.ts';
import { lambdaHandler } from '#lib/run/handler.ts';
import { log } from '#lib/run/log.ts';
import { environmentsIn, listRegistry, type RegistryItem } from '#lib/run/registry.ts';

/** DescribeExecution has 15 calls a second for the whole account, and people use them too. */
const mostLooks = 200;
/** A lock is taken before Step Functions shows its owner to everybody, and its heir is started after. */
const settledByThenSeconds = 120;

/** By environment, and by the execution of a fleet. */
type Settlements = Record<string, Settlement | Awaited<ReturnType<typeof settleFleet>>>;

export async function settleLostRuns(): Promise<Settlements> {
  const before = new Date(Date.now() - settledByThenSeconds * 1000).toISOString();
  const items = await listRegistry();
  const held = environmentsIn(items)
    .filter((item) => item.lock && item.lock.since < before)
    // Those that waited longest first, so that no number of living runs keeps one from its turn for ever.
    .sort((a, b) => (a.updatedAt < b.updatedAt ? -1 : 1))
    .slice(0, mostLooks);
  const settled: Settlements = {};
  const note = async (name: string, work: () => Promise<Settlements[string] | undefined>) => {
    try {
      const settlement = await work();
      if (settlement) settled[name] = settlement;
    } catch (error) {
      // What is not settled now is settled at the next turn.
      if (!passes(error)) throw error;
      log.warn('not settled yet', { environment: name, error: error as Error });
    }
  };
  for (const item of held) await note(item.environment, () => settleLost(item));
  const open = fleetsIn(items).filter(({ endedAt, startedAt }) => !endedAt && startedAt < before);
  for (const fleet of open) await note(fleet.execution, () => settleLostFleet(fleet));
  return settled;
}

/** Its end was told nobody, or the function that writes it down failed. */
async function settleLostFleet({ execution: name }: FleetRecord) {
  const machine = process.env.FLEET_STATE_MACHINE_ARN as string;
  const seen = await lookAt(`${machine.replace(':stateMachine:', ':execution:')}:${name}`);
  switch (seen?.status) {
    case 'RUNNING':
    case 'PENDING_REDRIVE':
      return undefined;
    case 'FAILED':
    case 'TIMED_OUT':
      return settleFleet({ name, status: seen.status, error: seen.error, cause: seen.cause });
    default:
      return settleFleet({ name, status: 'ABORTED' });
  }
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
