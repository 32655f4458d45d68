/** What a finished run tells a person: what exists, what it was checked against, how long it took and why. */
import type { EnvironmentOutputs } from '#lib/verify/outputs.ts';
import type { RuleResult } from '#lib/verify/rules/index.ts';
import { clock } from './progress.ts';
import type { RunResult } from './runner.ts';
import type { StepRow } from './step-rows.ts';
import { printTimes, type StepTime } from './summary.ts';
import { lines, table } from './table.ts';

type Print = (line: string) => void;

interface Unavoidable {
  readonly seconds: number;
  readonly chain: string;
}

/** `ABORTED`: stopped on this machine. */
export type ReportStatus = 'SUCCEEDED' | 'FAILED' | 'ABORTED';

export function reportStatusOf({ status }: RunResult): ReportStatus {
  return status === 'TIMED_OUT' ? 'FAILED' : status;
}

/** What exists after a run. A listing that fails hides nothing of what the run did. */
export async function listed(
  list: () => Promise<Record<string, string[]>>,
): Promise<Pick<ProvisionReport, 'resources' | 'unlisted'>> {
  try {
    return { resources: await list() };
  } catch (error) {
    return { resources: {}, unlisted: (error as Error).message };
  }
}

/** What `--json` prints. */
export interface ProvisionReport {
  readonly environment: string;
  readonly status: ReportStatus;
  readonly simulatedSeconds: number;
  readonly transitions: number;
  /** Calls about the environment, by operation; the service's own registry and executions are not among them. */
  readonly requests: Record<string, number>;
  readonly resources: Record<string, string[]>;
  /** Why what exists could not be listed: the run's own end stands all the same. */
  readonly unlisted?: string;
  readonly steps: readonly StepTime[];
  readonly rules: readonly RuleResult[];
  readonly error?: { name: string; cause: string; step?: string; operation?: string; code?: string };
}

export function printResult(
  print: Print,
  report: ProvisionReport,
  outputs: EnvironmentOutputs | undefined,
  unavoidable: Unavoidable | undefined,
  steps: readonly StepRow[],
): void {
  print('');
  if (outputs) printOutputs(print, outputs);
  if (report.rules.length > 0) {
    const broken = report.rules.filter((rule) => !rule.holds);
    const holding = report.rules.length - broken.length;
    print(`Attestation: ${holding} of ${report.rules.length} rules hold (R1–R32, read back from AWS).`);
    for (const rule of broken) print(`  ${rule.rule}: ${rule.evidence}`);
    for (const { rule, drift = [] } of report.rules)
      for (const what of drift) print(`  ${rule}, not this run's: ${what}`);
  }
  printEnd(print, report, steps, unavoidable);
  if (report.status === 'SUCCEEDED') print(`${report.environment} is READY.`);
}

/** Of a provision run and of a removal alike; the words of a good end are each one's own. */
export function printEnd(
  print: Print,
  report: Omit<ProvisionReport, 'rules'>,
  steps: readonly StepRow[],
  unavoidable?: Unavoidable,
): void {
  const { environment, status, requests, transitions, error } = report;
  const calls = Object.entries(requests);
  const total = calls.reduce((sum, [, count]) => sum + count, 0);
  const mutating = calls
    .filter(([operation]) => isMutating(operation))
    .reduce((sum, [, count]) => sum + count, 0);
  const chain =
    unavoidable && mutating > 0 && status === 'SUCCEEDED'
      ? `; the slowest unavoidable chain took ${clock(unavoidable.seconds * 1000)} (${unavoidable.chain})`
      : '';
  print(`Time: ${clock(report.simulatedSeconds * 1000)} simulated${chain}.`);
  print(`AWS calls: ${total}, of which ${mutating} change something. State transitions: ${transitions}.`);
  printTimes(print, steps);
  if (report.unlisted) print(`What exists could not be listed: ${report.unlisted}`);
  print('');
  if (status !== 'FAILED') return;
  print(`${environment} FAILED: ${error?.name}`);
  print(error?.cause ?? '');
}

/** By AWS's own naming of operations. */
export function isMutating(operation: string): boolean {
  return !/^\w+:(Describe|List|Get)/.test(operation);
}

export function printOutputs(print: Print, outputs: EnvironmentOutputs): void {
  const subnets = table(['subnet', 'id', 'CIDR', 'zone']);
  for (const { component, id, cidr, zone } of outputs.subnets) {
    subnets.push([component.replace('subnet/', ''), id, cidr, zone]);
  }
  print(`VPC ${outputs.vpc.id}, ${outputs.vpc.cidr}`);
  print(lines(subnets));
  const endpoints = table(['endpoint', 'id', 'DNS name']);
  for (const { service, id, dnsName } of outputs.endpoints) endpoints.push([suffixOf(service), id, dnsName]);
  print(lines(endpoints));
  const { cluster, aurora, documentdb, elasticache, efs } = outputs;
  const services = table(['service', 'reach it at', 'more']);
  services.push(
    ['EKS', cluster.endpoint, `${cluster.name}, Kubernetes ${cluster.version}`],
    ['Aurora PostgreSQL', `${aurora.endpoint}:${aurora.port}`, aurora.secretArn],
    ['DocumentDB', `${documentdb.endpoint}:${documentdb.port}`, documentdb.secretArn],
    ['ElastiCache', `${elasticache.primaryEndpoint}:${elasticache.port}`, 'TLS'],
    ['EFS', efs.dnsName, efs.id],
    ...(outputs.natPublicIps ?? [outputs.natPublicIp]).map((address) => [
      'NAT gateway',
      address,
      'egress address',
    ]),
  );
  print(lines(services));
}

/** `ecr.api` of `com.amazonaws.eu-central-1.ecr.api`: the DNS name beside it says the rest. */
function suffixOf(service: string): string {
  return service.replace(/^.*?\.[a-z]{2,4}(-[a-z]+){1,2}-\d\./, '');
}
