/** Every rule of the specification, in its order. */
import type { EnvironmentPlan } from '#lib/run/environment.ts';
import type { Observation } from '#lib/verify/observation.ts';
import { r1, r2, r3, r4, r5, r6, r7, r8, r9, r10, r11, r12 } from './addresses.ts';
import { r28, r29, r30, r31 } from './data-services.ts';
import { r32 } from './encryption.ts';
import { r18, r19, r20 } from './endpoints.ts';
import { r26, r27 } from './kubernetes.ts';
import { r25 } from './reach.ts';
import { r13, r14, r15, r16, r17 } from './routing.ts';
import type { Rule, RuleResult } from './rule.ts';
import { r21, r22, r23, r24 } from './security-groups.ts';

export type { RuleName, RuleResult } from './rule.ts';

/** `rules[0]` is R1. */
const rules: readonly Rule[] = [
  ...[r1, r2, r3, r4, r5, r6, r7, r8, r9, r10, r11, r12],
  ...[r13, r14, r15, r16, r17],
  ...[r18, r19, r20],
  ...[r21, r22, r23, r24, r25],
  ...[r26, r27, r28, r29, r30, r31, r32],
];

/** One result for each rule, R1 to R32. */
export function judge(plan: EnvironmentPlan, seen: Observation): RuleResult[] {
  return rules.map((rule, index) => {
    const { evidence, problems, drift = [] } = rule(plan, seen);
    const holds = problems.length === 0;
    return {
      rule: `R${index + 1}`,
      holds,
      evidence: holds ? evidence : problems.join('; '),
      ...(drift.length > 0 ? { drift } : {}),
    };
  });
}
