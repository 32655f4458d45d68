/** `target-role`: the trust and permission policies of the role in another account (docs/cross-account.md). */
import { permissionPolicies, type TargetRole, trustPolicy } from '#local/target-policy.ts';

export interface TargetRoleOptions extends TargetRole {
  readonly cloudformation: boolean;
  readonly roleName: string;
}

export function targetRole(options: TargetRoleOptions): void {
  const shown = options.cloudformation ? template(options) : policies(options);
  process.stdout.write(`${JSON.stringify(shown, null, 2)}\n`);
}

function policies(role: TargetRoleOptions): object {
  return {
    roleName: role.roleName,
    trustPolicy: trustPolicy(role),
    permissionPolicies: permissionPolicies(role),
  };
}

/** A stack for the other account; who it is deployed in fills in itself. */
function template(role: TargetRoleOptions): object {
  const documents = permissionPolicies(role);
  const names = documents.map((_, index) => `Permissions${index + 1}`);
  const managed = documents.map((PolicyDocument) => ({
    Type: 'AWS::IAM::ManagedPolicy',
    Properties: { PolicyDocument },
  }));
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: `Lets AosCloud provisioning in account ${role.serviceAccount} make environments in this account.`,
    Resources: {
      ...Object.fromEntries(managed.map((policy, index) => [names[index], policy])),
      TargetRole: {
        Type: 'AWS::IAM::Role',
        Properties: {
          RoleName: role.roleName,
          AssumeRolePolicyDocument: trustPolicy(role),
          ManagedPolicyArns: names.map((Ref) => ({ Ref })),
        },
      },
    },
    Outputs: {
      RoleArn: { Description: 'The roleArn of requests.', Value: { 'Fn::GetAtt': ['TargetRole', 'Arn'] } },
    },
  };
}
