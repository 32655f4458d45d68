import {
  AllocateAddressCommand,
  DescribeAddressesCommand,
  DescribeNatGatewaysCommand,
  DescribeRouteTablesCommand,
  DisassociateRouteTableCommand,
} from '@aws-sdk/client-ec2';
import { describe, expect, it } from 'vitest';
import { ensure } from '#functions/routing/ensure.ts';
import { remove } from '#functions/routing/remove.ts';
import { through } from '#lib/aws/gate.ts';
import { tagValue } from '#lib/ownership/tags.ts';
import type { EnvironmentPlan, Resources } from '#lib/run/environment.ts';
import type { StepContext } from '#lib/run/step.ts';
import { type TestAws, testAws, untilDone } from '../../support/embedded.ts';
import {
  countsOf,
  ec2,
  ensureNetwork,
  killedAfter,
  mutationsOf,
  once,
  settledSeconds,
} from '../../support/network-steps.ts';
import { samplePlan, sampleRemoval } from '../../support/plan.ts';

const one = samplePlan();
const perZone = samplePlan({ network: { ...one.network, natGateways: 'per-zone' } });
const counts = (ways: number) => ({
  'ec2:nat-gateway': ways,
  'ec2:elastic-ip': ways,
  'ec2:route-table': ways + 1,
});

async function world(plan: EnvironmentPlan, seed = 1): Promise<{ test: TestAws; resources: Resources }> {
  const test = testAws({ seed });
  return { test, resources: await ensureNetwork(test, plan, 'routing') };
}

function run(test: TestAws, resources: Resources, plan: EnvironmentPlan) {
  return untilDone(test, 'routing', ensure, plan, resources);
}

/** By component of the private table: its subnets, and the zone's letter of the public subnet its gateway stands in. */
async function waysOut(resources: Resources): Promise<Record<string, string>> {
  const nameOf = (id: string | undefined) =>
    Object.entries(resources.subnetIds!)
      .find(([, subnetId]) => subnetId === id)?.[0]
      .replace('subnet/', '');
  const { NatGateways = [] } = await ec2().send(new DescribeNatGatewaysCommand({}));
  const { RouteTables = [] } = await ec2().send(new DescribeRouteTablesCommand({}));
  return Object.fromEntries(
    RouteTables.flatMap(({ Tags, Routes, Associations }) => {
      const id = Routes?.find(({ NatGatewayId }) => NatGatewayId)?.NatGatewayId;
      if (!id) return [];
      const subnets = (Associations ?? []).map(({ SubnetId }) => nameOf(SubnetId)).sort();
      const gateway = NatGateways.find(({ NatGatewayId }) => NatGatewayId === id);
      return [
        [tagValue(Tags, 'aoscloud:component')!, `${subnets.join(' ')} by ${nameOf(gateway?.SubnetId)}`],
      ];
    }),
  );
}

const shared = {
  'route-table/eks-private': 'eks-private/a eks-private/b eks-private/c endpoints/a by eks-public/a',
};
const zonal = {
  'route-table/eks-private': 'eks-private/a endpoints/a by eks-public/a',
  'route-table/eks-private/b': 'eks-private/b by eks-public/b',
  'route-table/eks-private/c': 'eks-private/c by eks-public/c',
};

describe('a NAT gateway in each zone', () => {
  it.each([1, 2, 3])('serves the subnets of its zone, with an address of its own (seed %i)', async (seed) => {
    const { test, resources } = await world(perZone, seed);
    expect(countsOf(test)).toMatchObject(counts(3));
    expect(await waysOut(resources)).toEqual(zonal);
    const before = test.aws.mutations.length;
    await run(test, resources, { ...perZone, execution: 'run-2' });
    expect(test.aws.mutations.length).toBe(before);
  });

  it.each(['ec2:AllocateAddress', 'ec2:CreateNatGateway', 'ec2:CreateRouteTable'])(
    'is made once although the answer of %s is lost, or the process died after it',
    async (operation) => {
      const test = testAws();
      const vpc = await ensureNetwork(test, perZone, 'vpc');
      test.aws.inject = once(test, operation, { kind: 'answer-lost' });
      await run(test, vpc, perZone);
      expect(countsOf(test)).toMatchObject(counts(3));

      const other = testAws();
      const otherVpc = await ensureNetwork(other, perZone, 'vpc');
      await killedAfter(other, operation, () => run(other, otherVpc, perZone));
      other.advance(5);
      await run(other, otherVpc, { ...perZone, execution: 'run-2' });
      expect(countsOf(other)).toMatchObject(counts(3));
    },
  );

  it('takes over from one for all: the first stays, and no subnet is ever without a way out', async () => {
    const { test, resources } = await world(one);
    const { answer } = await run(test, resources, { ...perZone, execution: 'run-2' });
    expect(answer.resources).toMatchObject({
      natGatewayId: resources.natGatewayId,
      allocationId: resources.allocationId,
    });
    expect(await waysOut(answer.resources)).toEqual(zonal);
    // No subnet moves to a table before that has its route.
    const routed = new Set<unknown>();
    for (const { operation, input } of test.aws.mutations) {
      if (operation === 'ec2:CreateRoute') routed.add(input.RouteTableId);
      if (operation === 'ec2:ReplaceRouteTableAssociation') expect(routed).toContain(input.RouteTableId);
    }
    expect(mutationsOf(test, 'ec2:ReplaceRouteTableAssociation')).not.toEqual([]);
    expect(mutationsOf(test, 'ec2:DisassociateRouteTable')).toEqual([]);
  });

  it.each([1, 2, 3])('gives way to one for all, and leaves nothing (seed %i)', async (seed) => {
    const { test, resources } = await world(perZone, seed);
    await run(test, resources, { ...one, execution: 'run-2' });
    expect(countsOf(test)).toMatchObject(counts(1));
    expect(await waysOut(resources)).toEqual(shared);
    const operations = test.aws.mutations.map(({ operation }) => operation);
    expect(operations.lastIndexOf('ec2:ReplaceRouteTableAssociation')).toBeLessThan(
      operations.indexOf('ec2:DeleteNatGateway'),
    );
  });

  it.each(['ec2:DeleteNatGateway', 'ec2:ReleaseAddress', 'ec2:DeleteRouteTable'])(
    'gives way to one for all although the process died after %s',
    async (operation) => {
      const { test, resources } = await world(perZone);
      await killedAfter(test, operation, () => run(test, resources, one));
      await run(test, resources, { ...one, execution: 'run-2' });
      expect(countsOf(test)).toMatchObject(counts(1));
    },
  );

  it('is taken back by a rollback, which gives the subnets back to the table they came from', async () => {
    const { test, resources } = await world(one);
    await run(test, resources, { ...perZone, execution: 'run-2' });
    const { answer } = await untilDone(test, 'routing', remove, sampleRemoval({ createdBy: 'run-2' }));
    expect(countsOf(test)).toMatchObject(counts(1));
    expect(await waysOut(resources)).toEqual(shared);
    // No turn was taken from others for a call that is not made.
    expect(answer.resources.turns?.routing ?? {}).toEqual({});
  });

  it('gives way with as many turns taken ahead as subnets are moved and associated', async () => {
    const { test, resources } = await world(perZone);
    const { RouteTables } = await ec2().send(
      new DescribeRouteTablesCommand({ RouteTableIds: [resources.privateRouteTableId!] }),
    );
    const AssociationId = RouteTables?.[0]?.Associations?.[0]?.RouteTableAssociationId;
    await ec2().send(new DisassociateRouteTableCommand({ AssociationId }));
    test.advance(settledSeconds);
    const before = test.aws.mutations.length;
    const ahead: Record<string, number> = {};
    const gate = {
      expect: async (operation: string, calls: number) => {
        ahead[operation] = (ahead[operation] ?? 0) + calls;
      },
      enter: async () => undefined,
      passed: async () => undefined,
      failed: async () => undefined,
    };
    const looking = (context: StepContext) => through(gate, () => ensure(context));
    await untilDone(test, 'routing', looking, { ...one, execution: 'run-2' }, resources);
    const made = test.aws.mutations.slice(before).map(({ operation }) => operation);
    expect(ahead).toEqual({ 'ec2:AssociateRouteTable': 1, 'ec2:ReplaceRouteTableAssociation': 2 });
    for (const [operation, calls] of Object.entries(ahead))
      expect(made.filter((name) => name === operation)).toHaveLength(calls);
  });

  it('goes with a removal', async () => {
    const { test } = await world(perZone);
    await untilDone(test, 'routing', remove, sampleRemoval());
    expect(countsOf(test)).toEqual({ 'ec2:subnet': 16, 'ec2:vpc': 1 });
  });
});

describe('Elastic IPs of the operator', () => {
  /** Addresses with tags of somebody else's only. */
  async function named(test: TestAws, count: number): Promise<string[]> {
    const ids: string[] = [];
    for (let index = 0; index < count; index += 1)
      ids.push((await ec2().send(new AllocateAddressCommand({ Domain: 'vpc' }))).AllocationId!);
    test.advance(5);
    return ids;
  }

  const withAddresses = (plan: EnvironmentPlan, natAddresses: readonly string[]) => ({
    ...plan,
    network: { ...plan.network, natAddresses },
  });

  async function addresses() {
    const { Addresses = [] } = await ec2().send(new DescribeAddressesCommand({}));
    return Addresses;
  }

  it.each([
    ['one', one, 1],
    ['each', perZone, 3],
  ] as const)(
    'are those of %s NAT gateway, and are neither tagged nor released',
    async (_title, plan, count) => {
      const test = testAws();
      const ids = await named(test, count);
      const made = withAddresses(plan, ids);
      const resources = await ensureNetwork(test, made, 'routing');
      expect(countsOf(test)).toMatchObject(counts(count));
      const { NatGateways = [] } = await ec2().send(new DescribeNatGatewaysCommand({}));
      expect(NatGateways.map((nat) => nat.NatGatewayAddresses?.[0]?.AllocationId).sort()).toEqual(
        [...ids].sort(),
      );

      const before = test.aws.mutations.length;
      await run(test, resources, { ...made, execution: 'run-2' });
      expect(test.aws.mutations.length).toBe(before);

      await untilDone(test, 'routing', remove, sampleRemoval());
      expect(countsOf(test)).toEqual({ 'ec2:subnet': 16, 'ec2:vpc': 1, 'ec2:elastic-ip': count });
      expect((await addresses()).flatMap(({ Tags = [] }) => Tags)).toEqual([]);
      expect(mutationsOf(test, 'ec2:ReleaseAddress')).toEqual([]);
    },
  );

  it('take the place of an own one that no NAT gateway has yet', async () => {
    const test = testAws();
    const vpc = await ensureNetwork(test, one, 'vpc');
    await killedAfter(test, 'ec2:AllocateAddress', () => run(test, vpc, one));
    const ids = await named(test, 1);
    await run(test, vpc, withAddresses(one, ids));
    expect((await addresses()).map(({ AllocationId }) => AllocationId)).toEqual(ids);
  });

  it('are missed by name where there is none', async () => {
    const test = testAws();
    const vpc = await ensureNetwork(test, one, 'vpc');
    const refusal = run(test, vpc, withAddresses(one, ['eipalloc-0123456789abcdef0']));
    await expect(refusal).rejects.toThrow(/eipalloc-0123456789abcdef0 of network.natAddresses is not in/);
  });
});
