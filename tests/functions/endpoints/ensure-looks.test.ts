import {
  CreateVpcEndpointCommand,
  DeleteVpcEndpointsCommand,
  DescribeSecurityGroupsCommand,
  DescribeVpcEndpointsCommand,
  ModifyVpcEndpointCommand,
  type VpcEndpoint,
} from '@aws-sdk/client-ec2';
import { beforeEach, describe, expect, it } from 'vitest';
import { ensure } from '#functions/endpoints/ensure.ts';
import { QueuedError } from '#lib/aws/gate.ts';
import type { Resources } from '#lib/run/environment.ts';
import type { StepContext } from '#lib/run/step.ts';
import { steps } from '#lib/run/steps.ts';
import { ago, contextOf, madeAgo, mockedEc2, plan, refusal, tagsOf } from '../../support/mocked-ec2.ts';

const mocked = mockedEc2();
const suffixes = plan.endpointServices.map(({ suffix }) => suffix);
const ahead: Resources = {
  vpcId: 'vpc-1',
  defaultSecurityGroupId: 'sg-base',
  subnetIds: { 'subnet/endpoints/a': 'subnet-1' },
};

/** Available as R18 to R20 have it, with the suffix as its id. */
function endpoint(suffix: string, changes: Partial<VpcEndpoint> = {}): VpcEndpoint {
  return {
    VpcEndpointId: suffix,
    ServiceName: `com.amazonaws.eu-central-1.${suffix}`,
    VpcEndpointType: 'Interface',
    State: 'available' as never,
    PrivateDnsEnabled: suffix !== 's3',
    Groups: [{ GroupId: 'sg-base' }],
    CreationTimestamp: ago(600),
    Tags: tagsOf(`endpoint/${suffix}`),
    ...changes,
  };
}

const twelve = suffixes.map((suffix) => endpoint(suffix));
const but = (...left: string[]) => twelve.filter(({ VpcEndpointId }) => !left.includes(VpcEndpointId!));
const state = (value: string) => ({ State: value as never });

function arrange(listed: VpcEndpoint[], byId: VpcEndpoint[] = []): void {
  mocked.ec2.on(DescribeVpcEndpointsCommand).callsFake(({ VpcEndpointIds, Filters }) => {
    if (!VpcEndpointIds) return { VpcEndpoints: Filters?.[0]?.Values?.[0] === 'vpc-1' ? listed : [] };
    return { VpcEndpoints: byId.filter((one) => VpcEndpointIds.includes(one.VpcEndpointId)) };
  });
}

function look(resources: Resources = {}, changes: Partial<StepContext> = {}) {
  return ensure({ ...contextOf({ ...ahead, ...resources }), ...changes });
}

function inputsOf(which: Parameters<typeof mocked.ec2.commandCalls>[0]) {
  return mocked.ec2.commandCalls(which).map(({ args }) => args[0].input as object);
}

const createdSuffixes = () =>
  mocked.ec2
    .commandCalls(CreateVpcEndpointCommand)
    .map(({ args }) => args[0].input.ServiceName?.replace('com.amazonaws.eu-central-1.', ''));

const refuseCreate = (name: string, message = name) =>
  mocked.ec2.on(CreateVpcEndpointCommand).rejects(refusal('ec2:CreateVpcEndpoint', name, message));

beforeEach(() => {
  mocked.ec2.onAnyCommand().resolves({});
  mocked.ec2.on(CreateVpcEndpointCommand).callsFake(({ ServiceName }) => ({
    VpcEndpoint: { VpcEndpointId: `new-${ServiceName.replace('com.amazonaws.eu-central-1.', '')}` },
  }));
});

describe('a look at the endpoints', () => {
  it('is done where all twelve are available, and knows their ids', async () => {
    arrange(twelve);
    expect(await look({ s3GatewayEndpointId: 'old', ...madeAgo(61, 'sts') })).toEqual({
      status: 'ready',
      detail: '12 endpoints are available',
      resources: {
        endpointIds: Object.fromEntries(suffixes.map((suffix) => [suffix, suffix])),
        madeAt: {},
      },
    });
    expect(mocked.ec2.calls()).toHaveLength(1);
  });

  it('reads none by its id that is listed, and waits for none that was made a moment ago and is available', async () => {
    arrange(twelve);
    const endpointIds = Object.fromEntries(suffixes.map((suffix) => [suffix, suffix]));
    expect(await look({ endpointIds, ...madeAgo(10, 'sts') })).toMatchObject({ status: 'ready' });
    expect(mocked.ec2.calls()).toHaveLength(1);
  });

  it('asks for those that are missing, keeps each at once, and waits for the first of them', async () => {
    arrange(but('sts', 'rds'));
    const context = contextOf(ahead);
    expect(await ensure(context)).toMatchObject({
      status: 'pending',
      detail: '10 of 12 endpoints are available',
      retryAfterSeconds: 60,
      resources: { endpointIds: { ec2: 'ec2', sts: 'new-sts', rds: 'new-rds' } },
    });
    expect(createdSuffixes()).toEqual(['sts', 'rds']);
    expect(context.kept).toEqual([
      { endpointIds: { sts: 'new-sts' }, ...madeAgo(0, 'new-sts') },
      { endpointIds: { rds: 'new-rds' }, ...madeAgo(0, 'new-rds') },
    ]);
    expect(inputsOf(CreateVpcEndpointCommand)[0]).toMatchObject({
      VpcId: 'vpc-1',
      SubnetIds: ['subnet-1'],
      SecurityGroupIds: ['sg-base'],
    });
    expect(inputsOf(DescribeSecurityGroupsCommand)).toEqual([]);
  });

  it.each([
    ['one group', ['sg-eks'], ['sg-base', 'sg-eks']],
    ['no group', [], ['sg-base']],
    ['two groups', ['sg-eks', 'sg-left-behind'], ['sg-base']],
  ])('gives those that come after EKS its group where it has %s', async (_what, groups, expected) => {
    arrange(but('sts'));
    mocked.ec2
      .on(DescribeSecurityGroupsCommand)
      .resolves({ SecurityGroups: groups.map((GroupId) => ({ GroupId })) });
    await look({ clusterName: 'aoscloud-dev' }, { elapsedSeconds: 30, queuedSeconds: 10 });
    expect(inputsOf(CreateVpcEndpointCommand)).toMatchObject([{ SecurityGroupIds: expected }]);
    expect(inputsOf(DescribeSecurityGroupsCommand)[0]).toMatchObject({
      Filters: [{ Name: 'vpc-id', Values: ['vpc-1'] }, { Name: 'tag:aws:eks:cluster-name' }],
    });
    mocked.ec2.resetHistory();
    arrange(twelve);
    await look({ clusterName: 'aoscloud-dev' }, { elapsedSeconds: 40 });
    expect(inputsOf(DescribeSecurityGroupsCommand)).toEqual([]);
    // EKS has none so early.
    arrange(but('sts'));
    await look({ clusterName: 'aoscloud-dev' }, { elapsedSeconds: 39 });
    expect(inputsOf(DescribeSecurityGroupsCommand)).toEqual([]);
  });

  it('waits by the age of the oldest that comes up, and hurries where nothing else is awaited', async () => {
    const coming = (seconds: number) => ({ ...state('pending'), CreationTimestamp: ago(seconds) });
    arrange([...but('sts', 'rds'), endpoint('sts', coming(10)), endpoint('rds', coming(20))]);
    expect(await look()).toMatchObject({
      detail: '10 of 12 endpoints are available',
      retryAfterSeconds: 40,
    });
    arrange([...but('sts'), endpoint('sts', coming(200))]);
    expect(await look()).toMatchObject({ retryAfterSeconds: 20 });
    const elapsedSeconds = steps['eks-cluster'].ensureTypicalSeconds;
    expect(await look({}, { elapsedSeconds })).toMatchObject({ retryAfterSeconds: 20 });
    expect(await look({}, { elapsedSeconds, queuedSeconds: 1 })).toMatchObject({ retryAfterSeconds: 5 });
  });

  it('looks seldom beside the control plane, and as ever once that stands or takes longer than usual', async () => {
    const coming = { ...state('pending'), CreationTimestamp: ago(100) };
    arrange([...but('sts'), endpoint('sts', coming)]);
    const beside = { clusterName: 'aoscloud-dev' };
    expect(await look(beside)).toMatchObject({ retryAfterSeconds: 50 });
    const standing = { ...beside, clusterSecurityGroupId: 'sg-eks' };
    expect(await look(standing)).toMatchObject({ retryAfterSeconds: 45 });
    const elapsedSeconds = steps['eks-cluster'].ensureTypicalSeconds + 1;
    expect(await look(beside, { elapsedSeconds })).toMatchObject({ retryAfterSeconds: 45 });
  });

  it('changes what differs of those that are available, in one change each', async () => {
    arrange([
      ...but('sts', 'rds', 's3'),
      endpoint('sts', { Groups: [] }),
      endpoint('rds', { PrivateDnsEnabled: false, ...state('pending') }),
      endpoint('s3', { PrivateDnsEnabled: true }),
    ]);
    expect(await look()).toMatchObject({ detail: '2 endpoints are being changed', retryAfterSeconds: 5 });
    expect(inputsOf(ModifyVpcEndpointCommand)).toEqual([
      { VpcEndpointId: 'sts', AddSecurityGroupIds: ['sg-base'] },
      { VpcEndpointId: 's3', PrivateDnsEnabled: false },
    ]);
    mocked.ec2
      .on(ModifyVpcEndpointCommand)
      .rejects(refusal('ec2:ModifyVpcEndpoint', 'OperationInProgress', 'no'));
    expect((await look()).detail).toBe(
      '2 endpoints are being changed; ec2:ModifyVpcEndpoint answered OperationInProgress: no',
    );
  });

  it('waits for the S3 gateway endpoint beside the twelve, and keeps its id', async () => {
    const network = { ...plan.network, s3GatewayEndpoint: true };
    const gateway = endpoint('s3', {
      VpcEndpointId: 'gateway',
      VpcEndpointType: 'Gateway',
      Tags: tagsOf('endpoint/s3-gateway'),
      ...state('pending'),
    });
    arrange([...twelve, gateway]);
    const tables = ['route-table/eks-public', 'route-table/eks-private'];
    const { DescribeRouteTablesCommand } = await import('@aws-sdk/client-ec2');
    mocked.ec2.on(DescribeRouteTablesCommand).resolves({
      RouteTables: tables.map((id) => ({ RouteTableId: id, Tags: tagsOf(id) })),
    });
    expect(await look({}, { environment: { ...plan, network } })).toMatchObject({
      status: 'pending',
      detail: 'S3 gateway endpoint gateway is pending',
      retryAfterSeconds: 3,
      resources: { endpointIds: { s3: 's3' }, s3GatewayEndpointId: 'gateway' },
    });
  });
});

describe('an endpoint that a listing leaves out', () => {
  const known = (seconds: number) => ({ endpointIds: { sts: 'sts' }, ...madeAgo(seconds, 'sts') });

  it('is waited for while EC2 may not show it, and not asked for by its id', async () => {
    arrange(but('sts', 'rds'), [endpoint('sts')]);
    expect(await look(known(59))).toMatchObject({
      status: 'pending',
      detail: '10 of 12 endpoints are available',
      resources: { endpointIds: { sts: 'sts' } },
    });
    expect(createdSuffixes()).toEqual(['rds']);
    expect(inputsOf(DescribeVpcEndpointsCommand)).toHaveLength(1);
  });

  it('is found by its id after that', async () => {
    arrange(but('sts'), [endpoint('sts')]);
    expect(await look(known(61))).toMatchObject({ status: 'ready', detail: '12 endpoints are available' });
    expect(createdSuffixes()).toEqual([]);
  });

  it('is made anew where there is none, by another token', async () => {
    arrange(but('sts'));
    await look(known(61));
    await look();
    expect(createdSuffixes()).toEqual(['sts', 'sts']);
    const [first, second] = mocked.ec2
      .commandCalls(CreateVpcEndpointCommand)
      .map(({ args }) => args[0].input.ClientToken);
    expect(first).not.toBe(second);
  });
});

describe('of two endpoints for one service', () => {
  it('the one with the lower id stays, and the other is deleted', async () => {
    for (const ids of [
      ['b', 'a', 'c'],
      ['c', 'b', 'a'],
      ['a', 'b', 'c'],
    ]) {
      mocked.ec2.resetHistory();
      arrange([...but('sts'), ...ids.map((VpcEndpointId) => endpoint('sts', { VpcEndpointId }))]);
      expect((await look()).resources?.endpointIds).toMatchObject({ sts: 'a' });
      expect(inputsOf(DeleteVpcEndpointsCommand)).toEqual([{ VpcEndpointIds: ['b', 'c'] }]);
    }
  });

  it.each([
    ['of somebody else', { Tags: [] }],
    ['a gateway', { VpcEndpointType: 'Gateway' as const }],
    ['deleted', state('deleted')],
    ['being deleted', state('deleting')],
  ])('one that is %s counts for nothing', async (_what, changes) => {
    arrange([endpoint('sts', { VpcEndpointId: 'a', ...changes }), ...twelve]);
    expect(await look()).toMatchObject({ status: 'ready' });
    expect(inputsOf(DeleteVpcEndpointsCommand)).toEqual([]);
  });
});

describe('an endpoint that failed', () => {
  const failed = endpoint('sts', { ...state('failed'), LastError: { Message: 'no address is free' } });

  it('is deleted, and asked for again once it is gone', async () => {
    arrange([...but('sts'), failed]);
    expect(await look({}, { elapsedSeconds: 299 })).toMatchObject({
      status: 'pending',
      detail: '11 of 12 endpoints are requested; the predecessor of sts is being deleted',
      retryAfterSeconds: 4,
      requested: true,
    });
    expect(inputsOf(DeleteVpcEndpointsCommand)).toEqual([{ VpcEndpointIds: ['sts'] }]);
    expect(createdSuffixes()).toEqual([]);
    arrange([...but('sts'), { ...failed, ...state('deleted') }]);
    await look();
    expect(createdSuffixes()).toEqual(['sts']);
  });

  it('is waited for while it leaves', async () => {
    arrange([...but('sts'), { ...failed, ...state('deleting') }]);
    expect((await look()).detail).toBe(
      '11 of 12 endpoints are requested; the predecessor of sts is being deleted',
    );
    expect(createdSuffixes()).toEqual([]);
  });

  it('ends the step after five minutes, with its reason', async () => {
    const surplus = endpoint('rds', { VpcEndpointId: 'z' });
    arrange([...but('sts'), surplus, failed]);
    await expect(look({}, { elapsedSeconds: 300 })).rejects.toMatchObject({
      name: 'ResourceFailedError',
      what: 'sts (com.amazonaws.eu-central-1.sts) is failed: no address is free',
      todo: 'remove that cause, then run again',
    });
  });

  it.each([
    ['is a gateway', { VpcEndpointType: 'Gateway' as const, ...state('deleting') }],
    ['is for another service', { ServiceName: 'com.amazonaws.eu-central-1.rds', ...state('deleting') }],
  ])('keeps nothing from being made where what leaves %s', async (_what, changes) => {
    arrange([...but('sts'), { ...failed, VpcEndpointId: 'other', ...changes }]);
    await look();
    expect(createdSuffixes()).toEqual(['sts']);
  });
});

describe('what AWS answers to a create', () => {
  it('ends the look where it asks to slow down, which waits for as many as go at once', async () => {
    arrange([]);
    refuseCreate('RequestLimitExceeded');
    expect(await look()).toMatchObject({
      status: 'pending',
      requested: false,
      detail: '0 of 12 endpoints are requested; AWS answered RequestLimitExceeded',
      retryAfterSeconds: 14,
    });
    expect(createdSuffixes()).toHaveLength(1);
    arrange(but('sts'));
    expect(await look()).toMatchObject({ requested: true, retryAfterSeconds: 4 });
  });

  it('keeps what came before, and counts as requested', async () => {
    arrange([]);
    const context = contextOf(ahead);
    mocked.ec2
      .on(CreateVpcEndpointCommand)
      .resolvesOnce({ VpcEndpoint: { VpcEndpointId: 'one' } })
      .rejects(refusal('ec2:CreateVpcEndpoint', 'RequestLimitExceeded'));
    expect(await ensure(context)).toMatchObject({
      requested: true,
      detail: '1 of 12 endpoints are requested; AWS answered RequestLimitExceeded',
      resources: { endpointIds: { [suffixes[0]!]: 'one' } },
    });
    expect(context.kept).toHaveLength(1);
  });

  it('goes on with the next where one is not accepted now', async () => {
    arrange([]);
    refuseCreate('InvalidSubnetID.NotFound');
    expect((await look()).detail).toBe(
      '0 of 12 endpoints are requested; AWS answered InvalidSubnetID.NotFound',
    );
    expect(createdSuffixes()).toHaveLength(12);
  });

  it('counts a place in the queue as requested, and says nothing of its own', async () => {
    arrange([]);
    mocked.ec2
      .on(CreateVpcEndpointCommand)
      .rejects(Object.assign(new QueuedError('ec2:CreateVpcEndpoint', 'place 3'), { $metadata: {} }));
    expect(await look()).toMatchObject({
      status: 'pending',
      requested: true,
      detail: '0 of 12 endpoints are requested',
    });
    expect(createdSuffixes()).toHaveLength(1);
  });

  it('is thrown where it is refused for good', async () => {
    arrange([]);
    refuseCreate('VpcEndpointLimitExceeded');
    await expect(look()).rejects.toThrow('VpcEndpointLimitExceeded');
  });

  it('is waited for a minute, queues included, where it says that DNS is off', async () => {
    arrange(but('sts'));
    refuseCreate('InvalidParameter', 'Enabling private DNS requires both enableDnsSupport and …');
    expect((await look({}, { elapsedSeconds: 29, queuedSeconds: 30 })).detail).toBe(
      '11 of 12 endpoints are requested; AWS answered InvalidParameter',
    );
    await expect(look({}, { elapsedSeconds: 30, queuedSeconds: 30 })).rejects.toThrow(/Enabling private DNS/);
    refuseCreate('InvalidSubnetID.NotFound');
    expect(await look({}, { elapsedSeconds: 300 })).toMatchObject({ status: 'pending' });
  });

  describe('where the private DNS name is taken', () => {
    const todo = 'remove it, or turn off its private DNS, then run again';
    beforeEach(() => refuseCreate('InvalidParameter', 'there is already a conflicting DNS domain'));

    it('is waited for while it may be one of ours that nobody lists', async () => {
      arrange(but('sts'));
      expect((await look({}, { elapsedSeconds: 149 })).detail).toBe(
        '11 of 12 endpoints are requested; AWS answered InvalidParameter',
      );
      await expect(look({}, { elapsedSeconds: 100, queuedSeconds: 50 })).rejects.toMatchObject({
        name: 'NotOurResourceError',
        what: 'the private DNS name of com.amazonaws.eu-central-1.sts is held in this VPC by something that is not an endpoint in it, such as a private hosted zone',
        todo,
      });
    });

    it('names the endpoint of somebody else that has it, at once', async () => {
      arrange([...but('sts'), endpoint('sts', { VpcEndpointId: 'theirs', Tags: [] })]);
      await expect(look()).rejects.toMatchObject({
        what: 'the private DNS name of com.amazonaws.eu-central-1.sts is held in this VPC by endpoint theirs, which does not carry the tags of environment dev',
        todo,
      });
    });

    it.each([
      ['has no private DNS', { PrivateDnsEnabled: false }],
      ['is for another service', { ServiceName: 'com.amazonaws.eu-central-1.rds' }],
    ])('names none that %s', async (_what, changes) => {
      arrange([...but('sts'), endpoint('sts', { VpcEndpointId: 'theirs', Tags: [], ...changes })]);
      expect(await look()).toMatchObject({ status: 'pending' });
    });
  });
});

describe('a run on its way through the twelve', () => {
  const [first, second] = suffixes as [string, string];
  const onTheWay = { endpointIds: { [first]: `new-${first}`, [second]: `new-${second}` } };
  const listings = () => inputsOf(DescribeVpcEndpointsCommand).filter((input) => 'Filters' in input);

  it('notes that there was none, as long as there is none', async () => {
    arrange([]);
    expect((await look()).resources?.madeAt).toHaveProperty('endpoints/none');
    arrange(but('sts'));
    expect((await look()).resources?.madeAt).not.toHaveProperty('endpoints/none');
  });

  it('lists none again between its calls, and asks for the others', async () => {
    arrange([]);
    await look({ ...onTheWay, ...madeAgo(10, 'endpoints/none', `new-${first}`, `new-${second}`) });
    expect(listings()).toEqual([]);
    expect(createdSuffixes()).toEqual(suffixes.slice(2));
  });

  const ids = [`new-${first}`, `new-${second}`];
  it.each([
    ['it saw some before', onTheWay, madeAgo(10, ...ids)],
    [
      'its look at none is a minute old',
      onTheWay,
      { madeAt: { ...madeAgo(10, ...ids).madeAt, ...madeAgo(61, 'endpoints/none').madeAt } },
    ],
    [
      'one of its own should be listed by now',
      onTheWay,
      { madeAt: { ...madeAgo(10, 'endpoints/none', ids[0]!).madeAt, ...madeAgo(61, ids[1]!).madeAt } },
    ],
    ['it has made none yet', {}, madeAgo(10, 'endpoints/none')],
    [
      'it has asked for all',
      { endpointIds: Object.fromEntries(suffixes.map((suffix) => [suffix, suffix])) },
      madeAgo(10, 'endpoints/none', ...suffixes),
    ],
  ])('lists them again where %s', async (_what, made, noted) => {
    arrange(twelve);
    await look({ ...made, ...noted });
    expect(listings()).toHaveLength(1);
    expect(createdSuffixes()).toEqual([]);
  });
});
