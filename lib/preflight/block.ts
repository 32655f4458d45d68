/**
 * Which /16 an environment stands on. One that leaves it to the service (`vpcCidr: "auto"`) keeps the one it has, and
 * else gets the next of its pool that nothing overlaps: no VPC of the account and region, no block the request lists as
 * reserved, no other environment that has just been accepted (R4).
 */
import { EC2Client, type Vpc } from '@aws-sdk/client-ec2';
import { client } from '#lib/aws/clients.ts';
import { listVpcs } from '#lib/network/observe.ts';
import { overlapsOf } from '#lib/network/overlap.ts';
import { isOwned } from '#lib/ownership/tags.ts';
import { basesIn, contains, environmentCidr, overlaps } from '#lib/request/address-plan.ts';
import type { EnvironmentRequest } from '#lib/request/request.ts';
import { holderOfBlock, isNothing, tryReserveBlock } from '#lib/run/block-reservation.ts';
import type { EnvironmentTarget } from '#lib/run/environment.ts';
import { preflightFailure } from '#lib/run/failures.ts';
import type { RegistryItem } from '#lib/run/registry.ts';
import { dockerBridge } from './addresses.ts';

/** `reserve`: the chosen block is kept for this environment; otherwise another run may get it. Throws PreflightFailedError. */
export async function blockOf(
  target: EnvironmentTarget,
  request: EnvironmentRequest,
  item: RegistryItem | undefined,
  { reserve }: { readonly reserve: boolean },
): Promise<string> {
  if (request.vpcCidr !== 'auto') return environmentCidr(request.vpcCidr, request.staging);
  const vpcs = await listVpcs(client(EC2Client, target), []);
  const own = vpcs.find((vpc) => isOwned(vpc.Tags, target))?.CidrBlock;
  if (own) return own;
  // A run that ended before it made its VPC, or whose VPC is on its way in.
  if (item?.vpcCidr && !isNothing(item)) return item.vpcCidr;
  const taken: string[] = [];
  const free = basesIn(request.cidrPool).filter((block) => {
    const why = inTheWay(target, request, block, vpcs);
    if (why) taken.push(`${block} is ${why}`);
    return why === undefined;
  });
  while (free.length > 0) {
    const [block] = free.splice(0, 1) as [string];
    const holder = await holderOfBlock(target, block);
    if (holder !== undefined) taken.push(`${block} is reserved for environment ${JSON.stringify(holder)}`);
    else if (!reserve || (await tryReserveBlock(target, block))) return block;
    // Many at once try the same block first: those who come second look for theirs all over the pool.
    else free.unshift(...free.splice(Math.floor(Math.random() * free.length)));
  }
  throw exhausted(target, request, taken);
}

/** Why this block is none for this environment; undefined: nothing overlaps it. */
export function inTheWay(
  target: EnvironmentTarget,
  { reservedCidrs, eks, network }: EnvironmentRequest,
  block: string,
  vpcs: readonly Vpc[],
): string | undefined {
  const reserved = reservedCidrs.find(({ cidr }) => overlaps(cidr, block));
  if (reserved) return `in ${reserved.cidr}, reserved for ${reserved.owner}`;
  const route = network.transitGateway?.routes.find((one) => contains(block, one));
  if (route) return `around ${route}, which network.transitGateway routes elsewhere`;
  const [other] = overlapsOf(target, block, vpcs);
  if (other) return `in use: ${other.sentence}`;
  if (eks.serviceIpv4Cidr && overlaps(eks.serviceIpv4Cidr, block))
    return `not outside eks.serviceIpv4Cidr ${eks.serviceIpv4Cidr}`;
  return overlaps(dockerBridge, block) ? "the block of Docker's bridge on the nodes" : undefined;
}

/** So many are named; of a whole /8 nobody reads all. */
const mostNamed = 8;

function exhausted(
  target: EnvironmentTarget,
  { cidrPool }: EnvironmentRequest,
  taken: readonly string[],
): Error {
  const named = taken.slice(0, mostNamed).join('; ');
  const more = taken.length > mostNamed ? `; and ${taken.length - mostNamed} more` : '';
  const finding = {
    what: `cidrPool ${cidrPool.join(', ')} has no free /16 for vpcCidr "auto" (R4): ${named}${more}`,
    todo: 'add a block to cidrPool, or remove an environment that has one',
  };
  return preflightFailure(target, [finding]);
}
