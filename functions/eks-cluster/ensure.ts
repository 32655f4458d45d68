/**
 * After this step the control plane is ACTIVE, as the plan wants it (R26, R32), with its three roles, its log group and
 * the launch template of its nodes. A second run recognises all of them by their names and checks their tags; a cluster that an earlier run
 * left FAILED is deleted and made anew, as FAILED never heals. Taken back by `remove`.
 */
import { type Cluster, DeleteClusterCommand, EKSClient } from '@aws-sdk/client-eks';
import { client } from '#lib/aws/clients.ts';
import { forEach } from '#lib/aws/each.ts';
import { together } from '#lib/aws/reads.ts';
import { findCluster } from '#lib/eks/cluster.ts';
import { issuesAdvice, issuesText } from '#lib/eks/health.ts';
import { ensureLaunchTemplate } from '#lib/eks/launch-template.ts';
import { ensureLogGroup } from '#lib/eks/log-group.ts';
import { eksRoles, ensureRole } from '#lib/eks/roles.ts';
import { noted, updateProgress } from '#lib/eks/updates.ts';
import { known } from '#lib/network/known-ids.ts';
import { isFresh, noteMade } from '#lib/network/visibility.ts';
import { names } from '#lib/ownership/names.ts';
import { withTags } from '#lib/ownership/tagged.ts';
import { isCreatedBy, isOwned } from '#lib/ownership/tags.ts';
import { type Duration, secondsUntilLook } from '#lib/run/cadence.ts';
import type { EnvironmentPlan, Resources } from '#lib/run/environment.ts';
import { NotOurResourceError, ResourceFailedError } from '#lib/run/failures.ts';
import { log } from '#lib/run/log.ts';
import { pending, ready, type StepContext, type StepOutcome, stepHandler } from '#lib/run/step.ts';
import { createCluster, updateWhatDiffers } from './control-plane.ts';
import { sweepEarlierCluster } from './earlier-cluster.ts';
import { tagKubernetes } from './tags.ts';

/** 9.5 to 15 minutes in a survey of the regions, and 8 min 33 s once (aws-facts 0.6, 15). */
const creation: Duration = { soonest: 570, usualFrom: 570, usualTo: 900 };
/** The whole run waits for it. */
const pollSeconds = 6;
/** Of some ten until IAM has told everybody. */
const roleSeconds = 6;
/** What roles, log group and launch template are noted as, once they were seen to. */
const surroundings = 'eks/surroundings';
/** Twelve endpoints at the rate EC2 takes changes, twice over. */
const longestSweepSeconds = 120;

export async function ensure(context: StepContext): Promise<StepOutcome> {
  const { environment, resources } = context;
  // The look before saw none, and EKS has only to see the role: who else makes one is told by the create call.
  const cluster = isFresh(resources, surroundings) ? undefined : await findCluster(environment);
  if (!cluster) return request(context);
  refuseForeign(context, cluster);
  const name = `EKS cluster ${cluster.name}`;
  switch (cluster.status) {
    case 'PENDING':
    case 'CREATING':
      return pending(`${name} is being created`, secondsUntilWorthLooking(cluster), idsOf(cluster));
    case 'UPDATING':
      return pending(`${name} is being updated`, pollSeconds, idsOf(cluster));
    case 'DELETING':
      return notRequested(`${name} of an earlier run is being deleted`, 30);
    case 'FAILED':
      return replaceFailed(environment, cluster);
    case 'ACTIVE':
      return settle(context, cluster);
    default:
      throw new ResourceFailedError(
        `${name} has the status ${cluster.status}, which this version does not know`,
        'look at it in the EKS console',
      );
  }
}

async function request(context: StepContext): Promise<StepOutcome> {
  const { environment, resources } = context;
  const { cluster: clusterName } = names(environment);
  const noted = noteMade(resources, [surroundings]);
  // The look before made or saw all of it.
  if (!isFresh(resources, surroundings)) {
    const { hasNewRole } = await ensureSurroundings(environment);
    const left = await sweepEarlierCluster(environment, known(resources, 'vpcId'));
    // What somebody else still uses is no reason to do without a cluster.
    if (left.length > 0 && context.elapsedSeconds < longestSweepSeconds)
      return notRequested(`an earlier cluster ${clusterName} is gone; taking away ${left.join(', ')}`, 5);
    // Asked before, EKS would only refuse: it sees no role sooner.
    if (hasNewRole)
      return {
        ...notRequested(`EKS does not see the new role of the cluster ${clusterName} yet`, roleSeconds),
        resources: noted,
      };
  }
  const accepted = await createCluster(context);
  if (!accepted)
    return {
      ...notRequested(`EKS does not take the cluster ${clusterName} and its role yet`, 2),
      resources: noted,
    };
  log.info('cluster requested', { clusterName });
  return pending(`EKS cluster ${clusterName} is being created`, creation.soonest, { clusterName });
}

/** All of it comes first: roles and launch template take time to reach EKS, which would make the log group untagged. */
async function ensureSurroundings(environment: EnvironmentPlan): Promise<{ hasNewRole: boolean }> {
  const [made] = await together([
    forEach(eksRoles, 3, (role) => ensureRole(environment, role)),
    ensureLogGroup(environment),
    ensureLaunchTemplate(environment),
  ]);
  return { hasNewRole: made.includes(true) };
}

async function settle(context: StepContext, seen: Cluster): Promise<StepOutcome> {
  const name = `EKS cluster ${seen.name}`;
  const progress = await updateProgress(context, {});
  if (progress === 'under way') return pending(`${name} is being updated`, pollSeconds, idsOf(seen));
  const cluster = progress === 'through' ? await findCluster(context.environment) : seen;
  if (!cluster) return notRequested(`${name} is gone`, pollSeconds);
  const ids = idsOf(cluster);
  // This run asked for the cluster once all of it was there.
  if (!isCreatedBy(cluster.tags, context.environment.execution))
    await ensureSurroundings(context.environment);
  const asked = await updateWhatDiffers(context, cluster);
  if (asked) {
    const { what, update, soonestSeconds } = asked;
    return pending(`${name}: updating ${what}`, soonestSeconds, { ...ids, ...noted(context, {}, update) });
  }
  if (!ids.clusterSecurityGroupId || !ids.oidcIssuer)
    return pending(`${name} does not name its group and issuer yet`, 5, ids);
  return ready(`${name} is active`, ids);
}

/** FAILED once in this run is a finding; FAILED since an earlier run is rubble. The created-by tag tells. */
async function replaceFailed(environment: EnvironmentPlan, cluster: Cluster): Promise<StepOutcome> {
  const issues = cluster.health?.issues;
  if (isCreatedBy(cluster.tags, environment.execution))
    throw new ResourceFailedError(
      `EKS cluster ${cluster.name} is FAILED: ${issuesText(issues)}`,
      issuesAdvice(issues),
    );
  await client(EKSClient, environment).send(new DeleteClusterCommand({ name: cluster.name }));
  log.info('failed cluster of an earlier run deleted', { clusterName: cluster.name });
  return notRequested(
    `EKS cluster ${cluster.name} of an earlier run is FAILED (${issuesText(issues)}) and is being deleted`,
    30,
  );
}

function refuseForeign({ environment, resources }: StepContext, cluster: Cluster): void {
  if (!isOwned(cluster.tags, environment))
    throw new NotOurResourceError(
      `EKS cluster ${cluster.name} exists but does not carry the tags of environment ${environment.name}`,
      'delete that cluster, or choose another environment name',
    );
  const vpcId = known(resources, 'vpcId');
  const clusterVpcId = cluster.resourcesVpcConfig?.vpcId;
  if (clusterVpcId && clusterVpcId !== vpcId)
    throw new NotOurResourceError(
      `EKS cluster ${cluster.name} of this environment stands in ${clusterVpcId}, not in ${vpcId}`,
      'deprovision the environment, then run again',
    );
}

function notRequested(detail: string, retryAfterSeconds: number): StepOutcome {
  return { ...pending(detail, retryAfterSeconds), requested: false };
}

function secondsUntilWorthLooking(cluster: Cluster): number {
  const ageSeconds = cluster.createdAt ? (Date.now() - cluster.createdAt.getTime()) / 1000 : 0;
  return secondsUntilLook(ageSeconds, creation, pollSeconds);
}

function idsOf(cluster: Cluster): Resources {
  const clusterSecurityGroupId = cluster.resourcesVpcConfig?.clusterSecurityGroupId;
  const oidcIssuer = cluster.identity?.oidc?.issuer;
  return {
    clusterName: cluster.name!,
    ...(clusterSecurityGroupId ? { clusterSecurityGroupId } : {}),
    ...(oidcIssuer ? { oidcIssuer } : {}),
  };
}

export const handler = stepHandler('eks-cluster', 'ensure', withTags(ensure, tagKubernetes));
