/** The request's tags on cluster, node groups, add-ons, access entries, OIDC provider, roles and log group. */
import {
  CloudWatchLogsClient,
  TagResourceCommand as TagLogGroupCommand,
  UntagResourceCommand as UntagLogGroupCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { EKSClient, TagResourceCommand, UntagResourceCommand } from '@aws-sdk/client-eks';
import {
  IAMClient,
  TagOpenIDConnectProviderCommand,
  TagRoleCommand,
  UntagOpenIDConnectProviderCommand,
  UntagRoleCommand,
} from '@aws-sdk/client-iam';
import { client } from '#lib/aws/clients.ts';
import { taggedKubernetes } from '#lib/eks/tagged.ts';
import { applyTags, type TagCalls, type TagWish } from '#lib/ownership/tagged.ts';
import { tagListOf } from '#lib/ownership/tags.ts';
import type { EnvironmentPlan } from '#lib/run/environment.ts';
import { log } from '#lib/run/log.ts';

export async function tagKubernetes(environment: EnvironmentPlan, wish: TagWish): Promise<void> {
  const found = await taggedKubernetes(environment);
  const services = [
    { calls: eksCalls(environment), fits: (id: string) => /:eks:/.test(id) },
    { calls: logCalls(environment), fits: (id: string) => /:logs:/.test(id) },
    { calls: providerCalls(environment), fits: (id: string) => /:oidc-provider\//.test(id) },
    // Roles go by their names.
    { calls: roleCalls(environment), fits: (id: string) => !id.startsWith('arn:') },
  ];
  for (const { calls, fits } of services)
    await applyTags(
      found.filter(({ id }) => fits(id)),
      wish,
      calls,
    );
  log.info('cluster tagged', { environment: environment.name });
}

function eksCalls(environment: EnvironmentPlan): TagCalls {
  const eks = client(EKSClient, environment);
  return {
    set: (resourceArn, tags) => eks.send(new TagResourceCommand({ resourceArn, tags })),
    unset: (resourceArn, keys) => eks.send(new UntagResourceCommand({ resourceArn, tagKeys: [...keys] })),
  };
}

function logCalls(environment: EnvironmentPlan): TagCalls {
  const logs = client(CloudWatchLogsClient, environment);
  return {
    set: (resourceArn, tags) => logs.send(new TagLogGroupCommand({ resourceArn, tags })),
    unset: (resourceArn, keys) => logs.send(new UntagLogGroupCommand({ resourceArn, tagKeys: [...keys] })),
  };
}

function roleCalls(environment: EnvironmentPlan): TagCalls {
  const iam = client(IAMClient, environment);
  return {
    set: (RoleName, tags) => iam.send(new TagRoleCommand({ RoleName, Tags: tagListOf(tags) })),
    unset: (RoleName, keys) => iam.send(new UntagRoleCommand({ RoleName, TagKeys: [...keys] })),
  };
}

function providerCalls(environment: EnvironmentPlan): TagCalls {
  const iam = client(IAMClient, environment);
  return {
    set: (OpenIDConnectProviderArn, tags) =>
      iam.send(new TagOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, Tags: tagListOf(tags) })),
    unset: (OpenIDConnectProviderArn, keys) =>
      iam.send(new UntagOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, TagKeys: [...keys] })),
  };
}
