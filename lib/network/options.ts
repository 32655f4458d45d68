/** What the network options of a plan mean, by component. Pure: steps make it, rules compare with it. */
import type { EnvironmentPlan, SubnetPlan } from '#lib/run/environment.ts';

export const s3GatewayComponent = 'endpoint/s3-gateway';

export const natGatewayComponent = 'nat-gateway';
/** In the order of the zones. */
export const natGatewayComponents = [
  natGatewayComponent,
  `${natGatewayComponent}/b`,
  `${natGatewayComponent}/c`,
] as const;
export const addressComponent = 'address/nat';
export const publicTableComponent = 'route-table/eks-public';
export const privateTableComponent = 'route-table/eks-private';

/** The attachment of the VPC to the transit gateway a request names. */
export const transitGatewayComponent = 'transit-gateway-attachment';

export const flowLogComponent = 'flow-log';

/** Of a flow log: where to, by whom, and what of. */
interface FlowLogFacts {
  /** An ARN; AWS may tell of a log group its name only. */
  readonly destination: string;
  readonly roleArn?: string | undefined;
  readonly trafficType: string;
}

/** Is it what the request asks for? AWS changes nothing of a flow log. */
export function isFlowLogOf(found: FlowLogFacts, wish: FlowLogFacts): boolean {
  return (
    destinationName(found.destination) === destinationName(wish.destination) &&
    found.trafficType === wish.trafficType &&
    (found.roleArn || undefined) === wish.roleArn
  );
}

/** Without what AWS puts behind it; of a log group its name. */
export function destinationName(destination: string): string {
  const plain = destination.replace(/(\/|:\*)$/, '');
  return plain.split(':log-group:')[1] ?? plain;
}

/** One way out: a NAT gateway, its address, and the route table of the subnets that leave through it. */
export interface NatPlan {
  /** The components of what is made. */
  readonly gateway: string;
  readonly address: string;
  readonly table: string;
  /** An Elastic IP of the operator's instead of an address of ours: neither made, tagged nor released. */
  readonly allocationId?: string;
  /** The component of the public subnet it stands in. */
  readonly publicSubnet: string;
  /** The components of the subnets that leave through it. */
  readonly subnets: readonly string[];
}

type NetworkPlan = Pick<EnvironmentPlan, 'subnets' | 'network'>;

/**
 * One for all zones, or one a zone. The first has the same components either way, so that an environment keeps it when
 * its request changes. The endpoints subnet leaves through its own zone, or the first where that has no public subnet.
 */
export function natPlans({ subnets, network }: NetworkPlan): readonly NatPlan[] {
  const ofGroup = (group: SubnetPlan['group']) => subnets.filter((subnet) => subnet.group === group);
  const [first, ...others] = ofGroup('eks-public');
  const leaving = [...ofGroup('eks-private'), ...ofGroup('endpoints')];
  const zonal = network.natGateways === 'per-zone' ? others : [];
  const home = ({ zone }: SubnetPlan) => zonal.find((one) => one.zone.id === zone.id) ?? first;
  return [first!, ...zonal].map((publicSubnet, index) => {
    const allocationId = network.natAddresses[index];
    const suffix = publicSubnet === first ? '' : `/${publicSubnet.component.split('/').at(-1)}`;
    return {
      gateway: `${natGatewayComponent}${suffix}`,
      address: `${addressComponent}${suffix}`,
      table: `${privateTableComponent}${suffix}`,
      ...(allocationId ? { allocationId } : {}),
      publicSubnet: publicSubnet.component,
      subnets: leaving.filter((subnet) => home(subnet) === publicSubnet).map(({ component }) => component),
    };
  });
}

/**
 * The components of the subnets that the transit gateway gets an interface in: one a zone, as AWS has it, of those that
 * are routed to it. The endpoints subnet is one of them where it lies in a zone of its own: what has no interface of the
 * attachment in its zone is not reached (vpc/latest/tgw/tgw-vpc-attachments.html).
 */
export function transitGatewaySubnets({ subnets }: Pick<EnvironmentPlan, 'subnets'>): readonly string[] {
  const nodes = subnets.filter(({ group }) => group === 'eks-private');
  const alone = subnets.filter(
    ({ group, zone }) => group === 'endpoints' && !nodes.some((one) => one.zone.id === zone.id),
  );
  return [...nodes, ...alone].map(({ component }) => component);
}

/** The explicit route tables a plan has. */
export function routedComponents(plan: NetworkPlan): readonly string[] {
  return [publicTableComponent, ...natPlans(plan).map(({ table }) => table)];
}

/** Is it the NAT gateway, address or private table of one zone beside the first? */
export function isZonal(component: string): boolean {
  return [natGatewayComponent, addressComponent, privateTableComponent].some((shared) =>
    component.startsWith(`${shared}/`),
  );
}
