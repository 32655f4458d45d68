/** How long runs typically take on AWS (aws-facts 0.6 and 15). */
import type { StepName } from './environment.ts';

/** The slowest chain of a first run, in seconds a step; everything else comes up beside it. */
export const typicalProvisionSeconds: readonly (readonly [StepName, number])[] = [
  ['vpc', 10],
  ['eks-cluster', 10.5 * 60],
  ['eks-connect', 10],
  // Node group, then coredns.
  ['eks-nodes', 135 + 30],
];

/** Data services and nodes, then the control plane, then the network. */
export const typicalRemovalSeconds = 20 * 60;
