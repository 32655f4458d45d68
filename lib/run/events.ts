/**
 * What the service tells others, on the event bus: an environment is ready, a run failed, an environment is gone or drifted.
 * Delivered at least once: Step Functions repeats a Task whose answer was lost.
 */
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { homeClient } from '#lib/aws/clients.ts';
import { log } from './log.ts';
import type { DriftList, RecordedFailure } from './registry.ts';

/** The rules that start runs listen to this source too, but to `Environment Requested` and `Environment Retired`. */
const eventSource = 'aoscloud.environments';

export type EventType =
  | 'Environment Ready'
  | 'Environment Failed'
  | 'Environment Gone'
  | 'Environment Drifted';

export interface EnvironmentEvent {
  readonly environment: string;
  /** Region and account are unknown of a request that was refused before either was looked at. */
  readonly region?: string;
  readonly account?: string;
  /** The execution's name; of `Environment Drifted` the one that left it as it should be. */
  readonly execution: string;
  /** Of `Environment Ready`: ids, endpoints and secret ARNs, never a secret. */
  readonly outputs?: unknown;
  /** Of `Environment Failed`. */
  readonly failure?: RecordedFailure;
  /** Of `Environment Drifted`. */
  readonly drift?: DriftList;
}

/** What became of each environment of a fleet, by name. */
export interface FleetEvent {
  readonly execution: string;
  readonly fleet: string;
  readonly succeeded: readonly string[];
  readonly failed: readonly string[];
  readonly notStarted: readonly string[];
  /** Where it broke off. */
  readonly failure?: { readonly error: string; readonly cause: string };
}

export async function emit(type: EventType, detail: EnvironmentEvent): Promise<void> {
  await put(type, detail, { environment: detail.environment });
}

export async function emitFleet({
  execution,
  fleet,
  succeeded,
  failed,
  notStarted,
  failure,
}: FleetEvent): Promise<void> {
  const detail = { execution, fleet, succeeded, failed, notStarted, ...(failure ? { failure } : {}) };
  await put('Fleet Ended', detail, { fleet });
}

/** Best effort: a run does not fail because nobody could be told of its end. Without a bus there is nobody to tell. */
async function put(
  type: EventType | 'Fleet Ended',
  detail: object,
  about: Record<string, string>,
): Promise<void> {
  const EventBusName = process.env.EVENT_BUS_NAME;
  if (!EventBusName) return;
  try {
    const { Entries } = await homeClient(EventBridgeClient).send(
      new PutEventsCommand({
        Entries: [{ EventBusName, Source: eventSource, DetailType: type, Detail: JSON.stringify(detail) }],
      }),
    );
    // EventBridge refuses an entry in an answer of status 200.
    const refused = Entries?.find(({ ErrorCode }) => ErrorCode !== undefined);
    if (refused) throw new Error(`${refused.ErrorCode}: ${refused.ErrorMessage}`);
    log.info('event emitted', { type, ...about });
  } catch (error) {
    log.warn('event not emitted', { type, ...about, error: error as Error });
  }
}
