/** The instances of a cluster. Each has one interface in its subnet, which outlives it by up to a minute. */
import { z } from 'zod';
import { limitOf } from '#embedded/limits.ts';
import { type Call, mutation, type Operation, read, type ServiceModel } from '#embedded/model.ts';
import {
  addNetworkInterface,
  freeAddressCount,
  removeNetworkInterface,
} from '#embedded/services/ec2/network-interfaces.ts';
import { ec2State } from '#embedded/services/ec2/state.ts';
import { writeToLogGroup } from '#embedded/services/logs.ts';
import { isOffered, zonesOffering } from './catalogue.ts';
import { describedInstance } from './described.ts';
import {
  answerPage,
  applyFilters,
  arnOf,
  type Client,
  type Cluster,
  filters,
  type Instance,
  identifier,
  paging,
  rdsFault,
  rdsState,
  requireCluster,
  requireInstance,
  requireSubnetGroup,
  tagListSchema,
  tagRecordOf,
} from './state.ts';
import { assertNotStopped } from './stopped-clusters.ts';

const createShape = {
  DBInstanceIdentifier: z.string(),
  DBInstanceClass: z.string(),
  Engine: z.enum(['aurora-postgresql', 'docdb']),
  DBClusterIdentifier: z.string(),
  AvailabilityZone: z.string().optional(),
  PromotionTier: z.number().int().min(0).max(15).optional(),
  AutoMinorVersionUpgrade: z.boolean().optional(),
  EnablePerformanceInsights: z.boolean().optional(),
  Tags: tagListSchema,
};
/** Members that DocumentDB's shape does not have. */
const auroraShape = {
  DBSubnetGroupName: z.string().optional(),
  PubliclyAccessible: z.boolean().optional(),
};
type CreateInput = z.infer<z.ZodObject<typeof createShape>> &
  Partial<z.infer<z.ZodObject<typeof auroraShape>>>;

const deleteShape = { DBInstanceIdentifier: z.string() };
const auroraDeleteShape = {
  SkipFinalSnapshot: z.boolean().optional(),
  FinalDBSnapshotIdentifier: z.string().optional(),
};
type DeleteInput = z.infer<z.ZodObject<typeof deleteShape>> &
  Partial<z.infer<z.ZodObject<typeof auroraDeleteShape>>>;

export function instanceOperations(client: Client): Record<string, Operation> {
  return {
    CreateDBInstance: mutation(
      client === 'rds' ? { ...createShape, ...auroraShape } : createShape,
      (input: CreateInput, call) => {
        const cluster = requireCluster(call, input.DBClusterIdentifier);
        const instance = newInstance(call, cluster, input);
        rdsState(call).instances[instance.id] = instance;
        cluster.members.push(instance.id);
        cluster.writer ??= instance.id;
        call.schedule('rds:instanceAvailable', instance.id, call.between(300, 480));
        return { DBInstance: describedInstance(call, instance, client) };
      },
    ),
    DescribeDBInstances: read(
      { DBInstanceIdentifier: z.string().optional(), Filters: filters, ...paging },
      (input, call) => {
        const instances = input.DBInstanceIdentifier
          ? [requireInstance(call, input.DBInstanceIdentifier)]
          : Object.values(rdsState(call).instances);
        const known = ['db-cluster-id', 'db-instance-id', 'dbi-resource-id', 'engine'];
        const found = applyFilters(
          instances,
          input.Filters,
          (one, name) => instanceFilter(call, one, name),
          known,
        );
        return answerPage(
          'DBInstances',
          found.map((instance) => describedInstance(call, instance, client)),
          input,
        );
      },
    ),
    DeleteDBInstance: mutation(
      client === 'rds' ? { ...deleteShape, ...auroraDeleteShape } : deleteShape,
      (input: DeleteInput, call) => {
        const instance = requireInstance(call, input.DBInstanceIdentifier);
        assertSnapshotSettings(client, instance, input);
        assertDeletable(call, instance);
        instance.status = 'deleting';
        passOnWriter(call, instance);
        call.schedule('rds:instanceGone', instance.id, call.between(180, 480));
        return { DBInstance: describedInstance(call, instance, client) };
      },
    ),
  };
}

export const instanceEvents: ServiceModel['events'] = {
  'rds:instanceAvailable': (id, call) => {
    const instance = rdsState(call).instances[id];
    if (instance?.status === 'creating')
      instance.status = instance.fails ? 'incompatible-network' : 'available';
    const cluster = instance && rdsState(call).clusters[instance.clusterId];
    if (cluster && instance.status === 'available') exportLogs(call, cluster);
  },
  'rds:instanceGone': (id, call) => {
    const instance = rdsState(call).instances[id];
    if (instance?.status !== 'deleting') return;
    delete rdsState(call).instances[id];
    const cluster = rdsState(call).clusters[instance.clusterId];
    if (cluster) cluster.members = cluster.members.filter((member) => member !== id);
    if (instance.networkInterfaceId)
      call.schedule('rds:interfaceGone', instance.networkInterfaceId, call.between(30, 60));
  },
  'rds:interfaceGone': (id, call) => removeNetworkInterface(call, id),
};

/** RDS makes the log groups it writes to; DocumentDB writes none of these logs until its parameters say so. */
function exportLogs(call: Call, cluster: Cluster): void {
  if (cluster.engine !== 'docdb') {
    for (const type of cluster.logExports) writeToLogGroup(call, `/aws/rds/cluster/${cluster.id}/${type}`);
    return;
  }
  const { parameters = {} } = rdsState(call).parameterGroups?.[cluster.parameterGroup ?? ''] ?? {};
  const switches: Readonly<Record<string, string>> = { audit: 'audit_logs', profiler: 'profiler' };
  for (const type of cluster.logExports)
    if ((parameters[switches[type] as string] ?? 'disabled') !== 'disabled')
      writeToLogGroup(call, `/aws/docdb/${cluster.id}/${type}`);
}

function newInstance(call: Call, cluster: Cluster, input: CreateInput): Instance {
  const state = rdsState(call);
  const id = identifier(input.DBInstanceIdentifier, 'DBInstanceIdentifier');
  if (state.instances[id])
    throw rdsFault('DBInstanceAlreadyExistsFault', `DB instance already exists: ${id}`);
  if (Object.keys(state.instances).length >= limitOf(call, 'L-7B6409FD'))
    throw rdsFault('InstanceQuotaExceededFault', 'Cannot create more than allowed DB instances.');
  if (cluster.status !== 'available')
    throw rdsFault(
      'InvalidDBClusterStateFault',
      `DB cluster ${cluster.id} is not currently in the available state, it is ${cluster.status}.`,
    );
  assertFits(cluster, input);
  const zoneName = chosenZone(call, cluster, input);
  const subnetId = requireSubnetGroup(call, cluster.subnetGroup).subnets.find(
    (subnet) => subnet.zoneName === zoneName,
  )!.id;
  const subnet = ec2State(call).subnets[subnetId];
  if (!subnet) throw rdsFault('InvalidSubnet', `The subnet ${subnetId} does not exist.`);
  const room = freeAddressCount(call, subnet) > 0;
  const tags = tagRecordOf(input.Tags);
  return {
    id,
    arn: arnOf(call, 'db', id),
    resourceId: `db-${call.hex(26).toUpperCase()}`,
    clusterId: cluster.id,
    instanceClass: input.DBInstanceClass,
    engine: cluster.engine,
    zoneName,
    promotionTier: input.PromotionTier ?? 1,
    autoMinorVersionUpgrade: input.AutoMinorVersionUpgrade ?? true,
    publiclyAccessible: input.PubliclyAccessible ?? false,
    performanceInsights: input.EnablePerformanceInsights ?? false,
    ...(room ? { networkInterfaceId: newInterface(call, cluster, subnetId) } : {}),
    createdAt: call.now,
    status: 'creating',
    fails: call.outcome === 'fails' || !room,
    tags,
  };
}

function newInterface(call: Call, cluster: Cluster, subnetId: string): string {
  return addNetworkInterface(call, {
    subnetId,
    groupIds: cluster.securityGroupIds,
    description: 'RDSNetworkInterface',
    requesterId: 'amazon-rds',
  });
}

function assertFits(cluster: Cluster, input: CreateInput): void {
  if (input.Engine !== cluster.engine)
    throw rdsFault(
      'InvalidParameterCombination',
      `The engine name requested for your DB instance (${input.Engine}) doesn't match the engine name of your DB cluster (${cluster.engine}).`,
    );
  if (input.DBSubnetGroupName && input.DBSubnetGroupName.toLowerCase() !== cluster.subnetGroup)
    throw rdsFault(
      'InvalidParameterCombination',
      `The requested DB subnet group ${input.DBSubnetGroupName} is not the one of DB cluster ${cluster.id}: ${cluster.subnetGroup}`,
    );
  if (!isOffered(cluster.engine, cluster.engineVersion, input.DBInstanceClass))
    throw unsupported(cluster, input.DBInstanceClass);
}

export function unsupported(cluster: Cluster, instanceClass: string) {
  return rdsFault(
    'InvalidParameterCombination',
    `RDS does not support creating a DB instance with the following combination: DBInstanceClass=${instanceClass}, Engine=${cluster.engine}, EngineVersion=${cluster.engineVersion}. For supported combinations of instance class and database engine version, see the documentation.`,
  );
}

/** The one asked for, or that of the group's zones with the fewest members. */
function chosenZone(call: Call, cluster: Cluster, input: CreateInput): string {
  const offering = zonesOffering(call, input.DBInstanceClass);
  const group = requireSubnetGroup(call, cluster.subnetGroup);
  const zones = [...new Set(group.subnets.map(({ zoneName }) => zoneName))];
  const wanted = input.AvailabilityZone;
  if (wanted !== undefined && !zones.includes(wanted))
    throw rdsFault(
      'InvalidVPCNetworkStateFault',
      `DB subnet group ${group.name} has no subnet in Availability Zone ${wanted}.`,
    );
  const possible = zones.filter(
    (zone) => offering.includes(zone) && (wanted === undefined || zone === wanted),
  );
  if (possible.length === 0) throw unsupported(cluster, input.DBInstanceClass);
  const members = (zone: string) =>
    cluster.members.filter((id) => rdsState(call).instances[id]?.zoneName === zone).length;
  return possible.reduce((best, zone) => (members(zone) < members(best) ? zone : best));
}

/** A member leaves no snapshot of its own; in a failure state RDS wants to be told so (API_DeleteDBInstance). */
function assertSnapshotSettings(client: Client, instance: Instance, input: DeleteInput): void {
  if (input.FinalDBSnapshotIdentifier !== undefined)
    throw rdsFault(
      'InvalidParameterCombination',
      'FinalDBSnapshotIdentifier can not be specified when deleting a cluster instance',
    );
  const failed = /^(failed|incompatible-restore|incompatible-network)$/.test(instance.status);
  if (client === 'rds' && failed && !input.SkipFinalSnapshot)
    throw rdsFault(
      'InvalidDBInstanceStateFault',
      `Instance ${instance.id} is ${instance.status}: it can only be deleted with SkipFinalSnapshot.`,
    );
}

function assertDeletable(call: Call, instance: Instance): void {
  if (instance.status === 'deleting')
    throw rdsFault('InvalidDBInstanceStateFault', `Instance ${instance.id} is already being deleted.`);
  if (['creating', 'modifying', 'upgrading', 'starting', 'stopping'].includes(instance.status))
    throw rdsFault(
      'InvalidDBInstanceStateFault',
      `Instance ${instance.id} is not currently available, it is ${instance.status}.`,
    );
  const cluster = requireCluster(call, instance.clusterId);
  assertNotStopped(cluster);
  const { status } = cluster;
  if (status === 'modifying' || status === 'upgrading')
    throw rdsFault(
      'InvalidDBClusterStateFault',
      `DB cluster ${instance.clusterId} is not currently in the available state, it is ${status}.`,
    );
}

/** The cluster fails over to the reader of the lowest tier. */
export function passOnWriter(call: Call, leaving: Instance): void {
  const cluster = rdsState(call).clusters[leaving.clusterId];
  if (cluster?.writer !== leaving.id) return;
  const readers = cluster.members
    .map((id) => rdsState(call).instances[id])
    .filter((one) => one?.status === 'available')
    .sort((one, other) => one!.promotionTier - other!.promotionTier);
  if (readers[0]) cluster.writer = readers[0].id;
  else delete cluster.writer;
}

function instanceFilter(call: Call, instance: Instance, name: string): string[] | undefined {
  const values: Record<string, string[]> = {
    'db-cluster-id': [instance.clusterId, arnOf(call, 'cluster', instance.clusterId)],
    'db-instance-id': [instance.id, instance.arn],
    'dbi-resource-id': [instance.resourceId],
    engine: [instance.engine],
  };
  return values[name];
}
