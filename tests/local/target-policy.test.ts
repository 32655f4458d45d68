/** The role of another account may do what the handlers do, and lets in whom it should. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { permissionPolicies, type TargetRole, targetRoleName, trustPolicy } from '#local/target-policy.ts';
import { recordRuns } from '../models/recorded.ts';

const role: TargetRole = {
  serviceAccount: '111122223333',
  account: '444455556666',
  partition: 'aws',
  publicEndpoint: false,
};

interface Statement {
  readonly Effect: string;
  readonly Action: string[];
  readonly Resource: string | string[];
}

const statements = permissionPolicies(role).flatMap((policy) => policy.Statement as Statement[]);
const allowed = new Set(
  statements.filter(({ Effect }) => Effect === 'Allow').flatMap(({ Action }) => Action),
);

/** IAM's prefixes where they are not our words for a service. */
const prefixes: Readonly<Record<string, string>> = {
  docdb: 'rds',
  efs: 'elasticfilesystem',
  elb: 'elasticloadbalancing',
  elbv2: 'elasticloadbalancing',
};
/** The service's own, and what nobody needs a permission for. */
const elsewhere = /^(dynamodb|states|events):|^sts:GetCallerIdentity$/;

describe('the permissions', () => {
  test('cover every call of provisioning, taking down and rolling back', async () => {
    const { calls } = await recordRuns('prod');
    const needed = [...new Set(calls.map(({ operation }) => operation))]
      .filter((operation) => !elsewhere.test(operation))
      .map((operation) => {
        const [service, action] = operation.split(':') as [string, string];
        return `${prefixes[service] ?? service}:${action}`;
      });
    expect(needed.filter((action) => !allowed.has(action))).toEqual([]);
  });

  test('reach into no other account', () => {
    const resources = statements.flatMap(({ Resource }) => Resource).filter((one) => one !== '*');
    const accounts = new Set(resources.map((arn) => arn.split(':')[4]));
    // `*` is AWS's own: machine images, and the policies and names it publishes.
    expect(
      [...accounts].filter((account) => !['444455556666', '*', '', 'aws'].includes(account ?? '')),
    ).toEqual([]);
  });

  test('fit managed policies, at most ten of them', () => {
    const policies = permissionPolicies(role);
    expect(policies.length).toBeLessThanOrEqual(10);
    for (const policy of policies) expect(JSON.stringify(policy).length).toBeLessThanOrEqual(6144);
  });

  test('keep the guards, unless public endpoints are wanted', () => {
    const guards = (publicEndpoint: boolean) =>
      permissionPolicies({ ...role, publicEndpoint }).flatMap((policy) =>
        (policy.Statement as Statement[]).filter(({ Effect }) => Effect === 'Deny'),
      );
    expect(guards(false).length).toBeGreaterThan(guards(true).length);
    expect(guards(true).length).toBeGreaterThan(0);
  });
});

describe('the trust', () => {
  test('is in the functions of the service, with the external id', () => {
    const [statement] = trustPolicy({ ...role, externalId: 'a-shared-word' }).Statement;
    expect(statement).toEqual({
      Effect: 'Allow',
      Principal: { AWS: 'arn:aws:iam::111122223333:root' },
      Action: 'sts:AssumeRole',
      Condition: {
        ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::111122223333:role/provisioning/*' },
        StringEquals: { 'sts:ExternalId': 'a-shared-word' },
      },
    });
  });
});

test('its name is the one the functions may assume', () => {
  expect(readFileSync('serverless.yml', 'utf8')).toContain(`targetRoleName: ${targetRoleName}`);
});
