/** Aurora PostgreSQL for the shared database steps. */
import {
  CreateDBClusterCommand,
  CreateDBClusterParameterGroupCommand,
  CreateDBInstanceCommand,
  CreateDBSubnetGroupCommand,
  DeleteDBClusterCommand,
  DeleteDBClusterParameterGroupCommand,
  DeleteDBInstanceCommand,
  DeleteDBSubnetGroupCommand,
  DescribeDBClusterParameterGroupsCommand,
  DescribeDBClustersCommand,
  DescribeDBSubnetGroupsCommand,
  FailoverDBClusterCommand,
  ListTagsForResourceCommand,
  ModifyDBClusterCommand,
  ModifyDBClusterParameterGroupCommand,
  paginateDescribeDBClusterParameters,
  paginateDescribeDBEngineVersions,
  paginateDescribeDBInstances,
  paginateDescribeOrderableDBInstanceOptions,
  RDSClient,
  StartDBClusterCommand,
} from '@aws-sdk/client-rds';
import { client } from '#lib/aws/clients.ts';
import { names } from '#lib/ownership/names.ts';
import type { DatabaseService } from './service.ts';

/**
 * In these an instance is deleted only if told to skip the final snapshot (API_DeleteDBInstance), although a cluster's
 * member takes none. Otherwise nothing is said of snapshots, as in AWS's own examples for members.
 */
const onlyWithoutSnapshot = new Set(['failed', 'incompatible-restore', 'incompatible-network']);

export const aurora: DatabaseService = {
  step: 'aurora',
  title: 'Aurora',
  engine: 'aurora-postgresql',
  port: 5432,
  defaultStorageType: 'aurora',
  logExports: ['postgresql'],
  logGroupPrefix: '/aws/rds/cluster',
  plan: (environment) => environment.aurora,
  identifiers: (environment) => {
    const { auroraCluster, auroraSubnetGroup, auroraParameterGroup } = names(environment);
    return {
      cluster: auroraCluster,
      subnetGroup: auroraSubnetGroup,
      parameterGroup: auroraParameterGroup,
    };
  },
  calls: (target) => {
    const rds = client(RDSClient, target);
    return {
      describeClusters: (input) => rds.send(new DescribeDBClustersCommand(input)),
      instancePages: (input) => paginateDescribeDBInstances({ client: rds }, input),
      describeSubnetGroups: (input) => rds.send(new DescribeDBSubnetGroupsCommand(input)),
      describeParameterGroups: (input) => rds.send(new DescribeDBClusterParameterGroupsCommand(input)),
      parameterPages: (input) => paginateDescribeDBClusterParameters({ client: rds }, input),
      engineVersionPages: (input) => paginateDescribeDBEngineVersions({ client: rds }, input),
      orderablePages: (input) => paginateDescribeOrderableDBInstanceOptions({ client: rds }, input),
      createParameterGroup: (input) => rds.send(new CreateDBClusterParameterGroupCommand(input)),
      modifyParameterGroup: (input) => rds.send(new ModifyDBClusterParameterGroupCommand(input)),
      deleteParameterGroup: (input) => rds.send(new DeleteDBClusterParameterGroupCommand(input)),
      listTags: (input) => rds.send(new ListTagsForResourceCommand(input)),
      createSubnetGroup: (input) => rds.send(new CreateDBSubnetGroupCommand(input)),
      // The default of EngineLifecycleSupport enrols in paid Extended Support.
      createCluster: (input) =>
        rds.send(
          new CreateDBClusterCommand({
            ...input,
            CopyTagsToSnapshot: true,
            EngineLifecycleSupport: 'open-source-rds-extended-support-disabled',
          }),
        ),
      createInstance: (input) =>
        rds.send(new CreateDBInstanceCommand({ ...input, PubliclyAccessible: false })),
      modifyCluster: (input) => rds.send(new ModifyDBClusterCommand(input)),
      startCluster: (input) => rds.send(new StartDBClusterCommand(input)),
      failoverCluster: (input) => rds.send(new FailoverDBClusterCommand(input)),
      deleteInstance: ({ DBInstanceIdentifier, DBInstanceStatus = '' }) =>
        rds.send(
          new DeleteDBInstanceCommand({
            DBInstanceIdentifier,
            ...(onlyWithoutSnapshot.has(DBInstanceStatus) && { SkipFinalSnapshot: true }),
          }),
        ),
      deleteCluster: (input) => rds.send(new DeleteDBClusterCommand(input)),
      deleteSubnetGroup: (input) => rds.send(new DeleteDBSubnetGroupCommand(input)),
    };
  },
};
