/**
 * Add-ons follow the control plane before the nodes do: each that is older than the version EKS installs by itself for
 * the cluster's Kubernetes version, or not offered for it, gets that one. What people configured on the cluster stays
 * (`PRESERVE`). Only while nodes are behind: at all other times a newer default is no reason to change anything. One that
 * somebody else installed stays as it is: preflight refused the upgrade where EKS does not offer it for the new version.
 */
import { type Addon, EKSClient, UpdateAddonCommand } from '@aws-sdk/client-eks';
import { client } from '#lib/aws/clients.ts';
import { forEach } from '#lib/aws/each.ts';
import { type AddOnOffer, addOnOffers, compareAddOnVersions, defaultOf } from '#lib/eks/add-on-offers.ts';
import { type AddOnName, allAddOns, findAddOn } from '#lib/eks/add-ons.ts';
import { noted, updateProgress } from '#lib/eks/updates.ts';
import { clientToken, isOwned } from '#lib/ownership/tags.ts';
import type { Resources } from '#lib/run/environment.ts';
import { log } from '#lib/run/log.ts';
import type { StepContext } from '#lib/run/step.ts';

export interface AddOnsUpgrade {
  /** `kube-proxy to v1.36.0-eksbuild.2`; empty: none is left. */
  readonly underWay: readonly string[];
  readonly resources: Resources;
}

export async function upgradeAddOns(context: StepContext): Promise<AddOnsUpgrade> {
  const offers = await addOnOffers(context.environment, context.environment.eks.version);
  const looks = await forEach(allAddOns, 3, (name) => upgradeAddOn(context, name, offers.get(name)));
  const updateIds = Object.assign({}, ...looks.map(({ resources }) => resources.updateIds));
  return {
    underWay: looks.flatMap(({ underWay }) => underWay),
    resources: Object.keys(updateIds).length > 0 ? { updateIds } : {},
  };
}

const settled: AddOnsUpgrade = { underWay: [], resources: {} };
const busy: readonly (string | undefined)[] = ['CREATING', 'UPDATING'];

/** One that is not there, or going, is made anew, and then of the version that fits. */
async function upgradeAddOn(
  context: StepContext,
  addonName: AddOnName,
  offers: readonly AddOnOffer[] | undefined,
): Promise<AddOnsUpgrade> {
  // Asked first, so that what is read of the add-on is not older than the end of its update.
  const progress = await updateProgress(context, { addonName });
  const found = await findAddOn(context.environment, addonName);
  if (!found || found.status === 'DELETING' || found.status === 'CREATE_FAILED') return settled;
  if (progress === 'under way' || busy.includes(found.status))
    return { underWay: [`${addonName} is ${found.status}`], resources: {} };
  const addonVersion = wantedVersion(found, offers);
  if (!addonVersion) return settled;
  if (!isOwned(found.tags, context.environment)) {
    log.warn('add-on of somebody else is left as it is', { addOn: addonName, version: found.addonVersion });
    return settled;
  }
  const { update } = await client(EKSClient, context.environment).send(
    new UpdateAddonCommand({
      clusterName: found.clusterName,
      addonName,
      addonVersion,
      resolveConflicts: 'PRESERVE',
      clientRequestToken: clientToken(addonName, addonVersion, context.environment.execution),
    }),
  );
  log.info('add-on upgrade requested', { addOn: addonName, from: found.addonVersion, addonVersion });
  return {
    underWay: [`${addonName} to ${addonVersion}`],
    resources: noted(context, { addonName }, update),
  };
}

/** Undefined where it may stay. One that somebody took beyond the default stays while EKS offers it. */
function wantedVersion(
  { addonVersion: has = '' }: Addon,
  offers: readonly AddOnOffer[] | undefined,
): string | undefined {
  const wanted = defaultOf(offers);
  if (!wanted || wanted === has) return undefined;
  const isOffered = offers?.some(({ version }) => version === has) ?? false;
  return isOffered && compareAddOnVersions(has, wanted) >= 0 ? undefined : wanted;
}
