import {
  CreateSubnetCommand,
  CreateVpcCommand,
  DeleteVpcCommand,
  DescribeFlowLogsCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcAttributeCommand,
  DescribeVpcsCommand,
  ModifyVpcAttributeCommand,
  type SecurityGroup,
  type Subnet,
  type Vpc,
} from '@aws-sdk/client-ec2';
import { beforeEach, describe, expect, it } from 'vitest';
import { ensure } from '#functions/vpc/ensure.ts';
import type { EnvironmentPlan, Resources } from '#lib/run/environment.ts';
import { contextOf, madeAgo, mockedEc2, plan, refusal, tagsOf } from '../../support/mocked-ec2.ts';

const mocked = mockedEc2();
const earlier = { ...plan, execution: 'run-0' };

function vpc(changes: Partial<Vpc> = {}): Vpc {
  return {
    VpcId: 'vpc-1',
    CidrBlock: plan.vpcCidr,
    CidrBlockAssociationSet: [
      { CidrBlock: changes.CidrBlock ?? plan.vpcCidr, CidrBlockState: { State: 'associated' } },
    ],
    State: 'available',
    Tags: tagsOf('vpc', earlier),
    ...changes,
  };
}

const roles: Record<string, string> = {
  'eks-private': 'kubernetes.io/role/internal-elb',
  'eks-public': 'kubernetes.io/role/elb',
};

/** As planned, with the component as its id. */
function subnet(component: string, changes: Partial<Subnet> = {}): Subnet {
  const { cidr, zone, group } = plan.subnets.find((one) => one.component === component)!;
  const role = roles[group];
  return {
    SubnetId: component,
    VpcId: 'vpc-1',
    CidrBlock: cidr,
    AvailabilityZoneId: zone.id,
    State: 'available',
    MapPublicIpOnLaunch: group === 'eks-public',
    Tags: [...tagsOf(component, earlier), ...(role ? [{ Key: role, Value: '1' }] : [])],
    ...changes,
  };
}

const components = plan.subnets.map(({ component }) => component);
const sixteen = components.map((component) => subnet(component));
const group: SecurityGroup = { GroupId: 'sg-1', Tags: tagsOf('security-group/default', earlier) };
const main = { RouteTableId: 'rtb-1', Tags: tagsOf('route-table/main', earlier) };

interface World {
  readonly vpcs?: readonly Vpc[];
  readonly subnets?: readonly Subnet[];
  readonly groups?: readonly SecurityGroup[];
  readonly tables?: readonly object[];
  readonly support?: boolean | undefined;
  readonly hostnames?: boolean | undefined;
}

/** A filter that asks for something else is answered with what is not the VPC's. */
function arrange(world: World = {}): void {
  const { vpcs = [vpc()], subnets = sixteen, groups = [group], tables = [main] } = world;
  const asks = (filters: { Name: string; Values: string[] }[] = [], name: string, value: string) =>
    filters.some(({ Name, Values }) => Name === name && Values.includes(value));
  const isOfVpc = ({ Filters }: { Filters?: { Name: string; Values: string[] }[] }) =>
    asks(Filters, 'vpc-id', 'vpc-1');
  mocked.ec2.on(DescribeVpcsCommand).callsFake(({ VpcIds }) => ({
    Vpcs: VpcIds ? vpcs.filter((one) => VpcIds.includes(one.VpcId)) : vpcs,
  }));
  mocked.ec2.on(DescribeSubnetsCommand).callsFake((input) => ({ Subnets: isOfVpc(input) ? subnets : [] }));
  mocked.ec2.on(DescribeSecurityGroupsCommand).callsFake((input) => ({
    SecurityGroups:
      isOfVpc(input) && asks(input.Filters, 'group-name', 'default') ? groups : [{ GroupId: 'sg-other' }],
  }));
  mocked.ec2.on(DescribeRouteTablesCommand).callsFake((input) => ({
    RouteTables:
      isOfVpc(input) && asks(input.Filters, 'association.main', 'true')
        ? tables
        : [{ RouteTableId: 'other' }],
  }));
  const value = (name: 'support' | 'hostnames') => (name in world ? world[name] : true);
  mocked.ec2
    .on(DescribeVpcAttributeCommand, { VpcId: 'vpc-1', Attribute: 'enableDnsSupport' })
    .resolves({ EnableDnsSupport: { Value: value('support') } });
  mocked.ec2
    .on(DescribeVpcAttributeCommand, { VpcId: 'vpc-1', Attribute: 'enableDnsHostnames' })
    .resolves({ EnableDnsHostnames: { Value: value('hostnames') } });
}

function look(resources: Resources = {}, environment: EnvironmentPlan = plan) {
  const context = contextOf(resources, environment);
  return { context, answer: ensure(context) };
}

const answered = (resources: Resources = {}, environment: EnvironmentPlan = plan) =>
  look(resources, environment).answer;

/** What was sent beside the reads, by its name without `Command`. */
function changes(): [string, object][] {
  return mocked.ec2
    .calls()
    .map(({ args }): [string, object] => [args[0].constructor.name.replace('Command', ''), args[0].input])
    .filter(([name]) => !name.startsWith('Describe'));
}

beforeEach(() => {
  mocked.ec2.onAnyCommand().resolves({});
  mocked.ec2.on(CreateVpcCommand).resolves({ Vpc: { VpcId: 'vpc-new' } });
  mocked.ec2
    .on(CreateSubnetCommand)
    .callsFake(({ CidrBlock }) => ({ Subnet: { SubnetId: `id ${CidrBlock}` } }));
  arrange();
});

describe('a look at the VPC', () => {
  it('is done where nothing is missing, with every id', async () => {
    expect(await answered(madeAgo(61, 'vpc-1'))).toEqual({
      status: 'ready',
      detail: 'VPC vpc-1 has its 16 subnets',
      resources: {
        vpcId: 'vpc-1',
        madeAt: {},
        defaultSecurityGroupId: 'sg-1',
        mainRouteTableId: 'rtb-1',
        subnetIds: Object.fromEntries(components.map((component) => [component, component])),
      },
    });
    expect(changes()).toEqual([]);
  });

  it('waits for a VPC or subnet that is still pending', async () => {
    arrange({ vpcs: [vpc({ State: 'pending' })] });
    expect(await answered()).toEqual({
      status: 'pending',
      detail: 'VPC vpc-1 is pending',
      retryAfterSeconds: 1,
      resources: { vpcId: 'vpc-1' },
    });
    expect(mocked.ec2.calls()).toHaveLength(1);
    arrange({ subnets: sixteen.map((one, index) => (index === 4 ? { ...one, State: 'pending' } : one)) });
    const cidr = plan.subnets[4]?.cidr;
    expect(await answered()).toMatchObject({
      status: 'pending',
      detail: `subnet ${cidr} is pending`,
      retryAfterSeconds: 1,
      resources: { vpcId: 'vpc-1', subnetIds: { [components[4]!]: components[4] } },
    });
  });

  it('refuses a state nobody knows, by the name of the VPC', async () => {
    arrange({ vpcs: [vpc({ State: 'odd' as 'pending' })] });
    await expect(answered()).rejects.toThrow(
      'VPC vpc-1 has the status odd, which this version does not know',
    );
  });

  it('refuses another block', async () => {
    arrange({ vpcs: [vpc({ CidrBlock: '10.5.0.0/16' })] });
    await expect(answered()).rejects.toMatchObject({
      what: "VPC vpc-1 of environment dev has the block 10.5.0.0/16, and the request asks for 10.231.0.0/16; a VPC's block cannot be changed",
      todo: 'request 10.5.0.0/16, or remove the environment first',
    });
  });

  it('waits for the flow log, and answers all ids with it', async () => {
    mocked.ec2.on(DescribeFlowLogsCommand).resolves({
      FlowLogs: [{ FlowLogId: 'fl-1', Tags: tagsOf('flow-log') }],
    });
    expect(await answered()).toMatchObject({
      status: 'pending',
      detail: 'flow log fl-1, which the request does not ask for, is deleted',
      resources: { vpcId: 'vpc-1', mainRouteTableId: 'rtb-1' },
    });
  });
});

describe('a VPC that is not listed', () => {
  const known = (seconds: number) => ({ vpcId: 'vpc-9', ...madeAgo(seconds, 'vpc-9') });
  const made = { status: 'pending', detail: 'VPC vpc-new is made', retryAfterSeconds: 1 };

  it('is made with its block and tags, and kept at once', async () => {
    arrange({ vpcs: [vpc({ Tags: tagsOf('vpc', { ...plan, name: 'other' }), CidrBlock: '10.5.0.0/16' })] });
    const { context, answer } = look();
    expect(await answer).toMatchObject(made);
    expect(changes()).toEqual([
      [
        'CreateVpc',
        {
          CidrBlock: '10.231.0.0/16',
          TagSpecifications: [{ ResourceType: 'vpc', Tags: tagsOf('vpc') }],
        },
      ],
    ]);
    expect(context.kept).toEqual([{ vpcId: 'vpc-new', ...madeAgo(0, 'vpc-new') }]);
  });

  it('is waited for as long as EC2 may not show it, then made anew', async () => {
    arrange({ vpcs: [] });
    expect(await answered(known(59))).toMatchObject({
      status: 'pending',
      detail: 'VPC vpc-9 is not visible yet',
      retryAfterSeconds: 1,
    });
    expect(changes()).toEqual([]);
    expect(await answered(known(61))).toMatchObject(made);
  });

  it('is found by its id', async () => {
    mocked.ec2.on(DescribeVpcsCommand).callsFake(({ VpcIds }) => ({ Vpcs: VpcIds ? [vpc()] : [] }));
    expect(await answered({ vpcId: 'vpc-1' })).toMatchObject({ status: 'ready' });
  });

  it('is not made again within a minute of a lost answer', async () => {
    arrange({ vpcs: [] });
    mocked.ec2.on(CreateVpcCommand).rejects(refusal('ec2:CreateVpc', 'TimeoutError'));
    const lost = { detail: 'AWS did not say whether it made the VPC: looking again', retryAfterSeconds: 30 };
    const { context, answer } = look();
    expect(await answer).toMatchObject(lost);
    expect(context.kept).toEqual([madeAgo(0, 'vpc')]);
    expect(await answered(madeAgo(59, 'vpc'))).toMatchObject(lost);
    expect(changes()).toHaveLength(1);
    mocked.ec2.on(CreateVpcCommand).resolves({});
    expect(await answered()).toMatchObject(lost);
  });
});

describe('of two VPCs of the environment', () => {
  it('the one with subnets stays, and the other is deleted', async () => {
    arrange({ vpcs: [vpc({ VpcId: 'vpc-0' }), vpc()] });
    expect(await answered()).toMatchObject({ status: 'ready', resources: { vpcId: 'vpc-1' } });
    expect(changes()).toEqual([['DeleteVpc', { VpcId: 'vpc-0' }]]);
    expect(mocked.ec2.commandCalls(DeleteVpcCommand)).toHaveLength(1);
  });

  it('neither goes where both have some', async () => {
    arrange({ vpcs: [vpc({ VpcId: 'vpc-0' }), vpc()], subnets: [...sixteen, { VpcId: 'vpc-0' }] });
    await expect(answered()).rejects.toThrow(/^the VPC exists 2 times/);
    expect(changes()).toEqual([]);
  });

  it('one that lost the tag of its component stays the one', async () => {
    const Tags = tagsOf('vpc').filter(({ Key }) => Key !== 'aoscloud:component');
    arrange({ vpcs: [vpc({ Tags })] });
    expect(await answered()).toMatchObject({ resources: { vpcId: 'vpc-1' } });
    expect(mocked.ec2.commandCalls(CreateVpcCommand)).toHaveLength(0);
  });

  it('one that is another component, or not ours, counts for nothing', async () => {
    arrange({
      vpcs: [
        vpc({ VpcId: 'vpc-0', Tags: tagsOf('other') }),
        vpc({ VpcId: 'vpc-00', Tags: tagsOf('vpc', { ...plan, name: 'other' }), CidrBlock: '10.9.0.0/16' }),
        vpc(),
      ],
    });
    expect(await answered()).toMatchObject({ resources: { vpcId: 'vpc-1' } });
    expect(changes()).toEqual([]);
  });
});

describe('a VPC that this run has made', () => {
  const ours = vpc({ Tags: tagsOf('vpc') });
  const other = (VpcId: string, name?: string) =>
    vpc({ VpcId, Tags: name ? tagsOf('vpc', { ...plan, name }) : [] });

  it.each([
    ['is of no environment', other('vpc-9')],
    ['is of an environment whose VPC has the lower id', other('vpc-0', 'other')],
  ])('gives way to an overlapping one that %s', async (_what, theirs) => {
    arrange({ vpcs: [ours, theirs] });
    await expect(answered()).rejects.toMatchObject({
      name: 'NotOurResourceError',
      what: expect.stringMatching(
        /^10\.231\.0\.0\/16 of VPC vpc-1 overlaps .*vpc-\d.*, which was made while this run began \(R4\)$/,
      ),
      todo: 'request another vpcCidr, or remove that VPC; this run takes its own back',
    });
  });

  it('stays where the other has the higher id, and where it was there before this run', async () => {
    arrange({ vpcs: [ours, other('vpc-9', 'other')] });
    expect(await answered()).toMatchObject({ status: 'ready' });
    arrange({ vpcs: [vpc(), other('vpc-9'), other('vpc-0', 'other')] });
    expect(await answered()).toMatchObject({ status: 'ready' });
  });
});

describe('what a VPC lacks', () => {
  const furnishing = (why = '') => ({
    status: 'pending',
    detail: `VPC vpc-1 is being furnished${why}`,
    retryAfterSeconds: 1,
    resources: { vpcId: 'vpc-1', madeAt: {} },
  });

  it('of subnets is made, each kept at once', async () => {
    arrange({ subnets: sixteen.slice(2) });
    const { context, answer } = look();
    expect(await answer).toEqual({ ...furnishing(), retryAfterSeconds: 2 });
    const made = plan.subnets.slice(0, 2);
    expect(changes().map(([name, input]) => [name, (input as { CidrBlock: string }).CidrBlock])).toEqual(
      made.map(({ cidr }) => ['CreateSubnet', cidr]),
    );
    expect(context.kept).toEqual(
      made.map(({ component, cidr }) => ({
        subnetIds: { [component]: `id ${cidr}` },
        ...madeAgo(0, `id ${cidr}`),
      })),
    );
    // DNS is asked for once nothing else is missing.
    expect(mocked.ec2.commandCalls(DescribeVpcAttributeCommand)).toEqual([]);
  });

  it('of subnets that were made a moment ago is waited for, and made anew when that is long past', async () => {
    arrange({ subnets: sixteen.slice(1) });
    const known = (seconds: number) => ({
      subnetIds: { [components[0]!]: 'subnet-new' },
      ...madeAgo(seconds, 'subnet-new'),
    });
    expect(await answered(known(59))).toMatchObject({ status: 'pending', detail: furnishing().detail });
    expect(changes()).toEqual([]);
    await answered(known(61));
    expect(changes()).toHaveLength(1);
  });

  it('says what AWS puts off', async () => {
    arrange({ subnets: sixteen.slice(1) });
    mocked.ec2.on(CreateSubnetCommand).rejects(refusal('ec2:CreateSubnet', 'InvalidVpcID.NotFound', 'no'));
    expect(await answered()).toEqual({
      ...furnishing('; ec2:CreateSubnet answered InvalidVpcID.NotFound: no'),
      retryAfterSeconds: 2,
    });
  });

  it.each([
    ['support', { support: false }, ['EnableDnsSupport']],
    ['hostnames', { hostnames: false }, ['EnableDnsHostnames']],
    [
      'both, support first',
      { support: false, hostnames: undefined },
      ['EnableDnsSupport', 'EnableDnsHostnames'],
    ],
  ])('of DNS is set: %s', async (_what, world, set) => {
    arrange(world);
    expect(await answered()).toEqual(furnishing());
    expect(changes()).toEqual(
      set.map((which) => ['ModifyVpcAttribute', { VpcId: 'vpc-1', [which]: { Value: true } }]),
    );
  });

  it('of tags is given to its default group and main table, as of who made it', async () => {
    const theirs = tagsOf('x', { ...plan, name: 'other' });
    arrange({ groups: [{ ...group, Tags: [] }], tables: [{ ...main, Tags: theirs }] });
    expect(await answered()).toEqual(furnishing());
    expect(changes()).toEqual([
      ['CreateTags', { Resources: ['sg-1'], Tags: tagsOf('security-group/default', earlier) }],
      ['CreateTags', { Resources: ['rtb-1'], Tags: tagsOf('route-table/main', earlier) }],
    ]);
  });

  it('of what every VPC comes with is waited for', async () => {
    arrange({ groups: [], tables: [] });
    expect(await answered()).toEqual(furnishing());
    expect(changes()).toEqual([]);
  });

  describe('and was made a moment ago', () => {
    const ours = vpc({ Tags: tagsOf('vpc') });

    it('of hostnames is set beside its first subnets, unread, and once', async () => {
      arrange({ vpcs: [ours], subnets: sixteen.slice(1) });
      const { context, answer } = look(madeAgo(10, 'vpc-1'));
      await answer;
      expect(changes().at(-1)).toEqual([
        'ModifyVpcAttribute',
        { VpcId: 'vpc-1', EnableDnsHostnames: { Value: true } },
      ]);
      expect(context.kept).toContainEqual(madeAgo(0, 'vpc/dns-hostnames'));
      mocked.ec2.resetHistory();
      await answered(madeAgo(10, 'vpc-1', 'vpc/dns-hostnames'));
      expect(mocked.ec2.commandCalls(ModifyVpcAttributeCommand)).toEqual([]);
      await answered(madeAgo(61, 'vpc-1'));
      expect(mocked.ec2.commandCalls(ModifyVpcAttributeCommand)).toEqual([]);
    });

    it('of hostnames is not noted where AWS puts it off', async () => {
      arrange({ vpcs: [ours], subnets: sixteen.slice(1) });
      mocked.ec2
        .on(ModifyVpcAttributeCommand)
        .rejects(refusal('ec2:ModifyVpcAttribute', 'InvalidVpcID.NotFound'));
      const { context, answer } = look(madeAgo(10, 'vpc-1'));
      await answer;
      expect(context.kept).not.toContainEqual(madeAgo(0, 'vpc/dns-hostnames'));
    });

    it('is read where nothing else is missing', async () => {
      arrange({ vpcs: [ours] });
      expect(await answered(madeAgo(10, 'vpc-1'))).toMatchObject({ status: 'ready' });
      expect(mocked.ec2.commandCalls(DescribeVpcAttributeCommand)).toHaveLength(2);
      expect(changes()).toEqual([]);
    });
  });
});

describe('a subnet of the VPC', () => {
  const having = (component: string, differences: Partial<Subnet>) =>
    arrange({
      subnets: sixteen.map((one) => (one.SubnetId === component ? { ...one, ...differences } : one)),
    });

  it('gets the role tag that Kubernetes looks for, where it lacks it', async () => {
    having('subnet/eks-public/a', { Tags: tagsOf('subnet/eks-public/a', earlier) });
    await answered();
    const Tags = [{ Key: 'kubernetes.io/role/elb', Value: '1' }];
    expect(changes()).toEqual([['CreateTags', { Resources: ['subnet/eks-public/a'], Tags }]]);
  });

  it.each([
    ['subnet/eks-public/a', false, true],
    ['subnet/aurora/a', true, false],
  ])('gives public addresses or none as planned: %s', async (component, has, Value) => {
    having(component, { MapPublicIpOnLaunch: has });
    await answered();
    expect(changes()).toEqual([
      ['ModifySubnetAttribute', { SubnetId: component, MapPublicIpOnLaunch: { Value } }],
    ]);
  });

  it('that tells nothing of public addresses gives none', async () => {
    having('subnet/aurora/a', { MapPublicIpOnLaunch: undefined as never });
    expect(await answered()).toMatchObject({ status: 'ready' });
    expect(changes()).toEqual([]);
  });

  it('in another zone is refused', async () => {
    having('subnet/aurora/a', { AvailabilityZoneId: 'euc1-az1' });
    await expect(answered()).rejects.toMatchObject({
      what: 'subnet subnet/aurora/a (subnet/aurora/a) is in zone euc1-az1, and the request asks for euc1-az2; a subnet cannot be moved',
      todo: 'request the zones the environment was made with, or remove the environment first',
    });
  });

  it('that failed is refused', async () => {
    having('subnet/aurora/a', { State: 'failed' });
    await expect(answered()).rejects.toMatchObject({
      what: 'subnet subnet/aurora/a (subnet/aurora/a) is failed',
      todo: 'delete it, then run again',
    });
  });

  it('of somebody else in its place is refused', async () => {
    const theirs = { SubnetId: 'theirs', CidrBlock: '10.231.100.128/25', Tags: [] };
    arrange({ subnets: [...sixteen, theirs] });
    await expect(answered()).rejects.toMatchObject({
      what: 'subnet theirs (10.231.100.128/25) in VPC vpc-1 takes the place of subnet/endpoints/a (10.231.100.0/24) and does not carry the tags of environment dev',
      todo: 'remove that subnet, then run again',
    });
  });

  it('of somebody else with IPv6 only takes no place', async () => {
    arrange({ subnets: [...sixteen, { SubnetId: 'theirs', Tags: [] }] });
    expect(await answered()).toMatchObject({ status: 'ready' });
  });
});

describe('the default group and the main table', () => {
  const both = { defaultSecurityGroupId: 'sg-1', mainRouteTableId: 'rtb-1' };
  const tagged = ['security-group/default', 'route-table/main'];
  const listed = () =>
    [DescribeSecurityGroupsCommand, DescribeRouteTablesCommand].map(
      (which) => mocked.ec2.commandCalls(which as typeof DescribeRouteTablesCommand).length,
    );

  it('are kept, and noted, as they are tagged', async () => {
    arrange({ groups: [{ GroupId: 'sg-1' }], tables: [{ RouteTableId: 'rtb-1' }] });
    const { context, answer } = look();
    await answer;
    expect(changes().map(([name]) => name)).toEqual(['CreateTags', 'CreateTags']);
    expect(context.kept).toEqual([
      { defaultSecurityGroupId: 'sg-1', ...madeAgo(0, tagged[0]!) },
      { mainRouteTableId: 'rtb-1', ...madeAgo(0, tagged[1]!) },
    ]);
  });

  it('are not listed again within a minute, and known all the same', async () => {
    expect(await answered({ ...both, ...madeAgo(10, ...tagged) })).toMatchObject({
      status: 'ready',
      resources: both,
    });
    expect(listed()).toEqual([0, 0]);
    expect(changes()).toEqual([]);
  });

  it.each([
    ['only one was tagged', madeAgo(10, tagged[0]!)],
    ['only the other was', madeAgo(10, tagged[1]!)],
    ['that is a minute ago', madeAgo(61, ...tagged)],
  ])('are listed where %s', async (_what, noted) => {
    expect(await answered({ ...both, ...noted })).toMatchObject({ status: 'ready', resources: both });
    expect(listed()).toEqual([1, 1]);
  });
});
