/**
 * How often a step is looked at. An execution may have 25,000 events, and ends beyond them in `States.Runtime`, which
 * no Catch catches (https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html): no rollback, and the
 * first cause is lost. A look takes nine, and every call counts against the rates of the account. So: not before it
 * can be done, often around the time it usually is, and seldom once something takes far longer than it does.
 */
import type { Resources } from './environment.ts';
import { steps } from './steps.ts';

/** Whole seconds until the next look: what the step asks for, but no less than its pace. */
export function paceOf(askedSeconds: number, elapsedSeconds: number, typicalSeconds: number): number {
  return Math.max(Math.ceil(askedSeconds), shortestSeconds(elapsedSeconds, typicalSeconds));
}

const twentyMinutes = 1200;

function shortestSeconds(elapsed: number, typical: number): number {
  if (elapsed < 20) return 1;
  if (elapsed < 60) return 4;
  if (elapsed < typical * 0.6) return 10;
  const closely = Math.min(6, Math.max(2, Math.ceil(typical / 100)));
  if (elapsed < typical * 1.25) return closely;
  if (elapsed < typical * 1.5) return closely + 3;
  if (elapsed < typical * 2) return 15;
  if (elapsed < Math.max(typical * 3, twentyMinutes)) return 30;
  return 60;
}

/** How long AWS takes over one thing, in seconds from asking for it: the soonest on record, and what is usual. */
export interface Duration {
  readonly soonest: number;
  readonly usualFrom: number;
  readonly usualTo: number;
}

/** Between a look at the soonest and the next one. */
const fewestSeconds = 30;

/**
 * Seconds until looking at something `ageSeconds` old is worth it: at its soonest, once more before it is usually done,
 * and then closely, which is the gap while it may be done any time.
 */
export function secondsUntilLook(ageSeconds: number, duration: Duration, closely: number): number {
  const { soonest, usualFrom, usualTo } = duration;
  if (ageSeconds < soonest) return soonest - ageSeconds;
  if (ageSeconds < usualFrom)
    return Math.min(usualFrom - ageSeconds, Math.max(fewestSeconds, (usualFrom - soonest) / 2));
  return ageSeconds < usualTo ? closely : closely * 3;
}

/**
 * Is the control plane on its way in this very run? Whoever comes up beside it knows its name and not its group, which it
 * has when it is through.
 */
export function isBesideControlPlane({ clusterName, clusterSecurityGroupId }: Resources): boolean {
  return clusterName !== undefined && clusterSecurityGroupId === undefined;
}

/** From a control plane's request to its nodes' add-ons, the soonest on record of each (aws-facts 0.6, 15). */
const soonestChainSeconds = 600;
const unhurriedSeconds = 45;
const hurriedSeconds = 15;

/**
 * Seconds until the next look at something whose creation was begun in this loop, beside the control plane's: nobody
 * waits for it before the nodes stand. `isLast`: nothing is asked for once it is through. What stood before, or where
 * the control plane stands, is what this run waits for.
 */
export function secondsBesideControlPlane(
  { elapsedSeconds, resources }: { readonly elapsedSeconds: number; readonly resources: Resources },
  createdAt: Date | undefined,
  isLast: boolean,
): number {
  const ageSeconds = createdAt ? (Date.now() - createdAt.getTime()) / 1000 : Number.POSITIVE_INFINITY;
  const isOfThisLoop = ageSeconds <= elapsedSeconds + hurriedSeconds;
  if (!isOfThisLoop || !isBesideControlPlane(resources)) return hurriedSeconds;
  const untilNodes = Math.max(hurriedSeconds, soonestChainSeconds - elapsedSeconds);
  return isLast ? untilNodes : Math.min(unhurriedSeconds, untilNodes);
}

/** Seconds until the first look at the last thing a step asks for, which is usually through after `usualSeconds`. */
export function secondsAfterRequest(
  { elapsedSeconds, resources }: { readonly elapsedSeconds: number; readonly resources: Resources },
  usualSeconds: number,
): number {
  if (!isBesideControlPlane(resources)) return usualSeconds;
  return Math.max(usualSeconds, soonestChainSeconds - elapsedSeconds);
}

const goingSeconds = 60;

/** The same of what is deleted beside nodes and control plane, which take longer together than anything else. */
export function secondsBesideControlPlaneRemoval(elapsedSeconds: number): number {
  const nodesAndControlPlane =
    steps['eks-nodes'].removeTypicalSeconds + steps['eks-cluster'].removeTypicalSeconds;
  return elapsedSeconds < nodesAndControlPlane - goingSeconds ? goingSeconds : hurriedSeconds;
}
