/**
 * How much of a run's time nobody can avoid: the chain VPC, control plane, connect, nodes,
 * coredns. Everything else comes up beside it.
 */

import { iamState } from '#embedded/services/iam/state.ts';
import { type Account, homeRegion } from './account.ts';

/**
 * What the embedded AWS itself took over the chain of this run: nobody could have been faster. Undefined where the
 * run made no control plane. EKS takes no cluster before it sees the role, which is the time of IAM; the rules of
 * "connect" take none of their own.
 */
export function unavoidableSeconds({ aws }: Account): { seconds: number; chain: string } | undefined {
  const took = (kind: string) =>
    Math.max(0, ...aws.waits.filter((wait) => wait.kind === kind).map(({ seconds }) => seconds));
  const controlPlane = took('eks:clusterSettled');
  if (controlPlane === 0) return undefined;
  const links = {
    'VPC and subnets': took('ec2:vpcAvailable') + took('ec2:subnetAvailable'),
    'role propagation': rolePropagation(aws),
    'control plane': controlPlane,
    nodes: took('eks:nodesJoining'),
    coredns: took('eks:addonSettled'),
  };
  const seconds = Math.round(Object.values(links).reduce((sum, link) => sum + link, 0));
  const chain = Object.entries(links).map(([name, link]) => `${name} ${Math.round(link)} s`);
  return { seconds, chain: chain.join(', ') };
}

/** From the making of the cluster's role to EKS seeing it. */
function rolePropagation(aws: Account['aws']): number {
  const waits = aws.inspect(homeRegion, (call) =>
    Object.values(iamState(call).roles)
      .filter(({ name }) => name.endsWith('-eks-cluster'))
      .map(({ createdAt, usableAt }) => (usableAt - createdAt) / 1000),
  );
  return Math.max(0, ...waits);
}
