/**
 * One of the two database services behind the RDS API. Aurora and DocumentDB speak the same language through
 * two SDK packages; the steps are written once, against the DocumentDB shapes, which are the smaller ones.
 */
import type {
  AddTagsToResourceMessage,
  CreateDBClusterMessage,
  CreateDBClusterParameterGroupMessage,
  CreateDBClusterSnapshotMessage,
  CreateDBInstanceMessage,
  CreateDBSubnetGroupMessage,
  DBCluster,
  DBClusterParameterGroup,
  DBClusterSnapshot,
  DBInstance,
  DBSubnetGroup,
  DeleteDBClusterMessage,
  DeleteDBClusterParameterGroupMessage,
  DeleteDBSubnetGroupMessage,
  DescribeDBClusterParameterGroupsMessage,
  DescribeDBClusterParametersMessage,
  DescribeDBClusterSnapshotsMessage,
  DescribeDBClustersMessage,
  DescribeDBInstancesMessage,
  DescribeDBSubnetGroupsMessage,
  ListTagsForResourceMessage,
  ModifyDBClusterMessage,
  ModifyDBClusterParameterGroupMessage,
  ModifyDBInstanceMessage,
  Parameter,
  RemoveTagsFromResourceMessage,
  RestoreDBClusterFromSnapshotMessage,
  StartDBClusterMessage,
  Tag,
} from '@aws-sdk/client-docdb';
import type { AwsTarget } from '#lib/aws/clients.ts';
import type { NamesTarget } from '#lib/ownership/names.ts';
import type { DatabasePlan, EnvironmentPlan } from '#lib/run/environment.ts';

/** RDS answers with the tags; DocumentDB's shapes have none, and they are asked for by ARN. */
interface MaybeTagged {
  readonly TagList?: Tag[] | undefined;
}
export type DatabaseCluster = DBCluster & MaybeTagged;
export type DatabaseInstance = DBInstance & MaybeTagged;

/** What an observation asks, in either SDK package: no more, so that the bundle of what only looks holds no other call. */
export interface DatabaseReads {
  describeClusters(input: DescribeDBClustersMessage): Promise<{ DBClusters?: DatabaseCluster[] | undefined }>;
  instancePages(
    input: DescribeDBInstancesMessage,
  ): AsyncIterable<{ DBInstances?: DatabaseInstance[] | undefined }>;
  describeSubnetGroups(
    input: DescribeDBSubnetGroupsMessage,
  ): Promise<{ DBSubnetGroups?: DBSubnetGroup[] | undefined }>;
  parameterPages(
    input: DescribeDBClusterParametersMessage,
  ): AsyncIterable<{ Parameters?: Parameter[] | undefined }>;
  listTags(input: ListTagsForResourceMessage): Promise<{ TagList?: Tag[] | undefined }>;
}

/** What the shared steps call beside it. */
export interface DatabaseCalls extends DatabaseReads {
  describeParameterGroups(
    input: DescribeDBClusterParameterGroupsMessage,
  ): Promise<{ DBClusterParameterGroups?: DBClusterParameterGroup[] | undefined }>;
  createParameterGroup(input: CreateDBClusterParameterGroupMessage): Promise<unknown>;
  modifyParameterGroup(input: ModifyDBClusterParameterGroupMessage): Promise<unknown>;
  deleteParameterGroup(input: DeleteDBClusterParameterGroupMessage): Promise<unknown>;
  snapshotPages(
    input: DescribeDBClusterSnapshotsMessage,
  ): AsyncIterable<{ DBClusterSnapshots?: DBClusterSnapshot[] | undefined }>;
  createSnapshot(input: CreateDBClusterSnapshotMessage): Promise<unknown>;
  addTags(input: AddTagsToResourceMessage): Promise<unknown>;
  removeTags(input: RemoveTagsFromResourceMessage): Promise<unknown>;
  createSubnetGroup(input: CreateDBSubnetGroupMessage): Promise<unknown>;
  createCluster(input: CreateDBClusterMessage): Promise<unknown>;
  restoreCluster(input: RestoreDBClusterFromSnapshotMessage): Promise<unknown>;
  createInstance(input: CreateDBInstanceMessage): Promise<unknown>;
  modifyCluster(input: ModifyDBClusterMessage): Promise<unknown>;
  modifyInstance(input: ModifyDBInstanceMessage): Promise<unknown>;
  startCluster(input: StartDBClusterMessage): Promise<unknown>;
  failoverCluster(input: {
    DBClusterIdentifier: string;
    TargetDBInstanceIdentifier: string;
  }): Promise<unknown>;
  deleteInstance(instance: DatabaseInstance): Promise<unknown>;
  deleteCluster(input: DeleteDBClusterMessage): Promise<unknown>;
  deleteSubnetGroup(input: DeleteDBSubnetGroupMessage): Promise<unknown>;
}

/** All but the calls: what a question to the account as a whole needs to know of the two. */
export interface DatabaseIdentity {
  /** The step's name, its subnet group of the plan, and the first part of its components. */
  readonly step: 'aurora' | 'documentdb';
  readonly title: 'Aurora' | 'DocumentDB';
  /** Tells its clusters and instances from the other service's: both answer for both. */
  readonly engine: string;
  readonly port: number;
  /** AWS's own default, which it does not answer with: never sent, never compared. */
  readonly defaultStorageType: string;
  readonly logExports: readonly string[];
  /** Of the log groups RDS exports to: `<prefix>/<cluster>/<type>`. */
  readonly logGroupPrefix: string;
  plan(environment: EnvironmentPlan): DatabasePlan;
  identifiers(environment: NamesTarget): {
    readonly cluster: string;
    readonly subnetGroup: string;
    readonly parameterGroups: readonly [string, string];
  };
}

export interface DatabaseService extends DatabaseIdentity {
  calls(target: AwsTarget): DatabaseCalls;
}
