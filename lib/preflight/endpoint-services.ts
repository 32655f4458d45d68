/**
 * Where are all twelve endpoint services (R18) offered as Interface endpoints? Full names are read, never
 * built: their prefix differs by partition, in China even by service (aws-facts 3).
 */
import type { EnvironmentPlan, Zone } from '#lib/run/environment.ts';
import type { Context, Findings } from './context.ts';

export const endpointSuffixes = [
  'ec2',
  'ecr.api',
  'ecr.dkr',
  'logs',
  'sts',
  'elasticloadbalancing',
  'autoscaling',
  'secretsmanager',
  'rds',
  's3',
  'elasticache',
  'email-smtp',
] as const;

interface Offered {
  readonly services: EnvironmentPlan['endpointServices'];
  /** The zones in which every one of them is offered. */
  readonly zones: readonly Zone[];
}

/** Undefined, with the problem among the findings, where one is missing or no zone has them all. */
export async function endpointServicesOf(
  { account, target }: Context,
  findings: Findings,
  available: readonly Zone[],
): Promise<Offered | undefined> {
  const details = await account.endpointServices();
  const offers = endpointSuffixes.map((suffix) => {
    const candidates = details.filter(
      ({ ServiceName, ServiceType }) =>
        ServiceName?.endsWith(`.${target.region}.${suffix}`) &&
        // S3 answers twice: as a Gateway and as an Interface.
        ServiceType?.some(({ ServiceType: type }) => type === 'Interface'),
    );
    const detail =
      candidates.find(({ ServiceName }) => ServiceName?.startsWith('com.amazonaws.')) ?? candidates[0];
    return { suffix, serviceName: detail?.ServiceName, zoneNames: detail?.AvailabilityZones ?? [] };
  });
  const missing = offers.filter(({ serviceName }) => !serviceName);
  if (missing.length > 0) {
    findings.problems.push({
      what: `${target.region} offers no Interface endpoint for ${missing.map(({ suffix }) => suffix).join(', ')} (R18)`,
      todo: 'choose another region',
    });
    return undefined;
  }
  const zones = available.filter((zone) => offers.every(({ zoneNames }) => zoneNames.includes(zone.name)));
  if (zones.length === 0) {
    const gaps = available.map((zone) => {
      const lacking = offers.filter(({ zoneNames }) => !zoneNames.includes(zone.name));
      return `${zone.name} lacks ${lacking.map(({ suffix }) => suffix).join(', ')}`;
    });
    findings.problems.push({
      what: `no zone of ${target.region} offers all twelve endpoint services (R8): ${gaps.join('; ')}`,
      todo: 'choose another region',
    });
    return undefined;
  }
  return {
    zones,
    services: offers.map(({ suffix, serviceName }) => ({ suffix, serviceName: serviceName as string })),
  };
}
