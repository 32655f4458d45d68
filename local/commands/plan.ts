/**
 * `plan FILE`: what a run of this request would make, or change of what exists; where, how long it takes and what it
 * costs idle. Changes nothing.
 */
import { bounded, type Change } from '#lib/change/change.ts';
import { type Changes, changesOf, nothingStands } from '#lib/change/changes.ts';
import { refuseElsewhere } from '#lib/change/elsewhere.ts';
import { natPlans, routedComponents } from '#lib/network/options.ts';
import { blockOf } from '#lib/preflight/block.ts';
import { preflight } from '#lib/preflight/preflight.ts';
import { callerIn } from '#lib/preflight/region.ts';
import { planEnvironment } from '#lib/request/plan.ts';
import { parseRequest } from '#lib/request/request.ts';
import { sized } from '#lib/request/sized.ts';
import type { EnvironmentPlan } from '#lib/run/environment.ts';
import { PreflightFailedError } from '#lib/run/failures.ts';
import { readEnvironment } from '#lib/run/registry.ts';
import { judge, type RuleResult } from '#lib/verify/rules/index.ts';
import { openFolder } from '#local/account.ts';
import { changeLines, countedInWords } from '#local/changes.ts';
import { idleAMonth, idlePrices } from '#local/costs.ts';
import { expectedSeconds } from '#local/expected.ts';
import { type MachineCost, machineCost, machinesOf, machinesSeen } from '#local/machine-prices.ts';
import { clock } from '#local/progress.ts';
import { readRequest } from '#local/request-file.ts';
import { lines, table } from '#local/table.ts';
import { type CommonOptions, printer } from './options.ts';

/** As others of this field have it (`terraform plan -detailed-exitcode`). */
const exitCodes = { nothing: 0, refused: 1, changes: 2 } as const;

/** What would become of the request. */
interface Planned {
  readonly standing: Changes;
  /** Absent where preflight found a problem, which is then {@link refusal}. */
  readonly environment?: EnvironmentPlan;
  readonly warnings: readonly string[];
  readonly refusal?: string;
  /** Where no field differs: the rules that do not hold, which a run would mend where it may. */
  readonly broken: readonly RuleResult[];
}

/** Answers the exit code. Asks what accept would ask: the same schema, the same comparison, the same preflight. */
export async function plan(file: string, options: CommonOptions): Promise<number> {
  const account = openFolder(options.state, options.seed);
  try {
    const planned = await plannedOf(readRequest(file));
    if (options.json) process.stdout.write(`${JSON.stringify(documentOf(planned), null, 2)}\n`);
    else printPlanned(planned);
    return exitCodeOf(planned);
  } finally {
    account.close();
  }
}

/** What `--json` prints. */
export async function planDocument(input: unknown): Promise<object> {
  return documentOf(await plannedOf(input));
}

async function plannedOf(input: unknown): Promise<Planned> {
  const asked = parseRequest(input);
  const { environment: name, region, roleArn } = asked;
  const item = await readEnvironment(name);
  refuseElsewhere(item, name, 'region', region);
  const where = { region, ...(roleArn ? { roleArn } : {}), execution: 'plan' };
  const caller = await callerIn(where);
  refuseElsewhere(item, name, 'account', caller.account);
  const target = { ...where, name, ...caller };
  let standing: Changes = nothingStands;
  try {
    const request = sized(asked, await blockOf(target, asked, item, { reserve: false }));
    standing = await changesOf(target, request, item);
    const { choices, warnings } = await preflight(target, request, standing);
    const environment = planEnvironment(target, request, choices);
    const { seen, changes } = standing;
    const broken = seen && changes.length === 0 ? judge(environment, seen).filter(({ holds }) => !holds) : [];
    return { standing, environment, warnings: [...standing.warnings, ...warnings], broken };
  } catch (error) {
    if (!(error instanceof PreflightFailedError)) throw error;
    return { standing, warnings: standing.warnings, refusal: error.message, broken: [] };
  }
}

function exitCodeOf({ standing, refusal, broken }: Planned): number {
  if (refusal !== undefined) return exitCodes.refused;
  const isSettled = standing.exists && standing.changes.length === 0 && broken.length === 0;
  return isSettled ? exitCodes.nothing : exitCodes.changes;
}

function documentOf({ standing, environment, warnings, refusal, broken }: Planned): object {
  const { exists, changes } = standing;
  const { execution: _, rollbackName: __, ...rest } = environment ?? {};
  return {
    exists,
    changes: changes as readonly Change[],
    broken,
    ...(refusal === undefined ? {} : { refusal }),
    warnings,
    ...(environment
      ? {
          plan: rest,
          resources: plannedCounts(environment),
          expectedSeconds,
          idlePrices,
          idle: idleOf(standing, environment),
          machines: machinesCostOf(standing, environment),
        }
      : {}),
  };
}

function printPlanned(planned: Planned): void {
  const { standing, environment, warnings, refusal, broken } = planned;
  const print = printer(false);
  if (!standing.exists && environment) {
    printPlan(environment, warnings);
    return;
  }
  if (standing.changes.length > 0) {
    for (const line of changeLines(bounded(standing.changes))) print(line);
    print('');
    print(`Plan: ${countedInWords(standing.changes)}.`);
  }
  for (const { rule, evidence } of broken) print(`  ~ ${rule}: ${evidence}`);
  if (broken.length > 0) print('\nPlan: no field differs; a run mends what it may of the above.');
  for (const warning of warnings) print(`Warning: ${warning}`);
  if (refusal !== undefined) {
    print(refusal);
    return;
  }
  if (exitCodeOf(planned) === exitCodes.nothing) print('Nothing differs: a run would change nothing.');
  const { before, after } = idleOf(standing, environment as EnvironmentPlan);
  const idle = before === after ? `$${after} a month, as before` : `$${before} → $${after} a month`;
  print(
    `Idle, before nodes, databases and caches: ${idle} (${idlePrices.asOf} list prices, ${idlePrices.region}).`,
  );
  print(machinesInWords(machinesCostOf(standing, environment as EnvironmentPlan)));
}

function machinesCostOf({ seen }: Changes, environment: EnvironmentPlan) {
  return { before: machineCost(seen ? machinesSeen(seen) : []), after: machineCost(machinesOf(environment)) };
}

/** `Nodes, databases and caches: $1013.62 → $2510.11 a month` */
function machinesInWords({ before, after }: ReturnType<typeof machinesCostOf>): string {
  const dollars = ({ dollars: sum }: MachineCost) => `$${sum.toFixed(2)}`;
  const unknown = [...new Set([...before.unknown, ...after.unknown])];
  const isSame = before.dollars === after.dollars && unknown.length === 0;
  const cost = isSame
    ? `${dollars(after)} a month, as before`
    : `${dollars(before)} → ${dollars(after)} a month`;
  const without = unknown.length > 0 ? `, without ${unknown.join(', ')}, whose price is not known here` : '';
  return `Nodes (the fewest), databases and caches: ${cost}${without}.`;
}

/** Dollars a month of what has a price of its own here: endpoints, NAT gateways, control plane. */
function idleOf({ seen }: Changes, environment: EnvironmentPlan): { before: number; after: number } {
  return {
    before: seen ? idleAMonth(seen.natGateways.length, seen.transitGatewayAttachments.length) : 0,
    after: idleAMonth(natPlans(environment).length, environment.network.transitGateway ? 1 : 0),
  };
}

/** What a first run makes, by the types of the inventory, and the nodes of the cache, which it does not list. */
export function plannedCounts(environment: EnvironmentPlan): Record<string, number> {
  const { aurora, documentdb, elasticache, subnets, endpointServices, loadBalancer, network } = environment;
  const ways = natPlans(environment).length;
  return {
    'ec2:vpc': 1,
    'ec2:subnet': subnets.length,
    'ec2:internet-gateway': 1,
    'ec2:nat-gateway': ways,
    'ec2:elastic-ip': ways - network.natAddresses.length,
    'ec2:route-table': routedComponents(environment).length,
    'ec2:vpc-endpoint': endpointServices.length + (network.s3GatewayEndpoint ? 1 : 0),
    ...(network.flowLogs ? { 'ec2:flow-log': 1 } : {}),
    ...(network.transitGateway ? { 'ec2:transit-gateway-attachment': 1 } : {}),
    'ec2:security-group': loadBalancer.ingress.length > 0 ? 1 : 0,
    'eks:cluster': 1,
    'eks:nodegroup': 1,
    'rds:db-cluster': 1,
    'rds:db-instance': aurora.instances,
    'docdb:db-cluster': 1,
    'docdb:db-instance': documentdb.instances,
    'elasticache:replication-group': 1,
    'elasticache:node': elasticache.replicas + 1,
    'efs:file-system': 1,
    'efs:mount-target': 3,
  };
}

/** What a request has switched on beyond the specification's network; no line where it is all off. */
function networkOptions({ network }: EnvironmentPlan): string[] {
  return [
    ...(network.natGateways === 'per-zone'
      ? ['A NAT gateway, with address and private route table, in each zone']
      : []),
    ...(network.natAddresses.length > 0
      ? [`NAT addresses of yours: ${network.natAddresses.join(', ')}`]
      : []),
    ...(network.transitGateway
      ? [
          `Attached to transit gateway ${network.transitGateway.id} ($${idlePrices.monthly.attachment} a month), which ${network.transitGateway.routes.join(', ')} ${network.transitGateway.routes.length === 1 ? 'is' : 'are'} routed to`,
        ]
      : []),
    ...(network.flowLogs
      ? [`Flow log of the VPC (${network.flowLogs.trafficType}) into ${network.flowLogs.destination}`]
      : []),
    ...(network.s3GatewayEndpoint ? ['S3 gateway endpoint on the EKS route tables (no hourly price)'] : []),
  ];
}

function origin({ restoreFrom }: { readonly restoreFrom?: string | undefined }): string {
  return restoreFrom ? `, restored from snapshot ${restoreFrom}` : '';
}

function printPlan(environment: EnvironmentPlan, warnings: readonly string[]): void {
  const print = printer(false);
  const { eks, aurora, documentdb, elasticache, efs } = environment;
  print(
    `${environment.name} in ${environment.region}, account ${environment.account}, VPC ${environment.vpcCidr}`,
  );
  print('');
  const subnets = table(['subnet', 'CIDR', 'zone', 'zone id']);
  for (const { component, cidr, zone } of environment.subnets) {
    subnets.push([component.replace('subnet/', ''), cidr, zone.name, zone.id]);
  }
  print(lines(subnets));
  print('');
  print(
    `EKS ${eks.version}: ${eks.nodes.minSize} to ${eks.nodes.maxSize} nodes of ${eks.nodes.instanceTypes.join(' or ')}, API endpoint ${eks.publicAccess ? `public to ${eks.publicAccessCidrs.join(', ')}` : 'private'}`,
  );
  print(
    eks.administrators.length > 0
      ? `Administrators of the cluster: ${eks.administrators.join(', ')}`
      : 'Administrators of the cluster: none, so nobody may enter it (eks.administrators, docs/access.md)',
  );
  print(
    `Aurora PostgreSQL ${aurora.engineVersion}: ${aurora.instances} × ${aurora.instanceClass}, ${aurora.storageType}${origin(aurora)}`,
  );
  print(
    `DocumentDB ${documentdb.engineVersion}: ${documentdb.instances} × ${documentdb.instanceClass}, ${documentdb.storageType}${origin(documentdb)}`,
  );
  print(
    `ElastiCache Redis ${elasticache.engineVersion}: ${elasticache.replicas + 1} × ${elasticache.nodeType}${origin(elasticache)}`,
  );
  print(`EFS: ${efs.throughputMode} throughput, backup ${efs.backup ? 'on' : 'off'}`);
  print(`Twelve VPC endpoints in ${environment.subnets.find(({ group }) => group === 'endpoints')?.zone.id}`);
  for (const option of networkOptions(environment)) print(option);
  print('');
  const { endpoints, natGateway, controlPlane, attachment } = idlePrices.monthly;
  const ways = natPlans(environment).length;
  const nat = natGateway * ways;
  const transit = environment.network.transitGateway ? attachment : 0;
  const total = endpoints + nat + controlPlane + transit;
  print(`A first run takes about ${clock(expectedSeconds * 1000)}.`);
  print(
    `Idle, before nodes and databases: $${total.toFixed(2)} a month (endpoints $${endpoints}, ${ways === 1 ? 'NAT gateway' : `${ways} NAT gateways`} $${Number(nat.toFixed(2))}, control plane $${controlPlane}${transit > 0 ? `, transit gateway attachment $${transit}` : ''}; ${idlePrices.asOf} list prices, ${idlePrices.region}).`,
  );
  const { dollars, unknown } = machineCost(machinesOf(environment));
  print(
    `Nodes (the fewest), databases and caches: $${dollars.toFixed(2)} a month more${unknown.length > 0 ? `, and ${unknown.join(', ')}, whose price is not known here` : ''}.`,
  );
  for (const warning of warnings) print(`Warning: ${warning}`);
}
