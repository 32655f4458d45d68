/**
 * EC2. It judges each resource of a call by itself: what is made by the tags of the request, what is referred to by
 * its own (service authorization reference, "Actions, resources, and condition keys for Amazon EC2").
 */

import type { Context } from '#embedded/authorization/conditions.ts';
import type { AccessRequest } from '#embedded/authorization/policy.ts';
import {
  anywhere,
  arnIn,
  named,
  on,
  prefixed,
  type Row,
  type Rows,
  requestTags,
  type Tags,
  type Target,
} from '#embedded/authorization/request.ts';
import type { Call } from '#embedded/model.ts';
import { collectionOf, ec2State, type Resource, resourceTypeOf } from '#embedded/services/ec2/state.ts';

/** A resource that is referred to. */
export function there(call: Call, id: string): Target {
  const collection = collectionOf(id);
  const resource = (ec2State(call)[collection] as Record<string, Resource>)[id];
  const arn = arnIn(call, 'ec2', `${resourceTypeOf(collection)}/${id}`);
  if (!resource) return { arn, context: {}, absent: true };
  const tags = {
    ...prefixed('aws:ResourceTag/', resource.tags),
    ...prefixed('ec2:ResourceTag/', resource.tags),
  };
  return { arn, context: tags };
}

/** A resource that the call makes: it has no id yet. */
export function made(call: Call, type: string, tags: Tags | undefined, context: Context = {}): Target {
  return { arn: arnIn(call, 'ec2', `${type}/*`), context: { ...context, ...requestTags(tags) } };
}

export function judged(call: Call, action: string, targets: readonly Target[]): AccessRequest[] {
  return on(`ec2:${action}`, targets, { 'ec2:Region': call.region });
}

interface TagSpecification {
  readonly ResourceType: string;
  readonly Tags?: Tags;
}
interface Tagging {
  readonly TagSpecifications?: readonly TagSpecification[];
}

/** The tags a create call gives to what it makes of `type`. */
function tagsFor({ TagSpecifications = [] }: Tagging, type: string): Tags | undefined {
  return TagSpecifications.find(({ ResourceType }) => ResourceType === type)?.Tags;
}

/** Members of an input that hold an id, or a list of them. */
function idsOf(input: Record<string, unknown>, members: readonly string[]): string[] {
  return members.flatMap((member) => [input[member] ?? []].flat() as string[]);
}

/** A create call: the new resource, and those it refers to. */
function makes(
  action: string,
  type: string,
  members: readonly string[] = [],
  keys?: (input: never) => Context,
): Row {
  return (input, call) =>
    judged(call, action, [
      made(call, type, tagsFor(input, type), keys?.(input as never)),
      ...idsOf(input, members).map((id) => there(call, id)),
    ]);
}

/** A call about what is there already. */
function touches(action: string, ...members: readonly string[]): Row {
  return (input, call) =>
    judged(
      call,
      action,
      idsOf(input, members).map((id) => there(call, id)),
    );
}

/** The group, and the new rules where they get tags: without a TagSpecification they are not judged. */
function authorizes(action: string): Row {
  return (input, call) => {
    const tags = tagsFor(input, 'security-group-rule');
    const rules = tags ? [made(call, 'security-group-rule', tags)] : [];
    return judged(call, action, [there(call, input.GroupId), ...rules]);
  };
}

function tableOfAssociation(call: Call, associationId: string): string[] {
  return Object.values(ec2State(call).routeTables).flatMap(({ id, associations }) => {
    const association = associations[associationId];
    return association ? [id, association.subnetId] : [];
  });
}

function launchTemplateIds(
  call: Call,
  input: { LaunchTemplateId?: string; LaunchTemplateName?: string },
): string[] {
  if (input.LaunchTemplateId) return [input.LaunchTemplateId];
  const named = Object.values(ec2State(call).launchTemplates).find(
    ({ name }) => name === input.LaunchTemplateName,
  );
  return named ? [named.id] : ['lt-00000000000000000'];
}

function onTemplate(action: string): Row {
  return (input, call) =>
    judged(
      call,
      action,
      launchTemplateIds(call, input).map((id) => there(call, id)),
    );
}

const tagging =
  (action: string): Row =>
  (input, call) =>
    (input.Resources as string[]).flatMap((id) => {
      const { arn, context, absent } = there(call, id);
      return judged(call, action, [
        { arn, context: { ...context, ...requestTags(input.Tags) }, ...(absent ? { absent } : {}) },
      ]);
    });

export const ec2Rows: Rows = {
  'ec2:CreateVpc': makes('CreateVpc', 'vpc'),
  'ec2:DeleteVpc': touches('DeleteVpc', 'VpcId'),
  'ec2:ModifyVpcAttribute': touches('ModifyVpcAttribute', 'VpcId'),
  'ec2:DescribeVpcAttribute': touches('DescribeVpcAttribute', 'VpcId'),
  'ec2:CreateSubnet': makes('CreateSubnet', 'subnet', ['VpcId']),
  'ec2:DeleteSubnet': touches('DeleteSubnet', 'SubnetId'),
  'ec2:ModifySubnetAttribute': touches('ModifySubnetAttribute', 'SubnetId'),
  'ec2:CreateInternetGateway': makes('CreateInternetGateway', 'internet-gateway'),
  'ec2:AttachInternetGateway': touches('AttachInternetGateway', 'InternetGatewayId', 'VpcId'),
  'ec2:DetachInternetGateway': touches('DetachInternetGateway', 'InternetGatewayId', 'VpcId'),
  'ec2:DeleteInternetGateway': touches('DeleteInternetGateway', 'InternetGatewayId'),
  'ec2:AllocateAddress': makes('AllocateAddress', 'elastic-ip'),
  'ec2:ReleaseAddress': touches('ReleaseAddress', 'AllocationId'),
  'ec2:CreateNatGateway': (input, call) => {
    const vpcId = ec2State(call).subnets[input.SubnetId]?.vpcId;
    return judged(call, 'CreateNatGateway', [
      made(call, 'natgateway', tagsFor(input, 'natgateway')),
      ...[input.AllocationId, input.SubnetId, vpcId].filter(Boolean).map((id) => there(call, id)),
    ]);
  },
  'ec2:DeleteNatGateway': touches('DeleteNatGateway', 'NatGatewayId'),
  'ec2:CreateRouteTable': makes('CreateRouteTable', 'route-table', ['VpcId']),
  'ec2:DeleteRouteTable': touches('DeleteRouteTable', 'RouteTableId'),
  'ec2:CreateRoute': touches('CreateRoute', 'RouteTableId'),
  'ec2:ReplaceRoute': touches('ReplaceRoute', 'RouteTableId'),
  'ec2:DeleteRoute': touches('DeleteRoute', 'RouteTableId'),
  'ec2:AssociateRouteTable': touches('AssociateRouteTable', 'RouteTableId', 'SubnetId'),
  'ec2:DisassociateRouteTable': (input, call) =>
    judged(
      call,
      'DisassociateRouteTable',
      tableOfAssociation(call, input.AssociationId).map((id) => there(call, id)),
    ),
  // On the table that takes over; the one that gives up is not named in the reference.
  'ec2:ReplaceRouteTableAssociation': (input, call) => {
    const [, subnetId] = tableOfAssociation(call, input.AssociationId);
    return judged(call, 'ReplaceRouteTableAssociation', [
      there(call, input.RouteTableId),
      ...(subnetId ? [there(call, subnetId)] : []),
    ]);
  },
  'ec2:CreateVpcEndpoint': makes(
    'CreateVpcEndpoint',
    'vpc-endpoint',
    ['VpcId', 'SubnetIds', 'SecurityGroupIds', 'RouteTableIds'],
    ({ ServiceName }: { ServiceName: string }) => ({
      'ec2:VpceServiceName': ServiceName,
      'ec2:VpceServiceOwner': 'amazon',
    }),
  ),
  'ec2:ModifyVpcEndpoint': touches(
    'ModifyVpcEndpoint',
    'VpcEndpointId',
    'AddSecurityGroupIds',
    'RemoveSecurityGroupIds',
    'AddSubnetIds',
    'AddRouteTableIds',
  ),
  'ec2:DeleteVpcEndpoints': touches('DeleteVpcEndpoints', 'VpcEndpointIds'),
  'ec2:CreateFlowLogs': makes('CreateFlowLogs', 'vpc-flow-log', ['ResourceIds']),
  'ec2:DeleteFlowLogs': touches('DeleteFlowLogs', 'FlowLogIds'),
  // The gateway may be another account's, and its tags are only known to that.
  'ec2:CreateTransitGatewayVpcAttachment': (input, call) => {
    const owner = ec2State(call).transitGateways?.[input.TransitGatewayId]?.ownerId ?? call.account;
    return judged(call, 'CreateTransitGatewayVpcAttachment', [
      made(call, 'transit-gateway-attachment', tagsFor(input, 'transit-gateway-attachment')),
      ...idsOf(input, ['VpcId', 'SubnetIds']).map((id) => there(call, id)),
      named(`arn:${call.partition}:ec2:${call.region}:${owner}:transit-gateway/${input.TransitGatewayId}`),
    ]);
  },
  'ec2:DeleteTransitGatewayVpcAttachment': touches(
    'DeleteTransitGatewayVpcAttachment',
    'TransitGatewayAttachmentId',
  ),
  'ec2:CreateSecurityGroup': makes('CreateSecurityGroup', 'security-group', ['VpcId']),
  'ec2:DeleteSecurityGroup': touches('DeleteSecurityGroup', 'GroupId'),
  'ec2:AuthorizeSecurityGroupIngress': authorizes('AuthorizeSecurityGroupIngress'),
  'ec2:AuthorizeSecurityGroupEgress': authorizes('AuthorizeSecurityGroupEgress'),
  'ec2:RevokeSecurityGroupIngress': touches('RevokeSecurityGroupIngress', 'GroupId'),
  'ec2:RevokeSecurityGroupEgress': touches('RevokeSecurityGroupEgress', 'GroupId'),
  'ec2:DeleteNetworkInterface': touches('DeleteNetworkInterface', 'NetworkInterfaceId'),
  'ec2:CreateLaunchTemplate': makes('CreateLaunchTemplate', 'launch-template'),
  'ec2:CreateLaunchTemplateVersion': onTemplate('CreateLaunchTemplateVersion'),
  'ec2:DeleteLaunchTemplate': onTemplate('DeleteLaunchTemplate'),
  'ec2:CreateTags': tagging('CreateTags'),
  'ec2:DeleteTags': tagging('DeleteTags'),
};

/** All other reads of EC2 have no resources. */
export function ec2Read(operation: string): Row | undefined {
  return /^ec2:Describe\w+$/.test(operation)
    ? (_input, call) => anywhere(operation, { 'ec2:Region': call.region })
    : undefined;
}
