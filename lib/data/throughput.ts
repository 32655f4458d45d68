/**
 * When the throughput of a file system may change again. AWS allows another mode, and a lower figure, 24 hours after the
 * last change (API_UpdateFileSystem), and tells that time only in its refusal, with half of a run made by then: so a run
 * notes on the file system when it changed it. What others change stays AWS's to refuse.
 */

/** ISO 8601. */
export const throughputTag = 'aoscloud:throughput-changed-at';

const dayMilliseconds = 86_400_000;

/** Undefined where nothing is noted, or the day is over. */
export function nextThroughputChange(tags: Readonly<Record<string, string>> | undefined): Date | undefined {
  const changedAt = Date.parse(tags?.[throughputTag] ?? '');
  const next = changedAt + dayMilliseconds;
  return next > Date.now() ? new Date(next) : undefined;
}
