import { GetRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { describe, expect, it } from 'vitest';
import { client } from '#lib/aws/clients.ts';
import { eksRoles, ensureRole, removeRole, roleArn } from '#lib/eks/roles.ts';
import { testAws } from '../../support/embedded.ts';
import { samplePlan, sampleRemoval } from '../../support/plan.ts';

const { region } = samplePlan();

describe('the roles of EKS', () => {
  it('are made once, tagged, and left alone by a second look', async () => {
    const { aws, advance } = testAws();
    for (const role of eksRoles) await ensureRole(samplePlan(), role);
    advance(10);
    const made = aws.mutations.length;
    for (const role of eksRoles) await ensureRole(samplePlan({ execution: 'run-2' }), role);
    expect(aws.mutations).toHaveLength(made);
    expect(aws.inventory(region)['iam:role']).toHaveLength(3);
  });

  it('get the policies that an interrupted run did not attach', async () => {
    const { aws, advance } = testAws();
    aws.inject = ({ operation }) => {
      if (operation === 'iam:AttachRolePolicy') throw new Error('killed');
      return undefined;
    };
    await expect(ensureRole(samplePlan(), 'nodes')).rejects.toThrow('killed');
    aws.inject = undefined;
    advance(10);
    await ensureRole(samplePlan(), 'nodes');
    expect(aws.requests['iam:CreateRole']).toBe(1);
    expect(aws.mutations.filter(({ operation }) => operation === 'iam:AttachRolePolicy')).toHaveLength(4);
  });

  it('trust the principal of their partition', async () => {
    testAws();
    const china = samplePlan({ region: 'cn-north-1', partition: 'aws-cn' });
    await ensureRole(china, 'nodes');
    expect(roleArn(china, 'nodes')).toBe(
      'arn:aws-cn:iam::111122223333:role/aoscloud-cn-north-1-dev-eks-nodes',
    );
  });

  it('go with the policies somebody added to them', async () => {
    const { aws, advance } = testAws();
    await ensureRole(samplePlan(), 'cluster');
    await client(IAMClient, samplePlan()).send(
      new PutRolePolicyCommand({
        RoleName: 'aoscloud-eu-central-1-dev-eks-cluster',
        PolicyName: 'extra',
        PolicyDocument: JSON.stringify({ Statement: { Effect: 'Allow', Action: 's3:*', Resource: '*' } }),
      }),
    );
    advance(10);
    expect(await removeRole(sampleRemoval(), 'cluster')).toBe(true);
    expect(await removeRole(sampleRemoval(), 'cluster')).toBe(false);
    expect(aws.inventory(region)['iam:role']).toBeUndefined();
  });

  it('stay when they belong to another environment or another execution', async () => {
    const { advance } = testAws();
    await ensureRole(samplePlan(), 'cluster');
    advance(10);
    expect(await removeRole(sampleRemoval({ createdBy: 'run-2' }), 'cluster')).toBe(false);
    const role = new GetRoleCommand({ RoleName: 'aoscloud-eu-central-1-dev-eks-cluster' });
    expect((await client(IAMClient, samplePlan()).send(role)).Role).toBeDefined();
  });
});
