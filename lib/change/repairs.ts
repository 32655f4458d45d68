/**
 * What a run would put right beyond the fields of its request (the table) and the rules of the specification. With
 * those it is all that a step changes of an environment that stands, so that where none of it is to be done no step
 * is needed. Pure.
 */
import type { LaunchTemplateBlockDeviceMappingRequest } from '@aws-sdk/client-ec2';
import { controlPlaneLogs } from '#lib/eks/cluster.ts';
import { nodeMetadata, nodeVolumes } from '#lib/eks/node-template.ts';
import { isZonal, natPlans, publicTableComponent, routedComponents } from '#lib/network/options.ts';
import { isOwned } from '#lib/ownership/tags.ts';
import type { EnvironmentPlan } from '#lib/run/environment.ts';
import type { StepName } from '#lib/run/steps.ts';
import type { Observation, PermissionSeen } from '#lib/verify/observation.ts';
import { componentOf, defaultGroup, idsOf, problem, subnetsOf } from '#lib/verify/rules/rule.ts';
import { loadBalancerGroups } from '#lib/verify/rules/security-groups.ts';
import { plannedInstances } from './rows/databases.ts';

export interface Repair {
  readonly step: StepName;
  /** A phrase: `subnet-1 gives public addresses`. */
  readonly what: string;
}

export function repairsOf(plan: EnvironmentPlan, seen: Observation): Repair[] {
  const found: readonly (readonly [StepName, readonly string[]])[] = [
    ['vpc', [...publicAddresses(plan, seen), ...untagged(plan, seen), ...flowLogs(plan, seen)]],
    ['routing', routeTables(plan, seen)],
    ['security-groups', [...defaultRules(seen), ...loadBalancerRules(plan, seen)]],
    ['eks-cluster', logs(seen)],
    ['eks-nodes', nodeTemplate(plan, seen)],
    ['aurora', pendingClasses(plan, seen, 'aurora')],
    ['documentdb', pendingClasses(plan, seen, 'documentdb')],
  ];
  return found.flatMap(([step, whats]) => whats.map((what) => ({ step, what })));
}

/** Only what starts in the public subnets of EKS gets a public address. */
function publicAddresses(plan: EnvironmentPlan, seen: Observation): string[] {
  return seen.subnets
    .filter(({ tags }) => isOwned(tags, plan))
    .filter((subnet) => subnet.publicAddresses !== componentOf(subnet).startsWith('subnet/eks-public/'))
    .map(({ id, publicAddresses: gives }) => `${id} gives ${gives ? '' : 'no '}public addresses`);
}

/** What a VPC comes with. */
function untagged(plan: EnvironmentPlan, seen: Observation): string[] {
  const inherited = [defaultGroup(seen), seen.routeTables.find(({ main }) => main)];
  return inherited.flatMap((one) =>
    one && !isOwned(one.tags, plan) ? [`${one.id} does not carry the tags of the environment`] : [],
  );
}

function flowLogs(plan: EnvironmentPlan, seen: Observation): string[] {
  const own = seen.flowLogs.filter(({ tags }) => isOwned(tags, plan));
  return own.slice(plan.network.flowLogs ? 1 : 0).map(({ id }) => `flow log ${id} is one too many`);
}

/** That a table serves its subnets, and leads where it should, is a rule's: here it is ours, and the only one. */
function routeTables(plan: EnvironmentPlan, seen: Observation): string[] {
  const own = seen.routeTables.filter(({ tags }) => isOwned(tags, plan));
  const idOf = (component: string) => seen.subnets.find((one) => componentOf(one) === component)?.id ?? '';
  const planned = [
    { component: publicTableComponent, subnetIds: idsOf(subnetsOf(seen, 'eks-public')) },
    ...natPlans(plan).map(({ table, subnets }) => ({ component: table, subnetIds: subnets.map(idOf) })),
  ];
  return [
    ...planned.flatMap(({ component, subnetIds }) => {
      const [table, ...doubles] = own.filter((one) => componentOf(one) === component);
      const serves = subnetIds.every((id) => table?.subnetIds.includes(id));
      return [
        ...problem(!serves, () => `the ${component} of the environment does not serve its subnets`),
        ...doubles.map(({ id }) => `${id} is a second ${component}`),
      ];
    }),
    ...own
      .map((table) => ({ id: table.id, component: componentOf(table) }))
      .filter(({ component }) => isZonal(component) && !routedComponents(plan).includes(component))
      .map(({ id }) => `route table ${id} is of a zone that has no way out of its own`),
  ];
}

function admits(rules: readonly PermissionSeen[] | undefined, source: string): boolean {
  return (rules ?? []).some(
    ({ protocol, groupIds, cidrs }) => protocol === '-1' && [...groupIds, ...cidrs].includes(source),
  );
}

/** What AWS gives every default group. */
function defaultRules(seen: Observation): string[] {
  const base = defaultGroup(seen);
  return [
    ...problem(!admits(base?.ingress, base?.id ?? ''), () => `${base?.id} does not admit itself`),
    ...problem(!admits(base?.egress, '0.0.0.0/0'), () => `${base?.id} does not let everything out`),
  ];
}

/** The rules inward, and that everything is let out, are R24's. */
function loadBalancerRules(plan: EnvironmentPlan, seen: Observation): string[] {
  return loadBalancerGroups(plan, seen).flatMap(({ id, egress, tags }) => [
    ...problem(!isOwned(tags, plan), () => `${id} does not carry the tags of the environment`),
    ...egress
      .flatMap(({ protocol, cidrs, groupIds }) =>
        [...cidrs, ...groupIds].map((to) => ({
          to,
          whole: protocol === '-1' && /^(0\.0\.0\.0|::)\/0$/.test(to),
        })),
      )
      .filter(({ whole }) => !whole)
      .map(({ to }) => `${id} has an egress rule to ${to}`),
  ]);
}

function logs({ cluster }: Observation): string[] {
  if (!cluster) return [];
  return controlPlaneLogs
    .filter((type) => !cluster.logTypes.includes(type))
    .map((type) => `the ${type} logs of ${cluster.name} are off`);
}

/** Encryption and IMDSv2 are R32's, the disk R27's. */
function nodeTemplate(plan: EnvironmentPlan, { launchTemplate: found }: Observation): string[] {
  if (!found) return [];
  const volumes = nodeVolumes(plan.eks.nodes);
  const stands = ({ DeviceName, Ebs }: LaunchTemplateBlockDeviceMappingRequest) =>
    found.volumes.some(
      ({ device, deletedWithNode }) => device === DeviceName && deletedWithNode === Ebs?.DeleteOnTermination,
    );
  const name = `version ${found.version} of ${found.id}`;
  return [
    ...problem(
      found.httpEndpoint !== nodeMetadata.HttpEndpoint ||
        found.hopLimit !== nodeMetadata.HttpPutResponseHopLimit,
      () => `${name} gives nodes other access to their metadata`,
    ),
    ...problem(
      found.volumes.length !== volumes.length || !volumes.every(stands),
      () => `${name} gives nodes other volumes`,
    ),
  ];
}

/** Whoever changed one without `ApplyImmediately` left it to the maintenance window. */
function pendingClasses(
  plan: EnvironmentPlan,
  seen: Observation,
  service: 'aurora' | 'documentdb',
): string[] {
  const { instanceClass } = plan[service];
  return plannedInstances(service, plan, seen).flatMap(({ id, pendingClass = instanceClass }) =>
    problem(pendingClass !== instanceClass, () => `${id} is to become ${pendingClass}`),
  );
}
