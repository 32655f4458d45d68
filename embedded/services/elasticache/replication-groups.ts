/** Replication groups of one shard. Creating takes minutes, and one that fails keeps its name until it is deleted. */
import { z } from 'zod';
import { type Call, mutation, type Operation, read, type ServiceModel } from '#embedded/model.ts';
import { removeNetworkInterface } from '#embedded/services/ec2/network-interfaces.ts';
import { describedGroup, describedMember } from './described.ts';
import { createShape, newReplicationGroup } from './new-replication-group.ts';
import { addFinalSnapshot, assertSnapshotNameFree } from './snapshots.ts';
import {
  answerPage,
  cacheFault,
  elasticacheState,
  invalidCombination,
  invalidValue,
  paging,
  type ReplicationGroup,
  recordEvent,
  requireReplicationGroup,
} from './state.ts';

export const replicationGroupOperations: Record<string, Operation> = {
  CreateReplicationGroup: mutation(createShape, (input, call) => {
    const group = newReplicationGroup(call, input);
    elasticacheState(call).replicationGroups[group.id] = group;
    call.schedule('elasticache:groupAvailable', group.id, call.between(360, 600));
    return { ReplicationGroup: describedGroup(call, group) };
  }),
  DescribeReplicationGroups: read({ ReplicationGroupId: z.string().optional(), ...paging }, (input, call) => {
    const groups = input.ReplicationGroupId
      ? [requireReplicationGroup(call, input.ReplicationGroupId)]
      : Object.values(elasticacheState(call).replicationGroups);
    return answerPage(
      'ReplicationGroups',
      groups.map((group) => describedGroup(call, group)),
      input,
    );
  }),
  DescribeCacheClusters: read(
    {
      CacheClusterId: z.string().optional(),
      ShowCacheNodeInfo: z.boolean().optional(),
      ShowCacheClustersNotInReplicationGroups: z.boolean().optional(),
      ...paging,
    },
    (input, call) => {
      const wanted = input.CacheClusterId?.toLowerCase();
      const groups = Object.values(elasticacheState(call).replicationGroups);
      // Clusters outside a replication group are not modelled: none exists.
      const members = input.ShowCacheClustersNotInReplicationGroups
        ? []
        : groups.flatMap((group) =>
            group.members
              .filter(({ id }) => wanted === undefined || id === wanted)
              .map((member) => describedMember(call, group, member)),
          );
      if (wanted !== undefined && members.length === 0)
        throw cacheFault('CacheClusterNotFoundFault', `CacheCluster ${input.CacheClusterId} not found.`);
      return answerPage('CacheClusters', members, input);
    },
  ),
  DeleteReplicationGroup: mutation(
    { ReplicationGroupId: z.string(), FinalSnapshotIdentifier: z.string().optional() },
    (input, call) => {
      const group = requireReplicationGroup(call, input.ReplicationGroupId);
      const name = input.FinalSnapshotIdentifier;
      // crossplane-contrib/provider-upjet-aws#1595 has the sentence.
      if (group.globalDatastore)
        throw invalidValue(
          `Cluster [${group.id}] is part of a global cluster [${group.globalDatastore}]. Request rejected.`,
        );
      if (group.status !== 'create-failed') assertAvailable(group);
      else if (name !== undefined)
        throw invalidCombination(`Cannot take a snapshot of ${group.id}, which is create-failed.`);
      if (name !== undefined) {
        assertSnapshotNameFree(call, name);
        group.status = 'snapshotting';
        const milliseconds = addFinalSnapshot(call, group, name);
        call.schedule('elasticache:groupSnapshotTaken', group.id, milliseconds);
      } else beginDeletion(call, group);
      return { ReplicationGroup: describedGroup(call, group) };
    },
  ),
};

export const replicationGroupEvents: ServiceModel['events'] = {
  'elasticache:groupAvailable': (id, call) => {
    const group = elasticacheState(call).replicationGroups[id];
    if (group?.status !== 'creating') return;
    group.status = group.fails ? 'create-failed' : 'available';
    const source = elasticacheState(call).snapshots[group.restoredFrom ?? ''];
    if (source?.status === 'restoring') source.status = 'available';
    for (const member of group.members)
      recordEvent(call, {
        sourceType: 'cache-cluster',
        source: member.id,
        message: group.fails
          ? `Cache cluster ${member.id} was not created: InsufficientCacheClusterCapacity for ${group.nodeType} in ${member.zoneName}`
          : 'Cache cluster created',
      });
    if (!group.fails)
      recordEvent(call, {
        sourceType: 'replication-group',
        source: id,
        message: `Replication Group ${id} created`,
      });
  },
  'elasticache:groupSnapshotTaken': (id, call) => {
    const group = elasticacheState(call).replicationGroups[id];
    if (group?.status === 'snapshotting') beginDeletion(call, group);
  },
  'elasticache:groupGone': (id, call) => {
    const group = elasticacheState(call).replicationGroups[id];
    if (group?.status !== 'deleting') return;
    delete elasticacheState(call).replicationGroups[id];
    for (const { networkInterfaceId } of group.members)
      if (networkInterfaceId)
        call.schedule('elasticache:interfaceGone', networkInterfaceId, call.between(10, 30));
    recordEvent(call, {
      sourceType: 'replication-group',
      source: id,
      message: `Replication Group ${id} deleted`,
    });
  },
  'elasticache:interfaceGone': (id, call) => removeNetworkInterface(call, id),
};

function beginDeletion(call: Call, group: ReplicationGroup): void {
  group.status = 'deleting';
  call.schedule('elasticache:groupGone', group.id, call.between(240, 480));
}

export function assertAvailable(group: ReplicationGroup): void {
  if (group.status !== 'available')
    throw cacheFault(
      'InvalidReplicationGroupStateFault',
      `Replication group ${group.id} is not in a valid state to be modified or deleted: it has status ${group.status}.`,
    );
}
