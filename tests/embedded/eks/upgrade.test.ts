import { CreateLaunchTemplateVersionCommand, DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';
import {
  CreateNodegroupCommand,
  DescribeClusterCommand,
  DescribeInsightCommand,
  DescribeNodegroupCommand,
  DescribeUpdateCommand,
  EKSClient,
  ListInsightsCommand,
  UpdateClusterConfigCommand,
  UpdateClusterVersionCommand,
  UpdateNodegroupVersionCommand,
} from '@aws-sdk/client-eks';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Insight } from '#embedded/services/eks/state.ts';
import { client } from '#lib/aws/clients.ts';
import { EksWorld } from '../../lib/eks/world.ts';
import { samplePlan } from '../../support/plan.ts';

const name = 'aoscloud-dev';
const nodegroupName = 'aoscloud-dev-nodes';
const eks = () => client(EKSClient, { region: 'eu-central-1' });

let world: EksWorld;
beforeEach(async () => {
  world = await EksWorld.made('eks-nodes', { eks: { ...samplePlan().eks, version: '1.34' } });
});

const upgrade = async (version: string, force?: boolean) =>
  (await eks().send(new UpdateClusterVersionCommand({ name, version, force }))).update!;
const cluster = async () => (await eks().send(new DescribeClusterCommand({ name }))).cluster!;
const look = async () =>
  (await eks().send(new DescribeNodegroupCommand({ clusterName: name, nodegroupName }))).nodegroup!;
const update = async (updateId = '', of: { nodegroupName?: string } = {}) =>
  (await eks().send(new DescribeUpdateCommand({ name, updateId, ...of }))).update!;
const roll = async (input: { version?: string; launchTemplate?: { id?: string; version: string } }) =>
  (await eks().send(new UpdateNodegroupVersionCommand({ clusterName: name, nodegroupName, ...input })))
    .update!;
const insight = (changes: Partial<Insight> = {}): Insight => ({
  id: '11111111-2222-3333-4444-555555555555',
  name: 'Deprecated APIs removed in Kubernetes v1.35',
  kubernetesVersion: '1.35',
  status: 'ERROR',
  reason: 'Deprecated API usage detected within last 30 days.',
  recommendation: 'Update manifests and API clients.',
  ...changes,
});
const found = (...insights: Insight[]) =>
  world.cluster((one) => {
    one.insights = insights;
  });

describe('the version of a cluster', () => {
  it('goes up by one minor in nine to fourteen minutes, and reads ACTIVE for some seconds first', async () => {
    const { id, type } = await upgrade('1.35');
    expect(type).toBe('VersionUpdate');
    expect(await cluster()).toMatchObject({ status: 'ACTIVE', version: '1.34' });
    world.test.advance(8);
    expect(await cluster()).toMatchObject({ status: 'UPDATING', version: '1.34' });
    world.test.advance(531);
    expect((await update(id)).status).toBe('InProgress');
    world.test.advance(302);
    expect(await update(id)).toMatchObject({ status: 'Successful', errors: [] });
    expect(await cluster()).toMatchObject({ status: 'ACTIVE', version: '1.35' });
    // The nodes stay where they are.
    expect((await look()).version).toBe('1.34');
  });

  it.each([
    ['1.36', 'Unsupported Kubernetes minor version update from 1.34 to 1.36'],
    ['1.33', 'Unsupported Kubernetes minor version update from 1.34 to 1.33'],
    ['1.34', 'Unsupported Kubernetes minor version update from 1.34 to 1.34'],
  ])('to %s is refused', async (version, message) => {
    await expect(upgrade(version)).rejects.toMatchObject({ name: 'InvalidParameterException', message });
  });

  it('past the last one offered is refused', async () => {
    world.cluster((one) => {
      one.version = '1.36';
    });
    await expect(upgrade('1.37')).rejects.toThrow('unsupported Kubernetes version');
  });

  it('is one update at a time, whatever the status reads', async () => {
    const { id } = await upgrade('1.35');
    const busy = { name: 'ResourceInUseException' };
    await expect(upgrade('1.35')).rejects.toMatchObject({
      ...busy,
      message: `Cannot VersionUpdate because cluster ${name} currently has update ${id} in progress`,
    });
    const config = new UpdateClusterConfigCommand({ name, deletionProtection: true });
    await expect(eks().send(config)).rejects.toMatchObject(busy);
    const nodes = new CreateNodegroupCommand({
      clusterName: name,
      nodegroupName: 'another',
      subnets: [world.resources.subnetIds!['subnet/eks-private/a']!],
      nodeRole: (await look()).nodeRole,
    });
    await expect(eks().send(nodes)).rejects.toThrow('is not in ACTIVE status');
  });

  it('waits for node groups that are behind', async () => {
    await upgrade('1.35');
    world.test.advance(900);
    await expect(upgrade('1.36')).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: `Nodegroups ${nodegroupName} must be updated to match cluster version 1.35 before updating cluster version`,
    });
  });

  it('is blocked by an insight in ERROR about that version, unless it is forced', async () => {
    found(insight({ status: 'WARNING' }), insight({ kubernetesVersion: '1.36' }));
    await upgrade('1.35');
    world.test.advance(900);
    await roll({ version: '1.35' });
    world.test.advance(3600);
    await expect(upgrade('1.36')).rejects.toMatchObject({
      name: 'InvalidStateException',
      message: expect.stringMatching(/^Upgrade readiness issues detected/),
    });
    await upgrade('1.36', true);
  });

  it('stays what it was where the update fails, and says why', async () => {
    world.once('eks:UpdateClusterVersion', { kind: 'outcome-fails' });
    const { id } = await upgrade('1.35');
    world.test.advance(900);
    expect(await update(id)).toMatchObject({
      status: 'Failed',
      errors: [{ errorCode: 'IpNotAvailable', errorMessage: expect.any(String) }],
    });
    expect(await cluster()).toMatchObject({ status: 'ACTIVE', version: '1.34' });
  });
});

it('makes no nodes that are ahead of their cluster', async () => {
  const input = {
    clusterName: name,
    nodegroupName: 'another',
    subnets: [world.resources.subnetIds!['subnet/eks-private/a']!],
    nodeRole: (await look()).nodeRole,
  };
  await expect(eks().send(new CreateNodegroupCommand({ ...input, version: '1.35' }))).rejects.toThrow(
    'Kubernetes version 1.35 is invalid',
  );
  const made = await eks().send(new CreateNodegroupCommand({ ...input, version: '1.33' }));
  expect(made.nodegroup?.version).toBe('1.33');
});

it('lists insights by version and status, and recommends', async () => {
  found(insight(), insight({ id: 'of-another', kubernetesVersion: '1.36' }));
  const list = (filter: object) => eks().send(new ListInsightsCommand({ clusterName: name, filter }));
  const { insights } = await list({ kubernetesVersions: ['1.35'], categories: ['UPGRADE_READINESS'] });
  expect(insights).toMatchObject([{ insightStatus: { status: 'ERROR', reason: insight().reason } }]);
  expect((await list({ statuses: ['PASSING'] })).insights).toEqual([]);
  expect((await list({ categories: ['MISCONFIGURATION'] })).insights).toEqual([]);
  const described = await eks().send(new DescribeInsightCommand({ clusterName: name, id: insight().id }));
  expect(described.insight?.recommendation).toBe('Update manifests and API clients.');
  await expect(
    eks().send(new DescribeInsightCommand({ clusterName: name, id: 'nothing' })),
  ).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});

describe('a rolling update of nodes', () => {
  const instances = async () => {
    const { Reservations = [] } = await client(EC2Client, world.plan).send(new DescribeInstancesCommand({}));
    return Reservations.flatMap(({ Instances = [] }) => Instances.map(({ InstanceId }) => InstanceId));
  };
  beforeEach(async () => {
    await upgrade('1.35');
    world.test.advance(900);
  });

  it('brings up to two nodes a zone, then replaces one after the other', async () => {
    const before = await instances();
    const { id } = await roll({ version: '1.35' });
    expect((await look()).status).toBe('UPDATING');
    world.test.advance(200);
    expect(await instances()).toHaveLength(9);
    expect((await update(id, { nodegroupName })).status).toBe('InProgress');
    world.test.advance(3 * 330);
    expect(await update(id, { nodegroupName })).toMatchObject({
      type: 'VersionUpdate',
      status: 'Successful',
    });
    expect(await look()).toMatchObject({ status: 'ACTIVE', version: '1.35' });
    const after = await instances();
    expect(after).toHaveLength(3);
    expect(after.filter((one) => before.includes(one))).toEqual([]);
  });

  it('is ended by a disruption budget that lets no pod go, after 15 minutes, and the nodes stay', async () => {
    world.cluster(({ nodegroups }) => {
      nodegroups[nodegroupName]!.keepsPods = true;
    });
    const before = await instances();
    const { id } = await roll({ version: '1.35' });
    world.test.advance(899);
    expect((await update(id, { nodegroupName })).status).toBe('InProgress');
    world.test.advance(201);
    expect((await update(id, { nodegroupName })).errors).toEqual([
      {
        errorCode: 'PodEvictionFailure',
        errorMessage: `Reached max retries while trying to evict pods from nodes in node group ${nodegroupName}`,
        resourceIds: [expect.stringMatching(/^ip-10-231-\d+-\d+\.eu-central-1\.compute\.internal$/)],
      },
    ]);
    expect(await look()).toMatchObject({ status: 'ACTIVE', version: '1.34' });
    expect(await instances()).toEqual(before);
  });

  it('takes a new version of the same launch template', async () => {
    const { launchTemplate } = await look();
    await client(EC2Client, world.plan).send(
      new CreateLaunchTemplateVersionCommand({
        LaunchTemplateId: launchTemplate?.id,
        LaunchTemplateData: { MetadataOptions: { HttpTokens: 'required' } },
      }),
    );
    world.test.advance(60);
    await expect(roll({ launchTemplate: { id: 'lt-0123456789abcdef0', version: '2' } })).rejects.toThrow(
      'the launch template it was created with',
    );
    await roll({ launchTemplate: { id: launchTemplate?.id ?? '', version: '2' } });
    world.test.advance(1200);
    expect(await look()).toMatchObject({ version: '1.34', launchTemplate: { version: '2' } });
  });

  it('goes neither beyond the cluster nor back, and not without a reason', async () => {
    await expect(roll({ version: '1.36' })).rejects.toThrow('Kubernetes version 1.36 is invalid');
    await expect(roll({ version: '1.33' })).rejects.toThrow('Kubernetes version 1.33 is invalid');
    await expect(roll({})).rejects.toThrow('nothing to update');
    await roll({ version: '1.35' });
    await expect(roll({ version: '1.35' })).rejects.toMatchObject({ name: 'ResourceInUseException' });
  });
});
