import {
  CreateRouteCommand,
  CreateTransitGatewayVpcAttachmentCommand,
  DescribeTransitGatewayVpcAttachmentsCommand,
} from '@aws-sdk/client-ec2';
import { describe, expect, it } from 'vitest';
import { ec2State } from '#embedded/services/ec2/state.ts';
import { answerAttachment, placeTransitGateway } from '#embedded/services/ec2/transit-gateways.ts';
import { ensure } from '#functions/routing/ensure.ts';
import { remove } from '#functions/routing/remove.ts';
import type { EnvironmentPlan, Resources } from '#lib/run/environment.ts';
import { answerStep } from '#lib/run/step.ts';
import { timesOf } from '#lib/run/steps.ts';
import { type TestAws, testAws, untilDone } from '../../support/embedded.ts';
import {
  ec2,
  ensureNetwork,
  killedAfter,
  mutationsOf,
  once,
  settledSeconds,
} from '../../support/network-steps.ts';
import { samplePlan, sampleRemoval } from '../../support/plan.ts';

const id = 'tgw-0123456789abcdef0';
const off = samplePlan();
const on = withRoutes('10.0.0.0/8', '172.16.0.0/12');
const created = 'ec2:CreateTransitGatewayVpcAttachment';

function withRoutes(...routes: string[]): EnvironmentPlan {
  return samplePlan({ network: { ...off.network, transitGateway: { id, routes } } });
}

type Gateway = Partial<Parameters<typeof placeTransitGateway>[1]>;

/** An environment whose routes stand, in an account that sees the gateway. */
async function world(
  plan: EnvironmentPlan = off,
  gateway: Gateway = {},
): Promise<{ test: TestAws; resources: Resources }> {
  const test = testAws();
  test.aws.inspect(plan.region, (call) => placeTransitGateway(call, { id, ...gateway }));
  return { test, resources: await ensureNetwork(test, plan, 'routing') };
}

function run(test: TestAws, resources: Resources, plan = on) {
  return untilDone(test, 'routing', ensure, plan, resources);
}

async function attachments() {
  const answer = await ec2().send(new DescribeTransitGatewayVpcAttachmentsCommand({}));
  return (answer.TransitGatewayVpcAttachments ?? []).filter(({ State }) => State !== 'deleted');
}

function routesOf(test: TestAws): string[] {
  return test.aws.inspect(off.region, (call) =>
    Object.values(ec2State(call).routeTables).flatMap(({ routes, tags }) =>
      routes
        .filter(({ target }) => target === id)
        .map(({ destination }) => `${tags['aoscloud:component']} ${destination}`),
    ),
  );
}

describe('the attachment to a transit gateway', () => {
  it('has an interface in each zone, and the private table leads to it', async () => {
    const { test, resources } = await world(on);
    const [attachment] = await attachments();
    expect(attachment).toMatchObject({
      TransitGatewayAttachmentId: resources.transitGatewayAttachmentId,
      TransitGatewayId: id,
      State: 'available',
      SubnetIds: ['a', 'b', 'c'].map((letter) => resources.subnetIds?.[`subnet/eks-private/${letter}`]),
    });
    expect(routesOf(test)).toEqual([
      'route-table/eks-private 10.0.0.0/8',
      'route-table/eks-private 172.16.0.0/12',
    ]);
  });

  it('is in the endpoints subnet too where that has a zone of its own', async () => {
    const fourth = { name: 'eu-central-1d', id: 'euc1-az4' };
    const subnets = on.subnets.map((one) => (one.group === 'endpoints' ? { ...one, zone: fourth } : one));
    const { transitGatewaySubnets } = await import('#lib/network/options.ts');
    expect(transitGatewaySubnets({ subnets })).toEqual([
      'subnet/eks-private/a',
      'subnet/eks-private/b',
      'subnet/eks-private/c',
      'subnet/endpoints/a',
    ]);
    expect(transitGatewaySubnets(on)).toHaveLength(3);
  });

  it('is on each private table where every zone has its own', async () => {
    const { test } = await world({ ...on, network: { ...on.network, natGateways: 'per-zone' } });
    expect(routesOf(test).filter((route) => route.endsWith(' 10.0.0.0/8'))).toEqual([
      'route-table/eks-private 10.0.0.0/8',
      'route-table/eks-private/b 10.0.0.0/8',
      'route-table/eks-private/c 10.0.0.0/8',
    ]);
  });

  it('is left alone by a second run', async () => {
    const { test, resources } = await world(on);
    const before = test.aws.mutations.length;
    await run(test, resources, { ...on, execution: 'run-2' });
    expect(test.aws.mutations.length).toBe(before);
  });

  it('is made once although the answer was lost, or the process died', async () => {
    const { test, resources } = await world();
    test.aws.inject = once(test, created, { kind: 'answer-lost' });
    await run(test, resources);
    expect(await attachments()).toHaveLength(1);

    const other = await world();
    await killedAfter(other.test, created, () => run(other.test, other.resources));
    await run(other.test, other.resources, { ...on, execution: 'run-2' });
    expect(await attachments()).toHaveLength(1);
  });

  it('does not take over what somebody else attached the VPC with', async () => {
    const { test, resources } = await world();
    const SubnetIds = [resources.subnetIds!['subnet/eks-private/a']!];
    await ec2().send(
      new CreateTransitGatewayVpcAttachmentCommand({
        TransitGatewayId: id,
        VpcId: resources.vpcId,
        SubnetIds,
      }),
    );
    test.advance(settledSeconds);
    await expect(run(test, resources)).rejects.toThrow(
      /attaches the VPC of environment dev and does not carry its tags/,
    );
  });

  it('waits for the owner of the gateway to accept it, and says how', async () => {
    const { test, resources } = await world(off, { ownerId: '999900001111', autoAccept: false });
    let answer = await answerStep('routing', timesOf('routing', 'ensure'), ensure, {
      environment: on,
      step: { ...idle, resources },
    });
    test.advance(answer.retryAfterSeconds);
    answer = await answerStep('routing', timesOf('routing', 'ensure'), ensure, {
      environment: on,
      step: answer,
    });
    expect(answer).toMatchObject({ status: 'pending', requested: true });
    expect(answer.detail).toMatch(
      /^attachment tgw-attach-\w+ to transit gateway tgw-0123456789abcdef0 waits for the account that owns the gateway to accept it \(aws ec2 accept-transit-gateway-vpc-attachment --transit-gateway-attachment-id tgw-attach-\w+\)$/,
    );
    const attachmentId = answer.resources.transitGatewayAttachmentId!;
    test.aws.inspect(on.region, (call) => answerAttachment(call, attachmentId, 'accept'));
    await run(test, answer.resources);
    expect(routesOf(test)).toHaveLength(2);
  });

  it('fails by name where nobody accepts it for 15 minutes, and where it is rejected', async () => {
    const shared = { ownerId: '999900001111', autoAccept: false };
    const { test, resources } = await world(off, shared);
    await expect(run(test, resources)).rejects.toThrow(
      /^routing: attachment tgw-attach-\w+ to transit gateway \S+ was not accepted within 15 minutes/,
    );
    const [attachment] = await attachments();
    const attachmentId = attachment?.TransitGatewayAttachmentId as string;
    test.aws.inspect(on.region, (call) => answerAttachment(call, attachmentId, 'reject'));
    await expect(run(test, resources)).rejects.toThrow(/is rejected.*agree with the owner/s);
  });

  it('refuses a block of which somebody else made a route', async () => {
    const { test, resources } = await world();
    await ec2().send(
      new CreateRouteCommand({
        RouteTableId: resources.privateRouteTableId,
        DestinationCidrBlock: '10.0.0.0/8',
        NatGatewayId: resources.natGatewayId,
      }),
    );
    await expect(run(test, resources)).rejects.toThrow(/has a route for 10.0.0.0\/8 that somebody else made/);
  });

  it('has the routes that the request lists, and no more', async () => {
    const { test, resources } = await world(on);
    await run(test, resources, withRoutes('10.0.0.0/8', '192.168.0.0/16'));
    expect(routesOf(test)).toEqual([
      'route-table/eks-private 10.0.0.0/8',
      'route-table/eks-private 192.168.0.0/16',
    ]);
  });

  it('goes with its routes where the request no longer names it', async () => {
    const { test, resources } = await world(on);
    await run(test, resources, { ...off, execution: 'run-2' });
    expect(await attachments()).toEqual([]);
    expect(routesOf(test)).toEqual([]);
  });

  it('is removed with the routes to it, and only where the named run made it', async () => {
    const { test, resources } = await world();
    await run(test, resources, { ...on, execution: 'run-2' });
    const other = sampleRemoval({ createdBy: 'run-3' });
    await untilDone(test, 'routing', remove, other, resources);
    expect(await attachments()).toHaveLength(1);
    await untilDone(test, 'routing', remove, sampleRemoval({ createdBy: 'run-2' }), resources);
    expect(await attachments()).toEqual([]);
    expect(routesOf(test)).toEqual([]);
    expect(mutationsOf(test, 'ec2:DeleteNatGateway')).toEqual([]);
  });
});

const idle = {
  step: 'vpc',
  status: 'ready',
  requested: true,
  retryAfterSeconds: 0,
  since: new Date(0).toISOString(),
  detail: '',
  resources: {},
} as const;
