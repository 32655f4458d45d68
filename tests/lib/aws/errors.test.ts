import { describe, expect, it } from 'vitest';
import { errorTable } from '#lib/aws/error-table.ts';
import {
  adviceOf,
  boundOf,
  canonicalCode,
  classify,
  type ErrorClass,
  rowOf,
  sentenceOf,
  tolerating,
} from '#lib/aws/errors.ts';

function awsError(operation: string, name: string, message = '', more: object = {}): Error {
  return Object.assign(new Error(message), { name, operation, $metadata: {}, ...more });
}

describe('canonicalCode', () => {
  it('reads the wire code where the SDK keeps it, and drops Fault and Exception', () => {
    expect(
      canonicalCode(awsError('rds:X', 'DBInstanceNotFoundFault', '', { Code: 'DBInstanceNotFound' })),
    ).toBe('DBInstanceNotFound');
    expect(canonicalCode(awsError('eks:X', 'ResourceInUseException'))).toBe('ResourceInUse');
    expect(canonicalCode(awsError('ec2:X', 'InvalidVpcID.NotFound'))).toBe('InvalidVpcID.NotFound');
  });

  it("is Node.js's code where AWS never answered", () => {
    const error = awsError('sts:X', 'Error', 'getaddrinfo ENOTFOUND sts.eu-central-9.x', {
      code: 'ENOTFOUND',
    });
    expect(canonicalCode(error)).toBe('ENOTFOUND');
  });
});

describe('classify', () => {
  const cases: [string, string, string, ErrorClass][] = [
    ['ec2:CreateSubnet', 'InvalidVpcID.NotFound', '', 'pending'],
    ['ec2:DeleteSubnet', 'InvalidSubnetID.NotFound', '', 'gone'],
    ['eks:DescribeCluster', 'ResourceNotFoundException', '', 'gone'],
    ['iam:GetRole', 'NoSuchEntityException', '', 'gone'],
    ['ec2:CreateRoute', 'RouteAlreadyExists', '', 'exists'],
    ['eks:CreateCluster', 'ResourceInUseException', 'Cluster already exists with name: x', 'exists'],
    ['eks:DeleteCluster', 'ResourceInUseException', 'Cluster has nodegroups attached', 'pending'],
    ['eks:CreateNodegroup', 'ResourceInUseException', 'in progress', 'pending'],
    ['rds:CreateDBCluster', 'DBClusterAlreadyExistsFault', '', 'exists'],
    ['rds:DeleteDBInstance', 'InvalidDBInstanceStateFault', 'Instance x is already being deleted.', 'gone'],
    ['rds:DeleteDBCluster', 'InvalidDBClusterStateFault', 'Cluster cannot be deleted', 'pending'],
    ['ec2:DeleteVpc', 'DependencyViolation', '', 'pending'],
    ['ec2:DetachInternetGateway', 'Gateway.NotAttached', '', 'gone'],
    ['ec2:CreateNatGateway', 'Gateway.NotAttached', '', 'pending'],
    ['ec2:ReleaseAddress', 'AuthFailure', '', 'pending'],
    ['ec2:CreateVpc', 'AuthFailure', '', 'access'],
    ['ec2:CreateVpc', 'VpcLimitExceeded', '', 'quota'],
    ['ec2:CreateVpcEndpoint', 'RequestLimitExceeded', '', 'throttled'],
    ['ec2:CreateVpcEndpoint', 'QueuedError', 'the queue at the rate of …', 'throttled'],
    ['rds:CreateDBCluster', 'DBClusterQuotaExceededFault', '', 'quota'],
    ['elasticache:CreateReplicationGroup', 'NodeQuotaForCustomerExceededFault', '', 'quota'],
    ['eks:CreateCluster', 'ResourceLimitExceededException', '', 'quota'],
    ['iam:CreateRole', 'LimitExceededException', '', 'quota'],
    ['ec2:CreateVpc', 'UnauthorizedOperation', '', 'access'],
    ['rds:CreateDBInstance', 'InsufficientDBInstanceCapacityFault', '', 'capacity'],
    [
      'eks:CreateCluster',
      'InvalidParameterException',
      'Role with arn: x, could not be assumed because the trusted entity is not correct',
      'pending',
    ],
    ['eks:CreateCluster', 'InvalidParameterException', 'The provided role does not exist', 'pending'],
    ['eks:CreateCluster', 'InvalidParameterException', 'unsupported Kubernetes version', 'configuration'],
    [
      'rds:CreateDBCluster',
      'InvalidParameterValue',
      'Unable to create the resource. Verify that you have permission to create service linked role. Otherwise wait and try again later.',
      'pending',
    ],
    ['rds:CreateDBSubnetGroup', 'DBSubnetGroupDoesNotCoverEnoughAZs', '', 'configuration'],
    ['efs:CreateMountTarget', 'NoFreeAddressesInSubnet', '', 'configuration'],
    ['eks:DeleteCluster', 'ClientException', 'No cluster found for name: x', 'gone'],
    ['ec2:CreateVpc', 'SomethingNobodyHasSeen', '', 'unknown'],
    ['ec2:CreateVpc', 'ThrottlingException', '', 'throttled'],
    ['eks:CreateCluster', 'ClientException', 'Rate exceeded', 'throttled'],
    ['efs:UpdateFileSystem', 'TooManyRequests', '', 'configuration'],
    ['ec2:CreateVpc', 'RequestTimeTooSkewed', '', 'transient'],
    ['ec2:DeleteVpc', 'DependencyViolation', 'The vpc has dependencies and cannot be deleted.', 'pending'],
    // D3: EKS calls with the caller's permissions.
    [
      'eks:CreateNodegroup',
      'InvalidRequestException',
      "Failed to validate if SLR: AWSServiceRoleForAmazonEKSNodegroup already exists due to missing permissions for 'iam:GetRole'",
      'access',
    ],
    [
      'eks:CreateNodegroup',
      'InvalidRequestException',
      'You are not authorized to launch instances with this launch template. Encoded authorization failure message: x',
      'access',
    ],
    // D13, D2, N14: what was made a moment ago.
    [
      'eks:CreateAddon',
      'InvalidParameterException',
      'Trust policy of the role provided is invalid',
      'pending',
    ],
    ['eks:CreateAddon', 'InvalidParameterException', 'Addon is in CREATE_FAILED state', 'pending'],
    ['eks:CreateNodegroup', 'InvalidRequestException', 'Launch template lt-1 was not found', 'pending'],
    ['eks:CreateNodegroup', 'InvalidRequestException', 'Service linked role is being created', 'pending'],
    ['elasticache:CreateReplicationGroup', 'InvalidParameterValue', 'no SLR yet', 'pending'],
    ['iam:CreateOpenIDConnectProvider', 'OpenIdIdpCommunicationErrorException', '', 'pending'],
    ['iam:DeleteRole', 'ConcurrentModificationException', '', 'pending'],
    [
      'iam:DeleteRole',
      'DeleteConflictException',
      'Cannot delete entity, must detach all policies first.',
      'pending',
    ],
    ['iam:AttachRolePolicy', 'NoSuchEntityException', 'The role with name x cannot be found.', 'pending'],
    [
      'iam:AttachRolePolicy',
      'NoSuchEntityException',
      'Policy arn:aws:iam::aws:policy/X does not exist or is not attachable.',
      'configuration',
    ],
    [
      'ec2:CreateVpcEndpoint',
      'InvalidParameter',
      'Enabling private DNS requires both enableDnsSupport and …',
      'pending',
    ],
    ['ec2:CreateVpcEndpoint', 'InvalidParameter', 'anything else', 'configuration'],
    // N3, N5, N12, N13
    ['ec2:CreateNatGateway', 'InvalidSubnet', '', 'pending'],
    ['rds:CreateDBSubnetGroup', 'InvalidSubnet', '', 'pending'],
    ['ec2:ModifyVpcEndpoint', 'OperationInProgress', '', 'pending'],
    ['eks:UpdateClusterVersion', 'InvalidStateException', 'Upgrade readiness issues detected.', 'blocked'],
    [
      'ec2:CreateNatGateway',
      'NotAvailableInZone',
      'Nat Gateway is not available in this availability zone',
      'configuration',
    ],
    [
      'ec2:CreateNatGateway',
      'UnauthorizedOperation',
      'You are not authorized to perform this operation.',
      'pending',
    ],
    [
      'ec2:CreateNatGateway',
      'UnauthorizedOperation',
      'with an explicit deny in a service control policy',
      'access',
    ],
    ['ec2:DeleteNatGateway', 'UnauthorizedOperation', '', 'access'],
    ['ec2:DescribeVpcs', 'UnauthorizedOperation', '', 'access'],
    // Busy, in AWS's sentences.
    ['ec2:AssociateRouteTable', 'IncorrectState', '', 'pending'],
    ['ec2:ReleaseAddress', 'InvalidIPAddress.InUse', '', 'pending'],
    [
      'eks:DeleteAddon',
      'InvalidRequestException',
      'Addon x cannot be deleted as it is currently in CREATING state',
      'pending',
    ],
    ['rds:ModifyDBCluster', 'InvalidDBClusterStateFault', 'DbCluster x is in backing-up state', 'pending'],
    [
      'docdb:DeleteDBCluster',
      'InvalidDBClusterStateFault',
      "the database cluster isn't currently in the available state",
      'pending',
    ],
    [
      'rds:DeleteDBSubnetGroup',
      'InvalidDBSubnetGroupStateFault',
      'database instance: y is still using it.',
      'pending',
    ],
    [
      'elasticache:DeleteReplicationGroup',
      'InvalidReplicationGroupStateFault',
      'Replication group x has status modifying which is not valid for deletion.',
      'pending',
    ],
    [
      'elasticache:AddTagsToResource',
      'InvalidReplicationGroupStateFault',
      'Cluster not in available state to perform tagging operations.',
      'pending',
    ],
    [
      'elasticache:ModifyReplicationGroup',
      'InvalidReplicationGroupStateFault',
      'Replication group must be in available state to modify.',
      'pending',
    ],
    [
      'elasticache:DeleteCacheSubnetGroup',
      'CacheSubnetGroupInUse',
      'Cache subnet group x is currently in use by a cache cluster.',
      'pending',
    ],
    ['efs:DeleteFileSystem', 'FileSystemInUse', 'File system fs-1 has mount targets created.', 'pending'],
    ['efs:CreateMountTarget', 'IncorrectFileSystemLifeCycleState', '', 'pending'],
    // U4, B3: the same codes, of what stays.
    [
      'rds:DeleteDBCluster',
      'InvalidDBClusterStateFault',
      'This cluster is a part of a global cluster, please remove it from globalcluster first',
      'blocked',
    ],
    [
      'rds:DeleteDBInstance',
      'InvalidDBClusterStateFault',
      'Cannot delete the last instance of the master cluster. Delete the replica cluster before deleting the last master cluster instance.',
      'blocked',
    ],
    ['rds:DeleteDBCluster', 'InvalidDBClusterStateFault', 'Db cluster x is in stopped state', 'blocked'],
    ['rds:DeleteDBCluster', 'InvalidDBClusterSnapshotStateFault', 'The snapshot is shared', 'blocked'],
    [
      'elasticache:DeleteReplicationGroup',
      'InvalidReplicationGroupStateFault',
      'Replication group x is part of a global cluster',
      'blocked',
    ],
    [
      'efs:DeleteFileSystem',
      'BadRequest',
      "You cannot delete file system 'fs-1' because it is in a replication configuration",
      'blocked',
    ],
    ['rds:CreateDBCluster', 'KMSKeyNotAccessibleFault', '', 'blocked'],
    ['efs:CreateFileSystem', 'BadRequest', 'the KMS key is disabled', 'blocked'],
    [
      'rds:DeleteDBCluster',
      'InvalidParameterCombination',
      'Cannot delete protected Cluster, please disable deletion protection and try again.',
      'blocked',
    ],
    // Credentials (N8).
    ['sts:GetCallerIdentity', 'ExpiredToken', '', 'access'],
    ['eks:CreateCluster', 'AccessDeniedException', '', 'access'],
    ['sts:GetCallerIdentity', 'InvalidClientTokenId', '', 'access'],
    ['ec2:CreateVpc', 'PendingVerification', '', 'access'],
    ['ec2:CreateVpc', 'OptInRequired', '', 'access'],
    ['ec2:CreateVpc', 'Blocked', '', 'access'],
    ['eks:CreateCluster', 'UnsupportedAvailabilityZoneException', '', 'configuration'],
    ['rds:CreateDBCluster', 'ServiceUnavailable', '', 'transient'],
    [
      'elasticache:CreateReplicationGroup',
      'InvalidReplicationGroupStateFault',
      'a sentence nobody has seen',
      'pending',
    ],
  ];

  it.each(cases)('%s %s "%s" is %s', (operation, name, message, expected) => {
    expect(classify(awsError(operation, name, message))).toBe(expected);
  });

  it('takes 5xx and broken connections for transient', () => {
    expect(classify(awsError('ec2:CreateVpc', 'Whatever', '', { $metadata: { httpStatusCode: 503 } }))).toBe(
      'transient',
    );
    expect(classify(awsError('ec2:CreateVpc', 'TimeoutError'))).toBe('transient');
    expect(classify(awsError('ec2:CreateVpc', 'Error', '', { code: 'ECONNRESET' }))).toBe('transient');
  });

  it.each([
    'EAI_AGAIN',
    'ENOTFOUND',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'ECONNREFUSED',
    'ECONNABORTED',
    'EPIPE',
    'ETIMEDOUT',
    'EPROTO',
    'ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR',
    'UND_ERR_SOCKET',
  ])('takes %s of socket or resolver for transient (N2)', (code) => {
    expect(classify(awsError('ec2:CreateVpc', 'Error', code, { code }))).toBe('transient');
  });

  it('takes a connection that broke without a code for transient', () => {
    expect(classify(awsError('ec2:CreateVpc', 'Error', 'socket hang up'))).toBe('transient');
    const told = { $metadata: { httpStatusCode: 400 } };
    expect(classify(awsError('ec2:CreateVpc', 'Odd', 'socket hang up', told))).toBe('unknown');
  });

  it('has no row that none of these cases reaches', () => {
    const reached = new Set(
      cases.map(([operation, name, message]) => rowOf(awsError(operation, name, message))),
    );
    reached.add(rowOf(awsError('ec2:X', 'TimeoutError')));
    reached.add(rowOf(awsError('ec2:X', 'Error', '', { code: 'EAI_AGAIN' })));
    reached.add(rowOf(awsError('ec2:X', 'Error', '', { code: 'UND_ERR_SOCKET' })));
    reached.add(rowOf(awsError('ec2:X', 'Error', 'socket hang up')));
    reached.add(rowOf(awsError('ec2:X', 'Odd', '', { $metadata: { httpStatusCode: 500 } })));
    expect(errorTable.filter((row) => !reached.has(row)).map(({ when }) => when)).toEqual([]);
  });

  it('names a source in every row', () => {
    expect(errorTable.filter(({ source }) => source.length < 8)).toEqual([]);
  });
});

describe('what a refusal says and how long it is believed', () => {
  it('is the same at every look, though EC2 encodes it anew', () => {
    const refused = (blob: string) =>
      awsError('ec2:X', 'UnauthorizedOperation', `No. Encoded authorization failure message: ${blob}`);
    expect(sentenceOf(refused('abc'))).toBe(sentenceOf(refused('xyz')));
  });

  it('is bounded by its row, by minutes under a busy code with an unknown sentence, else by the step', () => {
    const busy = (message: string) => awsError('rds:DeleteDBCluster', 'InvalidDBClusterStateFault', message);
    expect(boundOf(busy('it is modifying'))).toBeUndefined();
    expect(boundOf(busy('for reasons of its own'))).toBe(300);
    expect(boundOf(awsError('ec2:CreateNatGateway', 'UnauthorizedOperation'))).toBe(60);
  });

  it.each([
    ['PendingVerification', 'verifying this account'],
    ['OptInRequired', 'not signed up'],
    ['Blocked', 'AWS Support'],
    ['InvalidClientTokenId', 'not enabled in this account'],
    ['NotAvailableInZone', 'name other zones'],
    ['UnauthorizedOperation', 'allow this action to the role'],
  ])('%s has advice of its own', (code, advice) => {
    expect(adviceOf(awsError('ec2:CreateNatGateway', code))).toContain(advice);
  });
});

describe('tolerating', () => {
  it('takes the named classes as an answer and throws every other error', async () => {
    const refuse = (name: string) => () => Promise.reject(awsError('ec2:DeleteVpc', name));
    await expect(tolerating(['gone'], refuse('InvalidVpcID.NotFound'))).resolves.toBeUndefined();
    await expect(tolerating(['gone'], refuse('DependencyViolation'))).rejects.toThrow();
    await expect(
      tolerating(['gone', 'unknown'], () => Promise.reject(new TypeError('a bug'))),
    ).rejects.toThrow('a bug');
  });
});
