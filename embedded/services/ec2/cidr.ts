/** IPv4 block arithmetic, as far as EC2 needs it. */
import ipaddr from 'ipaddr.js';

export interface Block {
  readonly first: number;
  readonly last: number;
  readonly prefix: number;
}

/** The block, or undefined where it is not one in canonical form (host bits must be zero). */
export function parseBlock(cidr: string): Block | undefined {
  if (!ipaddr.IPv4.isValidCIDRFourPartDecimal(cidr)) return undefined;
  const [address, prefix] = ipaddr.IPv4.parseCIDR(cidr);
  const first = toNumber(address.octets);
  const size = 2 ** (32 - prefix);
  return first % size === 0 ? { first, last: first + size - 1, prefix } : undefined;
}

export function overlaps(one: Block, other: Block): boolean {
  return one.first <= other.last && other.first <= one.last;
}

export function contains(outer: Block, inner: Block): boolean {
  return outer.first <= inner.first && inner.last <= outer.last;
}

/** Addresses EC2 leaves to the customer: it keeps the first four and the last. */
export function usableAddresses(block: Block): number {
  return block.last - block.first + 1 - 5;
}

/** The `index`th usable address (from 0). */
export function usableAddress(block: Block, index: number): string {
  return toText(block.first + 4 + index);
}

function toNumber(octets: readonly number[]): number {
  return octets.reduce((number, octet) => number * 256 + octet, 0);
}

function toText(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
}
