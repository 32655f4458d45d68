import {
  AssociateRouteTableCommand,
  AttachInternetGatewayCommand,
  CreateInternetGatewayCommand,
  CreateRouteCommand,
  CreateRouteTableCommand,
  DeleteNatGatewayCommand,
  DescribeNatGatewaysCommand,
  DescribeRouteTablesCommand,
  ReplaceRouteCommand,
  ReplaceRouteTableAssociationCommand,
  type RouteTable,
} from '@aws-sdk/client-ec2';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { AwsFault } from '#embedded/model.ts';
import { addNetworkInterface } from '#embedded/services/ec2/network-interfaces.ts';
import { ec2State } from '#embedded/services/ec2/state.ts';
import { ensure } from '#functions/routing/ensure.ts';
import { takeSlots } from '#lib/run/budget.ts';
import type { Resources, StepAnswer } from '#lib/run/environment.ts';
import { answerStep } from '#lib/run/step.ts';
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
import { samplePlan } from '../../support/plan.ts';

const plan = samplePlan();
const secondRun = samplePlan({ execution: 'run-2' });
const whole = {
  'ec2:elastic-ip': 1,
  'ec2:internet-gateway': 1,
  'ec2:nat-gateway': 1,
  'ec2:network-interface': 1,
  'ec2:route-table': 2,
  'ec2:subnet': 16,
  'ec2:vpc': 1,
};

async function world(seed = 1): Promise<{ test: TestAws; vpc: Resources }> {
  const test = testAws({ seed });
  const vpc = await ensureNetwork(test, plan, 'vpc');
  test.advance(settledSeconds);
  return { test, vpc };
}

function run(test: TestAws, vpc: Resources, environment = plan) {
  return untilDone(test, 'routing', ensure, environment, vpc);
}

function look(environment: typeof plan, resources: Resources, last?: StepAnswer): Promise<StepAnswer> {
  const step = last ?? { ...before, resources };
  return answerStep('routing', { typicalSeconds: 100, deadlineSeconds: 1200 }, ensure, { environment, step });
}

const before: Omit<StepAnswer, 'resources'> = {
  step: 'vpc',
  status: 'ready',
  requested: true,
  retryAfterSeconds: 0,
  since: '2026-11-01T00:00:00Z',
  detail: '',
};

async function tableOf(id: string | undefined): Promise<RouteTable> {
  const { RouteTables } = await ec2().send(new DescribeRouteTablesCommand({ RouteTableIds: [id!] }));
  return RouteTables![0]!;
}

function defaultRoute(table: RouteTable) {
  return table.Routes?.find((route) => route.DestinationCidrBlock === '0.0.0.0/0');
}

function subnetsOf(table: RouteTable): string[] {
  return (table.Associations ?? []).flatMap((association) => association.SubnetId ?? []).sort();
}

function idsOf(vpc: Resources, ...components: string[]): string[] {
  return components.map((component) => vpc.subnetIds![component]!).sort();
}

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('ensure routing', () => {
  it('makes gateways, address and two route tables, with the routes of R13 to R17', async () => {
    const { test, vpc } = await world();
    const { answer } = await run(test, vpc);
    expect(answer.status).toBe('ready');
    expect(countsOf(test)).toEqual(whole);
    const { internetGatewayId, natGatewayId, privateRouteTableId, publicRouteTableId } = answer.resources;
    const [publicTable, privateTable] = [
      await tableOf(publicRouteTableId),
      await tableOf(privateRouteTableId),
    ];
    expect(defaultRoute(publicTable)).toMatchObject({ GatewayId: internetGatewayId, State: 'active' });
    expect(defaultRoute(privateTable)).toMatchObject({ NatGatewayId: natGatewayId, State: 'active' });
    const letters = ['a', 'b', 'c'];
    expect(subnetsOf(publicTable)).toEqual(
      idsOf(vpc, ...letters.map((letter) => `subnet/eks-public/${letter}`)),
    );
    expect(subnetsOf(privateTable)).toEqual(
      idsOf(vpc, 'subnet/endpoints/a', ...letters.map((letter) => `subnet/eks-private/${letter}`)),
    );
    const main = await tableOf(vpc.mainRouteTableId);
    expect(main.Routes).toHaveLength(1);
    expect(subnetsOf(main)).toEqual([]);
    const { NatGateways } = await ec2().send(new DescribeNatGatewaysCommand({}));
    expect(NatGateways?.[0]).toMatchObject({
      SubnetId: vpc.subnetIds?.['subnet/eks-public/a'],
      NatGatewayAddresses: [{ AllocationId: answer.resources.allocationId }],
    });
  });

  it.each([1, 2, 3, 4, 5])(
    'has asked for everything but the private default route within seconds (seed %i)',
    async (seed) => {
      const { test, vpc } = await world(seed);
      const start = Date.now();
      let answer = await look(plan, vpc);
      while (!answer.requested) {
        test.advance(answer.retryAfterSeconds);
        answer = await look(plan, vpc, answer);
      }
      expect((Date.now() - start) / 1000).toBeLessThanOrEqual(6);
      expect(countsOf(test)).toMatchObject({ 'ec2:nat-gateway': 1, 'ec2:route-table': 2 });
      expect(answer.status).toBe('pending');
      expect(answer.detail).toContain(`NAT gateway ${answer.resources.natGatewayId} is pending`);
      expect(defaultRoute(await settledTable(test, answer.resources.privateRouteTableId))).toBeUndefined();
    },
  );

  it('looks first when a NAT gateway may be done, then at a quarter of a minute', async () => {
    const { test, vpc } = await world();
    let answer = await look(plan, vpc);
    const waits: number[] = [];
    while (answer.status === 'pending') {
      waits.push(answer.retryAfterSeconds);
      test.advance(answer.retryAfterSeconds);
      answer = await look(plan, vpc, answer);
    }
    const long = waits.findIndex((seconds) => seconds > 60);
    expect(long).toBeGreaterThanOrEqual(0);
    expect(waits.slice(long + 1).every((seconds) => seconds <= 15)).toBe(true);
  });

  it('changes nothing in a second run', async () => {
    const { test, vpc } = await world();
    const first = await run(test, vpc);
    const mutations = test.aws.mutations.length;
    const { answer, looks } = await run(test, vpc, secondRun);
    expect(answer).toMatchObject({ status: 'ready', resources: first.answer.resources });
    expect(looks).toBe(1);
    expect(test.aws.mutations).toHaveLength(mutations);
  });

  it.each([
    'CreateInternetGateway',
    'AttachInternetGateway',
    'AllocateAddress',
    'CreateNatGateway',
    'CreateRouteTable',
    'AssociateRouteTable',
    'CreateRoute',
  ])('makes nothing twice when the answer of %s is lost, or the process dies with it', async (operation) => {
    const lost = await world();
    lost.test.aws.inject = once(lost.test, `ec2:${operation}`, { kind: 'answer-lost' });
    await run(lost.test, lost.vpc);
    expect(countsOf(lost.test)).toEqual(whole);
    for (const seed of [1, 2, 3]) {
      const { test, vpc } = await world(seed);
      await killedAfter(test, `ec2:${operation}`, () => run(test, vpc));
      await run(test, vpc, secondRun);
      expect(countsOf(test)).toEqual(whole);
    }
  });

  it('makes a new NAT gateway where the old one was deleted, and leaves the corpse', async () => {
    const { test, vpc } = await world();
    const first = await run(test, vpc);
    const NatGatewayId = first.answer.resources.natGatewayId!;
    await ec2().send(new DeleteNatGatewayCommand({ NatGatewayId }));
    test.advance(200);
    const second = await run(test, vpc);
    expect(second.answer.resources.natGatewayId).not.toBe(NatGatewayId);
    const table = await tableOf(second.answer.resources.privateRouteTableId);
    expect(defaultRoute(table)).toMatchObject({
      NatGatewayId: second.answer.resources.natGatewayId,
      State: 'active',
    });
    expect(second.answer.resources.allocationId).toBe(first.answer.resources.allocationId);
  });

  it('replaces a NAT gateway that failed for a reason of AWS', async () => {
    const { test, vpc } = await world();
    test.aws.inject = once(test, 'ec2:CreateNatGateway', { kind: 'outcome-fails' });
    const { answer } = await run(test, vpc);
    expect(answer.status).toBe('ready');
    expect(mutationsOf(test, 'ec2:CreateNatGateway').length).toBeLessThanOrEqual(4);
    expect(countsOf(test)).toMatchObject(whole);
  });

  it.each([
    ['shown as associated', true],
    ['shown as free', false],
  ])('waits minutes for an address that its deleted gateway still holds, %s', async (_how, isShown) => {
    const { test, vpc } = await world();
    const first = await run(test, vpc);
    const { allocationId } = first.answer.resources;
    await deletedGateway(test, first.answer.resources, isShown ? 300 : 60, isShown);
    const { answer, seconds } = await run(test, vpc, secondRun);
    expect(answer.status).toBe('ready');
    expect(answer.resources.allocationId).toBe(allocationId);
    expect(seconds).toBeGreaterThan(60);
    expect(mutationsOf(test, 'ec2:AllocateAddress')).toHaveLength(1);
  });

  it('waits where AWS calls the address that a deleted gateway still holds an AuthFailure', async () => {
    const { test, vpc } = await world();
    const first = await run(test, vpc);
    await deletedGateway(test, first.answer.resources, 0, false);
    const [fault, until] = [new AwsFault('AuthFailure', 'not yours'), Date.now() + 100_000];
    test.aws.inject = ({ operation }) =>
      operation === 'ec2:CreateNatGateway' && Date.now() < until ? { kind: 'refuse', fault } : undefined;
    const { answer, seconds } = await run(test, vpc, secondRun);
    expect(answer.status).toBe('ready');
    expect(seconds).toBeGreaterThan(100);
  });

  it('says so when the address is not let go within ten minutes', async () => {
    const { test, vpc } = await world();
    const first = await run(test, vpc);
    const NatGatewayId = await deletedGateway(test, first.answer.resources, 3000, true);
    await expect(run(test, vpc, secondRun)).rejects.toMatchObject({
      name: 'ResourceFailedError',
      message: expect.stringContaining(`still held by NAT gateway ${NatGatewayId} 10 minutes after`),
    });
  });

  it('refuses at once an address that somebody gave to something else', async () => {
    const { test, vpc } = await world();
    const first = await run(test, vpc);
    await deletedGateway(test, first.answer.resources, 0, false);
    test.aws.inspect(plan.region, (call) => {
      const subnetId = vpc.subnetIds!['subnet/eks-public/b']!;
      const networkInterfaceId = addNetworkInterface(call, {
        subnetId,
        groupIds: [],
        description: 'bastion',
      });
      const address = ec2State(call).addresses[first.answer.resources.allocationId!]!;
      Object.assign(address, { associationId: 'eipassoc-theirs', networkInterfaceId });
    });
    const start = Date.now();
    await expect(run(test, vpc, secondRun)).rejects.toMatchObject({
      name: 'NotOurResourceError',
      message: expect.stringContaining('eipassoc-theirs'),
    });
    expect(Date.now() - start).toBeLessThan(10_000);
  });

  it('makes no second gateway or address while AWS shows the first one late, however old the step is', async () => {
    const { test, vpc } = await world();
    const since = new Date(Date.now() - 600_000).toISOString();
    let answer = await look(plan, vpc, {
      ...before,
      step: 'routing',
      status: 'pending',
      since,
      resources: vpc,
    });
    while (answer.status === 'pending') {
      test.aws.inspect(plan.region, (call) => {
        const { addresses, internetGateways } = ec2State(call);
        for (const one of [...Object.values(addresses), ...Object.values(internetGateways)])
          Object.assign(one, { listedAt: Math.max(one.listedAt ?? 0, one.visibleAt + 40_000) });
      });
      test.advance(answer.retryAfterSeconds);
      answer = await look(plan, vpc, answer);
    }
    expect(countsOf(test)).toEqual(whole);
    expect(mutationsOf(test, 'ec2:AllocateAddress')).toHaveLength(1);
    expect(mutationsOf(test, 'ec2:CreateInternetGateway')).toHaveLength(1);
  });

  it.each([
    ['ec2:AttachInternetGateway', 'is queued'],
    ['ec2:CreateNatGateway', 'is queued'],
    ['ec2:CreateRouteTable', 'is queued'],
    ['ec2:CreateRouteTable', 'is not taken yet'],
  ])(
    'makes nothing twice where %s %s, and AWS lists late what the same look made',
    async (operation, how) => {
      const { test, vpc } = await world();
      if (how === 'is queued') await fillQueue(operation);
      else refuse(test, operation, 'InvalidVpcID.NotFound', 100);
      await untilReadyListedLate(test, vpc, 400);
      expect(countsOf(test)).toEqual(whole);
      for (const create of ['CreateInternetGateway', 'AllocateAddress', 'CreateNatGateway'])
        expect(mutationsOf(test, `ec2:${create}`)).toHaveLength(1);
    },
  );

  it.each(['CreateInternetGateway', 'AllocateAddress'])(
    'waits for what a lost answer of %s may have made, whatever else is worth a look before',
    async (create) => {
      const { test, vpc } = await world();
      test.aws.inject = once(test, `ec2:${create}`, { kind: 'answer-lost' });
      await untilReadyListedLate(test, vpc, 20);
      expect(countsOf(test)).toEqual(whole);
      expect(mutationsOf(test, `ec2:${create}`)).toHaveLength(1);
    },
  );

  it('gives up on the fourth failure, with code and message', async () => {
    const { test, vpc } = await world();
    test.aws.inject = (call) =>
      call.operation === 'ec2:CreateNatGateway' ? { kind: 'outcome-fails' } : undefined;
    await expect(run(test, vpc)).rejects.toMatchObject({
      name: 'ResourceFailedError',
      message: expect.stringMatching(
        /^routing: NAT gateway nat-\w+ failed: InternalError: Network interface/,
      ),
    });
    // Beside the four, any that met its predecessor on the address.
    const failures = test.aws.inspect(plan.region, (call) =>
      Object.values(ec2State(call).natGateways).filter((one) => one.failureCode === 'InternalError'),
    );
    expect(failures).toHaveLength(4);
  });

  it('does not repeat a NAT gateway that failed for a reason that stays', async () => {
    const { test, vpc } = await world();
    test.aws.inject = (call) => {
      if (call.operation !== 'ec2:DescribeNatGateways') return undefined;
      test.aws.inspect(plan.region, (inside) => {
        for (const gateway of Object.values(ec2State(inside).natGateways))
          Object.assign(gateway, { state: 'failed', failureCode: 'InsufficientFreeAddressesInSubnet' });
      });
      return undefined;
    };
    await expect(run(test, vpc)).rejects.toThrow(/failed: InsufficientFreeAddressesInSubnet/);
    expect(mutationsOf(test, 'ec2:CreateNatGateway')).toHaveLength(1);
  });

  it('says so where AWS names no reason for a failed gateway', async () => {
    const { test, vpc } = await world();
    test.aws.inject = (call) => {
      if (call.operation !== 'ec2:DescribeNatGateways') return undefined;
      test.aws.inspect(plan.region, (inside) => {
        for (const gateway of Object.values(ec2State(inside).natGateways))
          Object.assign(gateway, { state: 'failed', failureCode: undefined });
      });
      return undefined;
    };
    await expect(run(test, vpc)).rejects.toThrow(/failed: AWS gives no reason \(1 failed/);
    expect(mutationsOf(test, 'ec2:CreateNatGateway')).toHaveLength(1);
  });

  it('moves a subnet back to its table, and a default route back to its gateway', async () => {
    const { test, vpc } = await world();
    const { answer } = await run(test, vpc);
    const { publicRouteTableId, privateRouteTableId, natGatewayId, internetGatewayId } = answer.resources;
    const [association] = (await tableOf(privateRouteTableId)).Associations!;
    await ec2().send(
      new ReplaceRouteTableAssociationCommand({
        AssociationId: association!.RouteTableAssociationId,
        RouteTableId: publicRouteTableId,
      }),
    );
    const DestinationCidrBlock = '0.0.0.0/0';
    await ec2().send(
      new ReplaceRouteCommand({
        RouteTableId: publicRouteTableId,
        DestinationCidrBlock,
        NatGatewayId: natGatewayId,
      }),
    );
    await run(test, vpc, secondRun);
    expect(subnetsOf(await tableOf(privateRouteTableId))).toHaveLength(4);
    expect(subnetsOf(await tableOf(publicRouteTableId))).toHaveLength(3);
    expect(defaultRoute(await tableOf(publicRouteTableId))?.GatewayId).toBe(internetGatewayId);
  });

  it('reports a data subnet that somebody gave a route table, and a route in the main one', async () => {
    const { test, vpc } = await world();
    const { answer } = await run(test, vpc);
    const { RouteTable: theirs } = await ec2().send(new CreateRouteTableCommand({ VpcId: vpc.vpcId }));
    test.advance(settledSeconds);
    const RouteTableId = theirs?.RouteTableId;
    const SubnetId = vpc.subnetIds?.['subnet/aurora/a'];
    await ec2().send(new AssociateRouteTableCommand({ RouteTableId, SubnetId }));
    await expect(run(test, vpc, secondRun)).rejects.toMatchObject({
      name: 'NotOurResourceError',
      message: expect.stringContaining(
        `data subnet ${SubnetId} was explicitly associated with route table ${RouteTableId}`,
      ),
    });
    const other = await world();
    const found = await run(other.test, other.vpc);
    await ec2().send(
      new CreateRouteCommand({
        RouteTableId: other.vpc.mainRouteTableId,
        DestinationCidrBlock: '0.0.0.0/0',
        NatGatewayId: found.answer.resources.natGatewayId,
      }),
    );
    await expect(run(other.test, other.vpc, secondRun)).rejects.toThrow(
      /main route table .* has a route to 0\.0\.0\.0\/0/,
    );
    expect(answer.status).toBe('ready');
  });

  it('refuses a VPC that has an Internet Gateway of somebody else', async () => {
    const { test, vpc } = await world();
    const { InternetGateway: theirs } = await ec2().send(new CreateInternetGatewayCommand({}));
    test.advance(settledSeconds);
    const { InternetGatewayId } = theirs!;
    await ec2().send(new AttachInternetGatewayCommand({ InternetGatewayId, VpcId: vpc.vpcId }));
    await expect(run(test, vpc)).rejects.toMatchObject({
      name: 'NotOurResourceError',
      message: expect.stringContaining(`Internet Gateway ${InternetGatewayId} is attached`),
    });
  });

  it('refuses to start without the VPC of the step ahead', async () => {
    testAws();
    await expect(look(plan, {})).rejects.toThrow(/knows no vpcId/);
  });
});

/** Another environment has asked for the two calls ahead: ours come due minutes later. */
async function fillQueue(operation: string): Promise<void> {
  const rate = { burst: 1, perSecond: 0.01 };
  vi.stubEnv('ACCOUNT_RATES', JSON.stringify({ [plan.account]: { [operation]: rate } }));
  await takeSlots({ place: plan, operation, rate }, 2);
}

function refuse(test: TestAws, operation: string, code: string, seconds: number): void {
  const [fault, until] = [new AwsFault(code, 'not yet'), Date.now() + seconds * 1000];
  test.aws.inject = (call) =>
    call.operation === operation && Date.now() < until ? { kind: 'refuse', fault } : undefined;
}

/** What is made shows in a listing only after as many seconds. */
async function untilReadyListedLate(test: TestAws, vpc: Resources, seconds: number): Promise<void> {
  let answer = await look(plan, vpc);
  while (answer.status === 'pending') {
    test.aws.inspect(plan.region, (call) => {
      const { addresses, internetGateways, natGateways } = ec2State(call);
      for (const made of [addresses, internetGateways, natGateways])
        for (const one of Object.values(made))
          Object.assign(one, { listedAt: Math.max(one.listedAt ?? 0, one.visibleAt + seconds * 1000) });
    });
    test.advance(answer.retryAfterSeconds);
    answer = await look(plan, vpc, answer);
  }
}

/** Deletes the NAT gateway, which then holds its address for `seconds` more. */
async function deletedGateway(
  test: TestAws,
  { natGatewayId, allocationId }: Resources,
  seconds: number,
  isShown: boolean,
): Promise<string> {
  const { associationId, networkInterfaceId } = test.aws.inspect(
    plan.region,
    (call) => ec2State(call).natGateways[natGatewayId!]!,
  );
  await ec2().send(new DeleteNatGatewayCommand({ NatGatewayId: natGatewayId }));
  test.advance(240);
  test.aws.inspect(plan.region, (call) => {
    const address = ec2State(call).addresses[allocationId!]!;
    const gateway = ec2State(call).natGateways[natGatewayId!]!;
    gateway.deletedAt = call.now;
    if (isShown) Object.assign(address, { associationId, networkInterfaceId });
    address.heldUntil = call.now + seconds * 1000;
    call.schedule('ec2:natGatewayAddressFree', address.id, seconds * 1000);
  });
  return natGatewayId!;
}

async function settledTable(test: TestAws, id: string | undefined): Promise<RouteTable> {
  test.advance(settledSeconds);
  return tableOf(id);
}
