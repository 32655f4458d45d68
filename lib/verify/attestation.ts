/** What a look at an environment attests: every rule, and what the environment offers. */
import { bounds, cut, firstLines } from '#lib/run/bounds.ts';
import type { EnvironmentPlan } from '#lib/run/environment.ts';
import { log } from '#lib/run/log.ts';
import type { Observation } from './observation.ts';
import { type EnvironmentOutputs, outputsOf } from './outputs.ts';
import { judge, type RuleResult } from './rules/index.ts';

export interface Attestation {
  readonly rules: readonly RuleResult[];
  readonly outputs: EnvironmentOutputs;
}

export function attestationOf(plan: EnvironmentPlan, seen: Observation): Attestation {
  return { rules: judge(plan, seen), outputs: outputsOf(plan, seen) };
}

/** As the state of a machine holds it, beside everything else. What it leaves out of drift is logged. */
export function boundedAttestation({ name }: EnvironmentPlan, attestation: Attestation): Attestation {
  for (const { rule, drift = [] } of attestation.rules)
    for (const what of drift) log.warn('drift', { environment: name, rule, what });
  return { ...attestation, rules: attestation.rules.map(bounded) };
}

function bounded(result: RuleResult): RuleResult {
  return {
    ...result,
    evidence: cut(result.evidence, bounds.evidenceCharacters),
    ...(result.drift ? { drift: firstLines(result.drift, bounds.driftPerRule) } : {}),
  };
}
