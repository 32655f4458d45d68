/** IAM roles and OIDC providers, log groups, and who calls. */
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  DeleteLogGroupCommand,
  DescribeLogGroupsCommand,
  ListTagsForResourceCommand,
  PutRetentionPolicyCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import {
  AttachRolePolicyCommand,
  CreateOpenIDConnectProviderCommand,
  CreateRoleCommand,
  DeleteOpenIDConnectProviderCommand,
  DeleteRoleCommand,
  DetachRolePolicyCommand,
  GetOpenIDConnectProviderCommand,
  GetRoleCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListInstanceProfilesForRoleCommand,
  ListOpenIDConnectProvidersCommand,
  ListRolePoliciesCommand,
} from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { Sequence } from '../ask.ts';

const trust = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'eks.amazonaws.com' }, Action: 'sts:AssumeRole' }],
});

const roles: Sequence = async (ask) => {
  const RoleName = 'conformance';
  const create = (more = {}) =>
    new CreateRoleCommand({
      RoleName,
      AssumeRolePolicyDocument: trust,
      Tags: [{ Key: 'owner', Value: 'conformance' }],
      ...more,
    });
  await ask('create', IAMClient, create());
  ask.settle();
  await ask('create again', IAMClient, create());
  await ask(
    'create with a policy that is no JSON',
    IAMClient,
    create({ RoleName: 'other', AssumeRolePolicyDocument: 'no policy' }),
  );
  await ask('get', IAMClient, new GetRoleCommand({ RoleName }));
  await ask('get an unknown one', IAMClient, new GetRoleCommand({ RoleName: 'nobody' }));
  const PolicyArn = 'arn:aws:iam::aws:policy/AmazonEKSClusterPolicy';
  await ask('attach', IAMClient, new AttachRolePolicyCommand({ RoleName, PolicyArn }));
  await ask('attach again', IAMClient, new AttachRolePolicyCommand({ RoleName, PolicyArn }));
  await ask(
    'attach to an unknown one',
    IAMClient,
    new AttachRolePolicyCommand({ RoleName: 'nobody', PolicyArn }),
  );
  await ask('attached', IAMClient, new ListAttachedRolePoliciesCommand({ RoleName }));
  await ask(
    'attached to an unknown one',
    IAMClient,
    new ListAttachedRolePoliciesCommand({ RoleName: 'nobody' }),
  );
  await ask('inline', IAMClient, new ListRolePoliciesCommand({ RoleName }));
  await ask('instance profiles', IAMClient, new ListInstanceProfilesForRoleCommand({ RoleName }));
  await ask('delete while a policy is attached', IAMClient, new DeleteRoleCommand({ RoleName }));
  await ask('detach', IAMClient, new DetachRolePolicyCommand({ RoleName, PolicyArn }));
  await ask('detach again', IAMClient, new DetachRolePolicyCommand({ RoleName, PolicyArn }));
  await ask('delete', IAMClient, new DeleteRoleCommand({ RoleName }));
  ask.settle();
  await ask('delete again', IAMClient, new DeleteRoleCommand({ RoleName }));
};

const oidcProviders: Sequence = async (ask) => {
  const Url = 'https://oidc.eks.eu-central-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF';
  const create = () =>
    new CreateOpenIDConnectProviderCommand({
      Url,
      ClientIDList: ['sts.amazonaws.com'],
      Tags: [{ Key: 'owner', Value: 'conformance' }],
    });
  const made = await ask('create', IAMClient, create());
  const OpenIDConnectProviderArn = made?.OpenIDConnectProviderArn as string;
  ask.settle();
  await ask('create again', IAMClient, create());
  await ask('get', IAMClient, new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }));
  await ask('list', IAMClient, new ListOpenIDConnectProvidersCommand({}));
  await ask('delete', IAMClient, new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }));
  ask.settle();
  await ask(
    'get one that is gone',
    IAMClient,
    new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }),
  );
  await ask('delete again', IAMClient, new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }));
};

const logGroups: Sequence = async (ask) => {
  const logGroupName = '/aws/eks/conformance/cluster';
  const create = () => new CreateLogGroupCommand({ logGroupName, tags: { owner: 'conformance' } });
  await ask('create', CloudWatchLogsClient, create());
  ask.settle();
  await ask('create again', CloudWatchLogsClient, create());
  await ask(
    'retention',
    CloudWatchLogsClient,
    new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 90 }),
  );
  await ask(
    'retention AWS does not offer',
    CloudWatchLogsClient,
    new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 42 }),
  );
  await ask(
    'retention of an unknown one',
    CloudWatchLogsClient,
    new PutRetentionPolicyCommand({ logGroupName: '/nobody', retentionInDays: 90 }),
  );
  const found = await ask(
    'describe',
    CloudWatchLogsClient,
    new DescribeLogGroupsCommand({ logGroupNamePrefix: logGroupName }),
  );
  await ask(
    'describe none',
    CloudWatchLogsClient,
    new DescribeLogGroupsCommand({ logGroupNamePrefix: '/nobody' }),
  );
  const resourceArn = found?.logGroups?.[0]?.arn?.replace(/:\*$/, '') ?? '';
  await ask('tags', CloudWatchLogsClient, new ListTagsForResourceCommand({ resourceArn }));
  await ask('delete', CloudWatchLogsClient, new DeleteLogGroupCommand({ logGroupName }));
  ask.settle();
  await ask('delete again', CloudWatchLogsClient, new DeleteLogGroupCommand({ logGroupName }));
};

const caller: Sequence = async (ask) => {
  await ask('who calls', STSClient, new GetCallerIdentityCommand({}));
};

export const identitySequences: Record<string, Sequence> = {
  'IAM roles': roles,
  'OIDC providers': oidcProviders,
  'log groups': logGroups,
  caller,
};
