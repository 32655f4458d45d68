/**
 * Network interfaces: the trace every managed service leaves in a subnet, and what keeps subnets, groups and
 * VPCs from being deleted.
 */
import { AwsFault, type Call } from '#embedded/model.ts';
import { parseBlock, usableAddress, usableAddresses } from './cidr.ts';
import {
  ec2State,
  type NetworkInterface,
  requireSecurityGroup,
  requireSubnet,
  type Subnet,
} from './state.ts';

export interface NewNetworkInterface {
  readonly subnetId: string;
  readonly groupIds: readonly string[];
  readonly description: string;
  /** `interface` unless given. */
  readonly interfaceType?: string;
  /** The service's account or alias, such as `amazon-elasticache`. */
  readonly requesterId?: string;
  /** True unless given: a service's interface, which its owner alone can delete. */
  readonly requesterManaged?: boolean;
  /** `attached` (status `in-use`) unless given; `detached` is status `available`. */
  readonly attachmentStatus?: 'attached' | 'detached';
  readonly instanceId?: string;
  readonly publicIp?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

/**
 * Makes one, seen at once, and gives its id.
 * @throws `InsufficientFreeAddressesInSubnet`, `InvalidSubnetID.NotFound`, `InvalidGroup.NotFound`
 */
export function addNetworkInterface(call: Call, wanted: NewNetworkInterface): string {
  const subnet = requireSubnet(call, wanted.subnetId);
  for (const groupId of wanted.groupIds) requireSecurityGroup(call, groupId);
  const privateIp = freeAddress(call, subnet);
  const id = call.newId('eni');
  ec2State(call).networkInterfaces[id] = {
    id,
    tags: { ...wanted.tags },
    visibleAt: call.now,
    subnetId: subnet.id,
    vpcId: subnet.vpcId,
    zoneName: subnet.zoneName,
    zoneId: subnet.zoneId,
    privateIp,
    groupIds: [...wanted.groupIds],
    description: wanted.description,
    interfaceType: wanted.interfaceType ?? 'interface',
    ...(wanted.requesterId === undefined ? {} : { requesterId: wanted.requesterId }),
    requesterManaged: wanted.requesterManaged ?? true,
    ...(wanted.attachmentStatus === 'detached'
      ? {}
      : {
          attachment: {
            id: call.newId('eni-attach'),
            status: 'attached',
            index: wanted.instanceId === undefined ? 1 : 0,
            ...(wanted.instanceId === undefined ? {} : { instanceId: wanted.instanceId }),
          },
        }),
    ...(wanted.publicIp === undefined ? {} : { publicIp: wanted.publicIp }),
  };
  return id;
}

/** Takes one away, as its owning service does. A vanished id is not an error. */
export function removeNetworkInterface(call: Call, id: string): void {
  delete ec2State(call).networkInterfaces[id];
}

/** All interfaces in a subnet. */
export function networkInterfacesIn(call: Call, subnetId: string): NetworkInterface[] {
  return Object.values(ec2State(call).networkInterfaces).filter((one) => one.subnetId === subnetId);
}

/** How many addresses a subnet has left. */
export function freeAddressCount(call: Call, subnet: Subnet): number {
  const block = parseBlock(subnet.cidr);
  if (!block) return 0;
  return usableAddresses(block) - networkInterfacesIn(call, subnet.id).length;
}

function freeAddress(call: Call, subnet: Subnet): string {
  const block = parseBlock(subnet.cidr)!;
  const taken = new Set(networkInterfacesIn(call, subnet.id).map((one) => one.privateIp));
  for (let index = 0; index < usableAddresses(block); index += 1) {
    const address = usableAddress(block, index);
    if (!taken.has(address)) return address;
  }
  throw new AwsFault(
    'InsufficientFreeAddressesInSubnet',
    `The specified subnet does not have enough free addresses to satisfy the request: ${subnet.id}`,
  );
}
