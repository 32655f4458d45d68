/**
 * How often a step is looked at. An execution may have 25,000 events, and ends beyond them in `States.Runtime`, which
 * no Catch catches (https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html): no rollback, and the
 * first cause is lost. A look takes nine. So: often at the beginning and around the typical time, when answers
 * change; seldom in between, and seldom once something takes far longer than it does.
 */

/** Whole seconds until the next look: what the step asks for, but no less than its pace. */
export function paceOf(askedSeconds: number, elapsedSeconds: number, typicalSeconds: number): number {
  return Math.max(Math.ceil(askedSeconds), shortestSeconds(elapsedSeconds, typicalSeconds));
}

const halfAnHour = 1800;

function shortestSeconds(elapsed: number, typical: number): number {
  const around = Math.min(5, Math.max(2, Math.ceil(typical / 120)));
  if (elapsed < 20) return 1;
  if (elapsed < 60) return 4;
  if (elapsed < typical * 0.8) return 10;
  if (elapsed < typical * 1.25) return around;
  if (elapsed < typical * 1.5) return 10;
  if (elapsed < typical * 2) return 15;
  if (elapsed < Math.max(typical * 4, halfAnHour)) return 30;
  return 60;
}
