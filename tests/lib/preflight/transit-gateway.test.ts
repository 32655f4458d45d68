import { DescribeTransitGatewaysCommand, EC2ServiceException } from '@aws-sdk/client-ec2';
import { beforeEach, describe, expect, it } from 'vitest';
import { preflight } from '#lib/preflight/preflight.ts';
import { parseRequest } from '#lib/request/request.ts';
import { sized } from '#lib/request/sized.ts';
import { mockedAccount } from './mocked-account.ts';

const account = '111122223333';
const target = { name: 'dev', region: 'eu-central-1', account, partition: 'aws', execution: 'run-1' };
const id = 'tgw-0123456789abcdef0';
let aws: ReturnType<typeof mockedAccount>;

beforeEach(() => {
  aws = mockedAccount();
});

function gateway(more: object): void {
  aws.ec2
    .on(DescribeTransitGatewaysCommand)
    .resolves({ TransitGateways: [{ TransitGatewayId: id, State: 'available', OwnerId: account, ...more }] });
}

/** The warnings; throws with the problems. */
async function asked(routes: readonly string[] = ['10.0.0.0/8'], block?: string): Promise<readonly string[]> {
  const network = { transitGateway: { id, routes } };
  const base = block ? { vpcCidr: 'auto', cidrPool: ['10.0.0.0/8'] } : {};
  const request = parseRequest({ environment: 'dev', region: 'eu-central-1', network, ...base });
  return (await preflight(target, sized(request, block))).warnings;
}

describe('a transit gateway', () => {
  it('passes where the account has it, and the VPC lies in a block behind it', async () => {
    gateway({});
    expect(await asked()).toEqual([]);
  });

  it('is warned of where another account has to accept the attachment', async () => {
    const OwnerId = '999900001111';
    gateway({ OwnerId, Options: { AutoAcceptSharedAttachments: 'disable' } });
    expect(await asked()).toEqual([expect.stringContaining(`belongs to account ${OwnerId}`)]);
    gateway({ OwnerId, Options: { AutoAcceptSharedAttachments: 'enable' } });
    expect(await asked()).toEqual([]);
  });

  it('is refused where it is not there, not shared, or not available', async () => {
    const unknown = new EC2ServiceException({
      name: 'InvalidTransitGatewayID.NotFound',
      message: `The transitGateway ID '${id}' does not exist`,
      $fault: 'client',
      $metadata: { httpStatusCode: 400 },
    });
    const operation = 'ec2:DescribeTransitGateways';
    aws.ec2.on(DescribeTransitGatewaysCommand).rejects(Object.assign(unknown, { operation }));
    await expect(asked()).rejects.toThrow(
      `no such transit gateway in eu-central-1 that account ${account} has`,
    );
    gateway({ State: 'deleting' });
    await expect(asked()).rejects.toThrow('no such transit gateway');
    gateway({ State: 'pending' });
    await expect(asked()).rejects.toThrow(`network.transitGateway ${id} is pending, not available`);
  });

  it('is not routed to for a block of the VPC, be that chosen by the service', async () => {
    gateway({});
    await expect(asked(['10.231.4.0/24'], '10.231.0.0/16')).rejects.toThrow(
      "10.231.4.0/24: must not lie in the VPC's own 10.231.0.0/16",
    );
  });

  it('is warned of where its blocks hide addresses of Kubernetes services', async () => {
    gateway({});
    expect(await asked(['172.16.0.0/12'])).toEqual([
      'network.transitGateway.routes 172.16.0.0/12 overlaps eks.serviceIpv4Cidr 172.20.0.0/16: pods cannot reach what both have',
    ]);
  });
});
