import { describe, expect, it } from 'vitest';
import { outputsOf } from '#lib/verify/outputs.ts';
import { judge } from '#lib/verify/rules/index.ts';
import { samplePlan } from '../../support/plan.ts';
import { healthy, loadBalancerGroup } from './healthy.ts';

const large = samplePlan({
  aurora: { ...samplePlan().aurora, instances: 3 },
  documentdb: { ...samplePlan().documentdb, instances: 3 },
  elasticache: { ...samplePlan().elasticache, replicas: 2 },
});

describe('the outputs', () => {
  it('name the subnets in the order of the address plan', () => {
    const { subnets } = outputsOf(samplePlan(), healthy());
    expect(subnets.map((subnet) => subnet.component)).toEqual(
      samplePlan().subnets.map((each) => each.component),
    );
    expect(subnets[0]).toEqual({
      component: 'subnet/eks-private/a',
      id: 'subnet-eks-private-a',
      cidr: '10.231.0.0/20',
      zone: 'eu-central-1a',
    });
  });

  it('tell where everything is reached', () => {
    const outputs = outputsOf(samplePlan(), healthy());
    expect(outputs.endpoints).toHaveLength(12);
    expect(outputs.natPublicIp).toBe('198.51.100.7');
    expect(outputs.cluster.oidcProviderArn).toContain(':oidc-provider/oidc.eks.eu-central-1');
    expect(outputs.documentdb.port).toBe(27017);
    expect(outputs.efs.dnsName).toBe('fs-1.efs.eu-central-1.amazonaws.com');
    expect(outputs).not.toHaveProperty('loadBalancerSecurityGroupId');
  });

  it('name the load balancer group where there is one', () => {
    const seen = healthy();
    seen.securityGroups.push(loadBalancerGroup(samplePlan()));
    expect(outputsOf(samplePlan(), seen).loadBalancerSecurityGroupId).toBe('sg-lb');
  });

  it('name the secrets and hold none', () => {
    const { aurora } = outputsOf(samplePlan(), healthy());
    expect(Object.keys(aurora)).toEqual(['endpoint', 'readerEndpoint', 'port', 'secretArn']);
    expect(aurora.secretArn).toMatch(/^arn:aws:secretsmanager:/);
  });

  it('stay with the attestation under a tenth of what a state may carry', () => {
    const seen = healthy(large);
    const payload = JSON.stringify({ rules: judge(large, seen), outputs: outputsOf(large, seen) });
    const stateLimit = 256 * 1024;
    expect(payload.length).toBeLessThan(stateLimit / 10);
  });
});
