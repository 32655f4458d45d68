/**
 * The last Task of the fleet machine: what became of each environment, for the execution's end and for an event. Of a
 * fleet that was refused, why, in plain words.
 */

import { countsOf, endFleetRecord, type FleetRecord, readFleetRecord } from '#lib/fleet/record.ts';
import { type CaughtError, plainWords } from '#lib/run/caught-error.ts';
import { emitFleet } from '#lib/run/events.ts';
import { wordsOf } from '#lib/run/failure-words.ts';
import { TransientError } from '#lib/run/failures.ts';
import { lambdaHandler } from '#lib/run/handler.ts';

export interface RecordFleetEvent {
  /** Name of the fleet's execution. */
  readonly fleet: string;
  /** Nothing was started. */
  readonly refusal?: CaughtError;
  /** The key of the list, where that could not be read. */
  readonly list?: string;
}

interface Refusal {
  readonly complete: false;
  readonly error: string;
  readonly cause: string;
}

export interface FleetResult {
  readonly complete: boolean;
  readonly fleet: string;
  readonly succeeded: readonly string[];
  readonly failed: readonly string[];
  readonly notStarted: readonly string[];
  /** Nobody wrote down how they ended: their executions say. */
  readonly unknown: readonly string[];
  /** What the execution ends with where not all succeeded. */
  readonly error?: string;
  readonly cause?: string;
}

export async function recordFleet(event: RecordFleetEvent): Promise<FleetResult | Refusal> {
  const { fleet: execution, refusal, list } = event;
  if (refusal && list !== undefined) return unread(refusal, list);
  if (refusal) return { complete: false, error: refusal.Error, cause: plainWords(refusal) };
  const record = await readFleetRecord(execution);
  if (!record) throw new TransientError(`fleet ${execution} has no record`, 'start the fleet again');
  const counts = countsOf(record);
  const complete = counts.succeeded.length === record.environments.length;
  const result: FleetResult = {
    complete,
    fleet: record.fleet,
    ...counts,
    ...(complete ? {} : { error: 'FleetIncompleteError', cause: causeOf(record, counts) }),
  };
  await endFleetRecord(execution, new Date().toISOString());
  await emitFleet({ execution, ...result });
  return result;
}

function unread(refusal: CaughtError, list: string): Refusal {
  const why = /NoSuchKey/.test(refusal.Error) ? 'there is no object of this key' : plainWords(refusal);
  const what = `list ${JSON.stringify(list)} cannot be read from the bucket of lists: ${why}. Nothing was started`;
  const todo =
    'put a JSON array of requests there (the bucket is the output FleetListBucketName of the stack), or correct list; then run again';
  return { complete: false, error: refusal.Error, cause: wordsOf({ what, todo }) };
}

/** Step Functions holds 32,768 characters of a cause. */
const longestCause = 30_000;

function causeOf({ ends, environments }: FleetRecord, counts: ReturnType<typeof countsOf>): string {
  const { succeeded, failed, notStarted, unknown } = counts;
  const heading = `${succeeded.length} of ${environments.length} environments succeeded, ${failed.length} failed, ${notStarted.length} were not started${unknown.length > 0 ? `, of ${unknown.length} it is not known` : ''}`;
  const lines = failed.map((name) => `- ${name}: ${ends[name]?.cause ?? ends[name]?.error}`);
  const text = [`${heading}.`, ...lines].join('\n');
  const todo = 'mend what each line says, then start the same fleet again: what is complete stays as it is';
  return wordsOf({ what: text.slice(0, longestCause), todo });
}

export const handler = lambdaHandler('record-fleet', recordFleet);
