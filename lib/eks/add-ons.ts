/** EKS add-ons: requested, watched, and those of one execution taken off a cluster that stays. */
import {
  type Addon,
  type AddonPodIdentityAssociations,
  CreateAddonCommand,
  DeleteAddonCommand,
  DescribeAddonCommand,
  EKSClient,
} from '@aws-sdk/client-eks';
import { client } from '#lib/aws/clients.ts';
import { forEach } from '#lib/aws/each.ts';
import { tolerating } from '#lib/aws/errors.ts';
import { names } from '#lib/ownership/names.ts';
import { isInScope } from '#lib/ownership/scope.ts';
import { clientToken, isCreatedBy, isOwned, tagRecord } from '#lib/ownership/tags.ts';
import type { EnvironmentPlan, EnvironmentTarget, RemovalTarget } from '#lib/run/environment.ts';
import { NotOurResourceError, ResourceFailedError } from '#lib/run/failures.ts';
import { log } from '#lib/run/log.ts';
import type { StepContext } from '#lib/run/step.ts';
import { issuesAdvice, issuesText } from './health.ts';
import { onceVisible } from './propagation.ts';
import { roleArn } from './roles.ts';

export type AddOnName =
  | 'vpc-cni'
  | 'kube-proxy'
  | 'eks-pod-identity-agent'
  | 'coredns'
  | 'aws-efs-csi-driver';

/** Without these no node ever gets ready, so they stand before the first one (aws-facts 5.3). */
export const addOnsOfNetwork: readonly AddOnName[] = ['vpc-cni', 'kube-proxy'];
/** A daemon set: it may be asked for before there are nodes. */
export const addOnsBesideNodes: readonly AddOnName[] = ['eks-pod-identity-agent'];
/** Deployments: DEGRADED until there are nodes to run on. */
export const addOnsOnNodes: readonly AddOnName[] = ['coredns', 'aws-efs-csi-driver'];

export const allAddOns: readonly AddOnName[] = [...addOnsOfNetwork, ...addOnsBesideNodes, ...addOnsOnNodes];

/** Service accounts that get a role by Pod Identity. The EFS driver takes one for its controller only. */
export const podIdentityAccounts: Readonly<Partial<Record<AddOnName, string>>> = {
  'aws-efs-csi-driver': 'efs-csi-controller-sa',
};

/**
 * - `active`: healthy.
 * - `there`: requested and standing, not healthy yet (DEGRADED is that, too: it heals when nodes come).
 * - `broken`: an update of it failed; it goes on as it was before.
 * - `awaited`: not even requested: EKS is busy, a role is not visible, or a predecessor is still leaving.
 */
export interface AddOnLook {
  readonly name: AddOnName;
  readonly state: 'active' | 'there' | 'broken' | 'awaited';
  /** `coredns is CREATING` */
  readonly detail: string;
  /** This look asked for it. */
  readonly asked?: true;
}

/** Sees to it that each add-on is requested. */
export function ensureAddOns(context: StepContext, addOns: readonly AddOnName[]): Promise<AddOnLook[]> {
  return forEach(addOns, 3, (name) => ensureAddOn(context, name));
}

async function ensureAddOn(context: StepContext, name: AddOnName): Promise<AddOnLook> {
  const { environment } = context;
  const found = await findAddOn(environment, name);
  if (!found) return requestAddOn(context, name);
  const look = (state: AddOnLook['state'], more = ''): AddOnLook => ({
    name,
    state,
    detail: `${name} is ${found.status}${more}`,
  });
  switch (found.status) {
    case 'ACTIVE':
      return look('active');
    case 'CREATING':
    case 'UPDATING':
      return look('there');
    case 'DEGRADED':
      return look('there', ` (${issuesText(found.health?.issues)})`);
    case 'UPDATE_FAILED':
      // Whoever upgrades asks again; it serves meanwhile.
      return look('broken', ` (${issuesText(found.health?.issues)})`);
    case 'DELETING':
      return look('awaited');
    case 'CREATE_FAILED':
      if (!isOwned(found.tags, environment)) throw foreignAndFailed(found, name);
      if (!isCreatedBy(found.tags, environment.execution)) {
        await removeAddOn(environment, name);
        return look('awaited', ' since an earlier run and is being deleted');
      }
      throw addOnFailed(found, name);
    default:
      throw addOnFailed(found, name);
  }
}

function addOnFailed({ status, health }: Addon, name: AddOnName): ResourceFailedError {
  return new ResourceFailedError(
    `EKS add-on ${name} is ${status}: ${issuesText(health?.issues)}`,
    issuesAdvice(health?.issues),
  );
}

/** One that somebody else installed serves while it is healthy; to delete it is theirs (W4). */
function foreignAndFailed({ health }: Addon, name: AddOnName): NotOurResourceError {
  return new NotOurResourceError(
    `EKS add-on ${name} is CREATE_FAILED: ${issuesText(health?.issues)}; it was installed by somebody else`,
    'delete that add-on (EKS console, Add-ons), then run again: it is installed anew',
  );
}

async function requestAddOn(context: StepContext, name: AddOnName): Promise<AddOnLook> {
  const { environment } = context;
  const podIdentityAssociations = podIdentity(environment, name);
  const accepted = await onceVisible(() =>
    tolerating(['exists'], () =>
      client(EKSClient, environment).send(
        new CreateAddonCommand({
          clusterName: names(environment).cluster,
          addonName: name,
          // Without it a copy somebody installed by hand ends in CREATE_FAILED (aws-facts 5.4).
          resolveConflicts: 'OVERWRITE',
          ...(podIdentityAssociations ? { podIdentityAssociations } : {}),
          clientRequestToken: clientToken(context.resources.vpcId ?? '', name, environment.execution),
          tags: tagRecord(environment, `eks/add-on/${name}`),
        }),
      ),
    ),
  );
  if (!accepted) return { name, state: 'awaited', detail: `EKS does not take ${name} yet` };
  log.info('add-on requested', { addOn: name });
  return { name, state: 'there', asked: true, detail: `${name} is ${accepted.addon?.status ?? 'CREATING'}` };
}

function podIdentity(
  environment: EnvironmentPlan,
  name: AddOnName,
): AddonPodIdentityAssociations[] | undefined {
  const serviceAccount = podIdentityAccounts[name];
  return serviceAccount ? [{ serviceAccount, roleArn: roleArn(environment, 'efs-csi') }] : undefined;
}

export async function findAddOn(target: EnvironmentTarget, addonName: AddOnName): Promise<Addon | undefined> {
  const answer = await tolerating(['gone'], () =>
    client(EKSClient, target).send(
      new DescribeAddonCommand({ clusterName: names(target).cluster, addonName }),
    ),
  );
  return answer?.addon;
}

async function removeAddOn(target: EnvironmentTarget, addonName: AddOnName): Promise<void> {
  await tolerating(['gone', 'pending'], () =>
    client(EKSClient, target).send(new DeleteAddonCommand({ clusterName: names(target).cluster, addonName })),
  );
  log.info('add-on deletion requested', { addOn: addonName });
}

/** Takes our add-ons off a cluster that stays. Gives those still there. Add-ons of a cluster that goes die with it. */
export async function removeAddOns(
  target: RemovalTarget,
  addOns: readonly AddOnName[],
): Promise<AddOnName[]> {
  const left = await forEach(addOns, 3, async (name) => {
    const found = await findAddOn(target, name);
    if (!found || !isInScope(found.tags, target)) return undefined;
    if (found.status !== 'DELETING') await removeAddOn(target, name);
    return name;
  });
  return left.filter((name) => name !== undefined);
}
