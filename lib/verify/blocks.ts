/** CIDR blocks of either family, as text, compared. */
import ipaddr from 'ipaddr.js';

const privateSpace = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'];

/** Does `outer` contain every address of `inner`? Never across families. */
export function containsBlock(outer: string, inner: string): boolean {
  const [network, prefix] = parsed(outer);
  const [address, length] = parsed(inner);
  return address.kind() === network.kind() && length >= prefix && address.match(network, prefix);
}

export function blocksOverlap(one: string, other: string): boolean {
  return containsBlock(one, other) || containsBlock(other, one);
}

/** The block as EC2 stores it: host bits zero, IPv6 in its short form. */
export function canonicalBlock(cidr: string): string {
  return ipaddr.IPv4.isValidCIDR(cidr)
    ? `${ipaddr.IPv4.networkAddressFromCIDR(cidr)}/${prefixLength(cidr)}`
    : `${ipaddr.IPv6.networkAddressFromCIDR(cidr)}/${prefixLength(cidr)}`;
}

export function prefixLength(cidr: string): number {
  return parsed(cidr)[1];
}

/** Does it lie wholly in 10/8, 172.16/12 or 192.168/16? */
export function isPrivate(cidr: string): boolean {
  return privateSpace.some((space) => containsBlock(space, cidr));
}

const known = new Map<string, ReturnType<typeof ipaddr.parseCIDR>>();

/** The same few blocks are compared thousands of times in one verification. */
function parsed(cidr: string): ReturnType<typeof ipaddr.parseCIDR> {
  const block = known.get(cidr) ?? ipaddr.parseCIDR(cidr);
  known.set(cidr, block);
  return block;
}
