/** R25: what EKS must reach, derived from the groups, rules and routes that really exist. */
import type { EnvironmentPlan } from '#lib/run/environment.ts';
import type { Observation, SubnetSeen } from '#lib/verify/observation.ts';
import { obstacle, type Party } from '#lib/verify/reachability.ts';
import { clusterGroup, endpointsOf, problem, type Rule, subnetsOf } from './rule.ts';

interface Target {
  readonly what: string;
  readonly party: Party;
  readonly port: number;
  /** Where the service says it listens, if it says so. */
  readonly listensOn?: number;
}

export const r25: Rule = (plan, seen) => {
  const from = pods(seen);
  if (from.groupIds.length === 0 || from.subnets.length === 0) {
    return { evidence: '', problems: ['found no security group and subnets that pods would use'] };
  }
  const targets = [...dataServices(seen), ...endpoints(plan, seen), ...podToPod(from)];
  return {
    evidence: `from ${from.groupIds.join(', ')}: Aurora 5432, DocumentDB 27017, ElastiCache 6379, EFS 2049, HTTPS 443 to ${
      endpointsOf(plan, seen).length
    } endpoints, pod to pod 5672 and 15672 are open by rule and route`,
    problems: [
      ...problem(endpointsOf(plan, seen).length === 0, () => 'found no endpoints'),
      ...targets.flatMap((target) => {
        const { what, port, party, listensOn } = target;
        const inTheWay = obstacle({ from, to: party, protocol: 'tcp', port }, seen);
        return [
          ...problem(
            listensOn !== undefined && listensOn !== port,
            () => `${what} listens on ${listensOn}, not ${port}`,
          ),
          ...problem(inTheWay !== undefined, () => `${what} ${port} is not reachable from EKS: ${inTheWay}`),
        ];
      }),
    ],
  };
};

/** Pods take addresses of the private subnets and share their node's groups. */
function pods(seen: Observation): Party {
  const ofTemplate = seen.launchTemplate?.securityGroupIds ?? [];
  const ofCluster = clusterGroup(seen);
  return {
    groupIds: ofTemplate.length > 0 ? ofTemplate : ofCluster ? [ofCluster.id] : [],
    subnets: subnetsOf(seen, 'eks-private'),
  };
}

function dataServices(seen: Observation): Target[] {
  const { aurora, documentdb, cache, fileSystem } = seen;
  const targets = fileSystem?.mountTargets ?? [];
  return [
    {
      what: 'Aurora',
      party: party(seen, aurora?.securityGroupIds, aurora?.subnetGroup?.subnetIds),
      port: 5432,
      listensOn: aurora?.port ?? 5432,
    },
    {
      what: 'DocumentDB',
      party: party(seen, documentdb?.securityGroupIds, documentdb?.subnetGroup?.subnetIds),
      port: 27017,
      listensOn: documentdb?.port ?? 27017,
    },
    {
      what: 'ElastiCache',
      party: party(seen, cache?.members[0]?.securityGroupIds, cache?.subnetGroup?.subnetIds),
      port: 6379,
      listensOn: cache?.port ?? 6379,
    },
    // Each pod mounts the target of its own zone, so each one is asked.
    ...(targets.length > 0 ? targets : [undefined]).map((target) => ({
      what: `EFS ${target?.id ?? ''}`.trim(),
      party: party(seen, target?.securityGroupIds, target && [target.subnetId]),
      port: 2049,
    })),
  ];
}

function endpoints(plan: EnvironmentPlan, seen: Observation): Target[] {
  return endpointsOf(plan, seen).map((endpoint) => ({
    what: endpoint.id,
    party: party(seen, endpoint.securityGroupIds, endpoint.subnetIds),
    port: 443,
  }));
}

function podToPod(party: Party): Target[] {
  return [5672, 15672].map((port) => ({ what: 'pod to pod', party, port }));
}

function party(
  seen: Observation,
  groupIds: readonly string[] = [],
  subnetIds: readonly string[] = [],
): Party {
  const subnets: SubnetSeen[] = seen.subnets.filter((subnet) => subnetIds.includes(subnet.id));
  return { groupIds, subnets };
}
