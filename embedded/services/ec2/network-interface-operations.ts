/** The calls on network interfaces. Nobody makes one by call here; services do (see network-interfaces.ts). */
import { z } from 'zod';
import { AwsFault, type Call, mutation, type Operation, read } from '#embedded/model.ts';
import { filters, ids, page, paging, select } from './describe.ts';
import { removeNetworkInterface } from './network-interfaces.ts';
import { ec2State, type NetworkInterface, requireResource } from './state.ts';
import { tagList } from './tags.ts';

function statusOf(one: NetworkInterface): 'available' | 'in-use' {
  return one.attachment ? 'in-use' : 'available';
}

function presentAttachment({ attachment, requesterManaged }: NetworkInterface, call: Call) {
  if (!attachment) return undefined;
  return {
    AttachmentId: attachment.id,
    Status: attachment.status,
    DeviceIndex: attachment.index,
    InstanceId: attachment.instanceId,
    InstanceOwnerId: requesterManaged ? 'amazon-aws' : call.account,
    DeleteOnTermination: attachment.index === 0,
  };
}

function present(one: NetworkInterface, call: Call) {
  const { groups, address } = {
    groups: ec2State(call).securityGroups,
    address: Object.values(ec2State(call).addresses).find((found) => found.networkInterfaceId === one.id),
  };
  return {
    NetworkInterfaceId: one.id,
    SubnetId: one.subnetId,
    VpcId: one.vpcId,
    AvailabilityZone: one.zoneName,
    AvailabilityZoneId: one.zoneId,
    PrivateIpAddress: one.privateIp,
    PrivateIpAddresses: [{ PrivateIpAddress: one.privateIp, Primary: true }],
    Groups: one.groupIds.map((GroupId) => ({ GroupId, GroupName: groups[GroupId]?.name })),
    Description: one.description,
    InterfaceType: one.interfaceType,
    RequesterId: one.requesterId,
    RequesterManaged: one.requesterManaged,
    OwnerId: call.account,
    Status: statusOf(one),
    Attachment: presentAttachment(one, call),
    Association:
      one.publicIp === undefined
        ? undefined
        : {
            PublicIp: one.publicIp,
            IpOwnerId: call.account,
            AllocationId: address?.id,
            AssociationId: address?.associationId,
          },
    TagSet: tagList(one),
  };
}

export const networkInterfaceOperations: Record<string, Operation> = {
  DescribeNetworkInterfaces: read(
    // No interface modelled here is of the kind that `IncludeManagedResources` adds.
    {
      NetworkInterfaceIds: ids,
      Filters: filters,
      IncludeManagedResources: z.boolean().optional(),
      ...paging,
    },
    (input, call) => {
      const found = select(
        call,
        'networkInterfaces',
        { ids: input.NetworkInterfaceIds, filters: input.Filters },
        {
          'network-interface-id': (one) => [one.id],
          'vpc-id': (one) => [one.vpcId],
          'subnet-id': (one) => [one.subnetId],
          'group-id': (one) => one.groupIds,
          'availability-zone': (one) => [one.zoneName],
          'private-ip-address': (one) => [one.privateIp],
          description: (one) => [one.description],
          'interface-type': (one) => [one.interfaceType],
          'requester-id': (one) => [one.requesterId],
          'requester-managed': (one) => [one.requesterManaged],
          status: (one) => [statusOf(one)],
          'attachment.attachment-id': (one) => [one.attachment?.id],
          'attachment.instance-id': (one) => [one.attachment?.instanceId],
          'attachment.status': (one) => [one.attachment?.status],
        },
      );
      const { items, ...next } = page(found, input);
      return { NetworkInterfaces: items.map((one) => present(one, call)), ...next };
    },
  ),

  DetachNetworkInterface: mutation(
    { AttachmentId: z.string(), Force: z.boolean().optional() },
    (input, call) => {
      const one = Object.values(ec2State(call).networkInterfaces).find(
        (candidate) => candidate.attachment?.id === input.AttachmentId,
      );
      if (!one?.attachment) {
        throw new AwsFault(
          'InvalidAttachmentID.NotFound',
          `Attachment '${input.AttachmentId}' does not exist.`,
        );
      }
      if (one.requesterManaged) {
        throw new AwsFault(
          'OperationNotPermitted',
          "You are not allowed to manage 'ela-attach' attachments.",
        );
      }
      if (one.attachment.index === 0) {
        throw new AwsFault(
          'OperationNotPermitted',
          'The network interface at device index 0 cannot be detached.',
        );
      }
      one.attachment.status = 'detaching';
      call.schedule('ec2:networkInterfaceDetached', one.id, call.between(5, 20));
      return {};
    },
  ),

  DeleteNetworkInterface: mutation({ NetworkInterfaceId: z.string() }, (input, call) => {
    const one = requireResource(call, 'networkInterfaces', input.NetworkInterfaceId);
    if (one.attachment) {
      throw new AwsFault('InvalidParameterValue', `Network interface '${one.id}' is currently in use.`);
    }
    if (one.requesterManaged) {
      throw new AwsFault('AuthFailure', 'You do not have permission to access the specified resource.');
    }
    removeNetworkInterface(call, one.id);
    return {};
  }),
};

export const networkInterfaceEvents: Record<string, (id: string, call: Call) => void> = {
  'ec2:networkInterfaceDetached': (id, call) => {
    const one = ec2State(call).networkInterfaces[id];
    if (one?.attachment?.status === 'detaching') delete one.attachment;
  },
};
