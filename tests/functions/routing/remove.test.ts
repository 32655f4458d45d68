import {
  CreateRouteCommand,
  DeleteNatGatewayCommand,
  DescribeRouteTablesCommand,
  ReleaseAddressCommand,
} from '@aws-sdk/client-ec2';
import { describe, expect, it } from 'vitest';
import { addNetworkInterface, removeNetworkInterface } from '#embedded/services/ec2/network-interfaces.ts';
import { remove } from '#functions/routing/remove.ts';
import { type TestAws, testAws, untilDone } from '../../support/embedded.ts';
import {
  countsOf,
  ec2,
  ensureNetwork,
  mutationsOf,
  once,
  settledSeconds,
} from '../../support/network-steps.ts';
import { samplePlan, sampleRemoval } from '../../support/plan.ts';

const plan = samplePlan();
const onlyVpc = { 'ec2:subnet': 16, 'ec2:vpc': 1 };

async function world(seed = 1) {
  const test = testAws({ seed });
  const resources = await ensureNetwork(test, plan, 'routing');
  return { test, resources };
}

function removal(test: TestAws, changes = {}) {
  return untilDone(test, 'routing', remove, sampleRemoval(changes));
}

describe('remove routing', () => {
  it.each([1, 2, 3])('takes back gateways, address and tables, and nothing else (seed %i)', async (seed) => {
    const { test } = await world(seed);
    const { answer, seconds } = await removal(test);
    expect(answer.status).toBe('gone');
    expect(countsOf(test)).toEqual(onlyVpc);
    // A NAT gateway may hold its address for another minute and a half.
    expect(seconds).toBeLessThan(280);
  });

  it('counts absence as success, and a deleted NAT gateway that AWS still lists as absent', async () => {
    const { test } = await world();
    await removal(test);
    const { answer, looks } = await removal(test);
    expect(answer.status).toBe('gone');
    expect(looks).toBe(1);
    expect((await removal(testAws())).looks).toBe(1);
  });

  it.each([
    'DeleteRouteTable',
    'DeleteNatGateway',
    'ReleaseAddress',
    'DetachInternetGateway',
    'DeleteInternetGateway',
  ])('goes on when the answer of %s is lost', async (operation) => {
    const { test } = await world();
    test.aws.inject = once(test, `ec2:${operation}`, { kind: 'answer-lost' });
    expect((await removal(test)).answer.status).toBe('gone');
    expect(countsOf(test)).toEqual(onlyVpc);
  });

  it('takes back a NAT gateway of one run with its route, and leaves the tables of another', async () => {
    const { test, resources } = await world();
    const { natGatewayId: NatGatewayId, allocationId: AllocationId } = resources;
    await ec2().send(new DeleteNatGatewayCommand({ NatGatewayId }));
    test.advance(400);
    await ec2().send(new ReleaseAddressCommand({ AllocationId }));
    const second = await ensureNetwork(test, samplePlan({ execution: 'run-2' }), 'routing');
    // NAT64 and a prefix list somebody sent the same way.
    const RouteTableId = resources.privateRouteTableId!;
    const more = { RouteTableId, NatGatewayId: second.natGatewayId };
    await ec2().send(new CreateRouteCommand({ ...more, DestinationIpv6CidrBlock: '64:ff9b::/96' }));
    await ec2().send(new CreateRouteCommand({ ...more, DestinationPrefixListId: 'pl-0123456789abcdef0' }));
    await removal(test, { createdBy: 'run-2' });
    expect(countsOf(test)).toEqual({ ...onlyVpc, 'ec2:internet-gateway': 1, 'ec2:route-table': 2 });
    const { RouteTables } = await ec2().send(
      new DescribeRouteTablesCommand({ RouteTableIds: [resources.privateRouteTableId!] }),
    );
    expect(RouteTables?.[0]?.Routes?.map((route) => route.GatewayId)).toEqual(['local']);
    expect(RouteTables?.[0]?.Associations).toHaveLength(4);
  });

  it('names what keeps the Internet Gateway attached, and goes on once that is gone', async () => {
    const { test, resources } = await world();
    const id = test.aws.inspect(plan.region, (call) =>
      addNetworkInterface(call, {
        subnetId: resources.subnetIds!['subnet/eks-public/b']!,
        groupIds: [],
        description: 'bastion',
        requesterManaged: false,
        instanceId: 'i-0feedfacefeedface',
        publicIp: '198.51.100.7',
      }),
    );
    await expect(removal(test)).rejects.toMatchObject({
      name: 'RemovalBlockedError',
      message: expect.stringMatching(
        new RegExp(`^routing: the Internet Gateway.*${id}: an interface of EC2 instance i-0feedfacefeedface`),
      ),
    });
    test.aws.inspect(plan.region, (call) => removeNetworkInterface(call, id));
    expect((await removal(test)).answer.status).toBe('gone');
    expect(countsOf(test)).toEqual(onlyVpc);
  });

  it('asks for the release of an address only when its NAT gateway is deleted', async () => {
    const { test } = await world();
    await removal(test);
    test.advance(settledSeconds);
    expect(mutationsOf(test, 'ec2:ReleaseAddress')).toHaveLength(1);
    // It may be held for a while after that.
    expect(test.aws.requests['ec2:ReleaseAddress']).toBeLessThanOrEqual(8);
  });
});
