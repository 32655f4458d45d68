import {
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DeleteSubnetCommand,
  DeleteVpcCommand,
  DescribeNetworkAclsCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcAttributeCommand,
  DescribeVpcsCommand,
  ModifySubnetAttributeCommand,
  ModifyVpcAttributeCommand,
  paginateDescribeSubnets,
} from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { addNetworkInterface, removeNetworkInterface } from '#embedded/services/ec2/network-interfaces.ts';
import { testAws } from '../../support/embedded.ts';
import {
  ec2,
  makeInternetGateway,
  makeRouteTable,
  makeSubnet,
  makeVpc,
  refusal,
  region,
  seen,
} from './support.ts';

function inVpc(id: string) {
  return { Filters: [{ Name: 'vpc-id', Values: [id] }] };
}

describe('a new VPC', () => {
  test('comes with a default group, a main route table and a network ACL, none of them tagged', async () => {
    const aws = testAws();
    const { Vpc } = await ec2().send(
      new CreateVpcCommand({
        CidrBlock: '10.231.0.0/16',
        TagSpecifications: [{ ResourceType: 'vpc', Tags: [{ Key: 'team', Value: 'platform' }] }],
      }),
    );
    expect(Vpc).toMatchObject({ State: 'pending', Tags: [{ Key: 'team', Value: 'platform' }] });
    aws.advance(seen);
    const id = Vpc!.VpcId!;
    const { SecurityGroups } = await ec2().send(new DescribeSecurityGroupsCommand(inVpc(id)));
    expect(SecurityGroups).toMatchObject([
      {
        GroupName: 'default',
        Tags: [],
        IpPermissions: [{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: SecurityGroups![0]!.GroupId }] }],
        IpPermissionsEgress: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
      },
    ]);
    expect(SecurityGroups![0]!.IpPermissions![0]!.FromPort).toBeUndefined();
    const { RouteTables } = await ec2().send(new DescribeRouteTablesCommand(inVpc(id)));
    expect(RouteTables).toMatchObject([
      {
        Associations: [{ Main: true, AssociationState: { State: 'associated' } }],
        Routes: [{ DestinationCidrBlock: '10.231.0.0/16', GatewayId: 'local', State: 'active' }],
        Tags: [],
      },
    ]);
    const { NetworkAcls } = await ec2().send(new DescribeNetworkAclsCommand(inVpc(id)));
    expect(NetworkAcls).toMatchObject([{ IsDefault: true }]);
    const { Vpcs } = await ec2().send(new DescribeVpcsCommand({ VpcIds: [id] }));
    expect(Vpcs).toMatchObject([{ State: 'available' }]);
  });

  test('is seen late by some: ids fail, filters come back empty, until a few seconds later', async () => {
    let late = 0;
    for (let seed = 1; seed <= 20; seed += 1) {
      const aws = testAws({ seed });
      const { Vpc } = await ec2().send(new CreateVpcCommand({ CidrBlock: '10.231.0.0/16' }));
      const id = Vpc!.VpcId!;
      const byFilter = await ec2().send(new DescribeVpcsCommand(inVpc(id)));
      const byId = await refusal(ec2().send(new DescribeVpcsCommand({ VpcIds: [id] })));
      expect(byId).toBe(byFilter.Vpcs!.length === 0 ? 'InvalidVpcID.NotFound' : 'accepted');
      if (byFilter.Vpcs!.length === 0) {
        late += 1;
        const use = new CreateSubnetCommand({
          VpcId: id,
          CidrBlock: '10.231.0.0/20',
          AvailabilityZone: `${region}a`,
        });
        expect(await refusal(ec2().send(use))).toBe('InvalidVpcID.NotFound');
      }
      aws.advance(3);
      expect((await ec2().send(new DescribeVpcsCommand(inVpc(id)))).Vpcs).toHaveLength(1);
    }
    expect(late).toBeGreaterThan(3);
    expect(late).toBeLessThan(17);
  });

  test('has DNS support but no DNS hostnames, which are set one at a time', async () => {
    const aws = testAws();
    const VpcId = await makeVpc(aws);
    const read = async (Attribute: 'enableDnsSupport' | 'enableDnsHostnames') =>
      await ec2().send(new DescribeVpcAttributeCommand({ VpcId, Attribute }));
    expect(await read('enableDnsSupport')).toMatchObject({ EnableDnsSupport: { Value: true } });
    expect(await read('enableDnsHostnames')).toMatchObject({ EnableDnsHostnames: { Value: false } });
    const on = { Value: true };
    const both = new ModifyVpcAttributeCommand({ VpcId, EnableDnsSupport: on, EnableDnsHostnames: on });
    expect(await refusal(ec2().send(both))).toBe('InvalidParameterCombination');
    await ec2().send(new ModifyVpcAttributeCommand({ VpcId, EnableDnsHostnames: on }));
    expect(await read('enableDnsHostnames')).toMatchObject({ EnableDnsHostnames: { Value: true } });
  });

  test.each([
    ['10.0.0.0/8', 'InvalidVpc.Range'],
    ['10.0.0.0/29', 'InvalidVpc.Range'],
    ['10.0.0.0', 'InvalidParameterValue'],
    ['10.0.0.1/16', 'InvalidParameterValue'],
    ['10.0.0.0/16', 'accepted'],
  ])('of %s is %s', async (CidrBlock, answer) => {
    testAws();
    expect(await refusal(ec2().send(new CreateVpcCommand({ CidrBlock })))).toBe(answer);
  });

  test('is one of five', async () => {
    const aws = testAws();
    for (let count = 0; count < 5; count += 1) await makeVpc(aws);
    const sixth = ec2().send(new CreateVpcCommand({ CidrBlock: '10.231.0.0/16' }));
    expect(await refusal(sixth)).toBe('VpcLimitExceeded');
  });

  test('is made twice when it is asked for twice', async () => {
    const aws = testAws();
    await makeVpc(aws);
    await makeVpc(aws);
    expect(aws.aws.inventory(region)['ec2:vpc']).toHaveLength(2);
  });

  test('refuses parameters that are not modelled', async () => {
    testAws();
    const call = ec2().send(new CreateVpcCommand({ CidrBlock: '10.231.0.0/16', Ipv4IpamPoolId: 'pool' }));
    await expect(call).rejects.toThrow(/does not model this call of ec2:CreateVpc.*Ipv4IpamPoolId/);
    await expect(
      ec2().send(new DescribeVpcsCommand({ Filters: [{ Name: 'dhcp-options-id', Values: ['x'] }] })),
    ).rejects.toThrow('does not model the filter dhcp-options-id');
  });
});

describe('a subnet', () => {
  test('is in one zone, and its addresses are what AWS leaves of the block', async () => {
    const aws = testAws();
    const vpcId = await makeVpc(aws);
    const id = await makeSubnet(aws, vpcId, '10.231.253.192/28');
    await ec2().send(
      new ModifySubnetAttributeCommand({ SubnetId: id, MapPublicIpOnLaunch: { Value: true } }),
    );
    const { Subnets } = await ec2().send(new DescribeSubnetsCommand({ SubnetIds: [id] }));
    expect(Subnets).toMatchObject([
      {
        State: 'available',
        AvailabilityZone: 'eu-central-1a',
        AvailabilityZoneId: 'euc1-az2',
        AvailableIpAddressCount: 11,
        MapPublicIpOnLaunch: true,
      },
    ]);
  });

  test.each([
    ['10.231.0.0/29', 'InvalidSubnet.Range'],
    ['10.232.0.0/24', 'InvalidSubnet.Range'],
    ['10.231.50.0/24', 'InvalidSubnet.Conflict'],
    ['10.231.52.0/22', 'accepted'],
  ])('of %s beside 10.231.48.0/22 is %s', async (CidrBlock, answer) => {
    const aws = testAws();
    const VpcId = await makeVpc(aws);
    await makeSubnet(aws, VpcId);
    const call = new CreateSubnetCommand({ VpcId, CidrBlock, AvailabilityZoneId: 'euc1-az1' });
    expect(await refusal(ec2().send(call))).toBe(answer);
  });

  test('is refused in a zone that does not exist', async () => {
    const aws = testAws();
    const VpcId = await makeVpc(aws);
    const call = new CreateSubnetCommand({
      VpcId,
      CidrBlock: '10.231.0.0/20',
      AvailabilityZone: 'eu-central-1d',
    });
    expect(await refusal(ec2().send(call))).toBe('InvalidParameterValue');
  });

  test('cannot be deleted, and has fewer addresses, while an interface is in it', async () => {
    const aws = testAws();
    const vpcId = await makeVpc(aws);
    const SubnetId = await makeSubnet(aws, vpcId, '10.231.253.192/28');
    const take = () =>
      aws.aws.inspect(region, (call) =>
        addNetworkInterface(call, { subnetId: SubnetId, groupIds: [], description: 'RDSNetworkInterface' }),
      );
    const ids = Array.from({ length: 11 }, take);
    expect(take).toThrow('does not have enough free addresses');
    const { Subnets } = await ec2().send(new DescribeSubnetsCommand({ SubnetIds: [SubnetId] }));
    expect(Subnets![0]!.AvailableIpAddressCount).toBe(0);
    expect(await refusal(ec2().send(new DeleteSubnetCommand({ SubnetId })))).toBe('DependencyViolation');
    aws.aws.inspect(region, (call) => {
      for (const id of ids) removeNetworkInterface(call, id);
    });
    expect(await refusal(ec2().send(new DeleteSubnetCommand({ SubnetId })))).toBe('accepted');
    expect(await refusal(ec2().send(new DeleteSubnetCommand({ SubnetId })))).toBe('InvalidSubnetID.NotFound');
  });

  test('is listed page by page', async () => {
    const aws = testAws();
    const vpcId = await makeVpc(aws);
    for (const third of [0, 16, 32, 48, 64, 80]) await makeSubnet(aws, vpcId, `10.231.${third}.0/20`);
    const pages: number[] = [];
    for await (const page of paginateDescribeSubnets({ client: ec2(), pageSize: 5 }, inVpc(vpcId)))
      pages.push(page.Subnets!.length);
    expect(pages).toEqual([5, 1]);
  });
});

describe('deleting a VPC', () => {
  test.each([
    ['a subnet', (aws, id) => makeSubnet(aws, id)],
    ['an attached internet gateway', (aws, id) => makeInternetGateway(aws, id)],
    ['a route table', (aws, id) => makeRouteTable(aws, id)],
    [
      'a security group',
      async (_aws, VpcId) =>
        await ec2().send(new CreateSecurityGroupCommand({ VpcId, GroupName: 'more', Description: 'more' })),
    ],
  ] as [string, (aws: ReturnType<typeof testAws>, id: string) => Promise<unknown>][])(
    'is refused while %s is in it',
    async (_what, make) => {
      const aws = testAws();
      const VpcId = await makeVpc(aws);
      await make(aws, VpcId);
      expect(await refusal(ec2().send(new DeleteVpcCommand({ VpcId })))).toBe('DependencyViolation');
    },
  );

  test('takes along what came with it', async () => {
    const aws = testAws();
    const VpcId = await makeVpc(aws);
    await ec2().send(new DeleteVpcCommand({ VpcId }));
    expect(aws.aws.inventory(region)).toEqual({});
    expect((await ec2().send(new DescribeSecurityGroupsCommand({}))).SecurityGroups).toEqual([]);
    expect((await ec2().send(new DescribeRouteTablesCommand({}))).RouteTables).toEqual([]);
    expect(await refusal(ec2().send(new DeleteVpcCommand({ VpcId })))).toBe('InvalidVpcID.NotFound');
  });
});
