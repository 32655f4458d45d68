import {
  type Address,
  AllocateAddressCommand,
  DescribeAddressesCommand,
  ReleaseAddressCommand,
} from '@aws-sdk/client-ec2';
import { describe, expect, it } from 'vitest';
import { ensureAddress, namedAddress } from '#functions/routing/address.ts';
import type { Resources } from '#lib/run/environment.ts';
import { contextOf, madeAgo, mockedEc2, refusal, tagsOf } from '../../support/mocked-ec2.ts';

const mocked = mockedEc2();
const component = 'address/nat';

function address(AllocationId: string, changes: Partial<Address> = {}): Address {
  return { AllocationId, Tags: tagsOf(component), ...changes };
}

function ensure(listed: Address[], resources: Resources = {}) {
  return ensureAddress(contextOf(resources), component, listed);
}

function allocations(): number {
  return mocked.ec2.commandCalls(AllocateAddressCommand).length;
}

describe('the address of a NAT gateway', () => {
  it('is the one that is listed, with what holds it', async () => {
    expect(await ensure([address('b-other', { Tags: tagsOf('address/nat/b') }), address('a')])).toEqual({
      id: 'a',
    });
    expect(await ensure([address('a', { AssociationId: 'as-1', NetworkInterfaceId: 'eni-1' })])).toEqual({
      id: 'a',
      holder: { associationId: 'as-1', networkInterfaceId: 'eni-1' },
    });
    expect(await ensure([address('a', { AssociationId: 'as-1' })])).toEqual({
      id: 'a',
      holder: { associationId: 'as-1' },
    });
    expect(mocked.ec2.calls()).toEqual([]);
  });

  it('is the one in use of two, and the other is released', async () => {
    mocked.ec2.on(ReleaseAddressCommand).resolves({});
    expect(await ensure([address('a'), address('b', { AssociationId: 'as-1' })])).toMatchObject({ id: 'b' });
    const [release] = mocked.ec2.commandCalls(ReleaseAddressCommand);
    expect(release?.args[0].input).toEqual({ AllocationId: 'a' });
    const both = [address('b', { AssociationId: 'as-1' }), address('a', { AssociationId: 'as-2' })];
    await expect(ensure(both)).rejects.toThrow(
      "the address of the NAT gateway exists 2 times with this environment's tags, and all are in use: b, a",
    );
    expect(await ensure([address('d'), address('c')])).toMatchObject({ id: 'c' });
  });

  it('is found by its id where a listing leaves it out, and waited for while that says nothing', async () => {
    const known = (seconds: number) => ({ allocationId: 'a', ...madeAgo(seconds, 'a') });
    mocked.ec2.on(DescribeAddressesCommand, { AllocationIds: ['a'] }).resolves({ Addresses: [address('a')] });
    expect(await ensure([], known(300))).toEqual({ id: 'a' });
    mocked.ec2
      .on(DescribeAddressesCommand)
      .rejects(refusal('ec2:DescribeAddresses', 'InvalidAllocationID.NotFound'));
    expect(await ensure([], known(59))).toEqual({
      id: 'a',
      wait: { detail: 'address a is not visible yet', seconds: 2 },
    });
    mocked.ec2.on(AllocateAddressCommand).resolves({ AllocationId: 'new' });
    expect(await ensure([], known(61))).toEqual({ id: 'new' });
  });

  it('is allocated in the VPC with tags of its own, and kept at once', async () => {
    mocked.ec2.on(AllocateAddressCommand).resolves({ AllocationId: 'new' });
    const context = contextOf();
    expect(await ensureAddress(context, component, [])).toEqual({ id: 'new' });
    expect(mocked.ec2.commandCalls(AllocateAddressCommand)[0]?.args[0].input).toEqual({
      Domain: 'vpc',
      TagSpecifications: [{ ResourceType: 'elastic-ip', Tags: tagsOf(component) }],
    });
    expect(context.kept).toEqual([{ allocationId: 'new', ...madeAgo(0, 'new') }]);
  });

  it('is not asked for again within a minute of a lost answer', async () => {
    mocked.ec2
      .on(AllocateAddressCommand)
      .rejects(Object.assign(refusal('ec2:AllocateAddress', 'TimeoutError'), { $retryable: {} }));
    const lost = { wait: { detail: 'AWS did not say whether it allocated the address', seconds: 30 } };
    const context = contextOf();
    expect(await ensureAddress(context, component, [])).toEqual(lost);
    expect(context.kept).toEqual([madeAgo(0, component)]);
    expect(await ensure([], madeAgo(59, component))).toEqual(lost);
    expect(allocations()).toBe(1);
    await ensure([], madeAgo(61, component));
    await ensure([], madeAgo(1, 'address/nat/b'));
    expect(allocations()).toBe(3);
  });
});

describe('an address of the operator', () => {
  it('is looked up by its id, with what holds it', async () => {
    mocked.ec2
      .on(DescribeAddressesCommand, { AllocationIds: ['a'] })
      .resolves({ Addresses: [{ AllocationId: 'a' }] })
      .on(DescribeAddressesCommand, { AllocationIds: ['b'] })
      .resolves({ Addresses: [{ AllocationId: 'b', AssociationId: 'as-1' }] });
    expect(await namedAddress(contextOf(), 'a')).toEqual({ id: 'a' });
    expect(await namedAddress(contextOf(), 'b')).toEqual({ id: 'b', holder: { associationId: 'as-1' } });
  });

  it('is missed by name, region and account', async () => {
    mocked.ec2.on(DescribeAddressesCommand).resolves({ Addresses: [] });
    await expect(namedAddress(contextOf(), 'a')).rejects.toMatchObject({
      name: 'NotOurResourceError',
      what: 'address a of network.natAddresses is not in eu-central-1 of account 111122223333',
      todo: 'name one that is there, then run again',
    });
  });
});
