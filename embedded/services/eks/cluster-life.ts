/**
 * What happens to a cluster by itself: its interfaces and security group appear, it gets ACTIVE or FAILED, its
 * updates end, and a deleted one goes, with what EKS can take along.
 */
import { AwsFault, type Call } from '#embedded/model.ts';
import { addNetworkInterface, removeNetworkInterface } from '#embedded/services/ec2/network-interfaces.ts';
import { guardDutyComes } from '#embedded/services/ec2/others-endpoints.ts';
import {
  addSecurityGroup,
  removeSecurityGroup,
  securityGroupUsers,
} from '#embedded/services/ec2/security-group-state.ts';
import { ec2State } from '#embedded/services/ec2/state.ts';
import { roleExists } from '#embedded/services/iam/state.ts';
import { writeToLogGroup } from '#embedded/services/logs.ts';
import { type Cluster, clusterOfEvent, eksState, type Issue, runningUpdate } from './state.ts';

/** Seconds. Creation: surveys of regions (aws-facts 15); the group appears well before the end. */
const networkSeconds = [35, 45] as const;
const createSeconds = [570, 720] as const;
const failSeconds = [240, 420] as const;
const deleteSeconds = [480, 720] as const;
/** EKS places two to four interfaces; here one in each of up to three zones. */
const interfacesPerCluster = 3;

export function startCluster(call: Call, cluster: Cluster): void {
  call.schedule('eks:clusterNetwork', cluster.uid, call.between(...networkSeconds));
  const [soonest, latest] = cluster.willFail ? failSeconds : createSeconds;
  call.schedule('eks:clusterSettled', cluster.uid, call.between(soonest, latest));
}

export function startDeletion(call: Call, cluster: Cluster): void {
  cluster.status = 'DELETING';
  call.schedule('eks:clusterGone', cluster.uid, call.between(...deleteSeconds));
}

function fail(cluster: Cluster, issue: Issue): void {
  cluster.status = 'FAILED';
  cluster.issues.push(issue);
}

function logsWritten(call: Call, cluster: Cluster): void {
  if (cluster.logTypes.length > 0) writeToLogGroup(call, `/aws/eks/${cluster.name}/cluster`);
}

/** The first of the cluster's subnets in each zone. */
function oneInEachZone(call: Call, cluster: Cluster): string[] {
  const subnets = cluster.subnetIds.flatMap((id) => ec2State(call).subnets[id] ?? []);
  return [...new Map(subnets.toReversed().map((subnet) => [subnet.zoneId, subnet.id])).values()];
}

function makeNetwork(call: Call, cluster: Cluster): void {
  const subnets = cluster.subnetIds.map((id) => ec2State(call).subnets[id]);
  const missing = cluster.subnetIds.filter((_id, index) => !subnets[index]);
  if (missing.length > 0) {
    fail(cluster, { code: 'Ec2SubnetNotFound', message: 'Subnets were not found', resourceIds: missing });
    return;
  }
  cluster.clusterSecurityGroupId = addSecurityGroup(call, {
    vpcId: cluster.vpcId,
    name: `eks-cluster-sg-${cluster.name}-${Math.floor(call.random() * 1e9)}`,
    description:
      'EKS created security group applied to ENI that is attached to EKS Control Plane master nodes, as well as any managed workloads.',
    tags: {
      Name: `eks-cluster-sg-${cluster.name}`,
      [`kubernetes.io/cluster/${cluster.name}`]: 'owned',
      'aws:eks:cluster-name': cluster.name,
    },
    selfIngress: true,
  });
  const places = oneInEachZone(call, cluster);
  try {
    for (const subnetId of places.slice(0, interfacesPerCluster)) {
      cluster.networkInterfaceIds.push(
        addNetworkInterface(call, {
          subnetId,
          groupIds: [cluster.clusterSecurityGroupId, ...cluster.securityGroupIds],
          description: `Amazon EKS ${cluster.name}`,
          requesterId: 'amazon-eks',
        }),
      );
    }
  } catch (error) {
    if (!(error instanceof AwsFault)) throw error;
    fail(cluster, {
      code: 'InsufficientFreeAddresses',
      message: error.message,
      resourceIds: places,
    });
    return;
  }
  logsWritten(call, cluster);
}

/** Nobody but EKS can detach its interfaces; left behind, they are plain `available` ones. */
function leaveInterface(call: Call, id: string): void {
  const { networkInterfaces } = ec2State(call);
  const left = networkInterfaces[id];
  if (!left) return;
  const { attachment: _detached, requesterId: _requester, ...rest } = left;
  networkInterfaces[id] = { ...rest, requesterManaged: false };
}

/**
 * EKS acts in the account through the cluster role, and deletes its security group only if nothing else uses
 * it; otherwise it leaves the group behind and says nothing.
 */
function dissolve(call: Call, cluster: Cluster): void {
  if (cluster.established) logsWritten(call, cluster);
  const mayAct = roleExists(call, cluster.roleArn);
  for (const id of cluster.networkInterfaceIds) {
    if (mayAct) removeNetworkInterface(call, id);
    else leaveInterface(call, id);
  }
  const groupId = cluster.clusterSecurityGroupId;
  if (mayAct && groupId && ec2State(call).securityGroups[groupId]) {
    if (securityGroupUsers(call, groupId).length === 0) removeSecurityGroup(call, groupId);
  }
  delete eksState(call).clusters[cluster.name];
}

export const clusterEvents: Record<string, (id: string, call: Call) => void> = {
  'eks:clusterNetwork': (id, call) => {
    const cluster = clusterOfEvent(call, id);
    if (cluster?.status === 'CREATING') makeNetwork(call, cluster);
  },
  'eks:clusterSettled': (id, call) => {
    const cluster = clusterOfEvent(call, id);
    if (cluster?.status !== 'CREATING') return;
    if (cluster.willFail) {
      fail(cluster, {
        code: 'InternalFailure',
        message: 'Cluster creation failed',
        resourceIds: [cluster.name],
      });
    } else if (!roleExists(call, cluster.roleArn)) {
      fail(cluster, {
        code: 'IamRoleNotFound',
        message: 'The cluster role was not found',
        resourceIds: [cluster.roleArn],
      });
    } else {
      cluster.status = 'ACTIVE';
      cluster.established = true;
      guardDutyComes(call, cluster.vpcId, oneInEachZone(call, cluster));
    }
  },
  'eks:clusterUpdateShows': (id, call) => {
    const cluster = clusterOfEvent(call, id);
    if (cluster?.status === 'ACTIVE' && runningUpdate(cluster)) cluster.status = 'UPDATING';
  },
  'eks:clusterUpdated': (id, call) => {
    const cluster = clusterOfEvent(call, id);
    const update = cluster?.updates[id.split('/')[1] ?? ''];
    if (!cluster || !update) return;
    update.status = update.failure ? 'Failed' : 'Successful';
    if (!update.failure) Object.assign(cluster, update.changes);
    if (cluster.status === 'UPDATING') cluster.status = 'ACTIVE';
    if (cluster.status === 'ACTIVE') logsWritten(call, cluster);
  },
  'eks:clusterGone': (id, call) => {
    const cluster = clusterOfEvent(call, id);
    if (cluster) dissolve(call, cluster);
  },
};
