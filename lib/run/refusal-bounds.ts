/** From look to look: since when AWS refuses the same, and when that is meant. */

import { boundOf, canonicalCode, classify, operationOf, sentenceOf } from '#lib/aws/errors.ts';
import { bounds } from './bounds.ts';
import type { Refusal } from './environment.ts';
import { awsRefusal } from './failures.ts';

/** A refusal with a bound is looked at this often, so that it does not end a run for want of a second look. */
const boundedPollSeconds = 30;

/**
 * The refusals of this look with the time each is first seen. Throws the first one that outlasted its bound.
 * A look that was `cutShort` says nothing of the others: those seen before go on.
 */
export function refusalsOf(noted: readonly Error[], before: readonly Refusal[], cutShort = false): Refusal[] {
  const now = Date.now();
  const seen = new Map<string, Refusal>();
  for (const error of noted) {
    const met = {
      operation: operationOf(error) ?? 'AWS',
      code: canonicalCode(error),
      sentence: sentenceOf(error),
    };
    const known = before.find((one) => keyOf(one) === keyOf(met));
    const refusal: Refusal = { ...met, since: known?.since ?? new Date(now).toISOString() };
    seen.set(keyOf(refusal), refusal);
    const seconds = (now - Date.parse(refusal.since)) / 1000;
    if (seconds > (boundOf(error) ?? Number.POSITIVE_INFINITY)) throw awsRefusal(error, seconds);
  }
  if (cutShort)
    for (const refusal of before) if (!seen.has(keyOf(refusal))) seen.set(keyOf(refusal), refusal);
  return [...seen.values()].sort((a, b) => (a.since < b.since ? -1 : 1)).slice(0, bounds.refusals);
}

function keyOf({ operation, code, sentence }: Omit<Refusal, 'since'>): string {
  return `${operation} ${code} ${sentence}`;
}

/** The sentence for the person watching, with AWS's own beside it where it is not in it already. */
export function inDetail(detail: string, refusals: readonly Refusal[]): string {
  const [first, ...others] = refusals.filter(
    ({ operation, code }) => !detail.includes(`${operation} answered ${code}`),
  );
  if (!first) return detail;
  const more = others.length > 0 ? ` (and ${others.length} more)` : '';
  const sentence = first.sentence ? `: ${first.sentence}` : '';
  return `${detail}; ${first.operation} answered ${first.code}${sentence}${more}`;
}

/** Seconds until the next look: as the step says, but soon where a refusal has a bound. */
export function pollOf(seconds: number, noted: readonly Error[]): number {
  const bounded = noted.some((error) => classify(error) === 'pending' && boundOf(error) !== undefined);
  return bounded ? Math.min(seconds, boundedPollSeconds) : seconds;
}
