import { DescribeAddressesCommand, DescribeNatGatewaysCommand } from '@aws-sdk/client-ec2';
import { beforeEach, describe, expect, it } from 'vitest';
import { preflight } from '#lib/preflight/preflight.ts';
import { parseRequest } from '#lib/request/request.ts';
import { sized } from '#lib/request/sized.ts';
import { mockedAccount } from './mocked-account.ts';

const target = {
  name: 'dev',
  region: 'eu-central-1',
  account: '111122223333',
  partition: 'aws',
  execution: 'run-1',
};
const mine = 'eipalloc-0123456789abcdef0';
const other = 'eipalloc-0123456789abcdef1';
const ours = [{ Key: 'aoscloud:environment', Value: 'dev' }];
const gatewayTags = [...ours, { Key: 'aoscloud:component', Value: 'nat-gateway' }];
let aws: ReturnType<typeof mockedAccount>;

beforeEach(() => {
  aws = mockedAccount();
});

/** What the preflight says of `natAddresses`; nothing where it passes. */
async function said(natAddresses: readonly string[]): Promise<string> {
  const request = { environment: 'dev', region: 'eu-central-1', network: { natAddresses } };
  try {
    await preflight(target, sized(parseRequest(request)));
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

function addresses(...Addresses: object[]): void {
  aws.ec2.on(DescribeAddressesCommand).resolves({ Addresses });
}

function gatewayWith(AllocationId: string): void {
  aws.ec2.on(DescribeNatGatewaysCommand).resolves({
    NatGateways: [{ NatGatewayId: 'nat-1', Tags: gatewayTags, NatGatewayAddresses: [{ AllocationId }] }],
  });
}

describe('an Elastic IP of the operator', () => {
  it('passes where it is there and free', async () => {
    addresses({ AllocationId: mine, Domain: 'vpc' });
    expect(await said([mine])).toBe('');
  });

  it("passes where this environment's NAT gateway has it already", async () => {
    addresses({ AllocationId: mine, Domain: 'vpc', AssociationId: 'eipassoc-1' });
    gatewayWith(mine);
    expect(await said([mine])).toBe('');
  });

  it.each([
    ['is not there', [], 'no such address in eu-central-1'],
    ['is not for VPCs', [{ AllocationId: mine, Domain: 'standard' }], 'of the domain standard'],
    [
      'is in use',
      [{ AllocationId: mine, AssociationId: 'eipassoc-1', InstanceId: 'i-1' }],
      'is associated with i-1',
    ],
    [
      'goes with an environment',
      [{ AllocationId: mine, Tags: [{ Key: 'aoscloud:environment', Value: 'prod' }] }],
      'of environment prod, with which it is released',
    ],
  ])('is refused where it %s', async (_title, found, sentence) => {
    addresses(...found);
    expect(await said([mine])).toContain(`network.natAddresses ${mine}: `);
    expect(await said([mine])).toContain(sentence);
  });

  it('does not take the place of the address that a NAT gateway has, own or named', async () => {
    addresses({ AllocationId: mine }, { AllocationId: other, AssociationId: 'eipassoc-1', Tags: ours });
    gatewayWith(other);
    expect(await said([mine])).toContain(
      `NAT gateway nat-1 has address ${other}, and a gateway keeps its address for life. What to do: leave network.natAddresses out.`,
    );
    expect(await said([])).toBe('');
    addresses({ AllocationId: mine, AssociationId: 'eipassoc-1' });
    gatewayWith(mine);
    expect(await said([])).toContain(`What to do: name ${mine} in network.natAddresses.`);
  });
});

it.each([
  [{ natAddresses: [mine, other] }, 'must list one address with natGateways "one"'],
  [
    { natGateways: 'per-zone', natAddresses: [mine] },
    'must list three addresses with natGateways "per-zone"',
  ],
  [{ natAddresses: ['198.51.100.7'] }, 'must be an allocation id'],
  [{ natGateways: 'per-zone', natAddresses: [mine, mine, other] }, 'is listed twice'],
])('%j is refused by its form', (network, sentence) => {
  expect(() => parseRequest({ environment: 'dev', region: 'eu-central-1', network })).toThrow(sentence);
});
