/** Hidden calls of EKS. */

import type { AccessRequest } from '#embedded/authorization/policy.ts';
import {
  arnIn,
  named,
  on,
  type Row,
  requestTags,
  type Tags,
  type Target,
} from '#embedded/authorization/request.ts';
import { made, there } from '#embedded/authorization/rows/ec2.ts';
import { associationsOf, clusterTarget } from '#embedded/authorization/rows/eks.ts';
import { roleTarget } from '#embedded/authorization/rows/iam.ts';
import { AwsFault, type Call } from '#embedded/model.ts';
import { ec2State } from '#embedded/services/ec2/state.ts';
import { eksState } from '#embedded/services/eks/state.ts';
import {
  type HiddenCall,
  looksAtEc2,
  makesServiceLinkedRole,
  passes,
  serviceLinkedName,
} from './hidden-call.ts';

const invalidRequest = (message: string) => new AwsFault('InvalidRequestException', message);
const roleName = (arn: string) => arn.split('/').at(-1) as string;

/** EKS looks whether its service-linked role is there, and makes it. Both as the caller, both in words of its own. */
function serviceLinkedOf(operation: string, service: string): HiddenCall[] {
  const name = serviceLinkedName(service);
  return [
    {
      of: [operation],
      when: 'always: EKS looks for its service-linked role by name',
      source:
        'terraform-aws-modules/terraform-aws-eks#823 and #2018 (the error quotes the pathless ARN) (D2)',
      asks: (_input, call) => on('iam:GetRole', [roleTarget(call, name)]),
      refusal: () =>
        invalidRequest(
          `Failed to validate if SLR: ${name} already exists due to missing permissions for 'iam:GetRole'`,
        ),
    },
    {
      of: [operation],
      when: 'the account has no such role yet',
      source: 'XenitAB/terraform-modules#396; EKS user guide, "Using roles for Amazon EKS node groups"',
      asks: (_input, call) => makesServiceLinkedRole(call, service),
      refusal: () =>
        invalidRequest(
          `Failed to create service linked role: ${name} due to missing permissions for 'iam:CreateServiceLinkedRole'`,
        ),
    },
  ];
}

function tagging(operation: string, resource: (input: never) => string): HiddenCall {
  const asks: Row = (input, call) =>
    input.tags
      ? on('eks:TagResource', [named(arnIn(call, 'eks', resource(input as never)))], requestTags(input.tags))
      : [];
  return {
    of: [operation],
    when: 'the call has tags',
    source: 'EKS user guide, "Tagging your resources": eks:TagResource is needed to create with tags',
    asks,
  };
}

interface TemplateData {
  readonly SecurityGroupIds?: readonly string[];
  readonly KeyName?: string;
  readonly TagSpecifications?: readonly { readonly ResourceType: string; readonly Tags?: Tags }[];
}

interface WithTemplate {
  readonly clusterName: string;
  readonly nodegroupName: string;
  /** Of a node group that exists: those it has. */
  readonly subnets?: readonly string[];
  readonly launchTemplate?: { readonly id?: string };
}

/** A dry run of RunInstances with the node group's launch template: every resource, and the tags it gives. */
function dryRun(input: WithTemplate, call: Call): AccessRequest[] {
  const id = input.launchTemplate?.id;
  if (!id) return [];
  const template = there(call, id);
  const versions = ec2State(call).launchTemplates[id]?.versions ?? [];
  const data = (versions.at(-1)?.data ?? {}) as TemplateData;
  const clusterGroup = eksState(call).clusters[input.clusterName]?.clusterSecurityGroupId;
  const groups = data.SecurityGroupIds ?? (clusterGroup ? [clusterGroup] : []);
  const standing = eksState(call).clusters[input.clusterName]?.nodegroups[input.nodegroupName];
  const subnets = input.subnets ?? standing?.subnetIds ?? [];
  const tagsOf = (type: string) =>
    data.TagSpecifications?.find(({ ResourceType }) => ResourceType === type)?.Tags;
  const image: Target = named(`arn:${call.partition}:ec2:${call.region}::image/ami-00000000000000000`);
  const launched = [
    made(call, 'instance', tagsOf('instance')),
    made(call, 'volume', tagsOf('volume')),
    made(call, 'network-interface', tagsOf('network-interface')),
    image,
    ...[...groups, ...subnets].map((one) => there(call, one)),
    ...(data.KeyName ? [named(arnIn(call, 'ec2', `key-pair/${data.KeyName}`))] : []),
  ];
  const context = { 'ec2:Region': call.region, 'ec2:LaunchTemplate': template.arn };
  return [
    ...on('ec2:RunInstances', [template, ...launched], context),
    ...(data.TagSpecifications ?? []).flatMap(({ ResourceType, Tags }) =>
      on('ec2:CreateTags', [made(call, ResourceType, Tags)], {
        'ec2:Region': call.region,
        'ec2:CreateAction': 'RunInstances',
      }),
    ),
  ];
}

interface WithAssociations {
  readonly clusterName: string;
  readonly podIdentityAssociations?: readonly { readonly roleArn: string }[];
}

const associated = (input: WithAssociations, each: (roleArn: string) => AccessRequest[]) =>
  (input.podIdentityAssociations ?? []).flatMap(({ roleArn }) => each(roleArn));

const clusterHidden: readonly HiddenCall[] = [
  {
    of: ['eks:CreateCluster'],
    when: 'always: EKS is given the cluster role',
    source: 'EKS user guide, "Amazon EKS cluster IAM role"',
    asks: ({ roleArn }, call) => passes(call, roleArn, 'eks.amazonaws.com'),
  },
  ...serviceLinkedOf('eks:CreateCluster', 'eks.amazonaws.com'),
  {
    of: ['eks:CreateCluster'],
    when: 'always: EKS checks the network it is given',
    source: 'eksctl "Minimum IAM policies"; aws-facts 5.8',
    asks: (_input, call) => looksAtEc2(call, 'Subnets', 'Vpcs', 'SecurityGroups'),
  },
  tagging('eks:CreateCluster', ({ name }: { name: string }) => `cluster/${name}`),
];

const nodegroupHidden: readonly HiddenCall[] = [
  ...serviceLinkedOf('eks:CreateNodegroup', 'eks-nodegroup.amazonaws.com'),
  {
    of: ['eks:CreateNodegroup'],
    when: 'the account has no Auto Scaling group yet',
    source:
      'Auto Scaling user guide, "Service-linked roles"; whether EKS makes it as the caller or as itself is not said',
    unsettled: true,
    asks: (_input, call) => makesServiceLinkedRole(call, 'autoscaling.amazonaws.com'),
  },
  {
    of: ['eks:CreateNodegroup'],
    when: 'always: EKS looks at the node role',
    source: 'terraform-aws-modules/terraform-aws-eks#2018; EKS API reference, CreateNodegroup',
    asks: ({ nodeRole }, call) =>
      ['iam:GetRole', 'iam:ListAttachedRolePolicies'].flatMap((action) =>
        on(action, [roleTarget(call, roleName(nodeRole))]),
      ),
  },
  {
    of: ['eks:CreateNodegroup'],
    when: 'always: EKS is given the node role',
    source: 'EKS user guide, "Amazon EKS node IAM role"; the service it is passed to is eks.amazonaws.com',
    asks: ({ nodeRole }, call) => passes(call, nodeRole, 'eks.amazonaws.com'),
  },
  {
    of: ['eks:CreateNodegroup', 'eks:UpdateNodegroupVersion'],
    when: 'the node group has a launch template',
    source:
      'EKS user guide, "Customize managed nodes with launch templates"; aws-samples/terraform-eks-code#13',
    asks: (_input, call) => looksAtEc2(call, 'LaunchTemplateVersions', 'Subnets', 'SecurityGroups'),
  },
  {
    // Of an update no report says so. What EKS tries for a template once, it will for the next version of it.
    of: ['eks:CreateNodegroup', 'eks:UpdateNodegroupVersion'],
    when: 'the node group has a launch template: EKS tries what it would launch',
    source: 'aws-samples/terraform-eks-code#13; awslabs/amazon-eks-ami#319 for the tags',
    asks: dryRun,
    refusal: () =>
      invalidRequest(
        'You are not authorized to launch instances with this launch template. Encoded authorization failure message: embedded',
      ),
  },
  tagging(
    'eks:CreateNodegroup',
    (input: { clusterName: string; nodegroupName: string }) =>
      `nodegroup/${input.clusterName}/${input.nodegroupName}/*`,
  ),
];

const addonHidden: readonly HiddenCall[] = [
  {
    of: ['eks:CreateAddon'],
    when: 'the add-on comes with Pod Identity associations',
    source:
      'EKS user guide, "Use Pod Identities to assign an IAM role to an Amazon EKS add-on"; the reference judges CreateAddon on both types (D12)',
    asks: (input: WithAssociations, call) =>
      associated(input, () =>
        on('eks:CreatePodIdentityAssociation', [clusterTarget(call, input.clusterName)]),
      ),
  },
  {
    of: ['eks:CreateAddon'],
    when: 'the add-on comes with Pod Identity associations: the role is looked at and given to the pods',
    source: 'EKS API reference, CreatePodIdentityAssociation; EKS user guide, "EKS Pod Identity role"',
    asks: (input: WithAssociations, call) =>
      associated(input, (roleArn) => [
        ...on('iam:GetRole', [roleTarget(call, roleName(roleArn))]),
        ...passes(call, roleArn, 'pods.eks.amazonaws.com'),
      ]),
  },
  {
    of: ['eks:CreateAddon'],
    when: 'an add-on with tags comes with Pod Identity associations',
    source: 'no page says whether the associations take the tags',
    unsettled: true,
    asks: (input: WithAssociations & { tags?: Tags }, call) =>
      input.tags
        ? associated(input, () =>
            on(
              'eks:TagResource',
              [named(arnIn(call, 'eks', `podidentityassociation/${input.clusterName}/*`))],
              requestTags(input.tags),
            ),
          )
        : [],
  },
  {
    of: ['eks:DeleteAddon'],
    when: 'the add-on owns Pod Identity associations',
    source:
      'EKS user guide, "Remove Pod Identity associations from an add-on"; ARN as in aws/eks-hybrid#740 (D5)',
    asks: (input, call) =>
      on('eks:DeletePodIdentityAssociation', associationsOf(call, input.clusterName, input.addonName)),
  },
  tagging(
    'eks:CreateAddon',
    (input: { clusterName: string; addonName: string }) => `addon/${input.clusterName}/${input.addonName}/*`,
  ),
  tagging(
    'eks:CreateAccessEntry',
    (input: { clusterName: string; principalArn: string }) =>
      `access-entry/${input.clusterName}/role/${input.principalArn.split(':')[4]}/${roleName(input.principalArn)}/*`,
  ),
];

export const eksHidden: readonly HiddenCall[] = [...clusterHidden, ...nodegroupHidden, ...addonHidden];
