/** The versions EKS offers of its add-ons for one version of Kubernetes, and which of them it installs by itself. */
import { type AddonInfo, EKSClient, paginateDescribeAddonVersions } from '@aws-sdk/client-eks';
import { client } from '#lib/aws/clients.ts';
import { allPages } from '#lib/aws/reads.ts';
import { compareVersions } from '#lib/request/versions.ts';
import type { EnvironmentTarget } from '#lib/run/environment.ts';

export interface AddOnOffer {
  readonly version: string;
  /** The one EKS installs where none is named. */
  readonly isDefault: boolean;
}

/** By the add-on's name. */
export type AddOnOffers = ReadonlyMap<string, readonly AddOnOffer[]>;

export async function addOnOffers(
  target: EnvironmentTarget,
  kubernetesVersion: string,
): Promise<AddOnOffers> {
  const offered = await allPages(
    // Without these filters hundreds of add-ons of the AWS Marketplace come along.
    paginateDescribeAddonVersions(
      { client: client(EKSClient, target) },
      { kubernetesVersion, owners: ['aws'], publishers: ['eks'] },
    ),
    (page) => page.addons,
  );
  return new Map(
    offered.map((addOn) => [addOn.addonName as string, offersFor(addOn, kubernetesVersion)] as const),
  );
}

function offersFor({ addonVersions = [] }: AddonInfo, kubernetesVersion: string): AddOnOffer[] {
  return addonVersions.flatMap(({ addonVersion, compatibilities = [] }) =>
    compatibilities
      .filter(({ clusterVersion }) => clusterVersion === kubernetesVersion)
      .map(({ defaultVersion }) => ({
        version: addonVersion as string,
        isDefault: defaultVersion === true,
      })),
  );
}

/** Undefined where nothing fits. */
export function defaultOf(offers: readonly AddOnOffer[] = []): string | undefined {
  return (offers.find(({ isDefault }) => isDefault) ?? offers[0])?.version;
}

/** `v1.21.1-eksbuild.3`: numbers, the build last. Below, at or above 0. */
export function compareAddOnVersions(one: string, other: string): number {
  const [ours, theirs] = [one, other].map((version) => version.match(/\d+/g)?.join('.'));
  return compareVersions(ours, theirs);
}
