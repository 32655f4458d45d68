/** Service Quotas: the defaults of what a run asks about. */
import { json, jsonError, type WireAnswer, type WireRequest } from '../message.ts';
import type { Repair } from '../repair.ts';

/** Default values as the Service Quotas console and the services' quota pages give them. */
const defaults: Readonly<Record<string, readonly [name: string, value: number]>> = {
  'vpc/L-F678F1CE': ['VPCs per Region', 5],
  'vpc/L-A4707A72': ['Internet gateways per Region', 5],
  'vpc/L-FE5A380F': ['NAT gateways per Availability Zone', 5],
  'ec2/L-0263D0A3': ['EC2-VPC Elastic IPs', 5],
  'ec2/L-1216C47A': ['Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances', 64],
  'eks/L-1194D53C': ['Clusters', 100],
  'elasticache/L-DFE45DF3': ['Nodes per Region', 300],
  'elasticfilesystem/L-848C634D': ['File systems per account', 1000],
};

const reference = 'https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference';

export function quotaRepairs(): Repair[] {
  return [
    {
      operation: 'servicequotas:GetServiceQuota',
      moto: 'knows a few quotas of VPC and CloudWatch only',
      page: `${reference}/API_GetServiceQuota.html`,
      answer: async (request) => quota(request),
    },
    {
      operation: 'servicequotas:GetAWSDefaultServiceQuota',
      moto: 'lacks it',
      page: `${reference}/API_GetAWSDefaultServiceQuota.html`,
      answer: async (request) => quota(request),
    },
  ];
}

function quota(request: WireRequest): WireAnswer {
  const { ServiceCode, QuotaCode } = JSON.parse(request.body) as { ServiceCode: string; QuotaCode: string };
  const found = defaults[`${ServiceCode}/${QuotaCode}`];
  if (!found) return jsonError(400, 'NoSuchResourceException', 'The requested resource does not exist.');
  const [QuotaName, Value] = found;
  return json(200, { Quota: { ServiceCode, QuotaCode, QuotaName, Value, Unit: 'None', Adjustable: true } });
}
