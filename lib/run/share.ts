/**
 * The part of a rate that others leave, as a function of time: CUBIC (RFC 9438), as the SDK's own adaptive retry mode
 * has it, but for all runs of an account together. Refused, the share falls to eight tenths; it is soon back close to where it
 * was refused, stays there, and only then asks for more, the longer the bolder.
 *
 * AWS's bucket is what lets it: what comes in while the share is low waits there for when it is high again. So the way
 * back takes as long as a part of the bucket takes to fill by what is left over, and a round costs one refused call.
 * What other figures would give stands in docs/performance.md.
 */
import type { Rate } from './rates.ts';

/** Where AWS refused last; whoever was never refused has all. */
export interface Cut {
  /** The share then; 1 at most. */
  readonly plateau: number;
  /** Milliseconds. */
  readonly cutAt: number;
}

export const uncut: Cut = { plateau: 1, cutAt: 0 };

/** Of CUBIC as first published (Ha, Rhee, Xu, 2008); RFC 9438 and DefaultRateLimiter of @smithy/core take 0.7. */
const decrease = 0.8;
/** So little is asked for at least: one has to ask to find out. */
const leastPlateau = 1 / 16;

/** Seconds from a refusal until the share is back where it was. */
function secondsBack({ burst, perSecond }: Rate): number {
  return ((1.5 / (1 - decrease)) * burst) / perSecond;
}

/** The share at `now`, in milliseconds. */
export function shareAt({ plateau, cutAt }: Cut, rate: Rate, now: number): number {
  const past = (now - cutAt) / 1000 / secondsBack(rate) - 1;
  return Math.min(1, plateau * (1 + (1 - decrease) * past ** 3));
}

/** Seconds at the full rate that bring as much as the time from the cut until `now` does. */
export function fullSeconds({ plateau, cutAt }: Cut, rate: Rate, now: number): number {
  const back = secondsBack(rate);
  const seconds = (now - cutAt) / 1000;
  const untilFull = back * (1 + Math.cbrt((1 / plateau - 1) / (1 - decrease)));
  const rising = Math.min(seconds, untilFull);
  const area = rising + ((1 - decrease) * back * ((rising / back - 1) ** 4 - 1)) / 4;
  return plateau * area + seconds - rising;
}

/** What of the rate is to be expected for long: as long as it is not all back, others are there. */
export function lastingShare(cut: Cut, rate: Rate, now: number): number {
  return shareAt(cut, rate, now) < 1 ? cut.plateau : 1;
}

/** Refused at `now`. Before it was back where it was refused last, others take more than then: it stops short of that. */
export function cutOf(last: Cut, rate: Rate, now: number): Cut {
  const share = shareAt(last, rate, now);
  const plateau = share < last.plateau ? (share * (1 + decrease)) / 2 : share;
  return { plateau: Math.max(leastPlateau, plateau), cutAt: now };
}
