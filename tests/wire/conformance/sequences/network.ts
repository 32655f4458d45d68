/** VPCs, subnets, Internet Gateways, route tables. */
import {
  AssociateRouteTableCommand,
  AttachInternetGatewayCommand,
  CreateInternetGatewayCommand,
  CreateRouteCommand,
  CreateRouteTableCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DeleteInternetGatewayCommand,
  DeleteRouteCommand,
  DeleteRouteTableCommand,
  DeleteSubnetCommand,
  DeleteVpcCommand,
  DescribeAvailabilityZonesCommand,
  DescribeInternetGatewaysCommand,
  DescribeNetworkAclsCommand,
  DescribeRouteTablesCommand,
  DescribeSubnetsCommand,
  DescribeVpcAttributeCommand,
  DescribeVpcsCommand,
  DetachInternetGatewayCommand,
  DisassociateRouteTableCommand,
  EC2Client,
  ModifySubnetAttributeCommand,
  ModifyVpcAttributeCommand,
} from '@aws-sdk/client-ec2';
import type { Sequence } from '../ask.ts';
import { unknown } from './unknown.ts';

const tags = [{ Key: 'owner', Value: 'conformance' }];
const tagged = (ResourceType: 'vpc' | 'subnet' | 'internet-gateway' | 'route-table') => [
  { ResourceType, Tags: tags },
];
const byTag = (value: string) => ({ Filters: [{ Name: 'tag:owner', Values: [value] }] });

const vpcs: Sequence = async (ask) => {
  const made = await ask(
    'create',
    EC2Client,
    new CreateVpcCommand({ CidrBlock: '10.1.0.0/16', TagSpecifications: tagged('vpc') }),
  );
  const VpcId = made?.Vpc?.VpcId as string;
  await ask('create one that is too large', EC2Client, new CreateVpcCommand({ CidrBlock: '10.0.0.0/8' }));
  ask.settle();
  await ask('describe by id', EC2Client, new DescribeVpcsCommand({ VpcIds: [VpcId] }));
  await ask('describe by tag', EC2Client, new DescribeVpcsCommand(byTag('conformance')));
  await ask('describe by a tag nobody has', EC2Client, new DescribeVpcsCommand(byTag('nobody')));
  await ask('describe an unknown one', EC2Client, new DescribeVpcsCommand({ VpcIds: [unknown.vpc] }));
  const attribute = (Attribute: 'enableDnsHostnames' | 'enableDnsSupport') =>
    new DescribeVpcAttributeCommand({ VpcId, Attribute });
  await ask('are DNS hostnames on', EC2Client, attribute('enableDnsHostnames'));
  await ask('is DNS support on', EC2Client, attribute('enableDnsSupport'));
  await ask(
    'turn DNS hostnames on',
    EC2Client,
    new ModifyVpcAttributeCommand({ VpcId, EnableDnsHostnames: { Value: true } }),
  );
  await ask(
    'describe its network ACLs',
    EC2Client,
    new DescribeNetworkAclsCommand({ Filters: [{ Name: 'vpc-id', Values: [VpcId] }] }),
  );
  await ask('delete an unknown one', EC2Client, new DeleteVpcCommand({ VpcId: unknown.vpc }));
  await ask('delete', EC2Client, new DeleteVpcCommand({ VpcId }));
  ask.settle();
  await ask('delete again', EC2Client, new DeleteVpcCommand({ VpcId }));
  await ask('zones', EC2Client, new DescribeAvailabilityZonesCommand({}));
};

const subnets: Sequence = async (ask) => {
  const made = await ask('create the VPC', EC2Client, new CreateVpcCommand({ CidrBlock: '10.1.0.0/16' }));
  const VpcId = made?.Vpc?.VpcId as string;
  ask.settle();
  const create = (CidrBlock: string, more = {}) =>
    new CreateSubnetCommand({ VpcId, CidrBlock, AvailabilityZone: 'eu-central-1a', ...more });
  const first = await ask(
    'create',
    EC2Client,
    create('10.1.0.0/24', { TagSpecifications: tagged('subnet') }),
  );
  const SubnetId = first?.Subnet?.SubnetId as string;
  ask.settle();
  await ask('create one that overlaps', EC2Client, create('10.1.0.0/25'));
  await ask('create one outside the VPC', EC2Client, create('10.2.0.0/24'));
  await ask('create one in an unknown VPC', EC2Client, create('10.1.1.0/24', { VpcId: unknown.vpc }));
  await ask(
    'create one in an unknown zone',
    EC2Client,
    create('10.1.1.0/24', { AvailabilityZone: 'eu-central-1z' }),
  );
  for (let third = 1; third <= 6; third += 1)
    await ask(`create number ${third}`, EC2Client, create(`10.1.${third}.0/24`));
  ask.settle();
  const Filters = [{ Name: 'vpc-id', Values: [VpcId] }];
  const page = await ask('first page', EC2Client, new DescribeSubnetsCommand({ Filters, MaxResults: 5 }));
  await ask(
    'second page',
    EC2Client,
    new DescribeSubnetsCommand({ Filters, MaxResults: 5, NextToken: page?.NextToken }),
  );
  await ask('by tag', EC2Client, new DescribeSubnetsCommand(byTag('conformance')));
  await ask(
    'by block',
    EC2Client,
    new DescribeSubnetsCommand({ Filters: [...Filters, { Name: 'cidr-block', Values: ['10.1.2.0/24'] }] }),
  );
  await ask('an unknown one', EC2Client, new DescribeSubnetsCommand({ SubnetIds: [unknown.subnet] }));
  await ask(
    'public addresses on',
    EC2Client,
    new ModifySubnetAttributeCommand({ SubnetId, MapPublicIpOnLaunch: { Value: true } }),
  );
  await ask('delete the VPC with subnets in it', EC2Client, new DeleteVpcCommand({ VpcId }));
  await ask('delete an unknown one', EC2Client, new DeleteSubnetCommand({ SubnetId: unknown.subnet }));
  await ask('delete', EC2Client, new DeleteSubnetCommand({ SubnetId }));
  ask.settle();
  await ask('delete again', EC2Client, new DeleteSubnetCommand({ SubnetId }));
};

const internetGateways: Sequence = async (ask) => {
  const vpc = await ask('create the VPC', EC2Client, new CreateVpcCommand({ CidrBlock: '10.1.0.0/16' }));
  const VpcId = vpc?.Vpc?.VpcId as string;
  const made = await ask(
    'create',
    EC2Client,
    new CreateInternetGatewayCommand({ TagSpecifications: tagged('internet-gateway') }),
  );
  const InternetGatewayId = made?.InternetGateway?.InternetGatewayId as string;
  ask.settle();
  await ask('attach', EC2Client, new AttachInternetGatewayCommand({ InternetGatewayId, VpcId }));
  ask.settle();
  await ask('attach again', EC2Client, new AttachInternetGatewayCommand({ InternetGatewayId, VpcId }));
  await ask(
    'describe by VPC',
    EC2Client,
    new DescribeInternetGatewaysCommand({ Filters: [{ Name: 'attachment.vpc-id', Values: [VpcId] }] }),
  );
  await ask(
    'describe an unknown one',
    EC2Client,
    new DescribeInternetGatewaysCommand({ InternetGatewayIds: [unknown.internetGateway] }),
  );
  const second = await ask('create a second', EC2Client, new CreateInternetGatewayCommand({}));
  const another = second?.InternetGateway?.InternetGatewayId as string;
  ask.settle();
  await ask(
    'attach the second to the same VPC',
    EC2Client,
    new AttachInternetGatewayCommand({ InternetGatewayId: another, VpcId }),
  );
  await ask(
    'attach an unknown one',
    EC2Client,
    new AttachInternetGatewayCommand({ InternetGatewayId: unknown.internetGateway, VpcId }),
  );
  await ask('delete while attached', EC2Client, new DeleteInternetGatewayCommand({ InternetGatewayId }));
  await ask('delete the VPC while attached', EC2Client, new DeleteVpcCommand({ VpcId }));
  await ask('detach', EC2Client, new DetachInternetGatewayCommand({ InternetGatewayId, VpcId }));
  ask.settle();
  await ask('detach again', EC2Client, new DetachInternetGatewayCommand({ InternetGatewayId, VpcId }));
  await ask('delete', EC2Client, new DeleteInternetGatewayCommand({ InternetGatewayId }));
  ask.settle();
  await ask('delete again', EC2Client, new DeleteInternetGatewayCommand({ InternetGatewayId }));
};

const routeTables: Sequence = async (ask) => {
  const vpc = await ask('create the VPC', EC2Client, new CreateVpcCommand({ CidrBlock: '10.1.0.0/16' }));
  const VpcId = vpc?.Vpc?.VpcId as string;
  ask.settle();
  const subnet = await ask(
    'create the subnet',
    EC2Client,
    new CreateSubnetCommand({ VpcId, CidrBlock: '10.1.0.0/24', AvailabilityZone: 'eu-central-1a' }),
  );
  const SubnetId = subnet?.Subnet?.SubnetId as string;
  const gateway = await ask('create the gateway', EC2Client, new CreateInternetGatewayCommand({}));
  const InternetGatewayId = gateway?.InternetGateway?.InternetGatewayId as string;
  ask.settle();
  await ask('attach the gateway', EC2Client, new AttachInternetGatewayCommand({ InternetGatewayId, VpcId }));
  const made = await ask(
    'create',
    EC2Client,
    new CreateRouteTableCommand({ VpcId, TagSpecifications: tagged('route-table') }),
  );
  const RouteTableId = made?.RouteTable?.RouteTableId as string;
  await ask('create in an unknown VPC', EC2Client, new CreateRouteTableCommand({ VpcId: unknown.vpc }));
  ask.settle();
  const route = (more: object) =>
    new CreateRouteCommand({ RouteTableId, DestinationCidrBlock: '0.0.0.0/0', ...more });
  await ask(
    'route to an unknown NAT gateway',
    EC2Client,
    route({ NatGatewayId: unknown.natGateway, DestinationCidrBlock: '10.9.0.0/16' }),
  );
  await ask(
    'route to an unknown gateway',
    EC2Client,
    route({ GatewayId: unknown.internetGateway, DestinationCidrBlock: '10.8.0.0/16' }),
  );
  await ask('route', EC2Client, route({ GatewayId: InternetGatewayId }));
  await ask('route again', EC2Client, route({ GatewayId: InternetGatewayId }));
  await ask('associate', EC2Client, new AssociateRouteTableCommand({ RouteTableId, SubnetId }));
  const second = await ask('create a second', EC2Client, new CreateRouteTableCommand({ VpcId }));
  ask.settle();
  await ask(
    'associate the same subnet with the second',
    EC2Client,
    new AssociateRouteTableCommand({ RouteTableId: second?.RouteTable?.RouteTableId, SubnetId }),
  );
  await ask(
    'associate an unknown subnet',
    EC2Client,
    new AssociateRouteTableCommand({ RouteTableId, SubnetId: unknown.subnet }),
  );
  const listed = await ask(
    'describe by VPC',
    EC2Client,
    new DescribeRouteTablesCommand({ Filters: [{ Name: 'vpc-id', Values: [VpcId] }] }),
  );
  const main = listed?.RouteTables?.find(({ Associations = [] }) => Associations.some(({ Main }) => Main));
  await ask(
    'describe by subnet',
    EC2Client,
    new DescribeRouteTablesCommand({ Filters: [{ Name: 'association.subnet-id', Values: [SubnetId] }] }),
  );
  await ask('delete while associated', EC2Client, new DeleteRouteTableCommand({ RouteTableId }));
  await ask(
    'delete the main one',
    EC2Client,
    new DeleteRouteTableCommand({ RouteTableId: main?.RouteTableId }),
  );
  await ask(
    'delete a route that is not there',
    EC2Client,
    new DeleteRouteCommand({ RouteTableId, DestinationCidrBlock: '10.7.0.0/16' }),
  );
  const AssociationId = listed?.RouteTables?.flatMap(({ Associations = [] }) => Associations).find(
    (one) => one.SubnetId === SubnetId,
  )?.RouteTableAssociationId;
  await ask('disassociate', EC2Client, new DisassociateRouteTableCommand({ AssociationId }));
  ask.settle();
  await ask('disassociate again', EC2Client, new DisassociateRouteTableCommand({ AssociationId }));
  await ask('delete', EC2Client, new DeleteRouteTableCommand({ RouteTableId }));
  ask.settle();
  await ask('delete again', EC2Client, new DeleteRouteTableCommand({ RouteTableId }));
};

export const networkSequences: Record<string, Sequence> = {
  VPCs: vpcs,
  subnets,
  'Internet Gateways': internetGateways,
  'route tables': routeTables,
};
