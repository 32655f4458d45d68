/** Who may enter the cluster: the request's administrators, and the node role's entry, which EKS makes and never deletes. */
import {
  type AccessEntry,
  AssociateAccessPolicyCommand,
  CreateAccessEntryCommand,
  DeleteAccessEntryCommand,
  DescribeAccessEntryCommand,
  EKSClient,
  paginateListAccessEntries,
} from '@aws-sdk/client-eks';
import { GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { client } from '#lib/aws/clients.ts';
import { forEach } from '#lib/aws/each.ts';
import { tolerating } from '#lib/aws/errors.ts';
import { allPages } from '#lib/aws/reads.ts';
import { accountOf, roleNameOf } from '#lib/aws/role-arn.ts';
import { names } from '#lib/ownership/names.ts';
import { isInScope } from '#lib/ownership/scope.ts';
import { clientToken, isOwned, tagRecord } from '#lib/ownership/tags.ts';
import type { EnvironmentPlan, EnvironmentTarget, RemovalTarget } from '#lib/run/environment.ts';
import { NotOurResourceError } from '#lib/run/failures.ts';
import { log } from '#lib/run/log.ts';
import { roleArn } from './roles.ts';

function adminPolicyArn({ partition }: EnvironmentTarget): string {
  return `arn:${partition}:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy`;
}

/** Principals with an entry; with `associatedPolicyArn`, those who have that policy. */
function principals(target: EnvironmentTarget, associatedPolicyArn?: string): Promise<string[]> {
  const input = {
    clusterName: names(target).cluster,
    ...(associatedPolicyArn ? { associatedPolicyArn } : {}),
  };
  return allPages(
    paginateListAccessEntries({ client: client(EKSClient, target) }, input),
    (page) => page.accessEntries,
  );
}

/** Whoever has the administrators' policy on the whole cluster. */
export function administratorsOf(target: EnvironmentTarget): Promise<string[]> {
  return principals(target, adminPolicyArn(target));
}

/** Every entry but the node role's, which EKS makes; whoever made it. EKS lists names only. */
export async function listAccessEntries(target: EnvironmentTarget): Promise<AccessEntry[]> {
  const others = (await principals(target)).filter((principal) => principal !== roleArn(target, 'nodes'));
  const found = await forEach(others, 3, (principal) => findEntry(target, principal));
  return found.filter((entry) => entry !== undefined);
}

/**
 * Whoever was an administrator by an earlier request, and is none by this one, loses the entry we made. Entries of
 * others stay, and so does the node role's, which EKS made.
 */
export async function dismissAdministrators(environment: EnvironmentPlan): Promise<void> {
  const { administrators } = environment.eks;
  const entered = await principals(environment);
  const others = entered.filter(
    (principal) => !administrators.includes(principal) && principal !== roleArn(environment, 'nodes'),
  );
  await forEach(others, 3, async (principalArn) => {
    const entry = await findEntry(environment, principalArn);
    if (!entry || !isOwned(entry.tags, environment)) return;
    await deleteEntry(environment, principalArn);
    log.info('administrator dismissed', { principalArn });
  });
}

/**
 * Each administrator has an entry that lets in the role that bears its name now, and the policy. An entry somebody
 * else made is used where it serves and never changed: what a run adds to it no rollback could tell from theirs.
 */
export async function ensureAdministrators(environment: EnvironmentPlan): Promise<void> {
  const { administrators } = environment.eks;
  if (administrators.length === 0) return;
  const withPolicy = new Set(await administratorsOf(environment));
  await forEach(administrators, 3, (principalArn) =>
    ensureAdministrator(environment, principalArn, withPolicy.has(principalArn)),
  );
}

async function ensureAdministrator(
  environment: EnvironmentPlan,
  principalArn: string,
  hasPolicy: boolean,
): Promise<void> {
  const clusterName = names(environment).cluster;
  const eks = client(EKSClient, environment);
  // Asked for, because EKS calls an entry that exists "in use", which it also says of a cluster that is busy.
  let entry = await findEntry(environment, principalArn);
  const isDead = entry !== undefined && (await isOfEarlierRole(environment, entry));
  if (entry && !isOwned(entry.tags, environment) && (isDead || !hasPolicy))
    throw new NotOurResourceError(
      `the access entry of ${principalArn} on ${clusterName} was made by somebody else and ${isDead ? 'for an earlier role of that name, so that it lets nobody in' : 'lacks AmazonEKSClusterAdminPolicy'}`,
      `delete that entry${isDead ? '' : ', or associate the policy with it'}, then run again`,
    );
  if (isDead) {
    await deleteEntry(environment, principalArn);
    entry = undefined;
  }
  if (entry && hasPolicy) return;
  if (!entry)
    await eks.send(
      new CreateAccessEntryCommand({
        clusterName,
        principalArn,
        type: 'STANDARD',
        // A token of the entry deleted just now would answer with the corpse.
        clientRequestToken: clientToken(
          'access-entry',
          principalArn,
          environment.execution,
          isDead ? 'anew' : '',
        ),
        tags: tagRecord(environment, 'eks/access-entry'),
      }),
    );
  await eks.send(
    new AssociateAccessPolicyCommand({
      clusterName,
      principalArn,
      policyArn: adminPolicyArn(environment),
      accessScope: { type: 'cluster' },
    }),
  );
  log.info('administrator admitted', { principalArn });
}

/** Administrators whose entry lets in nobody, as the role that bears their name is another one by now. */
export async function deadAdministrators(environment: EnvironmentPlan): Promise<string[]> {
  const { administrators } = environment.eks;
  const entries = await forEach(administrators, 3, (principal) => findEntry(environment, principal));
  const dead = await forEach(entries, 3, async (entry) =>
    entry && (await isOfEarlierRole(environment, entry)) ? entry.principalArn : undefined,
  );
  return dead.filter((principal) => principal !== undefined);
}

async function findEntry(target: EnvironmentTarget, principalArn: string): Promise<AccessEntry | undefined> {
  const input = { clusterName: names(target).cluster, principalArn };
  const answer = await tolerating(['gone'], () =>
    client(EKSClient, target).send(new DescribeAccessEntryCommand(input)),
  );
  return answer?.accessEntry;
}

async function deleteEntry(target: EnvironmentTarget, principalArn: string): Promise<void> {
  const input = { clusterName: names(target).cluster, principalArn };
  await tolerating(['gone'], () => client(EKSClient, target).send(new DeleteAccessEntryCommand(input)));
  log.info('access entry deleted', { principalArn });
}

/**
 * An entry is bound to the unique id of the role it was made for, which EKS shows nowhere, and lets in no later role
 * of the same ARN (EKS API reference, AccessEntry). What can be compared are the times: a role younger than its
 * entry is another one. Roles of other accounts cannot be asked about.
 */
async function isOfEarlierRole(target: EnvironmentTarget, entry: AccessEntry): Promise<boolean> {
  return isRoleYounger(target, entry.principalArn as string, entry.createdAt);
}

/** Was the role that bears this ARN now made after `time`? */
export async function isRoleYounger(
  target: EnvironmentTarget,
  arn: string,
  time: Date | undefined,
): Promise<boolean> {
  if (accountOf(arn) !== target.account) return false;
  const answer = await tolerating(['gone'], () =>
    client(IAMClient, target).send(new GetRoleCommand({ RoleName: roleNameOf(arn) })),
  );
  const madeAt = answer?.Role?.CreateDate;
  return madeAt !== undefined && time !== undefined && madeAt > time;
}

/**
 * Deletes the entry EKS made for an earlier node role of that name: it stays with the cluster, and with it no node
 * of the next node group would ever join (aws/containers-roadmap#2631). EKS makes a new one with the node group.
 */
export async function dropDeadNodeEntry(target: EnvironmentTarget): Promise<void> {
  const entry = await findEntry(target, roleArn(target, 'nodes'));
  if (entry && (await isOfEarlierRole(target, entry))) await deleteEntry(target, roleArn(target, 'nodes'));
}

/**
 * Deletes the entry EKS made for the node role, once no node group has that role any more. True when it was there.
 * EKS itself never deletes it, and makes one with the next node group.
 */
export async function removeNodeEntry(target: RemovalTarget): Promise<boolean> {
  const principalArn = roleArn(target, 'nodes');
  const entry = await findEntry(target, principalArn);
  if (entry?.type !== 'EC2_LINUX') return false;
  await deleteEntry(target, principalArn);
  return true;
}

/** Deletes our entries from a cluster that stays. True when any was there. Entries of a cluster that goes die with it. */
export async function removeAdministrators(target: RemovalTarget): Promise<boolean> {
  const removed = await forEach(await principals(target), 3, async (principalArn) => {
    const entry = await findEntry(target, principalArn);
    if (!isInScope(entry?.tags, target)) return false;
    await deleteEntry(target, principalArn);
    return true;
  });
  return removed.includes(true);
}
