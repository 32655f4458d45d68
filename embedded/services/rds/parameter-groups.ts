/** Cluster parameter groups: a family's parameters, some set anew. AWS's own (`default.<family>`) cannot be changed. */
import { z } from 'zod';
import { limitOf } from '#embedded/limits.ts';
import { type Call, mutation, type Operation, read } from '#embedded/model.ts';
import { familyOf, offeredFamilies } from './catalogue.ts';
import {
  answerPage,
  arnOf,
  type Client,
  type Cluster,
  filters,
  type ParameterGroup,
  paging,
  rdsFault,
  rdsState,
  requireParameterGroup,
  tagListSchema,
  tagRecordOf,
} from './state.ts';

/** Of those a family has: what matters here, with AWS's defaults. */
function defaultsOf(family: string): Record<string, string> {
  if (family.startsWith('docdb'))
    return { audit_logs: 'disabled', profiler: 'disabled', profiler_threshold_ms: '100', tls: 'enabled' };
  const major = Number(family.replace('aurora-postgresql', ''));
  return {
    'rds.force_ssl': major >= 17 ? '1' : '0',
    'rds.logical_replication': '0',
    log_min_duration_statement: '-1',
    // PostgreSQL 16 has it no more (its release notes).
    ...(major < 16 ? { vacuum_defer_cleanup_age: '0' } : {}),
  };
}

export function parameterGroupOperations(client: Client): Record<string, Operation> {
  return {
    CreateDBClusterParameterGroup: mutation(
      {
        DBClusterParameterGroupName: z.string(),
        DBParameterGroupFamily: z.string(),
        Description: z.string(),
        Tags: tagListSchema,
      },
      (input, call) => {
        const group = newGroup(call, client, input);
        (rdsState(call).parameterGroups ??= {})[group.name] = group;
        return { DBClusterParameterGroup: described(group) };
      },
    ),
    DescribeDBClusterParameterGroups: read(
      { DBClusterParameterGroupName: z.string().optional(), Filters: filters, ...paging },
      (input, call) => {
        const groups = input.DBClusterParameterGroupName
          ? [requireParameterGroup(call, input.DBClusterParameterGroupName)]
          : Object.values(rdsState(call).parameterGroups ?? {});
        return answerPage('DBClusterParameterGroups', groups.map(described), input);
      },
    ),
    ModifyDBClusterParameterGroup: mutation(
      {
        DBClusterParameterGroupName: z.string(),
        Parameters: z.array(
          z.strictObject({
            ParameterName: z.string(),
            ParameterValue: z.string(),
            ApplyMethod: z.enum(['immediate', 'pending-reboot']),
          }),
        ),
      },
      (input, call) => {
        const group = requireParameterGroup(call, input.DBClusterParameterGroupName);
        if (input.Parameters.length > 20)
          throw rdsFault('InvalidParameterValue', 'At most 20 parameters can be modified in one request.');
        for (const { ParameterName, ParameterValue } of input.Parameters) {
          if (!(ParameterName in defaultsOf(group.family)))
            throw rdsFault('InvalidParameterValue', `Could not find parameter with name: ${ParameterName}`);
          group.parameters[ParameterName] = ParameterValue;
        }
        return { DBClusterParameterGroupName: group.name };
      },
    ),
    DescribeDBClusterParameters: read(
      {
        DBClusterParameterGroupName: z.string(),
        Source: z.enum(['user', 'engine-default', 'system']).optional(),
        ...paging,
      },
      (input, call) => answerPage('Parameters', parametersOf(call, input), input),
    ),
    DescribeEngineDefaultClusterParameters: read(
      { DBParameterGroupFamily: z.string(), ...paging },
      (input) => {
        const { DBParameterGroupFamily: family } = input;
        assertFamily(family);
        const Parameters = Object.entries(defaultsOf(family)).map(([ParameterName, ParameterValue]) => ({
          ParameterName,
          ParameterValue,
          Source: 'engine-default',
          IsModifiable: true,
        }));
        return { EngineDefaults: { DBParameterGroupFamily: family, Parameters } };
      },
    ),
    DeleteDBClusterParameterGroup: mutation({ DBClusterParameterGroupName: z.string() }, (input, call) => {
      const group = requireParameterGroup(call, input.DBClusterParameterGroupName);
      const user = Object.values(rdsState(call).clusters).find(
        (one) => parameterGroupName(one) === group.name || one.pendingParameterGroup === group.name,
      );
      if (user)
        throw rdsFault(
          'InvalidDBParameterGroupStateFault',
          `One or more database clusters are still members of this parameter group ${group.name}, so the group cannot be deleted`,
        );
      delete rdsState(call).parameterGroups?.[group.name];
      return {};
    }),
  };
}

export function parameterGroupName(cluster: Cluster): string {
  return cluster.parameterGroup ?? `default.${familyOf(cluster.engine, cluster.engineVersion)}`;
}

function parametersOf(
  call: Call,
  {
    DBClusterParameterGroupName: name,
    Source,
  }: { DBClusterParameterGroupName: string; Source?: string | undefined },
): object[] {
  const own = name.startsWith('default.') ? undefined : requireParameterGroup(call, name);
  const family = own?.family ?? name.replace(/^default\./, '');
  return Object.entries(defaultsOf(family))
    .map(([ParameterName, value]) => ({
      ParameterName,
      ParameterValue: own?.parameters[ParameterName] ?? value,
      Source: own && ParameterName in own.parameters ? 'user' : 'engine-default',
      IsModifiable: own !== undefined,
    }))
    .filter((parameter) => Source === undefined || parameter.Source === Source);
}

function newGroup(
  call: Call,
  client: Client,
  input: {
    DBClusterParameterGroupName: string;
    DBParameterGroupFamily: string;
    Description: string;
    Tags?: { Key: string; Value: string }[] | undefined;
  },
): ParameterGroup {
  const name = input.DBClusterParameterGroupName.toLowerCase();
  if (name.length > 255 || !/^[a-z](-?[a-z0-9])*$/.test(name))
    throw rdsFault(
      'InvalidParameterValue',
      `The parameter DBClusterParameterGroupName is not a valid identifier: ${name}`,
    );
  if (rdsState(call).parameterGroups?.[name])
    throw rdsFault('DBParameterGroupAlreadyExistsFault', `Parameter group ${name} already exists`);
  if (Object.keys(rdsState(call).parameterGroups ?? {}).length >= limitOf(call, 'L-E4C808A8'))
    throw rdsFault(
      'DBParameterGroupQuotaExceededFault',
      'Cannot create more than allowed DB parameter groups.',
    );
  const { DBParameterGroupFamily: family, Description: description } = input;
  assertFamily(family);
  return {
    name,
    arn: arnOf(call, 'cluster-pg', name),
    family,
    description,
    client,
    parameters: {},
    tags: tagRecordOf(input.Tags),
  };
}

function assertFamily(family: string): void {
  if (!offeredFamilies().includes(family))
    throw rdsFault(
      'InvalidParameterValue',
      `ParameterGroupFamily ${family} is not a valid parameter group family`,
    );
}

function described(group: ParameterGroup): object {
  return {
    DBClusterParameterGroupName: group.name,
    DBClusterParameterGroupArn: group.arn,
    DBParameterGroupFamily: group.family,
    Description: group.description,
  };
}
