/**
 * The environment's node groups, found by their two names. One is the rule; a second one beside it stands while the
 * nodes become what no update makes of the first (other instance types), which goes once the second is ready.
 */
import {
  DescribeNodegroupCommand,
  EKSClient,
  type Nodegroup,
  paginateListNodegroups,
} from '@aws-sdk/client-eks';
import { client } from '#lib/aws/clients.ts';
import { forEach } from '#lib/aws/each.ts';
import { tolerating } from '#lib/aws/errors.ts';
import { allPages } from '#lib/aws/reads.ts';
import { type NamesTarget, names } from '#lib/ownership/names.ts';
import type { EnvironmentTarget } from '#lib/run/environment.ts';

/** Of a node group that was made to take over from another one: which. */
export const besideTag = 'aoscloud:beside';

/** The rule first. */
export function nodegroupNames(target: NamesTarget): readonly [string, string] {
  const { nodegroup, nodegroupBeside } = names(target);
  return [nodegroup, nodegroupBeside];
}

/** Node groups of our names, whoever they belong to; the one that has stood longest first. */
export async function namedNodegroups(
  target: EnvironmentTarget,
  wanted: readonly string[] = nodegroupNames(target),
): Promise<Nodegroup[]> {
  const found = await forEach(wanted, 2, (name) => findNodegroup(target, name));
  return found.filter((nodegroup) => nodegroup !== undefined).sort((one, other) => ageOf(one) - ageOf(other));
}

function ageOf({ createdAt }: Nodegroup): number {
  return createdAt?.getTime() ?? 0;
}

const working: ReadonlySet<string | undefined> = new Set(['ACTIVE', 'UPDATING', 'DEGRADED']);

/** Its nodes carry pods. */
export function isWorking(status: string | undefined): boolean {
  return working.has(status);
}

/** The one that does the work: the first that works, else the first that is not on its way out. */
export function standingOf<T extends { readonly status?: string | undefined }>(
  nodegroups: readonly T[],
): T | undefined {
  return (
    nodegroups.find(({ status }) => isWorking(status)) ??
    nodegroups.find(({ status }) => status !== 'DELETING') ??
    nodegroups[0]
  );
}

async function findNodegroup(
  target: EnvironmentTarget,
  nodegroupName: string,
): Promise<Nodegroup | undefined> {
  const answer = await tolerating(['gone'], () =>
    client(EKSClient, target).send(
      new DescribeNodegroupCommand({ clusterName: names(target).cluster, nodegroupName }),
    ),
  );
  return answer?.nodegroup;
}

/** Every node group of the cluster, whoever made it. */
export async function allNodegroups(target: EnvironmentTarget): Promise<Nodegroup[]> {
  const paging = { client: client(EKSClient, target) };
  const found = await allPages(
    paginateListNodegroups(paging, { clusterName: names(target).cluster }),
    (page) => page.nodegroups,
  );
  const nodegroups = await forEach(found, 3, (name) => findNodegroup(target, name));
  return nodegroups.filter((nodegroup) => nodegroup !== undefined);
}
