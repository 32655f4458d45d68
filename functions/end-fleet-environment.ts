/** How the run of one environment of a fleet ended: written into the fleet's record, where the next ones read it. */

import { type MemberEnd, recordMemberEnd } from '#lib/fleet/record.ts';
import { type CaughtError, plainWords } from '#lib/run/caught-error.ts';
import { lambdaHandler } from '#lib/run/handler.ts';
import { log } from '#lib/run/log.ts';

export interface EndFleetEnvironmentEvent {
  /** Name of the fleet's execution. */
  readonly fleet: string;
  readonly environment: string;
  /** Name of its own execution. */
  readonly execution: string;
  /** Of `startExecution.sync:2`: its answer, or what its Catch got. */
  readonly outcome: { readonly status: string } | CaughtError;
}

export async function endFleetEnvironment(event: EndFleetEnvironmentEvent): Promise<object> {
  const { fleet, environment, execution, outcome } = event;
  const at = new Date().toISOString();
  const end: MemberEnd =
    'status' in outcome
      ? { status: 'SUCCEEDED', execution, at }
      : { status: 'FAILED', execution, ...failureOf(outcome), at };
  await recordMemberEnd(fleet, environment, end);
  log.info('environment of a fleet ended', { fleet, environment, status: end.status });
  return { environment, status: end.status };
}

/** A record has 400 KB, and an answer to the front door 6 MB: of each cause its beginning. */
const longestCause = 300;

/** What failed is the execution, as DescribeExecution has it, inside the Cause: with an error of its own, if it has one. */
function failureOf(caught: CaughtError): Pick<MemberEnd, 'error' | 'cause'> {
  const own = /"Error"\s*:\s*"([\w.]+)"/.exec(caught.Cause)?.[1];
  const cause = plainWords(caught);
  return {
    error: own ?? caught.Error,
    cause: cause.length > longestCause ? `${cause.slice(0, longestCause)}…` : cause,
  };
}

export const handler = lambdaHandler('end-fleet-environment', endFleetEnvironment);
