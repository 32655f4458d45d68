import {
  CreateTagsCommand,
  CreateVpcCommand,
  DeleteTagsCommand,
  DescribeSecurityGroupsCommand,
  DescribeTagsCommand,
  DescribeVpcsCommand,
} from '@aws-sdk/client-ec2';
import { expect, test } from 'vitest';
import { testAws } from '../../support/embedded.ts';
import { ec2, makeSubnet, makeVpc, refusal } from './support.ts';

const owned = [{ Key: 'aoscloud:environment', Value: 'dev' }];

test('tags are put on several resources, the default group among them, or on none', async () => {
  const aws = testAws();
  const vpcId = await makeVpc(aws);
  const { SecurityGroups } = await ec2().send(new DescribeSecurityGroupsCommand({}));
  const groupId = SecurityGroups![0]!.GroupId!;
  const tag = (...Resources: string[]) =>
    refusal(ec2().send(new CreateTagsCommand({ Resources, Tags: owned })));
  expect(await tag(vpcId, 'subnet-0123')).toBe('InvalidSubnetID.NotFound');
  expect((await ec2().send(new DescribeTagsCommand({}))).Tags).toEqual([]);
  expect(await tag(vpcId, groupId)).toBe('accepted');
  const { Tags } = await ec2().send(new DescribeTagsCommand({}));
  expect(Tags).toEqual([
    { ...owned[0], ResourceId: vpcId, ResourceType: 'vpc' },
    { ...owned[0], ResourceId: groupId, ResourceType: 'security-group' },
  ]);
});

test('tags select by key and value, with wildcards, and are gone when deleted', async () => {
  const aws = testAws();
  const vpcId = await makeVpc(aws);
  await makeVpc(aws);
  await ec2().send(new CreateTagsCommand({ Resources: [vpcId], Tags: owned }));
  const found = async (Name: string, ...Values: string[]) =>
    (await ec2().send(new DescribeVpcsCommand({ Filters: [{ Name, Values }] }))).Vpcs!.length;
  expect(await found('tag:aoscloud:environment', 'staging', 'dev')).toBe(1);
  expect(await found('tag:aoscloud:environment', 'd*')).toBe(1);
  expect(await found('tag:aoscloud:environment', 'd')).toBe(0);
  expect(await found('tag-key', 'aoscloud:environment')).toBe(1);
  const remove = (tag: { Key: string; Value?: string }) =>
    ec2().send(new DeleteTagsCommand({ Resources: [vpcId], Tags: [tag] }));
  await remove({ Key: 'aoscloud:environment', Value: 'other' });
  expect(await found('tag-key', 'aoscloud:environment')).toBe(1);
  await remove({ Key: 'aoscloud:environment' });
  expect(await found('tag-key', 'aoscloud:environment')).toBe(0);
});

test.each([
  [[], 'Tag specification must have at least one tag'],
  [[{ Key: 'aws:x', Value: 'y' }], 'reserved'],
  [[...owned, ...owned], 'Duplicate tag key'],
])('a create call with the tags %j is refused', async (Tags, message) => {
  testAws();
  const call = ec2().send(
    new CreateVpcCommand({
      CidrBlock: '10.231.0.0/16',
      TagSpecifications: [{ ResourceType: 'vpc', Tags }],
    }),
  );
  await expect(call).rejects.toMatchObject({
    name: 'InvalidParameterValue',
    message: expect.stringContaining(message),
  });
});

test('a resource has at most fifty tags', async () => {
  const aws = testAws();
  const subnetId = await makeSubnet(aws, await makeVpc(aws));
  const Tags = Array.from({ length: 51 }, (_, index) => ({ Key: `key-${index}`, Value: '' }));
  const call = ec2().send(new CreateTagsCommand({ Resources: [subnetId], Tags }));
  expect(await refusal(call)).toBe('TagLimitExceeded');
});
