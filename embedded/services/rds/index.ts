/** RDS (Aurora PostgreSQL) and DocumentDB: two clients of one control plane. */
import type { Call, Operation, ServiceModel } from '#embedded/model.ts';
import { accountOperations, catalogueOperations } from './catalogue.ts';
import { clusterEvents, clusterOperations } from './clusters.ts';
import { instanceEvents, instanceOperations } from './instances.ts';
import { maintenanceOperations } from './maintenance.ts';
import { modifyClusterOperations } from './modify-cluster.ts';
import { modifyInstanceEvents, modifyInstanceOperations } from './modify-instance.ts';
import { parameterGroupOperations } from './parameter-groups.ts';
import { restoreOperations } from './restore.ts';
import { snapshotEvents, snapshotOperations } from './snapshots.ts';
import { type Client, rdsState } from './state.ts';
import { subnetGroupOperations } from './subnet-groups.ts';
import { tagOperations } from './tags.ts';
import { upgradeEvents } from './upgrade-cluster.ts';

function operations(client: Client): Record<string, Operation> {
  return {
    ...subnetGroupOperations(client),
    ...parameterGroupOperations(client),
    ...clusterOperations(client),
    ...modifyClusterOperations(client),
    ...instanceOperations(client),
    ...modifyInstanceOperations(client),
    ...snapshotOperations(client),
    ...restoreOperations(client),
    ...catalogueOperations,
    ...maintenanceOperations,
    ...tagOperations,
  };
}

/** Clusters, instances and snapshots belong to the service of their engine, a subnet group to who made it. */
function inventory(client: Client) {
  return (call: Call): Record<string, string[]> => {
    const { clusters, instances, snapshots, subnetGroups, parameterGroups = {} } = rdsState(call);
    const ofEngine = (records: Record<string, { id: string; engine: string }>) =>
      Object.values(records)
        .filter(({ engine }) => (engine === 'docdb') === (client === 'docdb'))
        .map(({ id }) => id);
    return {
      [`${client}:db-cluster`]: ofEngine(clusters),
      [`${client}:db-instance`]: ofEngine(instances),
      [`${client}:db-cluster-snapshot`]: ofEngine(snapshots),
      [`${client}:db-cluster-parameter-group`]: Object.values(parameterGroups)
        .filter((group) => group.client === client)
        .map(({ name }) => name),
      [`${client}:db-subnet-group`]: Object.values(subnetGroups)
        .filter((group) => group.client === client)
        .map(({ name }) => name),
    };
  };
}

export const rds: ServiceModel = {
  service: 'rds',
  operations: { ...operations('rds'), ...accountOperations },
  events: {
    ...clusterEvents,
    ...upgradeEvents,
    ...instanceEvents,
    ...modifyInstanceEvents,
    ...snapshotEvents,
  },
  inventory: inventory('rds'),
};

export const docdb: ServiceModel = {
  service: 'docdb',
  operations: operations('docdb'),
  inventory: inventory('docdb'),
};
