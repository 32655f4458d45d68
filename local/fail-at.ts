/**
 * `--fail-at STEP[:error]`: every call of a step is refused for good, to see a rollback with one's own eyes.
 * Reads too: a step that finds nothing missing changes nothing, and must fail all the same.
 */

import type { EngineOptions } from '#embedded/engine.ts';
import { AwsFault } from '#embedded/model.ts';
import { functionKeyOf, type StepName, stepNames } from '#lib/run/steps.ts';
import { currentInvocation } from './lambda.ts';

/** The inject hook. Throws on a step that does not exist. */
export function failAt(spec: string): NonNullable<EngineOptions['inject']> {
  const [step, error = 'AccessDenied'] = spec.split(':') as [string, string?];
  if (!(stepNames as readonly string[]).includes(step)) {
    throw new Error(`--fail-at ${step}: no such step; one of ${stepNames.join(', ')}`);
  }
  return refusing(functionKeyOf(step as StepName, 'ensure'), error, `refused on purpose (--fail-at ${spec})`);
}

/** Refuses every call of one function but for the service's own bookkeeping. */
export function refusing(
  functionKey: string,
  error: string,
  words: string,
): NonNullable<EngineOptions['inject']> {
  return (call) => {
    if (/^(dynamodb|states|events):/.test(call.operation)) return undefined;
    if (currentInvocation()?.functionKey !== functionKey) return undefined;
    return { kind: 'refuse', fault: new AwsFault(error, words, { status: 403 }) };
  };
}
