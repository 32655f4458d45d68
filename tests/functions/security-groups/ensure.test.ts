import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  DescribeSecurityGroupRulesCommand,
  RevokeSecurityGroupIngressCommand,
  type SecurityGroupRule,
} from '@aws-sdk/client-ec2';
import { describe, expect, it } from 'vitest';
import { AwsFault } from '#embedded/model.ts';
import { addNetworkInterface, removeNetworkInterface } from '#embedded/services/ec2/network-interfaces.ts';
import { ensure } from '#functions/security-groups/ensure.ts';
import { names } from '#lib/ownership/names.ts';
import { tagValue } from '#lib/ownership/tags.ts';
import type { EnvironmentPlan, IngressRule, Resources } from '#lib/run/environment.ts';
import { type TestAws, testAws, untilDone } from '../../support/embedded.ts';
import {
  countsOf,
  ec2,
  ensureNetwork,
  killedAfter,
  once,
  settledSeconds,
} from '../../support/network-steps.ts';
import { samplePlan } from '../../support/plan.ts';

const https: IngressRule = {
  protocol: 'tcp',
  fromPort: 443,
  toPort: 443,
  cidr: '0.0.0.0/0',
  description: 'web',
};
const office: IngressRule = { protocol: 'all', cidr: '198.51.100.0/24' };

function planWith(ingress: readonly IngressRule[], changes: Partial<EnvironmentPlan> = {}): EnvironmentPlan {
  return samplePlan({ loadBalancer: { ingress }, ...changes });
}

async function world(seed = 1): Promise<{ test: TestAws; vpc: Resources }> {
  const test = testAws({ seed });
  const vpc = await ensureNetwork(test, samplePlan(), 'vpc');
  test.advance(settledSeconds);
  return { test, vpc };
}

function run(test: TestAws, vpc: Resources, plan: EnvironmentPlan) {
  return untilDone(test, 'security-groups', ensure, plan, vpc);
}

async function rulesOf(test: TestAws, groupId: string | undefined): Promise<SecurityGroupRule[]> {
  test.advance(settledSeconds);
  const Filters = [{ Name: 'group-id', Values: [groupId!] }];
  return (await ec2().send(new DescribeSecurityGroupRulesCommand({ Filters }))).SecurityGroupRules ?? [];
}

/** `in tcp 443-443 0.0.0.0/0` */
function told({ IsEgress, IpProtocol, FromPort, ToPort, ...rule }: SecurityGroupRule): string {
  const source = rule.CidrIpv4 ?? rule.CidrIpv6 ?? rule.ReferencedGroupInfo?.GroupId;
  return `${IsEgress ? 'out' : 'in'} ${IpProtocol} ${FromPort}-${ToPort} ${source}`;
}

async function loadBalancerRules(test: TestAws, groupId: string | undefined): Promise<string[]> {
  return (await rulesOf(test, groupId)).map(told).sort();
}

const egress = ['out -1 -1--1 0.0.0.0/0', 'out -1 -1--1 ::/0'];

describe('ensure security-groups', () => {
  it('makes no group where the request lists no ingress', async () => {
    const { test, vpc } = await world();
    const before = test.aws.mutations.length;
    const { answer, looks } = await run(test, vpc, planWith([]));
    expect(answer.status).toBe('ready');
    expect(answer.resources.loadBalancerSecurityGroupId).toBeUndefined();
    expect(looks).toBe(1);
    expect(test.aws.mutations).toHaveLength(before);
  });

  it('makes one group with exactly the listed rules and egress to everything, all tagged', async () => {
    const { test, vpc } = await world();
    const { answer, seconds } = await run(test, vpc, planWith([https, office, https]));
    const groupId = answer.resources.loadBalancerSecurityGroupId;
    expect(await loadBalancerRules(test, groupId)).toEqual([
      'in -1 -1--1 198.51.100.0/24',
      'in tcp 443-443 0.0.0.0/0',
      ...egress,
    ]);
    const made = (await rulesOf(test, groupId)).filter((rule) => rule.Tags?.length);
    expect(made).toHaveLength(3);
    expect(made.map((rule) => tagValue(rule.Tags, 'aoscloud:created-by'))).toEqual([
      'run-1',
      'run-1',
      'run-1',
    ]);
    expect(seconds).toBeLessThan(10);
  });

  it('changes nothing in a second run, which costs two reads', async () => {
    const { test, vpc } = await world();
    await run(test, vpc, planWith([https, office]));
    const mutations = test.aws.mutations.length;
    const reads = { ...test.aws.requests };
    const { looks } = await run(test, vpc, planWith([https, office], { execution: 'run-2' }));
    expect(looks).toBe(1);
    expect(test.aws.mutations).toHaveLength(mutations);
    for (const read of ['ec2:DescribeSecurityGroups', 'ec2:DescribeSecurityGroupRules'])
      expect(test.aws.requests[read]! - reads[read]!).toBe(1);
  });

  it('adds what the list gained and revokes what it lost, by whomever it was added', async () => {
    const { test, vpc } = await world();
    const { answer } = await run(test, vpc, planWith([https]));
    const GroupId = answer.resources.loadBalancerSecurityGroupId;
    const IpPermissions = [
      { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '0.0.0.0/0' }] },
    ];
    await ec2().send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions }));
    test.advance(settledSeconds);
    await run(test, vpc, planWith([office], { execution: 'run-2' }));
    expect(await loadBalancerRules(test, GroupId)).toEqual(['in -1 -1--1 198.51.100.0/24', ...egress]);
  });

  it.each([
    [60, 60],
    [35, 35],
  ])('replaces %i rules by %i others, which do not fit beside them', async (before, after) => {
    const { test, vpc } = await world();
    const many = (count: number, octet: number) =>
      Array.from({ length: count }, (_, n): IngressRule => ({ ...https, cidr: `10.${octet}.${n}.0/24` }));
    const kept: IngressRule = { ...https, cidr: '192.0.2.0/24' };
    await run(test, vpc, planWith([...many(before - 1, 1), kept]));
    const group = (await run(test, vpc, planWith([...many(before - 1, 1), kept]))).answer.resources
      .loadBalancerSecurityGroupId;
    const stays = (await rulesOf(test, group)).find(
      (rule) => rule.CidrIpv4 === kept.cidr,
    )?.SecurityGroupRuleId;
    const { answer } = await run(test, vpc, planWith([...many(after - 1, 2), kept]));
    expect(answer.status).toBe('ready');
    const found = (await rulesOf(test, group)).filter((rule) => !rule.IsEgress);
    expect(found).toHaveLength(after);
    expect(found.filter((rule) => rule.CidrIpv4?.startsWith('10.1.'))).toEqual([]);
    expect(found.find((rule) => rule.CidrIpv4 === kept.cidr)?.SecurityGroupRuleId).toBe(stays);
  });

  it('goes on where EC2 still counts the rules it has just revoked', async () => {
    const { test, vpc } = await world();
    const many = (octet: number) =>
      Array.from({ length: 40 }, (_, n): IngressRule => ({ ...https, cidr: `10.${octet}.${n}.0/24` }));
    await run(test, vpc, planWith(many(1)));
    const fault = new AwsFault('RulesPerSecurityGroupLimitExceeded', 'The maximum number has been reached');
    let refused = false;
    test.aws.inject = ({ operation }) => {
      if (refused || operation !== 'ec2:AuthorizeSecurityGroupIngress') return undefined;
      refused = true;
      return { kind: 'refuse', fault };
    };
    expect((await run(test, vpc, planWith(many(2)))).answer.status).toBe('ready');
    expect(refused).toBe(true);
  });

  it('adds before it revokes where both fit', async () => {
    const { test, vpc } = await world();
    await run(test, vpc, planWith([https]));
    const before = test.aws.mutations.length;
    await run(test, vpc, planWith([{ ...https, cidr: '10.0.0.0/8' }]));
    const calls = test.aws.mutations.slice(before).map((call) => call.operation);
    // Turns in the queue of the account's rates stand in the registry's table.
    expect(calls.filter((operation) => !operation.startsWith('dynamodb:'))).toEqual([
      'ec2:AuthorizeSecurityGroupIngress',
      'ec2:RevokeSecurityGroupIngress',
    ]);
  });

  it('gives the default group back its own rule and leaves those of others', async () => {
    const { test, vpc } = await world();
    const GroupId = vpc.defaultSecurityGroupId!;
    const [own] = (await rulesOf(test, GroupId)).filter((rule) => !rule.IsEgress);
    const SecurityGroupRuleIds = [own!.SecurityGroupRuleId!];
    await ec2().send(new RevokeSecurityGroupIngressCommand({ GroupId, SecurityGroupRuleIds }));
    const IpPermissions = [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '10.9.0.0/16' }] }];
    await ec2().send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions }));
    await run(test, vpc, planWith([]));
    expect((await rulesOf(test, GroupId)).map(told).sort()).toEqual([
      'in -1 -1--1 10.9.0.0/16',
      `in -1 -1--1 ${GroupId}`,
      'out -1 -1--1 0.0.0.0/0',
    ]);
  });

  it('refuses a group of its name that is not ours', async () => {
    const { test, vpc } = await world();
    const GroupName = names(samplePlan()).loadBalancerSecurityGroup;
    const theirs = await ec2().send(
      new CreateSecurityGroupCommand({ GroupName, Description: 'theirs', VpcId: vpc.vpcId }),
    );
    test.advance(settledSeconds);
    await expect(run(test, vpc, planWith([https]))).rejects.toMatchObject({
      name: 'NotOurResourceError',
      message: expect.stringContaining(theirs.GroupId!),
    });
  });

  it.each(['CreateSecurityGroup', 'AuthorizeSecurityGroupIngress', 'AuthorizeSecurityGroupEgress'])(
    'makes nothing twice when the answer of %s is lost, or the process dies with it',
    async (operation) => {
      const lost = await world();
      lost.test.aws.inject = once(lost.test, `ec2:${operation}`, { kind: 'answer-lost' });
      await run(lost.test, lost.vpc, planWith([https]));
      expect(countsOf(lost.test)['ec2:security-group']).toBe(1);
      for (const seed of [1, 2, 3]) {
        const { test, vpc } = await world(seed);
        await killedAfter(test, `ec2:${operation}`, () => run(test, vpc, planWith([https])));
        const { answer } = await run(test, vpc, planWith([https], { execution: 'run-2' }));
        expect(await loadBalancerRules(test, answer.resources.loadBalancerSecurityGroupId)).toEqual([
          'in tcp 443-443 0.0.0.0/0',
          ...egress,
        ]);
      }
    },
  );

  it('leaves the rules of others that name the group as long as something carries it', async () => {
    const { test, vpc } = await world();
    const { answer } = await run(test, vpc, planWith([https]));
    const groupId = answer.resources.loadBalancerSecurityGroupId!;
    const theirs = await ec2().send(
      new CreateSecurityGroupCommand({ GroupName: 'theirs', Description: 'x', VpcId: vpc.vpcId }),
    );
    test.advance(settledSeconds);
    const IpPermissions = [{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: groupId }] }];
    await ec2().send(new AuthorizeSecurityGroupIngressCommand({ GroupId: theirs.GroupId, IpPermissions }));
    const carrier = test.aws.inspect('eu-central-1', (call) =>
      addNetworkInterface(call, {
        subnetId: vpc.subnetIds!['subnet/eks-public/a']!,
        groupIds: [groupId],
        description: 'ELB app/web/1234567890abcdef',
      }),
    );
    test.advance(settledSeconds);
    await expect(run(test, vpc, planWith([]))).rejects.toMatchObject({ name: 'RemovalBlockedError' });
    expect((await rulesOf(test, theirs.GroupId)).map(told)).toContain(`in -1 -1--1 ${groupId}`);
    test.aws.inspect('eu-central-1', (call) => removeNetworkInterface(call, carrier));
    expect((await run(test, vpc, planWith([]))).answer.status).toBe('ready');
    expect((await rulesOf(test, theirs.GroupId)).map(told)).toEqual(['out -1 -1--1 0.0.0.0/0']);
  });

  it('deletes the group once the list is empty, and says what still uses it', async () => {
    const { test, vpc } = await world();
    const { answer } = await run(test, vpc, planWith([https]));
    const groupId = answer.resources.loadBalancerSecurityGroupId!;
    const id = test.aws.inspect('eu-central-1', (call) =>
      addNetworkInterface(call, {
        subnetId: vpc.subnetIds!['subnet/eks-public/a']!,
        groupIds: [groupId],
        description: 'proxy',
        instanceId: 'i-0feedfacefeedface',
      }),
    );
    await expect(run(test, vpc, planWith([]))).rejects.toMatchObject({
      name: 'RemovalBlockedError',
      message: expect.stringMatching(new RegExp(`${groupId} .*${id}: an interface of EC2 instance`)),
    });
    test.aws.inspect('eu-central-1', (call) => removeNetworkInterface(call, id));
    expect((await run(test, vpc, planWith([]))).answer.status).toBe('ready');
    expect(countsOf(test)).not.toHaveProperty('ec2:security-group');
  });
});
