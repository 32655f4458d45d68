/**
 * What nodes, database instances and cache nodes cost a month: the largest part of an environment's bill, and what another
 * size changes. Storage, requests and traffic go by use and are left out.
 */
import { isOptimized } from '#lib/data/differences.ts';
import { natPlans } from '#lib/network/options.ts';
import type { EnvironmentPlan } from '#lib/run/environment.ts';
import type { Observation } from '#lib/verify/observation.ts';
import { dollars, idleAMonth, idlePrices } from './costs.ts';

type Kind = 'node' | 'aurora' | 'documentdb' | 'cache';

export interface Machines {
  readonly kind: Kind;
  readonly type: string;
  readonly count: number;
  /** I/O-Optimized storage: the instances cost more, and requests nothing. */
  readonly optimized?: boolean;
  /** Nodes of Valkey cost less than those of Redis OSS. */
  readonly valkey?: boolean;
}

/**
 * US dollars an hour, On-Demand, us-east-1, Linux, PostgreSQL-compatible Aurora, Redis OSS; as of 2026. Source: the AWS
 * Price List of AmazonEC2, AmazonRDS, AmazonDocDB and AmazonElastiCache (aws.amazon.com/<service>/pricing).
 */
const hourly: Readonly<Record<Kind, Readonly<Record<string, number>>>> = {
  node: {
    't3.xlarge': 0.1664,
    't3.2xlarge': 0.3328,
    't3a.xlarge': 0.1504,
    't3a.2xlarge': 0.3008,
    'm5.xlarge': 0.192,
    'm5.2xlarge': 0.384,
    'm5.4xlarge': 0.768,
    'm6i.2xlarge': 0.384,
  },
  aurora: { 'db.t3.medium': 0.082, 'db.r6g.large': 0.26, 'db.r6g.xlarge': 0.519, 'db.r6g.2xlarge': 1.038 },
  documentdb: {
    'db.t3.medium': 0.078,
    'db.t4g.medium': 0.07566,
    'db.r6g.large': 0.26315,
    'db.r6g.xlarge': 0.5263,
  },
  cache: { 'cache.t4g.medium': 0.065, 'cache.r7g.large': 0.219, 'cache.r7g.xlarge': 0.437 },
};

/** More than standard, of the instances (Aurora and DocumentDB pricing, "I/O-Optimized"). */
const optimizedFactor: Readonly<Record<Kind, number>> = { node: 1, aurora: 1.3, documentdb: 1.1, cache: 1 };
/** "20% lower than other supported engines", of nodes (Amazon ElastiCache pricing). */
const valkeyFactor = 0.8;
const hoursAMonth = 730;

export interface MachineCost {
  /** Dollars a month, of those that have a price here. */
  readonly dollars: number;
  /** Types without one. */
  readonly unknown: readonly string[];
}

export function machineCost(machines: readonly Machines[]): MachineCost {
  const priced = machines.map((one) => ({ ...one, price: hourly[one.kind][one.type] }));
  const dollars = priced.reduce(
    (sum, { kind, count, optimized, valkey, price = 0 }) =>
      sum +
      count * price * (optimized ? optimizedFactor[kind] : 1) * (valkey ? valkeyFactor : 1) * hoursAMonth,
    0,
  );
  const unknown = priced.filter(({ price }) => price === undefined).map(({ type }) => type);
  return { dollars: Number(dollars.toFixed(2)), unknown: [...new Set(unknown)] };
}

/** What an environment costs a month, as list prices have it. */
export function costInWords(environment: EnvironmentPlan): string {
  const { dollars: machines, unknown } = machineCost(machinesOf(environment));
  const { network } = environment;
  const idle = idleAMonth(natPlans(environment).length, network.transitGateway ? 1 : 0);
  const without = unknown.length > 0 ? `, without ${unknown.join(' and ')}` : '';
  return `It costs about ${dollars(idle + machines)} a month${without}: ${dollars(idle)} idle, ${dollars(machines)} for the fewest nodes, databases and caches (${idlePrices.asOf} list prices, ${idlePrices.region}; docs/cost.md).`;
}

type Database = Pick<EnvironmentPlan['aurora'], 'instanceClass' | 'instances' | 'storageType'>;
/** What of a plan, or of a request with its sizes, has a price here. */
interface Wished {
  readonly eks: { readonly nodes: Pick<EnvironmentPlan['eks']['nodes'], 'instanceTypes' | 'minSize'> };
  readonly aurora: Database;
  readonly documentdb: Database;
  readonly elasticache: Pick<EnvironmentPlan['elasticache'], 'nodeType' | 'replicas' | 'engine'>;
}

/** The fewest nodes the request asks for, of the first type it names. */
export function machinesOf({ eks, aurora, documentdb, elasticache }: Wished): Machines[] {
  const [type = ''] = eks.nodes.instanceTypes;
  const database = (kind: 'aurora' | 'documentdb', plan: Wished['aurora']): Machines => ({
    kind,
    type: plan.instanceClass,
    count: plan.instances,
    optimized: isOptimized(plan.storageType),
  });
  return [
    { kind: 'node', type, count: eks.nodes.minSize },
    database('aurora', aurora),
    database('documentdb', documentdb),
    {
      kind: 'cache',
      type: elasticache.nodeType,
      count: elasticache.replicas + 1,
      valkey: elasticache.engine === 'valkey',
    },
  ];
}

export function machinesSeen({
  nodegroup,
  aurora,
  documentdb,
  cache,
}: Pick<Observation, 'nodegroup' | 'aurora' | 'documentdb' | 'cache'>): Machines[] {
  const database = (kind: 'aurora' | 'documentdb', seen: Observation['aurora']): Machines[] =>
    (seen?.instances ?? []).map(({ instanceClass: type }) => ({
      kind,
      type,
      count: 1,
      optimized: isOptimized(seen?.storageType ?? ''),
    }));
  return [
    ...(nodegroup
      ? [{ kind: 'node' as const, type: nodegroup.instanceTypes[0] ?? '', count: nodegroup.minSize }]
      : []),
    ...database('aurora', aurora),
    ...database('documentdb', documentdb),
    ...(cache
      ? [
          {
            kind: 'cache' as const,
            type: cache.nodeType,
            count: cache.nodes,
            valkey: cache.members[0]?.engine === 'valkey',
          },
        ]
      : []),
  ];
}
