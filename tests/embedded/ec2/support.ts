/** A network made by calls, each seen before the next is made. */
import {
  AllocateAddressCommand,
  AttachInternetGatewayCommand,
  CreateInternetGatewayCommand,
  CreateRouteTableCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  EC2Client,
  ModifyVpcAttributeCommand,
} from '@aws-sdk/client-ec2';
import { client } from '#lib/aws/clients.ts';
import type { TestAws } from '../../support/embedded.ts';

export const region = 'eu-central-1';

export function ec2(where = region): EC2Client {
  return client(EC2Client, { region: where });
}

/** The code a call is refused with, or `accepted`. */
export async function refusal(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'accepted';
  } catch (error) {
    return (error as Error).name;
  }
}

/** Long enough for everything to be seen and available. */
export const seen = 5;

export async function makeVpc(test: TestAws, cidr = '10.231.0.0/16', where = region): Promise<string> {
  const { Vpc } = await ec2(where).send(new CreateVpcCommand({ CidrBlock: cidr }));
  test.advance(seen);
  return Vpc!.VpcId!;
}

export async function makeSubnet(
  test: TestAws,
  vpcId: string,
  cidr = '10.231.48.0/22',
  zone = `${region}a`,
): Promise<string> {
  const { Subnet } = await ec2(zone.slice(0, -1)).send(
    new CreateSubnetCommand({ VpcId: vpcId, CidrBlock: cidr, AvailabilityZone: zone }),
  );
  test.advance(seen);
  return Subnet!.SubnetId!;
}

/** Attached to the VPC. */
export async function makeInternetGateway(test: TestAws, vpcId: string): Promise<string> {
  const { InternetGateway } = await ec2().send(new CreateInternetGatewayCommand({}));
  const id = InternetGateway!.InternetGatewayId!;
  test.advance(seen);
  await ec2().send(new AttachInternetGatewayCommand({ InternetGatewayId: id, VpcId: vpcId }));
  return id;
}

export async function makeAddress(test: TestAws): Promise<string> {
  const { AllocationId } = await ec2().send(new AllocateAddressCommand({ Domain: 'vpc' }));
  test.advance(seen);
  return AllocationId!;
}

export async function makeRouteTable(test: TestAws, vpcId: string): Promise<string> {
  const { RouteTable } = await ec2().send(new CreateRouteTableCommand({ VpcId: vpcId }));
  test.advance(seen);
  return RouteTable!.RouteTableId!;
}

export async function enableDnsHostnames(vpcId: string): Promise<void> {
  await ec2().send(new ModifyVpcAttributeCommand({ VpcId: vpcId, EnableDnsHostnames: { Value: true } }));
}
