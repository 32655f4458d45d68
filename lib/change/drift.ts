/**
 * What is not as the last run left it. Judged from what AWS says exists and the request that was last made true, by the
 * rows a change is judged with and the rules a run is verified with. Pure.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Tagged } from '#lib/ownership/tagged.ts';
import { componentTag, environmentTag } from '#lib/ownership/tags.ts';
import { bounds, cut } from '#lib/run/bounds.ts';
import type { EnvironmentPlan } from '#lib/run/environment.ts';
import type { Drift, DriftList } from '#lib/run/registry.ts';
import { titleOf } from '#lib/run/steps.ts';
import type { Observation } from '#lib/verify/observation.ts';
import { judge, type RuleName } from '#lib/verify/rules/index.ts';
import { inWords } from './change.ts';
import { compare } from './compare.ts';
import { lostTags } from './lost-tags.ts';
import { repairsOf } from './repairs.ts';

const byARun = 'provisioning the same request again brings it back';
const theirs = "somebody else's to judge: no run takes it away";

/** `flaws`: of what stands around the cluster. */
export function driftOf(
  plan: EnvironmentPlan,
  seen: Observation,
  tagged: readonly Tagged[],
  flaws: readonly string[],
): Drift[] {
  const { changes } = compare({ request: plan, seen, tagged, formerTags: [] });
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
  const repairs = [
    ...repairsOf(plan, seen),
    ...flaws.map((what) => ({ step: 'eks-cluster' as const, what })),
  ].map(({ step, what }) => ({
    of: titleOf(step),
    expected: 'as the run left it',
    found: what,
    repair: byARun,
  }));
  const lost = lostTags(plan, seen, tagged).map((id) => ({
    of: 'tags',
    expected: `${environmentTag} and ${componentTag}, by which runs and removals find what is theirs`,
    found: `${id} without them`,
    repair:
      'no run: give it the tags that its neighbours have if the environment made it, and take it away if not',
  }));
  return [...fields, ...rules, ...repairs, ...lost];
}

function broken(rule: RuleName, evidence: string): Drift {
  return {
    of: rule,
    expected: 'the rule holds',
    found: evidence,
    repair: `${byARun}, where it may; what it may not it names`,
  };
}

/** An event holds 256 KB, an item of the registry 400: the first so many, and no sentence without an end. */
const mostDifferences = bounds.differences;

export function bounded(found: readonly Drift[]): DriftList {
  const short = (text: string) => cut(text, bounds.evidenceCharacters);
  return {
    differences: found
      .slice(0, mostDifferences)
      .map((one) => ({ ...one, expected: short(one.expected), found: short(one.found) })),
    more: Math.max(0, found.length - mostDifferences),
  };
}

/** Is it what the last look found? */
export function saysTheSame({ differences, more }: DriftList, last: DriftList | undefined): boolean {
  return isDeepStrictEqual({ differences, more }, { differences: last?.differences, more: last?.more });
}
