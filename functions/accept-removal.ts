/**
 * The first Task of the deprovision machine: consent, protection and the lock, before the first delete. A removal
 * that is refused has deleted nothing.
 */
import { DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn';
import { homeClient } from '#lib/clients.ts';
import type { RemovalTarget, StepAnswer } from '#lib/environment.ts';
import { canonicalCode } from '#lib/errors.ts';
import { asMachineError, InvalidRequestError, RemovalBlockedError } from '#lib/failures.ts';
import { lambdaHandler } from '#lib/handler.ts';
import { callerIn } from '#lib/preflight/region.ts';
import { protectedResources } from '#lib/protection.ts';
import {
  assertFree,
  type Execution,
  lockEnvironment,
  type RegistryItem,
  readEnvironment,
} from '#lib/registry.ts';
import { parseRemoval, type RemovalRequest } from '#lib/removal.ts';

export interface AcceptRemovalEvent {
  readonly request: unknown;
  readonly execution: Execution;
}

export interface AcceptedRemoval {
  readonly environment: RemovalTarget;
  readonly step: StepAnswer;
  /** How long calls of a run that was cut off may still land. */
  readonly settleSeconds: number;
}

/** A little over the longest handler timeout. */
const handlerTimeoutSeconds = 65;

export async function acceptRemoval({
  request: input,
  execution,
}: AcceptRemovalEvent): Promise<AcceptedRemoval> {
  const request = parseRemoval(input);
  try {
    return await accept(request, execution);
  } catch (error) {
    throw asMachineError('accept-removal', error);
  }
}

async function accept(request: RemovalRequest, execution: Execution): Promise<AcceptedRemoval> {
  const item = await readEnvironment(request.environment);
  const region = request.region ?? item?.region;
  if (!region) {
    throw new InvalidRequestError(
      `region: the registry does not know environment ${JSON.stringify(request.environment)}; name its region. Nothing was deleted.`,
    );
  }
  if (item && item.region !== region) {
    throw new InvalidRequestError(
      `region ${JSON.stringify(region)}: environment ${JSON.stringify(request.environment)} is in ${item.region}. Nothing was deleted.`,
    );
  }
  // A rollback runs under the lock of the run that asked for it. Started by anybody else while that run is at work,
  // the same removal would be a second writer.
  const underParentsLock =
    request.createdBy !== undefined &&
    item?.lock?.name === request.createdBy &&
    item.lock.execution === request.AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID;
  if (!underParentsLock) await assertFree(item, execution);
  const roleArn = request.roleArn ?? item?.roleArn;
  const where = { region, ...(roleArn ? { roleArn } : {}), execution: execution.name };
  const { account, partition } = await callerIn(where);
  if (item && item.account !== account) {
    throw new InvalidRequestError(
      `roleArn ${JSON.stringify(roleArn)}: environment ${JSON.stringify(request.environment)} is in account ${item.account}, not in ${account}. Nothing was deleted.`,
    );
  }
  const environment: RemovalTarget = {
    ...where,
    name: request.environment,
    account,
    partition,
    finalSnapshots: request.finalSnapshots,
    deleteLogs: request.deleteLogs,
    unprotect: request.createdBy !== undefined && (await neverFinished(request.createdBy, item)),
    ...(request.createdBy ? { createdBy: request.createdBy } : {}),
  };
  if (!environment.unprotect) await refuseProtected(environment);
  const takenOver = underParentsLock ? false : await takeLock(environment, execution);
  const afterADeadRun = request.createdBy !== undefined || takenOver || endedJustNow(item);
  return {
    environment,
    settleSeconds: afterADeadRun ? handlerTimeoutSeconds : 0,
    step: {
      step: 'accept',
      status: 'ready',
      requested: true,
      retryAfterSeconds: 0,
      since: new Date().toISOString(),
      detail: `removal of ${environment.name} accepted`,
      resources: {},
    },
  };
}

/**
 * A run that was stopped or failed leaves calls under way behind, also where its lock was freed already: by the one
 * who settles dead runs, or by an attempt at this very acceptance whose answer was lost.
 */
function endedJustNow(item: RegistryItem | undefined): boolean {
  if (!item || item.status === 'READY' || item.status === 'GONE') return false;
  return Date.now() - Date.parse(item.updatedAt) < handlerTimeoutSeconds * 1000;
}

async function takeLock(environment: RemovalTarget, execution: Execution): Promise<boolean> {
  const { takenOver } = await lockEnvironment(environment.name, execution, {
    region: environment.region,
    account: environment.account,
    roleArn: environment.roleArn,
    status: 'DEPROVISIONING',
  });
  return takenOver;
}

async function refuseProtected(environment: RemovalTarget): Promise<void> {
  const guarded = await protectedResources(environment);
  if (guarded.length === 0) return;
  throw new RemovalBlockedError(
    `environment "${environment.name}" is protected from deletion: ${guarded.join(', ')} (W9). What to do: run provision with deletionProtection false, then remove it. Nothing was deleted.`,
  );
}

/**
 * True when nothing the run `createdBy` made can hold data yet: it did not succeed, and the environment was not
 * complete at any time since it started.
 */
async function neverFinished(createdBy: string, item: RegistryItem | undefined): Promise<boolean> {
  const machine = process.env.PROVISION_STATE_MACHINE_ARN as string;
  const executionArn = `${machine.replace(':stateMachine:', ':execution:')}:${createdBy}`;
  try {
    const { status, startDate } = await homeClient(SFNClient).send(
      new DescribeExecutionCommand({ executionArn }),
    );
    if (status === 'SUCCEEDED' || !startDate) return false;
    return item?.readyAt === undefined || startDate.getTime() >= Date.parse(item.readyAt);
  } catch (error) {
    if (canonicalCode(error) === 'ExecutionDoesNotExist') return false;
    throw error;
  }
}

export const handler = lambdaHandler('accept-removal', acceptRemoval);
