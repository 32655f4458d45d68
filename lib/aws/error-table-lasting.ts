/** The rows of the error table that no repetition changes: access, what stands in the way, quota, capacity, configuration. */
import type { ErrorRow } from './error-row.ts';

const ec2Errors = 'AWSEC2/latest/APIReference/errors-overview.html';
const terraform = 'hashicorp/terraform-provider-aws';

/** Asked early: a refusal of permission wears the codes of other refusals. */
export const accessRows: readonly ErrorRow[] = [
  {
    means: 'access',
    codes: ['InvalidRequest', 'InvalidParameter*', 'Client'],
    text: /not authorized|missing permissions|encoded authorization failure/i,
    when: 'EKS met it when it called another service with our permissions',
    source: 'terraform-aws-modules/terraform-aws-eks#823, #2018; aws-samples/terraform-eks-code#13',
  },
  {
    means: 'access',
    codes: ['UnauthorizedOperation'],
    text: /explicit deny/i,
    when: 'no waiting changes a deny',
    source: 'IAM/latest/UserGuide/troubleshoot_access-denied.html',
  },
  {
    means: 'access',
    codes: ['PendingVerification'],
    advice:
      'AWS is still verifying this account, which takes minutes as a rule and up to four hours: run again then, and ask AWS Support if it lasts',
    when: 'a new account',
    source: ec2Errors,
  },
  {
    means: 'access',
    codes: ['OptInRequired', 'RegionDisabled'],
    advice:
      'this account is not signed up for the service, or the region is not enabled in it: enable it in the account settings (a new account takes up to 24 hours), then run again',
    when: 'a new account, or a region that is off',
    source: ec2Errors,
  },
  {
    means: 'access',
    codes: ['Blocked'],
    advice: 'AWS has blocked this account: only AWS Support can end that',
    when: 'an account in arrears or under suspicion',
    source: ec2Errors,
  },
  {
    means: 'access',
    codes: ['InvalidClientTokenId', 'UnrecognizedClient'],
    advice:
      'the region is not enabled in this account (enable it in the account settings), or these credentials are of another partition or do not exist any more; then run again',
    when: 'credentials that this region does not know',
    source: `${ec2Errors}; accounts/latest/reference/manage-acct-regions.html`,
  },
  {
    means: 'access',
    codes: ['ExpiredToken*', 'CredentialsProviderError', 'TokenRefreshRequired'],
    advice: 'get new credentials, then run again',
    when: 'credentials that have run out',
    source: 'STS/latest/APIReference/CommonErrors.html',
  },
  {
    means: 'access',
    codes: [
      'AccessDenied*',
      'SignatureDoesNotMatch',
      'InvalidSignature',
      'IncompleteSignature',
      'MissingAuthenticationToken',
      'NotAuthorized',
    ],
    when: 'a permission is missing, or the credentials are wrong',
    source: ec2Errors,
  },
];

/** Sentences under the codes of busy services, of things that stay until somebody ends them. */
export const blockedRows: readonly ErrorRow[] = [
  {
    means: 'blocked',
    codes: ['InvalidDBClusterState', 'InvalidGlobalClusterState'],
    text: /global ?cluster/i,
    advice: 'take the cluster out of its global cluster (RemoveFromGlobalCluster), then run again',
    when: 'a member of a global cluster',
    source: `${terraform}#8186, #26236, gruntwork-io/cloud-nuke#597`,
  },
  {
    means: 'blocked',
    codes: ['InvalidDBClusterState', 'InvalidDBInstanceState'],
    text: /replica cluster|read replica/i,
    advice: 'delete or promote its read replicas (they may be in another region), then run again',
    when: 'the source of read replicas',
    source: 'rebuy-de/aws-nuke#570, awslabs/amazon-documentdb-tools#126',
  },
  {
    means: 'blocked',
    codes: ['InvalidDBClusterState', 'InvalidDBInstanceState'],
    text: /\bstopped\b(?! state but)|in stopped state/i,
    advice: 'start it, then run again',
    when: 'stopped, until somebody starts it',
    source: `${terraform}#28262, rebuy-de/aws-nuke#967`,
  },
  {
    means: 'blocked',
    codes: ['InvalidDBClusterSnapshotState', 'InvalidDBSnapshotState', 'InvalidSnapshotState'],
    text: /shared/i,
    advice: 'end the sharing of the snapshot, then run again',
    when: 'a snapshot that other accounts hold',
    source: 'AmazonRDS/latest/UserGuide/USER_ShareSnapshot.html',
  },
  {
    means: 'blocked',
    codes: ['InvalidReplicationGroupState', 'InvalidCacheClusterState', 'InvalidParameterValue'],
    text: /global (cluster|datastore|replication group)(?! is not in a valid state)/i,
    advice:
      'take the replication group out of its global datastore (DisassociateGlobalReplicationGroup), then run again',
    when: 'a member of a global datastore',
    source: 'AmazonElastiCache/latest/dg/Redis-Global-Datastore.html; grucloud/grucloud ElastiCache provider',
  },
  {
    means: 'blocked',
    // Of a read, `ReplicationNotFound` is good news.
    on: ['efs:Delete*'],
    text: /replication/i,
    advice: 'delete the replication configuration of the file system, then run again',
    when: 'a file system that is replicated',
    source: 'pulumi/pulumi-aws-native#2682; efs/latest/ug/API_DeleteFileSystem.html',
  },
  {
    means: 'blocked',
    codes: [
      'KMSKeyNotAccessible',
      'InvalidKMSKey',
      'KmsKeyNotFound',
      'KMS*',
      'DisabledException',
      'Disabled',
    ],
    advice:
      'enable the encryption key again (or cancel its deletion) and give AWS access to it, then run again',
    when: 'a key that is disabled, pending deletion or forbidden',
    source: 'AmazonRDS/latest/AuroraUserGuide/Overview.Encryption.html',
  },
  {
    means: 'blocked',
    text: /inaccessible-encryption-credentials|\bKMS\b.*(disabled|pending deletion|not (accessible|enabled))/is,
    advice:
      'enable the encryption key again (or cancel its deletion) and give AWS access to it, then run again',
    when: 'the same, under another code',
    source: 'AmazonRDS/latest/AuroraUserGuide/Overview.Encryption.html',
  },
  {
    means: 'blocked',
    text: /deletion protection|delete protected/i,
    advice: 'provision the environment with deletionProtection false, then run again',
    when: 'protected from deletion',
    source:
      'AmazonRDS/latest/APIReference/API_DeleteDBCluster.html; eks/latest/userguide/deletion-protection.html',
  },
  {
    means: 'configuration',
    codes: ['NoSuchEntity'],
    on: ['iam:AttachRolePolicy'],
    text: /policy .*(does not exist|not attachable)/i,
    advice:
      'this managed policy does not exist in this partition (or any more): name it in an issue of this service',
    when: 'a managed policy that AWS does not have, not a role that is not seen yet',
    source: 'IAM/latest/APIReference/API_AttachRolePolicy.html',
  },
];

/** Asked after everything that may pass. */
export const lastingRows: readonly ErrorRow[] = [
  {
    means: 'access',
    codes: ['UnauthorizedOperation', 'AuthFailure'],
    when: 'a permission is missing, or the credentials are wrong',
    source: ec2Errors,
  },
  {
    means: 'capacity',
    codes: ['Insufficient*Capacity*', 'StorageTypeNotAvailable', 'ProvisionedIopsNotAvailableInAZ'],
    when: 'AWS has no hardware',
    source: ec2Errors,
  },
  {
    means: 'quota',
    codes: [
      '*LimitExceeded',
      '*QuotaExceeded',
      '*QuotaForCustomerExceeded',
      '*QuotaForClusterExceeded',
      '*QuotaPerResourceExceeded',
      '*PerReplicationGroupQuotaExceeded',
    ],
    when: 'no more of these',
    source: `${ec2Errors}; aws-facts 0.5`,
  },
  {
    means: 'transient',
    status: (status) => status !== undefined && status >= 500,
    when: 'AWS failed',
    source: '@smithy/core (TRANSIENT_ERROR_STATUS_CODES)',
  },
  {
    means: 'blocked',
    codes: ['InvalidState'],
    on: ['eks:UpdateClusterVersion'],
    advice:
      'look at Upgrade insights of the cluster in the EKS console and do what those in ERROR say, then run again',
    when: 'EKS Insights has found something since the run was accepted',
    source: `${terraform}#42031`,
  },
  {
    means: 'configuration',
    codes: ['NotAvailableInZone'],
    advice:
      'this zone has no NAT gateways (such as apne1-az3): name other zones in the request (zones), then run again',
    when: 'a zone without NAT gateways',
    source: 'sysdiglabs/terraform-aws-secure-for-cloud#52, aws-ia/terraform-aws-eks-blueprints#1095',
  },
  {
    means: 'configuration',
    codes: ['UnsupportedAvailabilityZone', 'AvailabilityZonesMismatch'],
    advice: 'name other zones in the request (zones), then run again',
    when: 'a zone the service is not in',
    source: 'eks/latest/APIReference (UnsupportedAvailabilityZoneException)',
  },
  {
    means: 'configuration',
    codes: ['NoFreeAddressesInSubnet', 'InsufficientFreeAddressesInSubnet'],
    advice: 'free addresses in the subnet it names, then run again',
    when: 'a full subnet',
    source: 'efs/latest/ug/API_CreateMountTarget.html',
  },
  {
    means: 'configuration',
    codes: [
      'InvalidParameter*',
      'InvalidServiceName*',
      'InvalidVpc.Range*',
      'InvalidSubnet',
      'InvalidSubnet.Range*',
      'IdempotentParameterMismatch*',
      'DBSubnetGroupDoesNotCoverEnoughAZs*',
      'Malformed*',
      'Validation*',
      'InvalidInput*',
      'BadRequest*',
      'InvalidRequest*',
      'MissingParameter*',
      'UnknownParameter*',
      'Unsupported*',
      'StorageTypeNotSupported*',
      'InvalidVPCNetworkState*',
      'CannotDelete*',
      'InvalidRoute',
      'PolicyNotAttachable',
      'SubnetNotAllowed',
    ],
    when: 'the request cannot be carried out so',
    source: 'aws-facts 0.5; aws-controllers-k8s generator.yaml (terminal codes)',
  },
];
