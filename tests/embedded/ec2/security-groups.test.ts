import {
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  DeleteSecurityGroupCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  type IpPermission,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
} from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { setLimit } from '#embedded/limits.ts';
import { type TestAws, testAws } from '../../support/embedded.ts';
import { ec2, makeVpc, refusal, region, seen } from './support.ts';

const everywhere = [{ CidrIp: '0.0.0.0/0' }];

async function makeGroup(aws: TestAws, VpcId: string, GroupName = 'load-balancer'): Promise<string> {
  const { GroupId } = await ec2().send(
    new CreateSecurityGroupCommand({ VpcId, GroupName, Description: 'Public load balancer' }),
  );
  aws.advance(seen);
  return GroupId!;
}

async function allow(aws: TestAws, GroupId: string, ...IpPermissions: IpPermission[]) {
  const answer = await ec2().send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions }));
  aws.advance(seen);
  return answer.SecurityGroupRules!;
}

async function ingress(GroupId: string) {
  const { SecurityGroupRules } = await ec2().send(
    new DescribeSecurityGroupRulesCommand({ Filters: [{ Name: 'group-id', Values: [GroupId] }] }),
  );
  return SecurityGroupRules!.filter((rule) => !rule.IsEgress);
}

function tcp(port: number): IpPermission {
  return { IpProtocol: 'tcp', FromPort: port, ToPort: port, IpRanges: everywhere };
}

describe('a security group', () => {
  test('has a name of its own in its VPC, whatever the case, and egress to everywhere', async () => {
    const aws = testAws();
    const VpcId = await makeVpc(aws);
    const GroupId = await makeGroup(aws, VpcId);
    expect(await refusal(makeGroup(aws, VpcId, 'Load-Balancer'))).toBe('InvalidGroup.Duplicate');
    expect(await refusal(makeGroup(aws, VpcId, 'sg-mine'))).toBe('InvalidParameterValue');
    const { SecurityGroups } = await ec2().send(new DescribeSecurityGroupsCommand({ GroupIds: [GroupId] }));
    expect(SecurityGroups).toMatchObject([
      { IpPermissions: [], IpPermissionsEgress: [{ IpProtocol: '-1', IpRanges: everywhere }] },
    ]);
    const again = new AuthorizeSecurityGroupEgressCommand({
      GroupId,
      IpPermissions: [{ IpProtocol: '-1', IpRanges: everywhere }],
    });
    expect(await refusal(ec2().send(again))).toBe('InvalidPermission.Duplicate');
  });

  test('refuses a description AWS would refuse', async () => {
    const aws = testAws();
    const VpcId = await makeVpc(aws);
    const call = new CreateSecurityGroupCommand({ VpcId, GroupName: 'x', Description: "the app's group" });
    expect(await refusal(ec2().send(call))).toBe('InvalidParameterValue');
  });

  test('cannot be deleted while a rule of another group refers to it', async () => {
    const aws = testAws();
    const VpcId = await makeVpc(aws);
    const one = await makeGroup(aws, VpcId, 'one');
    const other = await makeGroup(aws, VpcId, 'other');
    const fromOne = { IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: one }] };
    const [rule] = await allow(aws, other, fromOne);
    await allow(aws, one, fromOne);
    const remove = () => refusal(ec2().send(new DeleteSecurityGroupCommand({ GroupId: one })));
    expect(await remove()).toBe('DependencyViolation');
    await ec2().send(
      new RevokeSecurityGroupIngressCommand({
        GroupId: other,
        SecurityGroupRuleIds: [rule!.SecurityGroupRuleId!],
      }),
    );
    expect(await remove()).toBe('accepted');
    expect(await remove()).toBe('InvalidGroup.NotFound');
  });

  test('cannot be deleted when it is the default one', async () => {
    const aws = testAws();
    await makeVpc(aws);
    const { SecurityGroups } = await ec2().send(new DescribeSecurityGroupsCommand({}));
    const { GroupId } = SecurityGroups![0]!;
    expect(await refusal(ec2().send(new DeleteSecurityGroupCommand({ GroupId })))).toBe('CannotDelete');
  });
});

describe('a rule', () => {
  test('of every protocol loses its ports', async () => {
    const aws = testAws();
    const GroupId = await makeGroup(aws, await makeVpc(aws));
    const all = { IpProtocol: '-1', FromPort: 0, ToPort: 65535, UserIdGroupPairs: [{ GroupId }] };
    await allow(aws, GroupId, all);
    expect(await ingress(GroupId)).toMatchObject([
      { IpProtocol: '-1', FromPort: -1, ToPort: -1, ReferencedGroupInfo: { GroupId } },
    ]);
    const { SecurityGroups } = await ec2().send(
      new DescribeSecurityGroupsCommand({ Filters: [{ Name: 'ip-permission.group-id', Values: [GroupId] }] }),
    );
    const [permission] = SecurityGroups!.find((group) => group.GroupId === GroupId)!.IpPermissions!;
    expect([permission!.FromPort, permission!.ToPort]).toEqual([undefined, undefined]);
  });

  test('carries tags of its own', async () => {
    const aws = testAws();
    const GroupId = await makeGroup(aws, await makeVpc(aws));
    const Tags = [{ Key: 'Name', Value: 'https' }];
    await ec2().send(
      new AuthorizeSecurityGroupIngressCommand({
        GroupId,
        IpPermissions: [tcp(443)],
        TagSpecifications: [{ ResourceType: 'security-group-rule', Tags }],
      }),
    );
    aws.advance(seen);
    expect(await ingress(GroupId)).toMatchObject([{ Tags }]);
  });

  test('comes with all others of its call or not at all', async () => {
    const aws = testAws();
    const GroupId = await makeGroup(aws, await makeVpc(aws));
    await allow(aws, GroupId, tcp(443));
    expect(await refusal(allow(aws, GroupId, tcp(80), tcp(443)))).toBe('InvalidPermission.Duplicate');
    expect(await refusal(allow(aws, GroupId, tcp(80), tcp(80)))).toBe('InvalidParameterValue');
    expect(await ingress(GroupId)).toHaveLength(1);
  });

  test('is the same whatever its description says', async () => {
    const aws = testAws();
    const GroupId = await makeGroup(aws, await makeVpc(aws));
    const described = { ...tcp(443), IpRanges: [{ CidrIp: '10.0.0.0/8', Description: 'offices' }] };
    await allow(aws, GroupId, described);
    const plain = { ...tcp(443), IpRanges: [{ CidrIp: '10.0.0.0/8' }] };
    expect(await refusal(allow(aws, GroupId, plain))).toBe('InvalidPermission.Duplicate');
    const revoke = () =>
      refusal(ec2().send(new RevokeSecurityGroupIngressCommand({ GroupId, IpPermissions: [plain] })));
    expect(await revoke()).toBe('accepted');
    expect(await revoke()).toBe('InvalidPermission.NotFound');
  });

  test('of the other direction is not revoked', async () => {
    const aws = testAws();
    const GroupId = await makeGroup(aws, await makeVpc(aws));
    const [rule] = await allow(aws, GroupId, tcp(443));
    const SecurityGroupRuleIds = [rule!.SecurityGroupRuleId!];
    const wrong = ec2().send(new RevokeSecurityGroupEgressCommand({ GroupId, SecurityGroupRuleIds }));
    expect(await refusal(wrong)).toBe('InvalidSecurityGroupRuleId.NotFound');
    const egress = { IpProtocol: '-1', Ipv6Ranges: [{ CidrIpv6: '::/0' }] };
    await ec2().send(new AuthorizeSecurityGroupEgressCommand({ GroupId, IpPermissions: [egress] }));
    await ec2().send(new RevokeSecurityGroupEgressCommand({ GroupId, IpPermissions: [egress] }));
    expect(aws.aws.inventory(region)['ec2:security-group-rule']).toEqual(SecurityGroupRuleIds);
  });

  test.each([
    [{ IpProtocol: 'tcp', IpRanges: everywhere }, 'InvalidParameterValue'],
    [{ ...tcp(80), IpRanges: [{ CidrIp: '10.0.0/8' }] }, 'InvalidParameterValue'],
    [{ ...tcp(80), ToPort: 79 }, 'InvalidParameterValue'],
    [{ IpProtocol: 'tcp', FromPort: 1, ToPort: 2 }, 'MissingParameter'],
    [{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: 'sg-0123' }] }, 'InvalidGroup.NotFound'],
  ] as [IpPermission, string][])('like %j is refused: %s', async (permission, code) => {
    const aws = testAws();
    const GroupId = await makeGroup(aws, await makeVpc(aws));
    expect(await refusal(allow(aws, GroupId, permission))).toBe(code);
  });

  test('is one of sixty of its direction', async () => {
    const aws = testAws();
    aws.aws.inspect(region, (call) => setLimit(call, 'L-0EA8095F', 2));
    const GroupId = await makeGroup(aws, await makeVpc(aws));
    await allow(aws, GroupId, tcp(1), tcp(2));
    expect(await refusal(allow(aws, GroupId, tcp(3)))).toBe('RulesPerSecurityGroupLimitExceeded');
  });
});
