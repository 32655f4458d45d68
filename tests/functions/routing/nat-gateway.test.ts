import {
  CreateNatGatewayCommand,
  DeleteNatGatewayCommand,
  DescribeNatGatewaysCommand,
  DescribeNetworkInterfacesCommand,
  type NatGateway,
} from '@aws-sdk/client-ec2';
import { describe, expect, it } from 'vitest';
import { ensureNatGateway, type NatGatewayPlace } from '#functions/routing/nat-gateway.ts';
import type { Resources } from '#lib/run/environment.ts';
import { ago, contextOf, madeAgo, mockedEc2, refusal, tagsOf } from '../../support/mocked-ec2.ts';

const mocked = mockedEc2();
const component = 'nat-gateway';
const place: NatGatewayPlace = {
  component,
  vpcId: 'vpc-1',
  subnetId: 'subnet-1',
  allocationId: 'eipalloc-1',
  holder: undefined,
};
const holder = { associationId: 'eipassoc-1', networkInterfaceId: 'eni-1' };
const atAddress = { AllocationId: 'eipalloc-1' };

function gateway(id: string, State: NatGateway['State'], changes: Partial<NatGateway> = {}): NatGateway {
  return {
    NatGatewayId: id,
    State: State!,
    CreateTime: ago(100),
    Tags: tagsOf(component),
    NatGatewayAddresses: [atAddress],
    ...changes,
  };
}

const failed = (id: string, FailureCode: string, changes: Partial<NatGateway> = {}) =>
  gateway(id, 'failed', { FailureCode, ...changes });
const deleted = (id: string, seconds: number, changes: Partial<NatGateway> = {}) =>
  gateway(id, 'deleted', { CreateTime: ago(seconds + 100), DeleteTime: ago(seconds), ...changes });

function ensure(listed: NatGateway[], changes: Partial<NatGatewayPlace> = {}, resources: Resources = {}) {
  return ensureNatGateway(contextOf(resources), { ...place, ...changes }, listed);
}

function creates() {
  return mocked.ec2.commandCalls(CreateNatGatewayCommand).map(({ args }) => args[0].input);
}

function answerCreate(id = 'nat-new') {
  mocked.ec2.on(CreateNatGatewayCommand).resolves({ NatGateway: { NatGatewayId: id } });
}

describe('a NAT gateway', () => {
  it('is done once it is available, with nothing asked for', async () => {
    expect(await ensure([gateway('nat-1', 'available')])).toEqual({ id: 'nat-1' });
    expect(mocked.ec2.calls()).toEqual([]);
  });

  it('is waited for until the soonest it may be available, then closely', async () => {
    const pending = (seconds: number) => ensure([gateway('nat-1', 'pending', { CreateTime: ago(seconds) })]);
    const detail = 'NAT gateway nat-1 is pending';
    expect(await pending(30)).toEqual({ id: 'nat-1', wait: { detail, seconds: 60 } });
    expect(await pending(100)).toEqual({ id: 'nat-1', wait: { detail, seconds: 15 } });
    expect(mocked.ec2.calls()).toEqual([]);
  });

  it('is asked for on the address in the public subnet, and kept before anything else', async () => {
    answerCreate();
    const context = contextOf();
    const other = gateway('nat-b', 'available', { Tags: tagsOf('nat-gateway/b') });
    const detail = 'NAT gateway nat-new is pending';
    expect(await ensureNatGateway(context, place, [other])).toEqual({
      id: 'nat-new',
      wait: { detail, seconds: 90 },
    });
    expect(creates()).toEqual([
      expect.objectContaining({
        SubnetId: 'subnet-1',
        AllocationId: 'eipalloc-1',
        ConnectivityType: 'public',
      }),
    ]);
    expect(context.kept).toEqual([{ natGatewayId: 'nat-new', ...madeAgo(0, 'nat-new') }]);
    const zonal = contextOf();
    await ensureNatGateway(zonal, { ...place, component: 'nat-gateway/c' }, [other]);
    expect(zonal.kept).toMatchObject([{ zonalIds: { 'nat-gateway/c': 'nat-new' } }]);
  });

  it('is refused by name in a state nobody knows', async () => {
    await expect(ensure([gateway('nat-1', 'odd' as 'pending')])).rejects.toThrow(
      'NAT gateway nat-1 has the status odd, which this version does not know',
    );
  });

  it.each([
    ['is not seen', {}],
    ['is found already', { name: 'exists' }],
  ])(
    'is asked for again in seconds where what AWS answers %s',
    async (_what, { name }: { name?: string }) => {
      const code = name ? 'NatGatewayAlreadyExists' : 'InvalidAllocationID.NotFound';
      if (name) mocked.ec2.on(CreateNatGatewayCommand).resolves({});
      else mocked.ec2.on(CreateNatGatewayCommand).rejects(refusal('ec2:CreateNatGateway', code));
      expect(await ensure([])).toEqual({
        wait: { detail: 'AWS does not see address eipalloc-1 yet', seconds: 2 },
      });
    },
  );
});

describe('a NAT gateway that a listing leaves out', () => {
  const known = (seconds: number) => ({ natGatewayId: 'nat-9', ...madeAgo(seconds, 'nat-9') });

  it('is found by its id', async () => {
    mocked.ec2
      .on(DescribeNatGatewaysCommand, { NatGatewayIds: ['nat-9'] })
      .resolves({ NatGateways: [gateway('nat-9', 'available')] });
    expect(await ensure([deleted('nat-1', 900)], {}, known(100))).toEqual({ id: 'nat-9' });
    expect(await ensure([gateway('nat-9', 'available')], {}, known(100))).toEqual({ id: 'nat-9' });
    expect(mocked.ec2.commandCalls(DescribeNatGatewaysCommand)).toHaveLength(1);
  });

  it('is waited for as long as EC2 may not show it, then made anew', async () => {
    mocked.ec2
      .on(DescribeNatGatewaysCommand)
      .rejects(refusal('ec2:DescribeNatGateways', 'NatGatewayNotFound'));
    answerCreate();
    const detail = 'NAT gateway nat-9 is not visible yet';
    expect(await ensure([], {}, known(59))).toEqual({ id: 'nat-9', wait: { detail, seconds: 3 } });
    expect(creates()).toEqual([]);
    expect(await ensure([], {}, known(61))).toMatchObject({ id: 'nat-new' });
    expect(creates()).toHaveLength(1);
  });

  it('is asked for with another token for each predecessor, listed or not', async () => {
    mocked.ec2
      .on(DescribeNatGatewaysCommand)
      .rejects(refusal('ec2:DescribeNatGateways', 'NatGatewayNotFound'));
    answerCreate();
    const dead = [deleted('nat-1', 900), deleted('nat-2', 800)];
    await ensure([]);
    await ensure(dead.slice(0, 1));
    await ensure(dead);
    await ensure(dead, {}, { natGatewayId: 'nat-2' });
    await ensure(dead, {}, { natGatewayId: 'nat-9' });
    const [none, one, two, listed, unlisted] = creates().map(({ ClientToken }) => ClientToken);
    expect(new Set([none, one, two, unlisted]).size).toBe(4);
    expect(listed).toBe(two);
  });
});

describe('a NAT gateway that failed', () => {
  const reason = { FailureMessage: 'Network interface could not be made' };

  it('is deleted and then replaced, with its reason', async () => {
    mocked.ec2.on(DeleteNatGatewayCommand).resolves({});
    expect(await ensure([failed('nat-1', 'InternalError', reason)])).toEqual({
      wait: {
        detail:
          'NAT gateway nat-1 failed (InternalError: Network interface could not be made) and is being replaced',
        seconds: 10,
      },
    });
    expect(mocked.ec2.commandCalls(DeleteNatGatewayCommand)[0]?.args[0].input).toEqual({
      NatGatewayId: 'nat-1',
    });
    expect(creates()).toEqual([]);
  });

  it('is only deleted where another one lives, whatever it failed of', async () => {
    mocked.ec2.on(DeleteNatGatewayCommand).resolves({});
    const listed = [failed('nat-1', 'Anything'), gateway('nat-2', 'pending')];
    expect(await ensure(listed)).toMatchObject({ id: 'nat-2' });
    expect(mocked.ec2.commandCalls(DeleteNatGatewayCommand)).toHaveLength(1);
  });

  it('is waited for while it is being deleted', async () => {
    expect(await ensure([deleted('nat-0', 900), gateway('nat-1', 'deleting')])).toEqual({
      wait: { detail: 'NAT gateway nat-1 is being deleted first', seconds: 10 },
    });
    expect(creates()).toEqual([]);
  });

  it('ends the step for a reason that stays, and says what to do', async () => {
    await expect(ensure([failed('nat-1', 'InsufficientFreeAddressesInSubnet')])).rejects.toMatchObject({
      name: 'ResourceFailedError',
      message: expect.stringContaining(
        'NAT gateway nat-1 failed: InsufficientFreeAddressesInSubnet (1 failed within the hour)',
      ),
      todo: 'remove that cause, then run again; an InternalError that stays is for AWS Support',
    });
    expect(mocked.ec2.calls()).toEqual([]);
  });

  it.each([
    'InternalError',
    'Gateway.NotAttached',
    'InvalidAllocationID.NotFound',
    'InvalidSubnetID.NotFound',
  ])('is tried four times for %s, those that are deleted again included', async (code) => {
    mocked.ec2.on(DeleteNatGatewayCommand).resolves({});
    const before = ['nat-1', 'nat-2'].map((id) => deleted(id, 300, { FailureCode: code }));
    const healthy = ['nat-3', 'nat-4'].map((id) => deleted(id, 300));
    const listed = [...before, ...healthy, failed('nat-5', code)];
    expect(await ensure(listed)).toMatchObject({ wait: { seconds: 10 } });
    await expect(ensure([...listed, failed('nat-6', code)])).rejects.toThrow(/4 failed within the hour/);
  });

  describe('as its predecessor still held the address', () => {
    const met = failed('nat-2', 'Resource.AlreadyAssociated', { CreateTime: ago(100) });

    it('is replaced where that had been deleted within ten minutes, and those are counted apart', async () => {
      mocked.ec2.on(DeleteNatGatewayCommand).resolves({});
      expect(await ensure([deleted('nat-1', 699), met])).toMatchObject({ wait: { seconds: 10 } });
      const failures = ['a', 'b', 'c'].map((id) => deleted(id, 699, { FailureCode: 'InternalError' }));
      expect(await ensure([...failures, met])).toMatchObject({ wait: { seconds: 10 } });
    });

    it.each([
      ['had been deleted long before', [deleted('nat-1', 700)]],
      ['is nobody', []],
      ['had another address', [deleted('nat-1', 200, { NatGatewayAddresses: [{ AllocationId: 'other' }] })]],
      ['tells of no address', [deleted('nat-1', 200, { NatGatewayAddresses: undefined as never })]],
      ['never had it either', [deleted('nat-1', 200, { FailureCode: 'Resource.AlreadyAssociated' })]],
      ['is not deleted yet', [gateway('nat-1', 'deleting', { DeleteTime: ago(50) })]],
    ])('ends the step where that %s', async (_what, listed) => {
      await expect(ensure([...listed, met])).rejects.toThrow(/nat-2 failed: Resource.AlreadyAssociated/);
    });

    it('ends the step for a lasting reason whatever was deleted before', async () => {
      await expect(ensure([deleted('nat-1', 200), failed('nat-2', 'Other')])).rejects.toThrow(/nat-2 failed/);
    });
  });
});

describe('the address of a NAT gateway that is to be made', () => {
  const told = { NatGatewayAddresses: [{ ...atAddress, AssociationId: 'eipassoc-1' }] };
  const heldBy = 'address eipalloc-1 is still held by nat-1, deleted';

  it.each([
    ['by its association', told],
    ['by its interface', { NatGatewayAddresses: [{ ...atAddress, NetworkInterfaceId: 'eni-1' }] }],
    ['by nothing any more', {}],
    [
      'beside another address',
      {
        NatGatewayAddresses: [
          { AllocationId: 'other', AssociationId: 'eipassoc-0' },
          ...told.NatGatewayAddresses,
        ],
      },
    ],
  ])('is waited for while a gateway just deleted holds it, told %s', async (_how, changes) => {
    const listed = deleted('nat-1', 599, changes);
    expect(await ensure([listed], { holder })).toEqual({ wait: { detail: heldBy, seconds: 10 } });
    expect(mocked.ec2.calls()).toEqual([]);
  });

  it('ends the step ten minutes after the gateway that holds it was deleted', async () => {
    await expect(ensure([deleted('nat-1', 600, told)], { holder })).rejects.toMatchObject({
      name: 'ResourceFailedError',
      message: expect.stringContaining(
        'address eipalloc-1 is still held by NAT gateway nat-1 10 minutes after that was deleted',
      ),
      todo: 'run again later; if it stays held, ask AWS Support to free it',
    });
  });

  it('is held by the gateway that had it last', async () => {
    const early = deleted('nat-0', 900, told);
    const collided = deleted('nat-2', 50, { FailureCode: 'Resource.AlreadyAssociated' });
    const elsewhere = deleted('nat-3', 20, { NatGatewayAddresses: [{ AllocationId: 'other' }] });
    for (const listed of [
      [early, deleted('nat-1', 100, told), collided, elsewhere],
      [elsewhere, collided, deleted('nat-1', 100, told), early],
    ])
      expect(await ensure(listed, { holder })).toEqual({ wait: { detail: heldBy, seconds: 10 } });
  });

  it('is refused where somebody gave it to something else', async () => {
    mocked.ec2
      .on(DescribeNetworkInterfacesCommand, {
        Filters: [{ Name: 'network-interface-id', Values: ['eni-1'] }],
      })
      .resolves({ NetworkInterfaces: [{ Description: 'Not the Interface for NAT Gateway nat-7' }] });
    const before = deleted('nat-1', 100, {
      NatGatewayAddresses: [{ ...atAddress, AssociationId: 'eipassoc-0', NetworkInterfaceId: 'eni-0' }],
    });
    const refused = {
      name: 'NotOurResourceError',
      message: expect.stringContaining(
        "address eipalloc-1 is associated (eipassoc-1) with something that is not this environment's NAT gateway",
      ),
      todo: 'disassociate it, then run again',
    };
    await expect(ensure([before], { holder })).rejects.toMatchObject(refused);
    await expect(ensure([], { holder })).rejects.toMatchObject(refused);
    mocked.ec2.on(DescribeNetworkInterfacesCommand).resolves({ NetworkInterfaces: [{}] });
    await expect(ensure([], { holder })).rejects.toMatchObject(refused);
  });

  it('is refused where something without an interface has it', async () => {
    await expect(ensure([], { holder: { associationId: 'eipassoc-1' } })).rejects.toThrow(
      /is not this environment's NAT gateway/,
    );
    const before = deleted('nat-1', 100, {
      NatGatewayAddresses: [{ ...atAddress, AssociationId: 'eipassoc-0' }],
    });
    await expect(ensure([before], { holder: { associationId: 'eipassoc-1' } })).rejects.toThrow(
      /is not this environment's NAT gateway/,
    );
    expect(mocked.ec2.calls()).toEqual([]);
  });

  it('leads to a gateway of ours that no filter finds yet', async () => {
    mocked.ec2
      .on(DescribeNetworkInterfacesCommand)
      .resolves({ NetworkInterfaces: [{ Description: 'Interface for NAT Gateway nat-77' }] })
      .on(DescribeNatGatewaysCommand, { NatGatewayIds: ['nat-77'] })
      .resolves({ NatGateways: [gateway('nat-77', 'available')] });
    expect(await ensure([], { holder })).toEqual({ id: 'nat-77' });
  });

  it('is refused where the gateway it leads to is not ours', async () => {
    mocked.ec2
      .on(DescribeNetworkInterfacesCommand)
      .resolves({ NetworkInterfaces: [{ Description: 'Interface for NAT Gateway nat-77' }] })
      .on(DescribeNatGatewaysCommand)
      .resolves({ NatGateways: [gateway('nat-77', 'available', { Tags: [] })] });
    await expect(ensure([], { holder })).rejects.toThrow(/is not this environment's NAT gateway/);
  });

  it('is waited for while nobody sees what holds it', async () => {
    const wait = { detail: 'what holds address eipalloc-1 is not visible yet', seconds: 3 };
    mocked.ec2.on(DescribeNetworkInterfacesCommand).resolves({ NetworkInterfaces: [] });
    expect(await ensure([], { holder })).toEqual({ wait });
    mocked.ec2
      .on(DescribeNetworkInterfacesCommand)
      .resolves({ NetworkInterfaces: [{ Description: 'Interface for NAT Gateway nat-77' }] })
      .on(DescribeNatGatewaysCommand)
      .rejects(refusal('ec2:DescribeNatGateways', 'NatGatewayNotFound'));
    expect(await ensure([], { holder })).toEqual({ wait });
    expect(creates()).toEqual([]);
  });

  describe('that AWS calls an AuthFailure', () => {
    const refuse = (name: string) =>
      mocked.ec2.on(CreateNatGatewayCommand).rejects(refusal('ec2:CreateNatGateway', name, 'no'));

    it('is waited for where a gateway had it minutes ago', async () => {
      refuse('AuthFailure');
      expect(await ensure([deleted('nat-1', 599)])).toEqual({ wait: { detail: heldBy, seconds: 10 } });
    });

    it.each([
      ['nobody had it', 'AuthFailure', []],
      ['its gateway was deleted long ago', 'AuthFailure', [deleted('nat-1', 600)]],
      ['AWS refuses for something else', 'NatGatewayLimitExceeded', [deleted('nat-1', 10)]],
    ])('is thrown as it is where %s', async (_why, name, listed) => {
      refuse(name);
      await expect(ensure(listed)).rejects.toMatchObject({ name });
    });

    it('is no AuthFailure where the error is not from AWS', async () => {
      mocked.ec2
        .on(CreateNatGatewayCommand)
        .rejects(Object.assign(new Error('broken'), { name: 'AuthFailure' }));
      await expect(ensure([deleted('nat-1', 10)])).rejects.toThrow('broken');
    });
  });
});
