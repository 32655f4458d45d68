/** `plan FILE`: what a request would make, where, how long it takes and what it costs idle. Changes nothing. */
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { client } from '#lib/aws/clients.ts';
import { natPlans, routedComponents } from '#lib/network/options.ts';
import { preflight } from '#lib/preflight/preflight.ts';
import { planEnvironment } from '#lib/request/plan.ts';
import { parseRequest } from '#lib/request/request.ts';
import { sized } from '#lib/request/sized.ts';
import type { EnvironmentPlan } from '#lib/run/environment.ts';
import { openFolder } from '#local/account.ts';
import { expectedSeconds } from '#local/expected.ts';
import { clock } from '#local/progress.ts';
import { lines, table } from '#local/report.ts';
import { type CommonOptions, printer } from './options.ts';
import { readRequest } from './provision.ts';

/** List prices in US dollars a month of 730 hours, us-east-1 (aws-facts 15). */
const idlePrices = {
  asOf: '2026',
  region: 'us-east-1',
  monthly: { endpoints: 87.6, natGateway: 32.85, controlPlane: 73 },
} as const;

/** Answers the exit code. Throws what accept would throw: the same schema, the same preflight. */
export async function plan(file: string, options: CommonOptions): Promise<number> {
  const account = openFolder(options.state, options.seed);
  try {
    const { environment, warnings } = await planned(readRequest(file));
    if (options.json) {
      const { execution: _, rollbackName: __, ...rest } = environment;
      const document = { plan: rest, warnings, resources: counts(environment), expectedSeconds, idlePrices };
      process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
    } else {
      printPlan(environment, warnings);
    }
    return 0;
  } finally {
    account.close();
  }
}

async function planned(
  input: unknown,
): Promise<{ environment: EnvironmentPlan; warnings: readonly string[] }> {
  const request = sized(parseRequest(input));
  const { Account, Arn } = await client(STSClient, request).send(new GetCallerIdentityCommand({}));
  const target = {
    name: request.name,
    region: request.region,
    account: Account as string,
    partition: Arn?.split(':')[1] ?? 'aws',
    execution: 'plan',
  };
  const { choices, warnings } = await preflight(target, request);
  return { environment: planEnvironment(target, request, choices), warnings };
}

/** What a first run makes, by the names of `inventory`. */
function counts(environment: EnvironmentPlan): Record<string, number> {
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
    ...(network.s3GatewayEndpoint ? ['S3 gateway endpoint on the EKS route tables (no hourly price)'] : []),
  ];
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
    `Aurora PostgreSQL ${aurora.engineVersion}: ${aurora.instances} × ${aurora.instanceClass}, ${aurora.storageType}`,
  );
  print(
    `DocumentDB ${documentdb.engineVersion}: ${documentdb.instances} × ${documentdb.instanceClass}, ${documentdb.storageType}`,
  );
  print(
    `ElastiCache Redis ${elasticache.engineVersion}: ${elasticache.replicas + 1} × ${elasticache.nodeType}`,
  );
  print(`EFS: ${efs.throughputMode} throughput, backup ${efs.backup ? 'on' : 'off'}`);
  print(`Twelve VPC endpoints in ${environment.subnets.find(({ group }) => group === 'endpoints')?.zone.id}`);
  for (const option of networkOptions(environment)) print(option);
  print('');
  const { endpoints, natGateway, controlPlane } = idlePrices.monthly;
  const ways = natPlans(environment).length;
  const nat = natGateway * ways;
  const total = endpoints + nat + controlPlane;
  print(`A first run takes about ${clock(expectedSeconds * 1000)}.`);
  print(
    `Idle, before nodes and databases: $${total.toFixed(2)} a month (endpoints $${endpoints}, ${ways === 1 ? 'NAT gateway' : `${ways} NAT gateways`} $${Number(nat.toFixed(2))}, control plane $${controlPlane}; ${idlePrices.asOf} list prices, ${idlePrices.region}).`,
  );
  for (const warning of warnings) print(`Warning: ${warning}`);
}
