/**
 * Starting a run for a message, once however often it is delivered: the execution's name is made from the
 * message's id, and Step Functions gives a name to one execution only (for 90 days after its end).
 */
import { createHash } from 'node:crypto';
import {
  DescribeExecutionCommand,
  type DescribeExecutionOutput,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import type { z } from 'zod';
import { homeClient } from '#lib/aws/clients.ts';
import { canonicalCode } from '#lib/aws/errors.ts';
import { isRunning, type RegistryItem } from '#lib/run/registry.ts';
import { ProblemError } from './problem.ts';
import type { run } from './schema.ts';
import { statusUrl } from './view.ts';

export type Machine = 'provision' | 'deprovision';

const machineArn = (machine: Machine) =>
  (machine === 'provision'
    ? process.env.PROVISION_STATE_MACHINE_ARN
    : process.env.DEPROVISION_STATE_MACHINE_ARN) as string;
const stepFunctions = () => homeClient(SFNClient);

function executionArn(machine: Machine, name: string): string {
  return `${machineArn(machine).replace(':stateMachine:', ':execution:')}:${name}`;
}

/** The name of the run that message `webhookId` asks for. */
export function runName(environment: string, webhookId: string): string {
  return `${environment}-${createHash('sha256').update(webhookId).digest('hex').slice(0, 16)}`;
}

/**
 * Starts it, unless an earlier delivery did. Throws a 409 where another run holds the environment (looked at as
 * a courtesy to the sender: the run itself takes the lock), or where the message's id came with other content before.
 */
export async function startOnce(
  machine: Machine,
  name: string,
  input: string,
  item: RegistryItem | undefined,
): Promise<void> {
  const arn = executionArn(machine, name);
  if (item?.lock && item.lock.execution !== arn && (await isRunning(item.lock.execution))) {
    if (await startedBefore(arn, input)) return;
    throw new ProblemError(
      409,
      `Environment "${item.environment}" is held by run ${item.lock.name} since ${item.lock.since}. Wait for it to end, then send a new message.`,
      { execution: item.lock.name, statusUrl: statusUrl(item.environment) },
    );
  }
  try {
    await stepFunctions().send(
      new StartExecutionCommand({ stateMachineArn: machineArn(machine), name, input }),
    );
  } catch (error) {
    if (canonicalCode(error) !== 'ExecutionAlreadyExists' || !(await startedBefore(arn, input))) throw error;
  }
}

async function startedBefore(arn: string, input: string): Promise<boolean> {
  const earlier = await describe(arn);
  if (!earlier) return false;
  if (earlier.input !== input) {
    throw new ProblemError(
      409,
      'This webhook-id came with other content before. Nothing was started. Give every message an id of its own.',
      { execution: earlier.name },
    );
  }
  return true;
}

/** How run `name` goes, of whichever machine; undefined where there is none. */
export async function findRun(name: string): Promise<z.infer<typeof run> | undefined> {
  const found =
    (await describe(executionArn('provision', name))) ?? (await describe(executionArn('deprovision', name)));
  if (!found) return undefined;
  return {
    execution: name,
    status: found.status as z.infer<typeof run>['status'],
    startedAt: (found.startDate as Date).toISOString(),
    ...(found.stopDate ? { endedAt: found.stopDate.toISOString() } : {}),
    ...(found.error ? { error: found.error } : {}),
    ...(found.cause ? { cause: found.cause } : {}),
  };
}

async function describe(executionArn: string): Promise<DescribeExecutionOutput | undefined> {
  try {
    return await stepFunctions().send(new DescribeExecutionCommand({ executionArn }));
  } catch (error) {
    if (canonicalCode(error) === 'ExecutionDoesNotExist') return undefined;
    throw error;
  }
}
