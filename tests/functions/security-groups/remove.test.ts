import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  DescribeSecurityGroupRulesCommand,
} from '@aws-sdk/client-ec2';
import { describe, expect, it } from 'vitest';
import { ec2State } from '#embedded/services/ec2/state.ts';
import { placeLoadBalancer } from '#embedded/services/elb.ts';
import { remove } from '#functions/security-groups/remove.ts';
import type { IngressRule } from '#lib/run/environment.ts';
import { type TestAws, testAws, untilDone } from '../../support/embedded.ts';
import { countsOf, ec2, ensureNetwork, once, settledSeconds } from '../../support/network-steps.ts';
import { samplePlan, sampleRemoval } from '../../support/plan.ts';

const https: IngressRule = { protocol: 'tcp', fromPort: 443, toPort: 443, cidr: '0.0.0.0/0' };
const office: IngressRule = { protocol: 'all', cidr: '198.51.100.0/24' };
const plan = samplePlan({ loadBalancer: { ingress: [https] } });

async function world() {
  const test = testAws();
  const vpc = await ensureNetwork(test, samplePlan(), 'vpc');
  const resources = await ensureNetwork(test, plan);
  test.advance(settledSeconds);
  return { test, resources: { ...vpc, ...resources } };
}

function removal(test: TestAws, changes = {}) {
  return untilDone(test, 'security-groups', remove, sampleRemoval(changes));
}

async function ingressCidrs(groupId: string): Promise<(string | undefined)[]> {
  const Filters = [{ Name: 'group-id', Values: [groupId] }];
  const { SecurityGroupRules } = await ec2().send(new DescribeSecurityGroupRulesCommand({ Filters }));
  return (SecurityGroupRules ?? []).filter((rule) => !rule.IsEgress).map((rule) => rule.CidrIpv4);
}

describe('remove security-groups', () => {
  it('deletes the load balancer group and leaves the default one to its VPC', async () => {
    const { test } = await world();
    expect((await removal(test)).answer.status).toBe('gone');
    expect(countsOf(test)).not.toHaveProperty('ec2:security-group');
  });

  it('counts absence as success', async () => {
    expect((await removal(testAws())).looks).toBe(1);
  });

  it('goes on when the answer is lost', async () => {
    const { test } = await world();
    test.aws.inject = once(test, 'ec2:DeleteSecurityGroup', { kind: 'answer-lost' });
    expect((await removal(test)).answer.status).toBe('gone');
  });

  it('revokes a rule of another group that names ours, and keeps that group', async () => {
    const { test, resources } = await world();
    const { GroupId } = await ec2().send(
      new CreateSecurityGroupCommand({ GroupName: 'theirs', Description: 'x', VpcId: resources.vpcId }),
    );
    test.advance(settledSeconds);
    const UserIdGroupPairs = [{ GroupId: resources.loadBalancerSecurityGroupId }];
    const IpPermissions = [
      { IpProtocol: '-1', UserIdGroupPairs },
      { IpProtocol: '-1', IpRanges: [{ CidrIp: '10.9.0.0/16' }] },
    ];
    await ec2().send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions }));
    test.advance(settledSeconds);
    expect((await removal(test)).answer.status).toBe('gone');
    expect(await ingressCidrs(GroupId!)).toEqual(['10.9.0.0/16']);
  });

  it('takes back only the rules of the named run where the group is of another', async () => {
    const { test, resources } = await world();
    const second = samplePlan({ execution: 'run-2', loadBalancer: { ingress: [https, office] } });
    await ensureNetwork(test, second);
    test.advance(settledSeconds);
    expect((await removal(test, { createdBy: 'run-2' })).answer.status).toBe('gone');
    expect(await ingressCidrs(resources.loadBalancerSecurityGroupId!)).toEqual(['0.0.0.0/0']);
  });

  it('names the load balancer that still carries the group', async () => {
    const { test, resources } = await world();
    const { arn } = test.aws.inspect(plan.region, (call) => {
      const placed = placeLoadBalancer(call, {
        type: 'application',
        name: 'web',
        vpcId: resources.vpcId!,
        subnetIds: [resources.subnetIds!['subnet/eks-public/a']!],
        clusterName: 'aoscloud-dev',
      });
      for (const id of placed.networkInterfaceIds)
        ec2State(call).networkInterfaces[id]!.groupIds = [resources.loadBalancerSecurityGroupId!];
      return placed;
    });
    await expect(removal(test)).rejects.toMatchObject({
      name: 'RemovalBlockedError',
      message: expect.stringMatching(/^security-groups: security group sg-\w+ cannot be deleted yet/),
    });
    await expect(removal(test)).rejects.toThrow(
      `${arn}: load balancer web, made by Kubernetes for default/web`,
    );
  });
});
