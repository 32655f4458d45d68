/**
 * When a fleet is done: each wave takes as long as one environment, as often as the ceiling on concurrency makes it take
 * turns, or as long as the queue at the slowest of AWS's rates. Both are figures of an account and region.
 */
import { typicalProvisionSeconds, typicalRemovalSeconds } from '#lib/run/steps.ts';

/**
 * EC2's CreateVpcEndpoint: a bucket of 4, refilled at 0.3 a second, and twelve a run
 * (https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html).
 */
const endpoints = { each: 12, bucket: 4, perSecond: 0.3 } as const;

const seconds = {
  provision: typicalProvisionSeconds.reduce((sum, [, each]) => sum + each, 0),
  deprovision: typicalRemovalSeconds,
} as const;

/** From the last endpoint's creation to ready: it gets available, then the nodes join. */
const afterEndpoints = 300;

export function fleetSeconds(
  action: 'provision' | 'deprovision',
  /** By wave: how many environments there are of each account and region. */
  waves: readonly (readonly number[])[],
  maxConcurrency: number,
): number {
  return waves.reduce((total, places) => {
    const all = places.reduce((sum, count) => sum + count, 0);
    const turns = Math.ceil(all / maxConcurrency) * seconds[action];
    const queues = action === 'provision' ? places.map((count) => queueSeconds(count)) : [];
    return total + Math.max(turns, ...queues);
  }, 0);
}

function queueSeconds(environments: number): number {
  const calls = environments * endpoints.each - endpoints.bucket;
  return Math.round(calls / endpoints.perSecond) + afterEndpoints;
}
