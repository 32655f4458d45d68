/** What the account may use: zones, instance types by zone, and the account's own limits. */
import { z } from 'zod';
import { limitOf } from '#embedded/limits.ts';
import { AwsFault, type Call, type Operation, read } from '#embedded/model.ts';
import { filters, ids, narrow, page, paging } from './describe.ts';
import { type ZoneFacts, zonesOf } from './zones.ts';

/** Sizes by family, as far as node groups are made of them. */
const families: Readonly<Record<string, readonly string[]>> = {
  t3: ['medium', 'large', 'xlarge', '2xlarge'],
  t3a: ['medium', 'large', 'xlarge', '2xlarge'],
  t4g: ['medium', 'large', 'xlarge', '2xlarge'],
  m5: ['large', 'xlarge', '2xlarge', '4xlarge', '8xlarge'],
  m5a: ['large', 'xlarge', '2xlarge', '4xlarge', '8xlarge'],
  m6i: ['large', 'xlarge', '2xlarge', '4xlarge', '8xlarge'],
  m6a: ['large', 'xlarge', '2xlarge', '4xlarge', '8xlarge'],
  m7i: ['large', 'xlarge', '2xlarge', '4xlarge', '8xlarge'],
  c5: ['large', 'xlarge', '2xlarge', '4xlarge'],
  c6i: ['large', 'xlarge', '2xlarge', '4xlarge'],
  r5: ['large', 'xlarge', '2xlarge', '4xlarge'],
  r6i: ['large', 'xlarge', '2xlarge', '4xlarge'],
};
const instanceTypes = Object.entries(families).flatMap(([family, sizes]) =>
  sizes.map((size) => `${family}.${size}`),
);

/** vCPUs by size, as in all of these families. */
const vcpusBySize: Readonly<Record<string, number>> = {
  medium: 2,
  large: 2,
  xlarge: 4,
  '2xlarge': 8,
  '4xlarge': 16,
  '8xlarge': 32,
};

/** Undefined for a type that is not modelled. */
export function vcpusOf(instanceType: string): number | undefined {
  return vcpusBySize[instanceType.split('.')[1] ?? ''];
}

/** Graviton types have a g behind their generation. */
function architectureOf(instanceType: string): string {
  return /^[a-z]+\dg/.test(instanceType) ? 'arm64' : 'x86_64';
}

/** The oldest zone of us-east-1 never got newer hardware; a Local Zone has one family. */
function isOffered(type: string, zone: ZoneFacts): boolean {
  if (zone.type === 'local-zone') return type.startsWith('t3.');
  return zone.id !== 'use1-az3' || !/^(t3a|m6a|m6i|m7i|c6i|r6i)\./.test(type);
}

interface Offering {
  readonly type: string;
  readonly location: string;
}

function offeringsOf(call: Call, by: 'region' | 'availability-zone' | 'availability-zone-id'): Offering[] {
  if (by === 'region') return instanceTypes.map((type) => ({ type, location: call.region }));
  return zonesOf(call.region).flatMap((zone) =>
    instanceTypes
      .filter((type) => isOffered(type, zone))
      .map((type) => ({ type, location: by === 'availability-zone' ? zone.name : zone.id })),
  );
}

function presentZone(zone: ZoneFacts, call: Call) {
  const local = zone.type === 'local-zone';
  const group = local ? zone.name.slice(0, -1) : `${call.region}-zg-1`;
  return {
    ZoneName: zone.name,
    ZoneId: zone.id,
    ZoneType: zone.type,
    RegionName: call.region,
    GroupName: group,
    NetworkBorderGroup: local ? group : call.region,
    State: 'available',
    OptInStatus: optIn(zone),
    Messages: [],
  };
}

function optIn(zone: ZoneFacts): string {
  return zone.type === 'local-zone' ? 'opted-in' : 'opt-in-not-required';
}

const accountAttributes: Readonly<Record<string, (call: Call) => number>> = {
  'vpc-max-elastic-ips': (call) => limitOf(call, 'L-0263D0A3'),
  'vpc-max-security-groups-per-interface': (call) => limitOf(call, 'L-2AFB9258'),
};

export const accountOperations: Record<string, Operation> = {
  DescribeAvailabilityZones: read(
    { ZoneNames: ids, ZoneIds: ids, Filters: filters, AllAvailabilityZones: z.literal(false).optional() },
    (input, call) => {
      const zones: (ZoneFacts & { tags?: Record<string, string> })[] = zonesOf(call.region).filter(
        (zone) =>
          (input.ZoneNames?.includes(zone.name) ?? true) && (input.ZoneIds?.includes(zone.id) ?? true),
      );
      const asked = (input.ZoneNames ?? input.ZoneIds ?? []).length;
      if (asked > zones.length) {
        throw new AwsFault('InvalidParameterValue', 'Invalid availability zone: one of them does not exist');
      }
      const found = narrow(zones, input.Filters, {
        'zone-name': (zone) => [zone.name],
        'zone-id': (zone) => [zone.id],
        'zone-type': (zone) => [zone.type],
        'region-name': () => [call.region],
        'opt-in-status': (zone) => [optIn(zone)],
        state: () => ['available'],
      });
      return { AvailabilityZones: found.map((zone) => presentZone(zone, call)) };
    },
  ),

  DescribeInstanceTypeOfferings: read(
    {
      LocationType: z.enum(['region', 'availability-zone', 'availability-zone-id']).optional(),
      Filters: filters,
      ...paging,
    },
    (input, call) => {
      const by = input.LocationType ?? 'region';
      const all: (Offering & { tags?: Record<string, string> })[] = offeringsOf(call, by);
      const found = narrow(all, input.Filters, {
        'instance-type': (offering) => [offering.type],
        location: (offering) => [offering.location],
      });
      const { items, ...next } = page(found, input, 100);
      return {
        InstanceTypeOfferings: items.map(({ type, location }) => ({
          InstanceType: type,
          LocationType: by,
          Location: location,
        })),
        ...next,
      };
    },
  ),

  DescribeInstanceTypes: read(
    { InstanceTypes: z.array(z.string()).optional(), Filters: filters, ...paging },
    (input) => {
      const unknown = input.InstanceTypes?.find((type) => !instanceTypes.includes(type));
      if (unknown !== undefined) {
        throw new AwsFault(
          'InvalidInstanceType',
          `The following supplied instance types do not exist: [${unknown}]`,
        );
      }
      const all: { type: string; tags?: Record<string, string> }[] = (
        input.InstanceTypes ?? instanceTypes
      ).map((type) => ({ type }));
      const found = narrow(all, input.Filters, { 'instance-type': ({ type }) => [type] });
      const { items, ...next } = page(found, input, 100);
      return {
        InstanceTypes: items.map(({ type }) => ({
          InstanceType: type,
          ProcessorInfo: { SupportedArchitectures: [architectureOf(type)] },
          VCpuInfo: { DefaultVCpus: vcpusOf(type) },
        })),
        ...next,
      };
    },
  ),

  DescribeAccountAttributes: read(
    { AttributeNames: z.array(z.enum(Object.keys(accountAttributes))).optional() },
    (input, call) => ({
      AccountAttributes: (input.AttributeNames ?? Object.keys(accountAttributes)).map((AttributeName) => ({
        AttributeName,
        AttributeValues: [{ AttributeValue: String(accountAttributes[AttributeName]!(call)) }],
      })),
    }),
  ),
};
