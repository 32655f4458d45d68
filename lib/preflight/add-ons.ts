/**
 * Does EKS offer every add-on for the Kubernetes version, and a role for the one that needs one? One that is not
 * offered would be refused only once the nodes stand. Asked while there is no node group of that version yet.
 */
import { DescribeAddonConfigurationCommand, EKSClient } from '@aws-sdk/client-eks';
import { client } from '#lib/aws/clients.ts';
import { addOnOffers, defaultOf } from '#lib/eks/add-on-offers.ts';
import { allAddOns, podIdentityAccounts } from '#lib/eks/add-ons.ts';
import { type Context, type Findings, noFindings } from './context.ts';

export async function askAddOns(
  { account, target, request }: Context,
  kubernetesVersion: string | undefined,
): Promise<Findings> {
  const findings = noFindings();
  const nodegroup = await account.nodegroup();
  // An upgrade takes the add-ons along.
  if (!kubernetesVersion || nodegroup?.version === kubernetesVersion) return findings;
  const eks = client(EKSClient, target);
  const offered = await addOnOffers(target, kubernetesVersion);
  const todo = 'choose another eks.version, or another region';
  for (const addonName of allAddOns) {
    const addonVersion = defaultOf(offered.get(addonName));
    if (!addonVersion) {
      findings.problems.push({
        what: `eks.version ${kubernetesVersion}: the add-on ${addonName} is not offered for it in ${request.region}`,
        todo,
      });
      continue;
    }
    const serviceAccount = podIdentityAccounts[addonName];
    if (!serviceAccount) continue;
    const { podIdentityConfiguration } = await eks.send(
      new DescribeAddonConfigurationCommand({ addonName, addonVersion }),
    );
    if (!podIdentityConfiguration?.some((one) => one.serviceAccount === serviceAccount))
      findings.problems.push({
        what: `eks.version ${kubernetesVersion}: the add-on ${addonName} ${addonVersion} takes no role for ${serviceAccount} by Pod Identity in ${request.region}`,
        todo,
      });
  }
  return findings;
}
