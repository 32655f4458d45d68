/**
 * Its turn has come: may this environment of a fleet be started? Not where as many have failed as the fleet bears; then
 * that is its end. What is under way is never cut off: a half-made environment would have to be taken back.
 */
import { memberExecution } from '#lib/fleet/names.ts';
import { countsOf, readFleetRecord, recordMemberEnd } from '#lib/fleet/record.ts';
import { TransientError } from '#lib/run/failures.ts';
import { lambdaHandler } from '#lib/run/handler.ts';
import { log } from '#lib/run/log.ts';

export interface BeginFleetEnvironmentEvent {
  /** Name of the fleet's execution. */
  readonly fleet: string;
  readonly request: { readonly environment: string };
}

export interface Turn {
  readonly go: boolean;
  /** What its execution is called. */
  readonly execution: string;
}

export async function beginFleetEnvironment({ fleet, request }: BeginFleetEnvironmentEvent): Promise<Turn> {
  const { environment } = request;
  const record = await readFleetRecord(fleet);
  if (!record) throw new TransientError(`fleet ${fleet} has no record`, 'start the fleet again');
  const execution = memberExecution(environment, fleet);
  const go = countsOf(record).failed.length < record.stopAt;
  if (!go) {
    await recordMemberEnd(fleet, environment, { status: 'NOT_STARTED', at: new Date().toISOString() });
    log.info('environment of a fleet not started', { fleet, environment });
  }
  return { go, execution };
}

export const handler = lambdaHandler('begin-fleet-environment', beginFleetEnvironment);
