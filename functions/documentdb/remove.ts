/**
 * DocumentDB is gone: instances, cluster (leaving a final snapshot where asked to) and subnet group. A cluster that
 * is protected from deletion stops the removal before its first instance is deleted.
 */
import { documentdb } from '#lib/data/documentdb.ts';
import { removeDatabase } from '#lib/data/remove.ts';
import type { RemovalTarget } from '#lib/run/environment.ts';
import { type StepContext, type StepOutcome, stepHandler } from '#lib/run/step.ts';

export function remove(context: StepContext<RemovalTarget>): Promise<StepOutcome> {
  return removeDatabase(documentdb, context);
}

export const handler = stepHandler('documentdb', 'remove', remove);
