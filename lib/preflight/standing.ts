/**
 * Does everything stand as this very request had it made? Then a run has nothing to do but to attest it, and does so by
 * what acceptance has read already. All that a step would make, change or wait for is looked at here; whatever raises a
 * doubt sends the run through its steps, which repair, wait and refuse by name (W5).
 */
import { isDeepStrictEqual } from 'node:util';
import { classify, isAwsError } from '#lib/aws/errors.ts';
import type { Changes } from '#lib/change/changes.ts';
import { lostTags } from '#lib/change/lost-tags.ts';
import { repairsOf } from '#lib/change/repairs.ts';
import { plannedInstances } from '#lib/change/rows/databases.ts';
import { conditionOf } from '#lib/data/status.ts';
import { deadAdministrators } from '#lib/eks/access-entries.ts';
import { flawsOfSurroundings } from '#lib/eks/surroundings.ts';
import { names } from '#lib/ownership/names.ts';
import type { Tagged } from '#lib/ownership/tagged.ts';
import { choicesOf, planEnvironment } from '#lib/request/plan.ts';
import type { SizedRequest } from '#lib/request/sized.ts';
import type { EnvironmentPlan, EnvironmentTarget } from '#lib/run/environment.ts';
import type { RegistryItem } from '#lib/run/registry.ts';
import { type Attestation, attestationOf } from '#lib/verify/attestation.ts';
import type { Observation } from '#lib/verify/observation.ts';
import { readAccount } from './account.ts';
import { askStanding } from './preflight.ts';

export interface AsItStands {
  readonly environment: EnvironmentPlan;
  readonly attestation: Attestation;
  readonly warnings: readonly string[];
}

/** `asked`: the request as it came. Undefined where a run may have something to do. */
export async function asItStands(
  target: EnvironmentTarget,
  asked: unknown,
  request: SizedRequest,
  item: RegistryItem | undefined,
  standing: Changes,
): Promise<AsItStands | undefined> {
  const { seen, tagged = [], changes, refusals, retag } = standing;
  if (!seen || item?.status !== 'READY' || !item.made || !isDeepStrictEqual(item.request, asked))
    return undefined;
  if (changes.length + refusals.length > 0 || retag) return undefined;
  const environment = planEnvironment(target, request, choicesOf(item.made));
  const attestation = attestationOf(environment, seen);
  const isWhole = attestation.rules.every(({ holds }) => holds) && isSettled(environment, seen);
  if (!isWhole || repairsOf(environment, seen).length > 0) return undefined;
  if (!areOurs(environment, seen, tagged) || lostTags(environment, seen, tagged).length > 0) return undefined;
  const context = { target, request, account: readAccount(target, request), changes };
  const [{ problems, warnings }, flaws] = await Promise.all([askStanding(context), flawsOf(environment)]);
  return problems.length + flaws.length > 0 ? undefined : { environment, attestation, warnings };
}

/** What a rule takes for working a step may wait for, or make anew: a snapshot under way, a reader that somebody else's stands in for. */
function isSettled(plan: EnvironmentPlan, seen: Observation): boolean {
  const { cache, fileSystem } = seen;
  const databases = (['aurora', 'documentdb'] as const).every((service) => {
    const own = plannedInstances(service, plan, seen);
    const statuses = [seen[service]?.status, ...own.map(({ status }) => status)];
    return (
      own.length === plan[service].instances && statuses.every((one) => conditionOf(one) === 'available')
    );
  });
  return databases && cache?.status === 'available' && fileSystem?.state === 'available';
}

/** Everything that goes by a name of ours carries our tag. What EC2 has goes by its tags: {@link lostTags}. */
function areOurs(plan: EnvironmentPlan, seen: Observation, tagged: readonly Tagged[]): boolean {
  const named = names(plan);
  const databases = (['aurora', 'documentdb'] as const).flatMap((service) => [
    `cluster ${named[`${service}Cluster`]}`,
    `subnet group ${named[`${service}SubnetGroup`]}`,
    ...[seen[service]?.parameterGroup ?? '']
      .filter((name) => name.startsWith(named[`${service}ParameterGroup`]))
      .map((name) => `parameter group ${name}`),
    ...plannedInstances(service, plan, seen).map(({ id }) => `instance ${id}`),
  ]);
  return [
    `EKS cluster ${named.cluster}`,
    `node group ${seen.nodegroup?.name}`,
    ...[named.clusterRole, named.nodeRole, named.efsCsiRole].map((name) => `role ${name}`),
    ...databases,
    `replication group ${named.replicationGroup}`,
    `cache subnetgroup ${named.cacheSubnetGroup}`,
    `file system ${seen.fileSystem?.id}`,
  ].every((wanted) => tagged.some(({ what }) => what === wanted));
}

/** What is listed and then found gone is a doubt like any other. */
async function flawsOf(environment: EnvironmentPlan): Promise<readonly string[]> {
  try {
    const dead = await deadAdministrators(environment);
    return [...dead, ...(await flawsOfSurroundings(environment))];
  } catch (error) {
    if (isAwsError(error) && classify(error) === 'gone') return [error.message];
    throw error;
  }
}
