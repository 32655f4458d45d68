/**
 * The first Task of the deprovision machine: consent, what stands in the way, and the lock, before the first delete.
 * A removal that is refused has deleted nothing. A rollback is never refused for what stands in its way: it takes
 * back the rest, and ends by naming it (docs/adr/0007).
 */
import { DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn';
import { homeClient } from '#lib/aws/clients.ts';
import { canonicalCode } from '#lib/aws/errors.ts';
import { callerIn } from '#lib/preflight/region.ts';
import type { RemovalBlocker } from '#lib/removal-preflight/context.ts';
import { removalPreflight } from '#lib/removal-preflight/removal-preflight.ts';
import { parseRemoval, type RemovalRequest } from '#lib/request/removal.ts';
import { bounds, cut, firstLines } from '#lib/run/bounds.ts';
import type { RemovalTarget, StepAnswer } from '#lib/run/environment.ts';
import { wordsOf } from '#lib/run/failure-words.ts';
import { asMachineError, InvalidRequestError, removalRefusal } from '#lib/run/failures.ts';
import { lambdaHandler } from '#lib/run/handler.ts';
import { log } from '#lib/run/log.ts';
import {
  assertFree,
  type Execution,
  lockEnvironment,
  type RegistryItem,
  readEnvironment,
} from '#lib/run/registry.ts';
import type { StepName } from '#lib/run/steps.ts';

export interface AcceptRemovalEvent {
  readonly request: unknown;
  readonly execution: Execution;
}

export interface AcceptedRemoval {
  readonly environment: RemovalTarget;
  readonly step: StepAnswer;
  /** How long calls of a run that was cut off may still land. */
  readonly settleSeconds: number;
  /** What the removal takes for good, one sentence each. */
  readonly warnings: readonly string[];
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
      `region: the registry does not know environment ${JSON.stringify(request.environment)}. Nothing was deleted`,
      'name its region',
    );
  }
  if (item && item.region !== region) {
    throw new InvalidRequestError(
      `region ${JSON.stringify(region)}: environment ${JSON.stringify(request.environment)} is in ${item.region}. Nothing was deleted`,
      'name that region, or none',
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
      `roleArn ${JSON.stringify(roleArn)}: environment ${JSON.stringify(request.environment)} is in account ${item.account}, not in ${account}. Nothing was deleted`,
      'name a role of that account, or none',
    );
  }
  const target: RemovalTarget = {
    ...where,
    name: request.environment,
    account,
    partition,
    finalSnapshots: request.finalSnapshots,
    deleteLogs: request.deleteLogs,
    unprotect: request.createdBy !== undefined && (await neverFinished(request.createdBy, item)),
    ...(request.createdBy ? { createdBy: request.createdBy } : {}),
    ...(wasNeverReady(request.createdBy, item) ? { neverReady: true } : {}),
  };
  const isRollback = target.unprotect || underParentsLock;
  const { blockers, warnings: all } = await removalPreflight(target, isRollback ? 'own' : 'everything');
  const warnings = firstLines(all, bounds.warnings, 'more warnings');
  if (!isRollback && blockers.length > 0)
    throw removalRefusal(
      target,
      blockers.map(({ problem }) => problem),
    );
  const environment = { ...target, ...heldBack(blockers) };
  for (const { problem } of blockers)
    log.warn('held back', { environment: environment.name, problem: wordsOf(problem) });
  const takenOver = underParentsLock ? false : await takeLock(environment, execution);
  const afterADeadRun = request.createdBy !== undefined || takenOver || endedJustNow(item);
  return {
    environment,
    settleSeconds: afterADeadRun ? handlerTimeoutSeconds : 0,
    warnings,
    step: {
      step: 'accept',
      status: 'ready',
      requested: true,
      retryAfterSeconds: 0,
      since: new Date().toISOString(),
      detail: cut(
        [`removal of ${environment.name} accepted`, ...warnings].join('; '),
        bounds.detailCharacters,
      ),
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

function heldBack(blockers: readonly RemovalBlocker[]): Pick<RemovalTarget, 'heldBack'> {
  const steps: Partial<Record<StepName, string[]>> = {};
  for (const { problem, steps: held } of blockers)
    for (const step of held) steps[step] = [...(steps[step] ?? []), wordsOf(problem)];
  const told = Object.entries(steps).map(([step, lines]) => [
    step,
    firstLines(lines, bounds.heldBackLines).join('\n'),
  ]);
  return told.length > 0 ? { heldBack: Object.fromEntries(told) } : {};
}

/** Only where the registry knows that run: an item made by this very acceptance says nothing of what was before. */
function wasNeverReady(createdBy: string | undefined, item: RegistryItem | undefined): boolean {
  return createdBy !== undefined && item?.runs?.[createdBy] !== undefined && item.readyAt === undefined;
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
