/** EKS: clusters and what hangs on them. */
import type { Call, ServiceModel } from '#embedded/model.ts';
import { accessOperations } from './access.ts';
import { addonEvents, addonOperations } from './addons.ts';
import { catalogueOperations } from './catalogue.ts';
import { clusterEvents } from './cluster-life.ts';
import { clusterUpdateOperations } from './cluster-updates.ts';
import { clusterVersionOperations } from './cluster-version.ts';
import { clusterOperations } from './clusters.ts';
import { insightOperations } from './insights.ts';
import { nodegroupEvents } from './nodegroup-life.ts';
import { rollingEvents } from './nodegroup-rolling.ts';
import { nodegroupUpdateOperations } from './nodegroup-updates.ts';
import { nodegroupOperations } from './nodegroups.ts';
import { podIdentityOperations } from './pod-identity.ts';
import { eksState } from './state.ts';
import { tagOperations } from './tags.ts';

export const eks: ServiceModel = {
  service: 'eks',
  operations: {
    ...catalogueOperations,
    ...clusterOperations,
    ...clusterUpdateOperations,
    ...clusterVersionOperations,
    ...insightOperations,
    ...nodegroupOperations,
    ...nodegroupUpdateOperations,
    ...addonOperations,
    ...accessOperations,
    ...podIdentityOperations,
    ...tagOperations,
  },
  events: { ...clusterEvents, ...nodegroupEvents, ...rollingEvents, ...addonEvents },
  inventory: (call) => {
    const clusters = Object.values(eksState(call).clusters);
    const members = (name: 'nodegroups' | 'addons' | 'accessEntries' | 'podIdentityAssociations') =>
      clusters.flatMap((cluster) => Object.keys(cluster[name]).map((key) => `${cluster.name}/${key}`));
    return {
      'eks:cluster': clusters.map((cluster) => cluster.name),
      'eks:nodegroup': members('nodegroups'),
      'eks:addon': members('addons'),
      'eks:access-entry': members('accessEntries'),
      'eks:pod-identity-association': members('podIdentityAssociations'),
    };
  },
};

/** From now on deleted nodes leave the CNI's interfaces behind (or no longer do). */
export function leakPodInterfaces(call: Call, leak: boolean): void {
  eksState(call).leaksPodInterfaces = leak;
}
