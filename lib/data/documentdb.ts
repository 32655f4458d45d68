/** DocumentDB for the shared database steps. Its own SDK package, which calls and signs as RDS. */
import {
  AddTagsToResourceCommand,
  CreateDBClusterCommand,
  CreateDBClusterParameterGroupCommand,
  CreateDBClusterSnapshotCommand,
  CreateDBInstanceCommand,
  CreateDBSubnetGroupCommand,
  DeleteDBClusterCommand,
  DeleteDBClusterParameterGroupCommand,
  DeleteDBInstanceCommand,
  DeleteDBSubnetGroupCommand,
  DescribeDBClusterParameterGroupsCommand,
  DocDBClient,
  FailoverDBClusterCommand,
  ModifyDBClusterCommand,
  ModifyDBClusterParameterGroupCommand,
  ModifyDBInstanceCommand,
  paginateDescribeDBClusterSnapshots,
  RemoveTagsFromResourceCommand,
  RestoreDBClusterFromSnapshotCommand,
  StartDBClusterCommand,
} from '@aws-sdk/client-docdb';
import { client } from '#lib/aws/clients.ts';
import { documentdbIdentity } from './identities.ts';
import { documentdbReads } from './reads.ts';
import type { DatabaseService } from './service.ts';

export const documentdb: DatabaseService = {
  ...documentdbIdentity,
  calls: (target) => {
    const docdb = client(DocDBClient, target);
    return {
      ...documentdbReads(target),
      describeParameterGroups: (input) => docdb.send(new DescribeDBClusterParameterGroupsCommand(input)),
      createParameterGroup: (input) => docdb.send(new CreateDBClusterParameterGroupCommand(input)),
      modifyParameterGroup: (input) => docdb.send(new ModifyDBClusterParameterGroupCommand(input)),
      deleteParameterGroup: (input) => docdb.send(new DeleteDBClusterParameterGroupCommand(input)),
      snapshotPages: (input) => paginateDescribeDBClusterSnapshots({ client: docdb }, input),
      createSnapshot: (input) => docdb.send(new CreateDBClusterSnapshotCommand(input)),
      addTags: (input) => docdb.send(new AddTagsToResourceCommand(input)),
      removeTags: (input) => docdb.send(new RemoveTagsFromResourceCommand(input)),
      createSubnetGroup: (input) => docdb.send(new CreateDBSubnetGroupCommand(input)),
      createCluster: (input) => docdb.send(new CreateDBClusterCommand(input)),
      restoreCluster: (input) => docdb.send(new RestoreDBClusterFromSnapshotCommand(input)),
      createInstance: (input) => docdb.send(new CreateDBInstanceCommand(input)),
      modifyCluster: (input) => docdb.send(new ModifyDBClusterCommand(input)),
      modifyInstance: (input) => docdb.send(new ModifyDBInstanceCommand(input)),
      startCluster: (input) => docdb.send(new StartDBClusterCommand(input)),
      failoverCluster: (input) => docdb.send(new FailoverDBClusterCommand(input)),
      deleteInstance: ({ DBInstanceIdentifier }) =>
        docdb.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier })),
      deleteCluster: (input) => docdb.send(new DeleteDBClusterCommand(input)),
      deleteSubnetGroup: (input) => docdb.send(new DeleteDBSubnetGroupCommand(input)),
    };
  },
};
