/** How long steps typically take on AWS (aws-facts 0.6 and 15), and how long they may take at most. */
import type { StepName } from './environment.ts';

export interface StepTimes {
  /** From the first look to ready, or gone. Sets when looking is worth most. */
  readonly typicalSeconds: number;
  /** From the first look of one loop; after that the step fails by name. */
  readonly deadlineSeconds: number;
}

export type Verb = 'ensure' | 'remove';

export const stepTimes: Readonly<Record<Verb, Readonly<Record<StepName, StepTimes>>>> = {
  ensure: {
    vpc: { typicalSeconds: 10, deadlineSeconds: 600 },
    routing: { typicalSeconds: 100, deadlineSeconds: 1200 },
    endpoints: { typicalSeconds: 120, deadlineSeconds: 900 },
    'security-groups': { typicalSeconds: 10, deadlineSeconds: 900 },
    'eks-cluster': { typicalSeconds: 630, deadlineSeconds: 3600 },
    'eks-connect': { typicalSeconds: 10, deadlineSeconds: 1200 },
    'eks-nodes': { typicalSeconds: 165, deadlineSeconds: 4500 },
    'eks-endpoints': { typicalSeconds: 60, deadlineSeconds: 900 },
    aurora: { typicalSeconds: 450, deadlineSeconds: 3600 },
    documentdb: { typicalSeconds: 450, deadlineSeconds: 3600 },
    elasticache: { typicalSeconds: 600, deadlineSeconds: 3600 },
    efs: { typicalSeconds: 90, deadlineSeconds: 1800 },
  },
  remove: {
    vpc: { typicalSeconds: 10, deadlineSeconds: 1800 },
    routing: { typicalSeconds: 150, deadlineSeconds: 2700 },
    endpoints: { typicalSeconds: 120, deadlineSeconds: 1200 },
    'security-groups': { typicalSeconds: 10, deadlineSeconds: 1200 },
    'eks-cluster': { typicalSeconds: 600, deadlineSeconds: 3600 },
    'eks-connect': { typicalSeconds: 10, deadlineSeconds: 1200 },
    'eks-nodes': { typicalSeconds: 300, deadlineSeconds: 2700 },
    'eks-endpoints': { typicalSeconds: 60, deadlineSeconds: 900 },
    aurora: { typicalSeconds: 450, deadlineSeconds: 3600 },
    documentdb: { typicalSeconds: 450, deadlineSeconds: 3600 },
    elasticache: { typicalSeconds: 600, deadlineSeconds: 3600 },
    efs: { typicalSeconds: 60, deadlineSeconds: 1200 },
  },
};

/** The slowest chain of a first run, in seconds a step; everything else comes up beside it. */
export const typicalProvisionSeconds = (['vpc', 'eks-cluster', 'eks-connect', 'eks-nodes'] as const).map(
  (step) => [step, stepTimes.ensure[step].typicalSeconds] as const,
);

/** Data services and nodes, then the control plane, then the network. */
export const typicalRemovalSeconds = 20 * 60;
