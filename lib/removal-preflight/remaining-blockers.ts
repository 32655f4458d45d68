/**
 * What would still stand in the way of the VPC once everything of the environment is gone: asked before a removal
 * deletes anything, as afterwards it is too late to stop.
 */
import { EC2Client, paginateDescribeInstances } from '@aws-sdk/client-ec2';
import { client } from '#lib/aws/clients.ts';
import { allPages } from '#lib/aws/reads.ts';
import { nodegroupNames } from '#lib/eks/nodegroups.ts';
import type { Blocker } from '#lib/network/blocker.ts';
import { listVpcs } from '#lib/network/observe.ts';
import { findVpcBlockers } from '#lib/network/vpc-blockers.ts';
import { names } from '#lib/ownership/names.ts';
import { scopeFilters } from '#lib/ownership/scope.ts';
import type { RemovalTarget } from '#lib/run/environment.ts';

/**
 * Of every VPC in the scope of `target`, those that only somebody else can clear. What goes with the environment, what
 * goes by itself and what the removal deletes by itself (GuardDuty's, leaked interfaces) is none of them.
 */
export async function remainingVpcBlockers(target: RemovalTarget): Promise<Blocker[]> {
  const ec2 = client(EC2Client, target);
  const vpcs = await listVpcs(ec2, scopeFilters(target));
  if (vpcs.length === 0) return [];
  const nodes = await nodeIds(ec2, target);
  const blockers: Blocker[] = [];
  for (const { VpcId } of vpcs) blockers.push(...(await findVpcBlockers(target, VpcId!)));
  const isOfNode = ({ what }: Blocker) => nodes.some((id) => what.includes(id));
  return blockers.filter((blocker) => blocker.kind === 'foreign' && !isOfNode(blocker));
}

/** Of our managed node groups only: what Karpenter or a person started in the cluster's name outlives it. */
async function nodeIds(ec2: EC2Client, target: RemovalTarget): Promise<string[]> {
  const Filters = [
    { Name: 'tag:eks:cluster-name', Values: [names(target).cluster] },
    { Name: 'tag:eks:nodegroup-name', Values: [...nodegroupNames(target)] },
  ];
  const reservations = await allPages(
    paginateDescribeInstances({ client: ec2 }, { Filters }),
    (page) => page.Reservations,
  );
  return reservations.flatMap(({ Instances = [] }) =>
    Instances.flatMap(({ InstanceId }) => InstanceId ?? []),
  );
}
