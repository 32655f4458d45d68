/** Aurora PostgreSQL for the shared database steps. */
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
  FailoverDBClusterCommand,
  ModifyDBClusterCommand,
  ModifyDBClusterParameterGroupCommand,
  ModifyDBInstanceCommand,
  paginateDescribeDBClusterSnapshots,
  RDSClient,
  RemoveTagsFromResourceCommand,
  RestoreDBClusterFromSnapshotCommand,
  StartDBClusterCommand,
} from '@aws-sdk/client-rds';
import { client } from '#lib/aws/clients.ts';
import { auroraIdentity } from './identities.ts';
import { auroraReads } from './reads.ts';
import type { DatabaseService } from './service.ts';

/**
 * In these an instance is deleted only if told to skip the final snapshot (API_DeleteDBInstance), although a cluster's
 * member takes none. Otherwise nothing is said of snapshots, as in AWS's own examples for members.
 */
const onlyWithoutSnapshot = new Set(['failed', 'incompatible-restore', 'incompatible-network']);

export const aurora: DatabaseService = {
  ...auroraIdentity,
  calls: (target) => {
    const rds = client(RDSClient, target);
    return {
      ...auroraReads(target),
      describeParameterGroups: (input) => rds.send(new DescribeDBClusterParameterGroupsCommand(input)),
      createParameterGroup: (input) => rds.send(new CreateDBClusterParameterGroupCommand(input)),
      modifyParameterGroup: (input) => rds.send(new ModifyDBClusterParameterGroupCommand(input)),
      deleteParameterGroup: (input) => rds.send(new DeleteDBClusterParameterGroupCommand(input)),
      snapshotPages: (input) => paginateDescribeDBClusterSnapshots({ client: rds }, input),
      createSnapshot: (input) => rds.send(new CreateDBClusterSnapshotCommand(input)),
      addTags: (input) => rds.send(new AddTagsToResourceCommand(input)),
      removeTags: (input) => rds.send(new RemoveTagsFromResourceCommand(input)),
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
      restoreCluster: (input) =>
        rds.send(
          new RestoreDBClusterFromSnapshotCommand({
            ...input,
            CopyTagsToSnapshot: true,
            EngineLifecycleSupport: 'open-source-rds-extended-support-disabled',
          }),
        ),
      createInstance: (input) =>
        rds.send(new CreateDBInstanceCommand({ ...input, PubliclyAccessible: false })),
      modifyCluster: (input) => rds.send(new ModifyDBClusterCommand(input)),
      modifyInstance: (input) => rds.send(new ModifyDBInstanceCommand(input)),
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
