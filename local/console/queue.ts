/** Where a run waits for its turn at one of AWS's rates, for the page (lib/run/turns.ts). */
import type { QueuePlace } from '#console/api.ts';
import { queueOf as queued } from '#lib/run/progress.ts';
import type { RegistryItem } from '#lib/run/registry.ts';

/** Undefined where it waits for none. Of several, the one it waits for longest. */
export function queueOf(item: Pick<RegistryItem, 'steps' | 'takingBack'>): QueuePlace | undefined {
  const queue = queued(item);
  return queue && { operation: queue.operation, place: queue.place, from: queue.from.slice(11, 19) };
}

/** The rest of what such a step says. */
export function withoutQueue(detail: string): string {
  return detail.replace(/(; )?the queue at the rate of \S+: place \d+, from [\d:]+ UTC/, '');
}
