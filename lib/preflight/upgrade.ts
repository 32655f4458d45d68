/**
 * Can the cluster be upgraded? Asked before anything is changed: EKS would refuse the same, or end the upgrade half-way.
 * Insights are EKS's own checks of what runs on the cluster; nothing here overrides one (`force`).
 */
import {
  type Cluster,
  DescribeInsightCommand,
  EKSClient,
  type InsightSummary,
  type Nodegroup,
  paginateListInsights,
} from '@aws-sdk/client-eks';
import { client } from '#lib/aws/clients.ts';
import { forEach } from '#lib/aws/each.ts';
import { allPages } from '#lib/aws/reads.ts';
import { addOnOffers } from '#lib/eks/add-on-offers.ts';
import { allAddOns, findAddOn } from '#lib/eks/add-ons.ts';
import { allNodegroups } from '#lib/eks/nodegroups.ts';
import { isOwned } from '#lib/ownership/tags.ts';
import type { EnvironmentTarget } from '#lib/run/environment.ts';
import { type Context, type Findings, noFindings } from './context.ts';

/** "Amazon EKS requires up to five available IP addresses" of the cluster's subnets (EKS user guide, "Update existing cluster"). */
const upgradeAddresses = 5;

export async function askUpgrade(context: Context, cluster: Cluster, to: string): Promise<Findings> {
  const findings = noFindings();
  const { target } = context;
  const nodegroups = (await allNodegroups(target)).filter(({ status }) => status !== 'DELETING');
  for (const nodegroup of nodegroups) judgeNodegroup(target, nodegroup, cluster.version as string, findings);
  await askForeignAddOns(target, to, findings);
  await askInsights(target, cluster, to, findings);
  await askClusterAddresses(context, cluster, findings);
  return findings;
}

/** "All of your node groups' Kubernetes versions must match the cluster's" (API_UpdateClusterVersion). */
function judgeNodegroup(
  target: EnvironmentTarget,
  { nodegroupName, version, tags, status }: Nodegroup,
  running: string,
  { problems, warnings }: Findings,
): void {
  const isOurs = isOwned(tags, target);
  if (version !== running && status !== 'CREATE_FAILED')
    problems.push({
      what: `eks.version: node group ${nodegroupName} runs Kubernetes ${version}, and EKS upgrades no cluster before its node groups have the version it runs, ${running}`,
      todo: isOurs
        ? `run with eks.version "${running}" first: that brings the nodes along`
        : 'upgrade that node group in the EKS console, or delete it: it is not made by AosCloud',
    });
  else if (!isOurs)
    warnings.push(
      `node group ${nodegroupName} is not made by AosCloud and stays on Kubernetes ${version}: upgrade it, too; EKS refuses the next upgrade of the cluster until then`,
    );
}

/** One that somebody else installed is not upgraded with the cluster, and the nodes need all five. */
async function askForeignAddOns(
  target: EnvironmentTarget,
  to: string,
  { problems, warnings }: Findings,
): Promise<void> {
  const found = await forEach(allAddOns, 3, (name) => findAddOn(target, name));
  const foreign = found.filter((addOn) => addOn !== undefined && !isOwned(addOn.tags, target));
  if (foreign.length === 0) return;
  const offers = await addOnOffers(target, to);
  for (const addOn of foreign) {
    const { addonName = '', addonVersion = '' } = addOn ?? {};
    const offered = (offers.get(addonName) ?? []).map(({ version }) => version);
    const what = `the add-on ${addonName} ${addonVersion} is installed by somebody else`;
    if (offered.includes(addonVersion))
      warnings.push(
        `${what} and stays as it is: EKS offers it for Kubernetes ${to}, too; its owner may take it further`,
      );
    else
      problems.push({
        what: `eks.version ${to}: ${what}, and EKS offers it for that version only as ${offered.join(', ') || 'nothing'}`,
        todo: `have its owner take it to one of these, where EKS allows that before the upgrade; or delete it (EKS console, Add-ons) and run with eks.version as it is first, which installs our own`,
      });
  }
}

async function askInsights(
  target: EnvironmentTarget,
  { name: clusterName }: Cluster,
  to: string,
  { problems, warnings }: Findings,
): Promise<void> {
  const eks = client(EKSClient, target);
  const filter = {
    categories: ['UPGRADE_READINESS' as const],
    kubernetesVersions: [to],
    statuses: ['ERROR' as const, 'WARNING' as const],
  };
  const found = await allPages(
    paginateListInsights({ client: eks }, { clusterName, filter }),
    (page) => page.insights,
  );
  const isBlocking = ({ insightStatus }: InsightSummary) => insightStatus?.status === 'ERROR';
  for (const one of found.filter((insight) => !isBlocking(insight)))
    warnings.push(`eks.version ${to}: EKS warns, ${inWords(one)}`);
  await forEach(found.filter(isBlocking), 3, async (one) => {
    const { insight } = await eks.send(new DescribeInsightCommand({ clusterName, id: one.id }));
    problems.push({
      what: `eks.version ${to}: EKS finds what blocks the upgrade, ${inWords(one)}`,
      todo: `${insight?.recommendation ?? 'see Upgrade insights of the cluster in the EKS console'} EKS looks again every 24 hours, or when asked there`,
    });
  });
}

/** `"Deprecated APIs removed in Kubernetes v1.36": Deprecated API usage detected …` */
function inWords({ name, insightStatus }: InsightSummary): string {
  return `"${name}": ${insightStatus?.reason ?? 'no reason given'}`;
}

async function askClusterAddresses(
  { account }: Context,
  { resourcesVpcConfig }: Cluster,
  { problems }: Findings,
): Promise<void> {
  const ids = resourcesVpcConfig?.subnetIds ?? [];
  const free = (await account.subnets())
    .filter(({ SubnetId = '' }) => ids.includes(SubnetId))
    .reduce((sum, { AvailableIpAddressCount = 0 }) => sum + AvailableIpAddressCount, 0);
  if (ids.length === 0 || free >= upgradeAddresses) return;
  problems.push({
    what: `eks.version: the subnets of the cluster have ${free} free addresses, and an upgrade takes up to ${upgradeAddresses}`,
    todo: 'free some: delete what is no longer needed in them',
  });
}
