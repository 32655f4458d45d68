/** Which environments begin together, and when all are done. Pure. */
import type { Fleet } from './request.ts';

/** The first waves have the sizes that are asked for, as long as there is somebody for them; the last one all the rest. */
export function wavesOf<T>(members: readonly T[], sizes: readonly number[]): T[][] {
  const waves: T[][] = [];
  let from = 0;
  for (const size of sizes) {
    if (from >= members.length) return waves;
    waves.push(members.slice(from, from + size));
    from += size;
  }
  return from < members.length ? [...waves, members.slice(from)] : waves;
}

/** How many environments have to fail so that no further one is started. */
export function stopAt({ stopAfter, members }: Pick<Fleet, 'stopAfter' | 'members'>): number {
  const { failed = Number.POSITIVE_INFINITY, failedPercentage } = stopAfter;
  const share =
    failedPercentage === undefined
      ? Number.POSITIVE_INFINITY
      : Math.max(1, Math.ceil((failedPercentage / 100) * members.length));
  return Math.min(failed, share);
}
