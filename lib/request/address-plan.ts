/**
 * From a base CIDR to the sixteen subnets (R1–R12). Pure: the same request gives the same plan for ever, which
 * is what lets a later run find every subnet again. IPv4 only.
 */
import ipaddr from 'ipaddr.js';
import type { SubnetGroup, SubnetPlan, Zone } from '#lib/run/environment.ts';

export const defaultVpcCidr = '10.231.0.0/16';

/** An IPv4 block whose host bits are zero. */
export interface Cidr {
  readonly address: ipaddr.IPv4;
  readonly prefix: number;
}

/** What is wrong with the notation of an IPv4 block, or undefined. */
export function cidrProblem(text: string): string | undefined {
  // ipaddr.js alone also takes hexadecimal, octal and shortened forms, which AWS does not.
  if (!ipaddr.IPv4.isValidCIDRFourPartDecimal(text)) return 'must be an IPv4 block such as 10.0.0.0/8';
  const network = `${ipaddr.IPv4.networkAddressFromCIDR(text).toString()}/${Number(text.split('/')[1])}`;
  if (network === text) return undefined;
  const rule = /(^|[./])0\d/.test(text) ? 'no figure may begin with 0' : 'host bits must be zero';
  return `${rule}: did you mean ${network}?`;
}

/** Throws RangeError where {@link cidrProblem} names a problem. */
export function parseCidr(text: string): Cidr {
  const problem = cidrProblem(text);
  if (problem) throw new RangeError(`${text}: ${problem}`);
  const [address, prefix] = ipaddr.IPv4.parseCIDR(text);
  return { address, prefix };
}

/** Do two blocks share an address? */
export function overlaps(a: string, b: string): boolean {
  const [one, other] = [parseCidr(a), parseCidr(b)];
  return one.address.match(other.address, Math.min(one.prefix, other.prefix));
}

/** Does every address of `inner` lie in `outer`? */
export function contains(outer: string, inner: string): boolean {
  return parseCidr(outer).prefix <= parseCidr(inner).prefix && overlaps(outer, inner);
}

const privateSpace = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'] as const;

export function isPrivate(cidr: string): boolean {
  return privateSpace.some((block) => contains(block, cidr));
}

/** Why `cidr` cannot be the base of an environment (R2), or undefined. */
export function baseCidrProblem(cidr: string): string | undefined {
  const prefix = /^[\d.]+\/(\d{1,2})$/.exec(cidr)?.[1];
  if (prefix && prefix !== '16') return 'prefix length must be /16 (R2): the subnet plan assumes a full /16';
  const problem = cidrProblem(cidr);
  if (problem) return `${problem} (R2)`;
  if (!isPrivate(cidr)) return `must lie in private space, one of ${privateSpace.join(', ')} (R2)`;
  return undefined;
}

/** Why `cidr` cannot be in a pool of bases, or undefined. */
export function poolBlockProblem(cidr: string): string | undefined {
  const problem = cidrProblem(cidr);
  if (problem) return problem;
  if (parseCidr(cidr).prefix > 16)
    return 'must have a prefix length of 16 or less: an environment takes a /16 (R2)';
  return isPrivate(cidr) ? undefined : `must lie in private space, one of ${privateSpace.join(', ')} (R2)`;
}

/** Every /16 of these blocks, in their order; each once. */
export function basesIn(pool: readonly string[]): string[] {
  const bases = pool.flatMap((block) => {
    const { address, prefix } = parseCidr(block);
    const [first = 0, second = 0] = address.octets;
    return Array.from({ length: 2 ** (16 - prefix) }, (_, index) => `${first}.${second + index}.0.0/16`);
  });
  return [...new Set(bases)];
}

function staged(baseCidr: string): string {
  const [first, second] = baseCidr.split('.');
  return `${first}.${Number(second) + 1}.0.0/16`;
}

/** Why a staging environment cannot be derived from an acceptable base (R3), or undefined. It never wraps. */
export function stagingProblem(baseCidr: string): string | undefined {
  const next = staged(baseCidr);
  if (cidrProblem(next) === undefined && isPrivate(next)) return undefined;
  return `adds 1 to the second octet of ${baseCidr}, and ${next} is not in private space (R3): choose a lower base`;
}

/** The VPC's CIDR: the base, one second octet higher for staging. Throws RangeError where R2 or R3 refuses. */
export function environmentCidr(baseCidr: string, staging: boolean): string {
  const problem = baseCidrProblem(baseCidr) ?? (staging ? stagingProblem(baseCidr) : undefined);
  if (problem) throw new RangeError(`${baseCidr}: ${problem}`);
  return staging ? staged(baseCidr) : baseCidr;
}

/** R6–R11, as what follows the first two octets of the VPC's /16. */
const layout: readonly { readonly group: SubnetGroup; readonly blocks: readonly string[] }[] = [
  // R6: the first three /20 of the first /18. Pods take one VPC address each, so they get three quarters.
  { group: 'eks-private', blocks: ['0.0/20', '16.0/20', '32.0/20'] },
  // R7: within the last /20 of the same /18.
  { group: 'eks-public', blocks: ['48.0/22', '52.0/22', '56.0/22'] },
  { group: 'endpoints', blocks: ['100.0/24'] },
  { group: 'aurora', blocks: ['253.192/28', '253.208/28', '253.224/28'] },
  { group: 'documentdb', blocks: ['255.128/28', '255.144/28', '255.160/28'] },
  { group: 'elasticache', blocks: ['255.64/28', '255.80/28', '255.96/28'] },
];

export const zoneLetters = ['a', 'b', 'c'] as const;

/**
 * The letter that stands for the endpoints' zone in its subnet's component. a, b and c are the zones of every
 * group (R12); a zone beside those three is `d`.
 */
function endpointZoneLetter(zones: readonly Zone[], endpointZone: Zone): string {
  return zoneLetters[zones.findIndex((zone) => zone.id === endpointZone.id)] ?? 'd';
}

/** The sixteen subnets of an acceptable VPC CIDR. */
export function subnetPlan(
  vpcCidr: string,
  zones: readonly [Zone, Zone, Zone],
  endpointZone: Zone,
): SubnetPlan[] {
  const problem = baseCidrProblem(vpcCidr);
  if (problem) throw new RangeError(`${vpcCidr}: ${problem}`);
  const network = vpcCidr.split('.').slice(0, 2).join('.');
  return layout.flatMap(({ group, blocks }) =>
    blocks.map((block, index): SubnetPlan => {
      const isEndpoints = group === 'endpoints';
      const letter = isEndpoints ? endpointZoneLetter(zones, endpointZone) : zoneLetters[index];
      return {
        component: `subnet/${group}/${letter}`,
        group,
        cidr: `${network}.${block}`,
        zone: isEndpoints ? endpointZone : zones[index]!,
      };
    }),
  );
}
