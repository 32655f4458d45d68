/**
 * VPC, Internet Gateway and address have no client token: when the answer to a create is lost, the next look
 * may not see the first one yet and make a second. Whoever then sees both keeps one and removes the other.
 */
import { tolerating } from '#lib/aws/errors.ts';
import { ResourceFailedError } from '#lib/run/failures.ts';
import type { StepContext } from '#lib/run/step.ts';
import { isFresh } from './visibility.ts';

/** After a lost answer: long enough that what was made after all is visible (aws-facts 0.5). */
export const lostAnswerSeconds = 30;

/**
 * Creates over a single-attempt client. Undefined: the answer was lost, it may exist or not. Looks that other resources
 * of the step want sooner do not create it again: they go by the note of its `component`.
 */
export async function createWithoutToken<T>(
  { resources, keep }: StepContext,
  component: string,
  create: () => Promise<T>,
): Promise<T | undefined> {
  if (isFresh(resources, component)) return undefined;
  const created = await tolerating(['transient'], create);
  if (created === undefined) keep({ madeAt: { [component]: new Date().toISOString() } });
  return created;
}

interface Traits<T> {
  /** As it stands in a sentence: `the VPC`. */
  readonly noun: string;
  readonly idOf: (candidate: T) => string | undefined;
  /** Does anything hang on it? */
  readonly inUse: (candidate: T) => boolean;
}

/** The one that stays (in use, else the lowest id, which every look agrees on) and those that nothing hangs on. */
export function chooseOne<T>(
  candidates: readonly T[],
  { noun, idOf, inUse }: Traits<T>,
): { kept: T | undefined; surplus: T[] } {
  const used = candidates.filter(inUse);
  if (used.length > 1) {
    throw new ResourceFailedError(
      `${noun} exists ${used.length} times with this environment's tags, and all are in use: ${used.map(idOf).join(', ')}`,
      'decide which one stays, remove the other with what hangs on it, then run again',
    );
  }
  const kept = used[0] ?? [...candidates].sort((a, b) => ((idOf(a) ?? '') < (idOf(b) ?? '') ? -1 : 1))[0];
  return { kept, surplus: candidates.filter((candidate) => candidate !== kept) };
}
