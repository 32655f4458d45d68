import { describe, expect, it } from 'vitest';
import { canonicalCode, classify, type ErrorClass, tolerating } from '#lib/errors.ts';

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
