/** Blocks of both families, as security group rules and routes name them; the address plan knows IPv4 only. */
import ipaddr from 'ipaddr.js';

/** Does `outer` contain every address of `inner`? Never across families. */
export function containsBlock(outer: string, inner: string): boolean {
  const [network, prefix] = parsed(outer);
  const [address, length] = parsed(inner);
  return address.kind() === network.kind() && length >= prefix && address.match(network, prefix);
}

/** The block as EC2 stores it: host bits zero, IPv6 in its short form. */
export function canonicalBlock(cidr: string): string {
  const family = ipaddr.IPv4.isValidCIDR(cidr) ? ipaddr.IPv4 : ipaddr.IPv6;
  return `${family.networkAddressFromCIDR(cidr)}/${parsed(cidr)[1]}`;
}

const known = new Map<string, ReturnType<typeof ipaddr.parseCIDR>>();

/** The same few blocks are compared thousands of times in one verification. */
function parsed(cidr: string): ReturnType<typeof ipaddr.parseCIDR> {
  const block = known.get(cidr) ?? ipaddr.parseCIDR(cidr);
  known.set(cidr, block);
  return block;
}
