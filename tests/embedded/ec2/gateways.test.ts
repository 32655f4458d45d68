import {
  AllocateAddressCommand,
  AttachInternetGatewayCommand,
  CreateInternetGatewayCommand,
  CreateNatGatewayCommand,
  type CreateNatGatewayCommandInput,
  CreateRouteCommand,
  DeleteInternetGatewayCommand,
  DeleteNatGatewayCommand,
  DeleteSubnetCommand,
  DescribeAddressesCommand,
  DescribeInternetGatewaysCommand,
  DescribeNatGatewaysCommand,
  DescribeRouteTablesCommand,
  DetachInternetGatewayCommand,
  DisassociateAddressCommand,
  ReleaseAddressCommand,
} from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { setLimit } from '#embedded/limits.ts';
import { type TestAws, testAws } from '../../support/embedded.ts';
import {
  ec2,
  makeAddress,
  makeInternetGateway,
  makeRouteTable,
  makeSubnet,
  makeVpc,
  refusal,
  region,
  seen,
} from './support.ts';

async function network(test: TestAws) {
  const vpcId = await makeVpc(test);
  const subnetId = await makeSubnet(test, vpcId);
  const internetGatewayId = await makeInternetGateway(test, vpcId);
  const allocationId = await makeAddress(test);
  return { vpcId, subnetId, internetGatewayId, allocationId };
}

async function makeNat(input: CreateNatGatewayCommandInput): Promise<string> {
  const { NatGateway } = await ec2().send(new CreateNatGatewayCommand(input));
  return NatGateway!.NatGatewayId!;
}

async function nat(id: string) {
  const { NatGateways } = await ec2().send(
    new DescribeNatGatewaysCommand({ Filter: [{ Name: 'nat-gateway-id', Values: [id] }] }),
  );
  return NatGateways![0];
}

describe('an internet gateway', () => {
  test('is attached to one VPC, whose only one it is', async () => {
    const aws = testAws();
    const VpcId = await makeVpc(aws);
    const InternetGatewayId = await makeInternetGateway(aws, VpcId);
    const { InternetGateways } = await ec2().send(
      new DescribeInternetGatewaysCommand({ Filters: [{ Name: 'attachment.vpc-id', Values: [VpcId] }] }),
    );
    expect(InternetGateways).toMatchObject([
      { InternetGatewayId, Attachments: [{ VpcId, State: 'available' }] },
    ]);
    const again = ec2().send(new AttachInternetGatewayCommand({ InternetGatewayId, VpcId }));
    expect(await refusal(again)).toBe('Resource.AlreadyAssociated');
    expect(await refusal(makeInternetGateway(aws, VpcId))).toBe('InvalidParameterValue');
  });

  test('is detached before it is deleted', async () => {
    const aws = testAws();
    const VpcId = await makeVpc(aws);
    const InternetGatewayId = await makeInternetGateway(aws, VpcId);
    const remove = () => refusal(ec2().send(new DeleteInternetGatewayCommand({ InternetGatewayId })));
    const detach = () => refusal(ec2().send(new DetachInternetGatewayCommand({ InternetGatewayId, VpcId })));
    expect(await remove()).toBe('DependencyViolation');
    expect(await detach()).toBe('accepted');
    expect(await detach()).toBe('Gateway.NotAttached');
    expect(await remove()).toBe('accepted');
    expect(await remove()).toBe('InvalidInternetGatewayID.NotFound');
  });

  test('is one of five, and the account may have its own number', async () => {
    const aws = testAws();
    aws.aws.inspect(region, (call) => setLimit(call, 'L-A4707A72', 1));
    expect(await refusal(ec2().send(new CreateInternetGatewayCommand({})))).toBe('accepted');
    expect(await refusal(ec2().send(new CreateInternetGatewayCommand({})))).toBe(
      'InternetGatewayLimitExceeded',
    );
  });
});

describe('an address', () => {
  test('is one of five', async () => {
    const aws = testAws();
    for (let count = 0; count < 5; count += 1) await makeAddress(aws);
    const sixth = ec2().send(new AllocateAddressCommand({ Domain: 'vpc' }));
    expect(await refusal(sixth)).toBe('AddressLimitExceeded');
  });

  test('is held by the NAT gateway that uses it until that is deleted, and stays then', async () => {
    const aws = testAws();
    const { subnetId, allocationId } = await network(aws);
    const id = await makeNat({ SubnetId: subnetId, AllocationId: allocationId });
    aws.advance(seen);
    const { Addresses } = await ec2().send(new DescribeAddressesCommand({ AllocationIds: [allocationId] }));
    const { AssociationId } = Addresses![0]!;
    expect(AssociationId).toMatch(/^eipassoc-/);
    const release = () => refusal(ec2().send(new ReleaseAddressCommand({ AllocationId: allocationId })));
    const answers = new Set<string>();
    for (let count = 0; count < 20; count += 1) answers.add(await release());
    expect([...answers].sort()).toEqual(['AuthFailure', 'InvalidIPAddress.InUse']);
    const disassociate = ec2().send(new DisassociateAddressCommand({ AssociationId }));
    expect(await refusal(disassociate)).toBe('AuthFailure');
    await ec2().send(new DeleteNatGatewayCommand({ NatGatewayId: id }));
    expect(answers).toContain(await release());
    aws.advance(120 + 90);
    expect(aws.aws.inventory(region)['ec2:elastic-ip']).toEqual([allocationId]);
    expect(await release()).toBe('accepted');
    expect(await release()).toBe('InvalidAllocationID.NotFound');
  });

  test('may be held by a deleted NAT gateway for a while, shown or not, and a next one fails over it', async () => {
    const met = new Set<string>();
    for (let seed = 1; seed <= 12; seed += 1) {
      const aws = testAws({ seed });
      const { subnetId, allocationId } = await network(aws);
      const id = await makeNat({ SubnetId: subnetId, AllocationId: allocationId });
      aws.advance(seen);
      await ec2().send(new DeleteNatGatewayCommand({ NatGatewayId: id }));
      for (let waited = 0; waited < 130; waited += 1) {
        aws.advance(1);
        const { NatGateways } = await ec2().send(new DescribeNatGatewaysCommand({ NatGatewayIds: [id] }));
        if (NatGateways?.[0]?.State === 'deleted') break;
      }
      const { Addresses } = await ec2().send(new DescribeAddressesCommand({ AllocationIds: [allocationId] }));
      const isShown = Addresses?.[0]?.AssociationId !== undefined;
      const next = await makeNat({ SubnetId: subnetId, AllocationId: allocationId });
      aws.advance(130);
      const { NatGateways } = await ec2().send(new DescribeNatGatewaysCommand({ NatGatewayIds: [next] }));
      met.add(`${isShown ? 'shown' : 'not shown'}: ${NatGateways?.[0]?.FailureCode ?? 'fine'}`);
    }
    expect([...met].sort()).toEqual([
      'not shown: Resource.AlreadyAssociated',
      'not shown: fine',
      'shown: Resource.AlreadyAssociated',
    ]);
  });
});

describe('a NAT gateway', () => {
  test('is pending for a minute or two, then available', async () => {
    const aws = testAws();
    const { subnetId, allocationId } = await network(aws);
    const id = await makeNat({ SubnetId: subnetId, AllocationId: allocationId });
    aws.advance(80);
    expect((await nat(id))!.State).toBe('pending');
    aws.advance(60);
    expect(await nat(id)).toMatchObject({
      State: 'available',
      ConnectivityType: 'public',
      NatGatewayAddresses: [{ AllocationId: allocationId, PrivateIp: '10.231.48.4' }],
    });
  });

  test('fails later, not at once, where no internet gateway is attached', async () => {
    const aws = testAws();
    const vpcId = await makeVpc(aws);
    const SubnetId = await makeSubnet(aws, vpcId);
    const id = await makeNat({ SubnetId, AllocationId: await makeAddress(aws) });
    aws.advance(seen);
    expect((await nat(id))!.State).toBe('pending');
    expect((await nat(id))!.FailureCode).toBeUndefined();
    aws.advance(60);
    expect(await nat(id)).toMatchObject({ State: 'failed', FailureCode: 'Gateway.NotAttached' });
  });

  test('fails where the address is taken, without taking it', async () => {
    const aws = testAws();
    const { subnetId: SubnetId, allocationId: AllocationId } = await network(aws);
    const first = await makeNat({ SubnetId, AllocationId });
    const second = await makeNat({ SubnetId, AllocationId });
    expect(second).not.toBe(first);
    aws.advance(140);
    expect(await nat(first)).toMatchObject({ State: 'available' });
    expect(await nat(second)).toMatchObject({ State: 'failed', FailureCode: 'Resource.AlreadyAssociated' });
  });

  test('fails where chance has it, and goes away by itself an hour later', async () => {
    const aws = testAws({
      inject: (call) => (call.operation === 'ec2:CreateNatGateway' ? { kind: 'outcome-fails' } : undefined),
    });
    const { subnetId, allocationId } = await network(aws);
    const id = await makeNat({ SubnetId: subnetId, AllocationId: allocationId });
    aws.advance(60);
    expect(await nat(id)).toMatchObject({ State: 'failed', FailureCode: 'InternalError' });
    aws.advance(3600);
    expect(await nat(id)).toMatchObject({ State: 'deleted' });
  });

  test('stays listed with its tags for an hour after it was deleted', async () => {
    const aws = testAws();
    const { subnetId, allocationId } = await network(aws);
    const id = await makeNat({
      SubnetId: subnetId,
      AllocationId: allocationId,
      TagSpecifications: [{ ResourceType: 'natgateway', Tags: [{ Key: 'Name', Value: 'mine' }] }],
    });
    aws.advance(140);
    const remove = () => refusal(ec2().send(new DeleteNatGatewayCommand({ NatGatewayId: id })));
    expect(await remove()).toBe('accepted');
    expect(await nat(id)).toMatchObject({ State: 'deleting' });
    expect(await refusal(ec2().send(new DeleteSubnetCommand({ SubnetId: subnetId })))).toBe(
      'DependencyViolation',
    );
    aws.advance(120);
    expect(await nat(id)).toMatchObject({ State: 'deleted', Tags: [{ Key: 'Name', Value: 'mine' }] });
    expect(aws.aws.inventory(region)['ec2:nat-gateway']).toBeUndefined();
    expect(await remove()).toBe('accepted');
    aws.advance(3600);
    expect(await nat(id)).toBeUndefined();
    expect(await remove()).toBe('NatGatewayNotFound');
  });

  test('answers a repeated token with what it made, even after that died', async () => {
    const aws = testAws();
    const { subnetId: SubnetId, allocationId: AllocationId } = await network(aws);
    const input = { SubnetId, AllocationId, ClientToken: 'token' };
    const id = await makeNat(input);
    expect(await makeNat(input)).toBe(id);
    const other = await makeAddress(aws);
    expect(await refusal(makeNat({ ...input, AllocationId: other }))).toBe('IdempotentParameterMismatch');
    aws.advance(140);
    await ec2().send(new DeleteNatGatewayCommand({ NatGatewayId: id }));
    aws.advance(120);
    const replay = await ec2().send(new CreateNatGatewayCommand(input));
    expect(replay.NatGateway).toMatchObject({ NatGatewayId: id, State: 'deleted' });
    aws.advance(3600);
    expect(await makeNat(input)).toBe(id);
    expect(aws.aws.inventory(region)['ec2:nat-gateway']).toBeUndefined();
  });

  test('keeps the internet gateway attached', async () => {
    const aws = testAws();
    const { vpcId: VpcId, subnetId, allocationId, internetGatewayId: InternetGatewayId } = await network(aws);
    await makeNat({ SubnetId: subnetId, AllocationId: allocationId });
    const detach = ec2().send(new DetachInternetGatewayCommand({ InternetGatewayId, VpcId }));
    expect(await refusal(detach)).toBe('DependencyViolation');
  });

  test('can be routed to only while it is available, and leaves a blackhole behind', async () => {
    const aws = testAws();
    const { vpcId, subnetId, allocationId } = await network(aws);
    const RouteTableId = await makeRouteTable(aws, vpcId);
    const NatGatewayId = await makeNat({ SubnetId: subnetId, AllocationId: allocationId });
    aws.advance(seen);
    const route = () =>
      refusal(
        ec2().send(new CreateRouteCommand({ RouteTableId, DestinationCidrBlock: '0.0.0.0/0', NatGatewayId })),
      );
    expect(await route()).toBe('InvalidNatGatewayID.NotFound');
    aws.advance(140);
    expect(await route()).toBe('accepted');
    expect(await route()).toBe('RouteAlreadyExists');
    const state = async () => {
      const { RouteTables } = await ec2().send(
        new DescribeRouteTablesCommand({ RouteTableIds: [RouteTableId] }),
      );
      return RouteTables![0]!.Routes!.find((one) => one.NatGatewayId === NatGatewayId)!.State;
    };
    expect(await state()).toBe('active');
    await ec2().send(new DeleteNatGatewayCommand({ NatGatewayId }));
    aws.advance(120);
    expect(await state()).toBe('blackhole');
  });

  test('is one of five in its zone', async () => {
    const aws = testAws();
    const { subnetId: SubnetId, allocationId } = await network(aws);
    aws.aws.inspect(region, (call) => setLimit(call, 'L-FE5A380F', 1));
    await makeNat({ SubnetId, AllocationId: allocationId });
    const second = makeNat({ SubnetId, AllocationId: await makeAddress(aws) });
    expect(await refusal(second)).toBe('NatGatewayLimitExceeded');
  });
});
