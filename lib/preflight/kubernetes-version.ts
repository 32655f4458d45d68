/** Does EKS offer the Kubernetes version, and for how long? A cluster that exists keeps the one it has. */
import { EKSClient, paginateDescribeClusterVersions } from '@aws-sdk/client-eks';
import { client } from '../clients.ts';
import { allPages } from '../reads.ts';
import { type Context, type Findings, noFindings } from './context.ts';

const soonDays = 90;

export async function askKubernetesVersion({
  account,
  target,
  request,
}: Context): Promise<Findings & { version: string }> {
  const findings = noFindings();
  const wanted = request.eks.version;
  const running = (await account.ownCluster())?.version;
  if (running) {
    if (running !== wanted)
      findings.warnings.push(
        `eks.version ${wanted}: the cluster runs ${running} and stays there; provisioning does not upgrade`,
      );
    return { ...findings, version: running };
  }
  const versions = await allPages(
    paginateDescribeClusterVersions({ client: client(EKSClient, target) }, {}),
    (page) => page.clusterVersions,
  );
  const found = versions.find(({ clusterVersion }) => clusterVersion === wanted);
  const standard = versions.filter(({ versionStatus }) => versionStatus === 'STANDARD_SUPPORT');
  if (!found || found.versionStatus === 'UNSUPPORTED') {
    findings.problems.push(
      `eks.version ${wanted}: is not offered in ${target.region}; in standard support are ${standard.map(({ clusterVersion }) => clusterVersion).join(', ')}`,
    );
  } else if (found.versionStatus === 'EXTENDED_SUPPORT') {
    findings.warnings.push(
      `eks.version ${wanted}: is in extended support, which costs more, until ${day(found.endOfExtendedSupportDate)}`,
    );
  } else if (daysUntil(found.endOfStandardSupportDate) < soonDays) {
    findings.warnings.push(
      `eks.version ${wanted}: standard support ends on ${day(found.endOfStandardSupportDate)}; extended support costs more`,
    );
  }
  return { ...findings, version: wanted };
}

function daysUntil(date: Date | undefined): number {
  return date ? (date.getTime() - Date.now()) / 86_400_000 : Number.POSITIVE_INFINITY;
}

function day(date: Date | undefined): string {
  return date?.toISOString().slice(0, 10) ?? 'a date AWS does not name';
}
