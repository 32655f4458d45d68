import { expect, it } from 'vitest';
import type { StepName } from '#lib/run/steps.ts';
import { judge } from '#lib/verify/rules/index.ts';
import { samplePlan } from '../../support/plan.ts';
import { healthy } from './healthy.ts';

/** The rules that what a step makes is judged by. A new step does not compile here until somebody has said which. */
const judgedBy: Readonly<Record<StepName, readonly [`R${number}`, ...`R${number}`[]]>> = {
  vpc: ['R1', 'R2', 'R3', 'R4', 'R5', 'R6', 'R7', 'R8', 'R9', 'R10', 'R11', 'R12'],
  routing: ['R13', 'R14', 'R15', 'R16', 'R17'],
  endpoints: ['R18', 'R19', 'R20'],
  'security-groups': ['R21', 'R24'],
  'eks-cluster': ['R26', 'R32'],
  'eks-connect': ['R22', 'R23', 'R25', 'R26'],
  'eks-nodes': ['R27', 'R32'],
  'eks-endpoints': ['R20'],
  aurora: ['R28', 'R25', 'R32'],
  documentdb: ['R29', 'R25', 'R32'],
  elasticache: ['R30', 'R25', 'R32'],
  efs: ['R31', 'R25', 'R32'],
};

it('every step is judged by rules, and every rule judges a step', () => {
  const plan = samplePlan();
  const rules = judge(plan, healthy(plan)).map(({ rule }) => rule);
  expect([...new Set(Object.values(judgedBy).flat())].sort()).toEqual([...rules].sort());
});
