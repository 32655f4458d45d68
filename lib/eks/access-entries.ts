/** Who administers the cluster: an access entry with the cluster admin policy for each role of the request. */
import {
  AssociateAccessPolicyCommand,
  CreateAccessEntryCommand,
  DeleteAccessEntryCommand,
  DescribeAccessEntryCommand,
  EKSClient,
  paginateListAccessEntries,
} from '@aws-sdk/client-eks';
import { client } from '#lib/clients.ts';
import { forEach } from '#lib/each.ts';
import type { EnvironmentPlan, EnvironmentTarget, RemovalTarget } from '#lib/environment.ts';
import { tolerating } from '#lib/errors.ts';
import { log } from '#lib/log.ts';
import { names } from '#lib/names.ts';
import { clientToken, tagRecord } from '#lib/tags.ts';
import { isOurs } from './cluster.ts';

function adminPolicyArn({ partition }: EnvironmentTarget): string {
  return `arn:${partition}:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy`;
}

/** Principals with an entry; with `associatedPolicyArn`, those who have that policy. */
async function principals(target: EnvironmentTarget, associatedPolicyArn?: string): Promise<string[]> {
  const found: string[] = [];
  const input = {
    clusterName: names(target).cluster,
    ...(associatedPolicyArn ? { associatedPolicyArn } : {}),
  };
  for await (const page of paginateListAccessEntries({ client: client(EKSClient, target) }, input))
    found.push(...(page.accessEntries ?? []));
  return found;
}

/** Each administrator has an entry and the policy. An entry somebody else made gets the policy only. */
export async function ensureAdministrators(environment: EnvironmentPlan): Promise<void> {
  const { administrators } = environment.eks;
  if (administrators.length === 0) return;
  const policyArn = adminPolicyArn(environment);
  const alreadyAdministrators = new Set(await principals(environment, policyArn));
  const missing = administrators.filter((principalArn) => !alreadyAdministrators.has(principalArn));
  if (missing.length === 0) return;
  // Asked for, because EKS calls an entry that exists "in use", which it also says of a cluster that is busy.
  const withEntry = new Set(await principals(environment));
  const clusterName = names(environment).cluster;
  const eks = client(EKSClient, environment);
  for (const principalArn of missing) {
    if (!withEntry.has(principalArn))
      await eks.send(
        new CreateAccessEntryCommand({
          clusterName,
          principalArn,
          type: 'STANDARD',
          clientRequestToken: clientToken('access-entry', principalArn, environment.execution),
          tags: tagRecord(environment, 'eks/access-entry'),
        }),
      );
    await eks.send(
      new AssociateAccessPolicyCommand({
        clusterName,
        principalArn,
        policyArn,
        accessScope: { type: 'cluster' },
      }),
    );
    log.info('administrator admitted', { principalArn });
  }
}

/** Deletes our entries from a cluster that stays. True when any was there. Entries of a cluster that goes die with it. */
export async function removeAdministrators(target: RemovalTarget): Promise<boolean> {
  const eks = client(EKSClient, target);
  const clusterName = names(target).cluster;
  const removed = await forEach(await principals(target), 3, async (principalArn) => {
    const found = await tolerating(['gone'], () =>
      eks.send(new DescribeAccessEntryCommand({ clusterName, principalArn })),
    );
    if (!isOurs(found?.accessEntry?.tags, target)) return false;
    await tolerating(['gone'], () => eks.send(new DeleteAccessEntryCommand({ clusterName, principalArn })));
    log.info('administrator removed', { principalArn });
    return true;
  });
  return removed.includes(true);
}
