/** A plan as people read it: what a run would make, or change of what exists; how long it takes, and what it costs. */
import { bounded } from '#lib/change/change.ts';
import type { Changes } from '#lib/change/changes.ts';
import { natPlans, routedComponents } from '#lib/network/options.ts';
import type { EnvironmentPlan } from '#lib/run/environment.ts';
import { runSeconds, type StepSeconds } from '#lib/run/estimate.ts';
import type { RuleResult } from '#lib/verify/rules/index.ts';
import { changeLines, countedInWords } from './changes.ts';
import { printer } from './commands/options.ts';
import { dollars, idleAMonth, idlePrices } from './costs.ts';
import { type MachineCost, machineCost, machinesOf, machinesSeen } from './machine-prices.ts';
import { clock } from './progress.ts';
import { lines, table } from './table.ts';

const print = printer(false);

/** What would become of the request. */
export interface Planned {
  readonly standing: Changes;
  /** Absent where preflight found a problem, which is then {@link refusal}. */
  readonly environment?: EnvironmentPlan;
  readonly warnings: readonly string[];
  readonly refusal?: string;
  /** Where no field differs: the rules that do not hold, which a run would mend where it may. */
  readonly broken: readonly RuleResult[];
  /** What each step of a run is expected to take. */
  readonly stepSeconds: StepSeconds;
}

/** `isNothing`: a run would change nothing. */
export function printPlanned(planned: Planned, isNothing: boolean): void {
  const { standing, environment, warnings, refusal, broken, stepSeconds } = planned;
  if (!standing.exists && environment) {
    printNew(environment, planned);
    return;
  }
  if (standing.changes.length > 0) {
    for (const line of changeLines(bounded(standing.changes))) print(line);
    print(`\nPlan: ${countedInWords(standing.changes)}.`);
  }
  for (const { rule, evidence } of broken) print(`  ~ ${rule}: ${evidence}`);
  if (broken.length > 0) print('\nPlan: no field differs; a run mends what it may of the above.');
  for (const warning of warnings) print(`Warning: ${warning}`);
  if (refusal !== undefined) {
    print(refusal);
    return;
  }
  if (isNothing) print('Nothing differs: a run would change nothing.');
  else print(`A run takes about ${clock(runSeconds('ensure', stepSeconds) * 1000)}.`);
  printCosts(standing, environment as EnvironmentPlan);
}

function printCosts(standing: Changes, environment: EnvironmentPlan): void {
  const { before, after } = idleOf(standing, environment);
  const idle =
    before === after
      ? `${dollars(after)} a month, as before`
      : `${dollars(before)} → ${dollars(after)} a month`;
  print(
    `Idle, before nodes, databases and caches: ${idle} (${idlePrices.asOf} list prices, ${idlePrices.region}).`,
  );
  print(machinesInWords(machinesCostOf(standing, environment)));
}

export function machinesCostOf({ seen }: Changes, environment: EnvironmentPlan) {
  return { before: machineCost(seen ? machinesSeen(seen) : []), after: machineCost(machinesOf(environment)) };
}

/** `Nodes, databases and caches: $1,013.62 → $2,510.11 a month` */
function machinesInWords({ before, after }: ReturnType<typeof machinesCostOf>): string {
  const sum = ({ dollars: amount }: MachineCost) => dollars(amount);
  const unknown = [...new Set([...before.unknown, ...after.unknown])];
  const isSame = before.dollars === after.dollars && unknown.length === 0;
  const cost = isSame ? `${sum(after)} a month, as before` : `${sum(before)} → ${sum(after)} a month`;
  const without = unknown.length > 0 ? `, without ${unknown.join(', ')}, whose price is not known here` : '';
  return `Nodes (the fewest), databases and caches: ${cost}${without}.`;
}

/** Dollars a month of what has a price of its own here: endpoints, NAT gateways, control plane. */
export function idleOf({ seen }: Changes, environment: EnvironmentPlan): { before: number; after: number } {
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
          `Attached to transit gateway ${network.transitGateway.id} (${dollars(idlePrices.monthly.attachment)} a month), which ${network.transitGateway.routes.join(', ')} ${network.transitGateway.routes.length === 1 ? 'is' : 'are'} routed to`,
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

function printNew(environment: EnvironmentPlan, { warnings, stepSeconds }: Planned): void {
  const { name, region, account, vpcCidr, subnets } = environment;
  print(`${name} in ${region}, account ${account}, VPC ${vpcCidr}\n`);
  const planned = table(['subnet', 'CIDR', 'zone', 'zone id']);
  for (const { component, cidr, zone } of subnets)
    planned.push([component.replace('subnet/', ''), cidr, zone.name, zone.id]);
  print(`${lines(planned)}\n`);
  for (const line of [...serviceLines(environment), ...networkOptions(environment)]) print(line);
  const made = Object.values(plannedCounts(environment)).reduce((sum, count) => sum + count, 0);
  print(`\nPlan: ${made} to add, 0 to change, 0 to replace, 0 refused.`);
  print(`A run takes about ${clock(runSeconds('ensure', stepSeconds) * 1000)}.`);
  print(idleInWords(environment));
  const { dollars: amount, unknown } = machineCost(machinesOf(environment));
  const without = unknown.length > 0 ? `, and ${unknown.join(', ')}, whose price is not known here` : '';
  print(`Nodes (the fewest), databases and caches: ${dollars(amount)} a month more${without}.`);
  for (const warning of warnings) print(`Warning: ${warning}`);
}

function serviceLines(environment: EnvironmentPlan): string[] {
  const { eks, aurora, documentdb, elasticache, efs, subnets } = environment;
  const { minSize, maxSize, instanceTypes } = eks.nodes;
  const api = eks.publicAccess ? `public to ${eks.publicAccessCidrs.join(', ')}` : 'private';
  const database = ({ engineVersion, instances, instanceClass, storageType, restoreFrom }: typeof aurora) =>
    `${engineVersion}: ${instances} × ${instanceClass}, ${storageType}${origin({ restoreFrom })}`;
  return [
    `EKS ${eks.version}: ${minSize} to ${maxSize} nodes of ${instanceTypes.join(' or ')}, API endpoint ${api}`,
    eks.administrators.length > 0
      ? `Administrators of the cluster: ${eks.administrators.join(', ')}`
      : 'Administrators of the cluster: none, so nobody may enter it (eks.administrators, docs/access.md)',
    `Aurora PostgreSQL ${database(aurora)}`,
    `DocumentDB ${database(documentdb)}`,
    `ElastiCache ${elasticache.engine === 'valkey' ? 'Valkey' : 'Redis'} ${elasticache.engineVersion}: ${elasticache.replicas + 1} × ${elasticache.nodeType}${origin(elasticache)}`,
    `EFS: ${efs.throughputMode} throughput, backup ${efs.backup ? 'on' : 'off'}`,
    `Twelve VPC endpoints in ${subnets.find(({ group }) => group === 'endpoints')?.zone.id}`,
  ];
}

/** What costs while nothing is done, one by one. */
function idleInWords(environment: EnvironmentPlan): string {
  const { endpoints, natGateway, controlPlane, attachment } = idlePrices.monthly;
  const ways = natPlans(environment).length;
  const parts = [
    `endpoints ${dollars(endpoints)}`,
    `${ways === 1 ? 'NAT gateway' : `${ways} NAT gateways`} ${dollars(natGateway * ways)}`,
    `control plane ${dollars(controlPlane)}`,
    ...(environment.network.transitGateway ? [`transit gateway attachment ${dollars(attachment)}`] : []),
  ];
  const total = idleAMonth(ways, environment.network.transitGateway ? 1 : 0);
  return `Idle, before nodes and databases: ${dollars(total)} a month (${parts.join(', ')}; ${idlePrices.asOf} list prices, ${idlePrices.region}).`;
}
