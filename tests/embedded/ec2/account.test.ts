import {
  DescribeAccountAttributesCommand,
  DescribeAvailabilityZonesCommand,
  DescribeInstanceTypeOfferingsCommand,
  DescribeInstanceTypesCommand,
} from '@aws-sdk/client-ec2';
import { expect, test } from 'vitest';
import { testAws } from '../../support/embedded.ts';
import { ec2, refusal } from './support.ts';

async function zones(region: string, ...Filters: { Name: string; Values: string[] }[]) {
  const { AvailabilityZones } = await ec2(region).send(new DescribeAvailabilityZonesCommand({ Filters }));
  return AvailabilityZones!.map((zone) => `${zone.ZoneName} ${zone.ZoneId}`);
}

const ordinary = { Name: 'zone-type', Values: ['availability-zone'] };

test('a zone name is an alias of its id, and Local Zones are listed with the others', async () => {
  testAws();
  expect(await zones('eu-central-1')).toEqual([
    'eu-central-1a euc1-az2',
    'eu-central-1b euc1-az3',
    'eu-central-1c euc1-az1',
    'eu-central-1-ham-1a euc1-ham1-az1',
  ]);
  expect(await zones('eu-central-1', ordinary)).toHaveLength(3);
});

test('some regions have zones that will not do, or too few of them', async () => {
  testAws();
  expect(await zones('us-east-1', ordinary)).toContain('us-east-1b use1-az3');
  expect(await zones('us-west-1', ordinary)).toHaveLength(2);
  expect(await zones('us-gov-west-1', ordinary)).toContain('us-gov-west-1c usgw1-az1');
  expect(await zones('ap-southeast-2', ordinary)).toContain('ap-southeast-2a apse2-az2');
});

test('an instance type is offered by zone', async () => {
  testAws();
  const offered = async (type: string) => {
    const { InstanceTypeOfferings } = await ec2('us-east-1').send(
      new DescribeInstanceTypeOfferingsCommand({
        LocationType: 'availability-zone-id',
        Filters: [{ Name: 'instance-type', Values: [type] }],
      }),
    );
    return InstanceTypeOfferings!.map((offering) => offering.Location);
  };
  expect(await offered('m5.2xlarge')).toContain('use1-az3');
  expect(await offered('t3a.2xlarge')).toEqual(['use1-az2', 'use1-az1', 'use1-az4', 'use1-az5', 'use1-az6']);
  expect(await offered('x9.mega')).toEqual([]);
});

test('the account says how many addresses it may have', async () => {
  testAws();
  const { AccountAttributes } = await ec2().send(
    new DescribeAccountAttributesCommand({ AttributeNames: ['vpc-max-elastic-ips' as never] }),
  );
  expect(AccountAttributes).toMatchObject([
    { AttributeName: 'vpc-max-elastic-ips', AttributeValues: [{ AttributeValue: '5' }] },
  ]);
});

test('an instance type has an architecture and vCPUs, and an unknown one is refused', async () => {
  testAws();
  const look = (...InstanceTypes: string[]) =>
    ec2().send(new DescribeInstanceTypesCommand({ InstanceTypes: InstanceTypes as never[] }));
  expect((await look('t4g.large', 'm5.2xlarge')).InstanceTypes).toMatchObject([
    { ProcessorInfo: { SupportedArchitectures: ['arm64'] }, VCpuInfo: { DefaultVCpus: 2 } },
    { ProcessorInfo: { SupportedArchitectures: ['x86_64'] }, VCpuInfo: { DefaultVCpus: 8 } },
  ]);
  expect(await refusal(look('x9.mega'))).toBe('InvalidInstanceType');
});
