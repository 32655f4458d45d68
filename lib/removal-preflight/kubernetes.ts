/** What keeps the EKS cluster from going: its protection, and compute of others, whose work would end with it. */
import {
  type Cluster,
  DescribeNodegroupCommand,
  EKSClient,
  paginateListFargateProfiles,
  paginateListNodegroups,
} from '@aws-sdk/client-eks';
import { client } from '#lib/aws/clients.ts';
import { forEach } from '#lib/aws/each.ts';
import { tolerating } from '#lib/aws/errors.ts';
import { allPages } from '#lib/aws/reads.ts';
import { clusterUnderRemoval } from '#lib/eks/cluster.ts';
import { isOwned } from '#lib/ownership/tags.ts';
import type { RemovalTarget } from '#lib/run/environment.ts';
import type { Finding } from '#lib/run/failure-words.ts';
import type { StepName } from '#lib/run/steps.ts';
import { nothingFound, type RemovalContext, type RemovalFindings } from './context.ts';

/** A cluster that stays keeps its nodes, its rules and its group. */
const steps: readonly StepName[] = ['eks-nodes', 'eks-connect', 'eks-endpoints', 'eks-cluster'];

export async function askKubernetes({ target }: RemovalContext): Promise<RemovalFindings> {
  const { cluster, fate } = await clusterUnderRemoval(target);
  if (!cluster || fate !== 'goes' || cluster.status === 'DELETING') return nothingFound();
  const what = `EKS cluster ${cluster.name}`;
  const problems = [
    ...protection(target, what, cluster),
    ...(await fargateProfiles(target, what, cluster)),
    ...(await foreignNodegroups(target, what, cluster)),
  ];
  return { blockers: problems.map((problem) => ({ problem, steps })), warnings: [] };
}

function protection({ unprotect }: RemovalTarget, what: string, { deletionProtection }: Cluster): Finding[] {
  if (!deletionProtection || unprotect) return [];
  return [
    {
      what: `${what} is protected from deletion (W9)`,
      todo: 'run provision with deletionProtection false, then remove the environment',
    },
  ];
}

async function fargateProfiles(target: RemovalTarget, what: string, { name }: Cluster): Promise<Finding[]> {
  const eks = client(EKSClient, target);
  const found = await tolerating(['gone'], () =>
    allPages(
      paginateListFargateProfiles({ client: eks }, { clusterName: name }),
      (page) => page.fargateProfileNames,
    ),
  );
  return (found ?? []).map((profile) => ({
    what: `${what} has Fargate profile ${profile}, made by somebody else`,
    todo: 'delete it',
  }));
}

async function foreignNodegroups(target: RemovalTarget, what: string, { name }: Cluster): Promise<Finding[]> {
  const eks = client(EKSClient, target);
  const listed = await tolerating(['gone'], () =>
    allPages(paginateListNodegroups({ client: eks }, { clusterName: name }), (page) => page.nodegroups),
  );
  const found = await forEach(listed ?? [], 3, (nodegroupName) =>
    tolerating(['gone'], () => eks.send(new DescribeNodegroupCommand({ clusterName: name, nodegroupName }))),
  );
  return found
    .flatMap((answer) => answer?.nodegroup ?? [])
    .filter(({ tags, status }) => status !== 'DELETING' && !isOwned(tags, target))
    .map(({ nodegroupName }) => ({
      what: `${what} has node group ${nodegroupName}, made by somebody else`,
      todo: 'move its work and delete it',
    }));
}
