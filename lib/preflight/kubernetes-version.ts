/**
 * Does EKS offer the Kubernetes version, and for how long? A cluster that exists goes one minor version onward, or keeps
 * the one it has: every other difference is for lib/change to refuse.
 */
import {
  type Cluster,
  type ClusterVersionInformation,
  EKSClient,
  paginateDescribeClusterVersions,
} from '@aws-sdk/client-eks';
import { client } from '#lib/aws/clients.ts';
import { allPages } from '#lib/aws/reads.ts';
import { isNextMinor } from '#lib/request/versions.ts';
import { type Context, type Findings, noFindings } from './context.ts';
import { askUpgrade } from './upgrade.ts';

const soonDays = 90;

export async function askKubernetesVersion(context: Context): Promise<Findings & { version: string }> {
  const { account, target, request } = context;
  const own = await account.ownCluster();
  // One that failed is made anew, as asked.
  const cluster = own?.status === 'FAILED' ? undefined : own;
  const running = cluster?.version;
  const isUpgrade = running !== undefined && isNextMinor(running, request.askedKubernetesVersion);
  const version = isUpgrade ? request.eks.version : (running ?? request.eks.version);
  const versions = await allPages(
    paginateDescribeClusterVersions({ client: client(EKSClient, target) }, {}),
    (page) => page.clusterVersions,
  );
  const found = versions.find(({ clusterVersion }) => clusterVersion === version);
  if (cluster && !isUpgrade) return { ...aboutTheRunning(cluster, found, request.eks), version };
  const wanted = aboutTheWanted(found, request.eks, target.region, versions);
  const upgrade = cluster && isUpgrade ? await askUpgrade(context, cluster, version) : noFindings();
  return {
    problems: [...wanted.problems, ...upgrade.problems],
    warnings: [...wanted.warnings, ...upgrade.warnings],
    version,
  };
}

type Wanted = Context['request']['eks'];

/** EKS refuses a version that is out of standard support unless the cluster's policy is EXTENDED. */
function aboutTheWanted(
  found: ClusterVersionInformation | undefined,
  { version, supportType }: Wanted,
  region: string,
  all: readonly ClusterVersionInformation[],
): Findings {
  const findings = noFindings();
  const inStandardSupport = all
    .filter(({ versionStatus }) => versionStatus === 'STANDARD_SUPPORT')
    .map(({ clusterVersion }) => clusterVersion)
    .join(', ');
  if (!found || found.versionStatus === 'UNSUPPORTED') {
    findings.problems.push({
      what: `eks.version ${version}: is not offered in ${region}; in standard support are ${inStandardSupport}`,
      todo: 'choose one of these',
    });
  } else if (found.versionStatus === 'EXTENDED_SUPPORT') {
    const until = `until ${day(found.endOfExtendedSupportDate)}`;
    if (supportType === 'extended')
      findings.warnings.push(
        `eks.version ${version}: is in extended support, which costs more, ${until}; in standard support are ${inStandardSupport}`,
      );
    else
      findings.problems.push({
        what: `eks.version ${version}: is in extended support (${until}), and eks.supportType "standard" excludes it`,
        todo: `choose one in standard support (${inStandardSupport}), or say eks.supportType "extended", which costs more`,
      });
  } else findings.warnings.push(...endsSoon(found, version, supportType));
  return findings;
}

/** The support type is brought to what the request says, where EKS lets it. */
function aboutTheRunning(
  cluster: Cluster,
  found: ClusterVersionInformation | undefined,
  { supportType }: Wanted,
): Findings {
  const findings = noFindings();
  const running = cluster.version as string;
  // "You can't disable extended support once your cluster is in extended support" (EKS user guide, upgrade policy).
  const staysExtended =
    found?.versionStatus === 'EXTENDED_SUPPORT' && cluster.upgradePolicy?.supportType === 'EXTENDED';
  if (staysExtended && supportType === 'standard')
    findings.problems.push({
      what: `eks.supportType "standard": the cluster runs ${running}, which is in extended support, and EKS takes no cluster back to standard there`,
      todo: 'say eks.supportType "extended", or upgrade the cluster first',
    });
  else if (found?.versionStatus === 'STANDARD_SUPPORT')
    findings.warnings.push(...endsSoon(found, running, supportType));
  return findings;
}

function endsSoon(
  { endOfStandardSupportDate }: ClusterVersionInformation,
  version: string,
  supportType: Wanted['supportType'],
): string[] {
  const days = endOfStandardSupportDate
    ? (endOfStandardSupportDate.getTime() - Date.now()) / 86_400_000
    : Number.POSITIVE_INFINITY;
  if (days >= soonDays) return [];
  const then =
    supportType === 'extended' ? 'extended support costs more' : 'EKS then upgrades the cluster by itself';
  return [`eks.version ${version}: standard support ends on ${day(endOfStandardSupportDate)}; ${then}`];
}

function day(date: Date | undefined): string {
  return date?.toISOString().slice(0, 10) ?? 'a date AWS does not name';
}
