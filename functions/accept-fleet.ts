/**
 * The first Task of the fleet machine: reads the list, asks once whether all of it can be made beside each other, and
 * answers the waves. A fleet that is refused here has started nothing.
 */
import { type Crowd, fleetSeconds } from '#lib/fleet/estimate.ts';
import { fleetPreflight, type Place } from '#lib/fleet/preflight.ts';
import { beginFleetRecord } from '#lib/fleet/record.ts';
import { type Fleet, type FleetMember, parseFleet } from '#lib/fleet/request.ts';
import { stopAt, wavesOf } from '#lib/fleet/waves.ts';
import { InvalidRequestError } from '#lib/run/failures.ts';
import { lambdaHandler } from '#lib/run/handler.ts';
import { log } from '#lib/run/log.ts';
import type { Execution } from '#lib/run/registry.ts';

export interface AcceptFleetEvent {
  /** The execution's input; with a `list`, what the object of that key held stands in `listed`. */
  readonly request: { readonly list?: unknown };
  readonly listed?: { readonly environments: unknown };
  readonly execution: Execution;
}

export interface AcceptedFleet {
  readonly fleet: string;
  readonly action: Fleet['action'];
  readonly defaults: object;
  /** As they stand in the list. */
  readonly waves: readonly (readonly object[])[];
  readonly waveCount: number;
  /** Of the wave that comes next. */
  readonly next: number;
  readonly maxConcurrency: number;
  readonly environments: number;
  readonly stopAt: number;
  readonly predictedEnd: string;
  readonly warnings: readonly string[];
}

/**
 * A state holds 262,144 bytes: list, one wave of it, and the settings stand in it at the same time
 * (https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html).
 */
const mostBytes = 100_000;

export async function acceptFleet({ request, listed, execution }: AcceptFleetEvent): Promise<AcceptedFleet> {
  const fleet = parseFleet(request, listed?.environments);
  refuseTooLarge(fleet);
  const requests = fleet.members.flatMap((member) => member.request ?? []);
  const { places, warnings } = await fleetPreflight(requests, execution.name);
  const waves = wavesOf(fleet.members, fleet.waves);
  const startedAt = Date.now();
  const seconds = fleetSeconds(
    fleet.action,
    waves.map((wave) => countsByPlace(wave, places)),
    fleet.maxConcurrency,
  );
  const predictedEnd = new Date(startedAt + seconds * 1000).toISOString();
  const limit = stopAt(fleet);
  await beginFleetRecord({
    fleet: fleet.fleet,
    execution: execution.name,
    action: fleet.action,
    environments: fleet.members.map(({ name }) => name),
    waves: waves.map(({ length }) => length),
    stopAt: limit,
    startedAt: new Date(startedAt).toISOString(),
    predictedEnd,
  });
  for (const warning of warnings) log.warn('fleet warning', { fleet: fleet.fleet, warning });
  log.info('fleet accepted', { fleet: fleet.fleet, environments: fleet.members.length, predictedEnd });
  return {
    fleet: fleet.fleet,
    action: fleet.action,
    defaults: fleet.defaults,
    waves: waves.map((wave) => wave.map(({ given }) => given)),
    waveCount: waves.length,
    next: 0,
    maxConcurrency: fleet.maxConcurrency,
    environments: fleet.members.length,
    stopAt: limit,
    predictedEnd,
    warnings: warnings.slice(0, 20),
  };
}

function refuseTooLarge({ members, defaults }: Fleet): void {
  const bytes = Buffer.byteLength(JSON.stringify([defaults, ...members.map(({ given }) => given)]));
  if (bytes <= mostBytes) return;
  throw new InvalidRequestError(
    `environments: the list has ${bytes} bytes, and may have ${mostBytes}: a state of Step Functions holds no more. Nothing was started`,
    'put what the environments share into defaults, or make several fleets of them',
  );
}

/** How many of a wave are in each account and region: the rates of AWS are theirs. A removal waits at none. */
function countsByPlace(wave: readonly FleetMember[], places: readonly Place[]): Crowd[] {
  if (places.length === 0) return [{ account: '', count: wave.length }];
  return places.map(({ target, requests, ahead }) => ({
    account: target.account,
    ...(ahead ? { ahead } : {}),
    count: wave.filter(({ request }) => request && requests.includes(request)).length,
  }));
}

export const handler = lambdaHandler('accept-fleet', acceptFleet);
