import {
  AllocateAddressCommand,
  CreateNatGatewayCommand,
  DescribeAddressesCommand,
  DescribeInternetGatewaysCommand,
  DescribeNatGatewaysCommand,
  DescribeRouteTablesCommand,
  DescribeTransitGatewayVpcAttachmentsCommand,
  EC2Client,
  type NatGateway,
  type RouteTable,
} from '@aws-sdk/client-ec2';
import { beforeEach, describe, expect, it } from 'vitest';
import { ensure } from '#functions/routing/ensure.ts';
import { client } from '#lib/aws/clients.ts';
import { natPlans } from '#lib/network/options.ts';
import type { EnvironmentPlan, Resources } from '#lib/run/environment.ts';
import { ago, contextOf, madeAgo, mockedEc2, plan, refusal, tagsOf } from '../../support/mocked-ec2.ts';

const mocked = mockedEc2();
const perZone = { ...plan, network: { ...plan.network, natGateways: 'per-zone' as const } };
const withTransit = (environment: EnvironmentPlan) => ({
  ...environment,
  network: { ...environment.network, transitGateway: { id: 'tgw-1', routes: ['10.0.0.0/8'] } },
});
const subnetIds = Object.fromEntries(plan.subnets.map(({ component }) => [component, component]));
const ahead: Resources = { vpcId: 'vpc-1', subnetIds };

/** An account in which the routing of `environment` stands; ids are the components. */
function arrange(environment: EnvironmentPlan, changes: { nats?: Partial<NatGateway>; maker?: string } = {}) {
  const zones = natPlans(environment);
  const maker = { ...plan, execution: changes.maker ?? 'run-0' };
  const table = (id: string, subnets: readonly string[], target: object): RouteTable => ({
    RouteTableId: id,
    Tags: tagsOf(id, maker),
    Associations: subnets.map((SubnetId) => ({ RouteTableId: id, SubnetId })),
    Routes: [
      { DestinationCidrBlock: '0.0.0.0/0', State: 'active', ...target },
      { DestinationCidrBlock: '10.0.0.0/8', State: 'active', TransitGatewayId: 'tgw-1' },
    ],
  });
  const publicSubnets = ['a', 'b', 'c'].map((letter) => `subnet/eks-public/${letter}`);
  mocked.ec2.on(DescribeInternetGatewaysCommand).resolves({
    InternetGateways: [
      {
        InternetGatewayId: 'igw',
        Tags: tagsOf('internet-gateway'),
        Attachments: [{ VpcId: 'vpc-1', State: 'available' as 'attached' }],
      },
    ],
  });
  mocked.ec2.on(DescribeAddressesCommand).resolves({
    Addresses: zones.map(({ address }) => ({ AllocationId: address, Tags: tagsOf(address) })),
  });
  mocked.ec2.on(DescribeNatGatewaysCommand).resolves({
    NatGateways: zones.map(({ gateway }) => ({
      NatGatewayId: gateway,
      State: 'available',
      Tags: tagsOf(gateway),
      ...changes.nats,
    })),
  });
  mocked.ec2.on(DescribeRouteTablesCommand).resolves({
    RouteTables: [
      table('route-table/eks-public', publicSubnets, { GatewayId: 'igw' }),
      ...zones.map((one) => table(one.table, one.subnets, { NatGatewayId: one.gateway })),
    ],
  });
  attachments('available');
}

function attachments(...states: string[]) {
  mocked.ec2.on(DescribeTransitGatewayVpcAttachmentsCommand).resolves({
    TransitGatewayVpcAttachments: states.map((state) => ({
      TransitGatewayAttachmentId: 'tgw-attach',
      TransitGatewayId: 'tgw-1',
      State: state as 'available',
      Tags: tagsOf('transit-gateway-attachment'),
    })),
  });
}

function look(environment: EnvironmentPlan, resources: Resources = {}) {
  return ensure(contextOf({ ...ahead, ...resources }, environment));
}

async function standing(): Promise<RouteTable[]> {
  const { RouteTables = [] } = await client(EC2Client, plan).send(new DescribeRouteTablesCommand({}));
  return RouteTables;
}

function sent(): string[] {
  return mocked.ec2.calls().map(({ args }) => args[0].constructor.name.replace('Command', ''));
}

const one: Resources = {
  internetGatewayId: 'igw',
  allocationId: 'address/nat',
  natGatewayId: 'nat-gateway',
  publicRouteTableId: 'route-table/eks-public',
  privateRouteTableId: 'route-table/eks-private',
};
const zonalIds = {
  'address/nat/b': 'address/nat/b',
  'nat-gateway/b': 'nat-gateway/b',
  'address/nat/c': 'address/nat/c',
  'nat-gateway/c': 'nat-gateway/c',
};

beforeEach(() => {
  mocked.ec2.onAnyCommand().resolves({});
});

describe('a look at the routing', () => {
  it('answers the ids of one way out, with nothing of other zones', async () => {
    arrange(plan);
    attachments();
    expect(await look(plan, madeAgo(61, 'igw'))).toEqual({
      status: 'ready',
      detail: 'Internet Gateway igw, NAT gateway nat-gateway and routes are there',
      resources: { ...one, madeAt: {} },
    });
    expect(sent().filter((name) => !name.startsWith('Describe'))).toEqual([]);
  });

  it('answers the ids of every zone beside the first, and of the attachment', async () => {
    arrange(perZone);
    expect(await look(withTransit(perZone), { zonalIds: { other: 'id' } })).toEqual({
      status: 'ready',
      detail:
        'Internet Gateway igw, NAT gateway nat-gateway, nat-gateway/b, nat-gateway/c and routes are there',
      resources: {
        ...one,
        madeAt: {},
        zonalIds: { other: 'id', ...zonalIds },
        transitGatewayAttachmentId: 'tgw-attach',
      },
    });
  });

  it('has asked for everything only once each zone has its NAT gateway', async () => {
    arrange(perZone);
    mocked.ec2.on(DescribeNatGatewaysCommand).resolves({
      NatGateways: [{ NatGatewayId: 'nat-gateway', State: 'available', Tags: tagsOf('nat-gateway') }],
    });
    mocked.ec2
      .on(CreateNatGatewayCommand)
      .rejects(refusal('ec2:CreateNatGateway', 'InvalidAllocationID.NotFound'));
    const waiting = await look(perZone);
    expect(waiting).toMatchObject({
      status: 'pending',
      requested: false,
      detail: 'AWS does not see address address/nat/b yet; AWS does not see address address/nat/c yet',
      retryAfterSeconds: 2,
    });
    const { 'nat-gateway/b': _b, 'nat-gateway/c': _c, ...addresses } = zonalIds;
    expect(waiting.resources?.zonalIds).toEqual(addresses);
    mocked.ec2.on(CreateNatGatewayCommand).resolves({ NatGateway: { NatGatewayId: 'new' } });
    expect(await look(perZone)).toMatchObject({ status: 'pending', requested: true });
  });

  it('erases no id that it does not know', async () => {
    arrange(plan);
    mocked.ec2.on(DescribeAddressesCommand).resolves({ Addresses: [] });
    mocked.ec2.on(AllocateAddressCommand).rejects(refusal('ec2:AllocateAddress', 'TimeoutError'));
    const { resources } = await look(plan);
    expect(resources).not.toHaveProperty('allocationId');
    expect(resources).not.toHaveProperty('natGatewayId');
    expect(resources).not.toHaveProperty('zonalIds');
    expect(resources).toMatchObject({ internetGatewayId: 'igw' });
  });

  it('lists nothing but NAT gateways while those are all it waits for', async () => {
    arrange(plan, { nats: { State: 'pending', CreateTime: ago(100) } });
    expect(await look(plan, one)).toEqual({
      status: 'pending',
      detail: 'NAT gateway nat-gateway is pending',
      retryAfterSeconds: 15,
      resources: {},
    });
    expect(sent()).toEqual(['DescribeNatGateways']);
  });

  it('sends the private tables to the transit gateway once the attachment stands', async () => {
    arrange(plan);
    const elsewhere = withTransit(plan);
    const routes = { ...elsewhere.network.transitGateway, routes: ['172.16.0.0/12'] };
    const environment = { ...elsewhere, network: { ...elsewhere.network, transitGateway: routes } };
    attachments('pending');
    expect(await look(environment)).toMatchObject({
      status: 'pending',
      detail: 'attachment tgw-attach to transit gateway tgw-1 is pending',
      resources: { transitGatewayAttachmentId: 'tgw-attach' },
    });
    expect(sent()).not.toContain('CreateRoute');
    attachments('available');
    await look(environment);
    expect(sent()).toContain('CreateRoute');
  });

  it('takes off an attachment that an earlier request named', async () => {
    arrange(plan);
    expect(await look(plan)).toMatchObject({
      status: 'pending',
      detail: 'attachment tgw-attach, which the request no longer asks for, is being deleted',
    });
  });

  it('looks for no such attachment where this run has made the tables', async () => {
    arrange(plan, { maker: 'run-1' });
    expect(await look(plan)).toMatchObject({ status: 'ready' });
    expect(sent()).not.toContain('DescribeTransitGatewayVpcAttachments');
  });

  it('looks for it where this run has made another table only', async () => {
    arrange(plan);
    attachments();
    const tables = await standing();
    const mine = { RouteTableId: 'mine', Tags: tagsOf('route-table/other') };
    const theirs = {
      RouteTableId: 'theirs',
      Tags: tagsOf('route-table/eks-private', { ...plan, name: 'other' }),
    };
    mocked.ec2.on(DescribeRouteTablesCommand).resolves({ RouteTables: [mine, theirs, ...tables] });
    expect(await look(plan)).toMatchObject({ status: 'ready' });
    expect(sent()).toContain('DescribeTransitGatewayVpcAttachments');
  });

  it('releases what a zone no longer has of its own', async () => {
    arrange(perZone);
    attachments();
    mocked.ec2.on(DescribeTransitGatewayVpcAttachmentsCommand).resolves({});
    expect(await look(plan)).toMatchObject({
      status: 'pending',
      detail: 'NAT gateway nat-gateway/b, nat-gateway/c is being deleted',
    });
  });
});
