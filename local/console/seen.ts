/** What an answer of AWS says of resources: which of them, and in which state, in AWS's own words. */

export interface Seen {
  /** Its id; of what a step has one of, the step. */
  readonly resource: string;
  readonly as: string;
}

type Row = readonly [list: string, id: string, state: string];

const byId: Readonly<Record<string, Row>> = {
  'ec2:DescribeVpcs': ['Vpcs', 'VpcId', 'State'],
  'ec2:DescribeSubnets': ['Subnets', 'SubnetId', 'State'],
  'ec2:DescribeNatGateways': ['NatGateways', 'NatGatewayId', 'State'],
  'ec2:DescribeVpcEndpoints': ['VpcEndpoints', 'VpcEndpointId', 'State'],
};

/** Of a step that asks for what is its own by name: list or member, state, and whose function asks. */
const byStep: Readonly<Record<string, readonly (readonly [member: string, state: string, step: string])[]>> =
  {
    'eks:DescribeCluster': [['cluster', 'status', 'eks-cluster']],
    'eks:DescribeNodegroup': [['nodegroup', 'status', 'eks-nodes']],
    'rds:DescribeDBClusters': [
      ['DBClusters', 'Status', 'aurora'],
      ['DBClusters', 'Status', 'documentdb'],
    ],
    'elasticache:DescribeReplicationGroups': [['ReplicationGroups', 'Status', 'elasticache']],
    'efs:DescribeFileSystems': [['FileSystems', 'LifeCycleState', 'efs']],
  };

/** `functionKey`: who asked, such as `AuroraEnsure`. */
export function seenIn(operation: string, answer: object, functionKey: string): Seen[] {
  const row = byId[operation];
  if (row) {
    const [list, id, state] = row;
    return members(answer, list).flatMap((one) => seen(one[id], one[state]));
  }
  // DocumentDB answers under the name of its own endpoint, which is that of RDS.
  const rows = byStep[operation.replace(/^docdb:/, 'rds:')] ?? [];
  return rows
    .filter(([, , step]) => functionKey.toLowerCase().startsWith(step.replaceAll('-', '')))
    .flatMap(([member, state, step]) =>
      members(answer, member)
        .slice(0, 1)
        .flatMap((one) => seen(step, one[state])),
    );
}

function members(answer: object, name: string): Record<string, unknown>[] {
  const found = (answer as Record<string, unknown>)[name];
  if (Array.isArray(found)) return found;
  return found ? [found as Record<string, unknown>] : [];
}

function seen(resource: unknown, as: unknown): Seen[] {
  return typeof resource === 'string' && typeof as === 'string' ? [{ resource, as: as.toLowerCase() }] : [];
}
