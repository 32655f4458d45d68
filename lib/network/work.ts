/** The calls of one look, and what AWS put off. */
import { forEach } from '#lib/aws/each.ts';
import { answerOf, counts, type ErrorClass } from '#lib/aws/errors.ts';
import { QueuedError } from '#lib/aws/gate.ts';

/** One or a few calls that make (or delete) one thing. */
export type Work = () => Promise<unknown>;

/** EC2's lowest mutating bucket takes bursts; more than four at once only earns refusals (aws-facts 0.3). */
const usualConcurrency = 4;

/**
 * Does all of it and answers what AWS put off, one phrase each: a resource just made is not visible to the
 * next call for seconds, and a busy one lets go of its neighbours late. The next look goes on from there.
 */
export async function doAll(
  work: readonly Work[],
  putOff: readonly ErrorClass[] = ['pending', 'exists'],
  concurrency = usualConcurrency,
): Promise<string[]> {
  const notes = await forEach(work, concurrency, async (call) => {
    try {
      await call();
      return undefined;
    } catch (error) {
      if (counts(error, putOff)) return error instanceof QueuedError ? error.message : answerOf(error);
      throw error;
    }
  });
  return notes.filter((note) => note !== undefined);
}

/** The same for deletes: what is gone already is done. */
export function deleteAll(work: readonly Work[]): Promise<string[]> {
  const tolerant = work.map((call) => async () => {
    try {
      await call();
    } catch (error) {
      if (!counts(error, ['gone'])) throw error;
    }
  });
  return doAll(tolerant, ['pending']);
}
