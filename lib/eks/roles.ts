/**
 * The three IAM roles EKS needs: of the control plane, of the nodes, of the EFS CSI driver. All are made before
 * the cluster, so that they have propagated by the time nodes and add-ons name them.
 */
import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetRoleCommand,
  IAMClient,
  paginateListAttachedRolePolicies,
  paginateListInstanceProfilesForRole,
  paginateListRolePolicies,
  RemoveRoleFromInstanceProfileCommand,
  type Role,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { client } from '#lib/aws/clients.ts';
import { tolerating } from '#lib/aws/errors.ts';
import { allPages } from '#lib/aws/reads.ts';
import { names } from '#lib/ownership/names.ts';
import { isInScope } from '#lib/ownership/scope.ts';
import { isOwned, tagList } from '#lib/ownership/tags.ts';
import type { EnvironmentPlan, EnvironmentTarget, RemovalTarget } from '#lib/run/environment.ts';
import { NotOurResourceError } from '#lib/run/failures.ts';
import { log } from '#lib/run/log.ts';

export type EksRole = 'cluster' | 'nodes' | 'efs-csi';
export const eksRoles: readonly EksRole[] = ['cluster', 'nodes', 'efs-csi'];

const managedPolicies: Readonly<Record<EksRole, readonly string[]>> = {
  cluster: ['AmazonEKSClusterPolicy'],
  nodes: [
    'AmazonEKSWorkerNodePolicy',
    'AmazonEC2ContainerRegistryPullOnly',
    'AmazonEKS_CNI_Policy',
    // Bottlerocket has no SSH: its control container is reached through Session Manager.
    'AmazonSSMManagedInstanceCore',
  ],
  'efs-csi': ['service-role/AmazonEFSCSIDriverPolicy'],
};

function roleName(target: Pick<EnvironmentTarget, 'name' | 'region'>, role: EksRole): string {
  const { clusterRole, nodeRole, efsCsiRole } = names(target);
  return { cluster: clusterRole, nodes: nodeRole, 'efs-csi': efsCsiRole }[role];
}

export function roleArn(target: EnvironmentTarget, role: EksRole): string {
  return `arn:${target.partition}:iam::${target.account}:role/${roleName(target, role)}`;
}

function trustPolicy(target: EnvironmentTarget, role: EksRole): string {
  const principal = {
    cluster: 'eks.amazonaws.com',
    // EC2 alone has its own principal in China (aws-facts 5.1).
    nodes: target.partition === 'aws-cn' ? 'ec2.amazonaws.com.cn' : 'ec2.amazonaws.com',
    // Pod Identity, not IRSA: the role can be made before there is an issuer, and its trust never changes.
    'efs-csi': 'pods.eks.amazonaws.com',
  }[role];
  const actions = role === 'efs-csi' ? ['sts:AssumeRole', 'sts:TagSession'] : ['sts:AssumeRole'];
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: principal }, Action: actions }],
  });
}

function policyArns({ partition }: EnvironmentTarget, role: EksRole): string[] {
  return managedPolicies[role].map((policy) => `arn:${partition}:iam::aws:policy/${policy}`);
}

/** What {@link ensureRole} would put right. */
export async function flawsOfRole(target: EnvironmentTarget, role: EksRole): Promise<string[]> {
  const name = roleName(target, role);
  const found = await findRole(target, role);
  if (!found) return [`role ${name} is missing`];
  const attached = await attachedPolicies(target, name);
  return [
    ...(trustsAsMeant(found, trustPolicy(target, role)) ? [] : [`role ${name} trusts somebody else`]),
    ...policyArns(target, role)
      .filter((policy) => !attached.includes(policy))
      .map((policy) => `role ${name} lacks ${policy}`),
  ];
}

/** The role with its policies; made, completed or just found. True when it was made. */
export async function ensureRole(environment: EnvironmentPlan, role: EksRole): Promise<boolean> {
  const iam = client(IAMClient, environment);
  const RoleName = roleName(environment, role);
  const found = await findRole(environment, role);
  if (!found) {
    await tolerating(['exists'], () =>
      iam.send(
        new CreateRoleCommand({
          RoleName,
          AssumeRolePolicyDocument: trustPolicy(environment, role),
          Description: `AosCloud environment ${environment.name}: EKS ${role}`,
          Tags: tagList(environment, `eks/role/${role}`),
        }),
      ),
    );
    log.info('role created', { role: RoleName });
  } else if (!isOwned(found.Tags, environment)) {
    throw new NotOurResourceError(
      `IAM role ${RoleName} exists but does not carry the tags of environment ${environment.name}`,
      'delete or rename that role, or choose another environment name',
    );
  }
  if (found && !trustsAsMeant(found, trustPolicy(environment, role))) {
    await iam.send(
      new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: trustPolicy(environment, role) }),
    );
    log.info('trust of role restored', { role: RoleName, found: found.AssumeRolePolicyDocument });
  }
  const attached = new Set(found ? await attachedPolicies(environment, RoleName) : []);
  for (const PolicyArn of policyArns(environment, role)) {
    // Attaching twice does no harm, but a run that finds everything in place changes nothing.
    if (!attached.has(PolicyArn)) await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
  }
  return !found;
}

/**
 * Somebody may have changed whom the role trusts. IAM answers policies percent-encoded, keeps a list of one as a
 * string or a list as it was written, and means the same by both.
 */
function trustsAsMeant({ AssumeRolePolicyDocument }: Role, wanted: string): boolean {
  if (AssumeRolePolicyDocument === undefined) return true;
  return canonicalTrust(decodeURIComponent(AssumeRolePolicyDocument)) === canonicalTrust(wanted);
}

function canonicalTrust(policy: string): string {
  try {
    return JSON.stringify(canonical((JSON.parse(policy) as { Statement?: unknown }).Statement));
  } catch {
    // Not one of ours in any case.
    return policy;
  }
}

/** Lists sorted, and as bare values where they have one member; members of objects sorted; no statement ids. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) {
    const members = value.map(canonical);
    return members.length === 1 ? members[0] : members.sort((a, b) => compared(a, b));
  }
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(([key]) => key !== 'Sid');
  return Object.fromEntries(
    members.map(([key, member]) => [key, canonical(member)] as const).sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

function compared(one: unknown, other: unknown): number {
  return JSON.stringify(one) < JSON.stringify(other) ? -1 : 1;
}

export async function findRole(target: EnvironmentTarget, role: EksRole): Promise<Role | undefined> {
  const answer = await tolerating(['gone'], () =>
    client(IAMClient, target).send(new GetRoleCommand({ RoleName: roleName(target, role) })),
  );
  return answer?.Role;
}

async function attachedPolicies(target: EnvironmentTarget, RoleName: string): Promise<string[]> {
  const attached = await allPages(
    paginateListAttachedRolePolicies({ client: client(IAMClient, target) }, { RoleName }),
    (page) => page.AttachedPolicies,
  );
  return attached.map((policy) => policy.PolicyArn!);
}

/** Deletes the role if it is ours. True when it was there, so that whoever asks looks again. */
export async function removeRole(target: RemovalTarget, role: EksRole): Promise<boolean> {
  const found = await findRole(target, role);
  if (!found || !isInScope(found.Tags, target)) return false;
  const iam = client(IAMClient, target);
  const RoleName = roleName(target, role);
  const paging = { client: iam };
  for (const PolicyArn of await attachedPolicies(target, RoleName))
    await tolerating(['gone'], () => iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn })));
  for (const PolicyName of await allPages(
    paginateListRolePolicies(paging, { RoleName }),
    (page) => page.PolicyNames,
  ))
    await tolerating(['gone'], () => iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName })));
  for (const { InstanceProfileName } of await allPages(
    paginateListInstanceProfilesForRole(paging, { RoleName }),
    (page) => page.InstanceProfiles,
  ))
    await tolerating(['gone'], () =>
      iam.send(new RemoveRoleFromInstanceProfileCommand({ RoleName, InstanceProfileName })),
    );
  // DeleteConflict (an instance profile EKS has not let go of yet) means: look again.
  await tolerating(['gone', 'pending'], () => iam.send(new DeleteRoleCommand({ RoleName })));
  log.info('role deleted', { role: RoleName });
  return true;
}
