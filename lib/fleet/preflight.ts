/**
 * Can all of these be made beside each other? Asked once for the whole list, before the first is started: blocks that
 * overlap each other or what exists, pools with too few blocks, and the sum of what is limited, by account and region.
 */
import { EC2Client, type Vpc } from '@aws-sdk/client-ec2';
import { client } from '#lib/aws/clients.ts';
import { listVpcs } from '#lib/network/observe.ts';
import { overlapsOf } from '#lib/network/overlap.ts';
import { isOwned } from '#lib/ownership/tags.ts';
import { inTheWay } from '#lib/preflight/block.ts';
import { callerIn } from '#lib/preflight/region.ts';
import { basesIn, environmentCidr, overlaps } from '#lib/request/address-plan.ts';
import type { EnvironmentRequest } from '#lib/request/request.ts';
import { sized } from '#lib/request/sized.ts';
import { isNothing } from '#lib/run/block-reservation.ts';
import type { Ahead } from '#lib/run/budget.ts';
import type { EnvironmentTarget } from '#lib/run/environment.ts';
import { type Finding, listed, wordsOf } from '#lib/run/failure-words.ts';
import { PreflightFailedError } from '#lib/run/failures.ts';
import { environmentsIn, listRegistry, type RegistryItem } from '#lib/run/registry.ts';
import { aheadOf } from './estimate.ts';
import { type NewEnvironment, quotasOfMany } from './quotas.ts';

/** Environments of one account and region. */
export interface Place {
  readonly target: Omit<EnvironmentTarget, 'name'>;
  readonly requests: readonly EnvironmentRequest[];
  /** Who stands in the longest of the queues there already. */
  readonly ahead?: Ahead;
}

/** Throws PreflightFailedError with every problem; answers the places, and what is worth a warning. */
export async function fleetPreflight(
  requests: readonly EnvironmentRequest[],
  execution: string,
): Promise<{ places: readonly Place[]; warnings: readonly string[] }> {
  const places = await placesOf(requests, execution);
  const items = await listRegistry();
  const known = environmentsIn(items);
  const findings = await Promise.all(places.map((place) => placeFindings(place, known)));
  const problems = findings.flatMap((finding) => finding.problems);
  if (problems.length > 0) throw refused(problems);
  const now = Date.now();
  return {
    places: places.map((place) => ({ ...place, ahead: aheadOf(items, place.target, now) })),
    warnings: [...new Set(findings.flatMap((finding) => finding.warnings))],
  };
}

async function placesOf(requests: readonly EnvironmentRequest[], execution: string): Promise<Place[]> {
  const asked = Map.groupBy(requests, ({ region, roleArn = '' }) => `${region} ${roleArn}`);
  const found = await Promise.all(
    [...asked.values()].map(async (ofOne) => {
      const { region, roleArn } = ofOne[0] as EnvironmentRequest;
      const where = { region, ...(roleArn ? { roleArn } : {}), execution };
      return { target: { ...where, ...(await callerIn(where)) }, requests: ofOne };
    }),
  );
  const byAccount = Map.groupBy(found, ({ target }) => `${target.account} ${target.region}`);
  return [...byAccount.values()].map((some) => ({
    target: (some[0] as Place).target,
    requests: some.flatMap((one) => one.requests),
  }));
}

interface PlaceFindings {
  readonly problems: Finding[];
  readonly warnings: readonly string[];
}

async function placeFindings(place: Place, known: readonly RegistryItem[]): Promise<PlaceFindings> {
  const { target, requests } = place;
  const problems = elsewhere(place, known);
  const vpcs = await listVpcs(client(EC2Client, target), []);
  const blocks = new Blocks(place, vpcs, known, problems);
  for (const request of requests) if (request.vpcCidr !== 'auto') blocks.take(request);
  for (const request of requests) if (request.vpcCidr === 'auto') blocks.choose(request);
  const isNew = ({ environment: name }: EnvironmentRequest) =>
    !vpcs.some(({ Tags }) => isOwned(Tags, { ...target, name }));
  const making = requests.filter(isNew).map((request): NewEnvironment => {
    const own = { ...target, name: request.environment };
    return { target: own, request: sized(request, blocks.of(request)) };
  });
  const quotas = await quotasOfMany(target, making);
  return { problems: [...problems, ...quotas.problems], warnings: quotas.warnings };
}

/** The registry keeps one environment of a name. */
function elsewhere({ target, requests }: Place, known: readonly RegistryItem[]): Finding[] {
  return requests.flatMap(({ environment }) => {
    const item = known.find((one) => one.environment === environment);
    if (!item || isNothing(item)) return [];
    if (item.region === target.region && item.account === target.account) return [];
    const what = `environment ${JSON.stringify(environment)} is in ${item.region} of account ${item.account} already (W5)`;
    return [{ what, todo: 'ask for it under another name, or remove that one first' }];
  });
}

/** Who has which block of a place, of those that exist and of this list. */
class Blocks {
  readonly #place: Place;
  readonly #vpcs: readonly Vpc[];
  readonly #problems: Finding[];
  readonly #holders = new Map<string, string>();
  readonly #chosen = new Map<string, string>();

  constructor(place: Place, vpcs: readonly Vpc[], known: readonly RegistryItem[], problems: Finding[]) {
    this.#place = place;
    this.#vpcs = vpcs;
    this.#problems = problems;
    const { account, region } = place.target;
    for (const item of known)
      if (item.vpcCidr && item.account === account && item.region === region && !isNothing(item))
        this.#holders.set(item.vpcCidr, item.environment);
  }

  /** Where the pool has none left, one of it all the same: what else is wrong is told in one go. */
  of({ environment, cidrPool }: EnvironmentRequest): string {
    return this.#chosen.get(environment) ?? (basesIn(cidrPool)[0] as string);
  }

  /** One that the request names. */
  take(request: EnvironmentRequest): void {
    const { environment, staging } = request;
    const block = environmentCidr(request.vpcCidr, staging);
    const holder = this.#holders.get(block);
    if (holder !== undefined && holder !== environment)
      this.#refuse(
        `vpcCidr ${block} of environment "${environment}" is that of environment "${holder}" too (R4)`,
      );
    for (const { cidr, owner } of request.reservedCidrs)
      if (overlaps(cidr, block))
        this.#refuse(
          `vpcCidr ${block} of environment "${environment}" overlaps ${cidr}, reserved for ${owner} (R4)`,
        );
    for (const { sentence } of overlapsOf({ name: environment }, block, this.#vpcs))
      this.#refuse(`vpcCidr ${block} of environment "${environment}" overlaps ${sentence} (R4)`);
    this.#holders.set(block, environment);
    this.#chosen.set(environment, block);
  }

  /** One from the pool, as a run would. */
  choose(request: EnvironmentRequest): void {
    const { environment: name } = request;
    const target = { ...this.#place.target, name };
    const own =
      this.#vpcs.find(({ Tags }) => isOwned(Tags, target))?.CidrBlock ??
      [...this.#holders].find(([, holder]) => holder === name)?.[0];
    const block =
      own ??
      basesIn(request.cidrPool).find(
        (base) => !this.#holders.has(base) && inTheWay(target, request, base, this.#vpcs) === undefined,
      );
    if (block === undefined) {
      this.#refuse(
        `cidrPool ${request.cidrPool.join(', ')} has no free /16 left for environment "${name}" (R4)`,
        'add a block to cidrPool, or leave environments out',
      );
      return;
    }
    this.#holders.set(block, name);
    this.#chosen.set(name, block);
  }

  #refuse(what: string, todo = 'choose another vpcCidr, or "auto" with a cidrPool'): void {
    this.#problems.push({ what, todo });
  }
}

function refused(problems: readonly Finding[]): PreflightFailedError {
  const lines = [...new Set(problems.map((problem) => wordsOf(problem)))];
  const heading = `The fleet cannot be made: ${lines.length === 1 ? 'a problem' : `${lines.length} problems`}`;
  return new PreflightFailedError(
    listed(heading, lines.slice(0, 100), 'Nothing was started'),
    'do what each line says, then run again',
  );
}
