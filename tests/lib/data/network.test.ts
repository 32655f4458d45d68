import { describe, expect, it } from 'vitest';
import { acceptsSubnets, fitsNetwork, networkOf } from '#lib/data/network.ts';
import { samplePlan } from '../../support/plan.ts';

const subnetIds = {
  'subnet/aurora/a': 'subnet-a',
  'subnet/aurora/b': 'subnet-b',
  'subnet/aurora/c': 'subnet-c',
};
const context = {
  environment: samplePlan(),
  resources: { vpcId: 'vpc-1', defaultSecurityGroupId: 'sg-1', subnetIds },
  elapsedSeconds: 0,
  keep: () => undefined,
};
const unseen = Object.assign(new Error('not yet'), { name: 'InvalidSubnet', $metadata: {} });

describe('the network of a data service', () => {
  it('lists the subnets of its group in letter order', () => {
    expect(networkOf(context, 'aurora').subnetIds).toEqual(['subnet-a', 'subnet-b', 'subnet-c']);
  });

  it('refuses to go on without a subnet', () => {
    expect(() => networkOf(context, 'documentdb')).toThrow(/documentdb subnets/);
  });

  it('is not that of a subnet group in another VPC or without one of its subnets', () => {
    const network = networkOf(context, 'aurora');
    const Subnets = network.subnetIds.map((SubnetIdentifier) => ({ SubnetIdentifier }));
    expect(fitsNetwork({ VpcId: 'vpc-1', Subnets }, network)).toBe(true);
    expect(fitsNetwork({ VpcId: 'vpc-0', Subnets }, network)).toBe(false);
    expect(fitsNetwork({ VpcId: 'vpc-1', Subnets: Subnets.slice(1) }, network)).toBe(false);
  });

  it('gives new subnets two minutes to be seen', async () => {
    const refused = () => Promise.reject(unseen);
    expect(await acceptsSubnets(10, refused)).toBe(false);
    await expect(acceptsSubnets(121, refused)).rejects.toBe(unseen);
    expect(await acceptsSubnets(10, async () => 'made')).toBe(true);
  });
});
