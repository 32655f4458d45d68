/**
 * Would a packet get there? Decided from security group rules, effective routes and network ACLs, as EC2 decides
 * it. Groups are stateful, so only the first packet's direction is asked of them; the others are asked both ways.
 */
import { containsBlock } from './blocks.ts';
import { aclObstacle } from './network-acls.ts';
import type { NetworkSeen, PermissionSeen, RouteTableSeen, SubnetSeen } from './observation.ts';
import { protocolNumbers } from './protocols.ts';

/** Where a flow starts or ends: the groups its interfaces carry, and the subnets they may be in. */
export interface Party {
  readonly groupIds: readonly string[];
  readonly subnets: readonly SubnetSeen[];
}

export interface Flow {
  readonly from: Party;
  readonly to: Party;
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
}

type Ground = Pick<NetworkSeen, 'securityGroups' | 'routeTables' | 'networkAcls'>;

/** What stands in the way of `flow`, in words; undefined when nothing does. */
export function obstacle(flow: Flow, ground: Ground): string | undefined {
  const { from, to } = flow;
  if (from.subnets.length === 0 || from.groupIds.length === 0) return 'there is nothing to come from';
  if (to.subnets.length === 0 || to.groupIds.length === 0) return 'there is nothing to go to';
  if (!admits('egress', from, to, flow, ground))
    return `no egress rule of ${from.groupIds.join(', ')} lets ${flow.protocol} ${flow.port} out to ${to.groupIds.join(', ')}`;
  if (!admits('ingress', to, from, flow, ground))
    return `no ingress rule of ${to.groupIds.join(', ')} lets ${flow.protocol} ${flow.port} in from ${from.groupIds.join(', ')}`;
  for (const source of from.subnets) {
    for (const destination of to.subnets) {
      const inTheWay =
        detourBetween(source, destination, ground) ??
        detourBetween(destination, source, ground) ??
        aclObstacle(source, destination, flow, ground.networkAcls);
      if (inTheWay) return inTheWay;
    }
  }
  return undefined;
}

/** Does one rule of the groups of `here` admit the flow as far as `there` is concerned? */
function admits(
  direction: 'ingress' | 'egress',
  here: Party,
  there: Party,
  flow: Flow,
  ground: Ground,
): boolean {
  return ground.securityGroups
    .filter((group) => here.groupIds.includes(group.id))
    .flatMap((group) => group[direction])
    .some((rule) => matchesPort(rule, flow) && matchesPeer(rule, there));
}

function matchesPort(rule: PermissionSeen, flow: Flow): boolean {
  if (rule.protocol === '-1') return true;
  if (rule.protocol !== flow.protocol && rule.protocol !== protocolNumbers[flow.protocol]) return false;
  return (rule.fromPort ?? 0) <= flow.port && flow.port <= (rule.toPort ?? 65535);
}

/** By group, or by blocks that between them contain every subnet the peer may be in. */
function matchesPeer(rule: PermissionSeen, peer: Party): boolean {
  if (peer.groupIds.some((id) => rule.groupIds.includes(id))) return true;
  return peer.subnets.every((subnet) => rule.cidrs.some((cidr) => containsBlock(cidr, subnet.cidr)));
}

/** The table that rules a subnet: the one associated with it, else the VPC's main one. */
function effectiveRouteTable(subnetId: string, ground: Ground): RouteTableSeen | undefined {
  return (
    ground.routeTables.find((table) => table.subnetIds.includes(subnetId)) ??
    ground.routeTables.find((table) => table.main)
  );
}

/** Why traffic from one subnet to another leaves the VPC's own routing; undefined when it does not. */
function detourBetween(source: SubnetSeen, destination: SubnetSeen, ground: Ground): string | undefined {
  const table = effectiveRouteTable(source.id, ground);
  if (!table) return `${source.id} has no route table`;
  const routes = table.routes.filter((route) => route.destination.includes('/'));
  // A route into the destination subnet wins over the VPC's local one, for a part of it at least.
  const into = routes.find(
    (route) => route.target !== 'local' && containsBlock(destination.cidr, route.destination),
  );
  if (into) return `${table.id} sends ${into.destination} to ${into.target}, not locally`;
  const [best] = routes
    .filter((route) => containsBlock(route.destination, destination.cidr))
    .sort((one, other) => lengthOf(other.destination) - lengthOf(one.destination));
  if (best?.target === 'local' && best.state === 'active') return undefined;
  return `${table.id} has no local route from ${source.id} to ${destination.id}`;
}

function lengthOf(cidr: string): number {
  return Number(cidr.split('/')[1]);
}
