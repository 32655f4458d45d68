/**
 * When a fleet is done: each wave takes as long as one environment, as often as the ceiling on concurrency makes it take
 * turns, or as long as the queue at the slowest of AWS's rates. Both are figures of an account and region.
 */
import { type Ahead, aheadIn } from '#lib/run/budget.ts';
import { runSeconds } from '#lib/run/estimate.ts';
import { rateOf } from '#lib/run/rates.ts';

/** The slowest of EC2's rates for what a run needs of it. */
const endpoints = { operation: 'ec2:CreateVpcEndpoint', each: 12 } as const;

const seconds = {
  provision: runSeconds('ensure'),
  deprovision: runSeconds('remove'),
} as const;

/** From the last endpoint's creation to ready: it gets available, then the nodes join. */
const afterEndpoints = 300;

export interface Crowd {
  readonly account: string;
  readonly count: number;
  /** Who stands in that queue already. */
  readonly ahead?: Ahead;
}

/** How the queue stands in which a fleet waits longest. */
export function aheadOf(
  items: Parameters<typeof aheadIn>[0],
  place: { readonly account: string; readonly region: string },
  now: number,
): Ahead {
  const rate = rateOf(endpoints.operation, place.account);
  return rate ? aheadIn(items, { place, operation: endpoints.operation, rate }, now) : { slots: 0, share: 1 };
}

export function fleetSeconds(
  action: 'provision' | 'deprovision',
  /** By wave: how many environments there are of each account and region. */
  waves: readonly (readonly Crowd[])[],
  maxConcurrency: number,
): number {
  return waves.reduce((total, places, wave) => {
    const all = places.reduce((sum, { count }) => sum + count, 0);
    const turns = Math.ceil(all / maxConcurrency) * seconds[action];
    const queues = action === 'provision' ? places.map((place) => queueSeconds(place, wave === 0)) : [];
    return total + Math.max(turns, ...queues);
  }, 0);
}

function queueSeconds({ account, count, ahead = { slots: 0, share: 1 } }: Crowd, isFirst: boolean): number {
  const rate = rateOf(endpoints.operation, account);
  if (!rate || count === 0) return 0;
  // Before the second wave begins, those are through.
  const slots = count * endpoints.each + (isFirst ? ahead.slots : 0);
  return Math.round((slots - rate.burst) / (rate.perSecond * ahead.share)) + afterEndpoints;
}
