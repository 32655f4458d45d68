import {
  CreateAddonCommand,
  CreateNodegroupCommand,
  type CreateNodegroupCommandInput,
  DeleteNodegroupCommand,
  DescribeAddonCommand,
  DescribeNodegroupCommand,
  DescribeUpdateCommand,
  ListAccessEntriesCommand,
  ListNodegroupsCommand,
  UpdateNodegroupConfigCommand,
} from '@aws-sdk/client-eks';
import { IAMClient, ListInstanceProfilesForRoleCommand } from '@aws-sdk/client-iam';
import { describe, expect, test } from 'vitest';
import { addNetworkInterface } from '#embedded/services/ec2/network-interfaces.ts';
import { ec2State } from '#embedded/services/ec2/state.ts';
import { leakPodInterfaces } from '#embedded/services/eks/index.ts';
import { iamState } from '#embedded/services/iam/state.ts';
import { client } from '#lib/aws/clients.ts';
import {
  account,
  activeCluster,
  allowAll,
  type ClusterWorld,
  interfaceDescriptions,
  nodeRole,
  region,
} from './arrange.ts';

const clusterName = 'aoscloud-dev';
const nodegroupName = 'aoscloud-dev-nodes';
type World = Awaited<ReturnType<typeof activeCluster>>;

function create(it: ClusterWorld, changes: Partial<CreateNodegroupCommandInput> = {}) {
  return it.eks.send(
    new CreateNodegroupCommand({
      clusterName,
      nodegroupName,
      nodeRole,
      subnets: [...it.network.privateSubnetIds],
      scalingConfig: { minSize: 3, maxSize: 10, desiredSize: 3 },
      amiType: 'BOTTLEROCKET_x86_64',
      instanceTypes: ['t3a.2xlarge'],
      ...changes,
    }),
  );
}

async function look(it: ClusterWorld) {
  const answer = await it.eks.send(new DescribeNodegroupCommand({ clusterName, nodegroupName }));
  return answer.nodegroup!;
}

async function addAddons(it: ClusterWorld, addonNames: readonly string[] = ['vpc-cni', 'kube-proxy']) {
  for (const addonName of addonNames)
    await it.eks.send(new CreateAddonCommand({ clusterName, addonName, resolveConflicts: 'OVERWRITE' }));
}

/** A cluster with everything nodes need but what `without` names. */
async function readyForNodes(
  without?: 'addons' | 'rule',
  options: Parameters<typeof activeCluster>[1] = {},
): Promise<World> {
  const it = await activeCluster({}, options);
  if (without !== 'rule') allowAll(it.aws, it.network.defaultGroupId, it.clusterGroupId);
  if (without !== 'addons') await addAddons(it);
  return it;
}

const instanceCount = (it: ClusterWorld) =>
  it.aws.inspect(region, (call) => Object.keys(ec2State(call).instances).length);
const podInterfaces = (it: ClusterWorld) =>
  interfaceDescriptions(it.aws, it.network.vpcId).filter((text) => text.startsWith('aws-K8S-i-'));

describe('nodes join', () => {
  test('within three minutes, with instances and interfaces spread over the subnets', async () => {
    const it = await readyForNodes();
    await create(it);
    it.advance(89);
    expect((await look(it)).status).toBe('CREATING');
    expect(instanceCount(it)).toBe(3);
    it.advance(91);
    const nodegroup = await look(it);
    expect(nodegroup).toMatchObject({ status: 'ACTIVE', health: { issues: [] }, version: '1.35' });
    expect(nodegroup.resources?.autoScalingGroups?.[0]?.name).toMatch(/^eks-aoscloud-dev-nodes-/);
    expect(podInterfaces(it)).toHaveLength(3);
    const zones = it.aws.inspect(region, (call) =>
      Object.values(ec2State(call).instances).map((instance) => instance.subnetId),
    );
    expect(new Set(zones).size).toBe(3);
    expect((await it.eks.send(new ListNodegroupsCommand({ clusterName }))).nodegroups).toEqual([
      nodegroupName,
    ]);
  });

  test('when what they lack comes before patience ends', async () => {
    const it = await readyForNodes('addons');
    await create(it);
    it.advance(600);
    expect((await look(it)).status).toBe('CREATING');
    await addAddons(it);
    it.advance(110);
    expect((await look(it)).status).toBe('ACTIVE');
  });

  test('through an endpoint that carries the cluster group itself', async () => {
    const it = await readyForNodes('rule');
    it.aws.inspect(region, (call) => {
      for (const id of it.network.endpointIds)
        ec2State(call).vpcEndpoints[id]!.groupIds.push(it.clusterGroupId);
    });
    await create(it);
    it.advance(180);
    expect((await look(it)).status).toBe('ACTIVE');
  });

  test('and are admitted to the API by an entry EKS makes', async () => {
    const it = await readyForNodes();
    await create(it);
    const { accessEntries } = await it.eks.send(new ListAccessEntriesCommand({ clusterName }));
    expect(accessEntries).toEqual([nodeRole]);
  });
});

describe('nodes never join', () => {
  async function outcome(it: ClusterWorld) {
    await create(it);
    it.advance(1190);
    expect((await look(it)).status).toBe('CREATING');
    it.advance(100);
    const { status, health } = await look(it);
    return { status, code: health?.issues?.[0]?.code, message: health?.issues?.[0]?.message };
  }
  const given = { status: 'CREATE_FAILED', code: 'NodeCreationFailure' };

  test('without vpc-cni and kube-proxy', async () => {
    const it = await readyForNodes('addons');
    expect(await outcome(it)).toMatchObject({ ...given, message: expect.stringContaining('no vpc-cni') });
  });

  test('where the endpoints do not admit the cluster group', async () => {
    const it = await readyForNodes('rule');
    expect(await outcome(it)).toMatchObject({
      ...given,
      message: expect.stringContaining('endpoints do not admit the nodes'),
    });
  });

  test('without a way out of their subnets', async () => {
    const it = await readyForNodes();
    it.aws.inspect(region, (call) => {
      for (const gateway of Object.values(ec2State(call).natGateways)) gateway.state = 'pending';
    });
    expect(await outcome(it)).toMatchObject({ ...given, message: expect.stringContaining('no way out') });
  });

  test('where host names are off', async () => {
    const it = await readyForNodes();
    it.aws.inspect(region, (call) => {
      ec2State(call).vpcs[it.network.vpcId]!.enableDnsHostnames = false;
    });
    expect(await outcome(it)).toMatchObject({ ...given, message: expect.stringContaining('DNS') });
  });
});

describe('other failures', () => {
  test('one that is to fail could not launch its instances', async () => {
    const it = await readyForNodes(undefined, {
      inject: (call) => (call.operation === 'eks:CreateNodegroup' ? { kind: 'outcome-fails' } : undefined),
    });
    await create(it);
    it.advance(480);
    const { status, health } = await look(it);
    expect(status).toBe('CREATE_FAILED');
    expect(health?.issues?.[0]?.code).toBe('AsgInstanceLaunchFailures');
    expect(instanceCount(it)).toBe(0);
  });

  test('public subnets without public addresses fail at launch', async () => {
    const it = await readyForNodes();
    await create(it, { subnets: [...it.network.publicSubnetIds] });
    it.advance(40);
    expect((await look(it)).health?.issues?.[0]?.code).toBe('Ec2SubnetInvalidConfiguration');
  });

  test('a subnet without free addresses fails at launch', async () => {
    const it = await readyForNodes();
    it.aws.inspect(region, (call) => {
      const { subnets } = ec2State(call);
      const subnetId = it.network.privateSubnetIds[0]!;
      subnets[subnetId] = { ...subnets[subnetId]!, cidr: '10.231.200.0/28' };
      for (let count = 0; count < 11; count += 1)
        addNetworkInterface(call, { subnetId, groupIds: [], description: 'other' });
    });
    await create(it);
    it.advance(40);
    expect((await look(it)).health?.issues?.[0]?.code).toBe('AsgInstanceLaunchFailures');
  });

  test.each<[string, Partial<CreateNodegroupCommandInput>, string]>([
    ['a role nobody made', { nodeRole: `arn:aws:iam::${account}:role/none` }, 'nodeRole'],
    ['a role for EKS', { nodeRole: `arn:aws:iam::${account}:role/cluster` }, 'does not trust'],
    ['a template nobody made', { launchTemplate: { name: 'none' } }, 'Launch template none was not found'],
    ['more than the most', { scalingConfig: { minSize: 1, maxSize: 2, desiredSize: 3 } }, 'desired capacity'],
    ['a reserved label', { labels: { 'kubernetes.io/role': 'x' } }, 'reserved prefixes'],
  ])('%s is refused', async (_what, changes, message) => {
    const it = await activeCluster();
    const refused = create(it, changes);
    await expect(refused).rejects.toMatchObject({ name: 'InvalidParameterException' });
    await expect(refused).rejects.toThrow(message);
  });

  test('a disk size beside a launch template is refused', async () => {
    const it = await activeCluster();
    const launchTemplate = arrangeTemplate(it);
    await expect(create(it, { launchTemplate, diskSize: 50 })).rejects.toThrow('Disk size must be specified');
    const { nodegroup } = await create(it, { launchTemplate });
    expect(nodegroup?.launchTemplate).toEqual({ ...launchTemplate, name: 'nodes' });
    expect(nodegroup?.diskSize).toBeUndefined();
  });

  test('a second node group of that name is refused', async () => {
    const it = await readyForNodes();
    await create(it, { clientRequestToken: 'a' });
    await create(it, { clientRequestToken: 'a' });
    await expect(create(it, { clientRequestToken: 'b' })).rejects.toMatchObject({
      name: 'ResourceInUseException',
      message: expect.stringContaining('already exists'),
    });
  });
});

describe('deletion', () => {
  async function grown(): Promise<World> {
    const it = await readyForNodes();
    await create(it);
    it.advance(180);
    await look(it);
    return it;
  }
  const remove = (it: ClusterWorld) =>
    it.eks.send(new DeleteNodegroupCommand({ clusterName, nodegroupName }));

  test('takes the nodes, their interfaces and the profile along, and leaves the access entry', async () => {
    const it = await grown();
    await remove(it);
    it.advance(119);
    expect((await look(it)).status).toBe('DELETING');
    it.advance(181);
    await expect(look(it)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    expect(instanceCount(it)).toBe(0);
    expect(podInterfaces(it)).toEqual([]);
    const inventory = it.aws.inventory(region);
    expect(inventory['eks:nodegroup']).toBeUndefined();
    expect(inventory['eks:access-entry']).toEqual([`${clusterName}/${nodeRole}`]);
  });

  test('an entry that was made for an earlier role of that name lets no node in', async () => {
    const it = await grown();
    await remove(it);
    it.advance(300);
    it.aws.inspect(region, (call) => {
      iamState(call).roles.nodes!.id = 'AROAANEW';
    });
    await create(it);
    it.advance(1500);
    expect(await look(it)).toMatchObject({
      status: 'CREATE_FAILED',
      health: { issues: [{ code: 'NodeCreationFailure', message: expect.stringContaining('access entry') }] },
    });
  });

  test('the role is held by an instance profile until then', async () => {
    const it = await grown();
    const iam = client(IAMClient, { region });
    const profiles = () => iam.send(new ListInstanceProfilesForRoleCommand({ RoleName: 'nodes' }));
    expect((await profiles()).InstanceProfiles?.[0]?.InstanceProfileName).toMatch(/^eks-/);
    await remove(it);
    it.advance(300);
    expect((await profiles()).InstanceProfiles).toEqual([]);
  });

  test('may leave pod interfaces behind, when told to', async () => {
    const it = await grown();
    it.aws.inspect(region, (call) => leakPodInterfaces(call, true));
    await remove(it);
    it.advance(300);
    await expect(look(it)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    expect(podInterfaces(it)).toHaveLength(3);
    it.aws.inspect(region, (call) => {
      for (const one of Object.values(ec2State(call).networkInterfaces))
        if (one.description.startsWith('aws-K8S')) expect(one.attachment).toBeUndefined();
    });
  });

  test('makes coredns ill again', async () => {
    const it = await grown();
    await addAddons(it, ['coredns']);
    const coredns = async () =>
      (await it.eks.send(new DescribeAddonCommand({ clusterName, addonName: 'coredns' }))).addon?.status;
    it.advance(40);
    expect(await coredns()).toBe('ACTIVE');
    await remove(it);
    it.advance(330);
    expect(await coredns()).toBe('DEGRADED');
  });
});

test('scaling adds and takes away nodes', async () => {
  const it = await readyForNodes();
  await create(it);
  it.advance(180);
  await look(it);
  const scale = (desiredSize: number) =>
    it.eks.send(
      new UpdateNodegroupConfigCommand({
        clusterName,
        nodegroupName,
        scalingConfig: { minSize: 1, desiredSize },
      }),
    );
  const { update } = await scale(5);
  expect((await look(it)).status).toBe('UPDATING');
  await expect(scale(4)).rejects.toMatchObject({ name: 'ResourceInUseException' });
  it.advance(60);
  expect((await look(it)).scalingConfig).toEqual({ minSize: 1, maxSize: 10, desiredSize: 5 });
  expect(instanceCount(it)).toBe(5);
  expect(podInterfaces(it)).toHaveLength(5);
  const done = await it.eks.send(
    new DescribeUpdateCommand({ name: clusterName, nodegroupName, updateId: update?.id }),
  );
  expect(done.update?.status).toBe('Successful');
  await scale(2);
  it.advance(60);
  await look(it);
  expect(instanceCount(it)).toBe(2);
  expect(podInterfaces(it)).toHaveLength(2);
});

function arrangeTemplate(it: ClusterWorld): { id: string; version: string } {
  return it.aws.inspect(region, (call) => {
    const id = call.newId('lt');
    const made = { createdAt: call.now, createdBy: call.caller };
    ec2State(call).launchTemplates[id] = {
      ...made,
      id,
      tags: {},
      visibleAt: call.now,
      name: 'nodes',
      defaultVersion: 1,
      versions: [{ ...made, id: `${id}/1`, number: 1, data: {} }],
    };
    return { id, version: '1' };
  });
}
