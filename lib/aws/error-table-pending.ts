/** The rows of the error table that mean "not yet". */
import type { ErrorRow } from './error-row.ts';
import { databaseStatuses, replicationGroupStatuses } from './statuses.ts';

const terraform = 'hashicorp/terraform-provider-aws';
/** TF's own: five minutes in EC2, two in IAM, three from IAM to EKS. */
const ec2Seconds = 300;
const iamSeconds = 120;
const propagationSeconds = 180;
/** Of a busy code with a sentence nobody here has seen. */
const busySeconds = 300;

const anyOf = (words: readonly string[]): string => words.join('|');

type Given = Omit<ErrorRow, 'means'>;
const pending = (rows: readonly Given[]): ErrorRow[] => rows.map((row) => ({ means: 'pending', ...row }));

/** Made a moment ago, and what is asked does not see it yet. */
const unseen = pending([
  {
    codes: ['UnauthorizedOperation'],
    on: [
      'ec2:Modify*',
      'ec2:Attach*',
      'ec2:Associate*',
      'ec2:Authorize*',
      'ec2:Replace*',
      'ec2:CreateSubnet',
      'ec2:CreateNatGateway',
      'ec2:CreateRoute*',
      'ec2:CreateVpcEndpoint',
      'ec2:CreateSecurityGroup',
      'ec2:CreateTags',
      'ec2:CreateFlowLogs',
      'ec2:CreateTransitGatewayVpcAttachment',
    ],
    withinSeconds: 60,
    advice:
      'allow this action to the role of the step (a service control policy or boundary may also deny it), then run again',
    when: 'the action is allowed by the tag of something made in the same breath, and the tag is not seen yet',
    source: 'AWSEC2/latest/APIReference/errors-overview.html (eventual consistency)',
  },
  {
    codes: ['InvalidSubnet', 'InvalidSubnetID.NotFound', 'InvalidSubnetId.NotFound'],
    on: ['ec2:Create*', 'ec2:Modify*', 'ec2:Associate*', 'ec2:Replace*'],
    withinSeconds: ec2Seconds,
    when: 'a subnet made seconds ago',
    source: 'cluster-api-provider-aws awserrors (InvalidSubnet); openshift/hypershift#711, #1034',
  },
  {
    codes: ['InvalidSubnet'],
    on: ['rds:Create*', 'docdb:Create*', 'elasticache:Create*'],
    withinSeconds: iamSeconds,
    advice:
      'look at the subnets it names: they must be in one VPC and over two zones at least; then run again',
    when: 'a subnet made seconds ago',
    source: 'AmazonRDS/latest/APIReference/API_CreateDBSubnetGroup.html (InvalidSubnet)',
  },
  {
    codes: ['InvalidParameter', 'InvalidParameterValue'],
    on: ['ec2:CreateVpcEndpoint', 'ec2:ModifyVpcEndpoint'],
    text: /Enabling private DNS requires both/i,
    withinSeconds: 60,
    when: "the VPC's DNS attributes were set a moment ago",
    source: 'guardduty/latest/ug/troubleshooting-guardduty-runtime-monitoring.html (the same sentence)',
  },
  {
    codes: ['NoSuchEntity'],
    on: ['iam:*'],
    intent: 'create',
    withinSeconds: iamSeconds,
    when: 'a role made seconds ago',
    source: `${terraform} internal/service/iam (propagationTimeout, 2 minutes)`,
  },
  {
    codes: ['*NotFound', 'NatGatewayNotFound'],
    intent: 'create',
    withinSeconds: ec2Seconds,
    when: 'something made seconds ago that the call names',
    source: `${terraform} internal/service/ec2 (ec2PropagationTimeout, 5 minutes)`,
  },
]);

/** IAM is slow to reach EKS, RDS, ElastiCache and itself. */
const propagation = pending([
  {
    codes: ['InvalidParameter*'],
    on: ['eks:*'],
    text: /Error in role params|could not be assumed because the trusted entity|doesn't have the Amazon EKS Managed Policies|IAM role's policy must include|role.*does not exist|(nodeRole|roleArn).*not/i,
    withinSeconds: propagationSeconds,
    when: 'a role, its trust or its policies made seconds ago have not reached EKS',
    source: `${terraform} internal/service/eks/cluster.go, node_group.go`,
  },
  {
    codes: ['InvalidParameter*'],
    on: ['eks:CreateAddon', 'eks:UpdateAddon', 'eks:*PodIdentityAssociation'],
    text: /Trust policy of the role provided is invalid/i,
    withinSeconds: propagationSeconds,
    when: 'the same, of the role of a Pod Identity association',
    source: `${terraform}#41483, aws/aws-cdk#31522`,
  },
  {
    codes: ['InvalidParameter*'],
    on: ['eks:CreateAddon'],
    text: /CREATE_FAILED/,
    withinSeconds: propagationSeconds,
    when: 'the failed predecessor of an add-on is still leaving',
    source: `${terraform} internal/service/eks/addon.go`,
  },
  {
    codes: ['InvalidParameter*', 'InvalidRequest'],
    on: ['eks:*'],
    text: /launch ?template.*(not found|does not exist)/is,
    withinSeconds: propagationSeconds,
    when: 'a launch template made seconds ago has not reached EKS',
    source: `${terraform} internal/service/eks/node_group.go`,
  },
  {
    text: /service[- ]linked role|\bSLR\b/i,
    withinSeconds: propagationSeconds,
    when: 'the first resource of its kind in this account: AWS makes the service-linked role now',
    source:
      'AmazonRDS/latest/UserGuide/UsingWithRDS.IAM.ServiceLinkedRoles.html; terraform-aws-modules/terraform-aws-eks#823',
  },
  {
    codes: ['OpenIdIdpCommunicationError'],
    withinSeconds: propagationSeconds,
    when: "IAM could not reach the cluster's issuer just now",
    source: 'IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html (Errors)',
  },
  {
    codes: ['ConcurrentModification', 'EntityTemporarilyUnmodifiable'],
    withinSeconds: busySeconds,
    when: 'two changes of one entity at a time',
    source: `IAM/latest/APIReference; ${terraform} internal/service/iam`,
  },
  {
    codes: ['DeleteConflict'],
    text: /must (first )?(detach|delete|remove)/i,
    withinSeconds: 900,
    when: 'EKS has not let go of the instance profile of the role yet',
    source: 'IAM/latest/APIReference/API_DeleteRole.html (DeleteConflict)',
  },
]);

/** Busy with a change of its own, and the sentence says so. It lasts as long as the step may take. */
const busy = pending([
  {
    codes: ['DependencyViolation', 'InvalidGroup.InUse'],
    text: /depend|mapped public address|in use/i,
    when: 'what hangs on it is still leaving',
    source: `cluster-api-provider-aws, ${terraform} internal/service/ec2 (errCodeDependencyViolation)`,
  },
  {
    codes: ['OperationInProgress', 'IncorrectState', 'ConcurrentMutationLimitExceeded'],
    on: ['ec2:*'],
    when: 'an endpoint, gateway or group with a change of its own under way',
    source: `${terraform}#42875, #42884, #42698 (OperationInProgress); internal/service/ec2/errors.go`,
  },
  {
    codes: ['Gateway.NotAttached'],
    intent: 'create',
    when: 'the Internet Gateway is attached in a moment',
    source: `${terraform} internal/service/ec2/errors.go`,
  },
  {
    codes: ['InvalidIPAddress.InUse', 'ResourceNotReady'],
    when: 'a deleted NAT gateway still holds the address',
    source: 'kubernetes/kops pkg/resources/aws/errors.go; cluster-api-provider-aws awserrors',
  },
  {
    codes: ['AuthFailure'],
    on: ['ec2:*'],
    intent: 'delete',
    withinSeconds: 900,
    when: 'the same, of an address that is being released',
    source: 'kubernetes/kops pkg/resources/aws/errors.go; eformat/sno-for-100#9',
  },
  {
    codes: ['ResourceInUse', 'InvalidRequest'],
    on: ['eks:*'],
    text: /in progress|currently|nodegroups? attached|updating|creating|deleting|not (yet |in )?active/i,
    when: 'a cluster, node group or add-on with a change of its own under way, or node groups on their way out',
    source: `eks/latest/APIReference/API_DeleteCluster.html; ${terraform} internal/service/eks`,
  },
  {
    codes: ['InvalidDBClusterState', 'InvalidDBInstanceState'],
    text: new RegExp(`\\b(${anyOf(databaseStatuses.transient)})\\b`),
    when: 'a database with a change of its own under way, named in the sentence',
    source: databaseStatuses.source,
  },
  {
    codes: ['InvalidDBClusterState', 'InvalidDBInstanceState'],
    text: /(not|n't) currently in the available state|not currently available/i,
    withinSeconds: 1800,
    when: 'the same, where the sentence names no status: a backup may take that long',
    source: `${terraform}#39909, internal/service/rds/cluster.go`,
  },
  {
    codes: ['InvalidDBSubnetGroupState', 'InvalidDBParameterGroupState'],
    text: /still using it|still members|in use/i,
    when: 'the last instance has not let go of its subnet or parameter group',
    source: 'AmazonRDS/latest/APIReference/API_DeleteDBSubnetGroup.html',
  },
  {
    codes: ['InvalidReplicationGroupState', 'InvalidCacheClusterState'],
    text: new RegExp(`status (of )?'?(${anyOf(replicationGroupStatuses.transient)})\\b`),
    when: 'a replication group with a change of its own under way, named in the sentence',
    source: 'aws-controllers-k8s/community#948, crossplane-contrib/provider-aws#46',
  },
  {
    codes: ['InvalidReplicationGroupState', 'InvalidCacheClusterState'],
    on: [
      'elasticache:AddTagsToResource',
      'elasticache:RemoveTagsFromResource',
      'elasticache:ListTagsForResource',
    ],
    text: /not in available state to perform tagging/i,
    when: 'a replication group with a change of its own under way, of whatever length: AWS tells and sets its tags when it is available again',
    source: `${terraform}#33859, #44811; AmazonElastiCache/latest/APIReference/API_ListTagsForResource.html`,
  },
  {
    codes: ['InvalidReplicationGroupState', 'InvalidCacheClusterState', 'InvalidGlobalReplicationGroupState'],
    text: /must be in available state|not in a valid state/i,
    withinSeconds: 900,
    when: 'the same, where the sentence names no status',
    source: `crossplane-contrib/provider-aws#46; ${terraform} internal/service/elasticache (10 minutes)`,
  },
  {
    codes: ['CacheSubnetGroupInUse', 'DependencyViolation'],
    on: ['elasticache:*'],
    text: /currently in use/i,
    when: 'the last node has not let go of its subnet group',
    source: 'AmazonElastiCache/latest/APIReference/API_DeleteCacheSubnetGroup.html',
  },
  {
    codes: ['FileSystemInUse'],
    text: /mount targets?/i,
    when: 'the last mount target is still leaving',
    source: 'efs/latest/ug/API_DeleteFileSystem.html',
  },
  {
    codes: ['IncorrectFileSystemLifeCycleState', 'IncorrectMountTargetState', 'DependencyTimeout'],
    withinSeconds: 900,
    when: 'a file system or mount target with a change of its own under way',
    source: 'efs/latest/ug/API_CreateMountTarget.html',
  },
]);

/** Says "busy" in a sentence nobody here has seen: waited for, but not for long. */
const busyWithUnknownSentence = pending([
  {
    codes: [
      'DependencyViolation',
      'InvalidGroup.InUse',
      'OperationNotPermitted',
      'OperationInProgress',
      'OperationAborted',
      'IncorrectState',
      'ResourceInUse',
      'DeleteConflict',
      'InvalidDBClusterState',
      'InvalidDBInstanceState',
      'InvalidDBParameterGroupState',
      'InvalidDBSubnetGroupState',
      'InvalidReplicationGroupState',
      'InvalidCacheClusterState',
      'InvalidUserGroupState',
      'InvalidUserState',
      'CacheSubnetGroupInUse',
      'FileSystemInUse',
    ],
    withinSeconds: busySeconds,
    when: 'any other sentence of a busy service',
    source: 'the codes of the rows above',
  },
]);

/** Asked before what stays refused (quota, configuration): the same codes, with a sentence. */
export const pendingRows: readonly ErrorRow[] = [
  ...unseen.filter(({ codes }) => !codes?.some((code) => code.startsWith('*'))),
  ...propagation,
  ...busy,
  ...busyWithUnknownSentence,
];

/** Asked late: of any service, what is not found. */
export const notFoundYetRows: readonly ErrorRow[] = unseen.filter(({ codes }) =>
  codes?.some((code) => code.startsWith('*')),
);
