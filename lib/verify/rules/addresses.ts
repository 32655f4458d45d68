/** R1–R12: the VPC and its sixteen subnets. The figures are the specification's, laid on the VPC's real block. */
import { isFlowLogOf } from '#lib/network/options.ts';
import { isOwned } from '#lib/ownership/tags.ts';
import { baseCidrProblem, isPrivate, overlaps } from '#lib/request/address-plan.ts';
import type { EnvironmentPlan, SubnetGroup, Zone } from '#lib/run/environment.ts';
import type { Observation, VpcSeen } from '#lib/verify/observation.ts';
import {
  componentOf,
  endpointsOf,
  type Finding,
  idsOf,
  listed,
  problem,
  type Rule,
  subnetsOf,
} from './rule.ts';

/** The flow log that a request asks for. That AWS cannot deliver is somebody's to mend where it goes to. */
function flowLogFinding(plan: EnvironmentPlan, seen: Observation) {
  const wish = plan.network.flowLogs;
  const found = wish && seen.flowLogs.find((one) => isOwned(one.tags, plan) && isFlowLogOf(one, wish));
  return {
    evidence: found ? `; flow log ${found.id} goes to ${found.destination}` : '',
    problems: problem(
      wish !== undefined && !found,
      () => `expected a flow log into ${wish?.destination}, as network.flowLogs asks for, found none`,
    ),
    drift: problem(
      found?.deliveryError !== undefined,
      () => `flow log ${found?.id} is not delivered: ${found?.deliveryError}`,
    ),
  };
}

/** One VPC holds everything, on its one block, with default tenancy; with a flow log where the request asks for one. */
export const r1: Rule = (plan, seen) => {
  const [vpc] = seen.vpcs;
  const strangers = [
    ['cluster', seen.cluster?.vpcId],
    ['Aurora subnet group', seen.aurora?.subnetGroup?.vpcId],
    ['DocumentDB subnet group', seen.documentdb?.subnetGroup?.vpcId],
    ['ElastiCache subnet group', seen.cache?.subnetGroup?.vpcId],
    ...(seen.fileSystem?.mountTargets ?? []).map((target) => [target.id, target.vpcId]),
  ].filter(([, vpcId]) => vpcId !== undefined && vpcId !== vpc?.id);
  const recording = flowLogFinding(plan, seen);
  return {
    evidence: `${vpc?.id} (${vpc?.cidr}, ${vpc?.tenancy} tenancy) holds everything${recording.evidence}`,
    problems: [
      ...problem(
        seen.vpcs.length !== 1,
        () => `expected one VPC of environment ${plan.name}, found ${listed(idsOf(seen.vpcs))}`,
      ),
      ...seen.vpcs.flatMap((each) => [
        ...problem(each.state !== 'available', () => `${each.id} is ${each.state}, not available`),
        ...problem(each.tenancy !== 'default', () => `${each.id} has ${each.tenancy} tenancy, not default`),
      ]),
      ...strangers.map(([what, vpcId]) => `${what} is in ${vpcId}, not in ${vpc?.id}`),
      ...recording.problems,
    ],
    // A run makes a VPC with one block: further ones are somebody's addition, and in nobody's way here.
    drift: [
      ...seen.vpcs.flatMap((each) =>
        problem(each.moreCidrs.length > 0, () => `${each.id} has further blocks: ${listed(each.moreCidrs)}`),
      ),
      ...recording.drift,
    ],
  };
};

/** A /16 in private space whose host bits are zero: asked for, and made. */
export const r2: Rule = (plan, seen) => {
  const blocks = [plan.vpcCidr, ...seen.vpcs.map((vpc) => vpc.cidr)];
  return {
    evidence: `${seen.vpcs[0]?.cidr} is a /16 in private space`,
    problems: [
      ...withoutVpc(seen),
      ...blocks.flatMap((cidr) => {
        const wrong = baseCidrProblem(cidr);
        return wrong === undefined ? [] : [`${cidr}: ${wrong}`];
      }),
    ],
  };
};

/** The plan carries the block after any staging shift; what exists must be that block, still in private space. */
export const r3: Rule = (plan, seen) => ({
  evidence: `${seen.vpcs[0]?.cidr} is the planned block, any staging shift included`,
  problems: [
    ...withoutVpc(seen),
    ...seen.vpcs.flatMap((vpc) => [
      ...problem(vpc.cidr !== plan.vpcCidr, () => `expected ${plan.vpcCidr}, found ${vpc.cidr} on ${vpc.id}`),
    ]),
    ...problem(!isPrivate(plan.vpcCidr), () => `${plan.vpcCidr} has left private space`),
  ],
});

/**
 * No other VPC of this account and region overlaps. Reserved blocks are checked before anything is made. Where the VPC
 * stood before this run, one that was put over it later is drift: nothing of this run is to blame or to take back.
 */
export const r4: Rule = (plan, seen) => {
  const overlapping = (vpc: VpcSeen) =>
    seen.otherVpcs.flatMap((other) =>
      [other.cidr, ...other.moreCidrs]
        .filter((cidr) => overlaps(cidr, vpc.cidr))
        .map((cidr) => `${vpc.cidr} overlaps ${cidr} of ${other.id}${other.name ? ` (${other.name})` : ''}`),
    );
  const [made, stood] = [true, false].map((isNew) =>
    seen.vpcs.filter((vpc) => isMadeBy(plan, vpc) === isNew).flatMap(overlapping),
  );
  return {
    evidence: `no VPC that was there before ${seen.vpcs[0]?.id} overlaps ${seen.vpcs[0]?.cidr} (${seen.otherVpcs.length} looked at)`,
    problems: [...withoutVpc(seen), ...made!],
    drift: stood!,
  };
};

function isMadeBy({ execution }: EnvironmentPlan, { createdBy }: VpcSeen): boolean {
  return createdBy === execution;
}

export const r5: Rule = (_plan, seen) => ({
  evidence: `DNS support and DNS hostnames are on for ${seen.vpcs[0]?.id}`,
  problems: [
    ...problem(!seen.dnsSupport, () => `DNS support is off for ${listed(idsOf(seen.vpcs))}`),
    ...problem(!seen.dnsHostnames, () => `DNS hostnames are off for ${listed(idsOf(seen.vpcs))}`),
  ],
});

export const r6: Rule = (plan, seen) =>
  subnetGroup(
    seen,
    'eks-private',
    ['0.0/20', '16.0/20', '32.0/20'],
    plan.zones,
    'kubernetes.io/role/internal-elb',
  );

export const r7: Rule = (plan, seen) =>
  subnetGroup(seen, 'eks-public', ['48.0/22', '52.0/22', '56.0/22'], plan.zones, 'kubernetes.io/role/elb');

/** That all twelve services are offered in its zone is shown by twelve endpoints being available there. */
export const r8: Rule = (plan, seen) => {
  const zones = plan.subnets.filter((subnet) => subnet.group === 'endpoints').map((subnet) => subnet.zone);
  const finding = subnetGroup(seen, 'endpoints', ['100.0/24'], zones);
  const unavailable = endpointsOf(plan, seen).filter((endpoint) => endpoint.state !== 'available');
  return {
    evidence: `${finding.evidence}, where every endpoint service is offered`,
    problems: [
      ...finding.problems,
      ...unavailable.map(
        (endpoint) =>
          `${endpoint.serviceName} is not served in this zone: ${endpoint.id} is ${endpoint.state}`,
      ),
    ],
  };
};

export const r9: Rule = (plan, seen) =>
  subnetGroup(seen, 'aurora', ['253.192/28', '253.208/28', '253.224/28'], plan.zones);

export const r10: Rule = (plan, seen) =>
  subnetGroup(seen, 'documentdb', ['255.128/28', '255.144/28', '255.160/28'], plan.zones);

export const r11: Rule = (plan, seen) =>
  subnetGroup(seen, 'elasticache', ['255.64/28', '255.80/28', '255.96/28'], plan.zones);

/** No overlap, and one order of zones: each group's subnet a, b and c is where every other group's is. */
export const r12: Rule = (plan, seen) => ({
  evidence: `no two of ${seen.subnets.length} subnets overlap, and a, b, c are ${plan.zones.map((zone) => zone.name).join(', ')} in every group`,
  problems: [
    ...problem(seen.subnets.length === 0, () => 'found no subnets'),
    ...seen.subnets.flatMap((one, index) =>
      seen.subnets
        .slice(index + 1)
        // An IPv6-only subnet has no IPv4 block.
        .filter((other) => one.cidr && other.cidr && overlaps(one.cidr, other.cidr))
        .map((other) => `${one.id} (${one.cidr}) overlaps ${other.id} (${other.cidr})`),
    ),
    ...outOfOrder(plan, seen),
  ],
});

function outOfOrder(plan: EnvironmentPlan, seen: Observation): string[] {
  return seen.subnets.flatMap((subnet) => {
    const [, group, letter] = componentOf(subnet).split('/');
    const zone = plan.zones['abc'.indexOf(letter ?? '-')];
    // The endpoints subnet is one and goes where its services are, not where the letter says (R8).
    if (!zone || group === 'endpoints' || subnet.zone.id === zone.id) return [];
    return [`${subnet.id} (${group} ${letter}) is in ${subnet.zone.name}, not in ${zone.name}`];
  });
}

function subnetGroup(
  seen: Observation,
  group: SubnetGroup,
  tails: readonly string[],
  zones: readonly Zone[],
  roleTag?: string,
): Finding {
  const found = subnetsOf(seen, group);
  const base = (seen.vpcs[0]?.cidr ?? '').split('.').slice(0, 2).join('.');
  const expected = tails.map((tail) => `${base}.${tail}`);
  const zoneIds = new Set(found.map((subnet) => subnet.zone.id));
  const allowed = zones.map((zone) => zone.id);
  const cidrs = found.map((subnet) => subnet.cidr);
  return {
    evidence: found.map((subnet) => `${subnet.id} (${subnet.cidr}, ${subnet.zone.name})`).join(', '),
    problems: [
      ...problem(
        cidrs.join() !== expected.join(),
        () => `expected ${group} subnets ${listed(expected)}, found ${listed(cidrs)}`,
      ),
      ...problem(zoneIds.size !== found.length, () => `${listed(idsOf(found))} are not one in each zone`),
      ...found.flatMap((subnet) => [
        ...problem(subnet.state !== 'available', () => `${subnet.id} is ${subnet.state}, not available`),
        ...problem(
          !allowed.includes(subnet.zone.id),
          () => `${subnet.id} is in ${subnet.zone.name}, not in ${zones.map((zone) => zone.name).join(', ')}`,
        ),
        ...problem(
          roleTag !== undefined && subnet.tags[roleTag] !== '1',
          () => `expected tag ${roleTag}=1 on ${subnet.id}, found ${subnet.tags[roleTag ?? ''] ?? 'none'}`,
        ),
      ]),
    ],
  };
}

function withoutVpc(seen: Observation): string[] {
  return problem(seen.vpcs.length === 0, () => 'found no VPC of this environment');
}
