/** Subnets. */
import { z } from 'zod';
import { AwsFault, type Call, mutation, type Operation, read } from '#embedded/model.ts';
import { contains, overlaps, parseBlock } from './cidr.ts';
import { filters, ids, page, paging, select } from './describe.ts';
import { requireWithin } from './limits.ts';
import { freeAddressCount, networkInterfacesIn } from './network-interfaces.ts';
import { dependencyViolation, ec2State, requireSubnet, requireVpc, type Subnet, visibleAt } from './state.ts';
import { tagList, tagSpecifications, tagsOnCreate } from './tags.ts';
import { pendingMilliseconds, pendingOrAvailable, requireBlock } from './vpcs.ts';
import { type ZoneFacts, zonesOf } from './zones.ts';

function requireZone(call: Call, zone: { name?: string | undefined; id?: string | undefined }): ZoneFacts {
  if ((zone.name === undefined) === (zone.id === undefined)) {
    throw new Error('the embedded AWS wants a subnet to name either its zone or the id of its zone');
  }
  const known = zonesOf(call.region).find((one) => one.name === zone.name || one.id === zone.id);
  if (!known) {
    const usable = zonesOf(call.region).map((one) => one.name);
    throw new AwsFault(
      'InvalidParameterValue',
      `Value (${zone.name ?? zone.id}) for parameter availabilityZone is invalid. Subnets can currently only be created in the following availability zones: ${usable.join(', ')}.`,
    );
  }
  return known;
}

function requireFreeBlock(call: Call, vpcId: string, cidr: string): void {
  const block = requireBlock(cidr, 'InvalidSubnet.Range');
  const inVpc = parseBlock(requireVpc(call, vpcId).cidr)!;
  if (!contains(inVpc, block)) throw new AwsFault('InvalidSubnet.Range', `The CIDR '${cidr}' is invalid.`);
  const others = Object.values(ec2State(call).subnets).filter((one) => one.vpcId === vpcId);
  const blocks = others.flatMap((other) => parseBlock(other.cidr) ?? []);
  if (blocks.some((other) => overlaps(other, block))) {
    throw new AwsFault('InvalidSubnet.Conflict', `The CIDR '${cidr}' conflicts with another subnet`);
  }
  requireWithin(call, 'subnetsPerVpc', others.length + 1);
}

function present(subnet: Subnet, call: Call) {
  return {
    SubnetId: subnet.id,
    SubnetArn: `arn:${call.partition}:ec2:${call.region}:${call.account}:subnet/${subnet.id}`,
    VpcId: subnet.vpcId,
    CidrBlock: subnet.cidr || undefined,
    Ipv6Native: subnet.cidr === '',
    AvailabilityZone: subnet.zoneName,
    AvailabilityZoneId: subnet.zoneId,
    AvailableIpAddressCount: freeAddressCount(call, subnet),
    MapPublicIpOnLaunch: subnet.mapPublicIpOnLaunch,
    AssignIpv6AddressOnCreation: false,
    DefaultForAz: false,
    OwnerId: call.account,
    State: pendingOrAvailable(subnet, call),
    Tags: tagList(subnet),
  };
}

function deleteSubnet(subnet: Subnet, call: Call): void {
  if (networkInterfacesIn(call, subnet.id).length > 0) {
    throw dependencyViolation(`The subnet '${subnet.id}' has dependencies and cannot be deleted.`);
  }
  const state = ec2State(call);
  for (const table of Object.values(state.routeTables)) {
    for (const [id, association] of Object.entries(table.associations))
      if (association.subnetId === subnet.id) delete table.associations[id];
  }
  delete state.subnets[subnet.id];
}

export const subnetOperations: Record<string, Operation> = {
  CreateSubnet: mutation(
    {
      VpcId: z.string(),
      CidrBlock: z.string(),
      AvailabilityZone: z.string().optional(),
      AvailabilityZoneId: z.string().optional(),
      TagSpecifications: tagSpecifications,
    },
    (input, call) => {
      const tags = tagsOnCreate(input.TagSpecifications, 'subnet');
      const vpc = requireVpc(call, input.VpcId);
      const zone = requireZone(call, { name: input.AvailabilityZone, id: input.AvailabilityZoneId });
      requireFreeBlock(call, vpc.id, input.CidrBlock);
      const subnet: Subnet = {
        id: call.newId('subnet'),
        tags,
        visibleAt: visibleAt(call),
        vpcId: vpc.id,
        cidr: input.CidrBlock,
        zoneName: zone.name,
        zoneId: zone.id,
        mapPublicIpOnLaunch: false,
      };
      ec2State(call).subnets[subnet.id] = subnet;
      call.note('ec2:subnetAvailable', subnet.id, subnet.visibleAt + pendingMilliseconds - call.now);
      return { Subnet: present(subnet, call) };
    },
  ),

  DeleteSubnet: mutation({ SubnetId: z.string() }, (input, call) => {
    deleteSubnet(requireSubnet(call, input.SubnetId), call);
    return {};
  }),

  DescribeSubnets: read({ SubnetIds: ids, Filters: filters, ...paging }, (input, call) => {
    const subnets = select(
      call,
      'subnets',
      { ids: input.SubnetIds, filters: input.Filters },
      {
        'vpc-id': (subnet) => [subnet.vpcId],
        'subnet-id': (subnet) => [subnet.id],
        'cidr-block': (subnet) => [subnet.cidr],
        'availability-zone': (subnet) => [subnet.zoneName],
        'availability-zone-id': (subnet) => [subnet.zoneId],
        'map-public-ip-on-launch': (subnet) => [subnet.mapPublicIpOnLaunch],
        state: (subnet) => [pendingOrAvailable(subnet, call)],
      },
    );
    const { items, ...next } = page(subnets, input);
    return { Subnets: items.map((subnet) => present(subnet, call)), ...next };
  }),

  // One attribute a call; this is the one that is modelled.
  ModifySubnetAttribute: mutation(
    { SubnetId: z.string(), MapPublicIpOnLaunch: z.strictObject({ Value: z.boolean() }) },
    (input, call) => {
      requireSubnet(call, input.SubnetId).mapPublicIpOnLaunch = input.MapPublicIpOnLaunch.Value;
      return {};
    },
  ),
};
