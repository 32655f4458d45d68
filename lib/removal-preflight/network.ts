/**
 * What of others would stay in the VPC when everything of this environment has left it, while the cluster whose
 * controllers made some of it still exists to take it back: load balancers above all (N4, N10).
 */
import { EC2Client, paginateDescribeInstances } from '@aws-sdk/client-ec2';
import { client } from '../clients.ts';
import type { RemovalTarget } from '../environment.ts';
import { names } from '../names.ts';
import type { Blocker } from '../network/blockers.ts';
import { inVpc } from '../network/observe.ts';
import { findVpcBlockers } from '../network/vpc-blockers.ts';
import { allPages } from '../reads.ts';
import { tagValue } from '../tags.ts';
import { nothingFound, type RemovalContext, type RemovalFindings } from './context.ts';

export async function askNetwork({ target, account }: RemovalContext): Promise<RemovalFindings> {
  const findings = nothingFound();
  for (const vpcId of await account.goingVpcIds()) {
    const nodes = await ownNodes(target, vpcId);
    const foreign = (await findVpcBlockers(target, vpcId)).filter(
      ({ kind, instanceId }) => kind === 'foreign' && !(instanceId && nodes.has(instanceId)),
    );
    for (const { id, what, advice } of oncePerInstance(foreign))
      findings.blockers.push({
        problem: `VPC ${vpcId} holds ${id}: ${what}. What to do: ${advice}`,
        steps: ['vpc'],
      });
  }
  return findings;
}

/** The instances of the cluster's managed node groups: EKS tags them, and terminates them with their group. */
async function ownNodes(target: RemovalTarget, vpcId: string): Promise<Set<string>> {
  const instances = await allPages(
    paginateDescribeInstances({ client: client(EC2Client, target) }, { Filters: inVpc(vpcId) }),
    (page) => page.Reservations?.flatMap(({ Instances = [] }) => Instances),
  );
  const own = instances.filter(
    ({ Tags }) =>
      tagValue(Tags as { Key: string; Value: string }[], 'eks:cluster-name') === names(target).cluster &&
      tagValue(Tags as { Key: string; Value: string }[], 'eks:nodegroup-name') !== undefined,
  );
  return new Set(own.map(({ InstanceId }) => InstanceId as string));
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
