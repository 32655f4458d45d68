/**
 * Answers of AWS that mean "not yet", by the operation that gives them, in AWS's words and for as long as they last.
 * A run that meets one of them has to wait, and then to end as if nothing had been: it is never taken back for it.
 */
import { AwsFault } from '#embedded/model.ts';

interface NotYet {
  readonly on: RegExp;
  readonly name: string;
  readonly message: string;
  readonly wireCode?: string;
  readonly status?: number;
  /** 0: for this one call only. */
  readonly seconds: number;
}

const answers: readonly NotYet[] = [
  {
    on: /^ec2:(CreateSubnet|CreateNatGateway|CreateRouteTable|CreateRoute|CreateVpcEndpoint|CreateTags|AttachInternetGateway|AssociateRouteTable|AuthorizeSecurityGroupIngress|ModifyVpcAttribute|ModifySubnetAttribute)$/,
    name: 'UnauthorizedOperation',
    message:
      'You are not authorized to perform this operation. Encoded authorization failure message: put-in-by-the-sweep',
    status: 403,
    seconds: 0,
  },
  {
    on: /^ec2:CreateNatGateway$/,
    name: 'InvalidSubnet',
    message: 'The subnet is not visible yet',
    seconds: 60,
  },
  {
    on: /^ec2:(CreateVpcEndpoint|ModifyVpcEndpoint)$/,
    name: 'OperationInProgress',
    message: 'The operation is already in progress for this endpoint',
    seconds: 60,
  },
  {
    on: /^ec2:CreateVpcEndpoint$/,
    name: 'InvalidParameter',
    message:
      'Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true',
    seconds: 30,
  },
  {
    on: /^(eks:CreateNodegroup)$/,
    name: 'InvalidRequestException',
    message: 'The service-linked role is being created, try again',
    seconds: 100,
  },
  {
    on: /^eks:CreateAddon$/,
    name: 'InvalidParameterException',
    message: 'Trust policy of the role provided is invalid',
    seconds: 100,
  },
  {
    on: /^eks:Create(Cluster|Nodegroup)$/,
    name: 'InvalidParameterException',
    message: 'The provided role does not exist',
    seconds: 100,
  },
  {
    on: /^eks:DeleteCluster$/,
    name: 'ResourceInUseException',
    message: 'Cannot delete because the cluster currently has an update in progress',
    status: 409,
    seconds: 100,
  },
  {
    on: /^iam:CreateOpenIDConnectProvider$/,
    name: 'OpenIdIdpCommunicationErrorException',
    wireCode: 'OpenIdIdpCommunicationError',
    message: 'The issuer could not be reached',
    seconds: 100,
  },
  {
    on: /^iam:AttachRolePolicy$/,
    name: 'NoSuchEntityException',
    wireCode: 'NoSuchEntity',
    message: 'The role with this name cannot be found.',
    status: 404,
    seconds: 30,
  },
  {
    on: /^iam:DeleteRole$/,
    name: 'DeleteConflictException',
    wireCode: 'DeleteConflict',
    message: 'Cannot delete entity, must remove roles from instance profile first.',
    status: 409,
    seconds: 100,
  },
  {
    on: /^(rds|docdb):CreateDBCluster$/,
    name: 'InvalidParameterValue',
    message:
      'Unable to create the resource. Verify that you have permission to create service linked role. Otherwise wait and try again later.',
    seconds: 100,
  },
  {
    on: /^(rds|docdb):CreateDBSubnetGroup$|^elasticache:CreateCacheSubnetGroup$/,
    name: 'InvalidSubnet',
    message: 'The requested subnet is invalid',
    seconds: 60,
  },
  {
    on: /^(rds|docdb):(CreateDBInstance|CreateDBClusterSnapshot|ModifyDBCluster|DeleteDBCluster|DeleteDBInstance)$/,
    name: 'InvalidDBClusterStateFault',
    message: 'The database cluster is in backing-up state',
    seconds: 100,
  },
  {
    on: /^(rds|docdb):(CreateDBInstance|DeleteDBCluster)$/,
    name: 'InvalidDBClusterStateFault',
    message: 'The database cluster has something else to do',
    seconds: 100,
  },
  {
    on: /^elasticache:CreateReplicationGroup$/,
    name: 'InvalidParameterValueException',
    wireCode: 'InvalidParameterValue',
    message: 'The service linked role does not exist yet; it is being created',
    seconds: 100,
  },
  {
    on: /^elasticache:(Delete|Modify)ReplicationGroup$/,
    name: 'InvalidReplicationGroupStateFault',
    wireCode: 'InvalidReplicationGroupState',
    message: 'Replication group has status snapshotting which is not valid for deletion.',
    seconds: 100,
  },
  {
    on: /^efs:CreateMountTarget$/,
    name: 'IncorrectFileSystemLifeCycleState',
    message: 'The file system is being updated',
    status: 409,
    seconds: 60,
  },
  {
    on: /^efs:DeleteFileSystem$/,
    name: 'FileSystemInUse',
    message: 'The file system has mount targets created.',
    status: 409,
    seconds: 60,
  },
  {
    on: /^ec2:(DeleteSubnet|DeleteSecurityGroup|DeleteVpc|DeleteRouteTable|DetachInternetGateway)$/,
    name: 'DependencyViolation',
    message: 'It has dependencies and cannot be deleted.',
    seconds: 60,
  },
];

export function hasNotYet(operation: string): boolean {
  return answers.some(({ on }) => on.test(operation));
}

/** One of the answers this operation gives; `choice` picks among several. */
export function notYet(operation: string, choice: number): { fault: AwsFault; seconds: number } {
  const possible = answers.filter(({ on }) => on.test(operation));
  const { name, message, wireCode, status = 400, seconds } = possible[choice % possible.length] as NotYet;
  return { fault: new AwsFault(name, message, { status, ...(wireCode ? { wireCode } : {}) }), seconds };
}
