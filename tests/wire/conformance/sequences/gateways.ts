/** Addresses, NAT gateways, VPC endpoints. */
import {
  AllocateAddressCommand,
  AttachInternetGatewayCommand,
  CreateInternetGatewayCommand,
  CreateNatGatewayCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  CreateVpcEndpointCommand,
  DeleteNatGatewayCommand,
  DeleteSubnetCommand,
  DeleteVpcEndpointsCommand,
  DescribeAddressesCommand,
  DescribeNatGatewaysCommand,
  DescribeVpcEndpointsCommand,
  DetachInternetGatewayCommand,
  EC2Client,
  ModifyVpcAttributeCommand,
  ModifyVpcEndpointCommand,
  ReleaseAddressCommand,
} from '@aws-sdk/client-ec2';
import type { Ask, Sequence } from '../ask.ts';
import { unknown } from './unknown.ts';

async function publicSubnet(ask: Ask) {
  const vpc = await ask('create the VPC', EC2Client, new CreateVpcCommand({ CidrBlock: '10.1.0.0/16' }));
  const VpcId = vpc?.Vpc?.VpcId as string;
  const gateway = await ask('create the gateway', EC2Client, new CreateInternetGatewayCommand({}));
  const InternetGatewayId = gateway?.InternetGateway?.InternetGatewayId as string;
  ask.settle();
  await ask('attach the gateway', EC2Client, new AttachInternetGatewayCommand({ InternetGatewayId, VpcId }));
  const subnet = await ask(
    'create the subnet',
    EC2Client,
    new CreateSubnetCommand({ VpcId, CidrBlock: '10.1.0.0/24', AvailabilityZone: 'eu-central-1a' }),
  );
  ask.settle();
  return { VpcId, InternetGatewayId, SubnetId: subnet?.Subnet?.SubnetId as string };
}

const natGateways: Sequence = async (ask) => {
  const { VpcId, InternetGatewayId, SubnetId } = await publicSubnet(ask);
  const address = await ask('allocate an address', EC2Client, new AllocateAddressCommand({ Domain: 'vpc' }));
  const AllocationId = address?.AllocationId as string;
  ask.settle();
  await ask(
    'describe the address',
    EC2Client,
    new DescribeAddressesCommand({ AllocationIds: [AllocationId] }),
  );
  await ask(
    'describe an unknown address',
    EC2Client,
    new DescribeAddressesCommand({ AllocationIds: [unknown.allocation] }),
  );
  const create = (ClientToken: string, more = {}) =>
    new CreateNatGatewayCommand({ SubnetId, AllocationId, ClientToken, ...more });
  const made = await ask('create', EC2Client, create('one'));
  const NatGatewayId = made?.NatGateway?.NatGatewayId as string;
  await ask('create again with the same token', EC2Client, create('one'));
  ask.settle();
  await ask(
    'describe by VPC',
    EC2Client,
    new DescribeNatGatewaysCommand({ Filter: [{ Name: 'vpc-id', Values: [VpcId] }] }),
  );
  await ask('create with an address in use', EC2Client, create('two'));
  await ask(
    'create with an unknown address',
    EC2Client,
    create('three', { AllocationId: unknown.allocation }),
  );
  await ask('create in an unknown subnet', EC2Client, create('four', { SubnetId: unknown.subnet }));
  await ask(
    'describe an unknown one',
    EC2Client,
    new DescribeNatGatewaysCommand({ NatGatewayIds: [unknown.natGateway] }),
  );
  await ask(
    'detach the gateway under it',
    EC2Client,
    new DetachInternetGatewayCommand({ InternetGatewayId, VpcId }),
  );
  await ask('delete its subnet', EC2Client, new DeleteSubnetCommand({ SubnetId }));
  await ask('release its address', EC2Client, new ReleaseAddressCommand({ AllocationId }));
  await ask('delete', EC2Client, new DeleteNatGatewayCommand({ NatGatewayId }));
  ask.settle();
  await ask(
    'delete an unknown one',
    EC2Client,
    new DeleteNatGatewayCommand({ NatGatewayId: unknown.natGateway }),
  );
  await ask(
    'release an unknown address',
    EC2Client,
    new ReleaseAddressCommand({ AllocationId: unknown.allocation }),
  );
};

const endpoints: Sequence = async (ask) => {
  const { VpcId, SubnetId } = await publicSubnet(ask);
  const create = (service: string, more = {}) =>
    new CreateVpcEndpointCommand({
      VpcId,
      ServiceName: `com.amazonaws.eu-central-1.${service}`,
      VpcEndpointType: 'Interface',
      SubnetIds: [SubnetId],
      PrivateDnsEnabled: true,
      ...more,
    });
  await ask('private DNS without DNS hostnames', EC2Client, create('sts'));
  await ask(
    'turn DNS hostnames on',
    EC2Client,
    new ModifyVpcAttributeCommand({ VpcId, EnableDnsHostnames: { Value: true } }),
  );
  ask.settle();
  const made = await ask('create', EC2Client, create('ec2', { ClientToken: 'one' }));
  const VpcEndpointId = made?.VpcEndpoint?.VpcEndpointId as string;
  ask.settle();
  await ask(
    'describe by service',
    EC2Client,
    new DescribeVpcEndpointsCommand({
      Filters: [
        { Name: 'vpc-id', Values: [VpcId] },
        { Name: 'service-name', Values: ['com.amazonaws.eu-central-1.ec2'] },
      ],
    }),
  );
  await ask('create again with the same token', EC2Client, create('ec2', { ClientToken: 'one' }));
  ask.settle();
  await ask('a second one of the service with private DNS', EC2Client, create('ec2'));
  await ask('of an unknown service', EC2Client, create('no-such-service'));
  await ask('in an unknown subnet', EC2Client, create('logs', { SubnetIds: [unknown.subnet] }));
  await ask('with an unknown group', EC2Client, create('rds', { SecurityGroupIds: [unknown.securityGroup] }));
  await ask(
    'describe an unknown one',
    EC2Client,
    new DescribeVpcEndpointsCommand({ VpcEndpointIds: [unknown.endpoint] }),
  );
  await ask(
    'modify an unknown one',
    EC2Client,
    new ModifyVpcEndpointCommand({
      VpcEndpointId: unknown.endpoint,
      AddSecurityGroupIds: [unknown.securityGroup],
    }),
  );
  await ask('delete its subnet', EC2Client, new DeleteSubnetCommand({ SubnetId }));
  await ask('delete', EC2Client, new DeleteVpcEndpointsCommand({ VpcEndpointIds: [VpcEndpointId] }));
  ask.settle();
  await ask(
    'delete an unknown one',
    EC2Client,
    new DeleteVpcEndpointsCommand({ VpcEndpointIds: [unknown.endpoint] }),
  );
};

export const gatewaySequences: Record<string, Sequence> = {
  'NAT gateways': natGateways,
  'VPC endpoints': endpoints,
};
