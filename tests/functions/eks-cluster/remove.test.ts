import { CreateOpenIDConnectProviderCommand, IAMClient } from '@aws-sdk/client-iam';
import { describe, expect, it } from 'vitest';
import { AwsFault } from '#embedded/model.ts';
import { addNetworkInterface } from '#embedded/services/ec2/network-interfaces.ts';
import { addRule, addSecurityGroup } from '#embedded/services/ec2/security-group-state.ts';
import { eksState } from '#embedded/services/eks/state.ts';
import { writeToLogGroup } from '#embedded/services/logs.ts';
import { remove } from '#functions/eks-cluster/remove.ts';
import { remove as removeConnection } from '#functions/eks-connect/remove.ts';
import { remove as removeFromEndpoints } from '#functions/eks-endpoints/remove.ts';
import { remove as removeNodes } from '#functions/eks-nodes/remove.ts';
import { remove as removeEndpoints } from '#functions/endpoints/remove.ts';
import { client } from '#lib/aws/clients.ts';
import { tagList } from '#lib/ownership/tags.ts';
import { EksWorld } from '../../lib/eks/world.ts';
import { sampleRemoval } from '../../support/plan.ts';

/** What there is beside the network and its endpoints. */
/** Without the launch template, which goes with the nodes. */
function leftOf(world: EksWorld): string[] {
  return Object.keys(world.inventory()).filter((type) => /^(eks|iam|logs):/.test(type));
}

function groupsOf(world: EksWorld): number {
  return world.inventory()['ec2:security-group']?.length ?? 0;
}

describe('removing the control plane', () => {
  it('leaves nothing, its security group included', async () => {
    const world = await EksWorld.made('eks-endpoints');
    const before = groupsOf(world);
    await world.remove('eks-nodes', removeNodes);
    await world.remove('endpoints', removeEndpoints);
    await world.remove('eks-endpoints', removeFromEndpoints);
    await world.remove('eks-connect', removeConnection);
    const { answer } = await world.remove('eks-cluster', remove);
    expect(answer.status).toBe('gone');
    expect(leftOf(world)).toEqual([]);
    expect(groupsOf(world)).toBe(before - 1);
  });

  it('deletes the OIDC provider of a cluster before this one, too', async () => {
    const world = await EksWorld.made('eks-connect');
    await client(IAMClient, world.plan).send(
      new CreateOpenIDConnectProviderCommand({
        Url: 'https://oidc.eks.eu-central-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF',
        ClientIDList: ['sts.amazonaws.com'],
        Tags: tagList(world.plan, 'eks/oidc-provider'),
      }),
    );
    await world.remove('eks-connect', removeConnection);
    await world.remove('eks-cluster', remove);
    expect(leftOf(world)).toEqual([]);
  });

  it('says gone when there is nothing', async () => {
    const world = await EksWorld.made();
    const { looks } = await world.remove('eks-cluster', remove);
    expect(looks).toBe(1);
  });

  it('can be run again when everything is gone', async () => {
    const world = await EksWorld.made('eks-cluster');
    await world.remove('eks-cluster', remove);
    expect(await world.mutationsOf(() => world.remove('eks-cluster', remove))).toEqual([]);
  });

  it('waits while node groups are attached', async () => {
    const world = await EksWorld.made('eks-nodes');
    expect(await world.look('eks-cluster', remove, sampleRemoval())).toMatchObject({ status: 'pending' });
    expect(world.cluster(({ status }) => status)).toBe('ACTIVE');
  });

  it('sweeps the group EKS left behind, and leaked interfaces', async () => {
    const world = await EksWorld.made('eks-connect');
    const before = groupsOf(world);
    world.inside((call) =>
      addNetworkInterface(call, {
        subnetId: world.resources.subnetIds!['subnet/eks-private/b']!,
        groupIds: [world.resources.clusterSecurityGroupId!],
        description: 'aws-K8S-i-0123456789abcdef0',
        attachmentStatus: 'detached',
        requesterManaged: false,
      }),
    );
    const pendingLook = await world.look('eks-cluster', remove, sampleRemoval());
    expect(pendingLook.status).toBe('pending');
    world.test.advance(1200);
    // The cluster went while a rule and an interface still named its group: EKS leaves the group.
    expect(groupsOf(world)).toBe(before);
    await world.remove('eks-connect', removeConnection);
    await world.remove('eks-cluster', remove);
    expect(groupsOf(world)).toBe(before - 1);
    expect(leftOf(world)).toEqual([]);
  });

  it("names a rule of somebody else's that holds the group EKS left behind, within a minute", async () => {
    const world = await EksWorld.made('eks-connect');
    await world.remove('eks-connect', removeConnection);
    const theirs = world.inside((call) => {
      const { vpcId } = world.resources as { vpcId: string };
      const groupId = addSecurityGroup(call, { vpcId, name: 'theirs', description: 'theirs' });
      const all = { protocol: '-1', fromPort: -1, toPort: -1, innate: false };
      addRule(call, {
        ...all,
        groupId,
        referencedGroupId: world.resources.clusterSecurityGroupId!,
        isEgress: false,
      });
      return groupId;
    });
    const start = Date.now();
    await expect(world.remove('eks-cluster', remove)).rejects.toMatchObject({
      name: 'RemovalBlockedError',
      message: expect.stringMatching(
        new RegExp(
          `^eks-cluster: the group ${world.resources.clusterSecurityGroupId}, .*inbound rule sgr-\\w+ of security group ${theirs} \\(theirs\\), made by somebody else.*What to do: revoke that rule`,
        ),
      ),
    });
    // Ten minutes or so are the cluster's own.
    expect((Date.now() - start) / 60_000).toBeLessThan(15);
  });

  it("leaves the interfaces of somebody else's cluster in the same VPC", async () => {
    const world = await EksWorld.made();
    const theirs = world.inside((call) =>
      addNetworkInterface(call, {
        subnetId: world.resources.subnetIds!['subnet/eks-private/b']!,
        groupIds: [world.resources.defaultSecurityGroupId!],
        description: 'aws-K8S-i-0123456789abcdef0',
        attachmentStatus: 'detached',
        requesterManaged: false,
        tags: { 'cluster.k8s.amazonaws.com/name': 'somebody-elses' },
      }),
    );
    await world.remove('eks-cluster', remove);
    expect(world.inventory()['ec2:network-interface']).toContain(theirs);
  });

  it('refuses a protected cluster, and deletes it only when told to unprotect', async () => {
    const world = await EksWorld.made('eks-cluster');
    await world.ensure('eks-cluster', { eks: { ...world.plan.eks, deletionProtection: true } });
    await expect(world.remove('eks-cluster', remove)).rejects.toMatchObject({ name: 'RemovalBlockedError' });
    expect(world.cluster(({ status }) => status)).toBe('ACTIVE');
    await world.remove('eks-cluster', remove, { unprotect: true });
    expect(leftOf(world)).toEqual([]);
  });

  it('takes back a cluster that is still being created', async () => {
    const world = await EksWorld.made();
    world.aws.inject = undefined;
    const { ensure } = await import('#functions/eks-cluster/ensure.ts');
    let answer = await world.look('eks-cluster', ensure, world.plan);
    while (!answer.requested) {
      world.test.advance(answer.retryAfterSeconds);
      answer = await world.look('eks-cluster', ensure, world.plan, answer);
    }
    await world.remove('eks-cluster', remove, { createdBy: 'run-1' });
    expect(leftOf(world)).toEqual([]);
  });

  it('takes back one execution only: a cluster of an earlier one stays with its roles', async () => {
    const world = await EksWorld.made('eks-cluster');
    const { answer } = await world.remove('eks-cluster', remove, { createdBy: 'run-2' });
    expect(answer.detail).toContain('stays');
    expect(world.inventory()['eks:cluster']).toEqual(['aoscloud-dev']);
    expect(world.inventory()['iam:role']).toHaveLength(3);
    expect(world.inventory()['logs:log-group']).toHaveLength(1);
  });

  it('never touches a cluster of that name that is not of the environment', async () => {
    const world = await EksWorld.made('eks-cluster');
    world.cluster((cluster) => {
      cluster.tags = {};
    });
    await world.remove('eks-cluster', remove);
    expect(world.inventory()['eks:cluster']).toEqual(['aoscloud-dev']);
    expect(world.inventory()['ec2:security-group']).toContain(world.resources.clusterSecurityGroupId);
  });

  it('removes the log group again when EKS writes to it late', async () => {
    const world = await EksWorld.made('eks-cluster');
    let first = true;
    world.aws.inject = ({ operation }) => {
      if (operation === 'iam:DeleteRole' && first) {
        first = false;
        queueMicrotask(() =>
          world.inside((call) => {
            expect(eksState(call).clusters).toEqual({});
            writeToLogGroup(call, '/aws/eks/aoscloud-dev/cluster');
          }),
        );
      }
      return undefined;
    };
    await world.remove('eks-cluster', remove, { createdBy: 'run-1' });
    expect(leftOf(world)).toEqual([]);
  });

  it('keeps an untagged log group that was there before, with one execution and with the whole environment', async () => {
    const world = await EksWorld.made();
    world.inside((call) => writeToLogGroup(call, '/aws/eks/aoscloud-dev/cluster'));
    world.test.advance(60);
    await world.remove('eks-cluster', remove, { createdBy: 'run-1' });
    expect(world.inventory()['logs:log-group']).toHaveLength(1);
    await world.remove('eks-cluster', remove);
    expect(world.inventory()['logs:log-group']).toHaveLength(1);
  });

  it('asks for the deletion once, and says so at every look', async () => {
    const world = await EksWorld.made('eks-cluster');
    const detail = 'EKS cluster aoscloud-dev is being deleted';
    expect(await world.look('eks-cluster', remove, sampleRemoval())).toMatchObject({
      status: 'pending',
      detail,
    });
    expect(await world.look('eks-cluster', remove, sampleRemoval())).toMatchObject({
      status: 'pending',
      detail,
    });
    const deletions = world.aws.mutations.filter(({ operation }) => operation === 'eks:DeleteCluster');
    expect(deletions).toHaveLength(1);
  });

  it.each([
    ['has gone meanwhile', 'ResourceNotFoundException', 'No cluster found for name: aoscloud-dev.', 404],
    ['is being updated', 'ResourceInUseException', 'Cluster has update in progress', 409],
  ])('tries again at the next look where the cluster %s', async (_why, name, message, status) => {
    const world = await EksWorld.made('eks-cluster');
    const fault = new AwsFault(name, message, { status });
    world.aws.inject = ({ operation }) =>
      operation === 'eks:DeleteCluster' ? { kind: 'refuse', fault } : undefined;
    expect(await world.look('eks-cluster', remove, sampleRemoval())).toMatchObject({
      status: 'pending',
      detail: expect.stringMatching(/^EKS cluster aoscloud-dev is ACTIVE and cannot be deleted just now/),
    });
  });

  it('touches no cluster with a status it does not know', async () => {
    const world = await EksWorld.made('eks-cluster');
    world.cluster((cluster) => Object.assign(cluster, { status: 'HIBERNATING' }));
    const look = () => world.look('eks-cluster', remove, sampleRemoval({ unprotect: true }));
    expect(
      await world.mutationsOf(() =>
        expect(look()).rejects.toThrow(
          'EKS cluster aoscloud-dev has the status HIBERNATING, which this version does not know. What to do: look at it in the EKS console',
        ),
      ),
    ).toEqual([]);
  });

  it.each(['CREATING', 'UPDATING', 'ACTIVE', 'FAILED', 'PENDING'])(
    'asks for the deletion of one that is %s',
    async (status) => {
      const world = await EksWorld.made('eks-cluster');
      world.cluster((cluster) => Object.assign(cluster, { status }));
      expect((await world.look('eks-cluster', remove, sampleRemoval())).detail).toMatch(
        /is being deleted|cannot be deleted just now/,
      );
    },
  );

  it('says what to do about a protection, and lifts it in a look of its own', async () => {
    const world = await EksWorld.made('eks-cluster');
    world.cluster((cluster) => {
      cluster.deletionProtection = true;
    });
    await expect(world.look('eks-cluster', remove, sampleRemoval())).rejects.toThrow(
      'EKS cluster aoscloud-dev is protected from deletion. What to do: provision the environment with eks.deletionProtection off, then deprovision it again',
    );
    const before = world.aws.mutations.length;
    expect(await world.look('eks-cluster', remove, sampleRemoval({ unprotect: true }))).toMatchObject({
      status: 'pending',
      detail: 'EKS cluster aoscloud-dev is being unprotected',
    });
    expect(world.aws.mutations.slice(before)).toMatchObject([
      { operation: 'eks:UpdateClusterConfig', input: { name: 'aoscloud-dev', deletionProtection: false } },
    ]);
  });

  it('says what is swept, thing by thing', async () => {
    const world = await EksWorld.made('eks-connect');
    await world.remove('eks-connect', removeConnection);
    const details = new Set<string>();
    let answer = await world.look('eks-cluster', remove, sampleRemoval());
    while (answer.status === 'pending') {
      details.add(answer.detail);
      world.test.advance(answer.retryAfterSeconds);
      answer = await world.look('eks-cluster', remove, sampleRemoval(), answer);
    }
    expect(answer.detail).toBe('the EKS cluster is gone');
    const told = [...details].join('\n');
    for (const what of ['the log group', 'the cluster role', 'the nodes role']) expect(told).toContain(what);
    expect(told).toMatch(/sweeping what EKS left: /);
  });

  it('waits for a load balancer of Kubernetes never, and for what leaves by itself by name', async () => {
    const world = await EksWorld.made('eks-connect');
    await world.remove('eks-connect', removeConnection);
    const { clusterSecurityGroupId, subnetIds } = world.resources as {
      clusterSecurityGroupId: string;
      subnetIds: Record<string, string>;
    };
    const using = (description: string) =>
      world.inside((call) =>
        addNetworkInterface(call, {
          subnetId: subnetIds['subnet/eks-private/b']!,
          groupIds: [clusterSecurityGroupId],
          description,
        }),
      );
    const node = using('of an instance');
    const nameless = using('');
    await world.look('eks-cluster', remove, sampleRemoval());
    world.test.advance(1200);
    expect((await world.look('eks-cluster', remove, sampleRemoval())).detail).toMatch(
      new RegExp(
        `^sweeping what EKS left: .*group ${clusterSecurityGroupId}, used by ${node} \\(of an instance\\), ${nameless} \\(no description\\)`,
      ),
    );
    const balancer = using('ELB app/k8s-web/0123');
    await expect(world.look('eks-cluster', remove, sampleRemoval())).rejects.toThrow(
      new RegExp(
        `load balancers that Kubernetes made still use the EKS group ${clusterSecurityGroupId}: .*${balancer} \\(ELB app/k8s-web/0123\\)\\. What to do: delete them in the EC2 console, then deprovision again`,
      ),
    );
  });
});
