/** Which rules do not hold, from an attestation, or from the words of a run that failed on them. */
import type { Rule } from '../api.ts';
import type { RunView } from './run.ts';

/** The rule, and why. */
export function brokenRules(run: RunView): ReadonlyMap<string, string> {
  const rules = run.attested?.rules ?? [];
  const attested = rules.filter(({ holds }) => !holds).map(({ rule, evidence }) => [rule, evidence] as const);
  return new Map([...attested, ...brokenIn(run.head.cause ?? '')]);
}

/** `2 of 32 rules do not hold. R18: …. R20: …` */
function brokenIn(cause: string): (readonly [string, string])[] {
  const [, told] = /\d+ of \d+ rules do not hold\. (.*)/s.exec(cause) ?? [];
  if (!told) return [];
  const sentences = told.split(/(?:^|\. )(?=R\d+: )/);
  return sentences.flatMap((sentence) => {
    const [, rule, evidence] = /^(R\d+): (.*?)(?:\.? What to do:.*|\.)?$/s.exec(sentence) ?? [];
    return rule && evidence ? [[rule, evidence] as const] : [];
  });
}

/** R1 to R32 as far as anything is known of them, those that do not hold first. */
export function rulesOf(run: RunView): readonly Rule[] {
  const rules =
    run.attested?.rules ??
    [...brokenRules(run)].map(([rule, evidence]) => ({ rule, holds: false, evidence }));
  return [...rules].sort((one, other) => Number(one.holds) - Number(other.holds));
}
