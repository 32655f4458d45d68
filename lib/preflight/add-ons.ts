/**
 * Does EKS offer every add-on for the Kubernetes version, and a role for the one that needs one? One that is not
 * offered would be refused only once the nodes stand. Asked only while there is no node group yet.
 */
import {
  type AddonInfo,
  DescribeAddonConfigurationCommand,
  EKSClient,
  paginateDescribeAddonVersions,
} from '@aws-sdk/client-eks';
import { client } from '#lib/aws/clients.ts';
import { allPages } from '#lib/aws/reads.ts';
import { allAddOns, podIdentityAccounts } from '#lib/eks/add-ons.ts';
import { type Context, type Findings, noFindings } from './context.ts';

export async function askAddOns(
  { account, target, request }: Context,
  kubernetesVersion: string | undefined,
): Promise<Findings> {
  const findings = noFindings();
  if (!kubernetesVersion || (await account.nodegroup())) return findings;
  const eks = client(EKSClient, target);
  const offered = await allPages(
    // Without these filters hundreds of add-ons of the AWS Marketplace come along.
    paginateDescribeAddonVersions(
      { client: eks },
      { kubernetesVersion, owners: ['aws'], publishers: ['eks'] },
    ),
    (page) => page.addons,
  );
  const todo = 'choose another eks.version, or another region';
  for (const addonName of allAddOns) {
    const addonVersion = versionFor(kubernetesVersion, offered, addonName);
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

/** The version EKS installs where none is named: the default one; undefined where none fits. */
function versionFor(
  kubernetesVersion: string,
  offered: readonly AddonInfo[],
  addonName: string,
): string | undefined {
  const fitting = (offered.find((addOn) => addOn.addonName === addonName)?.addonVersions ?? []).flatMap(
    ({ addonVersion, compatibilities }) =>
      (compatibilities ?? [])
        .filter(({ clusterVersion }) => clusterVersion === kubernetesVersion)
        .map(({ defaultVersion }) => ({ addonVersion, isDefault: defaultVersion === true })),
  );
  return (fitting.find(({ isDefault }) => isDefault) ?? fitting[0])?.addonVersion;
}
