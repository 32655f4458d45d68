import {
  DescribeLogGroupsCommand,
  ListTagsForResourceCommand as ListLogTagsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import {
  DescribeOrderableDBInstanceOptionsCommand as DocumentdbOptionsCommand,
  DescribeDBEngineVersionsCommand as DocumentdbVersionsCommand,
} from '@aws-sdk/client-docdb';
import {
  DescribeAvailabilityZonesCommand,
  DescribeInstancesCommand,
  DescribeInstanceTypeOfferingsCommand,
  DescribeInstanceTypesCommand,
  DescribeNatGatewaysCommand,
  DescribeSubnetsCommand,
  DescribeVpcBlockPublicAccessExclusionsCommand,
  DescribeVpcBlockPublicAccessOptionsCommand,
  DescribeVpcEndpointServicesCommand,
  DescribeVpcsCommand,
} from '@aws-sdk/client-ec2';
import { DescribeFileSystemsCommand } from '@aws-sdk/client-efs';
import {
  DescribeAddonConfigurationCommand,
  DescribeAddonVersionsCommand,
  DescribeClusterCommand,
  DescribeClusterVersionsCommand,
  DescribeNodegroupCommand,
} from '@aws-sdk/client-eks';
import {
  DescribeCacheClustersCommand,
  DescribeReplicationGroupsCommand,
  DescribeReservedCacheNodesOfferingsCommand,
  ListAllowedNodeTypeModificationsCommand,
  ListTagsForResourceCommand as ListCacheTagsCommand,
} from '@aws-sdk/client-elasticache';
import { GetAccountSummaryCommand, GetRoleCommand } from '@aws-sdk/client-iam';
import {
  DescribeAccountAttributesCommand,
  DescribeDBClustersCommand,
  DescribeDBEngineVersionsCommand,
  DescribeDBInstancesCommand,
  DescribeDBSubnetGroupsCommand,
  DescribeOrderableDBInstanceOptionsCommand,
} from '@aws-sdk/client-rds';
import { GetAWSDefaultServiceQuotaCommand, GetServiceQuotaCommand } from '@aws-sdk/client-service-quotas';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { preflight } from '#lib/preflight/preflight.ts';
import { parseRequest } from '#lib/request/request.ts';
import { sized } from '#lib/request/sized.ts';
import { PreflightFailedError } from '#lib/run/failures.ts';
import {
  addOnsAnswer,
  awsError,
  mockedAccount,
  offeringsAnswer,
  servicesAnswer,
  zones,
  zonesAnswer,
} from './mocked-account.ts';

const target = {
  name: 'dev',
  region: 'eu-central-1',
  account: '111122223333',
  partition: 'aws',
  execution: 'run-1',
};
const ours = [{ Key: 'aoscloud:environment', Value: 'dev' }];
let aws: ReturnType<typeof mockedAccount>;

beforeEach(() => {
  aws = mockedAccount();
});
afterEach(() => {
  vi.useRealTimers();
});

function run(changes: object = {}) {
  return preflight(target, sized(parseRequest({ environment: 'dev', region: 'eu-central-1', ...changes })));
}

/** The problems of a refusal; none where there is no refusal. */
async function problems(changes: object = {}): Promise<string[]> {
  try {
    await run(changes);
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(PreflightFailedError);
    const lines = (error as PreflightFailedError).what.split('\n');
    expect(lines.at(-1)).toBe('Nothing was made');
    return lines.slice(1, -1).map((line) => line.slice(2));
  }
}

const fourth = { name: 'eu-central-1d', id: 'euc1-az4' };
const ownVpc = { VpcId: 'vpc-1', CidrBlock: '10.231.0.0/16', Tags: ours, OwnerId: target.account };

describe('a clean account', () => {
  test('passes, with every choice made and no warning', async () => {
    expect(await run()).toEqual({
      choices: {
        zones,
        endpointZone: zones[0],
        endpointServices: expect.arrayContaining([
          { suffix: 'ecr.api', serviceName: 'com.amazonaws.eu-central-1.ecr.api' },
        ]),
        kubernetesVersion: '1.35',
        aurora: { engineVersion: '16.6', instanceZones: ['eu-central-1a'] },
        documentdb: { engineVersion: '5.0.0', instanceZones: ['eu-central-1a'] },
      },
      warnings: [],
    });
  });

  test('is asked in few calls', async () => {
    await run();
    expect(aws.calls()).toBeLessThanOrEqual(45);
  });
});

describe('addresses', () => {
  test('a foreign VPC in the way is named with its owner, also by an added block', async () => {
    aws.ec2.on(DescribeVpcsCommand).resolves({
      Vpcs: [
        {
          VpcId: 'vpc-9',
          CidrBlock: '10.0.0.0/16',
          CidrBlockAssociationSet: [
            { CidrBlock: '10.0.0.0/16', CidrBlockState: { State: 'associated' } },
            { CidrBlock: '10.231.64.0/18', CidrBlockState: { State: 'associated' } },
            { CidrBlock: '10.231.0.0/18', CidrBlockState: { State: 'disassociated' } },
          ],
          OwnerId: '444455556666',
          Tags: [{ Key: 'Name', Value: 'legacy' }],
        },
      ],
    });
    expect(await problems()).toEqual([
      'vpcCidr 10.231.0.0/16 overlaps 10.231.64.0/18 of VPC vpc-9 ("legacy", account 444455556666) (R4). What to do: choose another vpcCidr, or remove that VPC.',
    ]);
  });

  test('another environment in the way is named', async () => {
    aws.ec2.on(DescribeVpcsCommand).resolves({
      Vpcs: [{ ...ownVpc, Tags: [{ Key: 'aoscloud:environment', Value: 'dev2' }] }],
    });
    expect(await problems()).toEqual([expect.stringContaining('VPC vpc-1 (environment dev2, account')]);
  });

  test('one that was put over an environment that stands is a warning', async () => {
    const theirs = { VpcId: 'vpc-9', CidrBlock: '10.231.0.0/16', OwnerId: target.account };
    aws.ec2.on(DescribeVpcsCommand).resolves({ Vpcs: [ownVpc, theirs] });
    expect((await run()).warnings).toEqual([expect.stringMatching(/overlapped by .* VPC vpc-9 .*\(R4\)/)]);
  });

  test('a reserved block in the way is named with its owner', async () => {
    expect(await problems({ reservedCidrs: [{ cidr: '10.128.0.0/9', owner: 'head office' }] })).toEqual([
      'vpcCidr 10.231.0.0/16 overlaps 10.128.0.0/9, reserved for head office (R4). What to do: choose another vpcCidr.',
    ]);
  });

  test('service addresses on a reserved block are a warning', async () => {
    const { warnings } = await run({
      reservedCidrs: ['172.16.0.0/12'],
      eks: { serviceIpv4Cidr: '172.20.0.0/16' },
    });
    expect(warnings).toEqual([expect.stringContaining('pods cannot reach that block')]);
  });
});

describe('block public access', () => {
  const nat = { NatGatewayId: 'nat-1', SubnetId: 'subnet-1', Tags: ours, State: 'available' as const };

  function set(InternetGatewayBlockMode: 'block-bidirectional' | 'block-ingress'): void {
    aws.ec2
      .on(DescribeVpcBlockPublicAccessOptionsCommand)
      .resolves({ VpcBlockPublicAccessOptions: { InternetGatewayBlockMode } });
  }

  function exclude(ResourceArn: string): void {
    aws.ec2.on(DescribeVpcBlockPublicAccessExclusionsCommand).resolves({
      VpcBlockPublicAccessExclusions: [
        { ResourceArn, InternetGatewayExclusionMode: 'allow-egress', State: 'create-complete' },
      ],
    });
  }

  test('in both directions is a problem, as NAT traffic is dropped', async () => {
    set('block-bidirectional');
    expect(await problems()).toEqual([
      expect.stringMatching(
        /blocks both directions: the NAT gateway reaches nothing.*What to do: set it to block-ingress/,
      ),
    ]);
  });

  test('of ingress is a warning', async () => {
    set('block-ingress');
    expect((await run()).warnings).toEqual([
      expect.stringContaining('public load balancers are not reached'),
    ]);
  });

  test.each(['vpc/vpc-1', 'subnet/subnet-1'])(
    'does not touch an environment excluded by %s',
    async (what) => {
      set('block-bidirectional');
      aws.ec2.on(DescribeVpcsCommand).resolves({ Vpcs: [ownVpc] });
      aws.ec2.on(DescribeNatGatewaysCommand).resolves({ NatGateways: [nat] });
      exclude(`arn:aws:ec2:eu-central-1:${target.account}:${what}`);
      expect((await run()).warnings).toEqual([]);
    },
  );

  test('over an environment that stands is a warning', async () => {
    set('block-bidirectional');
    aws.ec2.on(DescribeVpcsCommand).resolves({ Vpcs: [ownVpc] });
    aws.ec2.on(DescribeNatGatewaysCommand).resolves({ NatGateways: [nat] });
    exclude(`arn:aws:ec2:eu-central-1:${target.account}:vpc/vpc-2`);
    expect((await run()).warnings).toEqual([expect.stringContaining('exclude the VPC (allow-egress)')]);
  });

  test.each([
    ['InvalidAction', []],
    ['UnauthorizedOperation', [expect.stringContaining('VPC Block Public Access is not checked')]],
  ])('that AWS does not tell (%s) refuses nothing', async (code, warnings) => {
    aws.ec2.on(DescribeVpcBlockPublicAccessOptionsCommand).rejects(awsError(code));
    expect((await run()).warnings).toEqual(warnings);
  });
});

describe('zones', () => {
  const subnet = (component: string, zone: { id: string }) => ({
    SubnetId: component,
    AvailabilityZoneId: zone.id,
    Tags: [...ours, { Key: 'aoscloud:component', Value: component }],
  });

  test('Local Zones and zones EKS refuses are not chosen', async () => {
    aws.ec2
      .on(DescribeAvailabilityZonesCommand)
      .resolves(
        zonesAnswer([
          { name: 'eu-central-1-ham-1a', id: 'euc1-ham1-az1', type: 'local-zone' },
          { name: 'eu-central-10', id: 'use1-az3' },
          ...zones,
        ]),
      );
    expect((await run()).choices.zones).toEqual(zones);
  });

  test('the zone of Tokyo without NAT gateways is not chosen, and refused as the first one', async () => {
    const tokyo = { name: 'eu-central-1d', id: 'apne1-az3' };
    aws.ec2.on(DescribeAvailabilityZonesCommand).resolves(zonesAnswer([tokyo, ...zones]));
    expect((await run()).choices.zones).toEqual(zones);
    const [a, b] = zones.map(({ name }) => name);
    expect(await problems({ availabilityZones: [tokyo.name, a, b] })).toEqual([
      expect.stringMatching(/no NAT gateway in apne1-az3.*\(R14\).*name another zone first/),
    ]);
    // Third, it is refused for what it lacks besides.
    expect(await problems({ availabilityZones: [a, b, tokyo.name] })).toEqual([
      expect.stringContaining('none is offered in eu-central-1d'),
    ]);
  });

  test('two are too few', async () => {
    aws.ec2.on(DescribeAvailabilityZonesCommand).resolves(zonesAnswer(zones.slice(0, 2)));
    expect(await problems()).toContainEqual(expect.stringContaining('has 2 Availability Zones'));
  });

  test('of four, those that offer the nodes and the endpoints are chosen, in order of their names', async () => {
    aws.ec2.on(DescribeAvailabilityZonesCommand).resolves(zonesAnswer([...zones, fourth]));
    aws.ec2
      .on(DescribeInstanceTypeOfferingsCommand)
      .resolves(offeringsAnswer('t3a.2xlarge', [zones[0]!.name, zones[2]!.name, fourth.name]));
    aws.rds
      .on(DescribeOrderableDBInstanceOptionsCommand)
      .resolves({ OrderableDBInstanceOptions: [{ AvailabilityZones: [{ Name: zones[0]!.name }] }] });
    expect((await run()).choices.zones).toEqual([zones[0], zones[2], fourth]);
  });

  test('of four that offer the nodes, those that offer the database classes and the cache come first', async () => {
    const all = [...zones, fourth];
    const names = all.map(({ name }) => name);
    aws.ec2.on(DescribeAvailabilityZonesCommand).resolves(zonesAnswer(all));
    const without = (letter: string) => ({
      OrderableDBInstanceOptions: [
        {
          AvailabilityZones: names.filter((name) => !name.endsWith(letter)).map((Name) => ({ Name })),
        },
      ],
    });
    const nodes = offeringsAnswer('t3a.2xlarge', names).InstanceTypeOfferings;
    const cache = (letter: string) =>
      names
        .filter((name) => !name.endsWith(letter))
        .map((Location) => ({ InstanceType: 't4g.medium' as const, Location }));
    aws.ec2
      .on(DescribeInstanceTypeOfferingsCommand)
      .resolves({ InstanceTypeOfferings: [...nodes, ...cache('none')] });
    aws.docdb.on(DocumentdbOptionsCommand).resolves(without('none'));
    aws.rds.on(DescribeOrderableDBInstanceOptionsCommand).resolves(without('a'));
    expect((await run()).choices.zones).toEqual([zones[1], zones[2], fourth]);
    aws.rds.on(DescribeOrderableDBInstanceOptionsCommand).resolves(without('none'));
    aws.docdb.on(DocumentdbOptionsCommand).resolves(without('b'));
    expect((await run()).choices.zones).toEqual([zones[0], zones[2], fourth]);
    aws.docdb.on(DocumentdbOptionsCommand).resolves(without('none'));
    aws.ec2
      .on(DescribeInstanceTypeOfferingsCommand)
      .resolves({ InstanceTypeOfferings: [...nodes, ...cache('c')] });
    expect((await run()).choices.zones).toEqual([zones[0], zones[1], fourth]);
  });

  test('of four, one that alone offers the endpoints is among the three', async () => {
    aws.ec2.on(DescribeAvailabilityZonesCommand).resolves(zonesAnswer([...zones, fourth]));
    aws.ec2.on(DescribeInstanceTypeOfferingsCommand).resolves(
      offeringsAnswer(
        't3a.2xlarge',
        [...zones, fourth].map(({ name }) => name),
      ),
    );
    aws.ec2.on(DescribeVpcEndpointServicesCommand).resolves(servicesAnswer(() => [fourth.name]));
    const { choices } = await run();
    expect(choices.zones).toEqual([zones[0], zones[1], fourth]);
    expect(choices.endpointZone).toEqual(fourth);
  });

  test('the endpoints go to a zone that offers all twelve', async () => {
    aws.ec2
      .on(DescribeVpcEndpointServicesCommand)
      .resolves(servicesAnswer((suffix) => (suffix === 'email-smtp' ? [zones[1]!.name] : undefined)));
    expect((await run()).choices.endpointZone).toEqual(zones[1]);
  });

  test('the endpoints go beside the three zones asked for, where none of them offers all twelve', async () => {
    aws.ec2.on(DescribeAvailabilityZonesCommand).resolves(zonesAnswer([...zones, fourth]));
    aws.ec2.on(DescribeVpcEndpointServicesCommand).resolves(servicesAnswer(() => [fourth.name]));
    const { choices } = await run({ availabilityZones: zones.map(({ id }) => id) });
    expect(choices).toMatchObject({ zones, endpointZone: fourth });
  });

  test('every page of the endpoint services is read', async () => {
    const { ServiceDetails } = servicesAnswer();
    aws.ec2
      .on(DescribeVpcEndpointServicesCommand)
      .resolves({ ServiceDetails: ServiceDetails.slice(0, 7), NextToken: '2' });
    aws.ec2
      .on(DescribeVpcEndpointServicesCommand, { NextToken: '2' })
      .resolves({ ServiceDetails: ServiceDetails.slice(7) });
    expect((await run()).choices.endpointServices).toHaveLength(12);
  });

  test('a service that is not offered is named', async () => {
    const { ServiceDetails } = servicesAnswer();
    aws.ec2.on(DescribeVpcEndpointServicesCommand).resolves({
      ServiceDetails: ServiceDetails.filter(({ ServiceName }) => !ServiceName.endsWith('email-smtp')),
    });
    expect(await problems()).toEqual([
      'eu-central-1 offers no Interface endpoint for email-smtp (R18). What to do: choose another region.',
    ]);
  });

  test('no zone with all twelve is explained zone by zone', async () => {
    aws.ec2
      .on(DescribeVpcEndpointServicesCommand)
      .resolves(
        servicesAnswer((suffix) =>
          suffix === 'sts' ? [zones[0]!.name] : suffix === 'rds' ? [zones[1]!.name] : undefined,
        ),
      );
    expect(await problems()).toEqual([
      'no zone of eu-central-1 offers all twelve endpoint services (R8): eu-central-1a lacks rds; eu-central-1b lacks sts; eu-central-1c lacks sts, rds. What to do: choose another region.',
    ]);
  });

  test('those asked for are taken in their order, by name or id', async () => {
    const { choices } = await run({ availabilityZones: ['euc1-az1', 'eu-central-1a', 'euc1-az3'] });
    expect(choices.zones).toEqual([zones[2], zones[0], zones[1]]);
    expect(choices.endpointZone).toEqual(zones[2]);
  });

  test('one asked for that is not there, and one given twice, are refused', async () => {
    const refused = await problems({ availabilityZones: ['euc1-az9', 'eu-central-1a', 'euc1-az2'] });
    expect(refused).toEqual([
      expect.stringContaining('availabilityZones[0] "euc1-az9": is not a zone this account can use now'),
      expect.stringContaining('name the same zone twice'),
    ]);
  });

  test('an environment that exists keeps its zones, also where only one subnet was made', async () => {
    aws.ec2.on(DescribeVpcsCommand).resolves({ Vpcs: [ownVpc] });
    aws.ec2.on(DescribeSubnetsCommand).resolves({
      Subnets: [subnet('subnet/eks-private/a', zones[2]!), subnet('subnet/endpoints/b', zones[1]!)],
    });
    const { choices } = await run();
    expect(choices.zones).toEqual([zones[2], zones[0], zones[1]]);
    expect(choices.endpointZone).toEqual(zones[1]);
  });

  test('an environment that exists does not move to zones asked for', async () => {
    aws.ec2.on(DescribeAvailabilityZonesCommand).resolves(zonesAnswer([...zones, fourth]));
    aws.ec2.on(DescribeSubnetsCommand).resolves({ Subnets: [subnet('subnet/aurora/a', fourth)] });
    expect(await problems({ availabilityZones: zones.map(({ id }) => id) })).toEqual([
      expect.stringContaining('availabilityZones: eu-central-1d (euc1-az4) → eu-central-1a (euc1-az2), '),
    ]);
  });
});

describe('node instance types', () => {
  test('one that does not exist is refused', async () => {
    expect(await problems({ eks: { nodes: { instanceTypes: ['t3a.2xlarge', 'm99.huge'] } } })).toEqual([
      'eks.nodes.instanceTypes m99.huge: is not offered in eu-central-1. What to do: choose another type.',
    ]);
  });

  test('a zone without any of them is refused', async () => {
    aws.ec2
      .on(DescribeInstanceTypeOfferingsCommand)
      .resolves(offeringsAnswer('t3a.2xlarge', [zones[0]!.name, zones[1]!.name]));
    expect(await problems()).toEqual([
      'eks.nodes.instanceTypes t3a.2xlarge: none is offered in eu-central-1c (R27). What to do: add a type that is offered there, or choose other availabilityZones.',
    ]);
  });

  test('one for another processor than the image is refused', async () => {
    aws.ec2.on(DescribeInstanceTypesCommand).resolves({
      InstanceTypes: [{ InstanceType: 't4g.2xlarge', ProcessorInfo: { SupportedArchitectures: ['arm64'] } }],
    });
    expect(await problems()).toEqual([expect.stringContaining('t4g.2xlarge: is an arm64 type')]);
  });
});

describe('quotas', () => {
  const limit = (QuotaCode: string, Value: number) =>
    aws.quotas.on(GetServiceQuotaCommand, { QuotaCode }, false).resolves({ Quota: { Value } });

  test.each([
    [
      'L-F678F1CE',
      'quota "VPCs per Region" (vpc L-F678F1CE) in eu-central-1: 0 of 0 in use, this run needs 1 more. What to do: ask Service Quotas for at least 1,',
    ],
    ['L-A4707A72', 'quota "Internet gateways per Region"'],
    ['L-0263D0A3', 'quota "Elastic IP addresses" (ec2 L-0263D0A3)'],
    ['L-FE5A380F', 'quota "NAT gateways in eu-central-1a" (vpc L-FE5A380F)'],
    ['L-1194D53C', 'quota "EKS clusters"'],
    [
      'L-1216C47A',
      'quota "vCPUs of running On-Demand Standard instances (3 nodes of t3a.2xlarge)" (ec2 L-1216C47A) in eu-central-1: 0 of 0 in use, this run needs 24 more',
    ],
    [
      'L-DFE45DF3',
      'quota "ElastiCache nodes per Region" (elasticache L-DFE45DF3) in eu-central-1: 0 of 0 in use, this run needs 2 more',
    ],
    ['L-848C634D', 'quota "EFS file systems"'],
  ])('an exhausted %s is refused', async (code, sentence) => {
    limit(code, 0);
    const refused = await problems();
    expect(refused).toHaveLength(1);
    expect(refused[0]).toContain(sentence);
  });

  test('of addresses and NAT gateways a request for one a zone needs three', async () => {
    limit('L-0263D0A3', 2);
    limit('L-FE5A380F', 0);
    expect(await problems({ network: { natGateways: 'per-zone' } })).toEqual([
      expect.stringContaining(
        '"Elastic IP addresses" (ec2 L-0263D0A3) in eu-central-1: 0 of 2 in use, this run needs 3',
      ),
      expect.stringContaining('"NAT gateways in eu-central-1a"'),
      expect.stringContaining('"NAT gateways in eu-central-1b"'),
      expect.stringContaining('"NAT gateways in eu-central-1c"'),
    ]);
  });

  test('room for exactly what is needed is enough', async () => {
    limit('L-F678F1CE', 1);
    limit('L-1216C47A', 24);
    expect(await problems()).toEqual([]);
  });

  test('RDS and IAM tell their own', async () => {
    aws.rds.on(DescribeAccountAttributesCommand).resolves({
      AccountQuotas: [
        { AccountQuotaName: 'DBClusters', Used: 39, Max: 40 },
        { AccountQuotaName: 'DBInstances', Used: 38, Max: 40 },
        { AccountQuotaName: 'DBSubnetGroups', Used: 0, Max: 50 },
      ],
    });
    aws.iam.on(GetAccountSummaryCommand).resolves({ SummaryMap: { Roles: 998, RolesQuota: 1000 } });
    expect(await problems()).toEqual([
      expect.stringContaining('quota "IAM roles" in eu-central-1: 998 of 1000 in use, this run needs 3 more'),
      expect.stringContaining(
        'quota "DB clusters (Aurora and DocumentDB)" in eu-central-1: 39 of 40 in use, this run needs 2 more',
      ),
    ]);
  });

  test('NAT gateways count in the zone of the first public subnet only, instances by vCPU', async () => {
    aws.ec2.on(DescribeSubnetsCommand).resolves({
      Subnets: zones.map(({ id }, index) => ({ SubnetId: `subnet-${index}`, AvailabilityZoneId: id })),
    });
    aws.ec2
      .on(DescribeNatGatewaysCommand)
      .resolves({ NatGateways: [0, 1, 1].map((index) => ({ SubnetId: `subnet-${index}` })) });
    aws.ec2.on(DescribeInstancesCommand).resolves({
      Reservations: [
        {
          Instances: [
            { InstanceType: 'm5.xlarge', CpuOptions: { CoreCount: 2, ThreadsPerCore: 2 } },
            {
              InstanceType: 'm5.xlarge',
              InstanceLifecycle: 'spot',
              CpuOptions: { CoreCount: 2, ThreadsPerCore: 2 },
            },
            { InstanceType: 'g5.xlarge', CpuOptions: { CoreCount: 2, ThreadsPerCore: 2 } },
          ],
        },
      ],
    });
    limit('L-FE5A380F', 1);
    limit('L-1216C47A', 27);
    expect(await problems()).toEqual([
      expect.stringContaining(
        'quota "NAT gateways in eu-central-1a" (vpc L-FE5A380F) in eu-central-1: 1 of 1 in use',
      ),
      expect.stringContaining('4 of 27 in use, this run needs 24 more'),
    ]);
  });

  test('one without an applied value counts with the default AWS tells', async () => {
    aws.quotas.on(GetServiceQuotaCommand).rejects(awsError('NoSuchResourceException'));
    expect(await problems()).toEqual([expect.stringContaining('0 of 5 in use, this run needs 24 more')]);
    aws.quotas.on(GetAWSDefaultServiceQuotaCommand).resolves({ Quota: { Value: 64 } });
    expect((await run()).warnings).toEqual([]);
  });

  test('those that may not be read are warnings, and the published default counts', async () => {
    aws.quotas.on(GetServiceQuotaCommand).rejects(awsError('AccessDeniedException'));
    aws.ec2.on(DescribeVpcsCommand).resolves({
      Vpcs: [1, 2, 3, 4, 5].map((index) => ({
        VpcId: `vpc-${index}`,
        CidrBlock: `10.${index}.0.0/16`,
        OwnerId: target.account,
      })),
    });
    expect(await problems()).toEqual([
      expect.stringContaining('quota "VPCs per Region" (vpc L-F678F1CE) in eu-central-1: 5 of 5 in use'),
    ]);
    aws.ec2.on(DescribeVpcsCommand).resolves({ Vpcs: [] });
    const { warnings } = await run();
    expect(warnings).toContainEqual(
      expect.stringContaining(`quota "VPCs per Region" is assumed to be AWS's default of 5:`),
    );
    expect(warnings).toContainEqual(expect.stringMatching(/quota "vCPUs .*" is not checked/));
  });
});

describe('versions and classes', () => {
  const version = (changes: object) =>
    aws.eks.on(DescribeClusterVersionsCommand).resolves({
      clusterVersions: [
        { clusterVersion: '1.36', versionStatus: 'STANDARD_SUPPORT' },
        { clusterVersion: '1.35', versionStatus: 'STANDARD_SUPPORT', ...changes },
      ],
    });

  test('a Kubernetes version that is not offered is refused, with those that are', async () => {
    expect(await problems({ eks: { version: '1.99' } })).toEqual([
      'eks.version 1.99: is not offered in eu-central-1; in standard support are 1.35. What to do: choose one of these.',
    ]);
  });

  test('one in extended support is refused unless the request says so, as EKS would an hour later', async () => {
    version({ versionStatus: 'EXTENDED_SUPPORT', endOfExtendedSupportDate: new Date('2027-01-02') });
    expect(await problems()).toEqual([
      'eks.version 1.35: is in extended support (until 2027-01-02), and eks.supportType "standard" excludes it. What to do: choose one in standard support (1.36), or say eks.supportType "extended", which costs more.',
    ]);
    expect((await run({ eks: { supportType: 'extended' } })).warnings).toEqual([
      'eks.version 1.35: is in extended support, which costs more, until 2027-01-02; in standard support are 1.36',
    ]);
  });

  test('one about to leave standard support is a warning with the date', async () => {
    version({ endOfStandardSupportDate: new Date(Date.now() + 10 * 86_400_000) });
    expect((await run()).warnings).toEqual([
      expect.stringMatching(/^eks.version 1.35: standard support ends on .*; EKS then upgrades the cluster/),
    ]);
    expect((await run({ eks: { supportType: 'extended' } })).warnings).toEqual([
      expect.stringMatching(/standard support ends on .*; extended support costs more$/),
    ]);
    version({ endOfStandardSupportDate: new Date(Date.now() + 100 * 86_400_000) });
    expect((await run()).warnings).toEqual([]);
  });

  test('a cluster that has entered extended support is not taken back to standard', async () => {
    version({ versionStatus: 'EXTENDED_SUPPORT' });
    const runs = (supportType: 'STANDARD' | 'EXTENDED') =>
      aws.eks.on(DescribeClusterCommand).resolves({
        cluster: {
          name: 'aoscloud-dev',
          version: '1.35',
          upgradePolicy: { supportType },
          tags: { 'aoscloud:environment': 'dev' },
        },
      });
    runs('EXTENDED');
    expect(await problems()).toEqual([
      expect.stringContaining('eks.supportType "standard": the cluster runs 1.35, which is in extended'),
    ]);
    expect(await problems({ eks: { supportType: 'extended' } })).toEqual([]);
    runs('STANDARD');
    expect(await problems()).toEqual([]);
  });

  test('an add-on that is not offered for the version is refused, before there are nodes', async () => {
    aws.eks.on(DescribeAddonVersionsCommand).resolves(addOnsAnswer(['1.35'], 'coredns'));
    expect(await problems()).toEqual([
      'eks.version 1.35: the add-on coredns is not offered for it in eu-central-1. What to do: choose another eks.version, or another region.',
    ]);
    aws.eks.on(DescribeAddonVersionsCommand).resolves(addOnsAnswer(['1.34']));
    expect(await problems()).toHaveLength(5);
  });

  test('an add-on that takes no role by Pod Identity, though it gets one, is refused', async () => {
    aws.eks.on(DescribeAddonConfigurationCommand).resolves({});
    expect(await problems()).toEqual([
      expect.stringContaining(
        'the add-on aws-efs-csi-driver v1 takes no role for efs-csi-controller-sa by Pod Identity',
      ),
    ]);
  });

  test('add-ons are listed page by page, and not asked about once the nodes stand', async () => {
    const { addons } = addOnsAnswer(['1.35']);
    aws.eks
      .on(DescribeAddonVersionsCommand)
      .resolves({ addons: addons.slice(0, 2), nextToken: 'more' })
      .on(DescribeAddonVersionsCommand, { nextToken: 'more' }, false)
      .resolves({ addons: addons.slice(2) });
    expect(await problems()).toEqual([]);
    aws.eks.on(DescribeClusterCommand).resolves({
      cluster: { name: 'aoscloud-dev', version: '1.35', tags: { 'aoscloud:environment': 'dev' } },
    });
    aws.eks.on(DescribeNodegroupCommand).resolves({ nodegroup: { version: '1.35' } });
    aws.eks.on(DescribeAddonVersionsCommand).resolves({ addons: [] });
    expect(await problems()).toEqual([]);
  });

  test('an engine version that is not offered is refused', async () => {
    aws.rds.on(DescribeDBEngineVersionsCommand).resolves({ DBEngineVersions: [] });
    expect(await problems({ aurora: { engineVersion: '99.9' } })).toEqual([
      'aurora: engineVersion 99.9 is not offered in eu-central-1. What to do: choose another aurora.engineVersion, or another region.',
    ]);
  });

  test('a class that cannot be ordered is refused: at all, or in these zones', async () => {
    const aurora = aws.rds.on(DescribeOrderableDBInstanceOptionsCommand);
    aurora.resolves({ OrderableDBInstanceOptions: [] });
    expect(await problems()).toEqual([
      expect.stringContaining('aurora.instanceClass db.t3.medium: cannot be ordered with version 16.6'),
    ]);
    aurora.resolves({ OrderableDBInstanceOptions: [{ AvailabilityZones: [{ Name: 'eu-central-1z' }] }] });
    expect(await problems()).toEqual([
      expect.stringContaining('cannot be ordered in any of eu-central-1a, eu-central-1b, eu-central-1c'),
    ]);
  });
});

describe('storage of the databases', () => {
  const inZones = (StorageType: string, ...letters: string[]) => ({
    StorageType,
    AvailabilityZones: letters.map((letter) => ({ Name: `eu-central-1${letter}` })),
  });

  // AWS answers `aurora` for DocumentDB, whose own names are standard and iopt1: B5.
  test.each(['small', 'medium', 'large'])(
    'a %s environment passes where all is called aurora',
    async (size) => {
      aws.docdb
        .on(DocumentdbOptionsCommand)
        .resolves({ OrderableDBInstanceOptions: [inZones('aurora', 'a', 'b', 'c')] });
      aws.rds
        .on(DescribeOrderableDBInstanceOptionsCommand)
        .resolves({ OrderableDBInstanceOptions: [inZones('aurora', 'a', 'b', 'c')] });
      aws.ec2.on(DescribeInstanceTypeOfferingsCommand).resolves({
        InstanceTypeOfferings: (['t3a.2xlarge', 'm5.2xlarge'] as const).flatMap(
          (type) =>
            offeringsAnswer(
              type,
              zones.map(({ name }) => name),
            ).InstanceTypeOfferings,
        ),
      });
      expect(await problems({ size })).toEqual([]);
    },
  );

  test('I/O-optimized is refused by the version of the engine', async () => {
    aws.docdb.on(DocumentdbVersionsCommand).resolves({ DBEngineVersions: [{ EngineVersion: '4.0.0' }] });
    expect(await problems({ documentdb: { storageType: 'iopt1' } })).toEqual([
      'documentdb.storageType iopt1: is not offered with engine version 4.0.0, but from 5.0 on. What to do: choose one of these engine versions, or standard storage.',
    ]);
    aws.docdb.on(DocumentdbVersionsCommand).resolves({ DBEngineVersions: [{ EngineVersion: '8.0.0' }] });
    expect(await problems({ documentdb: { storageType: 'iopt1' } })).toEqual([]);
    aws.rds.on(DescribeDBEngineVersionsCommand).resolves({ DBEngineVersions: [{ EngineVersion: '13.9' }] });
    expect(await problems({ aurora: { storageType: 'aurora-iopt1' } })).toEqual([
      'aurora.storageType aurora-iopt1: is not offered with engine version 13.9, but from 13.10, 14.7, 15.2, 16.1 on. What to do: choose one of these engine versions, or standard storage.',
    ]);
  });

  test('instances go where the class is offered with this storage, and are said to share zones where they do', async () => {
    aws.rds.on(DescribeOrderableDBInstanceOptionsCommand).resolves({
      OrderableDBInstanceOptions: [inZones('aurora', 'a', 'b', 'c'), inZones('aurora-iopt1', 'a', 'c')],
    });
    const wish = { instances: 3, storageType: 'aurora-iopt1' };
    const { choices, warnings } = await run({ aurora: wish });
    expect(choices.aurora.instanceZones).toEqual(['eu-central-1a', 'eu-central-1c', 'eu-central-1a']);
    expect(warnings).toEqual([
      expect.stringContaining(
        'can be ordered in eu-central-1a, eu-central-1c only, so instances share zones',
      ),
    ]);
  });
});

describe('the cache', () => {
  const reservations = (...types: string[]) =>
    aws.elasticache
      .on(DescribeReservedCacheNodesOfferingsCommand)
      .resolves({ ReservedCacheNodesOfferings: types.map((CacheNodeType) => ({ CacheNodeType })) });

  test('a version that AWS does not list is refused, with those it does', async () => {
    expect(await problems({ elasticache: { engineVersion: '6.0' } })).toEqual([
      'elasticache.engineVersion 6.0: is not offered for Redis OSS in eu-central-1; offered are 5.0.6, 6.2, 7.0, 7.1. What to do: choose one that is offered.',
    ]);
  });

  test('a version before 6 is a warning: it is in paid extended support', async () => {
    expect((await run({ elasticache: { engineVersion: '5.0.6' } })).warnings).toEqual([
      expect.stringContaining('elasticache.engineVersion 5.0.6: is in extended support since 2026-02-01'),
    ]);
  });

  test('a node type that neither ElastiCache nor EC2 knows is refused', async () => {
    reservations();
    expect(await problems({ elasticache: { nodeType: 'cache.r7g.huge' } })).toEqual([
      expect.stringContaining('elasticache.nodeType cache.r7g.huge: is not offered in eu-central-1'),
    ]);
  });

  test('one that EC2 has and ElastiCache does not reserve is a warning', async () => {
    reservations();
    const { InstanceTypeOfferings } = offeringsAnswer(
      't3a.2xlarge',
      zones.map(({ name }) => name),
    );
    aws.ec2.on(DescribeInstanceTypeOfferingsCommand).resolves({
      InstanceTypeOfferings: [
        ...InstanceTypeOfferings,
        { InstanceType: 't4g.medium', Location: zones[0]!.name },
      ],
    });
    expect((await run()).warnings).toEqual([
      expect.stringContaining('ElastiCache lists no reservation of it in eu-central-1, so it may be refused'),
    ]);
  });

  test('a cache that exists is not asked about', async () => {
    reservations();
    aws.elasticache
      .on(DescribeReplicationGroupsCommand)
      .resolves({ ReplicationGroups: [{ Status: 'modifying' }] });
    expect(await problems({ elasticache: { engineVersion: '7.1.9', nodeType: 'cache.r7g.huge' } })).toEqual(
      [],
    );
  });

  test('a cache that exists can become what AWS lists', async () => {
    aws.elasticache.on(DescribeReplicationGroupsCommand).resolves({
      ReplicationGroups: [
        {
          ReplicationGroupId: 'aoscloud-dev-redis',
          CacheNodeType: 'cache.t4g.medium',
          MemberClusters: ['one'],
        },
      ],
    });
    aws.elasticache
      .on(DescribeCacheClustersCommand, { CacheClusterId: 'one' })
      .resolves({ CacheClusters: [{ EngineVersion: '7.1.0' }] });
    aws.elasticache
      .on(ListAllowedNodeTypeModificationsCommand)
      .resolves({ ScaleUpModifications: ['cache.r7g.large'], ScaleDownModifications: [] });
    expect(await problems({ elasticache: { nodeType: 'cache.r7g.large' } })).toEqual([]);
    expect(await problems({ elasticache: { engineVersion: '7.1.9', nodeType: 'cache.r7g.huge' } })).toEqual([
      'elasticache.nodeType cache.r7g.huge: the cache.t4g.medium nodes of aoscloud-dev-redis can become cache.r7g.large. What to do: choose one of these, or stay with cache.t4g.medium.',
      expect.stringContaining('elasticache.engineVersion 7.1.9: is not offered for Redis OSS'),
    ]);
  });
});

describe('names', () => {
  test('all that are taken by somebody else are named at once', async () => {
    aws.eks
      .on(DescribeClusterCommand)
      .resolves({ cluster: { name: 'aoscloud-dev', version: '1.30', tags: {} } });
    aws.eks.on(DescribeNodegroupCommand).resolves({ nodegroup: {} });
    aws.rds.on(DescribeDBClustersCommand).resolves({
      DBClusters: [
        { DBClusterIdentifier: 'aoscloud-dev-aurora', Engine: 'aurora-mysql', TagList: ours },
        { DBClusterIdentifier: 'aoscloud-dev-documentdb', Engine: 'docdb', TagList: [] },
      ],
    });
    aws.rds.on(DescribeDBSubnetGroupsCommand).resolves({
      DBSubnetGroups: [
        { DBSubnetGroupName: 'aoscloud-dev-aurora', DBSubnetGroupArn: 'arn' },
        { DBSubnetGroupName: 'other' },
      ],
    });
    aws.elasticache
      .on(DescribeReplicationGroupsCommand)
      .resolves({ ReplicationGroups: [{ ReplicationGroupId: 'aoscloud-dev-redis', ARN: 'arn' }] });
    aws.elasticache.on(ListCacheTagsCommand).resolves({ TagList: [] });
    aws.efs.on(DescribeFileSystemsCommand).resolves({
      FileSystems: [{ FileSystemId: 'fs-1', CreationToken: 'aoscloud-dev-efs', Tags: [] } as never],
    });
    aws.iam
      .on(GetRoleCommand, { RoleName: 'aoscloud-eu-central-1-dev-eks-nodes' })
      .resolves({ Role: { RoleName: 'aoscloud-eu-central-1-dev-eks-nodes' } as never });
    const refused = await problems();
    expect(refused.map((problem) => problem.split(' exists')[0])).toEqual([
      'EKS cluster aoscloud-dev',
      'IAM role aoscloud-eu-central-1-dev-eks-nodes',
      'database cluster aoscloud-dev-aurora (aurora-mysql)',
      'database cluster aoscloud-dev-documentdb (docdb)',
      'database subnet group aoscloud-dev-aurora',
      'ElastiCache replication group aoscloud-dev-redis',
      'EFS file system fs-1 (aoscloud-dev-efs)',
    ]);
    expect(refused[0]).toContain('does not carry the tag aoscloud:environment=dev. What to do:');
  });

  test('a log group of somebody else is used as it is, and told', async () => {
    const logGroupName = '/aws/eks/aoscloud-dev/cluster';
    const logGroupArn = `arn:aws:logs:eu-central-1:111122223333:log-group:${logGroupName}`;
    aws.logs
      .on(DescribeLogGroupsCommand)
      .resolves({ logGroups: [{ logGroupName, logGroupArn, retentionInDays: 3653 }] });
    aws.logs.on(ListLogTagsCommand).resolves({ tags: { owner: 'audit' } });
    expect((await run()).warnings).toEqual([expect.stringContaining('keeps its retention of 3653 days')]);
    aws.logs.on(ListLogTagsCommand).resolves({ tags: { 'aoscloud:environment': 'dev' } });
    expect((await run()).warnings).toEqual([]);
  });

  test('a cache that does not show its tags while it changes is left to its step', async () => {
    aws.elasticache
      .on(DescribeReplicationGroupsCommand)
      .resolves({ ReplicationGroups: [{ ReplicationGroupId: 'aoscloud-dev-redis', ARN: 'arn' }] });
    aws.elasticache.on(ListCacheTagsCommand).rejects(awsError('InvalidReplicationGroupStateFault'));
    expect((await run()).warnings).toEqual([expect.stringContaining('its step looks again')]);
  });
});

describe('administrators', () => {
  const named = (arn: string) => ({ eks: { administrators: [arn] } });
  const role = (RoleName: string, Arn: string) =>
    aws.iam.on(GetRoleCommand, { RoleName }).resolves({ Role: { RoleName, Arn } as never });

  test('that do not exist are refused now, not when their access entries are made', async () => {
    expect(await problems(named('arn:aws:iam::111122223333:role/platform-admim'))).toEqual([
      'eks.administrators arn:aws:iam::111122223333:role/platform-admim: there is no such role in account 111122223333. What to do: correct the name, or make the role first.',
    ]);
  });

  test('are named with their paths, as EKS takes no other spelling', async () => {
    const arn =
      'arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Admin_0a';
    role('AWSReservedSSO_Admin_0a', arn);
    expect(await problems(named(arn))).toEqual([]);
    expect(await problems(named('arn:aws:iam::111122223333:role/AWSReservedSSO_Admin_0a'))).toEqual([
      expect.stringContaining(`What to do: name it ${arn}.`),
    ]);
  });

  test('of other accounts are warned of: nobody here can ask about them', async () => {
    const { warnings } = await run(named('arn:aws:iam::444455556666:role/platform-admin'));
    expect(warnings).toEqual([expect.stringContaining('is a role of another account (444455556666)')]);
  });
});

describe('an environment that exists', () => {
  test('needs no room, keeps its versions, and asks about no quota', async () => {
    aws.ec2.on(DescribeVpcsCommand).resolves({ Vpcs: [ownVpc] });
    aws.eks.on(DescribeClusterCommand).resolves({
      cluster: { name: 'aoscloud-dev', version: '1.34', tags: { 'aoscloud:environment': 'dev' } },
    });
    aws.rds.on(DescribeDBClustersCommand).resolves({
      DBClusters: [
        {
          DBClusterIdentifier: 'aoscloud-dev-aurora',
          Engine: 'aurora-postgresql',
          EngineVersion: '15.4',
          TagList: ours,
          DBClusterMembers: [{}],
        },
      ],
    });
    aws.quotas
      .on(GetServiceQuotaCommand, { QuotaCode: 'L-F678F1CE' }, false)
      .resolves({ Quota: { Value: 1 } });
    aws.quotas
      .on(GetServiceQuotaCommand, { QuotaCode: 'L-1194D53C' }, false)
      .resolves({ Quota: { Value: 0 } });
    const { choices, warnings } = await run({ aurora: { engineVersion: '16.6' } });
    expect(choices).toMatchObject({
      kubernetesVersion: '1.34',
      aurora: { engineVersion: '15.4' },
      documentdb: { engineVersion: '5.0.0' },
    });
    expect(warnings).toEqual([]);
  });
});

describe('a database that exists and is to be another', () => {
  const living = (changes: object = {}, tags: typeof ours = ours) => {
    aws.rds.on(DescribeDBClustersCommand).resolves({
      DBClusters: [
        {
          DBClusterIdentifier: 'aoscloud-dev-aurora',
          Engine: 'aurora-postgresql',
          EngineVersion: '16.6',
          TagList: ours,
          DBClusterMembers: [{}],
          ...changes,
        },
      ],
    });
    aws.rds.on(DescribeDBInstancesCommand).resolves({
      DBInstances: [
        {
          DBInstanceIdentifier: 'aoscloud-dev-aurora-1',
          DBClusterIdentifier: 'aoscloud-dev-aurora',
          Engine: 'aurora-postgresql',
          DBInstanceClass: 'db.t3.medium',
          AvailabilityZone: 'eu-central-1c',
          TagList: tags,
        },
      ],
    });
  };

  test('has a version that AWS lists as an upgrade of what runs', async () => {
    living();
    aws.rds.on(DescribeDBEngineVersionsCommand, { EngineVersion: '16.6' }).resolves({
      DBEngineVersions: [{ EngineVersion: '16.6', ValidUpgradeTarget: [{ EngineVersion: '16.8' }] }],
    });
    expect((await run({ aurora: { engineVersion: '16.8' } })).choices.aurora.engineVersion).toBe('16.8');
    expect(await problems({ aurora: { engineVersion: '16.9' } })).toEqual([
      'aurora.engineVersion 16.9: the cluster runs 16.6, which can become 16.8. What to do: name one of these, or leave engineVersion out to stay.',
    ]);
  });

  test("of another class is refused where an instance of ours is somebody else's", async () => {
    living({}, []);
    const refused = await problems({ aurora: { instanceClass: 'db.r6g.large' } });
    expect(refused).toEqual([
      'aurora.instanceClass db.r6g.large: aoscloud-dev-aurora-1 is a db.t3.medium under a name of ours and does not carry the tags of environment dev. What to do: delete it, or make it anew under another name, then run again.',
    ]);
  });

  test('never has an earlier minor version', async () => {
    living();
    expect((await run({ aurora: { engineVersion: '16.4' } })).choices.aurora.engineVersion).toBe('16.6');
  });

  test('has a class that is offered where its instances are', async () => {
    living();
    aws.rds.on(DescribeOrderableDBInstanceOptionsCommand).resolves({
      OrderableDBInstanceOptions: [
        { AvailabilityZones: [{ Name: 'eu-central-1a' }, { Name: 'eu-central-1b' }] },
      ],
    });
    expect(await problems({ aurora: { instanceClass: 'db.r6g.large' } })).toEqual([
      'aurora.instanceClass db.r6g.large: cannot be ordered in eu-central-1c, where aoscloud-dev-aurora-1 is and stays. What to do: choose a class that is offered there, or stay with db.t3.medium.',
    ]);
  });

  test('becomes I/O-optimized once in 30 days, and is told when', async () => {
    const next = new Date(Date.now() + 86_400_000);
    living({ IOOptimizedNextAllowedModificationTime: next });
    expect(await problems({ aurora: { storageType: 'aurora-iopt1' } })).toEqual([
      expect.stringContaining(`the next time from ${next.toISOString()} on. What to do: run again then`),
    ]);
    living({ IOOptimizedNextAllowedModificationTime: next, StorageType: 'aurora-iopt1' });
    expect(await problems({ aurora: { storageType: 'aurora' } })).toEqual([]);
  });
});

describe('failures of the questions themselves', () => {
  test('a refusal of AWS is a problem beside the others, once', async () => {
    aws.ec2.on(DescribeVpcsCommand).rejects(awsError('UnauthorizedOperation', 'no'));
    const refused = await problems({ eks: { version: '1.99' } });
    expect(refused).toHaveLength(2);
    expect(refused).toContainEqual(
      expect.stringMatching(/was refused with UnauthorizedOperation: no .*allow this action/),
    );
  });

  test('throttling is thrown, for the Task to be retried', async () => {
    aws.eks.on(DescribeClusterVersionsCommand).rejects(awsError('ThrottlingException', 'slow down'));
    await expect(run()).rejects.toThrow('slow down');
  });
});
