import {
  type Address,
  DeleteInternetGatewayCommand,
  DeleteRouteTableCommand,
  DescribeAddressesCommand,
  DescribeInternetGatewaysCommand,
  DescribeNatGatewaysCommand,
  DescribeNetworkInterfacesCommand,
  DescribeRouteTablesCommand,
  DescribeTransitGatewayVpcAttachmentsCommand,
  DetachInternetGatewayCommand,
  DisassociateRouteTableCommand,
  type InternetGateway,
  type NatGateway,
  ReleaseAddressCommand,
  type RouteTable,
  type TransitGatewayVpcAttachment,
} from '@aws-sdk/client-ec2';
import { beforeEach, describe, expect, it } from 'vitest';
import { remove } from '#functions/routing/remove.ts';
import type { RemovalTarget } from '#lib/run/environment.ts';
import { mockedEc2, plan, refusal, tagsOf } from '../../support/mocked-ec2.ts';
import { sampleRemoval } from '../../support/plan.ts';

const mocked = mockedEc2();
const earlier = { ...plan, execution: 'run-0' };
const onlyMine = { createdBy: 'run-1' };

function nat(NatGatewayId: string, State: NonNullable<NatGateway['State']> = 'available'): NatGateway {
  return { NatGatewayId, State };
}

function table(RouteTableId: string, changes: Partial<RouteTable> = {}): RouteTable {
  return { RouteTableId, Tags: tagsOf('route-table/eks-private'), ...changes };
}

const associated = (...ids: string[]) => ({
  Associations: ids.map((RouteTableAssociationId) => ({ RouteTableAssociationId })),
});
const gateway = (InternetGatewayId: string, ...vpcIds: string[]): InternetGateway => ({
  InternetGatewayId,
  Attachments: vpcIds.map((VpcId) => ({ VpcId })),
});

interface World {
  readonly nats?: NatGateway[];
  readonly tables?: RouteTable[];
  readonly addresses?: Address[];
  readonly gateways?: InternetGateway[];
  readonly attachments?: TransitGatewayVpcAttachment[];
}

function arrange({ nats = [], tables = [], addresses = [], gateways = [], attachments = [] }: World): void {
  mocked.ec2.on(DescribeNatGatewaysCommand).resolves({ NatGateways: nats });
  mocked.ec2.on(DescribeRouteTablesCommand).resolves({ RouteTables: tables });
  mocked.ec2.on(DescribeAddressesCommand).resolves({ Addresses: addresses });
  mocked.ec2.on(DescribeInternetGatewaysCommand).resolves({ InternetGateways: gateways });
  mocked.ec2
    .on(DescribeTransitGatewayVpcAttachmentsCommand)
    .resolves({ TransitGatewayVpcAttachments: attachments });
}

function look(changes: Partial<RemovalTarget> = {}, elapsedSeconds = 0) {
  return remove({
    environment: sampleRemoval(changes),
    resources: {},
    elapsedSeconds,
    keep: () => undefined,
  });
}

/** What was sent beside the reads, by its name without `Command`. */
function changes(): [string, object][] {
  return mocked.ec2
    .calls()
    .map(({ args }): [string, object] => [args[0].constructor.name.replace('Command', ''), args[0].input])
    .filter(([name]) => !name.startsWith('Describe'));
}

beforeEach(() => {
  mocked.ec2.onAnyCommand().resolves({});
});

describe('a look at the removal of the routing', () => {
  it('is done where nothing is left, and says of whom', async () => {
    arrange({ nats: [nat('nat-0', 'deleted')], tables: [table('main', { Associations: [{ Main: true }] })] });
    const what = 'route table, NAT gateway, address, attachment and Internet Gateway';
    expect(await look()).toEqual({ status: 'gone', detail: `no ${what} is left` });
    expect(await look(onlyMine)).toEqual({ status: 'gone', detail: `no ${what} of this run is left` });
    expect(changes()).toEqual([]);
  });

  it('lists what carries the tags of the environment, or of the run, and every table that may lead there', async () => {
    arrange({});
    await look(onlyMine);
    const owned = { Name: 'tag:aoscloud:environment', Values: ['dev'] };
    const ofRun = { Name: 'tag:aoscloud:created-by', Values: ['run-1'] };
    const filters = mocked.ec2.calls().map(({ args }) => {
      const { Filters, Filter } = args[0].input as { Filters?: object; Filter?: object };
      return [args[0].constructor.name, Filters ?? Filter];
    });
    expect(Object.fromEntries(filters)).toEqual({
      DescribeNatGatewaysCommand: [owned, ofRun],
      DescribeRouteTablesCommand: [owned],
      DescribeAddressesCommand: [owned, ofRun],
      DescribeInternetGatewaysCommand: [owned, ofRun],
      DescribeTransitGatewayVpcAttachmentsCommand: [owned, ofRun],
    });
  });

  it('takes tables and NAT gateways first, as those hold the addresses, and waits for them', async () => {
    arrange({
      nats: [nat('nat-1'), nat('nat-2', 'deleting'), nat('nat-0', 'deleted')],
      tables: [table('rtb-1', associated('as-1', 'as-2'))],
      addresses: [{ AllocationId: 'a' }],
      gateways: [gateway('igw-1', 'vpc-1')],
    });
    expect(await look()).toMatchObject({
      status: 'pending',
      detail: 'NAT gateway nat-1, nat-2 is being deleted',
      retryAfterSeconds: 75,
    });
    expect(changes()).toEqual([
      ['DisassociateRouteTable', { AssociationId: 'as-1' }],
      ['DisassociateRouteTable', { AssociationId: 'as-2' }],
      ['DeleteRouteTable', { RouteTableId: 'rtb-1' }],
      ['DeleteNatGateway', { NatGatewayId: 'nat-1' }],
    ]);
  });

  it('only waits while all NAT gateways leave', async () => {
    arrange({
      nats: [nat('nat-1', 'deleting'), nat('nat-0', 'deleted')],
      addresses: [{ AllocationId: 'a' }],
    });
    expect(await look()).toMatchObject({
      detail: 'NAT gateway nat-1 is being deleted',
      retryAfterSeconds: 20,
    });
    expect(mocked.ec2.calls()).toHaveLength(1);
  });

  it('then takes addresses and gateways, each detached first', async () => {
    arrange({
      nats: [nat('nat-0', 'deleted')],
      addresses: [{ AllocationId: 'a' }, { AllocationId: 'b' }],
      gateways: [gateway('igw-1', 'vpc-1', 'vpc-2')],
    });
    expect(await look()).toMatchObject({
      status: 'pending',
      detail: 'routes and gateways are deleted',
      retryAfterSeconds: 2,
    });
    expect(changes()).toEqual([
      ['ReleaseAddress', { AllocationId: 'a' }],
      ['ReleaseAddress', { AllocationId: 'b' }],
      ['DetachInternetGateway', { InternetGatewayId: 'igw-1', VpcId: 'vpc-1' }],
      ['DetachInternetGateway', { InternetGatewayId: 'igw-1', VpcId: 'vpc-2' }],
      ['DeleteInternetGateway', { InternetGatewayId: 'igw-1' }],
    ]);
  });

  it('goes on where a part of it is gone already', async () => {
    arrange({ tables: [table('rtb-1', associated('as-1'))], gateways: [gateway('igw-1', 'vpc-1')] });
    mocked.ec2
      .on(DisassociateRouteTableCommand)
      .rejects(refusal('ec2:DisassociateRouteTable', 'InvalidAssociationID.NotFound'))
      .on(DetachInternetGatewayCommand)
      .rejects(refusal('ec2:DetachInternetGateway', 'Gateway.NotAttached'));
    expect((await look()).detail).toBe('routes and gateways are deleted');
    expect(mocked.ec2.commandCalls(DeleteRouteTableCommand)).toHaveLength(1);
    expect(mocked.ec2.commandCalls(DeleteInternetGatewayCommand)).toHaveLength(1);
  });

  it('says what AWS puts off', async () => {
    arrange({ tables: [table('rtb-1')] });
    mocked.ec2
      .on(DeleteRouteTableCommand)
      .rejects(refusal('ec2:DeleteRouteTable', 'DependencyViolation', 'no'));
    expect((await look()).detail).toBe('ec2:DeleteRouteTable answered DependencyViolation: no');
  });
});

describe('a rollback', () => {
  const route = { DestinationCidrBlock: '0.0.0.0/0' };
  const theirs = (id: string, changes: Partial<RouteTable> = {}) =>
    table(id, { Tags: tagsOf('route-table/eks-private', earlier), ...changes });

  it('leaves the tables of another run, without the routes to what goes', async () => {
    arrange({
      nats: [nat('nat-1'), nat('nat-0', 'deleted')],
      gateways: [gateway('igw-1')],
      attachments: [
        { TransitGatewayAttachmentId: 'tgw-attach-1', TransitGatewayId: 'tgw-1', State: 'available' },
      ],
      tables: [
        theirs('rtb-0', {
          ...associated('as-0'),
          Routes: [
            { ...route, NatGatewayId: 'nat-1' },
            { DestinationIpv6CidrBlock: '64:ff9b::/96', NatGatewayId: 'nat-0' },
            { DestinationPrefixListId: 'pl-1', GatewayId: 'igw-1' },
            { DestinationCidrBlock: '10.0.0.0/8', TransitGatewayId: 'tgw-1' },
            { DestinationCidrBlock: '10.231.0.0/16', GatewayId: 'local' },
            { DestinationCidrBlock: '172.16.0.0/12', TransitGatewayId: 'tgw-0' },
          ],
        }),
        theirs('rtb-00'),
        table('main', { Associations: [{ Main: true }], Routes: [{ ...route, GatewayId: 'igw-1' }] }),
        table('rtb-1', { Routes: [{ ...route, NatGatewayId: 'nat-1' }] }),
      ],
    });
    await look(onlyMine);
    const RouteTableId = 'rtb-0';
    expect(changes()).toEqual([
      ['DeleteRoute', { RouteTableId, ...route }],
      ['DeleteRoute', { RouteTableId, DestinationIpv6CidrBlock: '64:ff9b::/96' }],
      ['DeleteRoute', { RouteTableId, DestinationPrefixListId: 'pl-1' }],
      ['DeleteRoute', { RouteTableId, DestinationCidrBlock: '10.0.0.0/8' }],
      ['DeleteRoute', { RouteTableId: 'main', ...route }],
      ['DeleteRouteTable', { RouteTableId: 'rtb-1' }],
      ['DeleteTransitGatewayVpcAttachment', { TransitGatewayAttachmentId: 'tgw-attach-1' }],
      ['DeleteNatGateway', { NatGatewayId: 'nat-1' }],
    ]);
  });

  it('gives the subnets of its zonal tables back to the shared one of another run', async () => {
    const zonal = table('rtb-b', {
      Tags: tagsOf('route-table/eks-private/b'),
      ...associated('as-1', 'as-2'),
    });
    const ofNobody = theirs('rtb-x', { Tags: tagsOf('other', earlier) });
    arrange({ tables: [ofNobody, theirs('rtb-0'), zonal] });
    await look(onlyMine);
    expect(changes()).toEqual([
      ['ReplaceRouteTableAssociation', { AssociationId: 'as-1', RouteTableId: 'rtb-0' }],
      ['ReplaceRouteTableAssociation', { AssociationId: 'as-2', RouteTableId: 'rtb-0' }],
      ['DeleteRouteTable', { RouteTableId: 'rtb-b' }],
    ]);
  });

  it.each([
    ['the shared table goes as well', [table('rtb-0')], 'route-table/eks-private/b'],
    ['the table is none of a zone', [theirs('rtb-0')], 'route-table/eks-public'],
    ['the table tells no component', [theirs('rtb-0')], undefined],
  ])('gives them to nobody where %s', async (_what, others, component) => {
    const Tags = component
      ? tagsOf(component)
      : tagsOf('x').filter(({ Key }) => !Key?.endsWith(':component'));
    arrange({ tables: [...others, table('rtb-b', { Tags, ...associated('as-1') })] });
    await look(onlyMine);
    expect(changes()).toContainEqual(['DisassociateRouteTable', { AssociationId: 'as-1' }]);
  });
});

describe('what keeps the routing from going', () => {
  it.each([
    ['i-1', { InstanceId: 'i-1', NetworkInterfaceId: 'eni-1' }],
    ['eni-1', { NetworkInterfaceId: 'eni-1' }],
    ['something AWS does not name', {}],
  ])('is told of an address, which its NAT gateway lets go of by itself: %s', async (holder, told) => {
    arrange({ addresses: [{ AllocationId: 'a', ...told }] });
    mocked.ec2.on(ReleaseAddressCommand).rejects(refusal('ec2:ReleaseAddress', 'InvalidIPAddress.InUse'));
    expect(await look({}, 1800)).toMatchObject({
      status: 'pending',
      detail: `an address is held by a (an address held by ${holder})`,
    });
    await expect(look({}, 1801)).rejects.toMatchObject({
      name: 'RemovalBlockedError',
      message: expect.stringMatching(/^an address .*disassociate it/s),
    });
  });

  it('is told of an Internet Gateway by the public addresses in its VPCs, each looked at once', async () => {
    arrange({
      gateways: [gateway('igw-1', 'vpc-1'), gateway('igw-2', 'vpc-1'), { InternetGatewayId: 'igw-3' }],
    });
    mocked.ec2
      .on(DetachInternetGatewayCommand)
      .rejects(refusal('ec2:DetachInternetGateway', 'DependencyViolation'))
      .on(DescribeNetworkInterfacesCommand)
      .resolves({
        NetworkInterfaces: [
          {
            NetworkInterfaceId: 'eni-1',
            Attachment: { InstanceId: 'i-1' },
            Association: { PublicIp: '1.2.3.4' },
          },
          { NetworkInterfaceId: 'eni-2', Attachment: { InstanceId: 'i-2' } },
        ],
      });
    expect((await look()).detail).toBe(
      'the Internet Gateway is held by eni-1 (an interface of EC2 instance i-1 (no description))',
    );
    const looked = mocked.ec2.commandCalls(DescribeNetworkInterfacesCommand);
    expect(looked).toHaveLength(1);
    expect(looked[0]?.args[0].input.Filters).toEqual([{ Name: 'vpc-id', Values: ['vpc-1'] }]);
  });
});

describe('an attachment to a transit gateway', () => {
  const leaving = (ids: string) => `transit gateway attachment ${ids} is being deleted`;
  const attachment = (id: string, State: NonNullable<TransitGatewayVpcAttachment['State']>) => ({
    TransitGatewayAttachmentId: id,
    TransitGatewayId: `of ${id}`,
    State,
  });

  it('is deleted and waited for, but for those that are over', async () => {
    arrange({
      attachments: [attachment('a', 'available'), attachment('b', 'deleting'), attachment('c', 'deleted')],
    });
    expect(await look()).toMatchObject({ status: 'pending', detail: leaving('a, b'), retryAfterSeconds: 20 });
    expect(changes()).toEqual([['DeleteTransitGatewayVpcAttachment', { TransitGatewayAttachmentId: 'a' }]]);
    arrange({ attachments: [attachment('c', 'deleted'), attachment('d', 'rejected')] });
    expect(await look()).toMatchObject({ status: 'gone' });
  });

  it('says what AWS puts off', async () => {
    arrange({ attachments: [attachment('a', 'available')] });
    const { DeleteTransitGatewayVpcAttachmentCommand } = await import('@aws-sdk/client-ec2');
    mocked.ec2
      .on(DeleteTransitGatewayVpcAttachmentCommand)
      .rejects(refusal('ec2:DeleteTransitGatewayVpcAttachment', 'IncorrectState', 'no'));
    expect((await look()).detail).toBe(
      `${leaving('a')}; ec2:DeleteTransitGatewayVpcAttachment answered IncorrectState: no`,
    );
  });
});
