/** Elastic IP addresses. Only a NAT gateway ever associates one here; AssociateAddress is not modelled. */
import { z } from 'zod';
import { AwsFault, type Call, mutation, type Operation, read } from '#embedded/model.ts';
import { filters, ids, select } from './describe.ts';
import { requireWithin } from './limits.ts';
import { type Address, ec2State, requireResource, visibleAt } from './state.ts';
import { tagList, tagSpecifications, tagsOnCreate } from './tags.ts';

/** From 198.18.0.0/15, which nobody routes. */
function nextPublicIp(call: Call): string {
  const state = ec2State(call);
  state.publicAddresses += 1;
  return `198.18.${Math.floor(state.publicAddresses / 256) % 256}.${state.publicAddresses % 256}`;
}

function present(address: Address, call: Call) {
  return {
    AllocationId: address.id,
    PublicIp: address.publicIp,
    Domain: 'vpc',
    PublicIpv4Pool: 'amazon',
    NetworkBorderGroup: call.region,
    ...(address.associationId === undefined
      ? {}
      : {
          AssociationId: address.associationId,
          NetworkInterfaceId: address.networkInterfaceId,
          NetworkInterfaceOwnerId: call.account,
          PrivateIpAddress: address.privateIp,
        }),
    Tags: tagList(address),
  };
}

/** By something that lives, or by a NAT gateway that is gone and has not let go of it yet. */
export function isHeld({ associationId, heldUntil = 0 }: Address, call: Call): boolean {
  return associationId !== undefined || heldUntil > call.now;
}

/** What a NAT gateway holds is not its owner's to take: AWS says so in either of two ways. */
function refuseWhileInUse(address: Address, call: Call): void {
  if (!isHeld(address, call)) return;
  throw call.random() < 0.5
    ? new AwsFault('InvalidIPAddress.InUse', `The address ${address.publicIp} is in use.`)
    : new AwsFault('AuthFailure', 'You do not have permission to access the specified resource.');
}

export const addressOperations: Record<string, Operation> = {
  AllocateAddress: mutation(
    { Domain: z.literal('vpc').optional(), TagSpecifications: tagSpecifications },
    (input, call) => {
      const tags = tagsOnCreate(input.TagSpecifications, 'elastic-ip');
      const { addresses } = ec2State(call);
      requireWithin(call, 'addresses', Object.keys(addresses).length + 1);
      const address: Address = {
        id: call.newId('eipalloc'),
        tags,
        visibleAt: visibleAt(call),
        publicIp: nextPublicIp(call),
      };
      addresses[address.id] = address;
      const { Tags: _tags, ...answer } = present(address, call);
      return answer;
    },
  ),

  ReleaseAddress: mutation({ AllocationId: z.string() }, (input, call) => {
    const address = requireResource(call, 'addresses', input.AllocationId);
    refuseWhileInUse(address, call);
    delete ec2State(call).addresses[address.id];
    return {};
  }),

  DisassociateAddress: mutation({ AssociationId: z.string() }, (input, call) => {
    const address = Object.values(ec2State(call).addresses).find(
      (one) => one.associationId === input.AssociationId,
    );
    if (!address) {
      throw new AwsFault(
        'InvalidAssociationID.NotFound',
        `The association ID '${input.AssociationId}' does not exist`,
      );
    }
    throw new AwsFault('AuthFailure', 'You do not have permission to access the specified resource.');
  }),

  DescribeAddresses: read({ AllocationIds: ids, Filters: filters }, (input, call) => {
    const addresses = select(
      call,
      'addresses',
      { ids: input.AllocationIds, filters: input.Filters },
      {
        'allocation-id': (address) => [address.id],
        'association-id': (address) => [address.associationId],
        'network-interface-id': (address) => [address.networkInterfaceId],
        'public-ip': (address) => [address.publicIp],
        domain: () => ['vpc'],
      },
    );
    return { Addresses: addresses.map((address) => present(address, call)) };
  }),
};
