/**
 * Aurora PostgreSQL (R28): subnet group, encrypted cluster on port 5432 in the base default security group,
 * and as many instances as planned, spread over the zones. Ready when cluster, instances and the password
 * secret are. A second run finds them by their names; `remove.ts` beside this file takes them back.
 */
import { aurora } from '#lib/data/aurora.ts';
import { ensureDatabase } from '#lib/data/ensure.ts';
import { tagDatabase } from '#lib/data/tags.ts';
import { withTags } from '#lib/ownership/tagged.ts';
import { type StepContext, type StepOutcome, stepHandler } from '#lib/run/step.ts';

export function ensure(context: StepContext): Promise<StepOutcome> {
  return ensureDatabase(aurora, context);
}

export const handler = stepHandler(
  'aurora',
  'ensure',
  withTags(ensure, (environment, wish) => tagDatabase(aurora, environment, wish)),
);
