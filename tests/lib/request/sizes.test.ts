import { describe, expect, test } from 'vitest';
import { overlaps } from '#lib/request/address-plan.ts';
import { parseRequest } from '#lib/request/request.ts';
import { sized } from '#lib/request/sized.ts';
import { sizes } from '#lib/request/sizes.ts';

const request = (changes: object = {}) =>
  sized(parseRequest({ environment: 'dev', region: 'eu-central-1', ...changes }));

describe('sizes', () => {
  test('are those of the specification', () => {
    expect(
      Object.entries(sizes).map(([name, { aurora, elasticache }]) => [
        name,
        ...Object.values(aurora),
        ...Object.values(elasticache),
      ]),
    ).toEqual([
      ['small', 'db.t3.medium', 1, 'aurora', 'cache.t4g.medium', 1],
      ['medium', 'db.r6g.large', 2, 'aurora-iopt1', 'cache.r7g.large', 2],
      ['large', 'db.r6g.xlarge', 3, 'aurora-iopt1', 'cache.r7g.xlarge', 2],
    ]);
    expect(request().eks.nodes).toEqual({
      instanceTypes: ['t3a.2xlarge'],
      minSize: 3,
      maxSize: 10,
      diskSizeGiB: 50,
    });
    expect(request({ size: 'large' }).eks.nodes.instanceTypes).toEqual(['m5.2xlarge']);
  });

  test('give way to what the request says', () => {
    const { aurora, elasticache } = request({
      size: 'large',
      aurora: { instances: 5 },
      elasticache: { nodeType: 'cache.m7g.large' },
    });
    expect(aurora).toMatchObject({ instanceClass: 'db.r6g.xlarge', instances: 5 });
    expect(elasticache).toMatchObject({ nodeType: 'cache.m7g.large', replicas: 2 });
  });
});

test('services inherit deletion protection, and may say otherwise', () => {
  const { eks, aurora, documentdb } = request({
    deletionProtection: true,
    documentdb: { deletionProtection: false },
  });
  expect([eks, aurora, documentdb].map((service) => service.deletionProtection)).toEqual([true, true, false]);
});

test('a staging request gets the VPC one higher', () => {
  expect(request({ staging: true }).vpcCidr).toBe('10.232.0.0/16');
});

test.each([
  [{}, '172.20.0.0/16'],
  [{ vpcCidr: '172.20.0.0/16' }, '10.100.0.0/16'],
  [{ reservedCidrs: ['172.16.0.0/12'] }, '10.100.0.0/16'],
  [{ vpcCidr: '172.20.0.0/16', reservedCidrs: ['10.0.0.0/8'] }, '192.168.0.0/16'],
  [{ reservedCidrs: ['0.0.0.0/0'] }, '172.20.0.0/16'],
])('%j has service addresses outside its VPC, and beside reserved blocks where possible', (changes, cidr) => {
  const { eks, vpcCidr } = request(changes);
  expect(eks.serviceIpv4Cidr).toBe(cidr);
  expect(overlaps(eks.serviceIpv4Cidr, vpcCidr)).toBe(false);
});
