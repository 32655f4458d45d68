/**
 * The cluster parameter group a database needs beyond AWS's default, which nobody can edit: Aurora PostgreSQL insists
 * on TLS by itself from 17 on only (Aurora user guide, "Requiring an SSL/TLS connection to an Aurora PostgreSQL DB
 * cluster": rds.force_ssl), and DocumentDB writes no audit or profiler log, exported or not, until its parameters
 * say so (developer guide, "Auditing Amazon DocumentDB events", "Profiling Amazon DocumentDB operations").
 *
 * Made before the cluster and complete before it: the cluster takes its values at its first start.
 */
import type { DBClusterParameterGroup, Tag } from '@aws-sdk/client-docdb';
import { tolerating } from '#lib/aws/errors.ts';
import { allPages } from '#lib/aws/reads.ts';
import { assertOwned } from '#lib/ownership/assert-owned.ts';
import { type NamesTarget, names } from '#lib/ownership/names.ts';
import { tagList } from '#lib/ownership/tags.ts';
import type { EnvironmentPlan } from '#lib/run/environment.ts';
import { pending, type StepOutcome } from '#lib/run/step.ts';
import type { DatabaseCalls, DatabaseService } from './service.ts';

export interface ParameterGroupPlan {
  readonly name: string;
  readonly family: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** Undefined where AWS's default group does. */
export function parameterGroupOf(
  step: DatabaseService['step'],
  environment: NamesTarget & Pick<EnvironmentPlan, 'aurora' | 'documentdb'>,
): ParameterGroupPlan | undefined {
  const [major, minor] = environment[step].engineVersion.split('.');
  if (step === 'documentdb')
    return {
      name: names(environment).documentdbParameterGroup,
      family: `docdb${major}.${minor}`,
      // `tls` is enabled by default; said so that nobody has to know.
      parameters: { audit_logs: 'enabled', profiler: 'enabled', tls: 'enabled' },
    };
  if (insistsByDefault(Number(major))) return undefined;
  return {
    name: names(environment).auroraParameterGroup,
    family: `aurora-postgresql${major}`,
    parameters: { 'rds.force_ssl': '1' },
  };
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

/** Undefined once the group stands with its parameters. */
export async function ensureParameterGroup(
  service: DatabaseService,
  calls: DatabaseCalls,
  environment: EnvironmentPlan,
): Promise<StepOutcome | undefined> {
  const plan = parameterGroupOf(service.step, environment);
  if (!plan) return undefined;
  const { name, family } = plan;
  const found = await findParameterGroup(calls, name);
  if (found) {
    const tags = await tagsOfParameterGroup(calls, found);
    assertOwned(`cluster parameter group ${name}`, tags, environment);
    if (found.DBParameterGroupFamily !== family) {
      // Of an earlier engine version, whose cluster never came: a group keeps its family.
      await tolerating(['gone'], () => calls.deleteParameterGroup({ DBClusterParameterGroupName: name }));
      return pending(`${service.title} parameter group ${name} of another version is being replaced`, 2);
    }
  } else {
    // `exists`: the answer to the SDK's first attempt was lost.
    await tolerating(['exists'], () =>
      calls.createParameterGroup({
        DBClusterParameterGroupName: name,
        DBParameterGroupFamily: family,
        Description: `${service.title} of AosCloud environment ${environment.name}`,
        Tags: tagList(environment, `${service.step}/parameter-group`),
      }),
    );
  }
  await setParameters(calls, plan);
  return undefined;
}

async function setParameters(calls: DatabaseCalls, { name, parameters }: ParameterGroupPlan): Promise<void> {
  const set = await allPages(
    calls.parameterPages({ DBClusterParameterGroupName: name, Source: 'user' }),
    (page) => page.Parameters,
  );
  const lacking = Object.entries(parameters).filter(
    ([key, value]) => set.find(({ ParameterName }) => ParameterName === key)?.ParameterValue !== value,
  );
  if (lacking.length === 0) return;
  await calls.modifyParameterGroup({
    DBClusterParameterGroupName: name,
    // The cluster does not exist yet, and `pending-reboot` is taken for every parameter.
    Parameters: lacking.map(([ParameterName, ParameterValue]) => ({
      ParameterName,
      ParameterValue,
      ApplyMethod: 'pending-reboot',
    })),
  });
}
