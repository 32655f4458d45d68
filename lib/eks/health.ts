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
  // Of updates (the enum ErrorCode of the API).
  PodEvictionFailure:
    'a disruption budget lets no pod leave these nodes: `kubectl get poddisruptionbudgets -A` shows it with 0 ALLOWED DISRUPTIONS; give its workload one more replica, mend pods that do not get ready, or let the budget allow one. Pods are never ended by force from here. What moved stays moved',
  IpNotAvailable: 'free addresses in the EKS subnets: an upgrade of the control plane takes up to five',
  EniLimitReached: 'ask for a higher quota of network interfaces in Service Quotas',
  SubnetNotFound:
    'a subnet of the cluster was deleted: EKS cannot be given another one here, see its console',
  SecurityGroupNotFound: 'a security group of the cluster was deleted: see the EKS console',
  ClusterUnreachable:
    'EKS does not reach the API server of the cluster: look for webhooks that fail, and for rules that were taken from the EKS group',
  AdmissionRequestDenied:
    'an admission webhook in the cluster refuses what the add-on brings: let it pass, or correct the webhook',
  UnsupportedAddonModification: 'somebody changed what the add-on manages: take that back',
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

const runAgain = 'run again: a failed one is deleted and made anew; if it fails again, open a case with AWS';

/** What to do about the first issue that is known; else to run again. */
export function issuesAdvice(issues: readonly HealthIssue[] | undefined, otherwise = runAgain): string {
  for (const { code } of issues ?? []) {
    const known = adviceByCode[code ?? ''];
    if (known) return `${known}, then run again`;
  }
  return otherwise;
}
