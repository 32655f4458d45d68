import { describe, expect, it } from 'vitest';
import { placeDependent } from '#embedded/services/ec2/dependents.ts';
import { addInstance } from '#embedded/services/ec2/instances.ts';
import { addNetworkInterface } from '#embedded/services/ec2/network-interfaces.ts';
import { guardDutyComes, monitorRuntimes } from '#embedded/services/ec2/others-endpoints.ts';
import { names } from '#lib/ownership/names.ts';
import { remainingVpcBlockers } from '#lib/removal-preflight/remaining-blockers.ts';
import { testAws } from '../../support/embedded.ts';
import { ensureNetwork } from '../../support/network-steps.ts';
import { samplePlan, sampleRemoval } from '../../support/plan.ts';

const plan = samplePlan();
const { cluster, nodegroup } = names(plan);

async function world() {
  const test = testAws();
  const { vpcId, subnetIds } = await ensureNetwork(test, plan);
  return { test, vpcId: vpcId!, subnetId: subnetIds!['subnet/eks-private/a']! };
}

describe('what would remain in the way of the VPC', () => {
  it('is nothing of the environment, of AWS, or of what the removal clears by itself', async () => {
    const { test, vpcId, subnetId } = await world();
    test.aws.inspect(plan.region, (call) => {
      const ours = { subnetId, groupIds: [] };
      addNetworkInterface(call, { ...ours, description: `Amazon EKS ${cluster}` });
      addNetworkInterface(call, { ...ours, description: 'ElastiCache aoscloud-dev-redis-001' });
      const tags = { 'eks:cluster-name': cluster, 'eks:nodegroup-name': nodegroup };
      const instanceId = addInstance(call, { ...ours, instanceType: 'm5.large', tags });
      const description = `aws-K8S-${instanceId}`;
      addNetworkInterface(call, { ...ours, description, instanceId, requesterManaged: false });
      monitorRuntimes(call, true);
      guardDutyComes(call, vpcId, [subnetId]);
    });
    const before = test.aws.mutations.length;
    expect(await remainingVpcBlockers(sampleRemoval())).toEqual([]);
    expect(test.aws.mutations).toHaveLength(before);
  });

  it('is what others put there, before anything is deleted', async () => {
    const { test, vpcId, subnetId } = await world();
    const theirs = test.aws.inspect(plan.region, (call) => ({
      bastion: addInstance(call, { subnetId, groupIds: [], instanceType: 't3.medium' }),
      peering: placeDependent(call, 'peering', { vpcId, otherId: 'vpc-9' }),
    }));
    const found = await remainingVpcBlockers(sampleRemoval());
    expect(found.map(({ what }) => what)).toEqual([
      expect.stringContaining(theirs.bastion),
      expect.stringContaining('a peering connection'),
    ]);
    expect(found[1]!.id).toBe(theirs.peering);
  });

  it('is nothing where there is no VPC', async () => {
    testAws();
    expect(await remainingVpcBlockers(sampleRemoval())).toEqual([]);
  });
});
