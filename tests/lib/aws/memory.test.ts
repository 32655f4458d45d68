import { CreateVpcCommand, DescribeVpcsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { DescribeClusterCommand, EKSClient } from '@aws-sdk/client-eks';
import { expect, test } from 'vitest';
import { client, singleAttemptClient } from '#lib/aws/clients.ts';
import { remembering } from '#lib/aws/memory.ts';
import { readEnvironment } from '#lib/run/registry.ts';
import { testAws } from '../../support/embedded.ts';

const target = { region: 'eu-central-1' };
const ours = { Filters: [{ Name: 'cidr', Values: ['10.231.0.0/16'] }] };
const vpcs = (input = {}) => client(EC2Client, target).send(new DescribeVpcsCommand(input));

test('within one look the same question is asked once, whoever asks, and another one by itself', async () => {
  const { aws } = testAws();
  const [first, second] = await remembering(async () => {
    await vpcs(ours);
    return Promise.all([vpcs(), vpcs()]);
  });
  expect(second).toEqual(first);
  expect(aws.requests).toEqual({ 'ec2:DescribeVpcs': 2 });
});

test('every look asks anew, and so does whoever asks outside of one', async () => {
  const { aws } = testAws();
  await remembering(() => vpcs());
  await remembering(() => vpcs());
  await vpcs();
  await vpcs();
  expect(aws.requests).toEqual({ 'ec2:DescribeVpcs': 4 });
});

test('that something is not there is an answer like any other', async () => {
  const { aws } = testAws();
  const ask = () => client(EKSClient, target).send(new DescribeClusterCommand({ name: 'aoscloud-dev' }));
  await remembering(async () => {
    await expect(ask()).rejects.toThrow('No cluster found');
    await expect(ask()).rejects.toThrow('No cluster found');
  });
  expect(aws.requests).toEqual({ 'eks:DescribeCluster': 1 });
});

test('what changes something is never answered from memory, nor is the registry', async () => {
  const { aws } = testAws();
  await remembering(async () => {
    for (const CidrBlock of ['10.1.0.0/16', '10.1.0.0/16'])
      await singleAttemptClient(EC2Client, target).send(new CreateVpcCommand({ CidrBlock }));
    await readEnvironment('dev');
    await readEnvironment('dev');
  });
  expect(aws.requests).toEqual({ 'ec2:CreateVpc': 2, 'dynamodb:GetItem': 2 });
});

test('a question about another region is another question', async () => {
  const { aws } = testAws();
  await remembering(async () => {
    await vpcs();
    await client(EC2Client, { region: 'eu-west-1' }).send(new DescribeVpcsCommand({}));
  });
  expect(aws.requests).toEqual({ 'ec2:DescribeVpcs': 2 });
});
