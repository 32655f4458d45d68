/** Hidden calls of EC2, IAM and CloudWatch Logs: tags given in a create call, and private DNS of endpoints. */
import { anywhere, named, on, requestTags, type Tags } from '#embedded/authorization/request.ts';
import { groupArn } from '#embedded/authorization/rows/control.ts';
import { judged, made } from '#embedded/authorization/rows/ec2.ts';
import { newRole, providerArn } from '#embedded/authorization/rows/iam.ts';
import { ec2State } from '#embedded/services/ec2/state.ts';
import { type HiddenCall, makesServiceLinkedRole, passes } from './hidden-call.ts';

const tagsInCreate = [
  'AllocateAddress',
  'AuthorizeSecurityGroupEgress',
  'AuthorizeSecurityGroupIngress',
  'CreateFlowLogs',
  'CreateInternetGateway',
  'CreateLaunchTemplate',
  'CreateNatGateway',
  'CreateRouteTable',
  'CreateSecurityGroup',
  'CreateSubnet',
  'CreateTransitGatewayVpcAttachment',
  'CreateVpc',
  'CreateVpcEndpoint',
] as const;

export const networkHidden: readonly HiddenCall[] = [
  ...tagsInCreate.map(
    (action): HiddenCall => ({
      of: [`ec2:${action}`],
      when: 'the call has tags for what it makes',
      source: 'EC2 user guide, "Grant permission to tag Amazon EC2 resources during creation"',
      asks: (
        { TagSpecifications = [] }: { TagSpecifications?: { ResourceType: string; Tags?: Tags }[] },
        call,
      ) =>
        TagSpecifications.flatMap(({ ResourceType, Tags }) =>
          judged(call, 'CreateTags', [made(call, ResourceType, Tags, { 'ec2:CreateAction': action })]),
        ),
    }),
  ),
  {
    of: ['ec2:CreateVpcEndpoint'],
    when: 'the endpoint has private DNS',
    source:
      'an earlier service authorization reference had it as a dependent action; hasura/ddn-docs#1075 requires it, boto/boto3#2554 did without (D11)',
    unsettled: true,
    asks: ({ PrivateDnsEnabled }, call) =>
      PrivateDnsEnabled
        ? on('route53:AssociateVPCWithHostedZone', [
            named(`arn:${call.partition}:route53:::hostedzone/Z0PRIVATEDNS`),
          ])
        : [],
  },
  {
    of: ['ec2:CreateTransitGatewayVpcAttachment'],
    when: 'the account has no service-linked role of transit gateways yet',
    source: 'vpc/latest/tgw/service-linked-roles.html: made when a VPC of the account is attached',
    asks: (_input, call) => makesServiceLinkedRole(call, 'transitgateway.amazonaws.com'),
  },
  {
    of: ['ec2:CreateFlowLogs'],
    when: 'it is delivered to CloudWatch Logs, by a role; or to a bucket, by the service that delivers logs',
    source:
      'VPC user guide, "Publish flow logs to CloudWatch Logs" (iam:PassRole), "Publish flow logs to Amazon S3" (logs:CreateLogDelivery)',
    asks: ({ DeliverLogsPermissionArn }, call) =>
      DeliverLogsPermissionArn
        ? passes(call, DeliverLogsPermissionArn, 'vpc-flow-logs.amazonaws.com')
        : anywhere('logs:CreateLogDelivery'),
  },
  {
    of: ['ec2:DeleteFlowLogs'],
    when: 'one of them was delivered to a bucket',
    source: 'VPC user guide, "Publish flow logs to Amazon S3" (logs:DeleteLogDelivery)',
    asks: ({ FlowLogIds }: { FlowLogIds: readonly string[] }, call) =>
      FlowLogIds.some((id) => ec2State(call).flowLogs[id]?.destinationType === 's3')
        ? anywhere('logs:DeleteLogDelivery')
        : [],
  },
  {
    of: ['iam:CreateRole'],
    when: 'the role is made with tags',
    source: 'IAM user guide, "Tag IAM roles": creating with tags needs iam:TagRole too',
    asks: (input, call) =>
      input.Tags?.length ? on('iam:TagRole', [newRole(call, input)], requestTags(input.Tags)) : [],
  },
  {
    of: ['iam:CreateOpenIDConnectProvider'],
    when: 'the provider is made with tags',
    source: 'IAM user guide, "Tag OpenID Connect (OIDC) identity providers"',
    asks: (input, call) =>
      input.Tags?.length
        ? on('iam:TagOpenIDConnectProvider', [named(providerArn(call, input.Url))], requestTags(input.Tags))
        : [],
  },
  {
    of: ['logs:CreateLogGroup'],
    when: 'the group is made with tags',
    source:
      'CloudWatch Logs API reference, CreateLogGroup: needs logs:TagResource beside logs:CreateLogGroup',
    asks: ({ logGroupName, tags }, call) =>
      tags ? on('logs:TagResource', [named(groupArn(call, logGroupName))], requestTags(tags)) : [],
  },
];
