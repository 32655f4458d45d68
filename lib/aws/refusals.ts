/**
 * The refusals of one look that were taken for "not yet". Whoever swallows one notes it here, however deep below
 * the step: the step wrapper tells people AWS's own sentence, and knows from look to look since when it stands.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

const current = new AsyncLocalStorage<Error[]>();

/** Runs a look and answers what it noted, whether it succeeds or fails. */
export async function noting<T>(
  look: () => Promise<T>,
): Promise<{ readonly result: PromiseSettledResult<T>; readonly noted: readonly Error[] }> {
  const noted: Error[] = [];
  const [result] = await current.run(noted, () => Promise.allSettled([look()]));
  return { result, noted };
}

/** Nothing happens outside a look: whoever runs there has no next one to compare with. */
export function note(refusal: Error): void {
  current.getStore()?.push(refusal);
}
