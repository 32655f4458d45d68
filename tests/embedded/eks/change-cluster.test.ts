import { CloudWatchLogsClient, DeleteLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  CreateClusterCommand,
  CreateNodegroupCommand,
  DeleteClusterCommand,
  DescribeUpdateCommand,
  ListTagsForResourceCommand,
  TagResourceCommand,
  UpdateClusterConfigCommand,
} from '@aws-sdk/client-eks';
import { DeleteRoleCommand, DetachRolePolicyCommand, IAMClient } from '@aws-sdk/client-iam';
import { describe, expect, test } from 'vitest';
import { removeNetworkInterface } from '#embedded/services/ec2/network-interfaces.ts';
import { ec2State } from '#embedded/services/ec2/state.ts';
import { logGroupExists } from '#embedded/services/logs.ts';
import { client } from '#lib/aws/clients.ts';
import { classify } from '#lib/aws/errors.ts';
import {
  activeCluster,
  allowAll,
  type ClusterWorld,
  clusterInput,
  interfaceDescriptions,
  nodeRole,
  region,
  world,
} from './arrange.ts';

const name = 'aoscloud-dev';
const remove = (it: ClusterWorld) => it.eks.send(new DeleteClusterCommand({ name }));
const eksInterfaces = (it: ClusterWorld) =>
  interfaceDescriptions(it.aws, it.network.vpcId).filter((text) => text.startsWith('Amazon EKS'));
const groupExists = (it: ClusterWorld, id: string) =>
  it.aws.inspect(region, (call) => id in ec2State(call).securityGroups);
const isGone = { name: 'ResourceNotFoundException' };

describe('deletion', () => {
  test('takes eight to twelve minutes, and EKS takes its group and interfaces along', async () => {
    const it = await activeCluster();
    expect(groupExists(it, it.clusterGroupId)).toBe(true);
    await remove(it);
    it.advance(479);
    expect((await it.describe()).status).toBe('DELETING');
    await remove(it);
    it.advance(241);
    await expect(it.describe()).rejects.toMatchObject(isGone);
    expect(eksInterfaces(it)).toEqual([]);
    expect(groupExists(it, it.clusterGroupId)).toBe(false);
  });

  test('leaves the group behind where another group refers to it', async () => {
    const it = await activeCluster();
    allowAll(it.aws, it.network.defaultGroupId, it.clusterGroupId);
    await remove(it);
    it.advance(720);
    await expect(it.describe()).rejects.toMatchObject(isGone);
    expect(groupExists(it, it.clusterGroupId)).toBe(true);
  });

  test('leaves the group behind where an endpoint carries it', async () => {
    const it = await activeCluster();
    it.aws.inspect(region, (call) => {
      ec2State(call).vpcEndpoints[it.network.endpointIds[0]!]!.groupIds.push(it.clusterGroupId);
    });
    await remove(it);
    it.advance(720);
    await expect(it.describe()).rejects.toMatchObject(isGone);
    expect(groupExists(it, it.clusterGroupId)).toBe(true);
  });

  test('a rule of its own group about another does not keep it', async () => {
    const it = await activeCluster();
    allowAll(it.aws, it.clusterGroupId, it.network.defaultGroupId);
    await remove(it);
    it.advance(720);
    await expect(it.describe()).rejects.toMatchObject(isGone);
    expect(groupExists(it, it.clusterGroupId)).toBe(false);
  });

  test('without its role EKS leaves interfaces and group, which anybody may then delete', async () => {
    const it = await activeCluster();
    await remove(it);
    const iam = client(IAMClient, { region });
    const PolicyArn = 'arn:aws:iam::aws:policy/AmazonEKSClusterPolicy';
    await iam.send(new DetachRolePolicyCommand({ RoleName: 'cluster', PolicyArn }));
    await iam.send(new DeleteRoleCommand({ RoleName: 'cluster' }));
    it.advance(720);
    await expect(it.describe()).rejects.toMatchObject(isGone);
    expect(eksInterfaces(it)).toHaveLength(3);
    expect(groupExists(it, it.clusterGroupId)).toBe(true);
    it.aws.inspect(region, (call) => {
      for (const left of Object.values(ec2State(call).networkInterfaces)) {
        if (!left.description.startsWith('Amazon EKS')) continue;
        expect(left.attachment).toBeUndefined();
        removeNetworkInterface(call, left.id);
      }
    });
  });

  test('is refused while node groups hang on the cluster', async () => {
    const it = await activeCluster();
    await it.eks.send(
      new CreateNodegroupCommand({
        clusterName: name,
        nodegroupName: 'nodes',
        nodeRole,
        subnets: [...it.network.privateSubnetIds],
      }),
    );
    const refused = await remove(it).catch((error: unknown) => error);
    expect(refused).toMatchObject({
      name: 'ResourceInUseException',
      message: 'Cluster has nodegroups attached',
    });
    expect(classify(refused)).toBe('pending');
  });

  test('is refused under deletion protection once the cluster was ACTIVE', async () => {
    const it = await activeCluster({ deletionProtection: true });
    await expect(remove(it)).rejects.toMatchObject({ name: 'InvalidRequestException' });
    await it.eks.send(new UpdateClusterConfigCommand({ name, deletionProtection: false }));
    it.advance(10);
    await remove(it);
  });

  test('a cluster that is being created can be deleted, and leaves nothing', async () => {
    const it = world();
    await it.eks.send(new CreateClusterCommand(clusterInput(it.network, { deletionProtection: true })));
    it.advance(60);
    await remove(it);
    it.advance(720);
    await expect(it.describe()).rejects.toMatchObject(isGone);
    expect(eksInterfaces(it)).toEqual([]);
  });

  test('a successor of the same name is not touched by what its predecessor had under way', async () => {
    const it = world();
    await it.eks.send(new CreateClusterCommand(clusterInput(it.network)));
    await remove(it);
    it.advance(540);
    await it.describe().catch(() => undefined);
    it.advance(180);
    await expect(it.describe()).rejects.toMatchObject(isGone);
    await it.eks.send(new CreateClusterCommand(clusterInput(it.network)));
    it.advance(60);
    expect((await it.describe()).status).toBe('CREATING');
  });

  test('a late write makes the log group anew', async () => {
    const logging = { clusterLogging: [{ types: ['api' as const], enabled: true }] };
    const it = await activeCluster({ logging });
    const logGroupName = `/aws/eks/${name}/cluster`;
    await remove(it);
    await client(CloudWatchLogsClient, { region }).send(new DeleteLogGroupCommand({ logGroupName }));
    it.advance(720);
    await expect(it.describe()).rejects.toMatchObject(isGone);
    expect(it.aws.inspect(region, (call) => logGroupExists(call, logGroupName))).toBe(true);
  });
});

describe('updates', () => {
  const openUp = {
    resourcesVpcConfig: { endpointPublicAccess: true, publicAccessCidrs: ['203.0.113.0/24'] },
  };

  test('one is under way at a time, and nothing else meanwhile', async () => {
    const it = await activeCluster();
    const { update } = await it.eks.send(new UpdateClusterConfigCommand({ name, ...openUp }));
    expect(update).toMatchObject({ status: 'InProgress', type: 'EndpointAccessUpdate' });
    expect((await it.describe()).status).toBe('UPDATING');
    const busy = { name: 'ResourceInUseException' };
    const second = new UpdateClusterConfigCommand({ name, deletionProtection: true });
    await expect(it.eks.send(second)).rejects.toMatchObject(busy);
    await expect(remove(it)).rejects.toMatchObject(busy);
    const nodes = await it.eks
      .send(
        new CreateNodegroupCommand({
          clusterName: name,
          nodegroupName: 'nodes',
          nodeRole,
          subnets: [...it.network.privateSubnetIds],
        }),
      )
      .catch((error: unknown) => error);
    expect(nodes).toMatchObject({
      name: 'InvalidRequestException',
      message: "Cluster 'aoscloud-dev' is not in ACTIVE status",
    });
    it.advance(180);
    const done = await it.eks.send(new DescribeUpdateCommand({ name, updateId: update?.id }));
    expect(done.update?.status).toBe('Successful');
    expect(await it.describe()).toMatchObject({
      status: 'ACTIVE',
      resourcesVpcConfig: {
        endpointPublicAccess: true,
        endpointPrivateAccess: true,
        publicAccessCidrs: ['203.0.113.0/24'],
      },
    });
  });

  test('nothing to change is an error', async () => {
    const it = await activeCluster();
    await expect(
      it.eks.send(
        new UpdateClusterConfigCommand({ name, resourcesVpcConfig: { endpointPrivateAccess: true } }),
      ),
    ).rejects.toThrow('already at the desired configuration');
  });

  test('two kinds of change in one call are an error', async () => {
    const it = await activeCluster();
    await expect(
      it.eks.send(new UpdateClusterConfigCommand({ name, ...openUp, deletionProtection: true })),
    ).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });

  test('the authentication mode never goes back', async () => {
    const it = await activeCluster();
    await expect(
      it.eks.send(
        new UpdateClusterConfigCommand({ name, accessConfig: { authenticationMode: 'CONFIG_MAP' } }),
      ),
    ).rejects.toThrow('Unsupported authentication mode update');
  });
});

test('tags are read and added to by ARN', async () => {
  const it = await activeCluster();
  const resourceArn = (await it.describe()).arn;
  await it.eks.send(new TagResourceCommand({ resourceArn, tags: { team: 'a' } }));
  const { tags } = await it.eks.send(new ListTagsForResourceCommand({ resourceArn }));
  expect(tags).toEqual({ 'aoscloud:environment': 'dev', team: 'a' });
});
