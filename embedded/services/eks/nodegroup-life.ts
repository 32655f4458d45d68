/** What happens to a node group by itself: nodes are launched, join or never do, and a deleted one goes. */
import { AwsFault, type Call } from '#embedded/model.ts';
import { addInstanceProfile, dropInstanceProfile } from '#embedded/services/iam/state.ts';
import { admitNodeRole } from './access.ts';
import { nodesChanged } from './addons.ts';
import { addPodInterfaces, misconfiguredSubnets, removeNodes, scaleNodes, whyNotJoining } from './nodes.ts';
import { type Cluster, clusterOfEvent, eksState, memberOfEvent, type Nodegroup, uuid } from './state.ts';

/** Seconds. Joining: a managed node group of others took 80 s; nodes that never join are given up after 20 min. */
const launchSeconds = [25, 40] as const;
const joinSeconds = [90, 180] as const;
const lookAgainSeconds = 60;
const patienceSeconds = 1200;
const failSeconds = [180, 480] as const;
const deleteSeconds = [120, 300] as const;
const updateSeconds = [30, 60] as const;

function eventId(cluster: Cluster, nodegroup: Nodegroup): string {
  return `${cluster.uid}/${nodegroup.uid}`;
}

function profileName(nodegroup: Nodegroup): string {
  return `eks-${nodegroup.uid}`;
}

export function startNodegroup(call: Call, cluster: Cluster, nodegroup: Nodegroup): void {
  const id = eventId(cluster, nodegroup);
  addInstanceProfile(call, nodegroup.nodeRole, profileName(nodegroup));
  admitNodeRole(call, cluster, nodegroup.nodeRole);
  call.schedule('eks:nodesLaunched', id, call.between(...launchSeconds));
  const [soonest, latest] = nodegroup.willFail ? failSeconds : joinSeconds;
  call.schedule('eks:nodesJoining', id, call.between(soonest, latest));
}

export function startNodegroupUpdate(call: Call, cluster: Cluster, nodegroup: Nodegroup): void {
  call.schedule('eks:nodegroupUpdated', eventId(cluster, nodegroup), call.between(...updateSeconds));
}

export function startNodegroupDeletion(call: Call, cluster: Cluster, nodegroup: Nodegroup): void {
  nodegroup.status = 'DELETING';
  nodegroup.modifiedAt = call.now;
  call.schedule('eks:nodegroupGone', eventId(cluster, nodegroup), call.between(...deleteSeconds));
}

function fail(call: Call, nodegroup: Nodegroup, code: string, message: string, resourceIds: string[]): void {
  nodegroup.status = 'CREATE_FAILED';
  nodegroup.modifiedAt = call.now;
  nodegroup.issues.push({ code, message, resourceIds });
}

function launch(call: Call, cluster: Cluster, nodegroup: Nodegroup): void {
  nodegroup.autoScalingGroup = `eks-${nodegroup.name}-${uuid(call)}`;
  if (nodegroup.willFail) return;
  const misconfigured = misconfiguredSubnets(call, nodegroup);
  if (misconfigured.length > 0) {
    fail(
      call,
      nodegroup,
      'Ec2SubnetInvalidConfiguration',
      'One or more Amazon EC2 Subnets for the node group does not automatically assign public IP addresses to instances launched into it.',
      misconfigured,
    );
    return;
  }
  const refusal = tryToScale(call, cluster, nodegroup);
  if (refusal) fail(call, nodegroup, 'AsgInstanceLaunchFailures', refusal, [nodegroup.autoScalingGroup]);
}

/** What EC2 said where it did not give all the instances. */
export function tryToScale(
  call: Call,
  cluster: Cluster,
  nodegroup: Nodegroup,
  count?: number,
): string | undefined {
  try {
    scaleNodes(call, cluster, nodegroup, count);
    return undefined;
  } catch (error) {
    if (error instanceof AwsFault) return error.message;
    throw error;
  }
}

function endUpdate(call: Call, cluster: Cluster, nodegroup: Nodegroup): void {
  for (const update of Object.values(nodegroup.updates))
    if (update.status === 'InProgress') update.status = 'Successful';
  const refusal = tryToScale(call, cluster, nodegroup);
  nodegroup.status = refusal ? 'DEGRADED' : 'ACTIVE';
  nodegroup.issues = refusal
    ? [
        {
          code: 'AsgInstanceLaunchFailures',
          message: refusal,
          resourceIds: [nodegroup.autoScalingGroup ?? ''],
        },
      ]
    : [];
  addPodInterfaces(call, cluster, nodegroup);
}

function join(call: Call, cluster: Cluster, nodegroup: Nodegroup): void {
  if (nodegroup.willFail) {
    fail(
      call,
      nodegroup,
      'AsgInstanceLaunchFailures',
      'Could not launch On-Demand Instances. InsufficientInstanceCapacity. Launching EC2 instance failed.',
      [nodegroup.autoScalingGroup ?? ''],
    );
    return;
  }
  const obstacle = whyNotJoining(call, cluster, nodegroup);
  if (obstacle === undefined) {
    nodegroup.status = 'ACTIVE';
    nodegroup.modifiedAt = call.now;
    addPodInterfaces(call, cluster, nodegroup);
    nodesChanged(call, cluster);
  } else if (call.now - nodegroup.createdAt >= patienceSeconds * 1000) {
    fail(
      call,
      nodegroup,
      'NodeCreationFailure',
      `Instances failed to join the kubernetes cluster: ${obstacle}`,
      nodegroup.nodes.map((node) => node.instanceId),
    );
  } else {
    call.schedule('eks:nodesJoining', eventId(cluster, nodegroup), lookAgainSeconds * 1000);
  }
}

export function nodegroupOfEvent(
  call: Call,
  id: string,
): { cluster: Cluster; nodegroup: Nodegroup } | undefined {
  const cluster = clusterOfEvent(call, id);
  const nodegroup = cluster && memberOfEvent(cluster.nodegroups, id);
  return cluster && nodegroup ? { cluster, nodegroup } : undefined;
}

export const nodegroupEvents: Record<string, (id: string, call: Call) => void> = {
  'eks:nodesLaunched': (id, call) => {
    const it = nodegroupOfEvent(call, id);
    if (it?.nodegroup.status === 'CREATING') launch(call, it.cluster, it.nodegroup);
  },
  'eks:nodesJoining': (id, call) => {
    const it = nodegroupOfEvent(call, id);
    if (it?.nodegroup.status === 'CREATING') join(call, it.cluster, it.nodegroup);
  },
  'eks:nodegroupUpdated': (id, call) => {
    const it = nodegroupOfEvent(call, id);
    if (it?.nodegroup.status === 'UPDATING') endUpdate(call, it.cluster, it.nodegroup);
  },
  'eks:nodegroupGone': (id, call) => {
    const it = nodegroupOfEvent(call, id);
    if (!it) return;
    const { cluster, nodegroup } = it;
    removeNodes(call, nodegroup, eksState(call).leaksPodInterfaces);
    dropInstanceProfile(call, profileName(nodegroup));
    delete cluster.nodegroups[nodegroup.name];
    nodesChanged(call, cluster);
  },
};
