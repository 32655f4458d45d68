/**
 * Aurora is gone: instances, cluster (leaving a final snapshot where asked to) and subnet group. A cluster that
 * is protected from deletion stops the removal before its first instance is deleted.
 */
import { aurora } from '#lib/data/aurora.ts';
import { removeDatabase } from '#lib/data/remove.ts';
import type { RemovalTarget } from '#lib/run/environment.ts';
import { type StepContext, type StepOutcome, stepHandler } from '#lib/run/step.ts';

export function remove(context: StepContext<RemovalTarget>): Promise<StepOutcome> {
  return removeDatabase(aurora, context);
}

export const handler = stepHandler('aurora', 'remove', remove);
