/** What EKS offers: Kubernetes versions with their support periods, and add-ons with their versions. */
import { z } from 'zod';
import { type Call, type Operation, read } from '#embedded/model.ts';
import { invalidParameter, page, resourceNotFound } from './state.ts';

interface KubernetesVersion {
  readonly version: string;
  readonly release: string;
  readonly endOfStandardSupport: string;
  readonly endOfExtendedSupport: string;
}

/** 14 months of standard support, 12 more of extended support. */
const kubernetesVersions: readonly KubernetesVersion[] = [
  period('1.36', '2026-06-02', '2027-08-02', '2028-08-02'),
  period('1.35', '2026-01-27', '2027-03-27', '2028-03-27'),
  period('1.34', '2025-10-02', '2026-12-02', '2027-12-02'),
  period('1.33', '2025-05-29', '2026-07-29', '2027-07-29'),
  period('1.32', '2025-01-23', '2026-03-23', '2027-03-23'),
  period('1.31', '2024-09-26', '2025-11-26', '2026-11-26'),
];
const defaultKubernetesVersion = '1.35';

function period(
  version: string,
  release: string,
  endOfStandardSupport: string,
  endOfExtendedSupport: string,
): KubernetesVersion {
  return { version, release, endOfStandardSupport, endOfExtendedSupport };
}

type VersionStatus = 'STANDARD_SUPPORT' | 'EXTENDED_SUPPORT' | 'UNSUPPORTED';

function statusAt(now: number, version: KubernetesVersion): VersionStatus {
  if (now < Date.parse(version.endOfStandardSupport)) return 'STANDARD_SUPPORT';
  return now < Date.parse(version.endOfExtendedSupport) ? 'EXTENDED_SUPPORT' : 'UNSUPPORTED';
}

/** The version a cluster gets. @throws where it is not offered under this support policy. */
export function checkedKubernetesVersion(
  call: Call,
  wanted: string | undefined,
  supportType: 'STANDARD' | 'EXTENDED',
): string {
  const version = wanted ?? defaultKubernetesVersion;
  const known = kubernetesVersions.find((one) => one.version === version);
  const status = known ? statusAt(call.now, known) : 'UNSUPPORTED';
  if (status === 'UNSUPPORTED') throw invalidParameter(`unsupported Kubernetes version: ${version}`);
  if (status === 'EXTENDED_SUPPORT' && supportType === 'STANDARD') {
    throw invalidParameter(
      `Kubernetes version ${version} is in extended support; the upgrade policy's support type must be EXTENDED`,
    );
  }
  return version;
}

/** Once a cluster's version is out of standard support, its policy cannot be taken back to STANDARD (EKS user guide). */
export function isInExtendedSupport(call: Call, version: string): boolean {
  const known = kubernetesVersions.find((one) => one.version === version);
  return known !== undefined && statusAt(call.now, known) === 'EXTENDED_SUPPORT';
}

interface AddonFacts {
  /** For one Kubernetes version, newest first; the second is the default. */
  readonly versions: (kubernetes: string) => readonly [newest: string, preferred: string];
  /** A Deployment: its pods need a node to run on. */
  readonly needsNodes: boolean;
  /** Service accounts that may get a role by pod identity. */
  readonly serviceAccounts: readonly string[];
}

function fixed(
  newest: string,
  preferred: string,
  needsNodes: boolean,
  serviceAccounts: string[] = [],
): AddonFacts {
  return { versions: () => [newest, preferred], needsNodes, serviceAccounts };
}

const addonFacts: Readonly<Record<string, AddonFacts>> = {
  'vpc-cni': fixed('v1.21.1-eksbuild.3', 'v1.20.4-eksbuild.2', false, ['aws-node']),
  'kube-proxy': {
    versions: (kubernetes) => [`v${kubernetes}.3-eksbuild.2`, `v${kubernetes}.0-eksbuild.2`],
    needsNodes: false,
    serviceAccounts: [],
  },
  coredns: {
    versions: (kubernetes) =>
      kubernetes === '1.36'
        ? ['v1.14.1-eksbuild.1', 'v1.13.2-eksbuild.1']
        : ['v1.13.2-eksbuild.1', 'v1.12.4-eksbuild.1'],
    needsNodes: true,
    serviceAccounts: [],
  },
  'eks-pod-identity-agent': fixed('v1.3.10-eksbuild.2', 'v1.3.10-eksbuild.1', false),
  'eks-node-monitoring-agent': fixed('v1.5.0-eksbuild.1', 'v1.4.2-eksbuild.1', false),
  'metrics-server': fixed('v0.8.1-eksbuild.1', 'v0.8.0-eksbuild.6', true),
  'aws-efs-csi-driver': fixed('v2.2.0-eksbuild.1', 'v2.1.15-eksbuild.1', true, ['efs-csi-controller-sa']),
  'aws-ebs-csi-driver': fixed('v1.55.0-eksbuild.1', 'v1.54.0-eksbuild.1', true, ['ebs-csi-controller-sa']),
  'snapshot-controller': fixed('v8.3.0-eksbuild.2', 'v8.3.0-eksbuild.1', true),
};

export function addonNeedsNodes(name: string): boolean {
  return addonFacts[name]?.needsNodes ?? false;
}

/** The version an add-on gets. @throws where add-on or version is not offered for this Kubernetes version. */
export function checkedAddonVersion(kubernetes: string, name: string, wanted: string | undefined): string {
  const facts = addonFacts[name];
  if (!facts) throw invalidParameter('Addon specified is not supported', { addonName: name });
  const versions = facts.versions(kubernetes);
  if (wanted !== undefined && !versions.includes(wanted))
    throw invalidParameter('Addon version specified is not supported', { addonName: name });
  return wanted ?? versions[1];
}

/** @throws where the add-on has no such service account to give a role to. */
export function checkAddonServiceAccount(name: string, serviceAccount: string): void {
  if (!addonFacts[name]?.serviceAccounts.includes(serviceAccount))
    throw invalidParameter(`The service account ${serviceAccount} is not supported by the addon ${name}`, {
      addonName: name,
    });
}

function describedVersion(call: Call, one: KubernetesVersion): object {
  const status = statusAt(call.now, one);
  return {
    clusterVersion: one.version,
    clusterType: 'eks',
    defaultPlatformVersion: 'eks.1',
    defaultVersion: one.version === defaultKubernetesVersion,
    releaseDate: new Date(one.release),
    endOfStandardSupportDate: new Date(one.endOfStandardSupport),
    endOfExtendedSupportDate: new Date(one.endOfExtendedSupport),
    status: status.toLowerCase(),
    versionStatus: status,
    kubernetesPatchVersion: `${one.version}.3`,
  };
}

function describedAddon(name: string, facts: AddonFacts, kubernetes: readonly string[]): object {
  const byVersion = new Map<string, { clusterVersion: string; defaultVersion: boolean }[]>();
  for (const clusterVersion of kubernetes) {
    facts.versions(clusterVersion).forEach((version, index) => {
      const compatibilities = byVersion.get(version) ?? [];
      compatibilities.push({ clusterVersion, defaultVersion: index === 1 });
      byVersion.set(version, compatibilities);
    });
  }
  return {
    addonName: name,
    type: 'networking',
    publisher: 'eks',
    owner: 'aws',
    defaultNamespace: 'kube-system',
    addonVersions: [...byVersion].map(([addonVersion, compatibilities]) => ({
      addonVersion,
      architecture: ['amd64', 'arm64'],
      computeTypes: ['ec2'],
      compatibilities: compatibilities.map((one) => ({ ...one, platformVersions: ['*'] })),
      requiresConfiguration: false,
      requiresIamPermissions: facts.serviceAccounts.length > 0,
    })),
  };
}

const paging = { maxResults: z.number().int().optional(), nextToken: z.string().optional() };

export const catalogueOperations: Record<string, Operation> = {
  DescribeClusterVersions: read(
    {
      ...paging,
      clusterType: z.literal('eks').optional(),
      defaultOnly: z.boolean().optional(),
      includeAll: z.boolean().optional(),
      clusterVersions: z.array(z.string()).optional(),
      versionStatus: z.enum(['STANDARD_SUPPORT', 'EXTENDED_SUPPORT', 'UNSUPPORTED']).optional(),
    },
    (input, call) => {
      const wanted = kubernetesVersions.filter((one) => {
        const status = statusAt(call.now, one);
        return (
          (!input.defaultOnly || one.version === defaultKubernetesVersion) &&
          (!input.clusterVersions || input.clusterVersions.includes(one.version)) &&
          (input.versionStatus
            ? status === input.versionStatus
            : input.includeAll || status !== 'UNSUPPORTED')
        );
      });
      const { items, next } = page(wanted, input);
      return { clusterVersions: items.map((one) => describedVersion(call, one)), nextToken: next };
    },
  ),
  DescribeAddonVersions: read(
    {
      ...paging,
      kubernetesVersion: z.string().optional(),
      addonName: z.string().optional(),
      owners: z.array(z.string()).optional(),
      publishers: z.array(z.string()).optional(),
    },
    (input, call) => {
      const supported = kubernetesVersions
        .filter((one) => statusAt(call.now, one) !== 'UNSUPPORTED')
        .map((one) => one.version)
        .filter((version) => !input.kubernetesVersion || version === input.kubernetesVersion);
      if (input.addonName && !addonFacts[input.addonName])
        throw invalidParameter('Addon specified is not supported', { addonName: input.addonName });
      const addons = Object.entries(addonFacts).filter(
        ([name]) =>
          supported.length > 0 &&
          (!input.addonName || name === input.addonName) &&
          (!input.owners || input.owners.includes('aws')) &&
          (!input.publishers || input.publishers.includes('eks')),
      );
      const { items, next } = page(addons, input);
      return {
        addons: items.map(([name, facts]) => describedAddon(name, facts, supported)),
        nextToken: next,
      };
    },
  ),
  DescribeAddonConfiguration: read({ addonName: z.string(), addonVersion: z.string() }, (input) => {
    const facts = addonFacts[input.addonName];
    const known = kubernetesVersions.some((one) => facts?.versions(one.version).includes(input.addonVersion));
    if (!facts || !known) throw resourceNotFound('Addon specified is not supported');
    return {
      addonName: input.addonName,
      addonVersion: input.addonVersion,
      configurationSchema: '{}',
      ...(facts.serviceAccounts.length > 0
        ? { podIdentityConfiguration: facts.serviceAccounts.map((serviceAccount) => ({ serviceAccount })) }
        : {}),
    };
  }),
};
