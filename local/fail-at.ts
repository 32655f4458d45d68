/** `--fail-at STEP[:error]`: a step's first mutating call is refused for good, to see a rollback with one's own eyes. */
import { type StepName, stepNames } from '#lib/environment.ts';
import type { EngineOptions } from './aws/engine.ts';
import { AwsFault } from './aws/model.ts';
import { currentInvocation } from './lambda.ts';

/** The inject hook. Throws on a step that does not exist. */
export function failAt(spec: string): NonNullable<EngineOptions['inject']> {
  const [step, error = 'AccessDenied'] = spec.split(':') as [string, string?];
  if (!(stepNames as readonly string[]).includes(step)) {
    throw new Error(`--fail-at ${step}: no such step; one of ${stepNames.join(', ')}`);
  }
  const functionKey = ensureKey(step as StepName);
  return (call) => {
    if (!call.mutates || /^(dynamodb|states):/.test(call.operation)) return undefined;
    if (currentInvocation()?.functionKey !== functionKey) return undefined;
    return {
      kind: 'refuse',
      fault: new AwsFault(error, `refused on purpose (--fail-at ${spec})`, { status: 403 }),
    };
  };
}

function ensureKey(step: StepName): string {
  return `${step
    .split('-')
    .map((word) => (word[0] as string).toUpperCase() + word.slice(1))
    .join('')}Ensure`;
}
