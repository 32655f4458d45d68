/**
 * Another major version, where the request allows it: a snapshot first, then a cluster parameter group of the new family
 * beside the one in use, with what people set in that one, and then the upgrade, in a call that names version and group
 * and changes nothing else (RDS takes no security groups in it: aws-cloudformation/cloudformation-coverage-roadmap#2547).
 * It is an outage of up to an hour, and there is no way back. The former group goes once the cluster has the new one.
 */
import type { ModifyDBClusterMessage } from '@aws-sdk/client-docdb';
import { tolerating } from '#lib/aws/errors.ts';
import { isOwned } from '#lib/ownership/tags.ts';
import { majorOf } from '#lib/request/versions.ts';
import type { DatabasePlan } from '#lib/run/environment.ts';
import type { StepOutcome } from '#lib/run/step.ts';
import type { Look } from './instances.ts';
import {
  ensureParameterGroup,
  familyOf,
  findParameterGroup,
  type ParameterGroupPlan,
  parameterGroupOf,
  parametersSetIn,
  tagsOfParameterGroup,
} from './parameters.ts';
import type { DatabaseCluster } from './service.ts';
import { ensureUpgradeSnapshot } from './upgrade-snapshot.ts';

export function isMajorUpgrade(
  { EngineVersion: runs }: DatabaseCluster,
  { engineVersion }: Pick<DatabasePlan, 'engineVersion'>,
): boolean {
  return runs !== undefined && majorOf(runs) !== majorOf(engineVersion);
}

/** Whatever stands before the call that begins it; then what that call says beside the version. */
export async function prepareMajorUpgrade(
  look: Look,
  cluster: DatabaseCluster,
): Promise<StepOutcome | Partial<ModifyDBClusterMessage>> {
  const { service, context } = look;
  const { allowMajorUpgrade = false } = service.plan(context.environment);
  // AWS refuses it then, in so many words.
  if (!allowMajorUpgrade) return {};
  const group = await parameterGroupBeside(look, cluster);
  if ('detail' in group) return group;
  // Last, so that it is as young as can be.
  return (await ensureUpgradeSnapshot(look)) ?? { AllowMajorVersionUpgrade: true, ...group };
}

/**
 * Its name, once it stands. Whoever has AWS's own and nothing to say gets AWS's own without a name. To be named, that
 * would have to exist: AWS makes it with the first cluster of its family (Aurora user guide, "Listing DB cluster
 * parameter groups"; `DBClusterParameterGroup not found: default.aurora-postgresql9.6`, aws-samples/aws-refarch-moodle#10).
 */
async function parameterGroupBeside(
  look: Look,
  cluster: DatabaseCluster,
): Promise<StepOutcome | Pick<ModifyDBClusterMessage, 'DBClusterParameterGroupName'>> {
  const { service, context, calls } = look;
  const { environment } = context;
  const { parameterGroups } = service.identifiers(environment);
  const inUse = cluster.DBClusterParameterGroup ?? '';
  const family = familyOf(service.step, service.plan(environment).engineVersion);
  const plan = parameterGroupOf(service.step, environment) ?? { family, parameters: {} };
  const whole = {
    ...plan,
    parameters: { ...carried(await parametersSetIn(calls, inUse), plan), ...plan.parameters },
  };
  if (inUse.startsWith('default.') && Object.keys(whole.parameters).length === 0) return {};
  const name = parameterGroups.find((one) => one !== inUse) as string;
  const settling = await ensureParameterGroup(service, calls, environment, name, whole);
  return settling ?? { DBClusterParameterGroupName: name };
}

/** Without what this service sets of itself: a later version may do without. */
export function carried(
  set: Readonly<Record<string, string>>,
  { family }: Pick<ParameterGroupPlan, 'family'>,
): Record<string, string> {
  const ours = family.startsWith('docdb') ? ['audit_logs', 'profiler', 'tls'] : ['rds.force_ssl'];
  return Object.fromEntries(Object.entries(set).filter(([name]) => !ours.includes(name)));
}

/** Acceptance found them; they go once the cluster has another one. */
export async function dropFormerParameterGroups(look: Look, cluster: DatabaseCluster): Promise<void> {
  const { service, context, calls } = look;
  const { formerParameterGroups = [] } = service.plan(context.environment);
  for (const name of formerParameterGroups) {
    if (name === cluster.DBClusterParameterGroup) continue;
    const found = await findParameterGroup(calls, name);
    if (!found || !isOwned(await tagsOfParameterGroup(calls, found), context.environment)) continue;
    await tolerating(['gone'], () => calls.deleteParameterGroup({ DBClusterParameterGroupName: name }));
  }
}
