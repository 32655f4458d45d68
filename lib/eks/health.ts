/** What EKS says is wrong with a cluster, a node group or an add-on, in one sentence with advice. */

interface HealthIssue {
  readonly code?: string | undefined;
  readonly message?: string | undefined;
  readonly resourceIds?: readonly string[] | undefined;
}

/** By issue code (EKS user guide, "Managed node group errors" and the enums of the API). */
const adviceByCode: Readonly<Record<string, string>> = {
  NodeCreationFailure:
    'nodes started but never joined: check that the rules between the EKS and the base group stand, that the NAT route is there and that the vpc-cni add-on is healthy',
  UnhealthyNodes: 'look at the nodes’ system logs and at the vpc-cni and kube-proxy add-ons',
  AsgInstanceLaunchFailures:
    'EC2 refused to start instances: check the On-Demand vCPU quota, or choose another instance type',
  InstanceLimitExceeded: 'ask for a higher On-Demand vCPU quota in Service Quotas',
  InsufficientFreeAddresses: 'free addresses in the EKS subnets',
  IamLimitExceeded: 'ask for a higher IAM quota (roles, instance profiles)',
  // A run makes the role anew, but the node group keeps an empty instance profile, and its access entry holds the old id.
  IamNodeRoleNotFound:
    'the node role was deleted: delete the node group in the EKS console; the next run makes role, access entry and node group anew',
  IamRoleNotFound: 'the cluster role was deleted: run again, it will be made anew',
  AccessDenied:
    'allow the node role to join: check service control policies, and delete the access entry of the node role if the role is younger than it (an entry lets in only the very role it was made for)',
  StsRegionalEndpointDisabled: 'activate the regional STS endpoint in the account settings of IAM',
  InsufficientNumberOfReplicas: 'the nodes do not carry all replicas yet: check that nodes are ready',
  ConfigurationConflict: 'somebody changed what the add-on manages: settle the conflict on the cluster',
};

/** `NodeCreationFailure (i-0abc): Instances failed to join`, for each issue; a plain word where there is none. */
export function issuesText(issues: readonly HealthIssue[] | undefined): string {
  if (!issues?.length) return 'EKS names no issue';
  return issues
    .map(({ code, message, resourceIds }) => {
      const where = resourceIds?.length ? ` (${resourceIds.join(', ')})` : '';
      return `${code ?? 'issue'}${where}: ${message ?? 'no message'}`;
    })
    .join('; ');
}

/** What to do about the first issue that is known; else to run again. */
export function issuesAdvice(issues: readonly HealthIssue[] | undefined): string {
  for (const { code } of issues ?? []) {
    const known = adviceByCode[code ?? ''];
    if (known) return `${known}, then run again`;
  }
  return 'run again: a failed one is deleted and made anew; if it fails again, open a case with AWS';
}
