/**
 * DocumentDB is gone: instances, cluster (leaving a final snapshot where asked to) and subnet group. A cluster that
 * is protected from deletion stops the removal before its first instance is deleted.
 */
import { documentdb } from '#lib/databases/documentdb.ts';
import { removeDatabase } from '#lib/databases/remove.ts';
import type { RemovalTarget } from '#lib/environment.ts';
import { type StepContext, type StepOutcome, stepHandler } from '#lib/step.ts';

export function remove(context: StepContext<RemovalTarget>): Promise<StepOutcome> {
  return removeDatabase(documentdb, context);
}

export const handler = stepHandler('documentdb', 'remove', remove);
