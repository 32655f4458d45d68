/** Stopping and starting a cluster with its instances; and global clusters, as far as they keep one from going. */
import { z } from 'zod';
import { type Call, mutation, type Operation, read, type ServiceModel } from '#embedded/model.ts';
import { describedCluster } from './described.ts';
import {
  answerPage,
  type Client,
  type Cluster,
  filters,
  type Instance,
  paging,
  rdsFault,
  rdsState,
  requireCluster,
} from './state.ts';

const shape = { DBClusterIdentifier: z.string() };

export function startAndStop(client: Client): Record<string, Operation> {
  return {
    StopDBCluster: mutation(shape, (input, call) => {
      const cluster = requireCluster(call, input.DBClusterIdentifier);
      if (cluster.status !== 'available') throw notIn(cluster, 'available');
      setAll(call, cluster, 'stopping');
      call.schedule('rds:clusterStopped', cluster.id, call.between(120, 300));
      return { DBCluster: describedCluster(call, cluster, client) };
    }),
    StartDBCluster: mutation(shape, (input, call) => {
      const cluster = requireCluster(call, input.DBClusterIdentifier);
      if (cluster.status !== 'stopped') throw notIn(cluster, 'stopped');
      setAll(call, cluster, 'starting');
      call.schedule('rds:clusterStarted', cluster.id, call.between(240, 480));
      return { DBCluster: describedCluster(call, cluster, client) };
    }),
    DescribeGlobalClusters: read(
      { GlobalClusterIdentifier: z.string().optional(), Filters: filters, ...paging },
      (input, call) => {
        const members = Object.values(rdsState(call).clusters).filter(({ globalCluster }) => globalCluster);
        const ids = [...new Set(members.map(({ globalCluster }) => globalCluster))];
        const found = ids.filter(
          (id) => !input.GlobalClusterIdentifier || id === input.GlobalClusterIdentifier,
        );
        const described = found.map((id) => ({
          GlobalClusterIdentifier: id,
          Status: 'available',
          GlobalClusterMembers: members
            .filter(({ globalCluster }) => globalCluster === id)
            .map(({ arn }) => ({ DBClusterArn: arn, IsWriter: true, Readers: [] })),
        }));
        return answerPage('GlobalClusters', described, input);
      },
    ),
  };
}

export const startAndStopEvents: ServiceModel['events'] = {
  'rds:clusterStopped': (id, call) => {
    const cluster = rdsState(call).clusters[id];
    if (cluster?.status === 'stopping') setAll(call, cluster, 'stopped');
  },
  'rds:clusterStarted': (id, call) => {
    const cluster = rdsState(call).clusters[id];
    if (cluster?.status === 'starting') setAll(call, cluster, 'available');
  },
};

function setAll(call: Call, cluster: Cluster, status: Cluster['status'] & Instance['status']): void {
  cluster.status = status;
  for (const id of cluster.members) {
    const instance = rdsState(call).instances[id];
    if (instance && instance.status !== 'deleting') instance.status = status;
  }
}

function notIn(cluster: Cluster, wanted: string): Error {
  return rdsFault(
    'InvalidDBClusterStateFault',
    `DbCluster ${cluster.id} is in ${cluster.status} state but expected it to be one of ${wanted}.`,
  );
}

/** AWS's sentence, also to who would delete an instance (terraform-provider-aws#28262). */
export function assertNotStopped({ id, status }: Cluster): void {
  if (status === 'stopped')
    throw rdsFault('InvalidDBClusterStateFault', `Db cluster ${id} is in stopped state`);
}
