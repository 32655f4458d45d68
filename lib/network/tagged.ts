/**
 * What EC2 has of an environment, with its tags: two listings for all types of resources. What is deleted stays listed
 * for a while; NAT gateways say so, and of the others whoever sets a tag finds it out. Nodes and their volumes have the
 * tags of the launch template they started from, and go with the next change of the nodes: they are not compared.
 */
import { EC2Client, paginateDescribeTags, type TagDescription } from '@aws-sdk/client-ec2';
import { client } from '#lib/aws/clients.ts';
import { allPages } from '#lib/aws/reads.ts';
import type { Tagged } from '#lib/ownership/tagged.ts';
import { environmentTag, ownershipFilters } from '#lib/ownership/tags.ts';
import type { EnvironmentTarget } from '#lib/run/environment.ts';
import { listNatGateways } from './observe.ts';

/** A filter takes 200 values (EC2 API reference, "Filter"). */
const mostValues = 200;
const ofNodes = new Set(['instance', 'volume', 'network-interface']);

export async function taggedNetwork(target: EnvironmentTarget): Promise<Tagged[]> {
  const ec2 = client(EC2Client, target);
  const tagsBy = (...Filters: { Name: string; Values: string[] }[]) =>
    allPages(paginateDescribeTags({ client: ec2 }, { Filters }), (page) => page.Tags);
  const owned = (
    await tagsBy({ Name: 'key', Values: [environmentTag] }, { Name: 'value', Values: [target.name] })
  ).filter(({ ResourceType = '' }) => !ofNodes.has(ResourceType));
  const dead = await deadNatGateways(ec2, target, owned);
  const ids = owned.flatMap(({ ResourceId = '' }) => (dead.includes(ResourceId) ? [] : ResourceId));
  const rows: TagDescription[] = [];
  for (let first = 0; first < ids.length; first += mostValues)
    rows.push(...(await tagsBy({ Name: 'resource-id', Values: ids.slice(first, first + mostValues) })));
  return ids.map((id) => ({ step: 'vpc', id, what: id, tags: tagsOf(id, rows) }));
}

function tagsOf(id: string, rows: readonly TagDescription[]): Record<string, string> {
  const own = rows.filter(({ ResourceId }) => ResourceId === id);
  return Object.fromEntries(own.map(({ Key = '', Value = '' }) => [Key, Value]));
}

async function deadNatGateways(
  ec2: EC2Client,
  target: EnvironmentTarget,
  owned: readonly TagDescription[],
): Promise<(string | undefined)[]> {
  if (!owned.some(({ ResourceType }) => ResourceType === 'natgateway')) return [];
  const gateways = await listNatGateways(ec2, ownershipFilters(target));
  return gateways
    .filter(({ State }) => State !== 'available' && State !== 'pending')
    .map(({ NatGatewayId }) => NatGatewayId);
}
