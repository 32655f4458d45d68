/**
 * How long a run takes, and how much of that nobody can avoid: the chain VPC, control plane, connect, nodes,
 * coredns. Everything else comes up beside it.
 */

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
