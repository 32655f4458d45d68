/**
 * What many environments need of what is limited, added up for one account and region. The single run's own table says
 * what an environment needs; of these there is nothing yet, so nothing is looked up by name.
 */
import { auroraIdentity, documentdbIdentity } from '#lib/data/identities.ts';
import type { Account } from '#lib/preflight/account.ts';
import { type Context, type Findings, noFindings } from '#lib/preflight/context.ts';
import { readOffer } from '#lib/preflight/databases.ts';
import { once, readLists } from '#lib/preflight/lists.ts';
import { dataNeeds, kubernetesNeeds, type Need, networkNeeds } from '#lib/preflight/needs.ts';
import { askQuotas } from '#lib/preflight/quotas.ts';
import { askZones } from '#lib/preflight/zones.ts';
import type { SizedRequest } from '#lib/request/sized.ts';
import type { EnvironmentTarget, Zone } from '#lib/run/environment.ts';

/** One that does not exist yet. */
export interface NewEnvironment {
  readonly target: EnvironmentTarget;
  readonly request: SizedRequest;
}

export async function quotasOfMany(
  target: Omit<EnvironmentTarget, 'name'>,
  environments: readonly NewEnvironment[],
): Promise<Findings> {
  const [first] = environments;
  if (!first) return noFindings();
  const lists = readLists(first.target, first.request);
  const types: InstanceTypes = new Map();
  const zones = new Map<string, Promise<readonly Zone[] | undefined>>();
  const sums = new Map<string, Need>();
  for (const one of environments) {
    const context = { ...one, account: accountOf(one, lists, types), changes: [] };
    const needs = [
      ...(await networkNeeds(context, await zonesOf(context, zones))),
      ...(await kubernetesNeeds(context)),
      ...(await dataNeeds(context)),
    ];
    for (const need of needs) add(sums, need);
  }
  const context = {
    ...first,
    target: { ...target, name: '' },
    account: accountOf(first, lists, types),
    changes: [],
  };
  return askQuotas(context, [...sums.values()]);
}

type InstanceTypes = Map<string, Account['instanceTypes']>;

/** The lists are read once for all; what would be looked up by name is not there. */
function accountOf(
  { target, request }: NewEnvironment,
  lists: ReturnType<typeof readLists>,
  types: InstanceTypes,
): Account {
  const asked = request.eks.nodes.instanceTypes.join();
  const instanceTypes = types.get(asked) ?? readLists(target, request).instanceTypes;
  types.set(asked, instanceTypes);
  return {
    ...lists,
    instanceTypes,
    cluster: async () => undefined,
    ownCluster: async () => undefined,
    nodegroup: async () => undefined,
    databaseClusters: async () => [],
    databaseInstances: async () => [],
    databaseParameterGroups: async () => [],
    roles: async () => [],
    replicationGroup: async () => undefined,
    cacheSubnetGroup: async () => undefined,
  };
}

/** The zones of a NAT gateway are those of the environment: the same for all that ask for the same. */
function zonesOf(context: Context, known: Map<string, Promise<readonly Zone[] | undefined>>) {
  const { availabilityZones, aurora, documentdb, eks, elasticache } = context.request;
  const key = JSON.stringify([
    availabilityZones,
    aurora.instanceClass,
    documentdb.instanceClass,
    eks.nodes.instanceTypes,
    elasticache.nodeType,
  ]);
  const offers = {
    aurora: once(() => readOffer(auroraIdentity, context)),
    documentdb: once(() => readOffer(documentdbIdentity, context)),
  };
  const found = known.get(key) ?? askZones(context, offers).then(({ choice }) => choice?.zones);
  known.set(key, found);
  return found;
}

/** Several node types count toward one quota, so it is told without them. */
function add(sums: Map<string, Need>, need: Need): void {
  const perZone = /^NAT gateways in /.test(need.name);
  const key = typeof need.limit === 'function' || perZone ? need.name : need.limit.code;
  const sum = sums.get(key);
  const needed = need.ofItself ? Math.max(sum?.needed ?? 0, need.needed) : (sum?.needed ?? 0) + need.needed;
  const name = need.name.replace(/ \([^)]* nodes of .*\)$/, '');
  sums.set(key, sum ? { ...sum, needed } : { ...need, name, needed });
}
