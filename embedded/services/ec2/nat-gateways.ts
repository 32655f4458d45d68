/**
 * NAT gateways. Whether one can work is found out after the create call has been answered; dead ones stay
 * visible for an hour with their tags.
 */
import { z } from 'zod';
import { AwsFault, type Call, mutation, type Operation, read } from '#embedded/model.ts';
import { isHeld } from './addresses.ts';
import { filters, ids, page, paging, select } from './describe.ts';
import { internetGatewayOf } from './internet-gateways.ts';
import { requireWithin } from './limits.ts';
import { addNetworkInterface, freeAddressCount, removeNetworkInterface } from './network-interfaces.ts';
import {
  type Address,
  ec2State,
  type NatGateway,
  requireResource,
  requireSubnet,
  type Subnet,
  visibleAt,
} from './state.ts';
import { tagList, tagSpecifications, tagsOnCreate } from './tags.ts';
import { onceByToken } from './tokens.ts';

const hour = 3_600_000;
/** After its gateway is deleted; minutes have been seen. */
const mostHeldSeconds = 90;

interface Failure {
  readonly code: string;
  readonly message: string;
}

/** Why the gateway will fail, as AWS's own NAT gateway page lists it. */
function failureOf(call: Call, subnet: Subnet, address: Address): Failure | undefined {
  if (!internetGatewayOf(call, subnet.vpcId)) {
    return {
      code: 'Gateway.NotAttached',
      message: `Network ${subnet.vpcId} has no Internet gateway attached`,
    };
  }
  if (isHeld(address, call)) {
    return {
      code: 'Resource.AlreadyAssociated',
      message: `Elastic IP address ${address.id} is already associated`,
    };
  }
  if (freeAddressCount(call, subnet) < 1) {
    return {
      code: 'InsufficientFreeAddressesInSubnet',
      message: `Subnet ${subnet.id} has insufficient free addresses to create this NAT gateway`,
    };
  }
  if (call.outcome === 'fails') {
    return {
      code: 'InternalError',
      message:
        'Network interface, created and used internally by this NAT gateway is in an invalid state. Please try again.',
    };
  }
  return undefined;
}

/** Takes an interface and the address, unless either is what the gateway fails for. */
function connect(gateway: NatGateway, address: Address, call: Call): void {
  if (gateway.failureCode !== undefined && gateway.failureCode !== 'InternalError') return;
  const id = addNetworkInterface(call, {
    subnetId: gateway.subnetId,
    groupIds: [],
    description: `Interface for NAT Gateway ${gateway.id}`,
    interfaceType: 'nat_gateway',
    requesterId: 'amazon-nat-gateway',
    publicIp: address.publicIp,
  });
  gateway.networkInterfaceId = id;
  gateway.privateIp = ec2State(call).networkInterfaces[id]!.privateIp;
  gateway.associationId = call.newId('eipassoc');
  address.associationId = gateway.associationId;
  address.networkInterfaceId = id;
  address.privateIp = gateway.privateIp;
}

function createNatGateway(
  input: { SubnetId: string; AllocationId: string },
  tags: Record<string, string>,
  call: Call,
): NatGateway {
  const subnet = requireSubnet(call, input.SubnetId);
  if (subnet.zoneId === 'apne1-az3') {
    throw new AwsFault('NotAvailableInZone', 'Nat Gateway is not available in this availability zone');
  }
  const address = requireResource(call, 'addresses', input.AllocationId);
  const { natGateways, subnets } = ec2State(call);
  const counted = Object.values(natGateways).filter(
    (one) =>
      subnets[one.subnetId]?.zoneId === subnet.zoneId && one.state !== 'failed' && one.state !== 'deleted',
  );
  requireWithin(call, 'natGatewaysPerZone', counted.length + 1);
  const failure = failureOf(call, subnet, address);
  const gateway: NatGateway = {
    id: call.newId('nat'),
    tags,
    visibleAt: visibleAt(call),
    vpcId: subnet.vpcId,
    subnetId: subnet.id,
    allocationId: address.id,
    publicIp: address.publicIp,
    createdAt: call.now,
    state: 'pending',
    ...(failure ? { failureCode: failure.code, failureMessage: failure.message } : {}),
  };
  connect(gateway, address, call);
  natGateways[gateway.id] = gateway;
  call.schedule('ec2:natGatewaySettled', gateway.id, failure ? call.between(20, 60) : call.between(90, 130));
  return gateway;
}

function deleteNatGateway(gateway: NatGateway, call: Call): void {
  if (gateway.state === 'deleting' || gateway.state === 'deleted') return;
  gateway.state = 'deleting';
  call.schedule('ec2:natGatewayDeleted', gateway.id, call.between(45, 120));
}

/** The address stays allocated. */
function disassociate(address: Address): void {
  delete address.associationId;
  delete address.networkInterfaceId;
  delete address.privateIp;
}

/**
 * A gateway may keep its address for a while after it is deleted, be that shown or not: releasing it is refused, and
 * the next gateway with it fails (eformat/sno-for-100#9, hashicorp/terraform-provider-aws#709).
 */
function letGo(gateway: NatGateway, call: Call): void {
  const address = ec2State(call).addresses[gateway.allocationId];
  if (!address) return;
  const held = call.random() < 0.5 ? 0 : call.between(5, mostHeldSeconds);
  if (held === 0 || call.random() < 0.5) disassociate(address);
  if (held === 0) return;
  address.heldUntil = call.now + held;
  call.schedule('ec2:natGatewayAddressFree', address.id, held);
}

function present(gateway: NatGateway) {
  const settledBadly = gateway.failureCode !== undefined && gateway.state !== 'pending';
  return {
    NatGatewayId: gateway.id,
    VpcId: gateway.vpcId,
    SubnetId: gateway.subnetId,
    State: gateway.state,
    ConnectivityType: 'public',
    AvailabilityMode: 'zonal',
    CreateTime: new Date(gateway.createdAt),
    ...(gateway.deletedAt === undefined ? {} : { DeleteTime: new Date(gateway.deletedAt) }),
    ...(settledBadly ? { FailureCode: gateway.failureCode, FailureMessage: gateway.failureMessage } : {}),
    NatGatewayAddresses: [
      {
        AllocationId: gateway.allocationId,
        PublicIp: gateway.publicIp,
        ...(gateway.networkInterfaceId === undefined
          ? {}
          : {
              NetworkInterfaceId: gateway.networkInterfaceId,
              PrivateIp: gateway.privateIp,
              AssociationId: gateway.associationId,
            }),
        IsPrimary: true,
        Status:
          gateway.state === 'available' ? 'succeeded' : gateway.state === 'failed' ? 'failed' : 'associating',
      },
    ],
    Tags: tagList(gateway),
  };
}

export const natGatewayOperations: Record<string, Operation> = {
  CreateNatGateway: mutation(
    {
      SubnetId: z.string(),
      AllocationId: z.string(),
      ConnectivityType: z.literal('public').optional(),
      ClientToken: z.string().optional(),
      TagSpecifications: tagSpecifications,
    },
    (input, call) => {
      const tags = tagsOnCreate(input.TagSpecifications, 'natgateway');
      const gateway = onceByToken(call, 'CreateNatGateway', input, ec2State(call).natGateways, () =>
        createNatGateway(input, tags, call),
      );
      return { ClientToken: input.ClientToken, NatGateway: present(gateway) };
    },
  ),

  DeleteNatGateway: mutation({ NatGatewayId: z.string() }, (input, call) => {
    const gateway = requireResource(call, 'natGateways', input.NatGatewayId);
    deleteNatGateway(gateway, call);
    return { NatGatewayId: gateway.id };
  }),

  // The one Describe of EC2 whose parameter is `Filter`.
  DescribeNatGateways: read({ NatGatewayIds: ids, Filter: filters, ...paging }, (input, call) => {
    const gateways = select(
      call,
      'natGateways',
      { ids: input.NatGatewayIds, filters: input.Filter },
      {
        'nat-gateway-id': (gateway) => [gateway.id],
        'vpc-id': (gateway) => [gateway.vpcId],
        'subnet-id': (gateway) => [gateway.subnetId],
        state: (gateway) => [gateway.state],
      },
    );
    const { items, ...next } = page(gateways, input);
    return { NatGateways: items.map(present), ...next };
  }),
};

export const natGatewayEvents: Record<string, (id: string, call: Call) => void> = {
  'ec2:natGatewaySettled': (id, call) => {
    const gateway = ec2State(call).natGateways[id];
    if (gateway?.state !== 'pending') return;
    gateway.state = gateway.failureCode === undefined ? 'available' : 'failed';
    // AWS takes a failed one away by itself, about an hour later.
    if (gateway.state === 'failed') call.schedule('ec2:natGatewayDeleted', id, hour);
  },

  'ec2:natGatewayDeleted': (id, call) => {
    const state = ec2State(call);
    const gateway = state.natGateways[id];
    if (!gateway || gateway.state === 'deleted') return;
    gateway.state = 'deleted';
    gateway.deletedAt = call.now;
    if (gateway.networkInterfaceId !== undefined) {
      removeNetworkInterface(call, gateway.networkInterfaceId);
      letGo(gateway, call);
    }
    call.schedule('ec2:natGatewayForgotten', id, hour);
  },

  'ec2:natGatewayAddressFree': (allocationId, call) => {
    const address = ec2State(call).addresses[allocationId];
    if (address?.heldUntil === undefined || address.heldUntil > call.now) return;
    delete address.heldUntil;
    disassociate(address);
  },

  'ec2:natGatewayForgotten': (id, call) => {
    delete ec2State(call).natGateways[id];
  },
};
