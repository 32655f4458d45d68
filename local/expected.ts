/**
 * How long a run takes, and how much of that nobody can avoid: the chain VPC, control plane, connect, nodes,
 * coredns. Everything else comes up beside it.
 */
import type { Account } from './account.ts';

/** Typical durations on AWS, in seconds (aws-facts 0.6 and 15). */
export const typicalSeconds = {
  vpc: 10,
  controlPlane: 10.5 * 60,
  connect: 10,
  nodes: 135,
  coredns: 30,
} as const;

/** What a first run is expected to take. */
export const expectedSeconds = Object.values(typicalSeconds).reduce((sum, seconds) => sum + seconds, 0);

/**
 * What the embedded AWS itself took over the chain of this run: nobody could have been faster. Undefined where the
 * run made no control plane.
 */
export function unavoidableSeconds({ aws }: Account): { seconds: number; chain: string } | undefined {
  const longest = (kind: string) => {
    const waits = aws.waits.filter((wait) => wait.kind === kind).map(({ seconds }) => seconds);
    return waits.length > 0 ? Math.max(...waits) : 0;
  };
  const controlPlane = longest('eks:clusterSettled');
  if (controlPlane === 0) return undefined;
  const nodes = longest('eks:nodegroupSettled');
  const coredns = longest('eks:addonSettled');
  const seconds = Math.round(controlPlane + nodes + coredns);
  return {
    seconds,
    chain: `control plane ${Math.round(controlPlane)} s, nodes ${Math.round(nodes)} s, coredns ${Math.round(coredns)} s`,
  };
}
