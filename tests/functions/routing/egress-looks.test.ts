import {
  AllocateAddressCommand,
  DescribeAddressesCommand,
  DescribeNatGatewaysCommand,
} from '@aws-sdk/client-ec2';
import { describe, expect, it } from 'vitest';
import { ensureEgress } from '#functions/routing/egress.ts';
import { natPlans } from '#lib/network/options.ts';
import { contextOf, mockedEc2, plan, refusal, tagsOf } from '../../support/mocked-ec2.ts';

const mocked = mockedEc2();
const perZone = { ...plan, network: { ...plan.network, natGateways: 'per-zone' as const } };
const subnetIds = Object.fromEntries(plan.subnets.map(({ component }) => [component, `id of ${component}`]));
const owned = { Name: 'tag:aoscloud:environment', Values: ['dev'] };

function arrange() {
  const zones = natPlans(perZone);
  const addresses = zones.map(({ address }) => ({ AllocationId: address, Tags: tagsOf(address) }));
  const gateways = zones.map(({ gateway }) => ({
    NatGatewayId: gateway,
    State: 'available' as const,
    Tags: tagsOf(gateway),
  }));
  mocked.ec2.on(DescribeAddressesCommand).resolves({ Addresses: addresses });
  mocked.ec2.on(DescribeNatGatewaysCommand).resolves({ NatGateways: gateways });
  return { addresses, gateways };
}

describe('the ways out', () => {
  it('are those of the plan, in its order, beside all there are', async () => {
    const { addresses, gateways } = arrange();
    const found = await ensureEgress(contextOf({ subnetIds }, perZone), 'vpc-1', undefined);
    expect(found).toEqual({
      ways: natPlans(perZone).map((one) => ({
        plan: one,
        address: { id: one.address },
        nat: { id: one.gateway },
      })),
      addresses,
      gateways,
    });
    expect(mocked.ec2.calls().map(({ args }) => args[0].input)).toEqual([
      { Filters: [owned] },
      { Filter: [{ Name: 'vpc-id', Values: ['vpc-1'] }, owned] },
    ]);
  });

  it('wait for the Internet Gateway, and their gateways are not even listed', async () => {
    const { addresses } = arrange();
    const before = { detail: 'Internet Gateway igw-1 is being attached', seconds: 1 };
    expect(await ensureEgress(contextOf({ subnetIds }), 'vpc-1', before)).toEqual({
      ways: [{ plan: natPlans(plan)[0], address: { id: 'address/nat' }, nat: { wait: before } }],
      addresses,
      gateways: [],
    });
    expect(mocked.ec2.commandCalls(DescribeNatGatewaysCommand)).toEqual([]);
  });

  it('wait each for its own address', async () => {
    const { addresses } = arrange();
    mocked.ec2.on(DescribeAddressesCommand).resolves({ Addresses: addresses.slice(0, 2) });
    mocked.ec2.on(AllocateAddressCommand).rejects(refusal('ec2:AllocateAddress', 'TimeoutError'));
    const { ways } = await ensureEgress(contextOf({ subnetIds }, perZone), 'vpc-1', undefined);
    const wait = { detail: 'AWS did not say whether it allocated the address', seconds: 30 };
    expect(ways.map(({ nat }) => nat)).toEqual([{ id: 'nat-gateway' }, { id: 'nat-gateway/b' }, { wait }]);
  });

  it('need the public subnet of their zone', async () => {
    arrange();
    const { 'subnet/eks-public/a': _none, ...others } = subnetIds;
    await expect(ensureEgress(contextOf({ subnetIds: others }), 'vpc-1', undefined)).rejects.toThrow(
      'the state machine knows no id of subnet/eks-public/a',
    );
  });
});
