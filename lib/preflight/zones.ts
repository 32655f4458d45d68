/**
 * Which three zones, and which one for the endpoints (R8)? Chosen once: an environment that exists keeps the
 * zones its subnets are in.
 */

import { refusalOf } from '#lib/change/change.ts';
import { zonesStay } from '#lib/change/rows/environment.ts';
import { databaseIdentities } from '#lib/data/identities.ts';
import type { DatabaseIdentity } from '#lib/data/service.ts';
import { componentTag, isOwned, tagValue } from '#lib/ownership/tags.ts';
import { zoneLetters } from '#lib/request/address-plan.ts';
import type { EnvironmentPlan, Zone } from '#lib/run/environment.ts';
import { type Context, type Findings, noFindings } from './context.ts';
import { type DatabaseOffer, offersClass } from './databases.ts';
import { endpointServicesOf } from './endpoint-services.ts';
import { cacheHostType } from './lists.ts';

export interface ZoneChoice {
  readonly zones: readonly [Zone, Zone, Zone];
  readonly endpointZone: Zone;
  readonly endpointServices: EnvironmentPlan['endpointServices'];
}

/** EKS places no control plane here (EKS user guide, network requirements). Ids: names differ by account. */
const refusedByEks = ['use1-az3', 'usw1-az2', 'cac1-az3'];

/**
 * EC2 makes no NAT gateway here ("NotAvailableInZone: Nat Gateway is not available in this availability zone";
 * sysdiglabs/terraform-aws-secure-for-cloud#52). It has none of the newer instance types either.
 */
const withoutNatGateways = ['apne1-az3'];

/** What the two databases would be made of, each read when it is asked for. */
export type Offers = Readonly<Record<DatabaseIdentity['step'], () => Promise<DatabaseOffer>>>;

export async function askZones(
  context: Context,
  offers: Offers,
): Promise<Findings & { choice?: ZoneChoice }> {
  const findings = noFindings();
  const { account, target, request } = context;
  const available = await account.zones();
  const usable = available.filter(({ id }) => !refusedByEks.includes(id) && !withoutNatGateways.includes(id));
  const offered = await endpointServicesOf(context, findings, available);
  const existing = await existingZones(context, available);
  const zones = request.availabilityZones
    ? asRequested(request.availabilityZones, available, findings)
    : await bestThree(context, offers, usable, offered?.zones ?? [], [...existing.letters.values()]);
  if (!zones) return findings;
  if (zones.length < 3) {
    findings.problems.push({
      what: `${target.region} has ${usable.length} Availability Zones for this account that EKS and NAT gateways accept (${listed(usable)}), and every subnet group needs three (R6)`,
      todo: 'choose another region',
    });
    return findings;
  }
  const ordered = inExistingOrder(zones, existing.letters);
  if (!ordered) {
    const [from, to] = [[...existing.letters.values()], zones].map(listed);
    findings.problems.push(refusalOf({ field: 'availabilityZones', from, to, ...zonesStay }));
    return findings;
  }
  // R14: the NAT gateway stands in the first one. Another letter there is somebody's choice.
  if (withoutNatGateways.includes(ordered[0].id)) {
    findings.problems.push({
      what: `availabilityZones ${listed(ordered)}: EC2 makes no NAT gateway in ${ordered[0].id}, where the first one puts it (R14)`,
      todo: 'name another zone first',
    });
    return findings;
  }
  const endpointZone =
    existing.endpoints ??
    [...ordered, ...available].find(({ id }) => offered?.zones.some((zone) => zone.id === id));
  if (!offered || !endpointZone) return findings;
  return { ...findings, choice: { zones: ordered, endpointZone, endpointServices: offered.services } };
}

interface ExistingZones {
  /** By letter of the groups of three. */
  readonly letters: ReadonlyMap<string, Zone>;
  readonly endpoints: Zone | undefined;
}

async function existingZones(
  { account, target }: Context,
  available: readonly Zone[],
): Promise<ExistingZones> {
  const letters = new Map<string, Zone>();
  let endpoints: Zone | undefined;
  for (const subnet of await account.subnets()) {
    if (!isOwned(subnet.Tags, target)) continue;
    const [, group, letter] = (tagValue(subnet.Tags, componentTag) ?? '').split('/');
    const zone = available.find(({ id }) => id === subnet.AvailabilityZoneId);
    if (!zone || !letter) continue;
    if (group === 'endpoints') endpoints = zone;
    else letters.set(letter, zone);
  }
  return { letters, endpoints };
}

function asRequested(
  requested: readonly string[],
  available: readonly Zone[],
  findings: Findings,
): Zone[] | undefined {
  const before = findings.problems.length;
  const zones = requested.map((wanted, index) => {
    const zone = available.find(({ name, id }) => name === wanted || id === wanted);
    if (!zone)
      findings.problems.push({
        what: `availabilityZones[${index}] "${wanted}": is not a zone this account can use now; those are ${listed(available)}`,
        todo: 'name one of these',
      });
    else if (refusedByEks.includes(zone.id))
      findings.problems.push({
        what: `availabilityZones[${index}] "${wanted}": EKS places no control plane in ${zone.id}`,
        todo: 'name another zone',
      });
    return zone;
  });
  const sound = zones.filter((zone) => zone !== undefined);
  if (new Set(sound.map(({ id }) => id)).size < sound.length)
    findings.problems.push({
      what: `availabilityZones ${requested.join(', ')}: name the same zone twice`,
      todo: 'name three different ones',
    });
  return findings.problems.length > before ? undefined : sound;
}

/**
 * Those in use already; then zones that offer the nodes' instance types, before others those that offer more of
 * the database classes and of the cache's node type, by name. One of the three should offer the endpoints: traffic
 * to another zone is billed.
 */
async function bestThree(
  context: Context,
  offers: Offers,
  usable: readonly Zone[],
  endpointZones: readonly Zone[],
  inUse: readonly Zone[],
): Promise<Zone[]> {
  const { account, request } = context;
  const free = usable.filter((zone) => !inUse.some(({ id }) => id === zone.id)).sort(byName);
  if (inUse.length >= 3) return [...inUse].slice(0, 3).sort(byName);
  const offerings = await account.instanceTypeOfferings();
  const offersType = (zone: Zone, types: readonly string[]) =>
    offerings.some(
      ({ Location, InstanceType }) => Location === zone.name && types.includes(InstanceType ?? ''),
    );
  const offersNodes = (zone: Zone) => offersType(zone, request.eks.nodes.instanceTypes);
  const offersEndpoints = (zone: Zone) => endpointZones.some(({ id }) => id === zone.id);
  const ofData = await dataOffers(context, offers);
  const rank = (zone: Zone) =>
    (offersNodes(zone) ? 100 : 0) +
    ofData.filter((isOffered) => isOffered(zone)).length +
    (offersType(zone, [cacheHostType(request.elasticache.nodeType)]) ? 1 : 0);
  const ranked = free.sort((a, b) => rank(b) - rank(a) || (a.name < b.name ? -1 : 1));
  const chosen = [...inUse, ...ranked].slice(0, 3);
  const better = ranked.slice(3 - inUse.length).find((zone) => offersNodes(zone) && offersEndpoints(zone));
  if (better && !chosen.some(offersEndpoints)) chosen.splice(2, 1, better);
  return chosen.sort(byName);
}

/** One question a database: is its class offered in a zone? None where no instance is to be made. */
async function dataOffers({ request }: Context, offers: Offers): Promise<((zone: Zone) => boolean)[]> {
  const read = await Promise.all(databaseIdentities.map(({ step }) => offers[step]()));
  return databaseIdentities.flatMap(({ step }, index) => {
    const options = read[index]?.options;
    return options ? [(zone: Zone) => offersClass(options, request[step].storageType, zone)] : [];
  });
}

function byName(a: Zone, b: Zone): number {
  return a.name < b.name ? -1 : 1;
}

/** The zones for a, b and c: a letter keeps the zone it has. Undefined where one has a zone beside these. */
function inExistingOrder(
  zones: readonly Zone[],
  letters: ReadonlyMap<string, Zone>,
): [Zone, Zone, Zone] | undefined {
  const taken = [...letters.values()];
  if (taken.some(({ id }) => !zones.some((zone) => zone.id === id))) return undefined;
  const free = zones.filter(({ id }) => !taken.some((zone) => zone.id === id));
  return zoneLetters.map((letter) => letters.get(letter) ?? free.shift()) as [Zone, Zone, Zone];
}

function listed(zones: readonly Zone[]): string {
  return zones.map(({ name, id }) => `${name} (${id})`).join(', ') || 'none';
}
