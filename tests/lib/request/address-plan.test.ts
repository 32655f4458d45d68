import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  baseCidrProblem,
  basesIn,
  cidrProblem,
  contains,
  environmentCidr,
  overlaps,
  parseCidr,
  subnetPlan,
} from '#lib/request/address-plan.ts';
import type { Zone } from '#lib/run/environment.ts';
import { samplePlan } from '../../support/plan.ts';

const zones: readonly [Zone, Zone, Zone] = [
  { name: 'eu-central-1a', id: 'euc1-az2' },
  { name: 'eu-central-1b', id: 'euc1-az3' },
  { name: 'eu-central-1c', id: 'euc1-az1' },
];
const fourth: Zone = { name: 'eu-central-1d', id: 'euc1-az4' };

/** Every base R2 accepts: 256 + 16 + 1. */
const bases = [
  ...Array.from({ length: 256 }, (_, octet) => `10.${octet}.0.0/16`),
  ...Array.from({ length: 16 }, (_, octet) => `172.${16 + octet}.0.0/16`),
  '192.168.0.0/16',
];
/** The bases whose staging variant would leave private space. */
const beforeAnEdge = ['10.255.0.0/16', '172.31.0.0/16', '192.168.0.0/16'];

const octet = fc.integer({ min: 0, max: 255 });
const anyBlock = fc
  .tuple(octet, octet, octet, octet, fc.integer({ min: 0, max: 32 }))
  .map(([a, b, c, d, prefix]) => `${a}.${b}.${c}.${d}/${prefix}`);
const soundBlock = anyBlock.filter((block) => cidrProblem(block) === undefined);

function firstAndLast(block: string): [number, number] {
  const { address, prefix } = parseCidr(block);
  const first = address.octets.reduce((sum, value) => sum * 256 + value, 0);
  return [first, first + 2 ** (32 - prefix) - 1];
}

describe('a base CIDR', () => {
  test('is accepted for each of the 273 private /16', () => {
    expect(bases.map(baseCidrProblem)).toEqual(bases.map(() => undefined));
    expect(bases.map((base) => environmentCidr(base, false))).toEqual(bases);
  });

  test('is refused for every other block', () => {
    fc.assert(
      fc.property(anyBlock, (block) => (baseCidrProblem(block) === undefined) === bases.includes(block)),
    );
    const all = Array.from({ length: 65536 }, (_, index) => `${index >> 8}.${index & 255}.0.0/16`);
    expect(new Set(all.filter((block) => baseCidrProblem(block) === undefined))).toEqual(new Set(bases));
  });

  test.each([
    ['10.231.0.0/20', 'prefix length must be /16 (R2): the subnet plan assumes a full /16'],
    ['10.0.0.0/8', 'prefix length must be /16 (R2): the subnet plan assumes a full /16'],
    ['10.231.5.0/16', 'host bits must be zero: did you mean 10.231.0.0/16? (R2)'],
    ['11.0.0.0/16', 'must lie in private space, one of 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 (R2)'],
    ['010.231.0.0/16', 'must be an IPv4 block such as 10.0.0.0/8 (R2)'],
    ['10.231/16', 'must be an IPv4 block such as 10.0.0.0/8 (R2)'],
    ['fd00::/16', 'must be an IPv4 block such as 10.0.0.0/8 (R2)'],
    ['', 'must be an IPv4 block such as 10.0.0.0/8 (R2)'],
  ])('%s is refused with a reason', (block, reason) => {
    expect(baseCidrProblem(block)).toBe(reason);
  });
});

describe('staging', () => {
  test('adds 1 to the second octet', () => {
    expect(environmentCidr('10.231.0.0/16', true)).toBe('10.232.0.0/16');
  });

  test('stays acceptable and beside the base, or is refused at the edges of private space', () => {
    for (const base of bases) {
      if (beforeAnEdge.includes(base)) {
        expect(() => environmentCidr(base, true)).toThrow(/\(R3\)/);
        continue;
      }
      const staging = environmentCidr(base, true);
      expect(bases).toContain(staging);
      expect(overlaps(staging, base)).toBe(false);
    }
  });
});

describe('the subnet plan', () => {
  const vpcCidrs = [
    ...bases,
    ...bases.filter((base) => !beforeAnEdge.includes(base)).map((base) => environmentCidr(base, true)),
  ];

  test('lies inside the VPC without overlap, in sizes AWS takes, for every acceptable CIDR', () => {
    for (const vpcCidr of vpcCidrs) {
      const cidrs = subnetPlan(vpcCidr, zones, zones[0]).map((subnet) => subnet.cidr);
      expect(cidrs).toHaveLength(16);
      const ranges = cidrs.map(firstAndLast).sort(([a], [b]) => a - b);
      const [vpcFirst, vpcLast] = firstAndLast(vpcCidr);
      expect(ranges[0]![0]).toBeGreaterThanOrEqual(vpcFirst);
      expect(ranges.at(-1)![1]).toBeLessThanOrEqual(vpcLast);
      for (const [index, [first]] of ranges.entries())
        if (index > 0) expect(first).toBeGreaterThan(ranges[index - 1]![1]);
      for (const cidr of cidrs) expect(parseCidr(cidr).prefix).toBeLessThanOrEqual(28);
    }
  });

  test('keeps each group where R6 to R11 put it', () => {
    for (const vpcCidr of vpcCidrs) {
      const network = vpcCidr.split('.').slice(0, 2).join('.');
      const within: Record<string, string> = {
        'eks-private': `${network}.0.0/18`,
        'eks-public': `${network}.48.0/20`,
        endpoints: `${network}.100.0/24`,
        aurora: `${network}.253.192/26`,
        documentdb: `${network}.255.128/26`,
        elasticache: `${network}.255.64/26`,
      };
      for (const subnet of subnetPlan(vpcCidr, zones, zones[0]))
        expect(contains(within[subnet.group]!, subnet.cidr)).toBe(true);
    }
  });

  test('takes the zones of every group in one order', () => {
    const plan = subnetPlan('10.231.0.0/16', zones, zones[1]);
    for (const group of ['eks-private', 'eks-public', 'aurora', 'documentdb', 'elasticache']) {
      const ofGroup = plan.filter((subnet) => subnet.group === group);
      expect(ofGroup.map((subnet) => subnet.zone)).toEqual(zones);
      expect(ofGroup.map((subnet) => subnet.component)).toEqual(
        ['a', 'b', 'c'].map((letter) => `subnet/${group}/${letter}`),
      );
    }
  });

  test.each([
    [zones[0], 'a'],
    [zones[1], 'b'],
    [zones[2], 'c'],
    [fourth, 'd'],
  ])('puts the endpoints into their zone, named by its letter', (zone, letter) => {
    const endpoints = subnetPlan('10.231.0.0/16', zones, zone).filter(({ group }) => group === 'endpoints');
    expect(endpoints).toEqual([
      { component: `subnet/endpoints/${letter}`, group: 'endpoints', cidr: '10.231.100.0/24', zone },
    ]);
  });

  test('is the one the other tests build on', () => {
    const sample = samplePlan();
    expect(subnetPlan(sample.vpcCidr, sample.zones, sample.zones[0])).toEqual(sample.subnets);
  });

  test('is refused for a VPC that is no private /16', () => {
    expect(() => subnetPlan('10.231.0.0/18', zones, zones[0])).toThrow(/R2/);
  });
});

describe('overlap', () => {
  test('is what the addresses say', () => {
    fc.assert(
      fc.property(soundBlock, soundBlock, (a, b) => {
        const [[aFirst, aLast], [bFirst, bLast]] = [firstAndLast(a), firstAndLast(b)];
        expect(overlaps(a, b)).toBe(aFirst <= bLast && bFirst <= aLast);
        expect(contains(a, b)).toBe(aFirst <= bFirst && bLast <= aLast);
      }),
    );
  });

  test('reads no block with host bits', () => {
    expect(() => overlaps('10.0.0.1/8', '10.0.0.0/8')).toThrow(/host bits/);
  });
});

describe('a pool of bases', () => {
  test('has every /16 of its blocks, in their order, each once', () => {
    expect(basesIn(['10.254.0.0/15', '192.168.0.0/16', '10.255.0.0/16'])).toEqual([
      '10.254.0.0/16',
      '10.255.0.0/16',
      '192.168.0.0/16',
    ]);
    expect(basesIn(['10.0.0.0/8'])).toHaveLength(256);
  });

  test('has only bases that R2 accepts', () => {
    for (const base of basesIn(['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16']))
      expect(baseCidrProblem(base)).toBeUndefined();
  });
});
