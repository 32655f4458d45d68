/**
 * Rules between fields. They run although single fields have problems of their own, so nothing here is
 * trusted to have its type: a rule is silent about values it cannot read.
 */
import type { z } from 'zod';
import {
  baseCidrProblem,
  cidrProblem,
  contains,
  environmentCidr,
  overlaps,
  stagingProblem,
} from './address-plan.ts';
import { evenAfterProblems } from './fields.ts';
import { compareVersions } from './versions.ts';

export const regionPattern = /^[a-z]{2,4}(-[a-z]+){1,2}-\d$/;
export const zoneNamePattern = /^[a-z]{2,4}(-[a-z]+){1,2}-\d[a-z]$/;
export const zoneIdPattern = /^[a-z0-9]+-az\d+$/;

type Loose = Readonly<Record<string, unknown>>;
type Report = (path: readonly PropertyKey[], value: unknown, message: string) => void;

/** Adds `rule` to a schema of an object. */
export function withRule<T extends z.ZodType>(schema: T, rule: (value: Loose, report: Report) => void): T {
  return schema.superRefine((value, context) => {
    if (typeof value !== 'object' || value === null) return;
    rule(value as Loose, (path, input, message) => {
      context.addIssue({ code: 'custom', path: [...path], input, message });
    });
  }, evenAfterProblems);
}

function isBlock(value: unknown): value is string {
  return typeof value === 'string' && cidrProblem(value) === undefined;
}

export function nodeCounts({ minSize, maxSize }: Loose, report: Report): void {
  if (typeof minSize === 'number' && typeof maxSize === 'number' && minSize > maxSize)
    report(['minSize'], minSize, `must be at most maxSize (${maxSize})`);
}

/** A public endpoint open to the whole internet is never a default: the request has to say 0.0.0.0/0 itself. */
export function publicEndpoint({ publicAccess, publicAccessCidrs }: Loose, report: Report): void {
  if (!Array.isArray(publicAccessCidrs)) return;
  if (publicAccess === true && publicAccessCidrs.length === 0)
    report(
      ['publicAccessCidrs'],
      publicAccessCidrs,
      'must list who may reach the public endpoint, as publicAccess is on',
    );
  if (publicAccess === false && publicAccessCidrs.length > 0)
    report(['publicAccessCidrs'], publicAccessCidrs, 'has a meaning only with publicAccess: true');
}

export function throughput({ throughputMode, provisionedThroughput }: Loose, report: Report): void {
  if (throughputMode === 'provisioned' && provisionedThroughput === undefined)
    report(['provisionedThroughput'], undefined, 'is required with throughputMode "provisioned"');
  if (
    typeof throughputMode === 'string' &&
    throughputMode !== 'provisioned' &&
    provisionedThroughput !== undefined
  )
    report(
      ['provisionedThroughput'],
      provisionedThroughput,
      `has a meaning only with throughputMode "provisioned"`,
    );
}

export function ports({ protocol, fromPort, toPort }: Loose, report: Report): void {
  if (protocol === 'tcp' || protocol === 'udp') {
    if (fromPort === undefined) report(['fromPort'], fromPort, `is required with protocol "${protocol}"`);
    if (toPort === undefined) report(['toPort'], toPort, `is required with protocol "${protocol}"`);
    if (typeof fromPort === 'number' && typeof toPort === 'number' && fromPort > toPort)
      report(['fromPort'], fromPort, `must be at most toPort (${toPort})`);
  }
  if (protocol === 'icmp' || protocol === 'all') {
    if (fromPort !== undefined) report(['fromPort'], fromPort, `has no meaning with protocol "${protocol}"`);
    if (toPort !== undefined) report(['toPort'], toPort, `has no meaning with protocol "${protocol}"`);
  }
}

/** R3, and EKS's own rule that service addresses lie outside the VPC. */
export function addresses({ vpcCidr, staging, eks }: Loose, report: Report): void {
  if (typeof vpcCidr !== 'string' || baseCidrProblem(vpcCidr) || typeof staging !== 'boolean') return;
  const problem = staging ? stagingProblem(vpcCidr) : undefined;
  if (problem) {
    report(['staging'], staging, problem);
    return;
  }
  const effective = environmentCidr(vpcCidr, staging);
  const serviceCidr = (eks as Loose | undefined)?.serviceIpv4Cidr;
  if (isBlock(serviceCidr) && overlaps(effective, serviceCidr))
    report(
      ['eks', 'serviceIpv4Cidr'],
      serviceCidr,
      `must not overlap the VPC's ${effective}: EKS refuses that`,
    );
}

/** A pool is for "auto", and "auto" is nothing without one. */
export function blockPool({ vpcCidr, cidrPool, staging }: Loose, report: Report): void {
  if (!Array.isArray(cidrPool)) return;
  if (vpcCidr === 'auto' && cidrPool.length === 0)
    report(['cidrPool'], cidrPool, 'must list the blocks to take a /16 from, as vpcCidr is "auto"');
  if (vpcCidr !== 'auto' && cidrPool.length > 0)
    report(['cidrPool'], cidrPool, 'has a meaning only with vpcCidr "auto"');
  if (vpcCidr === 'auto' && staging === true)
    report(['staging'], staging, 'has no meaning with vpcCidr "auto": there is no base to add 1 to (R3)');
}

/** Names of zones start with their region; ids do not say it readably, AWS answers for them in preflight. */
export function zonesOfRegion({ region, availabilityZones }: Loose, report: Report): void {
  if (typeof region !== 'string' || !regionPattern.test(region) || !Array.isArray(availabilityZones)) return;
  availabilityZones.forEach((zone, index) => {
    if (typeof zone === 'string' && zoneNamePattern.test(zone) && zone.slice(0, -1) !== region)
      report(['availabilityZones', index], zone, `is not a zone of ${region}`);
  });
}

export function cacheRules(value: Loose, report: Report): void {
  cacheVersion(value, report);
  cacheAuthentication(value, report);
}

/** ElastiCache user guide, "Supported engines and versions". */
function cacheVersion({ engine, engineVersion }: Loose, report: Report): void {
  if (typeof engineVersion !== 'string' || !/^\d\.\d/.test(engineVersion)) return;
  const isValkey = compareVersions(engineVersion, '7.2') >= 0;
  if (engine === 'redis' && (isValkey || compareVersions(engineVersion, '5.0') < 0))
    report(
      ['engineVersion'],
      engineVersion,
      'must be a Redis OSS version from 5.0.6 to 7.1; later ones are of engine "valkey"',
    );
  if (engine === 'valkey' && !isValkey)
    report(['engineVersion'], engineVersion, 'must be a Valkey version: 7.2 is the first');
}

/** ElastiCache user guide, "Authenticating with IAM": Redis OSS 7.0 or later. */
function cacheAuthentication({ authentication, engineVersion }: Loose, report: Report): void {
  if (authentication === 'iam' && typeof engineVersion === 'string' && Number.parseFloat(engineVersion) < 7)
    report(['authentication'], authentication, `needs engineVersion 7.0 or later, not ${engineVersion}`);
}

/** The versions to move to are AWS's many: a request that allows it says which. */
export function majorUpgrade({ allowMajorUpgrade, engineVersion }: Loose, report: Report): void {
  if (allowMajorUpgrade === true && engineVersion === undefined)
    report(['allowMajorUpgrade'], allowMajorUpgrade, 'has a meaning only with engineVersion');
}

export function documentdbRules(value: Loose, report: Report): void {
  majorUpgrade(value, report);
  documentdbStorage(value, report);
}

/** DocumentDB stores I/O-optimized from 5.0 on. */
function documentdbStorage({ storageType, engineVersion }: Loose, report: Report): void {
  if (storageType === 'iopt1' && typeof engineVersion === 'string' && Number.parseFloat(engineVersion) < 5)
    report(['storageType'], storageType, `needs engineVersion 5.0.0 or later, not ${engineVersion}`);
}

/** Each NAT gateway has one address. */
export function natAddressCount({ natGateways, natAddresses }: Loose, report: Report): void {
  if (!Array.isArray(natAddresses) || natAddresses.length === 0) return;
  const wanted = natGateways === 'per-zone' ? 3 : 1;
  if (natAddresses.length !== wanted)
    report(
      ['natAddresses'],
      natAddresses,
      `must list ${wanted === 1 ? 'one address' : 'three addresses'} with natGateways "${wanted === 1 ? 'one' : 'per-zone'}", or none`,
    );
}

/** The default route of the private tables leads to the NAT gateway (R15). */
export function transitRouteProblem(block: string): string | undefined {
  return block === '0.0.0.0/0'
    ? 'must not be everything: 0.0.0.0/0 leads to the NAT gateway (R15)'
    : undefined;
}

/** A wider block may be routed: what lies in the VPC is reached by its own, more specific, local route. */
export function ownBlockProblem(route: string, vpcCidr: string): string | undefined {
  if (!contains(vpcCidr, route)) return undefined;
  return `must not lie in the VPC's own ${vpcCidr}: the local route leads there, and AWS takes no other`;
}

/** Of "auto" the block is not known before preflight. */
export function transitRoutes({ vpcCidr, staging, network }: Loose, report: Report): void {
  const gateway = (network as Loose | undefined)?.transitGateway as Loose | null | undefined;
  if (typeof vpcCidr !== 'string' || baseCidrProblem(vpcCidr) || !Array.isArray(gateway?.routes)) return;
  if (staging === true && stagingProblem(vpcCidr)) return;
  const own = environmentCidr(vpcCidr, staging === true);
  gateway.routes.forEach((route, index) => {
    const problem = isBlock(route) ? ownBlockProblem(route, own) : undefined;
    if (problem) report(['network', 'transitGateway', 'routes', index], route, problem);
  });
}

/** A role delivers into log groups; a bucket's own policy lets AWS write there (VPC user guide, "Publish flow logs"). */
export function flowLogDelivery({ destination, roleArn }: Loose, report: Report): void {
  if (typeof destination !== 'string') return;
  if (destination.includes(':logs:') && roleArn === undefined)
    report(['roleArn'], roleArn, 'is required with a log group: it delivers there');
  if (destination.includes(':s3:') && roleArn !== undefined)
    report(['roleArn'], roleArn, 'has no meaning with a bucket, whose policy lets AWS write there');
}
