/** The service quotas EC2 enforces, and what the call that goes beyond is told. */
import { findLimit, limitOf } from '#embedded/limits.ts';
import { AwsFault, type Call } from '#embedded/model.ts';

const enforced = {
  vpcs: { quotaCode: 'L-F678F1CE', exceeded: 'VpcLimitExceeded' },
  internetGateways: { quotaCode: 'L-A4707A72', exceeded: 'InternetGatewayLimitExceeded' },
  addresses: { quotaCode: 'L-0263D0A3', exceeded: 'AddressLimitExceeded' },
  natGatewaysPerZone: { quotaCode: 'L-FE5A380F', exceeded: 'NatGatewayLimitExceeded' },
  subnetsPerVpc: { quotaCode: 'L-407747CB', exceeded: 'SubnetLimitExceeded' },
  routeTablesPerVpc: { quotaCode: 'L-589F43AA', exceeded: 'RouteTableLimitExceeded' },
  routesPerTable: { quotaCode: 'L-93826ACB', exceeded: 'RouteLimitExceeded' },
  endpointsPerVpc: { quotaCode: 'L-29B6F2EB', exceeded: 'VpcEndpointLimitExceeded' },
  securityGroups: { quotaCode: 'L-E79EC296', exceeded: 'SecurityGroupLimitExceeded' },
  rulesPerGroup: { quotaCode: 'L-0EA8095F', exceeded: 'RulesPerSecurityGroupLimitExceeded' },
  groupsPerInterface: { quotaCode: 'L-2AFB9258', exceeded: 'SecurityGroupsPerInterfaceLimitExceeded' },
} as const;

/** @throws the quota's error code where there are to be `count` and the account may have fewer. */
export function requireWithin(call: Call, what: keyof typeof enforced, count: number): void {
  const { quotaCode, exceeded } = enforced[what];
  const limit = limitOf(call, quotaCode);
  if (count <= limit) return;
  const name = findLimit(quotaCode)?.quotaName ?? what;
  throw new AwsFault(exceeded, `The maximum number has been reached: ${name} (${limit}).`);
}
