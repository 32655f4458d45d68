/**
 * `Environment Requested`, `Environment Retired` and `Fleet Requested` on the event bus start a run each. Not by the rule itself:
 * EventBridge delivers at least once and names an execution as it likes, so an event delivered again after its
 * environment was removed would build it again, and one that retired it would take down the next of that name. The
 * machine judges what the event asks for, as it does for every trigger.
 */
import { isFleetName } from '#lib/fleet/names.ts';
import { isEnvironmentName } from '#lib/run/environment-name.ts';
import { InvalidRequestError } from '#lib/run/failures.ts';
import { lambdaHandler } from '#lib/run/handler.ts';
import { log } from '#lib/run/log.ts';
import {
  bind,
  bindingDays,
  boundToOther,
  isBoundTo,
  type Machine,
  type RunMessage,
  startBound,
} from '#lib/run/messages.ts';

/** The parts of EventBridge's envelope that are read. */
export interface RunEvent {
  readonly id: string;
  readonly 'detail-type': string;
  /** ISO 8601. */
  readonly time: string;
  readonly detail: unknown;
}

const machines: Readonly<Record<string, Machine>> = {
  'Environment Requested': 'provision',
  'Environment Retired': 'deprovision',
  'Fleet Requested': 'fleet',
};

export async function takeEvent(event: RunEvent): Promise<{ execution: string }> {
  const message = messageIn(event);
  const binding = await bind(message);
  if (!isBoundTo(binding, message))
    throw new InvalidRequestError(
      `event ${message.id} ${boundToOther(binding)}`,
      'send what it asks for as an event of its own',
    );
  await startBound(binding, message.content);
  const { machine, execution } = binding;
  log.info('run started by event', { environment: message.environment, machine, execution });
  return { execution };
}

function messageIn(event: RunEvent): RunMessage {
  const { id, detail, time } = event;
  const machine = machines[event['detail-type']];
  if (!machine)
    throw new InvalidRequestError(
      `event ${id}: detail-type ${JSON.stringify(event['detail-type'])} starts nothing`,
      `send ${Object.keys(machines).join(', or ')}`,
    );
  refuseForgotten(id, time);
  return {
    source: 'event',
    id,
    machine,
    environment: nameIn(detail, machine),
    content: JSON.stringify(detail),
  };
}

/** Out of an archive that is replayed: whether it was taken before is not known any more. */
function refuseForgotten(id: string, time: string): void {
  if (Date.now() - Date.parse(time) < bindingDays * 86_400_000) return;
  throw new InvalidRequestError(
    `event ${id}: time ${time} is more than ${bindingDays} days ago. Nothing was started`,
    'send what it asks for as a new event',
  );
}

/** A request that names no environment is the machine's to refuse; the run it is refused in needs a name. */
function nameIn(detail: unknown, machine: Machine): string {
  const named = detail as { environment?: unknown; fleet?: unknown } | null;
  const name = machine === 'fleet' ? named?.fleet : named?.environment;
  const isName = machine === 'fleet' ? isFleetName : isEnvironmentName;
  return typeof name === 'string' && isName(name) ? name : 'event';
}

export const handler = lambdaHandler('take-event', takeEvent);
