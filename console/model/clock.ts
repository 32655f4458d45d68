/** What time it is on the account's clock, as far as a page can know. */

export interface Clock {
  /** The time of the newest event, on the account's clock. */
  readonly newest: number;
  /** Milliseconds since that event came. */
  readonly passed: number;
  /** Account seconds a second; null where nobody can tell, or nobody would tell of what happens. */
  readonly speed: number | null;
  /** Milliseconds since the epoch on this machine, where the account's clock is the same. */
  readonly real?: number | undefined;
}

/**
 * As late as the newest event, and moving on with the account's speed meanwhile. A run on AWS may say nothing for minutes,
 * and who begins to look then wants to know how long it has been at it.
 */
export function timeOn({ newest, passed, speed, real }: Clock): number {
  if (speed === null) return newest;
  return real === undefined ? newest + passed * speed : Math.max(newest, real);
}
