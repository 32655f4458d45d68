import { describe, expect, it } from 'vitest';
import { ec2State } from '#embedded/services/ec2/state.ts';
import { remove } from '#functions/eks-connect/remove.ts';
import { EksWorld } from '../../lib/eks/world.ts';

function crossRules(world: EksWorld): number {
  return world
    .inside((call) => Object.values(ec2State(call).securityGroupRules))
    .filter((rule) => rule.referencedGroupId && rule.referencedGroupId !== rule.groupId).length;
}

describe('disconnecting EKS', () => {
  it('revokes both rules and deletes the OIDC provider', async () => {
    const world = await EksWorld.made('eks-connect');
    const { answer } = await world.remove('eks-connect', remove);
    expect(answer.status).toBe('gone');
    expect(crossRules(world)).toBe(0);
    expect(world.inventory()['iam:oidc-provider']).toBeUndefined();
    // What lives on the cluster dies with it.
    world.cluster(({ addons }) => expect(Object.keys(addons)).toHaveLength(2));
  });

  it('says gone when there is nothing', async () => {
    const world = await EksWorld.made();
    expect((await world.remove('eks-connect', remove)).looks).toBe(1);
  });

  it('finds the OIDC provider by its tags when the cluster can no longer be asked', async () => {
    const world = await EksWorld.made('eks-connect');
    world.inside((call) => {
      delete (call.state('eks', () => ({})) as { clusters: Record<string, unknown> }).clusters[
        'aoscloud-dev'
      ];
    });
    await world.remove('eks-connect', remove);
    expect(world.inventory()['iam:oidc-provider']).toBeUndefined();
    expect(crossRules(world)).toBe(0);
  });

  it('leaves a connected cluster of an earlier execution as it is', async () => {
    const world = await EksWorld.made('eks-connect');
    const made = await world.mutationsOf(() => world.remove('eks-connect', remove, { createdBy: 'run-2' }));
    expect(made).toEqual([]);
    expect(crossRules(world)).toBe(2);
  });

  it('takes from a cluster that stays what the execution put there, and nothing else', async () => {
    const world = await EksWorld.made('eks-cluster');
    await world.ensure('eks-connect', { execution: 'run-2' });
    await world.remove('eks-connect', remove, { createdBy: 'run-2' });
    expect(crossRules(world)).toBe(0);
    expect(world.inventory()['iam:oidc-provider']).toBeUndefined();
    world.cluster(({ addons, accessEntries, status }) => {
      expect(status).toBe('ACTIVE');
      expect(addons).toEqual({});
      expect(accessEntries).toEqual({});
    });
  });

  it('is still pending when a rule could not be revoked', async () => {
    const world = await EksWorld.made('eks-connect');
    world.once('ec2:RevokeSecurityGroupIngress', { kind: 'answer-lost' });
    const { looks } = await world.remove('eks-connect', remove);
    expect(looks).toBeGreaterThan(1);
    expect(crossRules(world)).toBe(0);
  });
});
