import {
  AttachInternetGatewayCommand,
  CreateInternetGatewayCommand,
  DeleteInternetGatewayCommand,
  DescribeInternetGatewaysCommand,
  type InternetGateway,
} from '@aws-sdk/client-ec2';
import { describe, expect, it } from 'vitest';
import { ensureInternetGateway } from '#functions/routing/internet-gateway.ts';
import type { Resources } from '#lib/run/environment.ts';
import { contextOf, madeAgo, mockedEc2, refusal, tagsOf } from '../../support/mocked-ec2.ts';

const mocked = mockedEc2();
const component = 'internet-gateway';
const ownFilter = { Name: 'tag:aoscloud:environment', Values: ['dev'] };

function gateway(InternetGatewayId: string, changes: Partial<InternetGateway> = {}): InternetGateway {
  return { InternetGatewayId, Tags: tagsOf(component), Attachments: [], ...changes };
}

const attached = (State: string, VpcId = 'vpc-1') => ({
  Attachments: [{ VpcId, State: State as 'attached' }],
});

/** What the environment has, what an id leads to, and what is attached to the VPC. */
function arrange({ listed = [], byId = [], inVpc = [] }: Record<string, InternetGateway[]>): void {
  mocked.ec2.on(DescribeInternetGatewaysCommand).callsFake(({ Filters = [], InternetGatewayIds }) => {
    if (InternetGatewayIds) return { InternetGateways: byId };
    const byTag = Filters.some(({ Name }: { Name: string }) => Name === ownFilter.Name);
    return { InternetGateways: byTag ? listed : Filters.length > 0 ? inVpc : [...listed, ...byId, ...inVpc] };
  });
  mocked.ec2.on(AttachInternetGatewayCommand).resolves({});
  mocked.ec2.on(CreateInternetGatewayCommand).resolves({ InternetGateway: { InternetGatewayId: 'new' } });
}

function ensure(resources: Resources = {}) {
  return ensureInternetGateway(contextOf(resources), 'vpc-1');
}

function attachments() {
  return mocked.ec2.commandCalls(AttachInternetGatewayCommand).map(({ args }) => args[0].input);
}

function creates(): number {
  return mocked.ec2.commandCalls(CreateInternetGatewayCommand).length;
}

describe('the Internet Gateway', () => {
  it.each(['available', 'attached'])('is done once its attachment is %s', async (state) => {
    arrange({ listed: [gateway('a', attached(state))] });
    expect(await ensure()).toEqual({ id: 'a' });
    expect(attachments()).toEqual([]);
  });

  it.each([
    ['is attached to nothing', { Attachments: [] }],
    ['tells no attachment', { Attachments: undefined as never }],
    ['is still being attached', attached('attaching')],
    ['does not tell how far it is', { Attachments: [{ VpcId: 'vpc-1' }] }],
  ])('is attached where it %s', async (_what, changes) => {
    arrange({ listed: [gateway('a', changes)] });
    expect(await ensure()).toEqual({ id: 'a' });
    expect(attachments()).toEqual([{ InternetGatewayId: 'a', VpcId: 'vpc-1' }]);
    expect(creates()).toBe(0);
  });

  it('stays the one where it lost the tag of its component, and not where it is another one', async () => {
    const Tags = tagsOf(component).filter(({ Key }) => Key !== 'aoscloud:component');
    const other = gateway('b', { Tags: tagsOf('other') });
    arrange({ listed: [gateway('a', { Tags, ...attached('available') }), other] });
    expect(await ensure()).toEqual({ id: 'a' });
    expect(creates()).toBe(0);
    expect(mocked.ec2.commandCalls(DeleteInternetGatewayCommand)).toHaveLength(0);
  });

  it('is refused where it is attached to another VPC', async () => {
    arrange({ listed: [gateway('a', attached('available', 'vpc-2'))] });
    await expect(ensure()).rejects.toMatchObject({
      name: 'ResourceFailedError',
      what: 'Internet Gateway a of this environment is attached to VPC vpc-2 instead of vpc-1',
      todo: 'detach it there, then run again',
    });
  });

  it('is the attached one of two, and the other is deleted', async () => {
    arrange({ listed: [gateway('a'), gateway('b', attached('available'))] });
    mocked.ec2.on(DeleteInternetGatewayCommand).resolves({});
    expect(await ensure()).toEqual({ id: 'b' });
    const deleted = mocked.ec2.commandCalls(DeleteInternetGatewayCommand).map(({ args }) => args[0].input);
    expect(deleted).toEqual([{ InternetGatewayId: 'a' }]);
    arrange({ listed: [gateway('b', attached('available')), gateway('a', attached('available'))] });
    await expect(ensure()).rejects.toThrow(/the Internet Gateway exists 2 times.*in use: b, a/);
    arrange({
      listed: [
        gateway('d', { Attachments: undefined as never }),
        gateway('c', { Attachments: undefined as never }),
      ],
    });
    expect(await ensure()).toEqual({ id: 'c' });
  });

  it('is made with its tags, kept at once, and attached', async () => {
    arrange({});
    const context = contextOf();
    expect(await ensureInternetGateway(context, 'vpc-1')).toEqual({ id: 'new' });
    expect(mocked.ec2.commandCalls(CreateInternetGatewayCommand)[0]?.args[0].input).toEqual({
      TagSpecifications: [{ ResourceType: 'internet-gateway', Tags: tagsOf(component) }],
    });
    expect(context.kept).toEqual([{ internetGatewayId: 'new', ...madeAgo(0, 'new') }]);
    expect(attachments()).toEqual([{ InternetGatewayId: 'new', VpcId: 'vpc-1' }]);
  });

  it('is found by its id where a listing leaves it out, and made anew where there is none', async () => {
    arrange({ byId: [gateway('a', attached('available'))] });
    expect(await ensure({ internetGatewayId: 'a' })).toEqual({ id: 'a' });
    expect(attachments()).toEqual([]);
    arrange({});
    expect(await ensure({ internetGatewayId: 'a', ...madeAgo(59, 'a') })).toEqual({ id: 'a' });
    expect(creates()).toBe(0);
    expect(await ensure({ internetGatewayId: 'a', ...madeAgo(61, 'a') })).toEqual({ id: 'new' });
  });

  it('is not asked for again within a minute of a lost answer', async () => {
    arrange({});
    mocked.ec2.on(CreateInternetGatewayCommand).rejects(refusal('ec2:CreateInternetGateway', 'TimeoutError'));
    const lost = { wait: { detail: 'AWS did not say whether it made the Internet Gateway', seconds: 30 } };
    expect(await ensure()).toEqual(lost);
    expect(await ensure(madeAgo(59, component))).toEqual(lost);
    expect(creates()).toBe(1);
    expect(attachments()).toEqual([]);
  });

  it.each([
    ['InvalidInternetGatewayID.NotFound', 'is not seen yet'],
    ['Resource.AlreadyAssociated', 'is attached already'],
    ['InvalidParameterValue', 'meets another one'],
  ])('is waited for where AWS answers %s, as it %s', async (code) => {
    arrange({ listed: [gateway('a')], inVpc: [gateway('a')] });
    mocked.ec2.on(AttachInternetGatewayCommand).rejects(refusal('ec2:AttachInternetGateway', code, 'no'));
    expect(await ensure()).toEqual({
      id: 'a',
      wait: {
        detail: `Internet Gateway a is being attached; ec2:AttachInternetGateway answered ${code}: no`,
        seconds: 1,
      },
    });
  });

  it('is refused by name where somebody else has one in the VPC', async () => {
    arrange({ listed: [gateway('a')], inVpc: [gateway('theirs', { Tags: [] })] });
    mocked.ec2
      .on(AttachInternetGatewayCommand)
      .rejects(refusal('ec2:AttachInternetGateway', 'InvalidParameterValue'));
    await expect(ensure()).rejects.toMatchObject({
      name: 'NotOurResourceError',
      what: 'Internet Gateway theirs is attached to VPC vpc-1 and does not carry the tags of environment dev',
      todo: 'detach it, then run again',
    });
    const [, looked] = mocked.ec2.commandCalls(DescribeInternetGatewaysCommand);
    expect(looked?.args[0].input.Filters).toEqual([{ Name: 'attachment.vpc-id', Values: ['vpc-1'] }]);
  });
});
