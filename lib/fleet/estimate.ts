/**
 * When a fleet is done: each wave takes as long as one environment, as often as the ceiling on concurrency makes it take
 * turns, or as long as the queue at the slowest of AWS's rates. Both are figures of an account and region.
 */
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
}

export function fleetSeconds(
  action: 'provision' | 'deprovision',
  /** By wave: how many environments there are of each account and region. */
  waves: readonly (readonly Crowd[])[],
  maxConcurrency: number,
): number {
  return waves.reduce((total, places) => {
    const all = places.reduce((sum, { count }) => sum + count, 0);
    const turns = Math.ceil(all / maxConcurrency) * seconds[action];
    const queues = action === 'provision' ? places.map(queueSeconds) : [];
    return total + Math.max(turns, ...queues);
  }, 0);
}

function queueSeconds({ account, count }: Crowd): number {
  const rate = rateOf(endpoints.operation, account);
  if (!rate || count === 0) return 0;
  return Math.round((count * endpoints.each - rate.burst) / rate.perSecond) + afterEndpoints;
}
