/**
 * Where the embedded AWS answers otherwise than moto, and the AWS page by which the embedded AWS is right. A
 * difference that is not here fails the suite, and so does one here that is none any more.
 */
import type { Difference } from './conformance/compare.ts';

export interface ListedDifference extends Difference {
  readonly reason: string;
  readonly page: string;
}

const ec2 = 'https://docs.aws.amazon.com/AWSEC2/latest/APIReference';
const vpc = 'https://docs.aws.amazon.com/vpc/latest';
const eks = 'https://docs.aws.amazon.com/eks/latest/APIReference';
const rds = 'https://docs.aws.amazon.com/AmazonRDS/latest/APIReference';
const elasticache = 'https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference';
const efs = 'https://docs.aws.amazon.com/efs/latest/ug';
const iam = 'https://docs.aws.amazon.com/IAM/latest/APIReference';

export const listedDifferences: readonly ListedDifference[] = [
  ...because(
    `${ec2}/API_DescribeAvailabilityZones.html`,
    'The account has opted into a Local Zone, which is then listed.',
    [['VPCs: zones', '4 AvailabilityZones', '3 AvailabilityZones']],
  ),
  ...because(`${ec2}/API_DescribeSubnets.html`, 'moto does not page subnets.', [
    ['subnets: first page', '5 Subnets', '7 Subnets'],
    ['subnets: second page', '2 Subnets', '7 Subnets'],
  ]),
  ...because(`${ec2}/API_AttachInternetGateway.html`, 'A VPC has one Internet Gateway.', [
    ['Internet Gateways: attach the second to the same VPC', 'InvalidParameterValue 400', 'accepted'],
  ]),
  ...because(`${ec2}/API_DeleteVpc.html`, 'A VPC goes only when all in it is gone or detached.', [
    ['Internet Gateways: delete the VPC while attached', 'DependencyViolation 400', 'accepted'],
  ]),
  ...because(
    `${ec2}/errors-overview.html`,
    'A route leads to a gateway that exists; EC2 names the gateway, not its kind.',
    [
      ['route tables: route to an unknown NAT gateway', 'InvalidNatGatewayID.NotFound 400', 'accepted'],
      [
        'route tables: route to an unknown gateway',
        'InvalidGatewayID.NotFound 400',
        'InvalidInternetGatewayID.NotFound 400',
      ],
    ],
  ),
  ...because(
    `${ec2}/errors-overview.html`,
    'A subnet has one route table; moto answers the old association and moves nothing.',
    [
      [
        'route tables: associate the same subnet with the second',
        'Resource.AlreadyAssociated 400',
        'accepted',
      ],
    ],
  ),
  ...because(`${vpc}/userguide/WorkWithRouteTables.html`, 'The main route table goes with its VPC only.', [
    ['route tables: delete the main one', 'DependencyViolation 400', 'accepted'],
  ]),
  ...because(
    `${ec2}/API_Address.html`,
    'Members of an association, which moto tells as empty strings where there is none.',
    [
      ['EC2:DescribeAddresses', 'does not', 'tells Addresses[].NetworkInterfaceId'],
      ['EC2:DescribeAddresses', 'does not', 'tells Addresses[].InstanceId'],
    ],
  ),
  ...because(
    'https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html',
    'moto ignores client tokens.',
    [['NAT gateways: create again with the same token', 'accepted', 'Resource.AlreadyAssociated 400']],
  ),
  ...because(
    `${vpc}/userguide/nat-gateway-troubleshooting.html`,
    'The call is accepted and the gateway ends as failed with Resource.AlreadyAssociated.',
    [['NAT gateways: create with an address in use', 'accepted', 'Resource.AlreadyAssociated 400']],
  ),
  ...because(
    `${ec2}/errors-overview.html`,
    'A gateway asked for by id exists; moto answers none, or crashes.',
    [
      ['NAT gateways: describe an unknown one', 'NatGatewayNotFound 400', 'accepted'],
      ['NAT gateways: delete an unknown one', 'NatGatewayNotFound 400', 'no answer 500'],
    ],
  ),
  ...because(
    `${ec2}/API_DetachInternetGateway.html`,
    'An Internet Gateway stays while the VPC has mapped public addresses.',
    [['NAT gateways: detach the gateway under it', 'DependencyViolation 400', 'accepted']],
  ),
  ...because(
    `${ec2}/API_DeleteSubnet.html`,
    'A subnet goes when its interfaces are gone; moto gives these none that hold it.',
    [
      ['NAT gateways: delete its subnet', 'DependencyViolation 400', 'accepted'],
      ['VPC endpoints: delete its subnet', 'DependencyViolation 400', 'accepted'],
    ],
  ),
  ...because(
    `${ec2}/API_ReleaseAddress.html`,
    'An associated address is released only after it is disassociated.',
    [['NAT gateways: release its address', 'InvalidIPAddress.InUse 400', 'accepted']],
  ),
  ...because(
    `${vpc}/privatelink/create-interface-endpoint.html`,
    'Private DNS needs DNS hostnames, and a name belongs to one endpoint of the VPC.',
    [
      ['VPC endpoints: private DNS without DNS hostnames', 'InvalidParameter 400', 'accepted'],
      ['VPC endpoints: a second one of the service with private DNS', 'InvalidParameter 400', 'accepted'],
    ],
  ),
  ...because(`${ec2}/errors-overview.html`, 'moto takes any service name.', [
    ['VPC endpoints: of an unknown service', 'InvalidServiceName 400', 'accepted'],
  ]),
  ...because(`${ec2}/errors-overview.html`, 'moto takes any group.', [
    ['VPC endpoints: with an unknown group', 'InvalidGroup.NotFound 400', 'accepted'],
  ]),
  ...because(`${ec2}/API_DeleteVpcEndpoints.html`, 'What could not be deleted is told as unsuccessful.', [
    ['VPC endpoints: delete an unknown one', '1 Unsuccessful', '0 Unsuccessful'],
  ]),
  ...because(
    `${vpc}/userguide/default-security-group.html`,
    'A default group admits everything from itself; moto gives it no ingress rule.',
    [['security groups: describe its rules', '2 SecurityGroupRules', '1 SecurityGroupRules']],
  ),
  ...because(`${ec2}/errors-overview.html`, 'moto takes any VPC for a group.', [
    ['security groups: create in an unknown VPC', 'InvalidVpcID.NotFound 400', 'accepted'],
  ]),
  ...because(`${ec2}/API_RevokeSecurityGroupIngress.html`, 'The answer tells what was revoked.', [
    ['security groups: revoke', '1 RevokedSecurityGroupRules', '0 RevokedSecurityGroupRules'],
  ]),
  ...because(`${ec2}/errors-overview.html`, 'A rule asked for by id is named by id in the refusal.', [
    [
      'security groups: revoke again',
      'InvalidSecurityGroupRuleId.NotFound 400',
      'InvalidPermission.NotFound 400',
    ],
  ]),
  ...because(
    `${ec2}/API_DeleteSecurityGroup.html`,
    'A group that is referred to stays, and so does the default one.',
    [
      ['security groups: delete while a rule refers to it', 'DependencyViolation 400', 'accepted'],
      ['security groups: delete the default one', 'CannotDelete 400', 'accepted'],
    ],
  ),
  ...because(`${ec2}/errors-overview.html`, 'A template asked for by id is named by id in the refusal.', [
    [
      'launch templates: delete again',
      'InvalidLaunchTemplateId.NotFound 400',
      'InvalidLaunchTemplateName.NotFoundException (InvalidLaunchTemplateName.NotFound) 400',
    ],
    [
      'launch templates: delete an unknown one',
      'InvalidLaunchTemplateId.NotFound 400',
      'InvalidLaunchTemplateName.NotFoundException (InvalidLaunchTemplateName.NotFound) 400',
    ],
  ]),
  ...because(`${iam}/API_CreateRole.html`, 'The trust policy is checked.', [
    [
      'IAM roles: create with a policy that is no JSON',
      'MalformedPolicyDocumentException (MalformedPolicyDocument) 400',
      'accepted',
    ],
  ]),
  ...because(
    `${iam}/API_CreateOpenIDConnectProvider.html`,
    'Tags are answered, and IAM fetches the thumbprint that is not given.',
    [
      ['OIDC providers: create', '1 Tags', '0 Tags'],
      ['OIDC providers: get', '1 ThumbprintList', '0 ThumbprintList'],
    ],
  ),
  ...because(
    'https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html',
    'AWS offers a list of retention periods.',
    [
      [
        'log groups: retention AWS does not offer',
        'InvalidParameterException (InvalidParameter) 400',
        'accepted',
      ],
    ],
  ),
  ...because(
    `${eks}/API_Cluster.html`,
    'A cluster that is being created has neither yet; moto creates at once.',
    [
      ['EKS:CreateCluster', 'does not', 'tells cluster.endpoint'],
      ['EKS:CreateCluster', 'does not', 'tells cluster.identity'],
    ],
  ),
  ...because(
    `${eks}/API_Cluster.html`,
    'Told only where it was given; moto tells null and an empty list. Handlers send the first and read neither.',
    [
      ['EKS:CreateCluster', 'does not', 'tells cluster.clientRequestToken'],
      ['EKS:CreateCluster', 'does not', 'tells cluster.encryptionConfig'],
      ['EKS:DescribeCluster', 'does not', 'tells cluster.clientRequestToken'],
      ['EKS:DescribeCluster', 'does not', 'tells cluster.encryptionConfig'],
      ['EKS:DeleteCluster', 'does not', 'tells cluster.clientRequestToken'],
      ['EKS:DeleteCluster', 'does not', 'tells cluster.encryptionConfig'],
    ],
  ),
  ...because(`${eks}/API_CreateCluster.html`, 'moto takes any subnets.', [
    [
      'EKS clusters: create in unknown subnets',
      'InvalidParameterException (InvalidParameter) 400',
      'accepted',
    ],
  ]),
  ...because(`${eks}/API_DescribeClusterVersions.html`, 'moto lacks it.', [
    ['EKS clusters: versions', 'accepted', 'no answer 404'],
  ]),
  ...because(`${eks}/API_CreateAddon.html`, 'moto lacks add-ons.', [
    ['EKS clusters: add-ons', 'accepted', 'no answer 404'],
    ['EKS clusters: create an add-on', 'accepted', 'no answer 404'],
    ['EKS clusters: describe an add-on', 'accepted', 'no answer 404'],
  ]),
  ...because(`${eks}/API_ListAccessEntries.html`, 'moto lacks access entries.', [
    ['EKS clusters: access entries', 'accepted', 'no answer 404'],
  ]),
  ...because(
    `${eks}/API_Nodegroup.html`,
    'A node group that is being created has no Auto Scaling group yet.',
    [['EKS:CreateNodegroup', 'does not', 'tells nodegroup.resources']],
  ),
  ...because(`${eks}/API_ListNodegroups.html`, 'moto crashes over an unknown cluster.', [
    [
      'EKS clusters: list nodes of an unknown cluster',
      'ResourceNotFoundException (ResourceNotFound) 404',
      'no answer 500',
    ],
  ]),
  ...because(
    `${rds}/API_CreateDBSubnetGroup.html`,
    'Two zones at the least, subnets that exist, and a name that is free; moto overwrites.',
    [
      ['Aurora: subnet group in one zone', 'DBSubnetGroupDoesNotCoverEnoughAZs 400', 'accepted'],
      ['Aurora: subnet group in unknown subnets', 'InvalidSubnet 400', 'InvalidSubnetID.NotFound 400'],
      [
        'Aurora: subnet group again',
        'DBSubnetGroupAlreadyExistsFault (DBSubnetGroupAlreadyExists) 400',
        'accepted',
      ],
    ],
  ),
  ...because(`${rds}/API_CreateDBCluster.html`, 'moto takes any subnet group.', [
    [
      'Aurora: create in an unknown subnet group',
      'DBSubnetGroupNotFoundFault (DBSubnetGroupNotFound) 404',
      'accepted',
    ],
  ]),
  ...because(
    `${rds}/API_CreateDBCluster.html`,
    'RDS does not tell the storage type aurora, only aurora-iopt1.',
    [
      ['RDS:CreateDBCluster', 'does not', 'tells DBCluster.StorageType'],
      ['RDS:DescribeDBClusters', 'does not', 'tells DBClusters[].StorageType'],
      ['RDS:ModifyDBCluster', 'does not', 'tells DBCluster.StorageType'],
      ['RDS:DeleteDBCluster', 'does not', 'tells DBCluster.StorageType'],
    ],
  ),
  ...because(`${rds}/API_DBCluster.html`, 'Of Multi-AZ DB clusters only, which Aurora is not.', [
    ['RDS:CreateDBCluster', 'does not', 'tells DBCluster.PubliclyAccessible'],
    ['RDS:CreateDBCluster', 'does not', 'tells DBCluster.AutoMinorVersionUpgrade'],
    ['RDS:DescribeDBClusters', 'does not', 'tells DBClusters[].PubliclyAccessible'],
    ['RDS:DescribeDBClusters', 'does not', 'tells DBClusters[].AutoMinorVersionUpgrade'],
    ['RDS:ModifyDBCluster', 'does not', 'tells DBCluster.PubliclyAccessible'],
    ['RDS:ModifyDBCluster', 'does not', 'tells DBCluster.AutoMinorVersionUpgrade'],
    ['RDS:DeleteDBCluster', 'does not', 'tells DBCluster.PubliclyAccessible'],
    ['RDS:DeleteDBCluster', 'does not', 'tells DBCluster.AutoMinorVersionUpgrade'],
  ]),
  ...because(`${rds}/API_DBInstance.html`, 'An instance that is being created has no endpoint yet.', [
    ['RDS:CreateDBInstance', 'does not', 'tells DBInstance.Endpoint'],
  ]),
  ...because(`${rds}/API_ModifyDBCluster.html`, 'moto crashes over an unknown cluster.', [
    ['Aurora: modify an unknown one', 'DBClusterNotFoundFault (DBClusterNotFound) 404', 'no answer 500'],
  ]),
  ...because(`${rds}/API_DeleteDBCluster.html`, 'A final snapshot is named, or skipped in so many words.', [
    ['Aurora: delete without a word about snapshots', 'InvalidParameterCombination 400', 'accepted'],
  ]),
  ...because(`${rds}/API_DeleteDBSubnetGroup.html`, 'A subnet group in use stays.', [
    [
      'Aurora: delete the subnet group in use',
      'InvalidDBSubnetGroupStateFault (InvalidDBSubnetGroupState) 400',
      'accepted',
    ],
  ]),
  ...because(`${rds}/API_DescribeDBEngineVersions.html`, 'moto lacks it.', [
    ['Aurora: engine versions', 'accepted', 'no answer 500'],
  ]),
  ...because(`${rds}/API_DescribeAccountAttributes.html`, 'moto lacks it.', [
    ['Aurora: account attributes', 'accepted', 'no answer 500'],
  ]),
  ...because(
    'https://docs.aws.amazon.com/documentdb/latest/developerguide/API_CreateDBCluster.html',
    'moto does not know the engine docdb.',
    [
      [
        'DocumentDB: create',
        'DBSubnetGroupNotFoundFault (DBSubnetGroupNotFound) 404',
        'InvalidParameterValue 400',
      ],
    ],
  ),
  ...because(`${elasticache}/API_CreateCacheSubnetGroup.html`, 'moto takes any subnets.', [
    ['ElastiCache: subnet group in unknown subnets', 'InvalidSubnet 400', 'accepted'],
  ]),
  ...because(`${elasticache}/API_CreateReplicationGroup.html`, 'moto takes any subnet group.', [
    [
      'ElastiCache: create in an unknown subnet group',
      'CacheSubnetGroupNotFoundFault (CacheSubnetGroupNotFound) 400',
      'accepted',
    ],
  ]),
  ...because(
    `${elasticache}/API_DescribeCacheClusters.html`,
    'The members of a replication group are cache clusters.',
    [['ElastiCache: members', '2 CacheClusters', '0 CacheClusters']],
  ),
  ...because(
    `${elasticache}/API_ReplicationGroup.html`,
    'Told of a group that has user groups; moto tells an empty list. A handler takes both for none.',
    [
      ['ElastiCache:CreateReplicationGroup', 'does not', 'tells ReplicationGroup.UserGroupIds'],
      ['ElastiCache:DescribeReplicationGroups', 'does not', 'tells ReplicationGroups[].UserGroupIds'],
      ['ElastiCache:DeleteReplicationGroup', 'does not', 'tells ReplicationGroup.UserGroupIds'],
    ],
  ),
  ...because(`${elasticache}/API_ModifyReplicationGroup.html`, 'moto lacks it.', [
    ['ElastiCache: modify', 'accepted', 'no answer 500'],
  ]),
  ...because(`${elasticache}/API_DeleteCacheSubnetGroup.html`, 'moto lacks it.', [
    ['ElastiCache: delete the subnet group in use', 'CacheSubnetGroupInUse 400', 'no answer 500'],
  ]),
  ...because(`${elasticache}/API_DeleteReplicationGroup.html`, 'moto keeps a deleted group as deleting.', [
    [
      'ElastiCache: describe one that is gone',
      'ReplicationGroupNotFoundFault (ReplicationGroupNotFound) 404',
      'accepted',
    ],
  ]),
  ...because(
    `${efs}/API_FileSystemDescription.html`,
    'The Name tag, told only where there is one; moto tells an empty string.',
    [
      ['EFS:CreateFileSystem', 'does not', 'tells Name'],
      ['EFS:DescribeFileSystems', 'does not', 'tells FileSystems[].Name'],
    ],
  ),
  ...because(`${efs}/API_CreateMountTarget.html`, 'Both are answered with HTTP status 400.', [
    ['EFS: mount target in an unknown subnet', 'SubnetNotFound 400', 'SubnetNotFound 404'],
    ['EFS: mount target with an unknown group', 'SecurityGroupNotFound 400', 'SecurityGroupNotFound 404'],
  ]),
  ...because(`${efs}/API_PutBackupPolicy.html`, 'moto lacks it.', [
    ['EFS: set a backup policy', 'accepted', 'no answer 500'],
  ]),
];

function because(
  page: string,
  reason: string,
  differences: readonly (readonly [at: string, embedded: string, moto: string])[],
): ListedDifference[] {
  return differences.map(([at, embedded, moto]) => ({ at, embedded, moto, reason, page }));
}
