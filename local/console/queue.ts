/** Where a run waits for its turn at one of AWS's rates, from what its steps say (lib/run/turns.ts). */
import type { QueuePlace } from '#console/api.ts';
import type { RegistryItem } from '#lib/run/registry.ts';

const sentence = /the queue at the rate of (\S+): place (\d+), from ([\d:]+) UTC/;

/** Undefined where it waits for none. Of several, the one it waits for longest. */
export function queueOf({ steps }: Pick<RegistryItem, 'steps'>): QueuePlace | undefined {
  return Object.values(steps)
    .filter(({ status }) => status === 'pending')
    .flatMap(({ detail }) => {
      const [, operation, place, from] = sentence.exec(detail) ?? [];
      return operation && place && from ? [{ operation, place: Number(place), from }] : [];
    })
    .sort((one, other) => other.place - one.place)[0];
}

/** The rest of what such a step says. */
export function withoutQueue(detail: string): string {
  return detail.replace(sentence, '').replace(/; $/, '');
}
