import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  PutRetentionPolicyCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { CreateLaunchTemplateCommand, EC2Client } from '@aws-sdk/client-ec2';
import { DeleteClusterCommand, DeleteNodegroupCommand, EKSClient } from '@aws-sdk/client-eks';
import { CreateRoleCommand, IAMClient, UpdateAssumeRolePolicyCommand } from '@aws-sdk/client-iam';
import { describe, expect, it } from 'vitest';
import { AwsFault } from '#embedded/model.ts';
import { addNetworkInterface } from '#embedded/services/ec2/network-interfaces.ts';
import { ec2State } from '#embedded/services/ec2/state.ts';
import { eksState } from '#embedded/services/eks/state.ts';
import { iamState } from '#embedded/services/iam/state.ts';
import { ensure } from '#functions/eks-cluster/ensure.ts';
import { remove } from '#functions/eks-cluster/remove.ts';
import { client } from '#lib/aws/clients.ts';
import { EksWorld } from '../../lib/eks/world.ts';
import { samplePlan } from '../../support/plan.ts';

describe('the control plane', () => {
  it('is made private, on six subnets, with its roles and a log group that expires', async () => {
    const world = await EksWorld.made();
    const { answer, looks } = await world.ensure('eks-cluster');

    expect(answer).toMatchObject({
      status: 'ready',
      resources: {
        clusterName: 'aoscloud-dev',
        clusterSecurityGroupId: expect.stringMatching(/^sg-/),
        oidcIssuer: expect.stringMatching(/^https:/),
      },
    });
    expect(looks).toBeLessThan(80);
    world.cluster((cluster) =>
      expect(cluster).toMatchObject({
        endpointPrivateAccess: true,
        endpointPublicAccess: false,
        authenticationMode: 'API',
        supportType: 'STANDARD',
        selfManagedAddons: false,
        subnetIds: expect.objectContaining({ length: 6 }),
      }),
    );
    expect(world.inventory()).toMatchObject({
      'iam:role': [
        'aoscloud-eu-central-1-dev-efs-csi',
        'aoscloud-eu-central-1-dev-eks-cluster',
        'aoscloud-eu-central-1-dev-eks-nodes',
      ],
      'logs:log-group': ['/aws/eks/aoscloud-dev/cluster'],
      'ec2:launch-template': [expect.stringMatching(/^lt-/)],
    });
  });

  it('is not asked for while a launch template of its nodes’ name is not of the environment', async () => {
    const world = await EksWorld.made();
    await client(EC2Client, world.plan).send(
      new CreateLaunchTemplateCommand({ LaunchTemplateName: 'aoscloud-dev-nodes', LaunchTemplateData: {} }),
    );
    world.test.advance(60);
    await expect(world.ensure('eks-cluster')).rejects.toMatchObject({
      name: 'NotOurResourceError',
      message: expect.stringContaining('launch template aoscloud-dev-nodes exists'),
    });
  });

  it('gets back a launch template that somebody deleted', async () => {
    const world = await EksWorld.made('eks-cluster');
    world.inside((call) => {
      ec2State(call).launchTemplates = {};
    });
    expect(await world.mutationsOf(() => world.ensure('eks-cluster', { execution: 'run-2' }))).toEqual([
      'ec2:CreateLaunchTemplate',
    ]);
  });

  it('starts with a version out of standard support where the request says so, as EKS refuses it otherwise', async () => {
    const eks = { ...samplePlan().eks, version: '1.33' };
    const standard = await EksWorld.made(undefined, { eks });
    await expect(standard.ensure('eks-cluster')).rejects.toThrow('is in extended support');
    const extended = await EksWorld.made('eks-cluster', { eks: { ...eks, supportType: 'extended' } });
    extended.cluster((cluster) =>
      expect(cluster).toMatchObject({ version: '1.33', supportType: 'EXTENDED' }),
    );
  });

  it('brings the support type of a cluster that stands to what the request says', async () => {
    const world = await EksWorld.made('eks-cluster');
    const eks = { ...world.plan.eks, supportType: 'extended' as const };
    await world.ensure('eks-cluster', { eks });
    world.cluster((cluster) => expect(cluster.supportType).toBe('EXTENDED'));
  });

  it('counts as requested only once EKS has accepted it', async () => {
    const world = await EksWorld.made();
    let answer = await world.look('eks-cluster', ensure, world.plan);
    expect(answer).toMatchObject({ status: 'pending', requested: false });
    while (!answer.requested) {
      world.test.advance(answer.retryAfterSeconds);
      answer = await world.look('eks-cluster', ensure, world.plan, answer);
    }
    expect(answer.retryAfterSeconds).toBeGreaterThan(400);
    expect(world.inventory()['eks:cluster']).toEqual(['aoscloud-dev']);
  });

  it('changes nothing when all is in place', async () => {
    const world = await EksWorld.made('eks-cluster');
    expect(await world.mutationsOf(() => world.ensure('eks-cluster', { execution: 'run-2' }))).toEqual([]);
  });

  it.each(['eks:CreateCluster', 'iam:CreateRole', 'logs:CreateLogGroup', 'ec2:CreateLaunchTemplate'])(
    'is made once when the answer of %s is lost',
    async (operation) => {
      const world = await EksWorld.made();
      world.once(operation, { kind: 'answer-lost' });
      await world.ensure('eks-cluster');
      expect(world.inventory()['eks:cluster']).toEqual(['aoscloud-dev']);
      expect(world.inventory()['iam:role']).toHaveLength(3);
      expect(world.inventory()['ec2:launch-template']).toHaveLength(1);
    },
  );

  it('refuses a cluster of that name without the tags of the environment', async () => {
    const world = await EksWorld.made('eks-cluster');
    world.cluster((cluster) => {
      cluster.tags = { team: 'someone-else' };
    });
    await expect(world.ensure('eks-cluster')).rejects.toMatchObject({ name: 'NotOurResourceError' });
  });

  it('refuses a role of that name without the tags of the environment', async () => {
    const world = await EksWorld.made();
    await client(IAMClient, world.plan).send(
      new CreateRoleCommand({
        RoleName: 'aoscloud-eu-central-1-dev-eks-nodes',
        AssumeRolePolicyDocument: JSON.stringify({
          Statement: {
            Effect: 'Allow',
            Principal: { Service: 'ec2.amazonaws.com' },
            Action: 'sts:AssumeRole',
          },
        }),
      }),
    );
    world.test.advance(10);
    await expect(world.ensure('eks-cluster')).rejects.toMatchObject({ name: 'NotOurResourceError' });
    expect(world.inventory()['eks:cluster']).toBeUndefined();
  });

  it.each<Record<string, string>>([{ of: 'an earlier cluster' }, { owner: 'audit' }])(
    "writes into somebody else's log group (tags %o) and leaves it as it is, through the removal too",
    async (tags) => {
      const world = await EksWorld.made();
      const logGroupName = '/aws/eks/aoscloud-dev/cluster';
      const logs = client(CloudWatchLogsClient, world.plan);
      await logs.send(new CreateLogGroupCommand({ logGroupName, tags }));
      await logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 3653 }));
      world.test.advance(60);
      const made = await world.mutationsOf(async () => {
        await world.ensure('eks-cluster');
        await world.remove('eks-cluster', remove, { createdBy: 'run-1' });
        await world.remove('eks-cluster', remove);
      });
      expect(made.filter((operation) => operation.startsWith('logs:'))).toEqual([]);
      expect(world.inventory()['logs:log-group']).toEqual([logGroupName]);
    },
  );

  it('takes away what a cluster deleted by hand left: its group, the rules and endpoints that name it, its issuer', async () => {
    const world = await EksWorld.made('eks-endpoints');
    const { clusterSecurityGroupId: old } = world.resources;
    const eks = client(EKSClient, world.plan);
    await eks.send(
      new DeleteNodegroupCommand({ clusterName: 'aoscloud-dev', nodegroupName: 'aoscloud-dev-nodes' }),
    );
    world.test.advance(600);
    await eks.send(new DeleteClusterCommand({ name: 'aoscloud-dev' }));
    world.test.advance(1200);
    expect(world.inventory()['ec2:security-group']).toContain(old);

    const { answer } = await world.ensure('eks-cluster', { execution: 'run-2' });
    expect(answer.status).toBe('ready');
    expect(world.inventory()['ec2:security-group']).not.toContain(old);
    expect(world.inventory()['iam:oidc-provider']).toBeUndefined();
    world.inside((call) => {
      const { securityGroupRules, vpcEndpoints } = ec2State(call);
      expect(Object.values(securityGroupRules).filter((rule) => rule.referencedGroupId === old)).toEqual([]);
      expect(Object.values(vpcEndpoints).filter(({ groupIds }) => groupIds.includes(old!))).toEqual([]);
    });
  });

  it('starts without waiting for ever for a group that something of somebody else uses', async () => {
    const world = await EksWorld.made('eks-cluster');
    const { clusterSecurityGroupId: old } = world.resources;
    world.inside((call) => {
      addNetworkInterface(call, {
        subnetId: world.resources.subnetIds!['subnet/eks-private/a']!,
        groupIds: [old!],
        description: 'theirs',
      });
    });
    await client(EKSClient, world.plan).send(new DeleteClusterCommand({ name: 'aoscloud-dev' }));
    world.test.advance(1200);
    expect((await world.ensure('eks-cluster', { execution: 'run-2' })).answer.status).toBe('ready');
    expect(world.inventory()['ec2:security-group']).toContain(old);
  });

  it('waits in a brand-new account, whose service-linked role is being made, and not for ever', async () => {
    const world = await EksWorld.made();
    const linksFor = (seconds: number) =>
      world.inside((call) => {
        eksState(call).linkedRolesUsableAt = call.now + seconds * 1000;
      });
    linksFor(100);
    expect((await world.ensure('eks-cluster')).answer.status).toBe('ready');
    await world.ensure('eks-connect');
    linksFor(100);
    expect((await world.ensure('eks-nodes')).answer.status).toBe('ready');
    const other = await EksWorld.made();
    other.inside((call) => {
      eksState(call).linkedRolesUsableAt = call.now + 3_600_000;
    });
    await expect(other.ensure('eks-cluster')).rejects.toThrow('unable to assume the service-linked role');
  });

  it('restores whom its roles trust, and what is attached to them, where somebody changed it', async () => {
    const world = await EksWorld.made('eks-cluster');
    // A run that asked for the cluster itself has seen to them before.
    Object.assign(world, { plan: { ...world.plan, execution: 'run-2' } });
    const name = 'aoscloud-eu-central-1-dev-eks-nodes';
    const policy = (Service: string | string[], Action: string | string[]) =>
      JSON.stringify({
        Version: '2012-10-17',
        Statement: { Sid: 'Any', Effect: 'Allow', Action, Principal: { Service } },
      });
    const trust = (document: string) =>
      client(IAMClient, world.plan).send(
        new UpdateAssumeRolePolicyCommand({ RoleName: name, PolicyDocument: document }),
      );
    await trust(policy(['ec2.amazonaws.com'], ['sts:AssumeRole']));
    expect(await world.mutationsOf(() => world.ensure('eks-cluster'))).toEqual([]);
    await trust(policy('lambda.amazonaws.com', 'sts:AssumeRole'));
    world.inside((call) => {
      delete iamState(call).roles[name]!.attached['arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy'];
    });
    expect(await world.mutationsOf(() => world.ensure('eks-cluster'))).toEqual([
      'iam:UpdateAssumeRolePolicy',
      'iam:AttachRolePolicy',
    ]);
    world.inside((call) => expect(iamState(call).roles[name]?.trustPolicy).toContain('ec2.amazonaws.com'));
  });

  it('fails with the issue of EKS when it fails under our eyes', async () => {
    const world = await EksWorld.made();
    world.aws.inject = ({ operation }) =>
      operation === 'eks:CreateCluster' ? { kind: 'outcome-fails' } : undefined;
    await expect(world.ensure('eks-cluster')).rejects.toMatchObject({
      name: 'ResourceFailedError',
      message: expect.stringContaining('InternalFailure'),
    });
  });

  it('is made anew when an earlier run left it failed', async () => {
    const world = await EksWorld.made();
    world.aws.inject = ({ operation }) =>
      operation === 'eks:CreateCluster' ? { kind: 'outcome-fails' } : undefined;
    await expect(world.ensure('eks-cluster')).rejects.toThrow('FAILED');
    world.aws.inject = undefined;
    const { answer } = await world.ensure('eks-cluster', { execution: 'run-2' });
    expect(answer.status).toBe('ready');
    expect(world.cluster(({ tags }) => tags['aoscloud:created-by'])).toBe('run-2');
  });

  it('waits for a predecessor that is being deleted, without asking for anything', async () => {
    const world = await EksWorld.made('eks-cluster');
    world.cluster((cluster) => {
      cluster.status = 'DELETING';
    });
    expect(await world.look('eks-cluster', ensure, world.plan)).toMatchObject({
      status: 'pending',
      requested: false,
    });
  });

  it('opens and closes the API endpoint as the plan says', async () => {
    const world = await EksWorld.made('eks-cluster');
    const eks = { ...world.plan.eks, publicAccess: true, publicAccessCidrs: ['203.0.113.0/24'] };
    await world.ensure('eks-cluster', { eks });
    world.cluster((cluster) =>
      expect(cluster).toMatchObject({ endpointPublicAccess: true, publicAccessCidrs: ['203.0.113.0/24'] }),
    );
    expect(await world.mutationsOf(() => world.ensure('eks-cluster', { eks }))).toEqual([]);
    await world.ensure('eks-cluster');
    world.cluster((cluster) => expect(cluster.endpointPublicAccess).toBe(false));
  });

  it('protects and unprotects as the plan says', async () => {
    const world = await EksWorld.made('eks-cluster');
    await world.ensure('eks-cluster', { eks: { ...world.plan.eks, deletionProtection: true } });
    world.cluster((cluster) => expect(cluster.deletionProtection).toBe(true));
    await world.ensure('eks-cluster');
    world.cluster((cluster) => expect(cluster.deletionProtection).toBe(false));
  });

  it('gives up on a role that EKS still does not see after three minutes', async () => {
    const world = await EksWorld.made();
    const fault = new AwsFault('InvalidParameterException', 'Error in role params');
    world.aws.inject = ({ operation }) =>
      operation === 'eks:CreateCluster' ? { kind: 'refuse', fault } : undefined;
    const start = Date.now();
    await expect(world.ensure('eks-cluster')).rejects.toMatchObject({ name: 'AwsRefusedError' });
    expect((Date.now() - start) / 1000).toBeLessThan(240);
  });

  it('takes a status it does not know for a failure', async () => {
    const world = await EksWorld.made('eks-cluster');
    world.cluster((cluster) => {
      (cluster as { status: string }).status = 'HIBERNATING';
    });
    await expect(world.ensure('eks-cluster')).rejects.toMatchObject({ name: 'ResourceFailedError' });
  });
});

describe('an upgrade of the control plane', () => {
  const old = { eks: { ...samplePlan().eks, version: '1.34' } };
  const next = { eks: { ...samplePlan().eks, version: '1.35' }, execution: 'run-2' };

  it('is asked for once, by one minor version, and followed by its id', async () => {
    const world = await EksWorld.made('eks-nodes', old);
    const calls = await world.mutationsOf(() => world.ensure('eks-cluster', next));
    expect(calls).toEqual(['eks:UpdateClusterVersion']);
    world.cluster(({ version, status }) => expect([version, status]).toEqual(['1.35', 'ACTIVE']));
    expect(await world.mutationsOf(() => world.ensure('eks-cluster', next))).toEqual([]);
  });

  it('is waited for by whoever did not ask for it', async () => {
    const world = await EksWorld.made('eks-nodes', old);
    await world.look('eks-cluster', ensure, { ...world.plan, ...next });
    world.test.advance(30);
    expect(await world.mutationsOf(() => world.ensure('eks-cluster', next))).toEqual([]);
    world.cluster(({ version }) => expect(version).toBe('1.35'));
  });

  it('comes after the settings, and before standard support where only the new version has it', async () => {
    const world = await EksWorld.made('eks-nodes', {
      eks: { ...samplePlan().eks, version: '1.33', supportType: 'extended' },
    });
    const calls: unknown[] = [];
    const { length } = world.aws.mutations;
    await world.ensure('eks-cluster', {
      eks: { ...samplePlan().eks, version: '1.34', supportType: 'standard', deletionProtection: true },
      execution: 'run-2',
    });
    for (const { operation, input } of world.aws.mutations.slice(length))
      calls.push([operation, input.deletionProtection ?? input.version ?? input.upgradePolicy]);
    expect(calls).toEqual([
      ['eks:UpdateClusterConfig', true],
      ['eks:UpdateClusterVersion', '1.34'],
      ['eks:UpdateClusterConfig', { supportType: 'STANDARD' }],
    ]);
  });

  it('that EKS ends as failed fails by name, with what EKS says and what to do', async () => {
    const world = await EksWorld.made('eks-nodes', old);
    world.once('eks:UpdateClusterVersion', { kind: 'outcome-fails' });
    await expect(world.ensure('eks-cluster', next)).rejects.toMatchObject({
      name: 'ResourceFailedError',
      message: expect.stringMatching(
        /EKS ended its update \(VersionUpdate\) as Failed: IpNotAvailable .*What to do: free addresses/,
      ),
    });
    world.cluster(({ version }) => expect(version).toBe('1.34'));
    await world.ensure('eks-cluster', { ...next, execution: 'run-3' });
    world.cluster(({ version }) => expect(version).toBe('1.35'));
  });

  it('that an insight has come to block since is refused with where to look', async () => {
    const world = await EksWorld.made('eks-nodes', old);
    world.cluster((cluster) => {
      const said = { name: 'Kubelet version skew', reason: 'old', recommendation: 'Upgrade.' };
      cluster.insights = [{ id: '1', kubernetesVersion: '1.35', status: 'ERROR', ...said }];
    });
    await expect(world.ensure('eks-cluster', next)).rejects.toMatchObject({
      name: 'AwsRefusedError',
      message: expect.stringMatching(
        /eks:UpdateClusterVersion was refused with InvalidState: Upgrade readiness issues.*Upgrade insights/,
      ),
    });
  });
});
