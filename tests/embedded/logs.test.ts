import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  DeleteLogGroupCommand,
  DescribeLogGroupsCommand,
  ListTagsForResourceCommand,
  PutRetentionPolicyCommand,
  paginateDescribeLogGroups,
  TagResourceCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { expect, test } from 'vitest';
import { client } from '#lib/aws/clients.ts';
import { testAws } from '../support/embedded.ts';

const region = 'eu-central-1';
const logGroupName = '/aws/eks/aoscloud-dev/cluster';
const logs = () => client(CloudWatchLogsClient, { region });
const create = (name = logGroupName) =>
  logs().send(new CreateLogGroupCommand({ logGroupName: name, tags: { a: '1' } }));

test('a log group is made once', async () => {
  testAws();
  await create();
  await expect(create()).rejects.toMatchObject({ name: 'ResourceAlreadyExistsException' });
});

test('a prefix finds it, with retention and both its ARNs', async () => {
  testAws();
  await create();
  await create('/aws/other');
  await logs().send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 30 }));
  const { logGroups } = await logs().send(
    new DescribeLogGroupsCommand({ logGroupNamePrefix: '/aws/eks/aoscloud-dev' }),
  );
  const arn = `arn:aws:logs:${region}:111122223333:log-group:${logGroupName}`;
  expect(logGroups).toMatchObject([{ logGroupName, retentionInDays: 30, arn: `${arn}:*`, logGroupArn: arn }]);
  await logs().send(new TagResourceCommand({ resourceArn: arn, tags: { b: '2' } }));
  expect((await logs().send(new ListTagsForResourceCommand({ resourceArn: arn }))).tags).toEqual({
    a: '1',
    b: '2',
  });
});

test('listing goes page by page', async () => {
  testAws();
  for (const name of ['c', 'a', 'b']) await create(name);
  const names = [];
  for await (const page of paginateDescribeLogGroups({ client: logs(), pageSize: 2 }, {}))
    names.push(...(page.logGroups ?? []).map((group) => group.logGroupName));
  expect(names).toEqual(['a', 'b', 'c']);
});

test('only the offered retention periods are accepted', async () => {
  testAws();
  await create();
  await expect(
    logs().send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 31 })),
  ).rejects.toMatchObject({ name: 'InvalidParameterException' });
});

test('a deleted log group is not found again', async () => {
  const { aws } = testAws();
  await create();
  await logs().send(new DeleteLogGroupCommand({ logGroupName }));
  await expect(logs().send(new DeleteLogGroupCommand({ logGroupName }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
  expect(aws.inventory(region)).toEqual({});
});
