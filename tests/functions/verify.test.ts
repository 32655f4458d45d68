import { EC2Client, RevokeSecurityGroupIngressCommand } from '@aws-sdk/client-ec2';
import { describe, expect, it } from 'vitest';
import { AwsFault } from '#embedded/model.ts';
import { ensure as aurora } from '#functions/aurora/ensure.ts';
import { ensure as documentdb } from '#functions/documentdb/ensure.ts';
import { ensure as efs } from '#functions/efs/ensure.ts';
import { ensure as eksCluster } from '#functions/eks-cluster/ensure.ts';
import { ensure as eksConnect } from '#functions/eks-connect/ensure.ts';
import { ensure as eksEndpoints } from '#functions/eks-endpoints/ensure.ts';
import { ensure as eksNodes } from '#functions/eks-nodes/ensure.ts';
import { ensure as elasticache } from '#functions/elasticache/ensure.ts';
import { ensure as endpoints } from '#functions/endpoints/ensure.ts';
import { ensure as routing } from '#functions/routing/ensure.ts';
import { ensure as securityGroups } from '#functions/security-groups/ensure.ts';
import { attest, verify } from '#functions/verify.ts';
import { ensure as vpc } from '#functions/vpc/ensure.ts';
import { client } from '#lib/aws/clients.ts';
import type { EnvironmentPlan, Resources } from '#lib/run/environment.ts';
import type { StepContext, StepOutcome } from '#lib/run/step.ts';
import type { StepName } from '#lib/run/steps.ts';
import { type TestAws, testAws, untilDone } from '../support/embedded.ts';
import { samplePlan } from '../support/plan.ts';

const steps: [StepName, (context: StepContext) => Promise<StepOutcome>][] = [
  ['vpc', vpc],
  ['routing', routing],
  ['endpoints', endpoints],
  ['security-groups', securityGroups],
  ['eks-cluster', eksCluster],
  ['eks-connect', eksConnect],
  ['eks-nodes', eksNodes],
  ['eks-endpoints', eksEndpoints],
  ['aurora', aurora],
  ['documentdb', documentdb],
  ['elasticache', elasticache],
  ['efs', efs],
];

/** Twelve steps pass in about a second; a busy machine takes its time. */
const patience = 60_000;

/** Every step after the other, on a fresh account. */
async function provisioned(plan: EnvironmentPlan): Promise<{ test: TestAws; resources: Resources }> {
  const test = testAws();
  let resources: Resources = {};
  for (const [name, run] of steps)
    resources = (await untilDone(test, name, run, plan, resources)).answer.resources;
  return { test, resources };
}

function refusing(test: TestAws, operation: string, fault: AwsFault): void {
  test.aws.inject = (call) => (call.operation === operation ? { kind: 'refuse', fault } : undefined);
}

describe('after all steps', { timeout: patience }, () => {
  it('every rule holds, seen by reading alone and by list calls', async () => {
    const plan = samplePlan();
    const { test } = await provisioned(plan);
    const mutations = test.aws.mutations.length;
    const before = { ...test.aws.requests };
    const { rules, outputs } = await attest({ environment: plan });
    expect(rules.map((result) => result.rule)).toEqual(
      Array.from({ length: 32 }, (_, index) => `R${index + 1}`),
    );
    expect(rules.every((result) => result.holds)).toBe(true);
    expect(test.aws.mutations.length).toBe(mutations);
    const calls = Object.entries(test.aws.requests)
      .map(([operation, count]) => [operation, count - (before[operation] ?? 0)] as const)
      .filter(([, count]) => count > 1);
    // What no list call tells: attributes one by one, add-ons, node groups by both names they may have, which access
    // entries there are and which have the policy.
    expect(Object.fromEntries(calls)).toEqual({
      'ec2:DescribeVpcAttribute': 2,
      'eks:DescribeAddon': 5,
      'eks:DescribeNodegroup': 2,
      'eks:ListAccessEntries': 2,
    });
    expect(outputs.subnets).toHaveLength(16);
    expect(outputs.endpoints.every((endpoint) => endpoint.dnsName !== '')).toBe(true);
    expect(JSON.stringify(outputs)).not.toMatch(/""|undefined|password/i);
    expect(JSON.stringify({ rules, outputs }).length).toBeLessThan(20 * 1024);
  });

  it('every rule holds for three instances of everything, a public API and a load balancer group', async () => {
    const sample = samplePlan();
    const plan = samplePlan({
      eks: { ...sample.eks, publicAccess: true, publicAccessCidrs: ['198.51.100.0/24'] },
      aurora: { ...sample.aurora, instances: 3 },
      documentdb: { ...sample.documentdb, instances: 3 },
      elasticache: { ...sample.elasticache, replicas: 2 },
      loadBalancer: {
        ingress: [
          { protocol: 'tcp', fromPort: 443, toPort: 443, cidr: '0.0.0.0/0' },
          { protocol: 'all', cidr: '198.51.100.0/24', description: 'office' },
        ],
      },
    });
    await provisioned(plan);
    const { rules, outputs } = await attest({ environment: plan });
    expect(rules.filter((result) => !result.holds)).toEqual([]);
    expect(outputs.loadBalancerSecurityGroupId).toMatch(/^sg-/);
  });

  it('a rule somebody took away is missed, with what it made unreachable', async () => {
    const plan = samplePlan();
    const { resources } = await provisioned(plan);
    const eksToBase = {
      IpProtocol: '-1',
      UserIdGroupPairs: [{ GroupId: resources.clusterSecurityGroupId }],
    };
    await client(EC2Client, plan).send(
      new RevokeSecurityGroupIngressCommand({
        GroupId: resources.defaultSecurityGroupId,
        IpPermissions: [eksToBase],
      }),
    );
    const failure = attest({ environment: plan });
    await expect(failure).rejects.toThrow(/^2 of 32 rules do not hold\. R22: expected eks_to_base/);
    // The endpoints carry the EKS group too, and stay reachable by its rule for its own members.
    await expect(failure).rejects.toThrow(/R25: Aurora 5432 is not reachable from EKS: (?!.*vpce-)/);
  });
});

describe('an account without the environment', () => {
  it('is an answer of broken rules for whoever asks', async () => {
    testAws();
    const { rules } = await verify(samplePlan());
    expect(rules.filter((result) => result.holds).map((result) => result.rule)).toEqual(['R24']);
  });

  it('is a failure that names every broken rule with its evidence', async () => {
    testAws();
    const failure = attest({ environment: samplePlan() });
    await expect(failure).rejects.toMatchObject({ name: 'VerificationFailedError' });
    await expect(failure).rejects.toThrow(/^31 of 32 rules do not hold\. R1: expected one VPC/);
    await expect(failure).rejects.toThrow(/R13: expected one Internet Gateway, found none.* What to do: /);
  });
});

describe('an AWS error', { timeout: patience }, () => {
  it('that passes is thrown for the state machine to retry', async () => {
    const test = testAws();
    const fault = new AwsFault('RequestLimitExceeded', 'Request limit exceeded.', { status: 503 });
    refusing(test, 'ec2:DescribeVpcs', fault);
    const failure = attest({ environment: samplePlan() });
    await expect(failure).rejects.toMatchObject({ name: 'TransientError' });
    await expect(failure).rejects.toThrow('verify: ec2:DescribeVpcs answered RequestLimitExceeded');
  });

  it('that stays is thrown with operation, code and what to do', async () => {
    const test = testAws();
    refusing(test, 'rds:DescribeDBClusters', new AwsFault('AccessDenied', 'not authorized', { status: 403 }));
    const failure = attest({ environment: samplePlan() });
    await expect(failure).rejects.toMatchObject({ name: 'AwsRefusedError' });
    await expect(failure).rejects.toThrow(/^verify: rds:DescribeDBClusters was refused with AccessDenied/);
  });
});
