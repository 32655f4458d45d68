/**
 * Changing an instance's class: it restarts, and a writer hands over to a reader where there is one. Right after the
 * call it still reads `available`, with the class among the pending values; without ApplyImmediately it stays so.
 */
import { z } from 'zod';
import { type Call, mutation, type Operation, type ServiceModel } from '#embedded/model.ts';
import { isOffered, zonesOffering } from './catalogue.ts';
import { describedInstance } from './described.ts';
import { passOnWriter, unsupported } from './instances.ts';
import { type Client, type Instance, rdsFault, rdsState, requireCluster, requireInstance } from './state.ts';
import { assertNotStopped } from './stopped-clusters.ts';

export function modifyInstanceOperations(client: Client): Record<string, Operation> {
  return {
    ModifyDBInstance: mutation(
      {
        DBInstanceIdentifier: z.string(),
        DBInstanceClass: z.string().optional(),
        ApplyImmediately: z.boolean().optional(),
      },
      (input, call) => {
        const instance = requireInstance(call, input.DBInstanceIdentifier);
        setClass(call, instance, input.DBInstanceClass, input.ApplyImmediately ?? false);
        return { DBInstance: describedInstance(call, instance, client) };
      },
    ),
  };
}

function setClass(call: Call, instance: Instance, instanceClass: string | undefined, now: boolean): void {
  const cluster = requireCluster(call, instance.clusterId);
  assertNotStopped(cluster);
  if (instance.status !== 'available' || cluster.status === 'upgrading')
    throw rdsFault(
      'InvalidDBInstanceStateFault',
      `Database instance ${instance.id} is not in available state, it is ${instance.status}.`,
    );
  if (instanceClass === undefined) return;
  const offered = isOffered(cluster.engine, cluster.engineVersion, instanceClass);
  if (!offered || !zonesOffering(call, instanceClass).includes(instance.zoneName))
    throw unsupported(cluster, instanceClass);
  if (instanceClass === instance.instanceClass) {
    delete instance.pendingClass;
    return;
  }
  instance.pendingClass = instanceClass;
  if (now) call.schedule('rds:instanceModifying', instance.id, call.between(10, 40));
}

export const modifyInstanceEvents: ServiceModel['events'] = {
  'rds:instanceModifying': (id, call) => {
    const instance = rdsState(call).instances[id];
    if (instance?.status !== 'available' || instance.pendingClass === undefined) return;
    instance.status = 'modifying';
    passOnWriter(call, instance);
    call.schedule('rds:instanceModified', id, call.between(480, 900));
  },
  'rds:instanceModified': (id, call) => {
    const instance = rdsState(call).instances[id];
    if (instance?.status !== 'modifying') return;
    if (instance.pendingClass !== undefined) instance.instanceClass = instance.pendingClass;
    delete instance.pendingClass;
    instance.status = 'available';
    const cluster = rdsState(call).clusters[instance.clusterId];
    if (cluster) cluster.writer ??= id;
  },
};
