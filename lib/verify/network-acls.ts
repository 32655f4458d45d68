/**
 * Would the network ACLs let a flow pass? They are stateless: the way back, to the client's ephemeral ports, is
 * asked as well. Traffic within one subnet never meets one.
 */
import { containsBlock } from './blocks.ts';
import type { AclEntrySeen, NetworkAclSeen, SubnetSeen } from './observation.ts';
import { protocolNumbers } from './protocols.ts';

interface Ports {
  readonly from: number;
  readonly to: number;
}

/** The range from which Linux, Bottlerocket's included, takes the client's port. */
const ephemeralPorts: Ports = { from: 32768, to: 60999 };

/** What stands in the way, in words; undefined when nothing does. */
export function aclObstacle(
  source: SubnetSeen,
  destination: SubnetSeen,
  flow: { readonly protocol: 'tcp' | 'udp'; readonly port: number },
  acls: readonly NetworkAclSeen[],
): string | undefined {
  if (source.id === destination.id) return undefined;
  const there = { from: flow.port, to: flow.port };
  const passages: [SubnetSeen, SubnetSeen, boolean, Ports][] = [
    [source, destination, true, there],
    [destination, source, false, there],
    [destination, source, true, ephemeralPorts],
    [source, destination, false, ephemeralPorts],
  ];
  for (const [subnet, peer, egress, ports] of passages) {
    const acl = acls.find((each) => each.subnetIds.includes(subnet.id));
    if (!acl) return `${subnet.id} has no network ACL`;
    if (!allows(acl, egress, flow.protocol, peer.cidr, ports))
      return `${acl.id} lets no ${flow.protocol} ${portsText(ports)} ${egress ? 'out of' : 'into'} ${subnet.id} ${egress ? 'to' : 'from'} ${peer.id}`;
  }
  return undefined;
}

/** By the lowest number that matches. A rule for a part of what is asked decides only if it denies. */
function allows(
  acl: NetworkAclSeen,
  egress: boolean,
  protocol: 'tcp' | 'udp',
  cidr: string,
  ports: Ports,
): boolean {
  const entries = acl.entries
    .filter((entry) => entry.egress === egress && concerns(entry, protocol, cidr, ports))
    .sort((one, other) => one.number - other.number);
  const deciding = entries.find((entry) => !entry.allow || coversAll(entry, cidr, ports));
  return deciding?.allow ?? false;
}

function concerns(entry: AclEntrySeen, protocol: 'tcp' | 'udp', cidr: string, ports: Ports): boolean {
  const { from, to } = portsOf(entry);
  return (
    ['-1', protocolNumbers[protocol]].includes(entry.protocol) &&
    (containsBlock(entry.cidr, cidr) || containsBlock(cidr, entry.cidr)) &&
    from <= ports.to &&
    ports.from <= to
  );
}

function coversAll(entry: AclEntrySeen, cidr: string, ports: Ports): boolean {
  const { from, to } = portsOf(entry);
  return containsBlock(entry.cidr, cidr) && from <= ports.from && ports.to <= to;
}

/** An entry for all protocols names no ports, and means them all. */
function portsOf(entry: AclEntrySeen): Ports {
  if (entry.protocol === '-1') return { from: 0, to: 65535 };
  return { from: entry.fromPort ?? 0, to: entry.toPort ?? 65535 };
}

function portsText({ from, to }: Ports): string {
  return from === to ? `${from}` : `${from}-${to}`;
}
