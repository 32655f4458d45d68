/**
 * The rolling update of a node group (EKS user guide, "Understand each phase of node updates"): up to two new nodes a
 * zone come up first, then the old ones are drained and go, one after the other; a disruption budget that lets no pod
 * go for 15 minutes ends it.
 */
import type { Call } from '#embedded/model.ts';
import { ec2State } from '#embedded/services/ec2/state.ts';
import { nodesChanged } from './addons.ts';
import { nodegroupOfEvent, tryToScale } from './nodegroup-life.ts';
import { addPodInterfaces, removeOldest, scaleNodes } from './nodes.ts';
import type { Cluster, Nodegroup, RollingUpdate, UpdateError } from './state.ts';

/** Seconds. */
const surgeSeconds = [100, 200] as const;
const perNodeSeconds = [180, 330] as const;
const evictionSeconds = 900;

export function startRolling(
  call: Call,
  cluster: Cluster,
  nodegroup: Nodegroup,
  update: RollingUpdate,
): void {
  if (call.outcome === 'fails') update.failure = evictionFailure(call, nodegroup);
  call.schedule('eks:nodesSurge', `${cluster.uid}/${nodegroup.uid}`, call.between(...surgeSeconds));
}

function runningRoll({ updates }: Nodegroup): RollingUpdate | undefined {
  return Object.values(updates).find(
    (update): update is RollingUpdate => update.status === 'InProgress' && 'version' in update,
  );
}

/** In EKS's words (aws/containers-roadmap#1282): it names nodes, not pods. */
function evictionFailure(call: Call, { name, nodes }: Nodegroup): UpdateError {
  const [first] = nodes;
  return {
    errorCode: 'PodEvictionFailure',
    errorMessage: `Reached max retries while trying to evict pods from nodes in node group ${name}`,
    resourceIds: first ? [nodeName(call, first.instanceId)] : [],
  };
}

function nodeName(call: Call, instanceId: string): string {
  const { instances, networkInterfaces } = ec2State(call);
  const address = networkInterfaces[instances[instanceId]?.networkInterfaceId ?? '']?.privateIp ?? '';
  return `ip-${address.replaceAll('.', '-')}.${call.region}.compute.internal`;
}

function surge(call: Call, cluster: Cluster, nodegroup: Nodegroup, update: RollingUpdate): void {
  const old = nodegroup.nodes.length;
  const refusal = tryToScale(call, cluster, nodegroup, old + 2 * nodegroup.subnetIds.length);
  update.surge = nodegroup.nodes.length - old;
  addPodInterfaces(call, cluster, nodegroup);
  if (refusal) update.failure = { errorCode: 'NodeCreationFailure', errorMessage: refusal, resourceIds: [] };
  else if (nodegroup.keepsPods) update.failure = evictionFailure(call, nodegroup);
  const milliseconds = refusal
    ? 0
    : update.failure
      ? evictionSeconds * 1000
      : Math.max(1, old) * call.between(...perNodeSeconds);
  call.schedule('eks:nodesRolled', `${cluster.uid}/${nodegroup.uid}`, milliseconds);
}

function endRoll(call: Call, cluster: Cluster, nodegroup: Nodegroup, update: RollingUpdate): void {
  nodegroup.status = 'ACTIVE';
  nodegroup.modifiedAt = call.now;
  if (update.failure) {
    update.status = 'Failed';
    scaleNodes(call, cluster, nodegroup);
    return;
  }
  update.status = 'Successful';
  nodegroup.version = update.version;
  if (update.launchTemplate) nodegroup.launchTemplate = update.launchTemplate;
  removeOldest(call, nodegroup, nodegroup.nodes.length - (update.surge ?? 0));
  scaleNodes(call, cluster, nodegroup);
  addPodInterfaces(call, cluster, nodegroup);
  nodesChanged(call, cluster);
}

export const rollingEvents: Record<string, (id: string, call: Call) => void> = {
  'eks:nodesSurge': (id, call) => {
    const it = nodegroupOfEvent(call, id);
    const update = it && runningRoll(it.nodegroup);
    if (it && update) surge(call, it.cluster, it.nodegroup, update);
  },
  'eks:nodesRolled': (id, call) => {
    const it = nodegroupOfEvent(call, id);
    const update = it && runningRoll(it.nodegroup);
    if (it && update) endRoll(call, it.cluster, it.nodegroup, update);
  },
};
