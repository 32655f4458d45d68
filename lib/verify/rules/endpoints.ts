/** R18–R20: the twelve interface endpoints. */
import { isDeepStrictEqual } from 'node:util';
import { isGuardDutys } from '#lib/ownership/tags.ts';
import type { EnvironmentPlan } from '#lib/run/environment.ts';
import type { EndpointSeen, Observation } from '#lib/verify/observation.ts';
import {
  clusterGroup,
  defaultGroup,
  endpointsOf,
  idsOf,
  listed,
  problem,
  type Rule,
  s3GatewaysOf,
  sameMembers,
  subnetsOf,
} from './rule.ts';

/** The specification's list: the rule is checked against it, not against what the plan says it is. */
const services = [
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
];

/** Without what precedes it: China's names start with `cn.`. */
function suffixOf(endpoint: EndpointSeen, region: string): string {
  return endpoint.serviceName.split(`com.amazonaws.${region}.`)[1] ?? endpoint.serviceName;
}

/** The policy of an endpoint whose create names none, which ours do not. */
function letsEverythingPass(policy: string | undefined): boolean {
  if (policy === undefined) return true;
  const { Statement } = JSON.parse(policy) as { Statement?: unknown };
  const all = { Action: '*', Effect: 'Allow', Principal: '*', Resource: '*' };
  return isDeepStrictEqual([Statement].flat(), [all]);
}

/** An endpoint somebody else put elsewhere in the VPC is none of the twelve; GuardDuty's is none wherever it stands. */
export const r18: Rule = (plan, seen) => {
  const [subnet] = subnetsOf(seen, 'endpoints');
  const endpoints = endpointsOf(plan, seen);
  const found = endpoints.map((endpoint) => suffixOf(endpoint, plan.region));
  const missing = services.filter((service) => !found.includes(service));
  const unasked = endpoints.filter((endpoint, index) => {
    const suffix = suffixOf(endpoint, plan.region);
    return !services.includes(suffix) || found.indexOf(suffix) !== index;
  });
  return {
    evidence: `${endpoints.length} interface endpoints are available in ${subnet?.id}: ${endpoints
      .map((endpoint, index) => `${found[index]} ${endpoint.id}`)
      .join(', ')}${s3GatewaysOf(plan, seen)
      .map(({ id }) => `; S3 gateway endpoint ${id} is on the EKS route tables`)
      .join('')}`,
    problems: [
      ...problem(missing.length > 0, () => `expected twelve endpoints, missing ${listed(missing)}`),
      ...unasked.map((endpoint) => `${endpoint.id} (${endpoint.serviceName}) is one too many`),
      ...endpoints.flatMap((endpoint) => [
        ...problem(
          endpoint.type !== 'Interface',
          () => `${endpoint.id} is of type ${endpoint.type}, not Interface`,
        ),
        ...problem(
          endpoint.state !== 'available',
          () => `${endpoint.id} is ${endpoint.state}, not available`,
        ),
        ...problem(
          !sameMembers(endpoint.subnetIds, idsOf(subnet ? [subnet] : [])),
          () => `expected ${endpoint.id} in ${subnet?.id}, found it in ${listed(endpoint.subnetIds)}`,
        ),
      ]),
      ...(plan.network.s3GatewayEndpoint ? s3GatewayProblems(plan, seen) : []),
    ],
    drift: [
      ...seen.endpoints
        .filter((endpoint) => isGuardDutys(endpoint.tags))
        .map((endpoint) => `${endpoint.id} is GuardDuty's, made for its runtime monitoring`),
      ...endpoints
        .filter((endpoint) => !letsEverythingPass(endpoint.policy))
        .map((endpoint) => `${endpoint.id} (${endpoint.serviceName}) has a policy that somebody wrote`),
    ],
  };
};

/** One that the request asked for, on every table of the EKS subnets. */
function s3GatewayProblems(plan: EnvironmentPlan, seen: Observation): string[] {
  const [gateway, ...more] = s3GatewaysOf(plan, seen);
  if (!gateway) return ['expected an S3 gateway endpoint, as network.s3GatewayEndpoint asks for, found none'];
  const subnetIds = ['eks-private', 'eks-public'].flatMap((group) => idsOf(subnetsOf(seen, group)));
  const missing = seen.routeTables.filter(
    (table) =>
      table.subnetIds.some((id) => subnetIds.includes(id)) && !gateway.routeTableIds.includes(table.id),
  );
  return [
    ...more.map(({ id }) => `${id} is a second S3 gateway endpoint`),
    ...problem(gateway.state !== 'available', () => `${gateway.id} is ${gateway.state}, not available`),
    ...problem(
      missing.length > 0,
      () => `expected S3 gateway endpoint ${gateway.id} on ${listed(idsOf(missing))} too`,
    ),
  ];
}

export const r19: Rule = (plan, seen) => {
  const endpoints = endpointsOf(plan, seen);
  return {
    evidence: `private DNS is off for s3 and on for the other ${endpoints.length - 1}`,
    problems: [
      ...problem(endpoints.length === 0, () => 'found no endpoints'),
      ...endpoints
        .filter((endpoint) => endpoint.privateDns === (suffixOf(endpoint, plan.region) === 's3'))
        .map(
          (endpoint) =>
            `expected private DNS ${endpoint.privateDns ? 'off' : 'on'} for ${endpoint.id} (${endpoint.serviceName}), found it ${endpoint.privateDns ? 'on' : 'off'}`,
        ),
    ],
  };
};

export const r20: Rule = (plan, seen) => {
  const endpoints = endpointsOf(plan, seen);
  const expected = [
    defaultGroup(seen)?.id ?? 'a default group',
    clusterGroup(seen)?.id ?? 'an EKS cluster group',
  ];
  return {
    evidence: `${endpoints.length} endpoints carry ${expected.join(' and ')}`,
    problems: [
      ...problem(endpoints.length === 0, () => 'found no endpoints'),
      ...endpoints
        .filter((endpoint) => !expected.every((id) => endpoint.securityGroupIds.includes(id)))
        .map(
          (endpoint) =>
            `expected ${expected.join(' and ')} on ${endpoint.id}, found ${listed(endpoint.securityGroupIds)}`,
        ),
    ],
  };
};
