/**
 * After this step nodes can join: both rules between the EKS group and the base group stand (R22, R23), vpc-cni
 * and kube-proxy are requested, the OIDC provider is there (R26), and the request's administrators are admitted, and nobody
 * whom an earlier request named beside them.
 * All of it must stand before the first node starts: with private DNS nodes resolve the AWS APIs to the
 * endpoints, which drop them without `eks_to_base`, and without vpc-cni no node gets ready (aws-facts 3, 5.3).
 * A second run finds rules by what they admit, the rest by name. Taken back by `remove`.
 */
import { together } from '#lib/aws/reads.ts';
import { dismissAdministrators, ensureAdministrators } from '#lib/eks/access-entries.ts';
import { type AddOnLook, addOnsOfNetwork, ensureAddOns } from '#lib/eks/add-ons.ts';
import { ensureOidcProvider } from '#lib/eks/oidc-provider.ts';
import { ensureCrossRules } from '#lib/eks/rules.ts';
import { known } from '#lib/network/known-ids.ts';
import { pending, ready, type StepContext, type StepOutcome, stepHandler } from '#lib/run/step.ts';

export async function ensure(context: StepContext): Promise<StepOutcome> {
  const { environment, resources } = context;
  const [baseGroupId, clusterGroupId, issuer] = (
    ['defaultSecurityGroupId', 'clusterSecurityGroupId', 'oidcIssuer'] as const
  ).map((id) => known(resources, id)) as [string, string, string];
  // EC2, IAM and EKS side by side: the whole run waits for this look.
  const [addOns] = await together([
    admitAndAddOn(context),
    ensureCrossRules(environment, baseGroupId, clusterGroupId),
    ensureOidcProvider(environment, issuer),
  ]);
  // Without nodes they have nowhere to run: being there is enough, `eks-nodes` sees them healthy.
  const awaited = addOns.filter(({ state }) => state === 'awaited');
  if (awaited.length > 0) return pending(awaited.map(({ detail }) => detail).join('; '), 10);
  return ready('rules, network add-ons, OIDC provider and administrators are in place');
}

async function admitAndAddOn(context: StepContext): Promise<AddOnLook[]> {
  const addOns = await ensureAddOns(context, addOnsOfNetwork);
  await ensureAdministrators(context.environment);
  await dismissAdministrators(context.environment);
  return addOns;
}

export const handler = stepHandler('eks-connect', 'ensure', ensure);
