/**
 * The statuses of resources that this program knows, by what they mean. AWS adds statuses without asking: one that
 * stands in no list is no reason to wait (a step would look until its deadline), so it fails by name.
 */
export interface StatusTable {
  /** As wished. */
  readonly good: readonly string[];
  /** Left by itself, for better or worse. */
  readonly transient: readonly string[];
  /** Never left by itself; the step says what to do about each. */
  readonly failed: readonly string[];
  /** Where the list comes from. */
  readonly source: string;
}

/**
 * A database cluster or instance of Aurora and DocumentDB. Sources: "Viewing DB cluster status" and "Viewing DB
 * instance status" of the Aurora and RDS user guides, "Monitoring an Amazon DocumentDB cluster's status", and the
 * constants of aws-controllers-k8s/rds-controller (from the source of RDS) and terraform-provider-aws.
 */
export const databaseStatuses = {
  good: ['available', 'storage-optimization'],
  transient: [
    'backing-up',
    'backtracking',
    'cloning',
    'configuring-activity-stream',
    'configuring-associated-roles',
    'configuring-enhanced-monitoring',
    'configuring-iam-database-auth',
    'configuring-log-exports',
    'converting-to-vpc',
    'creating',
    'delete-precheck',
    'deleting',
    'failing-over',
    'maintenance',
    'migrating',
    'modifying',
    'moving-to-vpc',
    'preparing-data-migration',
    'promoting',
    'rebooting',
    'renaming',
    'resetting-master-credentials',
    'scaling-capacity',
    'scaling-compute',
    'scaling-storage',
    'starting',
    'stopping',
    'storage-config-upgrade',
    'storage-initialization',
    'update-iam-db-auth',
    'upgrading',
    'validating-configuration',
  ],
  failed: [
    'cloning-failed',
    'failed',
    'inaccessible-encryption-credentials',
    'inaccessible-encryption-credentials-recoverable',
    'incompatible-create',
    'incompatible-credentials',
    'incompatible-network',
    'incompatible-option-group',
    'incompatible-parameters',
    'incompatible-restore',
    'insufficient-capacity',
    'insufficient-resource-limits',
    'migration-failed',
    'restore-error',
    'restore-failed',
    'stopped',
    'storage-failure',
    'storage-full',
    'unsupported-configuration',
    'upgrade-failed',
  ],
  source: 'AuroraUserGuide/accessing-monitoring.html, documentdb/monitoring_docdb-cluster_status.html',
} as const satisfies StatusTable;

export const replicationGroupStatuses = {
  good: ['available'],
  transient: ['creating', 'modifying', 'snapshotting', 'deleting'],
  failed: ['create-failed'],
  source: 'AmazonElastiCache/latest/APIReference/API_ReplicationGroup.html',
} as const satisfies StatusTable;

/** Of a user and of a user group of the cache. */
export const cacheUserStatuses = {
  good: ['active'],
  transient: ['creating', 'modifying', 'deleting'],
  failed: [],
  source: 'AmazonElastiCache/latest/APIReference/API_User.html, API_UserGroup.html',
} as const satisfies StatusTable;

/** Of a file system and of a mount target. */
export const fileSystemStates = {
  good: ['available'],
  transient: ['creating', 'updating', 'deleting', 'deleted'],
  failed: ['error'],
  source: 'efs/latest/ug/API_FileSystemDescription.html, API_MountTargetDescription.html',
} as const satisfies StatusTable;

export const natGatewayStates = {
  good: ['available'],
  transient: ['pending', 'deleting', 'deleted'],
  failed: ['failed'],
  source: 'AWSEC2/latest/APIReference/API_NatGateway.html',
} as const satisfies StatusTable;

/** `initiating` is deprecated, and still in the list. */
export const transitGatewayAttachmentStates = {
  good: ['available'],
  transient: [
    'initiating',
    'initiatingRequest',
    'pendingAcceptance',
    'pending',
    'modifying',
    'rollingBack',
    'deleting',
  ],
  failed: ['deleted', 'rejecting', 'rejected', 'failing', 'failed'],
  source: 'AWSEC2/latest/APIReference/API_TransitGatewayVpcAttachment.html',
} as const satisfies StatusTable;

export const vpcStates = {
  good: ['available'],
  transient: ['pending'],
  failed: [],
  source: 'AWSEC2/latest/APIReference/API_Vpc.html',
} as const satisfies StatusTable;
