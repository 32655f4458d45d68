/** What each step of a run takes over what stands: its changes, and what is not there yet. */
import { bySteps, type StepSeconds, typicalSeconds } from '#lib/run/estimate.ts';
import type { RegistryItem } from '#lib/run/registry.ts';
import type { StepName } from '#lib/run/steps.ts';
import type { DatabaseSeen, Observation } from '#lib/verify/observation.ts';
import type { Changes } from './changes.ts';

/** A fresh look at what an earlier run began. */
const fewestSeconds = 10;

/** `earlier`: the answers of the run before, which say since when something is on its way. */
export function secondsByStep(
  { seen, changes }: Pick<Changes, 'seen' | 'changes'>,
  earlier: RegistryItem['steps'] = {},
  now = Date.now(),
): StepSeconds {
  const typical = typicalSeconds('ensure');
  return bySteps((step) => {
    if (!seen) return typical[step];
    const changing = changes
      .filter((change) => change.step === step)
      .reduce((sum, { aboutSeconds = 0 }) => sum + aboutSeconds, 0);
    if (stands[step](seen)) return changing;
    const before = earlier[step];
    const goesOn = before?.status === 'pending' ? (now - Date.parse(before.since)) / 1000 : 0;
    return changing + Math.max(fewestSeconds, Math.round(typical[step] - goesOn));
  });
}

/** Is what the step is for there, whatever a change still makes of it? */
const stands: Readonly<Record<StepName, (seen: Observation) => boolean>> = {
  vpc: ({ vpcs, subnets }) => vpcs.length > 0 && subnets.length >= 16,
  routing: ({ natGateways }) => all(natGateways, ({ state }) => state === 'available'),
  endpoints: ({ endpoints }) =>
    endpoints.length >= 12 && all(endpoints, ({ state }) => state === 'available'),
  'security-groups': () => true,
  'eks-cluster': ({ cluster }) => cluster !== undefined && isThere(cluster),
  'eks-connect': ({ oidcProvider }) => oidcProvider !== undefined,
  'eks-nodes': ({ nodegroup, addons }) =>
    nodegroup !== undefined && isThere(nodegroup) && all(addons, isThere),
  'eks-endpoints': ({ endpoints, cluster }) =>
    all(
      endpoints.filter(({ type }) => type === 'Interface'),
      ({ securityGroupIds }) => securityGroupIds.includes(cluster?.securityGroupId ?? ''),
    ),
  aurora: ({ aurora }) => isServing(aurora),
  documentdb: ({ documentdb }) => isServing(documentdb),
  elasticache: ({ cache }) => cache !== undefined && isThere(cache),
  efs: ({ fileSystem }) => all(fileSystem?.mountTargets ?? [], ({ state }) => state === 'available'),
};

function isServing(database: DatabaseSeen | undefined): boolean {
  return database !== undefined && isThere(database) && all(database.instances, isThere);
}

/** Neither on its way in nor on its way out. */
function isThere({ status }: { readonly status: string }): boolean {
  return !/^(creat|delet)/i.test(status);
}

/** Of nothing, nothing stands. */
function all<T>(things: readonly T[], holds: (thing: T) => boolean): boolean {
  return things.length > 0 && things.every(holds);
}
