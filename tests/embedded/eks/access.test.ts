import {
  AssociateAccessPolicyCommand,
  CreateAccessEntryCommand,
  DeleteAccessEntryCommand,
  DescribeAccessEntryCommand,
  ListAccessEntriesCommand,
  ListAssociatedAccessPoliciesCommand,
} from '@aws-sdk/client-eks';
import { expect, test } from 'vitest';
import { account, activeCluster, type ClusterWorld } from './arrange.ts';

const clusterName = 'aoscloud-dev';
const principalArn = `arn:aws:iam::${account}:role/platform/platform-admin`;
const policyArn = 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy';
const entry = { clusterName, principalArn };

const create = (it: ClusterWorld, changes: { principalArn?: string } = {}) =>
  it.eks.send(new CreateAccessEntryCommand({ ...entry, tags: { a: '1' }, ...changes }));
const associate = (it: ClusterWorld, arn = policyArn) =>
  it.eks.send(
    new AssociateAccessPolicyCommand({ ...entry, policyArn: arn, accessScope: { type: 'cluster' } }),
  );

test('an entry with a policy is listed and described', async () => {
  const it = await activeCluster();
  await create(it);
  await associate(it);
  await associate(it);
  expect((await it.eks.send(new ListAccessEntriesCommand({ clusterName }))).accessEntries).toEqual([
    principalArn,
  ]);
  const { accessEntry } = await it.eks.send(new DescribeAccessEntryCommand(entry));
  expect(accessEntry).toMatchObject({
    type: 'STANDARD',
    tags: { a: '1' },
    username: `arn:aws:sts::${account}:assumed-role/platform-admin/{{SessionName}}`,
  });
  const listed = await it.eks.send(new ListAssociatedAccessPoliciesCommand(entry));
  expect(listed.associatedAccessPolicies).toMatchObject([{ policyArn, accessScope: { type: 'cluster' } }]);
});

test('a principal has one entry', async () => {
  const it = await activeCluster();
  await create(it);
  await expect(create(it)).rejects.toMatchObject({ name: 'ResourceInUseException' });
});

test('a session is no principal', async () => {
  const it = await activeCluster();
  const session = `arn:aws:sts::${account}:assumed-role/platform-admin/someone`;
  await expect(create(it, { principalArn: session })).rejects.toMatchObject({
    name: 'InvalidParameterException',
  });
});

test('a role is named as IAM spells it, path and all, and has to exist', async () => {
  const it = await activeCluster();
  for (const name of ['platform-admin', 'platform/nobody'])
    await expect(create(it, { principalArn: `arn:aws:iam::${account}:role/${name}` })).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: 'The specified principalArn is invalid: invalid principal.',
    });
  const linked = `arn:aws:iam::${account}:role/aws-service-role/eks.amazonaws.com/AWSServiceRoleForAmazonEKS`;
  await expect(create(it, { principalArn: linked })).rejects.toThrow('Service Linked Role');
  // Whether a role of another account exists, this account cannot tell.
  await create(it, { principalArn: 'arn:aws:iam::444455556666:role/anybody' });
});

test('a policy needs an entry, and has to exist', async () => {
  const it = await activeCluster();
  await expect(associate(it)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  await create(it);
  await expect(associate(it, `${policyArn}X`)).rejects.toMatchObject({ name: 'InvalidParameterException' });
});

test('a cluster in CONFIG_MAP mode has no entries', async () => {
  const it = await activeCluster({ accessConfig: { authenticationMode: 'CONFIG_MAP' } });
  await expect(create(it)).rejects.toMatchObject({ name: 'InvalidRequestException' });
});

test('a deleted entry is not found again', async () => {
  const it = await activeCluster();
  await create(it);
  await it.eks.send(new DeleteAccessEntryCommand(entry));
  await expect(it.eks.send(new DescribeAccessEntryCommand(entry))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
});
