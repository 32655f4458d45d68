/** The EKS steps: control plane, connection to the base network, nodes, endpoints. */
import {
  allow,
  anywhere,
  arn,
  type Condition,
  deny,
  ec2,
  ec2TagOnCreate,
  groupOfOurCluster,
  iamArn,
  interfaceOfPods,
  looksForServiceLinkedRole,
  ours,
  oursToTag,
  type Statement,
  serviceLinkedRole,
  tagged,
} from './statement.ts';

const cluster = arn('eks', 'cluster/aoscloud-*');
const nodegroup = arn('eks', 'nodegroup/aoscloud-*');
const addOn = arn('eks', 'addon/aoscloud-*');
const accessEntry = arn('eks', 'access-entry/aoscloud-*');
const podIdentity = arn('eks', 'podidentityassociation/aoscloud-*');

/** EKS makes it, without our tags, and never deletes it; its ARN ends in the role's name and an id. */
const entryOfTheNodeRole = allow(
  ['eks:DescribeAccessEntry', 'eks:DeleteAccessEntry'],
  arn('eks', 'access-entry/aoscloud-*/role/*/aoscloud-*-eks-nodes*'),
);

/** By their last words: the service's own roles never match (they are in a path of their own). */
const clusterRole = iamArn('role/aoscloud-*-eks-cluster');
const nodeRole = iamArn('role/aoscloud-*-eks-nodes');
const efsCsiRole = iamArn('role/aoscloud-*-efs-csi');
export const threeRoles = [clusterRole, nodeRole, efsCsiRole];

const passTo = (role: string, ...services: readonly string[]) =>
  allow('iam:PassRole', role, { StringEquals: { 'iam:PassedToService': services } });

/** Nothing but these is ever attached, so no role of an environment can become more than they are. */
const managedPolicies: Condition = {
  ArnEquals: {
    'iam:PolicyARN': [
      'AmazonEKSClusterPolicy',
      'AmazonEKSWorkerNodePolicy',
      'AmazonEC2ContainerRegistryPullOnly',
      'AmazonEKS_CNI_Policy',
      'AmazonSSMManagedInstanceCore',
      'service-role/AmazonEFSCSIDriverPolicy',
    ].map((name) => `arn:\${AWS::Partition}:iam::aws:policy/${name}`),
  },
};

const oidcProviders = [iamArn('oidc-provider/oidc.eks.*'), iamArn('oidc-provider/oidc-eks.*')];

/** With and without the tail: tagging calls take a log group's ARN without it, all others with it. */
export const clusterLogGroup = [
  arn('logs', 'log-group:/aws/eks/aoscloud-*'),
  arn('logs', 'log-group:/aws/eks/aoscloud-*:*'),
];

const describe = (...what: readonly string[]) => anywhere(what.map((noun) => `ec2:Describe${noun}`));

/** Its group, which our rules and endpoints keep, and its OIDC provider. */
const leftByAnEarlierCluster = [
  describe('SecurityGroupRules', 'VpcEndpoints'),
  allow(['ec2:RevokeSecurityGroupIngress', 'ec2:RevokeSecurityGroupEgress'], ec2('security-group'), ours),
  allow(
    ['ec2:RevokeSecurityGroupIngress', 'ec2:RevokeSecurityGroupEgress', 'ec2:DeleteSecurityGroup'],
    ec2('security-group'),
    groupOfOurCluster,
  ),
  allow('ec2:ModifyVpcEndpoint', ec2('vpc-endpoint'), ours),
  allow('ec2:ModifyVpcEndpoint', ec2('security-group'), groupOfOurCluster),
  anywhere('iam:ListOpenIDConnectProviders'),
  allow('iam:GetOpenIDConnectProvider', oidcProviders),
  allow('iam:DeleteOpenIDConnectProvider', oidcProviders, ours),
];

const addOns = [
  allow('eks:CreateAddon', cluster, tagged),
  allow(['eks:DescribeAddon', 'eks:DeleteAddon'], addOn),
  allow('eks:TagResource', addOn, tagged),
];

/** An update of a node group or add-on is judged on the cluster, too. */
const updatesOfNodes = [
  allow('eks:DescribeUpdate', [cluster, nodegroup, addOn]),
  allow(['eks:UpdateNodegroupConfig', 'eks:UpdateNodegroupVersion'], nodegroup),
  allow('eks:UpdateAddon', [addOn, podIdentity]),
  anywhere('eks:DescribeAddonVersions'),
];

/** An add-on goes with its Pod Identity associations, which EKS judges and deletes as the caller. */
const associationsGoToo = allow(['eks:DeleteAddon', 'eks:DeletePodIdentityAssociation'], podIdentity);

/** EKS makes and deletes the add-on's Pod Identity association as the caller. */
const podIdentityOfAddOns = [
  allow('eks:CreateAddon', podIdentity, tagged),
  allow('eks:CreatePodIdentityAssociation', cluster),
  associationsGoToo,
  allow('eks:TagResource', podIdentity, tagged),
  passTo(efsCsiRole, 'pods.eks.amazonaws.com'),
  allow('iam:GetRole', efsCsiRole),
];

/** Whether EKS may start instances from the launch template, it asks with the caller's rights. */
const launchFromOurTemplate = [
  allow('ec2:RunInstances', ec2('launch-template'), ours),
  allow(
    'ec2:RunInstances',
    [
      ...ec2('instance', 'network-interface', 'security-group', 'subnet', 'volume', 'key-pair'),
      // Amazon's images belong to no account of ours.
      'arn:${AWS::Partition}:ec2:*::image/*',
    ],
    { ArnLike: { 'ec2:LaunchTemplate': ec2('launch-template') } },
  ),
  ec2TagOnCreate(['RunInstances'], 'instance', 'volume'),
];

/** Tags of all that EKS and IAM have of the cluster, read and brought to the request. */
const tagsOfTheCluster = [
  allow(['eks:ListNodegroups', 'eks:ListAccessEntries'], cluster),
  allow('eks:DescribeAddon', addOn),
  allow('eks:DescribeNodegroup', nodegroup),
  allow('eks:DescribeAccessEntry', accessEntry),
  allow(['eks:TagResource', 'eks:UntagResource'], [cluster, nodegroup, addOn, accessEntry], oursToTag),
  allow(['iam:TagRole', 'iam:UntagRole'], threeRoles, oursToTag),
  allow(['iam:TagOpenIDConnectProvider', 'iam:UntagOpenIDConnectProvider'], oidcProviders, oursToTag),
  allow(['logs:TagResource', 'logs:UntagResource'], clusterLogGroup, oursToTag),
];

/** Left out only where the stage's parameters allow public cluster endpoints. */
const noPublicEndpoint = [
  deny(['eks:UpdateClusterConfig'], { Bool: { 'eks:endpointPublicAccess': 'true' } }),
  // A cluster is public where its request does not say: the key is then not there.
  deny(['eks:CreateCluster'], { BoolIfExists: { 'eks:endpointPublicAccess': 'true' } }),
];

export function eks(allowPublicEndpoint: boolean): Record<string, readonly Statement[]> {
  return {
    EksClusterEnsure: [
      anywhere('eks:CreateCluster', tagged),
      allow(
        [
          'eks:DescribeCluster',
          'eks:UpdateClusterConfig',
          'eks:UpdateClusterVersion',
          'eks:DescribeUpdate',
          'eks:DeleteCluster',
        ],
        cluster,
      ),
      allow('eks:TagResource', cluster, tagged),
      ...(allowPublicEndpoint ? [] : noPublicEndpoint),
      // EKS looks at the network it is given as the caller.
      describe('Vpcs', 'Subnets', 'SecurityGroups'),
      allow(['iam:CreateRole', 'iam:TagRole'], threeRoles, tagged),
      allow('iam:AttachRolePolicy', threeRoles, managedPolicies),
      // Back to the service it is for, where somebody changed whom it trusts.
      allow('iam:UpdateAssumeRolePolicy', threeRoles, ours),
      allow(['iam:GetRole', 'iam:ListAttachedRolePolicies'], threeRoles),
      ...leftByAnEarlierCluster,
      passTo(clusterRole, 'eks.amazonaws.com'),
      ...serviceLinkedRole('eks.amazonaws.com'),
      looksForServiceLinkedRole('eks.amazonaws.com', 'AWSServiceRoleForAmazonEKS'),
      anywhere('logs:DescribeLogGroups'),
      allow(['logs:CreateLogGroup', 'logs:ListTagsForResource', 'logs:PutRetentionPolicy'], clusterLogGroup),
      allow('logs:TagResource', clusterLogGroup, tagged),
      ...tagsOfTheCluster,
      // Of the nodes: EKS is to see it by the time they name it.
      describe('LaunchTemplates'),
      allow('ec2:CreateLaunchTemplate', ec2('launch-template'), tagged),
      ec2TagOnCreate(['CreateLaunchTemplate'], 'launch-template'),
    ],
    EksClusterRemove: [
      allow(['eks:DescribeCluster', 'eks:DeleteCluster'], cluster),
      allow('eks:UpdateClusterConfig', cluster),
      deny(['eks:UpdateClusterConfig'], { Bool: { 'eks:endpointPublicAccess': 'true' } }),
      describe('Vpcs', 'SecurityGroups', 'SecurityGroupRules', 'NetworkInterfaces'),
      allow('ec2:DeleteNetworkInterface', ec2('network-interface'), interfaceOfPods),
      allow('ec2:DeleteSecurityGroup', ec2('security-group'), groupOfOurCluster),
      allow(
        [
          'iam:GetRole',
          'iam:ListAttachedRolePolicies',
          'iam:ListRolePolicies',
          'iam:ListInstanceProfilesForRole',
          'iam:DetachRolePolicy',
          'iam:DeleteRolePolicy',
          'iam:DeleteRole',
        ],
        threeRoles,
      ),
      // Named by EKS, which makes them for node groups.
      allow('iam:RemoveRoleFromInstanceProfile', iamArn('instance-profile/eks-*')),
      anywhere('iam:ListOpenIDConnectProviders'),
      allow('iam:GetOpenIDConnectProvider', oidcProviders),
      allow('iam:DeleteOpenIDConnectProvider', oidcProviders, ours),
      anywhere('logs:DescribeLogGroups'),
      allow(['logs:ListTagsForResource', 'logs:DeleteLogGroup'], clusterLogGroup),
    ],
    EksConnectEnsure: [
      ...addOns,
      allow('eks:ListAccessEntries', cluster),
      allow('eks:CreateAccessEntry', cluster, {
        ...tagged,
        StringEquals: { 'eks:accessEntryType': 'STANDARD' },
      }),
      allow('eks:TagResource', accessEntry, tagged),
      allow('eks:DescribeAccessEntry', accessEntry),
      // One of ours that was made for an earlier role of that name.
      allow('eks:DeleteAccessEntry', accessEntry, ours),
      // Administrators are called what their company calls them.
      allow('iam:GetRole', iamArn('role/*')),
      allow('eks:AssociateAccessPolicy', accessEntry, {
        ArnLike: {
          'eks:policyArn': 'arn:${AWS::Partition}:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy',
        },
      }),
      allow('iam:GetOpenIDConnectProvider', oidcProviders),
      allow(['iam:CreateOpenIDConnectProvider', 'iam:TagOpenIDConnectProvider'], oidcProviders, tagged),
      allow('iam:AddClientIDToOpenIDConnectProvider', oidcProviders, ours),
      describe('SecurityGroupRules'),
      // eks_to_base and base_to_eks.
      allow('ec2:AuthorizeSecurityGroupIngress', ec2('security-group'), ours),
      allow('ec2:AuthorizeSecurityGroupIngress', ec2('security-group'), groupOfOurCluster),
      allow('ec2:AuthorizeSecurityGroupIngress', ec2('security-group-rule'), tagged),
      ec2TagOnCreate(['AuthorizeSecurityGroupIngress'], 'security-group-rule'),
    ],
    EksConnectRemove: [
      allow(['eks:DescribeCluster', 'eks:ListAccessEntries'], cluster),
      allow(['eks:DescribeAccessEntry', 'eks:DeleteAccessEntry'], accessEntry),
      allow(['eks:DescribeAddon', 'eks:DeleteAddon'], addOn),
      anywhere('iam:ListOpenIDConnectProviders'),
      allow('iam:GetOpenIDConnectProvider', oidcProviders),
      allow('iam:DeleteOpenIDConnectProvider', oidcProviders, ours),
      describe('Vpcs', 'SecurityGroups', 'SecurityGroupRules'),
      // A rule of any group may name the cluster group, and makes EKS leave it behind.
      allow(['ec2:RevokeSecurityGroupIngress', 'ec2:RevokeSecurityGroupEgress'], ec2('security-group')),
    ],
    EksNodesEnsure: [
      ...addOns,
      ...podIdentityOfAddOns,
      ...updatesOfNodes,
      allow('eks:CreateNodegroup', cluster, tagged),
      allow(['eks:DescribeNodegroup', 'eks:DeleteNodegroup'], nodegroup),
      allow('eks:TagResource', nodegroup, tagged),
      passTo(nodeRole, 'eks.amazonaws.com', 'ec2.amazonaws.com', 'ec2.amazonaws.com.cn'),
      entryOfTheNodeRole,
      // EKS looks at the node role as the caller.
      allow(['iam:GetRole', 'iam:ListAttachedRolePolicies'], nodeRole),
      ...serviceLinkedRole('eks-nodegroup.amazonaws.com', 'autoscaling.amazonaws.com'),
      looksForServiceLinkedRole('eks-nodegroup.amazonaws.com', 'AWSServiceRoleForAmazonEKSNodegroup'),
      describe('LaunchTemplates', 'LaunchTemplateVersions', 'Subnets', 'SecurityGroups'),
      allow('ec2:CreateLaunchTemplateVersion', ec2('launch-template'), ours),
      ...launchFromOurTemplate,
    ],
    EksNodesRemove: [
      allow(['eks:DescribeCluster', 'eks:ListNodegroups', 'eks:ListFargateProfiles'], cluster),
      allow(['eks:DescribeNodegroup', 'eks:DeleteNodegroup'], nodegroup),
      allow(['eks:DescribeAddon', 'eks:DeleteAddon'], addOn),
      associationsGoToo,
      entryOfTheNodeRole,
      describe('LaunchTemplates'),
      allow('ec2:DeleteLaunchTemplate', ec2('launch-template'), ours),
    ],
    EksEndpointsEnsure: [
      describe('VpcEndpoints'),
      allow('ec2:ModifyVpcEndpoint', ec2('vpc-endpoint'), ours),
      allow('ec2:ModifyVpcEndpoint', ec2('security-group'), groupOfOurCluster),
    ],
    EksEndpointsRemove: [
      allow('eks:DescribeCluster', cluster),
      describe('VpcEndpoints', 'SecurityGroups'),
      allow('ec2:ModifyVpcEndpoint', ec2('vpc-endpoint'), ours),
      allow('ec2:ModifyVpcEndpoint', ec2('security-group'), groupOfOurCluster),
    ],
  };
}
