import { AuthorizeSecurityGroupIngressCommand, EC2Client } from '@aws-sdk/client-ec2';
import { describe, expect, it } from 'vitest';
import { ec2State } from '#embedded/services/ec2/state.ts';
import { iamState } from '#embedded/services/iam/state.ts';
import { ensure } from '#functions/eks-connect/ensure.ts';
import { client } from '#lib/aws/clients.ts';
import { EksWorld } from '../../lib/eks/world.ts';

/** Ingress rules between the cluster group and the base group, as `source -> group`. */
function crossRules(world: EksWorld): string[] {
  const { clusterSecurityGroupId: eks, defaultSecurityGroupId: base } = world.resources;
  const called = (id: string | undefined) => (id === eks ? 'eks' : id === base ? 'base' : id);
  return world
    .inside((call) => Object.values(ec2State(call).securityGroupRules))
    .filter((rule) => rule.referencedGroupId && rule.referencedGroupId !== rule.groupId && !rule.isEgress)
    .map((rule) => `${called(rule.referencedGroupId)} -> ${called(rule.groupId)}`)
    .sort();
}

describe('connecting EKS', () => {
  it('adds both rules, the network add-ons, the OIDC provider and the administrators', async () => {
    const world = await EksWorld.made('eks-connect');
    expect(crossRules(world)).toEqual(['base -> eks', 'eks -> base']);
    world.cluster(({ addons, accessEntries }) => {
      expect(Object.keys(addons).sort()).toEqual(['kube-proxy', 'vpc-cni']);
      expect(accessEntries['arn:aws:iam::111122223333:role/platform-admin']?.policies).toMatchObject([
        { policyArn: 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy' },
      ]);
    });
    expect(world.inventory()['iam:oidc-provider']).toHaveLength(1);
  });

  it('does not wait for add-ons that have nowhere to run yet', async () => {
    const world = await EksWorld.made('eks-cluster');
    expect(await world.look('eks-connect', ensure, world.plan)).toMatchObject({ status: 'ready' });
  });

  it('changes nothing when all is in place', async () => {
    const world = await EksWorld.made('eks-connect');
    expect(await world.mutationsOf(() => world.ensure('eks-connect', { execution: 'run-2' }))).toEqual([]);
  });

  it.each([
    'ec2:AuthorizeSecurityGroupIngress',
    'eks:CreateAddon',
    'iam:CreateOpenIDConnectProvider',
    'eks:CreateAccessEntry',
  ])('makes nothing twice when the answer of %s is lost', async (operation) => {
    const world = await EksWorld.made('eks-cluster');
    world.once(operation, { kind: 'answer-lost' });
    await world.ensure('eks-connect');
    expect(crossRules(world)).toEqual(['base -> eks', 'eks -> base']);
    expect(world.inventory()['iam:oidc-provider']).toHaveLength(1);
    world.cluster(({ accessEntries }) => expect(Object.keys(accessEntries)).toHaveLength(1));
  });

  it('leaves a rule alone that somebody else added for the same traffic', async () => {
    const world = await EksWorld.made('eks-cluster');
    const { clusterSecurityGroupId, defaultSecurityGroupId } = world.resources;
    await client(EC2Client, world.plan).send(
      new AuthorizeSecurityGroupIngressCommand({
        GroupId: defaultSecurityGroupId,
        IpPermissions: [{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: clusterSecurityGroupId }] }],
      }),
    );
    const made = await world.mutationsOf(() => world.ensure('eks-connect'));
    expect(made.filter((operation) => operation === 'ec2:AuthorizeSecurityGroupIngress')).toHaveLength(1);
  });

  it('refuses an OIDC provider of that issuer which IRSA cannot use', async () => {
    const world = await EksWorld.made('eks-cluster');
    const issuer = world.resources.oidcIssuer!;
    const { CreateOpenIDConnectProviderCommand, IAMClient } = await import('@aws-sdk/client-iam');
    await client(IAMClient, world.plan).send(
      new CreateOpenIDConnectProviderCommand({ Url: issuer, ClientIDList: ['other'] }),
    );
    await expect(world.ensure('eks-connect')).rejects.toMatchObject({ name: 'NotOurResourceError' });
  });

  it('restores the audience of its own OIDC provider', async () => {
    const world = await EksWorld.made('eks-connect');
    world.inside((call) => {
      for (const provider of Object.values(iamState(call).oidcProviders)) provider.clientIds = ['other'];
    });
    await world.ensure('eks-connect');
    world.inside((call) => {
      const [provider] = Object.values(iamState(call).oidcProviders);
      expect(provider?.clientIds).toContain('sts.amazonaws.com');
    });
  });

  const admin = 'arn:aws:iam::111122223333:role/platform-admin';
  const anew = (world: EksWorld) => {
    world.test.advance(3600);
    world.inside((call) => {
      const role = iamState(call).roles['platform-admin']!;
      Object.assign(role, { id: 'AROAANEW', createdAt: call.now });
    });
  };

  it('admits an administrator anew whose role was deleted and made anew', async () => {
    const world = await EksWorld.made('eks-connect');
    anew(world);
    await world.ensure('eks-connect', { execution: 'run-2' });
    world.cluster(({ accessEntries }) => {
      expect(accessEntries[admin]).toMatchObject({ roleId: 'AROAANEW', policies: [{}] });
    });
    expect(await world.mutationsOf(() => world.ensure('eks-connect', { execution: 'run-3' }))).toEqual([]);
  });

  it('takes the entry away of whom the request names no more, and no other (U20)', async () => {
    const world = await EksWorld.made('eks-nodes');
    const before = world.cluster(({ accessEntries }) => {
      accessEntries.theirs = { ...structuredClone(accessEntries[admin]!), principalArn: 'theirs', tags: {} };
      return Object.keys(accessEntries);
    });
    expect(before).toHaveLength(3);
    const eks = { ...world.plan.eks, administrators: [] };
    const mutations = await world.mutationsOf(() => world.ensure('eks-connect', { execution: 'run-2', eks }));
    expect(mutations).toEqual(['eks:DeleteAccessEntry']);
    world.cluster(({ accessEntries }) =>
      expect(Object.keys(accessEntries).sort()).toEqual(before.filter((name) => name !== admin).sort()),
    );
  });

  it("changes no access entry of somebody else's: it serves as it is, or is named", async () => {
    const world = await EksWorld.made('eks-connect');
    world.cluster(({ accessEntries }) => {
      accessEntries[admin]!.tags = {};
    });
    expect(await world.mutationsOf(() => world.ensure('eks-connect'))).toEqual([]);
    world.cluster(({ accessEntries }) => {
      accessEntries[admin]!.policies = [];
    });
    await expect(world.ensure('eks-connect')).rejects.toThrow(
      'lacks AmazonEKSClusterAdminPolicy. What to do',
    );
    anew(world);
    await expect(world.ensure('eks-connect')).rejects.toThrow('for an earlier role of that name');
    world.cluster(({ accessEntries }) => expect(accessEntries[admin]?.policies).toEqual([]));
  });

  it('makes an add-on anew that an earlier run left failed, but fails on one of its own', async () => {
    const world = await EksWorld.made('eks-connect');
    world.cluster(({ addons }) => {
      addons['vpc-cni']!.status = 'CREATE_FAILED';
    });
    await expect(world.ensure('eks-connect')).rejects.toMatchObject({ name: 'ResourceFailedError' });
    await world.ensure('eks-connect', { execution: 'run-2' });
    world.cluster(({ addons }) => expect(addons['vpc-cni']?.tags['aoscloud:created-by']).toBe('run-2'));
  });

  it("names an add-on of somebody else's that failed, and does not delete it (W4)", async () => {
    const world = await EksWorld.made('eks-connect');
    world.cluster(({ addons }) => Object.assign(addons['vpc-cni']!, { status: 'CREATE_FAILED', tags: {} }));
    await expect(world.ensure('eks-connect', { execution: 'run-2' })).rejects.toMatchObject({
      name: 'NotOurResourceError',
      message: expect.stringMatching(
        /^eks-connect: EKS add-on vpc-cni is CREATE_FAILED: .* somebody else\. What to do: delete that add-on/,
      ),
    });
    world.cluster(({ addons }) => expect(addons['vpc-cni']).toMatchObject({ status: 'CREATE_FAILED' }));
  });
});
