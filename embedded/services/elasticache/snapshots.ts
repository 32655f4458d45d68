/** Snapshots: the final one of a deletion. They outlive their group until somebody deletes them. */
import { z } from 'zod';
import { type Call, mutation, type Operation, read, type ServiceModel } from '#embedded/model.ts';
import { describedSnapshot } from './described.ts';
import {
  answerPage,
  cacheArn,
  cacheFault,
  elasticacheState,
  invalidValue,
  paging,
  type ReplicationGroup,
  requireSnapshot,
  requireSubnetGroup,
} from './state.ts';

export const snapshotOperations: Record<string, Operation> = {
  DescribeSnapshots: read(
    {
      ReplicationGroupId: z.string().optional(),
      SnapshotName: z.string().optional(),
      SnapshotSource: z.enum(['system', 'user']).optional(),
      ShowNodeGroupConfig: z.boolean().optional(),
      ...paging,
    },
    (input, call) => {
      const snapshots = input.SnapshotName
        ? [requireSnapshot(call, input.SnapshotName)]
        : Object.values(elasticacheState(call).snapshots);
      const found = snapshots.filter(
        ({ group }) =>
          input.SnapshotSource !== 'system' &&
          (!input.ReplicationGroupId || group.id === input.ReplicationGroupId.toLowerCase()),
      );
      return answerPage('Snapshots', found.map(describedSnapshot), input);
    },
  ),
  DeleteSnapshot: mutation({ SnapshotName: z.string() }, (input, call) => {
    const snapshot = requireSnapshot(call, input.SnapshotName);
    if (snapshot.status !== 'available')
      throw cacheFault(
        'InvalidSnapshotStateFault',
        `Snapshot ${snapshot.name} is not in a valid state to be deleted: ${snapshot.status}`,
      );
    delete elasticacheState(call).snapshots[snapshot.name];
    return { Snapshot: describedSnapshot(snapshot) };
  }),
};

export const snapshotEvents: ServiceModel['events'] = {
  'elasticache:snapshotAvailable': (name, call) => {
    const snapshot = elasticacheState(call).snapshots[name];
    if (snapshot) snapshot.status = 'available';
  },
};

export function assertSnapshotNameFree(call: Call, given: string): void {
  if (given.length > 255 || !/^[A-Za-z](-?[A-Za-z0-9])*$/.test(given))
    throw invalidValue(`The parameter FinalSnapshotIdentifier is not a valid identifier: ${given}`);
  if (elasticacheState(call).snapshots[given.toLowerCase()])
    throw cacheFault('SnapshotAlreadyExistsFault', `Snapshot ${given} already exists.`);
}

/** Begins the snapshot and tells the milliseconds it takes. */
export function addFinalSnapshot(call: Call, group: ReplicationGroup, given: string): number {
  const name = given.toLowerCase();
  elasticacheState(call).snapshots[name] = {
    name,
    arn: cacheArn(call, 'snapshot', name),
    createdAt: call.now,
    status: 'creating',
    group: structuredClone(group),
    vpcId: requireSubnetGroup(call, group.subnetGroup).vpcId,
  };
  const milliseconds = call.between(60, 120);
  call.schedule('elasticache:snapshotAvailable', name, milliseconds);
  return milliseconds;
}
