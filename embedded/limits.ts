/**
 * The service quotas of the embedded account (aws-facts 12): one table, read by the models that enforce
 * them and by the Service Quotas model that reports them, so that the two never disagree.
 */
import type { Call } from './model.ts';

export interface Limit {
  readonly serviceCode: string;
  readonly serviceName: string;
  readonly quotaCode: string;
  readonly quotaName: string;
  /** AWS's default. */
  readonly value: number;
  /** One value for the account instead of one for each region. */
  readonly global?: boolean;
}

function quotas(
  serviceCode: string,
  serviceName: string,
  rows: readonly (readonly [quotaCode: string, quotaName: string, value: number])[],
  global = false,
): Limit[] {
  return rows.map(([quotaCode, quotaName, value]) => ({
    serviceCode,
    serviceName,
    quotaCode,
    quotaName,
    value,
    global,
  }));
}

export const limits: readonly Limit[] = [
  ...quotas('vpc', 'Amazon Virtual Private Cloud (Amazon VPC)', [
    ['L-F678F1CE', 'VPCs per Region', 5],
    ['L-A4707A72', 'Internet gateways per Region', 5],
    ['L-FE5A380F', 'NAT gateways per Availability Zone', 5],
    ['L-407747CB', 'Subnets per VPC', 200],
    ['L-589F43AA', 'Route tables per VPC', 200],
    ['L-93826ACB', 'Routes per route table', 50],
    ['L-29B6F2EB', 'Interface VPC endpoints per VPC', 50],
    ['L-E79EC296', 'VPC security groups per Region', 2500],
    ['L-0EA8095F', 'Inbound or outbound rules per security group', 60],
    ['L-2AFB9258', 'Security groups per network interface', 5],
    ['L-DF5E4CA3', 'Network interfaces per Region', 5000],
  ]),
  ...quotas('ec2', 'Amazon Elastic Compute Cloud (Amazon EC2)', [
    ['L-0263D0A3', 'EC2-VPC Elastic IPs', 5],
    ['L-1216C47A', 'Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances', 256],
  ]),
  ...quotas(
    'iam',
    'AWS Identity and Access Management (IAM)',
    [
      ['L-FE177D64', 'Roles per account', 1000],
      ['L-858F3967', 'OpenId connect providers per account', 100],
    ],
    true,
  ),
  ...quotas('eks', 'Amazon Elastic Kubernetes Service (Amazon EKS)', [
    ['L-1194D53C', 'Clusters', 100],
    ['L-6D54EA21', 'Managed node groups per cluster', 30],
  ]),
  ...quotas('rds', 'Amazon Relational Database Service (Amazon RDS)', [
    ['L-952B80B8', 'DB clusters', 40],
    ['L-7B6409FD', 'DB instances', 40],
    ['L-48C6BF61', 'DB subnet groups', 50],
    ['L-E4C808A8', 'DB cluster parameter groups', 50],
  ]),
  ...quotas('elasticache', 'Amazon ElastiCache', [['L-DFE45DF3', 'Nodes per Region', 300]]),
  ...quotas('elasticfilesystem', 'Amazon Elastic File System (EFS)', [
    ['L-848C634D', 'File systems per account', 1000],
  ]),
];

/** Applied values by quota code; most quotas have none. */
function appliedLimits(call: Call, limit: Limit): Record<string, number> {
  const init = (): Record<string, number> => ({});
  return limit.global ? call.globalState('servicequotas', init) : call.state('servicequotas', init);
}

/** The table's row, or undefined for a code AWS does not have. */
export function findLimit(quotaCode: string): Limit | undefined {
  return limits.find((limit) => limit.quotaCode === quotaCode);
}

/** The applied value, or undefined where only the default counts. */
export function appliedLimit(call: Call, limit: Limit): number | undefined {
  return appliedLimits(call, limit)[limit.quotaCode];
}

/** What a model enforces: the applied value, else the default. */
export function limitOf(call: Call, quotaCode: string): number {
  const limit = findLimit(quotaCode);
  if (!limit) throw new Error(`${quotaCode} is not in the table of limits`);
  return appliedLimit(call, limit) ?? limit.value;
}

/** Arranges an applied value, as a granted increase (or a small test account) has it. */
export function setLimit(call: Call, quotaCode: string, value: number): void {
  const limit = findLimit(quotaCode);
  if (!limit) throw new Error(`${quotaCode} is not in the table of limits`);
  appliedLimits(call, limit)[quotaCode] = value;
}
