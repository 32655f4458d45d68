/**
 * What of others would stay in the VPC when everything of this environment has left it. Asked while the cluster whose
 * controllers made some of it still exists to take it back: load balancers above all (N4, N10).
 */
import { EC2Client } from '@aws-sdk/client-ec2';
import { client } from '#lib/aws/clients.ts';
import { clusterUnderRemoval } from '#lib/eks/cluster.ts';
import { rulesOfOthers } from '#lib/eks/rules-of-others.ts';
import type { Blocker } from '#lib/network/blocker.ts';
import { inVpc, listNatGateways, listVpcEndpoints } from '#lib/network/observe.ts';
import { nothingFound, type RemovalContext, type RemovalFindings } from './context.ts';
import { remainingVpcBlockers } from './remaining-blockers.ts';

export async function askNetwork(context: RemovalContext): Promise<RemovalFindings> {
  const remaining = await remainingVpcBlockers(context.target);
  const known = remaining.length > 0 ? await interfacesOfKnownOwners(context) : new Set();
  const foreign = oncePerInstance(remaining.filter(({ id }) => !known.has(id)));
  const blockers = foreign.map(({ id, what, advice }) => ({
    problem: { what: `the VPC holds ${id}: ${what}`, todo: `${advice}` },
    steps: ['vpc'] as const,
  }));
  return { blockers, warnings: [] };
}

/**
 * The group goes with the cluster, in a VPC that may stay. Not asked before a rollback: its cluster goes all the same,
 * and the step names the rule.
 */
export async function askRulesOfOthers({ target }: RemovalContext): Promise<RemovalFindings> {
  const { fate } = await clusterUnderRemoval(target);
  if (fate === 'stays') return nothingFound();
  const blockers = (await rulesOfOthers(target)).map((rule) => ({
    problem: { what: `${rule}, which EC2 keeps as long as that rule stands`, todo: 'revoke that rule' },
    steps: ['eks-cluster'] as const,
  }));
  return { blockers, warnings: [] };
}

/**
 * Interfaces whose owner names them. What AWS writes into a description is nobody's promise, and a removal must not
 * be refused for an interface of our own; endpoints of others are named themselves.
 */
async function interfacesOfKnownOwners({
  target,
  account,
}: RemovalContext): Promise<Set<string | undefined>> {
  const ec2 = client(EC2Client, target);
  const ofVpcs = inVpc(...(await account.goingVpcIds()));
  const endpoints = await listVpcEndpoints(ec2, ofVpcs);
  const gateways = await listNatGateways(ec2, ofVpcs);
  return new Set([
    ...endpoints.flatMap(({ NetworkInterfaceIds = [] }) => NetworkInterfaceIds),
    ...gateways.flatMap(({ NatGatewayAddresses = [] }) =>
      NatGatewayAddresses.map(({ NetworkInterfaceId }) => NetworkInterfaceId),
    ),
    ...(await account.mountTargets()).map(({ NetworkInterfaceId }) => NetworkInterfaceId),
  ]);
}

/** An instance may have many interfaces, and is one thing to terminate. */
function oncePerInstance(blockers: readonly Blocker[]): Blocker[] {
  const seen = new Set<string>();
  return blockers.filter(({ instanceId }) => {
    if (instanceId === undefined) return true;
    const known = seen.has(instanceId);
    seen.add(instanceId);
    return !known;
  });
}
