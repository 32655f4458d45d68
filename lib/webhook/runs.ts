/** Starting the run a message asks for, once however often it is delivered, and how a run goes. */
import { DescribeExecutionCommand, type DescribeExecutionOutput, SFNClient } from '@aws-sdk/client-sfn';
import type { z } from 'zod';
import { homeClient } from '#lib/aws/clients.ts';
import { canonicalCode } from '#lib/aws/errors.ts';
import {
  type Binding,
  bind,
  bindingOf,
  boundToOther,
  isBoundTo,
  type Machine,
  machineArn,
  type RunMessage,
  startBound,
} from '#lib/run/messages.ts';
import { isRunning, type RegistryItem } from '#lib/run/registry.ts';
import { fleetUrl } from './fleets.ts';
import { ProblemError } from './problem.ts';
import type { run } from './schema.ts';
import { statusUrl } from './view.ts';

function executionArn(machine: Machine, name: string): string {
  return `${machineArn(machine).replace(':stateMachine:', ':execution:')}:${name}`;
}

/**
 * Starts it, unless an earlier delivery did; answers the run's name. `check` throws where things as they are forbid
 * a new run: an earlier delivery has passed it, and gets the answer it got then. Throws a 409 where the id stands for
 * another message.
 */
export async function startOnce(
  message: RunMessage,
  input: string,
  check: () => Promise<void>,
): Promise<string> {
  let binding = await bindingOf(message);
  if (!binding) {
    await check();
    binding = await bind(message);
  }
  if (!isBoundTo(binding, message)) throw bound(message, binding);
  await startBound(binding, input);
  return binding.execution;
}

function bound({ id }: RunMessage, binding: Binding): ProblemError {
  return new ProblemError(
    409,
    `webhook-id ${JSON.stringify(id)} ${boundToOther(binding)}. Give every message an id of its own.`,
    { execution: binding.execution, statusUrl: boundUrl(binding) },
  );
}

function boundUrl({ machine, of, execution }: Binding): string {
  return machine === 'fleet' ? fleetUrl(execution) : statusUrl(of, execution);
}

/** Throws a 409 where a run holds the environment: a courtesy to the sender, as the run itself takes the lock. */
export async function refuseHeld(item: RegistryItem | undefined): Promise<void> {
  if (!item?.lock || !(await isRunning(item.lock.execution))) return;
  throw new ProblemError(
    409,
    `Environment "${item.environment}" is held by run ${item.lock.name} since ${item.lock.since}. Wait for it to end, then send a new message.`,
    { execution: item.lock.name, statusUrl: statusUrl(item.environment) },
  );
}

/** How run `name` goes, of whichever of these machines; undefined where there is none. */
export async function findRun(
  name: string,
  machines: readonly Machine[] = ['provision', 'deprovision'],
): Promise<z.infer<typeof run> | undefined> {
  let found: DescribeExecutionOutput | undefined;
  for (const machine of machines) found ??= await describe(executionArn(machine, name));
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
    return await homeClient(SFNClient).send(new DescribeExecutionCommand({ executionArn }));
  } catch (error) {
    if (canonicalCode(error) === 'ExecutionDoesNotExist') return undefined;
    throw error;
  }
}
