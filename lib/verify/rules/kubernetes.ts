/** R26–R27: the control plane and its nodes. */
import { diskOf, type NodegroupSeen } from '#lib/verify/observation.ts';
import {
  clusterGroup,
  componentOf,
  idsOf,
  listed,
  problem,
  type Rule,
  sameMembers,
  subnetsOf,
} from './rule.ts';

/** Without these a cluster runs no pod that has a name, a network, a file or a role. */
const requiredAddons = ['vpc-cni', 'kube-proxy', 'coredns', 'aws-efs-csi-driver', 'eks-pod-identity-agent'];

export const r26: Rule = (plan, seen) => {
  const { cluster, oidcProvider, addons } = seen;
  if (!cluster) return { evidence: '', problems: ['found no EKS cluster'] };
  const expected = [...idsOf(subnetsOf(seen, 'eks-private')), ...idsOf(subnetsOf(seen, 'eks-public'))];
  const group = clusterGroup(seen);
  const issuer = cluster.issuer?.replace('https://', '');
  const strangers = seen.accessEntries.filter(
    ({ principal, own }) => own && !plan.eks.administrators.includes(principal),
  );
  const shutOut = plan.eks.administrators.filter(
    (role) => !seen.accessEntries.some(({ principal, administers }) => principal === role && administers),
  );
  const missing = requiredAddons.filter((name) => !addons.some((addon) => addon.name === name));
  return {
    evidence: `${cluster.name} (Kubernetes ${cluster.version}) is ACTIVE on ${expected.length} subnets, its API endpoint is private${
      cluster.publicAccess ? ' and public as asked' : ''
    }, EKS manages ${group?.id}, ${oidcProvider?.arn} stands for its issuer, ${addons.length} add-ons are ACTIVE, ${plan.eks.administrators.length} administrators may enter`,
    problems: [
      ...problem(cluster.status !== 'ACTIVE', () => `${cluster.name} is ${cluster.status}, not ACTIVE`),
      ...problem(
        cluster.version !== plan.eks.version,
        () => `expected Kubernetes ${plan.eks.version} on ${cluster.name}, found ${cluster.version}`,
      ),
      ...problem(
        !sameMembers(cluster.subnetIds, expected),
        () => `expected ${cluster.name} on ${listed(expected)}, found it on ${listed(cluster.subnetIds)}`,
      ),
      ...problem(!cluster.privateAccess, () => `the API endpoint of ${cluster.name} is not private`),
      ...problem(
        cluster.publicAccess !== plan.eks.publicAccess,
        () =>
          `expected public access ${plan.eks.publicAccess ? 'on' : 'off'} for ${cluster.name}, found it ${cluster.publicAccess ? 'on' : 'off'}`,
      ),
      ...problem(
        cluster.publicAccess && !sameMembers(cluster.publicAccessCidrs, plan.eks.publicAccessCidrs),
        () =>
          `expected public access from ${listed(plan.eks.publicAccessCidrs)}, found ${listed(cluster.publicAccessCidrs)}`,
      ),
      ...problem(
        cluster.supportType !== plan.eks.supportType.toUpperCase(),
        () =>
          `expected the support type ${plan.eks.supportType.toUpperCase()} for ${cluster.name}, found ${cluster.supportType || 'none'}`,
      ),
      ...problem(
        group?.tags['aws:eks:cluster-name'] !== cluster.name,
        () =>
          `expected a cluster security group that EKS made, found ${cluster.securityGroupId ?? 'none'} ${group ? `with aws:eks:cluster-name=${group.tags['aws:eks:cluster-name'] ?? ''}` : 'unknown to EC2'}`,
      ),
      ...problem(
        issuer === undefined || oidcProvider?.url.replace('https://', '') !== issuer,
        () => `expected an OIDC provider for ${issuer}, found ${oidcProvider?.url ?? 'none'}`,
      ),
      ...problem(
        oidcProvider !== undefined && !oidcProvider.audiences.includes('sts.amazonaws.com'),
        () => `${oidcProvider?.arn} does not accept the audience sts.amazonaws.com`,
      ),
      ...problem(
        shutOut.length > 0,
        () => `expected ${listed(shutOut)} to administer ${cluster.name}, found no entry with that policy`,
      ),
      ...problem(
        strangers.length > 0,
        () =>
          `expected no entry for ${listed(strangers.map(({ principal }) => principal))}, who is no administrator by the request`,
      ),
      ...problem(missing.length > 0, () => `expected add-ons ${listed(missing)}, found none of that name`),
      ...addons
        .filter((addon) => addon.status !== 'ACTIVE')
        .map((addon) => `add-on ${addon.name} is ${addon.status}, not ACTIVE`),
    ],
  };
};

/** How many nodes there are is the autoscaler's business; which, where and between which bounds is ours. */
export const r27: Rule = (plan, seen) => {
  const { nodegroup, nodegroupsBeside } = seen;
  if (!nodegroup) return { evidence: '', problems: ['found no node group'] };
  const expected = subnetsOf(seen, 'eks-private');
  return {
    evidence: `${nodegroup.name} (Kubernetes ${nodegroup.version}) is ACTIVE in ${listed(expected.map((subnet) => `${subnet.id} (${componentOf(subnet)})`))}, ${nodegroup.minSize} to ${nodegroup.maxSize} nodes of ${listed(nodegroup.instanceTypes)}, ${nodegroup.amiType}, with ${plan.eks.nodes.diskSizeGiB} GiB`,
    problems: [
      ...problem(nodegroup.status !== 'ACTIVE', () => `${nodegroup.name} is ${nodegroup.status}, not ACTIVE`),
      ...problem(
        expected.length !== 3 || !sameMembers(nodegroup.subnetIds, idsOf(expected)),
        () =>
          `expected ${nodegroup.name} in ${listed(idsOf(expected))}, found it in ${listed(nodegroup.subnetIds)}`,
      ),
      ...planProblems(plan.eks, seen, nodegroup),
      ...nodegroupsBeside.map(
        ({ name, status }) => `expected one node group, found ${name} (${status}) beside ${nodegroup.name}`,
      ),
    ],
  };
};

function planProblems(
  { version, nodes }: Parameters<Rule>[0]['eks'],
  { launchTemplate }: Parameters<Rule>[1],
  nodegroup: NodegroupSeen,
): string[] {
  const disk = diskOf(launchTemplate);
  const differs = (what: string, wanted: unknown, found: unknown) =>
    problem(wanted !== found, () => `expected ${what} ${wanted} of ${nodegroup.name}, found ${found}`);
  return [
    ...differs('Kubernetes', version, nodegroup.version),
    ...differs('minSize', nodes.minSize, nodegroup.minSize),
    ...differs('maxSize', nodes.maxSize, nodegroup.maxSize),
    // What no launch template tells is nothing to judge: R32 says that there is none.
    ...(disk === undefined ? [] : differs('diskSizeGiB', nodes.diskSizeGiB, disk)),
    ...problem(
      !sameMembers(nodegroup.instanceTypes, nodes.instanceTypes),
      () =>
        `expected ${nodegroup.name} of ${listed(nodes.instanceTypes)}, found ${listed(nodegroup.instanceTypes)}`,
    ),
  ];
}
