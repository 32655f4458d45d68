import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  CreateServiceLinkedRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetAccountSummaryCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListInstanceProfilesForRoleCommand,
  ListRolePoliciesCommand,
  ListRoleTagsCommand,
  PutRolePolicyCommand,
  paginateListRoles,
  RemoveRoleFromInstanceProfileCommand,
  TagRoleCommand,
} from '@aws-sdk/client-iam';
import { describe, expect, test } from 'vitest';
import { setLimit } from '#embedded/limits.ts';
import { addInstanceProfile, roleSeenBy } from '#embedded/services/iam/state.ts';
import { client } from '#lib/aws/clients.ts';
import { testAws } from '../../support/embedded.ts';

const region = 'eu-central-1';
/** Roles of the people in a fresh account. */
const people = ['platform-admin'];
const trust = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'eks.amazonaws.com' }, Action: 'sts:AssumeRole' }],
});
const clusterPolicy = 'arn:aws:iam::aws:policy/AmazonEKSClusterPolicy';
const roleArn = 'arn:aws:iam::111122223333:role/cluster';
const iam = () => client(IAMClient, { region });

function createRole(name = 'cluster') {
  return iam().send(
    new CreateRoleCommand({
      RoleName: name,
      AssumeRolePolicyDocument: trust,
      Tags: [{ Key: 'aoscloud:environment', Value: 'dev' }],
    }),
  );
}

describe('roles', () => {
  test('a role is read back with its tags and an encoded trust policy', async () => {
    const { advance } = testAws();
    const { Role } = await createRole();
    expect(Role?.Arn).toBe(roleArn);
    advance(3);
    const read = await iam().send(new GetRoleCommand({ RoleName: 'Cluster' }));
    expect(decodeURIComponent(read.Role?.AssumeRolePolicyDocument ?? '')).toBe(trust);
    expect(read.Role?.Tags).toEqual([{ Key: 'aoscloud:environment', Value: 'dev' }]);
    expect(read.Role?.CreateDate).toBeInstanceOf(Date);
  });

  test('a read may miss a role for two seconds after a write that held', async () => {
    const { advance } = testAws();
    await createRole();
    await expect(iam().send(new GetRoleCommand({ RoleName: 'cluster' }))).rejects.toMatchObject({
      name: 'NoSuchEntityException',
      Code: 'NoSuchEntity',
      operation: 'iam:GetRole',
    });
    await expect(createRole()).rejects.toMatchObject({ name: 'EntityAlreadyExistsException' });
    await iam().send(new AttachRolePolicyCommand({ RoleName: 'cluster', PolicyArn: clusterPolicy }));
    advance(2);
    await iam().send(new GetRoleCommand({ RoleName: 'cluster' }));
  });

  test('names differ by more than case, across regions', async () => {
    testAws();
    await createRole('cluster');
    const elsewhere = client(IAMClient, { region: 'us-west-2' });
    await expect(
      elsewhere.send(new CreateRoleCommand({ RoleName: 'CLUSTER', AssumeRolePolicyDocument: trust })),
    ).rejects.toMatchObject({ name: 'EntityAlreadyExistsException' });
  });

  test.each([
    ['a space', 'two words'],
    ['65 characters', 'x'.repeat(65)],
  ])('a name with %s is refused', async (_what, name) => {
    testAws();
    await expect(createRole(name)).rejects.toMatchObject({ name: 'ValidationError' });
  });

  test('a trust policy without a principal is malformed', async () => {
    testAws();
    const document = JSON.stringify({ Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole' }] });
    await expect(
      iam().send(new CreateRoleCommand({ RoleName: 'cluster', AssumeRolePolicyDocument: document })),
    ).rejects.toMatchObject({ name: 'MalformedPolicyDocumentException', Code: 'MalformedPolicyDocument' });
  });

  test('the account holds so many roles and no more', async () => {
    const { aws } = testAws();
    aws.inspect(region, (call) => setLimit(call, 'L-FE177D64', people.length + 1));
    await createRole('one');
    // The SDK takes LimitExceeded for throttling and repeats it.
    await expect(createRole('two')).rejects.toMatchObject({ name: 'LimitExceededException' });
  });

  test('listing pages through all roles and leaves the tags out', async () => {
    const { advance } = testAws();
    for (const name of ['c', 'a', 'b']) await createRole(name);
    advance(2);
    const roles = [];
    for await (const page of paginateListRoles({ client: iam(), pageSize: 2 }, {}))
      roles.push(...(page.Roles ?? []));
    expect(roles.map((role) => role.RoleName)).toEqual(['a', 'b', 'c', ...people]);
    expect(roles[0]?.Tags).toBeUndefined();
  });

  test('tags are added to, and reserved keys refused', async () => {
    const { advance } = testAws();
    await createRole();
    advance(2);
    await iam().send(new TagRoleCommand({ RoleName: 'cluster', Tags: [{ Key: 'team', Value: 'a' }] }));
    const { Tags } = await iam().send(new ListRoleTagsCommand({ RoleName: 'cluster' }));
    expect(Tags?.map((tag) => tag.Key)).toEqual(['aoscloud:environment', 'team']);
    await expect(
      iam().send(new TagRoleCommand({ RoleName: 'cluster', Tags: [{ Key: 'aws:x', Value: '' }] })),
    ).rejects.toMatchObject({ name: 'InvalidInputException' });
  });

  test('a service-linked role is made once and is nobody else’s to change', async () => {
    const { aws } = testAws();
    const make = () =>
      iam().send(new CreateServiceLinkedRoleCommand({ AWSServiceName: 'eks.amazonaws.com' }));
    await make();
    await expect(make()).rejects.toThrow('has been taken in this account');
    await expect(
      iam().send(new DeleteRoleCommand({ RoleName: 'AWSServiceRoleForAmazonEKS' })),
    ).rejects.toMatchObject({ name: 'UnmodifiableEntityException' });
    expect(aws.inventory(region)).toEqual({ 'iam:service-linked-role': ['AWSServiceRoleForAmazonEKS'] });
  });

  test('the account summary counts', async () => {
    testAws();
    await createRole();
    const { SummaryMap } = await iam().send(new GetAccountSummaryCommand({}));
    expect(SummaryMap).toMatchObject({ Roles: people.length + 1, RolesQuota: 1000, Providers: 0 });
  });
});

describe('policies', () => {
  test('an attachment is idempotent and is listed', async () => {
    const { advance } = testAws();
    await createRole();
    advance(2);
    for (let times = 0; times < 2; times += 1)
      await iam().send(new AttachRolePolicyCommand({ RoleName: 'cluster', PolicyArn: clusterPolicy }));
    const { AttachedPolicies } = await iam().send(
      new ListAttachedRolePoliciesCommand({ RoleName: 'cluster' }),
    );
    expect(AttachedPolicies).toEqual([{ PolicyArn: clusterPolicy, PolicyName: 'AmazonEKSClusterPolicy' }]);
  });

  test('a managed policy AWS does not have cannot be attached', async () => {
    testAws();
    await createRole();
    const PolicyArn = 'arn:aws:iam::aws:policy/AmazonEksClusterPolicy';
    await expect(
      iam().send(new AttachRolePolicyCommand({ RoleName: 'cluster', PolicyArn })),
    ).rejects.toMatchObject({ name: 'NoSuchEntityException' });
  });

  test('inline policies are put, read and deleted', async () => {
    const { advance } = testAws();
    await createRole();
    advance(2);
    const PolicyDocument = JSON.stringify({
      Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }],
    });
    const policy = { RoleName: 'cluster', PolicyName: 'extra' };
    await iam().send(new PutRolePolicyCommand({ ...policy, PolicyDocument }));
    const read = await iam().send(new GetRolePolicyCommand(policy));
    expect(decodeURIComponent(read.PolicyDocument ?? '')).toBe(PolicyDocument);
    await iam().send(new DeleteRolePolicyCommand(policy));
    const { PolicyNames } = await iam().send(new ListRolePoliciesCommand({ RoleName: 'cluster' }));
    expect(PolicyNames).toEqual([]);
  });

  test('a role goes only after its policies and instance profiles', async () => {
    const { aws, advance } = testAws();
    await createRole();
    advance(2);
    const RoleName = 'cluster';
    await iam().send(new AttachRolePolicyCommand({ RoleName, PolicyArn: clusterPolicy }));
    aws.inspect(region, (call) => addInstanceProfile(call, roleArn, 'eks-1'));
    const remove = () => iam().send(new DeleteRoleCommand({ RoleName }));
    await expect(remove()).rejects.toMatchObject({ name: 'DeleteConflictException', Code: 'DeleteConflict' });
    await iam().send(new DetachRolePolicyCommand({ RoleName, PolicyArn: clusterPolicy }));
    await expect(remove()).rejects.toMatchObject({ name: 'DeleteConflictException' });
    const { InstanceProfiles } = await iam().send(new ListInstanceProfilesForRoleCommand({ RoleName }));
    for (const { InstanceProfileName } of InstanceProfiles ?? [])
      await iam().send(new RemoveRoleFromInstanceProfileCommand({ RoleName, InstanceProfileName }));
    await remove();
    await expect(remove()).rejects.toMatchObject({ name: 'NoSuchEntityException' });
    expect(aws.inventory(region)).toEqual({});
  });

  test('services see a new role, and then its policies, only after a while', async () => {
    const { aws, advance } = testAws();
    await createRole();
    const seen = () => aws.inspect(region, (call) => roleSeenBy(call, roleArn, 'eks.amazonaws.com'));
    advance(5.9);
    expect(seen()).toBe('unusable');
    advance(4.1);
    expect(seen()).toMatchObject({ policies: [] });
    await iam().send(new AttachRolePolicyCommand({ RoleName: 'cluster', PolicyArn: clusterPolicy }));
    expect(seen()).toMatchObject({ policies: [] });
    advance(5);
    expect(seen()).toMatchObject({ policies: [clusterPolicy] });
    expect(aws.inspect(region, (call) => roleSeenBy(call, roleArn, 'ec2.amazonaws.com'))).toBe('unusable');
  });
});
