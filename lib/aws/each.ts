/** Concurrency inside one invocation. */
import pMap from 'p-map';

/**
 * Runs `work` for every item, at most `concurrency` at a time, and waits for all of them even when one fails:
 * a Lambda that answered while calls were under way would finish them behind its own back. Throws the first error.
 */
export async function forEach<T, R>(
  items: readonly T[],
  concurrency: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const settled = await pMap(
    items,
    async (item) => {
      try {
        return { value: await work(item) };
      } catch (error) {
        return { error };
      }
    },
    { concurrency },
  );
  const failed = settled.find((result) => 'error' in result);
  if (failed) throw failed.error;
  return settled.map((result) => (result as { value: R }).value);
}
