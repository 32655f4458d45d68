/** Mount targets: one a zone, all in one VPC, each an interface in its subnet. They take no tags. */
import { z } from 'zod';
import { type Call, mutation, type Operation, read, type ServiceModel } from '#embedded/model.ts';
import { pageOf } from '#embedded/page.ts';
import {
  addNetworkInterface,
  freeAddressCount,
  removeNetworkInterface,
} from '#embedded/services/ec2/network-interfaces.ts';
import { ec2State, find, type Subnet } from '#embedded/services/ec2/state.ts';
import {
  assertAvailable,
  efsFault,
  efsState,
  type FileSystem,
  invalidMarker,
  type MountTarget,
  mountTargetsOf,
  paging,
  requireFileSystem,
  requireMountTarget,
} from './state.ts';

/** What EC2 allows on one interface. */
const maxSecurityGroups = 5;

export const mountTargetOperations: Record<string, Operation> = {
  CreateMountTarget: mutation(
    { FileSystemId: z.string(), SubnetId: z.string(), SecurityGroups: z.array(z.string()).optional() },
    (input, call) => {
      const fileSystem = requireFileSystem(call, input.FileSystemId);
      assertAvailable(fileSystem);
      const subnet = find(call, ec2State(call).subnets, input.SubnetId);
      if (!subnet) throw efsFault('SubnetNotFound', `The subnet ID '${input.SubnetId}' does not exist`);
      assertPlace(call, fileSystem, subnet);
      const groups = securityGroupsOf(call, subnet.vpcId, input.SecurityGroups);
      const mountTarget = newMountTarget(call, fileSystem, subnet, groups);
      efsState(call).mountTargets[mountTarget.id] = mountTarget;
      call.schedule('efs:mountTargetAvailable', mountTarget.id, call.between(60, 100));
      return described(call, mountTarget);
    },
  ),
  DescribeMountTargets: read(
    { FileSystemId: z.string().optional(), MountTargetId: z.string().optional(), ...paging },
    (input, call) => {
      if ((input.FileSystemId === undefined) === (input.MountTargetId === undefined))
        throw efsFault('BadRequest', 'Specify either a file system or a mount target.');
      const found =
        input.MountTargetId === undefined
          ? mountTargetsOf(call, requireFileSystem(call, input.FileSystemId as string).id)
          : [requireMountTarget(call, input.MountTargetId)];
      const page = pageOf(found, input.Marker, input.MaxItems ?? 100, invalidMarker);
      return {
        MountTargets: page.items.map((one) => described(call, one)),
        ...(page.next === undefined ? {} : { NextMarker: page.next }),
      };
    },
  ),
  DeleteMountTarget: mutation({ MountTargetId: z.string() }, (input, call) => {
    const mountTarget = requireMountTarget(call, input.MountTargetId);
    if (mountTarget.state === 'deleting') return {};
    mountTarget.state = 'deleting';
    call.schedule('efs:mountTargetGone', mountTarget.id, call.between(30, 90));
    return {};
  }),
  DescribeMountTargetSecurityGroups: read({ MountTargetId: z.string() }, (input, call) => {
    const mountTarget = requireMountTarget(call, input.MountTargetId);
    assertSettled(mountTarget);
    return { SecurityGroups: mountTarget.securityGroupIds };
  }),
  ModifyMountTargetSecurityGroups: mutation(
    { MountTargetId: z.string(), SecurityGroups: z.array(z.string()).optional() },
    (input, call) => {
      const mountTarget = requireMountTarget(call, input.MountTargetId);
      assertSettled(mountTarget);
      mountTarget.securityGroupIds = securityGroupsOf(call, mountTarget.vpcId, input.SecurityGroups);
      const found = ec2State(call).networkInterfaces[mountTarget.networkInterfaceId];
      if (found) found.groupIds = [...mountTarget.securityGroupIds];
      return {};
    },
  ),
};

export const mountTargetEvents: ServiceModel['events'] = {
  'efs:mountTargetAvailable': (id, call) => {
    const mountTarget = efsState(call).mountTargets[id];
    if (mountTarget?.state === 'creating') mountTarget.state = mountTarget.fails ? 'error' : 'available';
  },
  'efs:mountTargetGone': (id, call) => {
    const mountTarget = efsState(call).mountTargets[id];
    if (!mountTarget) return;
    removeNetworkInterface(call, mountTarget.networkInterfaceId);
    delete efsState(call).mountTargets[id];
  },
};

function assertPlace(call: Call, fileSystem: FileSystem, subnet: Subnet): void {
  const others = mountTargetsOf(call, fileSystem.id);
  const elsewhere = others.find((one) => one.vpcId !== subnet.vpcId);
  if (elsewhere)
    throw efsFault(
      'MountTargetConflict',
      `The file system has mount targets in VPC ${elsewhere.vpcId}, the subnet is in ${subnet.vpcId}.`,
      { status: 409 },
    );
  const same = others.find((one) => one.zoneId === subnet.zoneId);
  if (same)
    throw efsFault('MountTargetConflict', `mount target already exists in this AZ: ${same.id}`, {
      status: 409,
    });
  if (freeAddressCount(call, subnet) <= 0)
    throw efsFault('NoFreeAddressesInSubnet', `The subnet ${subnet.id} has no free addresses.`, {
      status: 409,
    });
}

function securityGroupsOf(call: Call, vpcId: string, given: readonly string[] | undefined): string[] {
  if (!given || given.length === 0) return [ec2State(call).vpcs[vpcId]!.defaultSecurityGroupId];
  if (given.length > maxSecurityGroups)
    throw efsFault('SecurityGroupLimitExceeded', `A mount target has at most ${maxSecurityGroups} groups.`);
  const wrong = given.filter((id) => find(call, ec2State(call).securityGroups, id)?.vpcId !== vpcId);
  if (wrong.length > 0)
    throw efsFault(
      'SecurityGroupNotFound',
      `One of the security groups does not exist in the subnet's VPC: ${wrong.join(', ')}`,
    );
  return [...given];
}

function newMountTarget(
  call: Call,
  fileSystem: FileSystem,
  subnet: Subnet,
  groups: readonly string[],
): MountTarget {
  const id = call.newId('fsmt');
  const networkInterfaceId = addNetworkInterface(call, {
    subnetId: subnet.id,
    groupIds: groups,
    description: `EFS mount target for ${fileSystem.id} (${id})`,
    interfaceType: 'efs',
    requesterId: 'amazon-efs',
  });
  return {
    id,
    fileSystemId: fileSystem.id,
    subnetId: subnet.id,
    vpcId: subnet.vpcId,
    zoneName: subnet.zoneName,
    zoneId: subnet.zoneId,
    ipAddress: ec2State(call).networkInterfaces[networkInterfaceId]!.privateIp,
    networkInterfaceId,
    securityGroupIds: [...groups],
    state: 'creating',
    fails: call.outcome === 'fails',
  };
}

function assertSettled(mountTarget: MountTarget): void {
  if (mountTarget.state !== 'available')
    throw efsFault(
      'IncorrectMountTargetState',
      `The mount target ${mountTarget.id} is not in the 'available' state: it is '${mountTarget.state}'.`,
      { status: 409 },
    );
}

function described(call: Call, mountTarget: MountTarget): object {
  return {
    OwnerId: call.account,
    MountTargetId: mountTarget.id,
    FileSystemId: mountTarget.fileSystemId,
    SubnetId: mountTarget.subnetId,
    VpcId: mountTarget.vpcId,
    AvailabilityZoneId: mountTarget.zoneId,
    AvailabilityZoneName: mountTarget.zoneName,
    LifeCycleState: mountTarget.state,
    IpAddress: mountTarget.ipAddress,
    NetworkInterfaceId: mountTarget.networkInterfaceId,
  };
}
