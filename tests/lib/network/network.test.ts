import { describe, expect, it } from 'vitest';
import { phaseOf, repairOf } from '#lib/network/endpoints.ts';
import { known, subnetIdsOf } from '#lib/network/known-ids.ts';
import { chooseOne } from '#lib/network/one-of-a-kind.ts';
import { defined, soonest } from '#lib/network/progress.ts';
import { difference, everything, ingressRules } from '#lib/network/rules.ts';
import { deleteAll, doAll } from '#lib/network/work.ts';
import { samplePlan } from '../../support/plan.ts';

function refusal(name: string, operation = 'ec2:CreateSubnet') {
  return async () => {
    throw Object.assign(new Error(name), { name, operation, $metadata: {} });
  };
}

describe('doing a look’s work', () => {
  it('answers what AWS put off and does the rest', async () => {
    let done = 0;
    const work = [refusal('InvalidVpcID.NotFound'), async () => (done += 1)];
    expect(await doAll(work)).toEqual([
      'ec2:CreateSubnet answered InvalidVpcID.NotFound: InvalidVpcID.NotFound',
    ]);
    expect(done).toBe(1);
  });

  it('throws every other refusal', async () => {
    await expect(doAll([refusal('SubnetLimitExceeded')])).rejects.toThrow('SubnetLimitExceeded');
    await expect(deleteAll([refusal('UnauthorizedOperation', 'ec2:DeleteSubnet')])).rejects.toThrow(
      'UnauthorizedOperation',
    );
  });

  it('counts as deleted what is gone', async () => {
    const work = [
      refusal('InvalidSubnetID.NotFound', 'ec2:DeleteSubnet'),
      refusal('DependencyViolation', 'ec2:DeleteSubnet'),
    ];
    expect(await deleteAll(work)).toEqual([
      'ec2:DeleteSubnet answered DependencyViolation: DependencyViolation',
    ]);
  });
});

describe('one of a kind', () => {
  const traits = {
    noun: 'vpc: the VPC',
    idOf: (one: string) => one,
    inUse: (one: string) => one.endsWith('*'),
  };

  it('keeps the one in use, else the lowest id', () => {
    expect(chooseOne(['a', 'b*', 'c'], traits)).toEqual({ kept: 'b*', surplus: ['a', 'c'] });
    expect(chooseOne(['b', 'a'], traits)).toEqual({ kept: 'a', surplus: ['b'] });
    expect(chooseOne([], traits)).toEqual({ kept: undefined, surplus: [] });
  });

  it('decides nothing between two in use', () => {
    expect(() => chooseOne(['a*', 'b*'], traits)).toThrow(/vpc: the VPC exists 2 times.*a\*, b\*/);
  });
});

describe('progress', () => {
  it('is worth a look when the first of several waits may be over', () => {
    const waits = [
      { detail: 'x', seconds: 90 },
      undefined,
      { detail: 'y', seconds: 2 },
      { detail: 'x', seconds: 5 },
    ];
    expect(soonest(waits)).toEqual({ detail: 'x; y', seconds: 2 });
    expect(soonest([undefined])).toBeUndefined();
  });

  it('never hands over an unknown id', () => {
    expect(defined({ natGatewayId: undefined, allocationId: 'eipalloc-1' })).toEqual({
      allocationId: 'eipalloc-1',
    });
  });
});

describe('ids of the steps ahead', () => {
  it('are required', () => {
    expect(() => known({}, 'vpcId')).toThrow(/vpcId/);
    expect(() => subnetIdsOf(samplePlan().subnets, { subnetIds: {} }, () => true)).toThrow(
      /subnet\/eks-private\/a/,
    );
  });
});

describe('endpoints', () => {
  const [sts, s3] = ['sts', 's3'].map((suffix) => ({ suffix, serviceName: suffix }));
  const Groups = [{ GroupId: 'sg-1' }];

  it('are repaired in private DNS and base group, and in nothing else', () => {
    const endpoint = { VpcEndpointId: 'vpce-1', Groups };
    expect(repairOf({ ...endpoint, PrivateDnsEnabled: true }, sts!, 'sg-1')).toBeUndefined();
    expect(repairOf({ ...endpoint, PrivateDnsEnabled: false }, s3!, 'sg-1')).toBeUndefined();
    expect(repairOf({ ...endpoint, PrivateDnsEnabled: true }, s3!, 'sg-2')?.input).toEqual({
      VpcEndpointId: 'vpce-1',
      PrivateDnsEnabled: false,
      AddSecurityGroupIds: ['sg-2'],
    });
  });

  it.each([
    ['Available', 'available'],
    ['pendingAcceptance', 'coming'],
    ['deleted', 'gone'],
    ['rejected', 'failed'],
  ])('in the state %s are %s', (State, phase) => {
    expect(phaseOf({ State: State as 'Available' })).toBe(phase);
  });

  it('in a state nobody knows are an error', () => {
    expect(() => phaseOf({ VpcEndpointId: 'vpce-1', State: 'Odd' as 'Available' })).toThrow(/Odd/);
  });
});

describe('security group rules', () => {
  it('are compared by what they admit', () => {
    const wanted = ingressRules([
      { protocol: 'tcp', fromPort: 80, toPort: 90, cidr: '10.0.0.0/8', description: 'a' },
      { protocol: 'tcp', fromPort: 80, toPort: 90, cidr: '10.0.0.0/8', description: 'b' },
      { protocol: 'icmp', cidr: '10.0.0.0/8' },
    ]);
    expect(wanted).toHaveLength(2);
    const standing = [
      { SecurityGroupRuleId: 'sgr-1', IpProtocol: 'tcp', FromPort: 80, ToPort: 90, CidrIpv4: '10.0.0.0/8' },
      { SecurityGroupRuleId: 'sgr-2', IpProtocol: '-1', IsEgress: true, PrefixListId: 'pl-1' },
    ];
    const { missing, surplus } = difference([...wanted, everything(true, '::/0')], standing);
    expect(missing.map((rule) => rule.protocol)).toEqual(['icmp', '-1']);
    expect(surplus.map((rule) => rule.SecurityGroupRuleId)).toEqual(['sgr-2']);
  });
});
