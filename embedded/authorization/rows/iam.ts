/** IAM and STS. */

import type { Context } from '#embedded/authorization/conditions.ts';
import {
  anywhere,
  carrying,
  named,
  on,
  type Row,
  type Rows,
  requestTags,
  type Tags,
  type Target,
} from '#embedded/authorization/request.ts';
import type { Call } from '#embedded/model.ts';
import { iamState } from '#embedded/services/iam/state.ts';

const iamArn = (call: Call, resource: string) => `arn:${call.partition}:iam::${call.account}:${resource}`;

/**
 * A role by name. One that is not there has no path: IAM judges `role/<name>`, also for names of service-linked
 * roles (D2; terraform-aws-modules/terraform-aws-eks#2018 shows the ARN in IAM's words).
 */
export function roleTarget(call: Call, name: string): Target {
  const role = iamState(call).roles[name.toLowerCase()];
  return role ? carrying(role.arn, role.tags) : named(iamArn(call, `role/${name}`));
}

const role =
  (action: string, keys: (input: never) => Context = () => ({})): Row =>
  (input, call) =>
    on(`iam:${action}`, [roleTarget(call, input.RoleName)], keys(input as never));

const policyKey = ({ PolicyArn }: { PolicyArn: string }) => ({ 'iam:PolicyARN': PolicyArn });

function providerTarget(call: Call, arn: string): Target {
  return carrying(arn, iamState(call).oidcProviders[arn]?.tags);
}

export const providerArn = (call: Call, url: string) =>
  iamArn(call, `oidc-provider/${url.replace(/^https:\/\//, '')}`);

const provider =
  (action: string, keys: (input: never) => Context = () => ({})): Row =>
  (input, call) =>
    on(`iam:${action}`, [providerTarget(call, input.OpenIDConnectProviderArn)], keys(input as never));

const untagged = ({ TagKeys }: { TagKeys: readonly string[] }) => ({ 'aws:TagKeys': TagKeys });

export const newRole = (call: Call, input: { RoleName: string; Path?: string }): Target =>
  named(iamArn(call, `role${input.Path ?? '/'}${input.RoleName}`));

export const iamRows: Rows = {
  'iam:GetAccountSummary': () => anywhere('iam:GetAccountSummary'),
  'iam:CreateRole': (input, call) => on('iam:CreateRole', [newRole(call, input)], requestTags(input.Tags)),
  'iam:GetRole': role('GetRole'),
  'iam:DeleteRole': role('DeleteRole'),
  'iam:UpdateAssumeRolePolicy': role('UpdateAssumeRolePolicy'),
  'iam:AttachRolePolicy': role('AttachRolePolicy', policyKey),
  'iam:DetachRolePolicy': role('DetachRolePolicy', policyKey),
  'iam:DeleteRolePolicy': role('DeleteRolePolicy'),
  'iam:ListAttachedRolePolicies': role('ListAttachedRolePolicies'),
  'iam:ListRolePolicies': role('ListRolePolicies'),
  'iam:ListInstanceProfilesForRole': role('ListInstanceProfilesForRole'),
  'iam:RemoveRoleFromInstanceProfile': (input, call) =>
    on('iam:RemoveRoleFromInstanceProfile', [
      named(iamArn(call, `instance-profile/${input.InstanceProfileName}`)),
    ]),
  'iam:ListOpenIDConnectProviders': () => anywhere('iam:ListOpenIDConnectProviders'),
  'iam:CreateOpenIDConnectProvider': (input, call) =>
    on('iam:CreateOpenIDConnectProvider', [named(providerArn(call, input.Url))], requestTags(input.Tags)),
  'iam:AddClientIDToOpenIDConnectProvider': provider('AddClientIDToOpenIDConnectProvider'),
  'iam:GetOpenIDConnectProvider': provider('GetOpenIDConnectProvider'),
  'iam:DeleteOpenIDConnectProvider': provider('DeleteOpenIDConnectProvider'),
  'iam:TagRole': role('TagRole', ({ Tags }: { Tags: Tags }) => requestTags(Tags)),
  'iam:UntagRole': role('UntagRole', untagged),
  'iam:TagOpenIDConnectProvider': provider('TagOpenIDConnectProvider', ({ Tags }: { Tags: Tags }) =>
    requestTags(Tags),
  ),
  'iam:UntagOpenIDConnectProvider': provider('UntagOpenIDConnectProvider', untagged),
  // AWS asks for no permission, whatever a policy says (STS API reference).
  'sts:GetCallerIdentity': () => [],
  'sts:AssumeRole': (input) => on('sts:AssumeRole', [named(input.RoleArn)]),
};
