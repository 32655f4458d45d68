/**
 * After this step nothing ties the EKS cluster group to the groups of the environment, and its OIDC provider is
 * gone. On a cluster that stays, the add-ons and access entries of the execution to be taken back are gone, too.
 * Rules are found by the groups they name, so that one somebody added by hand does not stop EKS either.
 */
import { removeAdministrators } from '#lib/eks/access-entries.ts';
import { addOnsOfNetwork, removeAddOns } from '#lib/eks/add-ons.ts';
import { clusterUnderRemoval } from '#lib/eks/cluster.ts';
import { removeOidcProviders } from '#lib/eks/oidc-provider.ts';
import { crossRulesToRevoke, revokeRules } from '#lib/eks/rules.ts';
import { counted } from '#lib/run/counted.ts';
import type { RemovalTarget } from '#lib/run/environment.ts';
import { gone, pending, type StepContext, type StepOutcome, stepHandler } from '#lib/run/step.ts';

export async function remove({ environment }: StepContext<RemovalTarget>): Promise<StepOutcome> {
  const found = await clusterUnderRemoval(environment);
  const left: string[] = [];

  const rules = await crossRulesToRevoke(environment, found);
  await revokeRules(environment, rules);
  if (rules.length > 0) left.push(`${counted(rules.length, 'rule')} of the EKS group`);

  if (await removeOidcProviders(environment, found.cluster?.identity?.oidc?.issuer))
    left.push('the OIDC provider');

  if (found.fate === 'stays') {
    if (await removeAdministrators(environment)) left.push('access entries');
    left.push(...(await removeAddOns(environment, addOnsOfNetwork)));
  }
  if (left.length > 0) return pending(`taking away ${left.join(', ')}`, 3);
  return gone(
    found.fate === 'stays' ? 'EKS stays connected, without what this run made' : 'EKS is disconnected',
  );
}

export const handler = stepHandler('eks-connect', 'remove', remove);
