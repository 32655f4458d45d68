/**
 * The cluster parameter group a database needs beyond AWS's default, which nobody can edit: Aurora PostgreSQL insists
 * on TLS by itself from 17 on only (Aurora user guide, "Requiring an SSL/TLS connection to an Aurora PostgreSQL DB
 * cluster": rds.force_ssl), and DocumentDB writes no audit or profiler log, exported or not, until its parameters
 * say so (developer guide, "Auditing Amazon DocumentDB events", "Profiling Amazon DocumentDB operations").
 *
 * Made before the cluster and complete before it: the cluster takes its values at its first start. A group keeps its
 * family, so another major version of the engine has the one of the other name (`major-upgrade.ts`).
 */
import type { DBClusterParameterGroup, Tag } from '@aws-sdk/client-docdb';
import { tolerating } from '#lib/aws/errors.ts';
import { allPages } from '#lib/aws/reads.ts';
import { assertOwned } from '#lib/ownership/assert-owned.ts';
import { tagList } from '#lib/ownership/tags.ts';
import { majorOf } from '#lib/request/versions.ts';
import type { EnvironmentPlan } from '#lib/run/environment.ts';
import { pending, type StepOutcome } from '#lib/run/step.ts';
import type { DatabaseCalls, DatabaseReads, DatabaseService } from './service.ts';

export interface ParameterGroupPlan {
  readonly family: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** Undefined where AWS's default group does. */
export function parameterGroupOf(
  step: DatabaseService['step'],
  environment: Pick<EnvironmentPlan, 'aurora' | 'documentdb'>,
): ParameterGroupPlan | undefined {
  const { engineVersion } = environment[step];
  const family = familyOf(step, engineVersion);
  // `tls` is enabled by default; said so that nobody has to know.
  if (step === 'documentdb')
    return { family, parameters: { audit_logs: 'enabled', profiler: 'enabled', tls: 'enabled' } };
  return insistsByDefault(majorOf(engineVersion))
    ? undefined
    : { family, parameters: { 'rds.force_ssl': '1' } };
}

/** `aurora-postgresql16`, `docdb5.0` */
export function familyOf(step: DatabaseService['step'], engineVersion: string): string {
  const [major, minor] = engineVersion.split('.');
  return step === 'documentdb' ? `docdb${major}.${minor}` : `aurora-postgresql${major}`;
}

/** Does this major version of Aurora PostgreSQL insist on TLS under AWS's own parameter group? */
export function insistsByDefault(major: number): boolean {
  return major >= 17;
}

export async function findParameterGroup(
  calls: DatabaseCalls,
  name: string,
): Promise<DBClusterParameterGroup | undefined> {
  const found = await tolerating(['gone'], () =>
    calls.describeParameterGroups({ DBClusterParameterGroupName: name }),
  );
  return found?.DBClusterParameterGroups?.[0];
}

export async function tagsOfParameterGroup(
  calls: DatabaseCalls,
  group: DBClusterParameterGroup,
): Promise<readonly Tag[]> {
  return (await calls.listTags({ ResourceName: group.DBClusterParameterGroupArn })).TagList ?? [];
}

/** Undefined once the group stands with its parameters. No cluster uses it yet. */
export async function ensureParameterGroup(
  service: DatabaseService,
  calls: DatabaseCalls,
  environment: EnvironmentPlan,
  name: string,
  plan: ParameterGroupPlan,
): Promise<StepOutcome | undefined> {
  const found = await findParameterGroup(calls, name);
  if (found) {
    const tags = await tagsOfParameterGroup(calls, found);
    assertOwned(`cluster parameter group ${name}`, tags, environment);
    if (found.DBParameterGroupFamily !== plan.family) {
      // Of an earlier engine version, whose cluster never came, or has another group by now.
      await tolerating(['gone'], () => calls.deleteParameterGroup({ DBClusterParameterGroupName: name }));
      return pending(`${service.title} parameter group ${name} of another version is being replaced`, 2);
    }
  } else {
    // `exists`: the answer to the SDK's first attempt was lost.
    await tolerating(['exists'], () =>
      calls.createParameterGroup({
        DBClusterParameterGroupName: name,
        DBParameterGroupFamily: plan.family,
        Description: `${service.title} of AosCloud environment ${environment.name}`,
        Tags: tagList(environment, `${service.step}/parameter-group`),
      }),
    );
  }
  // In one that was made just now nothing is set.
  await setParameters(calls, name, plan, found ? await parametersSetIn(calls, name) : {});
  return undefined;
}

/** What somebody set in a group, whatever the family's defaults are. AWS's own groups hold nothing of anybody. */
export async function parametersSetIn(
  calls: Pick<DatabaseReads, 'parameterPages'>,
  name: string,
): Promise<Record<string, string>> {
  if (name === '' || name.startsWith('default.')) return {};
  const found = await allPages(
    calls.parameterPages({ DBClusterParameterGroupName: name, Source: 'user' }),
    (page) => page.Parameters,
  );
  return Object.fromEntries(
    found.flatMap(({ ParameterName: key, ParameterValue: value }) =>
      key !== undefined && value !== undefined ? [[key, value]] : [],
    ),
  );
}

/** "A maximum of 20 parameters can be modified in a single request" (API_ModifyDBClusterParameterGroup). */
const mostInACall = 20;

async function setParameters(
  calls: DatabaseCalls,
  name: string,
  { parameters }: ParameterGroupPlan,
  set: Readonly<Record<string, string>>,
): Promise<void> {
  const lacking = Object.entries(parameters).filter(([key, value]) => set[key] !== value);
  for (let from = 0; from < lacking.length; from += mostInACall)
    await calls.modifyParameterGroup({
      DBClusterParameterGroupName: name,
      // No cluster uses it yet, and `pending-reboot` is taken for every parameter.
      Parameters: lacking.slice(from, from + mostInACall).map(([ParameterName, ParameterValue]) => ({
        ParameterName,
        ParameterValue,
        ApplyMethod: 'pending-reboot',
      })),
    });
}
