/** ElastiCache: replication groups with members, that can be modified, and that go; subnet groups that go. */
import { CreateSnapshotCommand } from '@aws-sdk/client-elasticache';
import {
  type Elements,
  elements,
  listOf,
  queryError,
  queryResult,
  type WireAnswer,
  type WireRequest,
  withForm,
} from '../message.ts';
import type { Moto, Repair } from '../repair.ts';
import { Generations } from './generations.ts';

const reference = 'https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference';

/** What moto does not tell of a group again: asked for at its creation, or changed since. */
interface GroupBeside {
  readonly form: URLSearchParams;
  securityGroups: string[];
  retention: string | null;
}

interface State {
  readonly groups: Map<string, GroupBeside>;
  readonly groupNames: Generations;
  readonly subnetGroupNames: Generations;
}

export function elasticacheRepairs(): Repair[] {
  const state: State = {
    groups: new Map(),
    groupNames: new Generations(),
    subnetGroupNames: new Generations(),
  };
  const repair = (
    operation: string,
    moto: string,
    answer: (state: State, request: WireRequest, moto: Moto) => Promise<WireAnswer>,
  ): Repair => ({
    operation: `elasticache:${operation}`,
    moto,
    page: `${reference}/API_${operation}.html`,
    answer: (request, behind) => answer(state, request, behind),
  });
  return [
    repair('DescribeUserGroups', 'lacks it', async () =>
      queryError(404, 'UserGroupNotFound', 'There is no such user group.'),
    ),
    repair('DescribeCacheEngineVersions', 'lacks it', async (_state, request) =>
      queryResult(request, {
        CacheEngineVersions: {
          CacheEngineVersion: ['6.2', '7.0', '7.1'].map((EngineVersion) => ({
            Engine: 'redis',
            EngineVersion,
          })),
        },
      }),
    ),
    repair('DescribeReservedCacheNodesOfferings', 'lacks it', async (_state, request) =>
      queryResult(request, {
        ReservedCacheNodesOfferings: {
          ReservedCacheNodesOffering: [{ CacheNodeType: request.form.get('CacheNodeType') ?? '' }],
        },
      }),
    ),
    repair('CreateReplicationGroup', 'ignores NumCacheClusters', createGroup),
    repair('DescribeReplicationGroups', 'lists a deleted group as deleting for ever', describeGroups),
    repair('ModifyReplicationGroup', 'lacks it', modifyGroup),
    repair('DeleteReplicationGroup', 'keeps the id taken for ever, and makes no final snapshot', deleteGroup),
    repair('DescribeCacheClusters', 'does not tell the members of replication groups', describeMembers),
    repair('CreateCacheSubnetGroup', 'keeps the name of one that the layer deleted', (at, request, moto) =>
      forwarded(at, request, moto),
    ),
    repair('DescribeCacheSubnetGroups', 'still has those that the layer deleted', describeSubnetGroups),
    repair('DeleteCacheSubnetGroup', 'lacks it', deleteSubnetGroup),
    repair('ListTagsForResource', 'knows a second group of one id by another ARN', (at, request, moto) =>
      forwarded(at, request, moto),
    ),
  ];
}

/** To moto under moto's names, and back under AWS's; `edit` sees moto's answer before that. */
async function forwarded(
  state: State,
  request: WireRequest,
  moto: Moto,
  edit: (body: string) => string = (body) => body,
): Promise<WireAnswer> {
  const { groupNames, subnetGroupNames } = state;
  const changes: Record<string, string | undefined> = {};
  for (const [member, names] of [
    ['ReplicationGroupId', groupNames],
    ['CacheSubnetGroupName', subnetGroupNames],
  ] as const) {
    const value = request.form.get(member);
    if (value) changes[member] = names.inMoto(value);
  }
  const arn = request.form.get('ResourceName');
  if (arn) {
    const names = arn.includes(':replicationgroup:') ? groupNames : subnetGroupNames;
    changes.ResourceName = arn.replace(/[^:]+$/, (name) => names.inMoto(name));
  }
  const answered = await moto.forward(withForm(request, changes));
  return { ...answered, body: subnetGroupNames.restore(groupNames.restore(edit(answered.body))) };
}

async function createGroup(state: State, request: WireRequest, moto: Moto): Promise<WireAnswer> {
  const { form } = request;
  const id = form.get('ReplicationGroupId') ?? '';
  const nodes = Number(form.get('NumCacheClusters') ?? 1);
  const asked = withForm(request, { ReplicasPerNodeGroup: String(nodes - 1) });
  const answered = await forwarded(state, asked, moto);
  if (answered.status !== 200) return answered;
  state.groups.set(id, {
    form,
    securityGroups: listOf(form, 'SecurityGroupIds'),
    retention: form.get('SnapshotRetentionLimit'),
  });
  return answered;
}

function noGroup(id: string): WireAnswer {
  return queryError(404, 'ReplicationGroupNotFoundFault', `ReplicationGroup ${id} not found.`);
}

async function describeGroups(state: State, request: WireRequest, moto: Moto): Promise<WireAnswer> {
  const id = request.form.get('ReplicationGroupId');
  if (id && !state.groups.has(id)) return noGroup(id);
  const answered = await forwarded(state, request, moto);
  const body = answered.body.replace(/<ReplicationGroup>.*?<\/ReplicationGroup>/gs, (element) => {
    if (element.includes('<Status>deleting<')) return '';
    const beside = state.groups.get(/<ReplicationGroupId>([^<]+)</.exec(element)?.[1] ?? '');
    return beside?.retention
      ? element.replace(/<SnapshotRetentionLimit>\d+</, `<SnapshotRetentionLimit>${beside.retention}<`)
      : element;
  });
  return { ...answered, body };
}

async function modifyGroup(state: State, request: WireRequest, moto: Moto): Promise<WireAnswer> {
  const id = request.form.get('ReplicationGroupId') ?? '';
  const beside = state.groups.get(id);
  if (!beside) return noGroup(id);
  const groups = listOf(request.form, 'SecurityGroupIds');
  if (groups.length > 0) beside.securityGroups = groups;
  beside.retention = request.form.get('SnapshotRetentionLimit') ?? beside.retention;
  const described = await describeGroups(state, asDescribe(request, id), moto);
  const [group = ''] = /<ReplicationGroup>.*<\/ReplicationGroup>/s.exec(described.body) ?? [];
  const empty = queryResult(request, {});
  return { ...empty, body: empty.body.replace('<ModifyReplicationGroupResult>', `$&${group}`) };
}

function asDescribe(request: WireRequest, id: string): WireRequest {
  const form = new URLSearchParams({
    Action: 'DescribeReplicationGroups',
    Version: '2015-02-02',
    ReplicationGroupId: id,
  });
  return { ...request, form, body: form.toString() };
}

async function deleteGroup(state: State, request: WireRequest, moto: Moto): Promise<WireAnswer> {
  const id = request.form.get('ReplicationGroupId') ?? '';
  if (!state.groups.has(id)) return noGroup(id);
  const SnapshotName = request.form.get('FinalSnapshotIdentifier');
  if (SnapshotName) {
    const ReplicationGroupId = state.groupNames.inMoto(id);
    await moto.elasticache.send(new CreateSnapshotCommand({ SnapshotName, ReplicationGroupId }));
  }
  const answered = await forwarded(state, request, moto);
  if (answered.status !== 200) return answered;
  state.groups.delete(id);
  state.groupNames.next(id);
  return answered;
}

/** Members after moto's own clusters; one by its id from the layer alone. */
async function describeMembers(state: State, request: WireRequest, moto: Moto): Promise<WireAnswer> {
  const wanted = request.form.get('CacheClusterId');
  const members = [...state.groups].flatMap(([id, beside]) => membersOf(id, beside));
  const found = members.filter(({ CacheClusterId }) => CacheClusterId === wanted);
  if (found.length > 0) return queryResult(request, { CacheClusters: { CacheCluster: found } });
  const answered = await moto.forward(request);
  if (wanted || answered.status !== 200) return answered;
  const listed = elements({ CacheCluster: members });
  const body = answered.body
    .replace(/<CacheClusters\s*\/>/, '<CacheClusters></CacheClusters>')
    .replace('</CacheClusters>', `${listed}</CacheClusters>`);
  return { ...answered, body };
}

function membersOf(id: string, { form, securityGroups }: GroupBeside): Elements[] {
  const zones = listOf(form, 'PreferredCacheClusterAZs');
  return Array.from({ length: Number(form.get('NumCacheClusters') ?? 1) }, (_, index) => ({
    CacheClusterId: `${id}-${String(index + 1).padStart(3, '0')}`,
    ReplicationGroupId: id,
    CacheClusterStatus: 'available',
    Engine: form.get('Engine') ?? 'redis',
    EngineVersion: form.get('EngineVersion') ?? undefined,
    CacheNodeType: form.get('CacheNodeType') ?? undefined,
    NumCacheNodes: 1,
    PreferredAvailabilityZone: zones[index],
    CacheSubnetGroupName: form.get('CacheSubnetGroupName') ?? undefined,
    SecurityGroups: {
      member: securityGroups.map((SecurityGroupId) => ({ SecurityGroupId, Status: 'active' })),
    },
  }));
}

async function describeSubnetGroups(state: State, request: WireRequest, moto: Moto): Promise<WireAnswer> {
  return forwarded(state, request, moto, (body) =>
    body.replace(/<CacheSubnetGroup>.*?<\/CacheSubnetGroup>/gs, (element) => {
      const [, name = ''] = /<CacheSubnetGroupName>([^<]+)</.exec(element) ?? [];
      return state.subnetGroupNames.isAlive(name) ? element : '';
    }),
  );
}

async function deleteSubnetGroup(state: State, request: WireRequest, moto: Moto): Promise<WireAnswer> {
  const name = request.form.get('CacheSubnetGroupName') ?? '';
  const form = new URLSearchParams({
    Action: 'DescribeCacheSubnetGroups',
    Version: '2015-02-02',
    CacheSubnetGroupName: name,
  });
  const found = await forwarded(state, { ...request, form, body: form.toString() }, moto);
  if (found.status !== 200) return found;
  const used = [...state.groups.values()].some((group) => group.form.get('CacheSubnetGroupName') === name);
  if (used)
    return queryError(
      400,
      'CacheSubnetGroupInUse',
      `Cache subnet group ${name} is currently in use by a cache cluster.`,
    );
  state.subnetGroupNames.next(name);
  return queryResult(request, {});
}
