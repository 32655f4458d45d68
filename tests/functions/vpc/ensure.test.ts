import {
  CreateSubnetCommand,
  CreateVpcCommand,
  DeleteSubnetCommand,
  DeleteTagsCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  ModifySubnetAttributeCommand,
  type Subnet,
} from '@aws-sdk/client-ec2';
import { describe, expect, it, vi } from 'vitest';
import { ec2State } from '#embedded/services/ec2/state.ts';
import { ensure } from '#functions/vpc/ensure.ts';
import { tagSpecifications, tagValue } from '#lib/ownership/tags.ts';
import { type TestAws, testAws, untilDone } from '../../support/embedded.ts';
import {
  countsOf,
  ec2,
  ensureNetwork,
  killedAfter,
  mutationsOf,
  once,
  settledSeconds,
} from '../../support/network-steps.ts';
import { samplePlan } from '../../support/plan.ts';

const plan = samplePlan();
const secondRun = samplePlan({ execution: 'run-2' });

async function subnets(): Promise<Subnet[]> {
  return (await ec2().send(new DescribeSubnetsCommand({}))).Subnets ?? [];
}

async function subnetOf(component: string): Promise<Subnet> {
  return (await subnets()).find((one) => tagValue(one.Tags, 'aoscloud:component') === component)!;
}

describe('ensure vpc', () => {
  it('makes one VPC with DNS on and the sixteen subnets of the plan', async () => {
    const test = testAws();
    const { answer, seconds } = await untilDone(test, 'vpc', ensure, plan);
    expect(answer.status).toBe('ready');
    expect(seconds).toBeLessThan(20);
    expect(countsOf(test)).toEqual({ 'ec2:vpc': 1, 'ec2:subnet': 16 });
    const made = await subnets();
    for (const { component, cidr, zone } of plan.subnets) {
      const subnet = made.find((one) => one.SubnetId === answer.resources.subnetIds?.[component]);
      expect(subnet).toMatchObject({ CidrBlock: cidr, AvailabilityZoneId: zone.id });
    }
    const [vpc] = test.aws.inspect(plan.region, (call) => Object.values(ec2State(call).vpcs));
    expect(vpc).toMatchObject({ cidr: '10.231.0.0/16', enableDnsSupport: true, enableDnsHostnames: true });
  });

  it('tells Kubernetes the role of the EKS subnets, and gives public addresses in the public ones only', async () => {
    const test = testAws();
    await ensureNetwork(test, plan, 'vpc');
    for (const subnet of await subnets()) {
      const component = tagValue(subnet.Tags, 'aoscloud:component') ?? '';
      const isPublic = component.startsWith('subnet/eks-public/');
      const isPrivate = component.startsWith('subnet/eks-private/');
      expect(tagValue(subnet.Tags, 'kubernetes.io/role/elb')).toBe(isPublic ? '1' : undefined);
      expect(tagValue(subnet.Tags, 'kubernetes.io/role/internal-elb')).toBe(isPrivate ? '1' : undefined);
      expect(subnet.MapPublicIpOnLaunch).toBe(isPublic);
    }
  });

  it('tags the default group and the main route table as made by whoever made the VPC', async () => {
    const test = testAws();
    await killedAfter(test, 'ec2:CreateVpc', () => ensureNetwork(test, plan, 'vpc'));
    test.advance(settledSeconds);
    const found = await ensureNetwork(test, secondRun, 'vpc');
    const { SecurityGroups } = await ec2().send(new DescribeSecurityGroupsCommand({}));
    const { RouteTables } = await ec2().send(new DescribeRouteTablesCommand({}));
    expect(SecurityGroups?.[0]?.GroupId).toBe(found.defaultSecurityGroupId);
    expect(RouteTables?.[0]?.RouteTableId).toBe(found.mainRouteTableId);
    for (const tags of [SecurityGroups?.[0]?.Tags, RouteTables?.[0]?.Tags])
      expect(tagValue(tags, 'aoscloud:created-by')).toBe('run-1');
  });

  it('changes nothing in a second run, which costs one look and seven reads', async () => {
    const test = testAws();
    const first = await ensureNetwork(test, plan, 'vpc');
    const [mutations, reads] = [test.aws.mutations.length, { ...test.aws.requests }];
    const { answer, looks } = await untilDone(test, 'vpc', ensure, secondRun);
    const { madeAt: _recent, ...ids } = first;
    expect(answer).toMatchObject({ status: 'ready', resources: ids });
    expect(looks).toBe(1);
    expect(test.aws.mutations).toHaveLength(mutations);
    const calls = Object.entries(test.aws.requests)
      .filter(([name]) => name.startsWith('ec2:'))
      .map(([name, count]) => count - (reads[name] ?? 0));
    expect(calls.reduce((sum, count) => sum + count, 0)).toBe(7);
  });

  it('knows what it has made although the rest had to wait, and asks for none of it again', async () => {
    const test = testAws();
    const rates = { 'ec2:CreateSubnet': { burst: 10, perSecond: 1 } };
    vi.stubEnv('ACCOUNT_RATES', JSON.stringify({ [plan.account]: rates }));
    const { answer } = await untilDone(test, 'vpc', ensure, plan);
    expect(answer.status).toBe('ready');
    expect(test.aws.requests).toMatchObject({ 'ec2:CreateSubnet': 16, 'ec2:ModifyVpcAttribute': 1 });
  });

  it('makes only the subnet that is missing', async () => {
    const test = testAws();
    await ensureNetwork(test, plan, 'vpc');
    await ec2().send(new DeleteSubnetCommand({ SubnetId: (await subnetOf('subnet/aurora/b')).SubnetId }));
    const before = test.aws.mutations.length;
    await ensureNetwork(test, secondRun, 'vpc');
    const made = test.aws.mutations.slice(before).map(({ operation }) => operation);
    expect(made.filter((operation) => operation.startsWith('ec2:'))).toEqual(['ec2:CreateSubnet']);
    expect(tagValue((await subnetOf('subnet/aurora/b')).Tags, 'aoscloud:created-by')).toBe('run-2');
  });

  it('gives back a role tag and public addresses that somebody took, and takes those of private subnets', async () => {
    const test = testAws();
    await ensureNetwork(test, plan, 'vpc');
    const SubnetId = (await subnetOf('subnet/eks-public/a')).SubnetId!;
    const Tags = [{ Key: 'kubernetes.io/role/elb' }];
    await ec2().send(new DeleteTagsCommand({ Resources: [SubnetId], Tags }));
    await ec2().send(new ModifySubnetAttributeCommand({ SubnetId, MapPublicIpOnLaunch: { Value: false } }));
    const hidden = (await subnetOf('subnet/eks-private/a')).SubnetId!;
    await ec2().send(
      new ModifySubnetAttributeCommand({ SubnetId: hidden, MapPublicIpOnLaunch: { Value: true } }),
    );
    await ensureNetwork(test, secondRun, 'vpc');
    expect((await subnetOf('subnet/eks-private/a')).MapPublicIpOnLaunch).toBe(false);
    const repaired = await subnetOf('subnet/eks-public/a');
    expect(repaired.MapPublicIpOnLaunch).toBe(true);
    expect(tagValue(repaired.Tags, 'kubernetes.io/role/elb')).toBe('1');
  });

  it('refuses a subnet of somebody else in the place of a planned one', async () => {
    const test = testAws();
    const { vpcId } = await ensureNetwork(test, plan, 'vpc');
    const own = await subnetOf('subnet/endpoints/a');
    await ec2().send(new DeleteSubnetCommand({ SubnetId: own.SubnetId }));
    await ec2().send(
      new CreateSubnetCommand({
        VpcId: vpcId,
        CidrBlock: '10.231.100.128/25',
        AvailabilityZoneId: 'euc1-az2',
      }),
    );
    test.advance(settledSeconds);
    await expect(ensureNetwork(test, secondRun, 'vpc')).rejects.toMatchObject({
      name: 'NotOurResourceError',
      message: expect.stringMatching(/10\.231\.100\.128\/25.*subnet\/endpoints\/a/),
    });
  });

  it.each([
    ['another block', { vpcCidr: '10.240.0.0/16' }, /10\.231\.0\.0\/16.*10\.240\.0\.0\/16/],
    [
      'other zones',
      { subnets: plan.subnets.map((one) => ({ ...one, zone: { name: 'x', id: 'euc1-az9' } })) },
      /is in zone euc1-az2.*euc1-az9/,
    ],
  ])('refuses a request for %s than the environment has', async (_what, changes, message) => {
    const test = testAws();
    await ensureNetwork(test, plan, 'vpc');
    const before = test.aws.mutations.length;
    await expect(ensureNetwork(test, samplePlan(changes), 'vpc')).rejects.toThrow(message);
    expect(test.aws.mutations).toHaveLength(before);
  });

  it.each(['ec2:CreateVpc', 'ec2:CreateSubnet', 'ec2:ModifyVpcAttribute', 'ec2:CreateTags'])(
    'makes nothing twice when the answer of %s is lost',
    async (operation) => {
      const test = testAws();
      test.aws.inject = once(test, operation, { kind: 'answer-lost' });
      await ensureNetwork(test, plan, 'vpc');
      expect(countsOf(test)).toEqual({ 'ec2:vpc': 1, 'ec2:subnet': 16 });
      expect(mutationsOf(test, 'ec2:CreateVpc')).toHaveLength(1);
    },
  );

  it.each([1, 2, 3, 4])(
    'ends with one VPC when killed after making it and run again (seed %i)',
    async (seed) => {
      const test = testAws({ seed });
      await killedAfter(test, 'ec2:CreateVpc', () => ensureNetwork(test, plan, 'vpc'));
      await ensureNetwork(test, secondRun, 'vpc');
      expect(countsOf(test)).toEqual({ 'ec2:vpc': 1, 'ec2:subnet': 16 });
    },
  );

  it('keeps, of two VPCs with its tags, the one that has subnets', async () => {
    const test = testAws();
    const { vpcId } = await ensureNetwork(test, plan, 'vpc');
    await secondVpc();
    test.advance(settledSeconds);
    const found = await ensureNetwork(test, secondRun, 'vpc');
    expect(found.vpcId).toBe(vpcId);
    expect(countsOf(test)['ec2:vpc']).toBe(1);
  });

  it('stops when two VPCs with its tags have subnets', async () => {
    const test = testAws();
    await ensureNetwork(test, plan, 'vpc');
    const VpcId = await secondVpc();
    test.advance(settledSeconds);
    await ec2().send(
      new CreateSubnetCommand({ VpcId, CidrBlock: '10.231.0.0/24', AvailabilityZoneId: 'euc1-az2' }),
    );
    test.advance(settledSeconds);
    await expect(ensureNetwork(test, secondRun, 'vpc')).rejects.toMatchObject({
      name: 'ResourceFailedError',
      message: expect.stringContaining(VpcId),
    });
  });

  describe('beside a VPC that appears while the run begins', () => {
    /** Lets `appear` happen right after this run's CreateVpc. */
    function whenMade(test: TestAws, appear: (ownId: string) => void): void {
      test.aws.inject = ({ operation }) => {
        if (operation !== 'ec2:DescribeVpcs' || mutationsOf(test, 'ec2:CreateVpc').length !== 1)
          return undefined;
        test.aws.inject = undefined;
        appear(test.aws.inventory(plan.region)['ec2:vpc']![0]!);
        return undefined;
      };
    }

    function place(test: TestAws, id: string, tags: Record<string, string>, cidr = '10.231.128.0/17'): void {
      test.aws.inspect(plan.region, (call) => {
        const { vpcs } = ec2State(call);
        vpcs[id] = { ...Object.values(vpcs)[0]!, id, cidr, tags, visibleAt: call.now };
      });
    }

    it('fails by name at once where that one is nobody we know', async () => {
      const test = testAws();
      whenMade(test, () => place(test, 'vpc-zzz', { Name: 'lab' }));
      await expect(ensureNetwork(test, plan, 'vpc')).rejects.toMatchObject({
        name: 'NotOurResourceError',
        message: expect.stringMatching(
          /overlaps 10\.231\.128\.0\/17 of VPC vpc-zzz \("lab", account \d+\).*\(R4\).*vpcCidr/,
        ),
      });
      expect(countsOf(test)).not.toHaveProperty('ec2:subnet');
    });

    it.each([
      ['gives way to a lower id', 'vpc-0', /environment other/],
      ['stays beside a higher one', 'vpc-z', undefined],
    ])('of another environment, %s', async (_what, otherId, refusal) => {
      const test = testAws();
      whenMade(test, () => place(test, otherId, { 'aoscloud:environment': 'other' }));
      const made = ensureNetwork(test, plan, 'vpc');
      if (refusal) await expect(made).rejects.toThrow(refusal);
      else await expect(made).resolves.toHaveProperty('vpcId');
    });

    it('leaves an environment that stood before in peace', async () => {
      const test = testAws();
      const first = await ensureNetwork(test, plan, 'vpc');
      place(test, 'vpc-0', { Name: 'lab' });
      expect((await ensureNetwork(test, secondRun, 'vpc')).vpcId).toBe(first.vpcId);
    });
  });

  it('does not mind an IPv6-only subnet of somebody else', async () => {
    const test = testAws();
    await ensureNetwork(test, plan, 'vpc');
    test.aws.inspect(plan.region, (call) => {
      const { subnets } = ec2State(call);
      const [one] = Object.values(subnets);
      subnets['subnet-ipv6'] = { ...one!, id: 'subnet-ipv6', cidr: '', tags: {} };
    });
    await expect(ensureNetwork(test, secondRun, 'vpc')).resolves.toHaveProperty('vpcId');
  });

  it('says what to do when the quota of VPCs is used up', async () => {
    const test = testAws();
    for (let made = 0; made < 5; made += 1)
      await ec2().send(new CreateVpcCommand({ CidrBlock: `10.${made}.0.0/16` }));
    await expect(ensureNetwork(test, plan, 'vpc')).rejects.toMatchObject({
      name: 'AwsRefusedError',
      message: expect.stringMatching(/^vpc: ec2:CreateVpc was refused with VpcLimitExceeded.*quota increase/),
    });
  });
});

async function secondVpc(): Promise<string> {
  const { Vpc } = await ec2().send(
    new CreateVpcCommand({
      CidrBlock: plan.vpcCidr,
      TagSpecifications: tagSpecifications(plan, 'vpc', 'vpc'),
    }),
  );
  return Vpc!.VpcId!;
}
