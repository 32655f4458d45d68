import {
  CreateClusterCommand,
  type CreateClusterCommandInput,
  DescribeClusterCommand,
  DescribeClusterVersionsCommand,
  ListAccessEntriesCommand,
  ListClustersCommand,
  ListFargateProfilesCommand,
} from '@aws-sdk/client-eks';
import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  DeleteRoleCommand,
  DetachRolePolicyCommand,
  IAMClient,
} from '@aws-sdk/client-iam';
import { describe, expect, test } from 'vitest';
import { setLimit } from '#embedded/limits.ts';
import { ec2State } from '#embedded/services/ec2/state.ts';
import { logGroupExists } from '#embedded/services/logs.ts';
import { client } from '#lib/aws/clients.ts';
import { classify } from '#lib/aws/errors.ts';
import {
  account,
  activeCluster,
  type ClusterWorld,
  clusterInput,
  interfaceDescriptions,
  region,
  world,
} from './arrange.ts';

const create = (it: ClusterWorld, changes: Partial<CreateClusterCommandInput> = {}) =>
  it.eks.send(new CreateClusterCommand(clusterInput(it.network, changes)));

const groupsOf = (it: ClusterWorld) =>
  it.aws.inspect(region, (call) =>
    Object.values(ec2State(call).securityGroups).filter((group) => group.name !== 'default'),
  );

describe('how a cluster comes up', () => {
  test('security group and interfaces appear before the control plane does', async () => {
    const it = world();
    const { cluster } = await create(it);
    expect(cluster).toMatchObject({ status: 'CREATING', resourcesVpcConfig: { vpcId: it.network.vpcId } });
    expect(cluster?.resourcesVpcConfig?.clusterSecurityGroupId).toBeUndefined();
    expect(groupsOf(it)).toEqual([]);
    it.advance(45);
    const soon = await it.describe();
    const [group] = groupsOf(it);
    expect(soon.status).toBe('CREATING');
    expect(soon.endpoint).toBeUndefined();
    expect(soon.identity).toBeUndefined();
    expect(soon.resourcesVpcConfig?.clusterSecurityGroupId).toBe(group?.id);
    expect(group?.name).toMatch(/^eks-cluster-sg-aoscloud-dev-\d+$/);
    expect(group?.tags).toMatchObject({
      'kubernetes.io/cluster/aoscloud-dev': 'owned',
      'aws:eks:cluster-name': 'aoscloud-dev',
    });
    expect(group?.tags).not.toHaveProperty('aoscloud:environment');
    const descriptions = interfaceDescriptions(it.aws, it.network.vpcId);
    expect(descriptions.filter((text) => text === 'Amazon EKS aoscloud-dev')).toHaveLength(3);
  });

  test('it is ACTIVE after nine and a half to twelve minutes, with endpoint and issuer', async () => {
    const it = world();
    await create(it);
    it.advance(569);
    expect((await it.describe()).status).toBe('CREATING');
    it.advance(151);
    const cluster = await it.describe();
    expect(cluster.status).toBe('ACTIVE');
    expect(cluster.endpoint).toMatch(/^https:\/\/.+\.eks\.amazonaws\.com$/);
    expect(cluster.identity?.oidc?.issuer).toMatch(
      /^https:\/\/oidc\.eks\.eu-central-1\.amazonaws\.com\/id\//,
    );
    expect(cluster.accessConfig).toEqual({ authenticationMode: 'API' });
    expect((await it.eks.send(new ListClustersCommand({}))).clusters).toEqual(['aoscloud-dev']);
    expect(it.aws.inventory(region)).toMatchObject({ 'eks:cluster': ['aoscloud-dev'] });
    const profiles = await it.eks.send(new ListFargateProfilesCommand({ clusterName: 'aoscloud-dev' }));
    expect(profiles.fargateProfileNames).toEqual([]);
  });

  test('one that is to fail ends as FAILED and says why', async () => {
    const it = world({ inject: () => ({ kind: 'outcome-fails' }) });
    await create(it);
    it.advance(420);
    const cluster = await it.describe();
    expect(cluster.status).toBe('FAILED');
    expect(cluster.health?.issues).toMatchObject([{ code: 'InternalFailure' }]);
  });

  test('it fails when its role goes meanwhile', async () => {
    const it = world();
    await create(it);
    const iam = client(IAMClient, { region });
    const role = { RoleName: 'cluster' };
    const PolicyArn = 'arn:aws:iam::aws:policy/AmazonEKSClusterPolicy';
    await iam.send(new DetachRolePolicyCommand({ ...role, PolicyArn }));
    await iam.send(new DeleteRoleCommand(role));
    it.advance(720);
    expect((await it.describe()).health?.issues).toMatchObject([{ code: 'IamRoleNotFound' }]);
  });

  test('with logging on EKS makes the log group it lacks', async () => {
    const it = world();
    await create(it, { logging: { clusterLogging: [{ types: ['api', 'audit'], enabled: true }] } });
    it.advance(45);
    const cluster = await it.describe();
    expect(cluster.logging?.clusterLogging).toEqual([
      { types: ['api', 'audit'], enabled: true },
      { types: ['authenticator', 'controllerManager', 'scheduler'], enabled: false },
    ]);
    const made = it.aws.inspect(region, (call) => logGroupExists(call, '/aws/eks/aoscloud-dev/cluster'));
    expect(made).toBe(true);
  });

  test('the defaults are the ones that bite', async () => {
    const it = world();
    const { cluster } = await it.eks.send(
      new CreateClusterCommand({
        name: 'plain',
        roleArn: clusterInput(it.network).roleArn,
        resourcesVpcConfig: { subnetIds: [...it.network.privateSubnetIds] },
      }),
    );
    expect(cluster).toMatchObject({
      version: '1.35',
      resourcesVpcConfig: {
        endpointPublicAccess: true,
        endpointPrivateAccess: false,
        publicAccessCidrs: ['0.0.0.0/0'],
      },
      kubernetesNetworkConfig: { serviceIpv4Cidr: '172.20.0.0/16' },
      accessConfig: { authenticationMode: 'CONFIG_MAP' },
      upgradePolicy: { supportType: 'EXTENDED' },
    });
  });

  test('the creator becomes administrator unless told otherwise', async () => {
    const accessConfig = { authenticationMode: 'API' as const };
    const it = await activeCluster({ accessConfig });
    const entries = await it.eks.send(new ListAccessEntriesCommand({ clusterName: 'aoscloud-dev' }));
    expect(entries.accessEntries).toEqual([`arn:aws:iam::${account}:user/embedded`]);
  });
});

describe('what is refused', () => {
  test('a second cluster of that name, but not the same request again', async () => {
    const it = world();
    const clientRequestToken = 'token-1';
    await create(it, { clientRequestToken });
    expect((await create(it, { clientRequestToken })).cluster?.status).toBe('CREATING');
    await expect(create(it, { clientRequestToken: 'token-2' })).rejects.toMatchObject({
      name: 'ResourceInUseException',
      message: 'Cluster already exists with name: aoscloud-dev',
      operation: 'eks:CreateCluster',
    });
  });

  test('a role that is too new, in words that mean not yet', async () => {
    const it = world();
    const iam = client(IAMClient, { region });
    const trust = {
      Statement: [{ Effect: 'Allow', Principal: { Service: 'eks.amazonaws.com' }, Action: 'sts:AssumeRole' }],
    };
    await iam.send(
      new CreateRoleCommand({ RoleName: 'new', AssumeRolePolicyDocument: JSON.stringify(trust) }),
    );
    const roleArn = `arn:aws:iam::${account}:role/new`;
    const attempt = () =>
      create(it, { roleArn }).then(
        () => 'accepted',
        (error: Error) => error,
      );
    const tooNew = await attempt();
    expect(tooNew).toMatchObject({ name: 'InvalidParameterException' });
    expect((tooNew as Error).message).toContain('could not be assumed because it does not exist');
    expect(classify(tooNew)).toBe('pending');
    it.advance(10);
    const withoutPolicy = await attempt();
    expect((withoutPolicy as Error).message).toContain("doesn't have the Amazon EKS Managed Policies");
    expect(classify(withoutPolicy)).toBe('pending');
    const PolicyArn = 'arn:aws:iam::aws:policy/AmazonEKSClusterPolicy';
    await iam.send(new AttachRolePolicyCommand({ RoleName: 'new', PolicyArn }));
    it.advance(5);
    expect(await attempt()).toBe('accepted');
  });

  test.each<[string, Partial<CreateClusterCommandInput>, string]>([
    ['a version out of support', { version: '1.30' }, 'unsupported Kubernetes version'],
    ['extended support under a standard policy', { version: '1.33' }, 'extended support'],
    [
      'services within the VPC',
      { kubernetesNetworkConfig: { serviceIpv4Cidr: '10.231.0.0/18' } },
      'overlaps with the CIDR of the VPC',
    ],
    [
      'services outside private space',
      { kubernetesNetworkConfig: { serviceIpv4Cidr: '8.8.0.0/16' } },
      'is invalid',
    ],
    [
      'no endpoint at all',
      {
        resourcesVpcConfig: {
          subnetIds: [],
          endpointPublicAccess: false,
          endpointPrivateAccess: false,
        },
      },
      'cannot be false',
    ],
    ['a name with a dot', { name: 'a.b' }, 'is invalid'],
    ['a reserved tag', { tags: { 'aws:x': 'y' } }, 'Invalid tag'],
  ])('%s', async (_what, changes, message) => {
    const it = world();
    const { resourcesVpcConfig } = clusterInput(it.network);
    const network = changes.resourcesVpcConfig
      ? { resourcesVpcConfig: { ...changes.resourcesVpcConfig, subnetIds: resourcesVpcConfig!.subnetIds } }
      : {};
    const refused = create(it, { ...changes, ...network });
    await expect(refused).rejects.toMatchObject({ name: 'InvalidParameterException' });
    await expect(refused).rejects.toThrow(message);
  });

  test('private blocks before the public endpoint', async () => {
    const it = world();
    const resourcesVpcConfig = {
      ...clusterInput(it.network).resourcesVpcConfig,
      endpointPublicAccess: true,
      publicAccessCidrs: ['203.0.113.0/24', '10.0.0.0/8'],
    };
    await expect(create(it, { resourcesVpcConfig })).rejects.toThrow('publicAccessCidrs: [10.0.0.0/8]');
  });

  test('subnets of one zone only, and subnets that are not there', async () => {
    const it = world();
    const one = [it.network.privateSubnetIds[0]!, it.network.publicSubnetIds[0]!];
    await expect(
      create(it, { resourcesVpcConfig: { subnetIds: one, endpointPrivateAccess: true } }),
    ).rejects.toThrow('at least two different AZs');
    await expect(create(it, { resourcesVpcConfig: { subnetIds: ['subnet-0'] } })).rejects.toThrow(
      'InvalidSubnetID.NotFound',
    );
  });

  test('a zone in which EKS places no control plane', async () => {
    const it = world();
    it.aws.inspect(region, (call) => {
      const { subnets } = ec2State(call);
      const id = it.network.privateSubnetIds[2]!;
      subnets[id] = { ...subnets[id]!, zoneId: 'use1-az3', zoneName: 'us-east-1e' };
    });
    await expect(create(it)).rejects.toMatchObject({
      name: 'UnsupportedAvailabilityZoneException',
      validZones: ['eu-central-1a', 'eu-central-1b', 'eu-central-1c'],
    });
  });

  test('more clusters than the account may have', async () => {
    const it = world();
    it.aws.inspect(region, (call) => setLimit(call, 'L-1194D53C', 0));
    await expect(create(it)).rejects.toMatchObject({ name: 'ResourceLimitExceededException' });
  });

  test('a cluster that is not there', async () => {
    const it = world();
    await expect(it.eks.send(new DescribeClusterCommand({ name: 'none' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'No cluster found for name: none.',
    });
  });
});

test('versions are listed with their support and its end', async () => {
  const it = world();
  const answer = await it.eks.send(new DescribeClusterVersionsCommand({ versionStatus: 'STANDARD_SUPPORT' }));
  expect(answer.clusterVersions?.map((one) => one.clusterVersion)).toEqual(['1.36', '1.35', '1.34']);
  expect(answer.clusterVersions?.[2]?.endOfStandardSupportDate).toEqual(new Date('2026-12-02'));
  const all = await it.eks.send(new DescribeClusterVersionsCommand({}));
  expect(all.clusterVersions?.map((one) => one.clusterVersion)).toEqual([
    '1.36',
    '1.35',
    '1.34',
    '1.33',
    '1.32',
    '1.31',
  ]);
  const [preferred] =
    (await it.eks.send(new DescribeClusterVersionsCommand({ defaultOnly: true }))).clusterVersions ?? [];
  expect(preferred).toMatchObject({ clusterVersion: '1.35', defaultVersion: true });
});
