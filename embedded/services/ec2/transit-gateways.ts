/**
 * Transit gateways, which others make (arranged from outside), and the attachments of VPCs to them. An attachment puts
 * an interface into each of its subnets. A gateway of another account accepts by itself or waits for somebody there.
 */
import { z } from 'zod';
import { AwsFault, type Call, mutation, type Operation, read } from '#embedded/model.ts';
import { dependentsOf } from './dependents.ts';
import { filters, ids, narrow, page, paging } from './describe.ts';
import { addNetworkInterface, removeNetworkInterface } from './network-interfaces.ts';
import {
  ec2State,
  find,
  listed,
  requireResource,
  requireSubnet,
  requireVpc,
  type TransitGateway,
  type TransitGatewayAttachment,
  visibleAt,
} from './state.ts';
import { tagList, tagSpecifications, tagsOnCreate } from './tags.ts';

const hour = 3_600_000;

/** Somebody has one, or shares it with this account. */
export function placeTransitGateway(
  call: Call,
  wanted: Pick<TransitGateway, 'id'> & Partial<TransitGateway>,
): void {
  (ec2State(call).transitGateways ??= {})[wanted.id] = {
    ownerId: call.account,
    autoAccept: true,
    state: 'available',
    ...wanted,
  };
}

function requireGateway(call: Call, id: string): TransitGateway {
  const gateway = ec2State(call).transitGateways?.[id];
  // One that exists and is not shared with the account is answered in the same words.
  if (!gateway || gateway.state === 'deleted')
    throw new AwsFault('InvalidTransitGatewayID.NotFound', `The transitGateway ID '${id}' does not exist`);
  return gateway;
}

const over = ['deleted', 'rejected', 'failed'];

/** Does the VPC have one to this gateway that routes can lead to? */
export function isAttached(call: Call, vpcId: string, gatewayId: string): boolean {
  return Object.values(ec2State(call).transitGatewayAttachments).some(
    (one) => one.vpcId === vpcId && one.gatewayId === gatewayId && one.state === 'available',
  );
}

function requireSubnets(call: Call, vpcId: string, subnetIds: readonly string[]): void {
  const subnets = subnetIds.map((id) => requireSubnet(call, id));
  for (const subnet of subnets)
    if (subnet.vpcId !== vpcId)
      throw new AwsFault('InvalidParameterValue', `Subnet ${subnet.id} does not belong to VPC ${vpcId}.`);
  if (new Set(subnets.map(({ zoneId }) => zoneId)).size < subnets.length)
    throw new AwsFault(
      'DuplicateSubnetsInSameZone',
      'Found another subnet in the availability zone of one of the subnets.',
    );
}

function attach(
  input: { TransitGatewayId: string; VpcId: string; SubnetIds: readonly string[] },
  tags: Record<string, string>,
  call: Call,
): TransitGatewayAttachment {
  const gateway = requireGateway(call, input.TransitGatewayId);
  const vpc = requireVpc(call, input.VpcId);
  const { transitGatewayAttachments } = ec2State(call);
  const twice = Object.values(transitGatewayAttachments).some(
    (one) => one.vpcId === vpc.id && one.gatewayId === gateway.id && !over.includes(one.state),
  );
  if (twice)
    throw new AwsFault(
      'DuplicateTransitGatewayAttachment',
      `${gateway.id} has non-deleted Transit Gateway Attachments with same VPC ID.`,
    );
  if (gateway.state !== 'available')
    throw new AwsFault('IncorrectState', `${gateway.id} is in invalid state`);
  requireSubnets(call, vpc.id, input.SubnetIds);
  const id = call.newId('tgw-attach');
  const waits = gateway.ownerId !== call.account && !gateway.autoAccept;
  const attachment: TransitGatewayAttachment = {
    id,
    tags,
    visibleAt: visibleAt(call),
    vpcId: vpc.id,
    gatewayId: gateway.id,
    subnetIds: [...input.SubnetIds],
    networkInterfaceIds: [],
    createdAt: call.now,
    state: waits ? 'pendingAcceptance' : 'pending',
  };
  transitGatewayAttachments[id] = attachment;
  if (!waits) begin(call, attachment, call.outcome === 'fails');
  return attachment;
}

/** Its interfaces stand from now on. */
function begin(call: Call, attachment: TransitGatewayAttachment, fails = false): void {
  attachment.state = 'pending';
  attachment.networkInterfaceIds = attachment.subnetIds.map((subnetId) =>
    addNetworkInterface(call, {
      subnetId,
      groupIds: [],
      description: `Network Interface for Transit Gateway Attachment ${attachment.id}`,
      interfaceType: 'transit_gateway',
      requesterId: 'amazon-transit-gateway',
    }),
  );
  const kind = fails ? 'ec2:transitGatewayAttachmentFailed' : 'ec2:transitGatewayAttachmentAvailable';
  call.schedule(kind, attachment.id, call.between(40, 90));
}

/** The owner of the gateway accepts, or rejects. */
export function answerAttachment(call: Call, id: string, answer: 'accept' | 'reject'): void {
  const attachment = ec2State(call).transitGatewayAttachments[id];
  if (attachment?.state !== 'pendingAcceptance') return;
  if (answer === 'accept') begin(call, attachment);
  else attachment.state = 'rejected';
}

function takeInterfaces(call: Call, attachment: TransitGatewayAttachment): void {
  for (const id of attachment.networkInterfaceIds) removeNetworkInterface(call, id);
  attachment.networkInterfaceIds = [];
}

function presentGateway({ id, ownerId, autoAccept, state }: TransitGateway, call: Call) {
  return {
    TransitGatewayId: id,
    TransitGatewayArn: `arn:${call.partition}:ec2:${call.region}:${ownerId}:transit-gateway/${id}`,
    State: state,
    OwnerId: ownerId,
    Options: { AutoAcceptSharedAttachments: autoAccept ? 'enable' : 'disable' },
    Tags: [],
  };
}

/** Ours and those that others hang on VPCs, in one listing. */
function attachmentsOf(call: Call) {
  const { transitGatewayAttachments } = ec2State(call);
  const others = dependentsOf(call, 'transit-gateway-attachment').map(
    ({ id, vpcId, otherId = '', state, tags }) => ({ id, vpcId, gatewayId: otherId, state, tags }),
  );
  return [...listed(call, transitGatewayAttachments), ...others];
}

function presentAttachment(
  one: Pick<TransitGatewayAttachment, 'id' | 'vpcId' | 'gatewayId' | 'tags'> &
    Partial<Omit<TransitGatewayAttachment, 'state'>> & { readonly state: string },
  call: Call,
) {
  return {
    TransitGatewayAttachmentId: one.id,
    TransitGatewayId: one.gatewayId,
    VpcId: one.vpcId,
    VpcOwnerId: call.account,
    State: one.state,
    SubnetIds: one.subnetIds ? [...one.subnetIds] : undefined,
    ...(one.createdAt === undefined ? {} : { CreationTime: new Date(one.createdAt) }),
    Tags: tagList(one),
  };
}

export const transitGatewayOperations: Record<string, Operation> = {
  DescribeTransitGateways: read({ TransitGatewayIds: ids, Filters: filters, ...paging }, (input, call) => {
    const all = Object.values(ec2State(call).transitGateways ?? {});
    const named = input.TransitGatewayIds?.map((id) => requireGateway(call, id)) ?? all;
    const found = narrow<TransitGateway>(named, input.Filters, { state: ({ state }) => [state] });
    const { items, ...next } = page(found, input);
    return { TransitGateways: items.map((one) => presentGateway(one, call)), ...next };
  }),

  CreateTransitGatewayVpcAttachment: mutation(
    {
      TransitGatewayId: z.string(),
      VpcId: z.string(),
      SubnetIds: z.array(z.string()).min(1),
      TagSpecifications: tagSpecifications,
    },
    (input, call) => {
      const tags = tagsOnCreate(input.TagSpecifications, 'transit-gateway-attachment');
      return { TransitGatewayVpcAttachment: presentAttachment(attach(input, tags, call), call) };
    },
  ),

  DeleteTransitGatewayVpcAttachment: mutation({ TransitGatewayAttachmentId: z.string() }, (input, call) => {
    const id = input.TransitGatewayAttachmentId;
    const attachment = requireResource(call, 'transitGatewayAttachments', id);
    if (!['available', 'pendingAcceptance'].includes(attachment.state))
      throw new AwsFault('IncorrectState', `${id} is in invalid state`);
    attachment.state = 'deleting';
    call.schedule('ec2:transitGatewayAttachmentDeleted', id, call.between(30, 120));
    return { TransitGatewayVpcAttachment: presentAttachment(attachment, call) };
  }),

  DescribeTransitGatewayVpcAttachments: read(
    { TransitGatewayAttachmentIds: ids, Filters: filters, ...paging },
    (input, call) => {
      const all = attachmentsOf(call).filter(
        ({ id }) => input.TransitGatewayAttachmentIds?.includes(id) ?? true,
      );
      const found = narrow(all, input.Filters, {
        'vpc-id': ({ vpcId }) => [vpcId],
        'transit-gateway-id': ({ gatewayId }) => [gatewayId],
        state: ({ state }) => [state],
      });
      const { items, ...next } = page(found, input);
      return { TransitGatewayVpcAttachments: items.map((one) => presentAttachment(one, call)), ...next };
    },
  ),
};

export const transitGatewayEvents: Record<string, (id: string, call: Call) => void> = {
  'ec2:transitGatewayAttachmentAvailable': (id, call) => {
    const attachment = find(call, ec2State(call).transitGatewayAttachments, id);
    if (attachment?.state === 'pending') attachment.state = 'available';
  },

  'ec2:transitGatewayAttachmentFailed': (id, call) => {
    const attachment = ec2State(call).transitGatewayAttachments[id];
    if (attachment?.state !== 'pending') return;
    attachment.state = 'failed';
    takeInterfaces(call, attachment);
  },

  'ec2:transitGatewayAttachmentDeleted': (id, call) => {
    const attachment = ec2State(call).transitGatewayAttachments[id];
    if (!attachment) return;
    attachment.state = 'deleted';
    takeInterfaces(call, attachment);
    call.schedule('ec2:transitGatewayAttachmentForgotten', id, hour);
  },

  'ec2:transitGatewayAttachmentForgotten': (id, call) => {
    delete ec2State(call).transitGatewayAttachments[id];
  },
};
