/** DocumentDB for the shared database steps. Its own SDK package, which calls and signs as RDS. */
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
  DocDBClient,
  FailoverDBClusterCommand,
  ListTagsForResourceCommand,
  ModifyDBClusterCommand,
  ModifyDBClusterParameterGroupCommand,
  paginateDescribeDBClusterParameters,
  paginateDescribeDBEngineVersions,
  paginateDescribeDBInstances,
  paginateDescribeOrderableDBInstanceOptions,
  StartDBClusterCommand,
} from '@aws-sdk/client-docdb';
import { client } from '#lib/aws/clients.ts';
import { names } from '#lib/ownership/names.ts';
import type { DatabaseService } from './service.ts';

export const documentdb: DatabaseService = {
  step: 'documentdb',
  title: 'DocumentDB',
  engine: 'docdb',
  port: 27017,
  defaultStorageType: 'standard',
  logExports: ['audit', 'profiler'],
  logGroupPrefix: '/aws/docdb',
  plan: (environment) => environment.documentdb,
  identifiers: (environment) => {
    const { documentdbCluster, documentdbSubnetGroup, documentdbParameterGroup } = names(environment);
    return {
      cluster: documentdbCluster,
      subnetGroup: documentdbSubnetGroup,
      parameterGroup: documentdbParameterGroup,
    };
  },
  calls: (target) => {
    const docdb = client(DocDBClient, target);
    return {
      describeClusters: (input) => docdb.send(new DescribeDBClustersCommand(input)),
      instancePages: (input) => paginateDescribeDBInstances({ client: docdb }, input),
      describeSubnetGroups: (input) => docdb.send(new DescribeDBSubnetGroupsCommand(input)),
      describeParameterGroups: (input) => docdb.send(new DescribeDBClusterParameterGroupsCommand(input)),
      parameterPages: (input) => paginateDescribeDBClusterParameters({ client: docdb }, input),
      engineVersionPages: (input) => paginateDescribeDBEngineVersions({ client: docdb }, input),
      orderablePages: (input) => paginateDescribeOrderableDBInstanceOptions({ client: docdb }, input),
      createParameterGroup: (input) => docdb.send(new CreateDBClusterParameterGroupCommand(input)),
      modifyParameterGroup: (input) => docdb.send(new ModifyDBClusterParameterGroupCommand(input)),
      deleteParameterGroup: (input) => docdb.send(new DeleteDBClusterParameterGroupCommand(input)),
      listTags: (input) => docdb.send(new ListTagsForResourceCommand(input)),
      createSubnetGroup: (input) => docdb.send(new CreateDBSubnetGroupCommand(input)),
      createCluster: (input) => docdb.send(new CreateDBClusterCommand(input)),
      createInstance: (input) => docdb.send(new CreateDBInstanceCommand(input)),
      modifyCluster: (input) => docdb.send(new ModifyDBClusterCommand(input)),
      startCluster: (input) => docdb.send(new StartDBClusterCommand(input)),
      failoverCluster: (input) => docdb.send(new FailoverDBClusterCommand(input)),
      deleteInstance: ({ DBInstanceIdentifier }) =>
        docdb.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier })),
      deleteCluster: (input) => docdb.send(new DeleteDBClusterCommand(input)),
      deleteSubnetGroup: (input) => docdb.send(new DeleteDBSubnetGroupCommand(input)),
    };
  },
};
