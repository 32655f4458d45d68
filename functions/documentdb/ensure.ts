/**
 * DocumentDB (R29): subnet group, encrypted cluster on port 27017 in the base default security group, and as
 * many instances as planned, spread over the zones. TLS is on by AWS's default parameter group. Ready when
 * cluster, instances and the password secret are. A second run finds them by their names; `remove.ts` beside
 * this file takes them back.
 */
import { documentdb } from '#lib/data/documentdb.ts';
import { ensureDatabase } from '#lib/data/ensure.ts';
import { tagDatabase } from '#lib/data/tags.ts';
import { withTags } from '#lib/ownership/tagged.ts';
import { type StepContext, type StepOutcome, stepHandler } from '#lib/run/step.ts';

export function ensure(context: StepContext): Promise<StepOutcome> {
  return ensureDatabase(documentdb, context);
}

export const handler = stepHandler(
  'documentdb',
  'ensure',
  withTags(ensure, (environment, wish) => tagDatabase(documentdb, environment, wish)),
);
