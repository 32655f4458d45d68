/**
 * What is not as the last run left it. Judged from what AWS says exists and the request that was last made true, by the
 * rows a change is judged with and the rules a run is verified with. Pure.
 */
import type { EnvironmentPlan } from '#lib/run/environment.ts';
import type { Observation } from '#lib/verify/observation.ts';
import { judge, type RuleName } from '#lib/verify/rules/index.ts';
import { inWords } from './change.ts';
import { compare } from './compare.ts';

export interface Drift {
  /** A field of the request, or a rule of the specification. */
  readonly of: string;
  readonly expected: string;
  readonly found: string;
  /** What would bring it back. */
  readonly repair: string;
}

const byARun = 'provisioning the same request again brings it back';
const theirs = "somebody else's to judge: no run takes it away";

export function driftOf(plan: EnvironmentPlan, seen: Observation): Drift[] {
  const { changes } = compare({ request: plan, seen, formerTags: Object.keys(plan.tags) });
  const fields = changes.map(({ field, from, to, kind, instead }) => ({
    of: field,
    expected: inWords(to),
    found: inWords(from),
    repair: kind === 'refuse' ? `no run: ${instead}` : byARun,
  }));
  // Under another execution: what the last run itself was to blame for, time has made somebody else's.
  const rules = judge({ ...plan, execution: 'drift' }, seen).flatMap(
    ({ rule, holds, evidence, drift = [] }) => [
      ...(holds ? [] : [broken(rule, evidence)]),
      ...drift.map((found) => ({ of: rule, expected: 'as the run left it', found, repair: theirs })),
    ],
  );
  return [...fields, ...rules];
}

function broken(rule: RuleName, evidence: string): Drift {
  return {
    of: rule,
    expected: 'the rule holds',
    found: evidence,
    repair: `${byARun}, where it may; what it may not it names`,
  };
}
