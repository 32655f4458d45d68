/** UpdateClusterVersion: one minor version onward, once EKS's own checks let it. */
import { z } from 'zod';
import { AwsFault, type Call, mutation, type Operation } from '#embedded/model.ts';
import { checkedKubernetesVersion } from './catalogue.ts';
import {
  type Cluster,
  type ClusterUpdate,
  describedUpdate,
  invalidParameter,
  refuseWhileUpdating,
  requireActiveCluster,
  requireCluster,
  uuid,
} from './state.ts';

/** Seconds. Ten minutes are on record (eksctl-io/eksctl#7976). */
const upgradeSeconds = [540, 840] as const;
/** "This status transition is eventually consistent" (API_UpdateClusterVersion). */
const showsSeconds = [2, 8] as const;

const shape = {
  name: z.string(),
  version: z.string(),
  clientRequestToken: z.string().optional(),
  force: z.boolean().optional(),
};
type Input = z.infer<z.ZodObject<typeof shape>>;

function minorOf(version: string): number {
  return Number(version.split('.')[1]);
}

/** The sentence is on record for skipping, going back and standing still (rancher/rancher#41643, #21043). */
function checkStep({ name, version }: Cluster, wanted: string): void {
  if (minorOf(wanted) === minorOf(version) + 1) return;
  throw invalidParameter(`Unsupported Kubernetes minor version update from ${version} to ${wanted}`, {
    clusterName: name,
  });
}

/** Nodes first catch up with the cluster they have (hashicorp/terraform-provider-aws#19478). */
function checkNodegroups({ name, version, nodegroups }: Cluster): void {
  const behind = Object.values(nodegroups).filter((nodegroup) => nodegroup.version !== version);
  if (behind.length === 0) return;
  throw invalidParameter(
    `Nodegroups ${behind.map((one) => one.name).join(', ')} must be updated to match cluster version ${version} before updating cluster version`,
    { clusterName: name },
  );
}

/** In EKS's words (hashicorp/terraform-provider-aws#42031). */
function checkInsights({ insights = [], name }: Cluster, wanted: string, force: boolean | undefined): void {
  const blocks = insights.some((one) => one.status === 'ERROR' && one.kubernetesVersion === wanted);
  if (!blocks || force) return;
  throw new AwsFault(
    'InvalidStateException',
    'Upgrade readiness issues detected. Call the EKS ListInsights API to view upgrade blocking issues detected by EKS. Pass the force flag to override upgrade readiness errors and proceed with upgrade.',
    { extra: { clusterName: name } },
  );
}

function startUpgrade(call: Call, input: Input): ClusterUpdate {
  const cluster = requireCluster(call, input.name);
  refuseWhileUpdating(cluster, 'VersionUpdate');
  requireActiveCluster(call, input.name);
  checkStep(cluster, input.version);
  checkedKubernetesVersion(call, input.version, cluster.supportType);
  checkNodegroups(cluster);
  checkInsights(cluster, input.version, input.force);
  const update: ClusterUpdate = {
    id: uuid(call),
    type: 'VersionUpdate',
    status: 'InProgress',
    params: [
      { type: 'Version', value: input.version },
      { type: 'PlatformVersion', value: 'eks.1' },
    ],
    createdAt: call.now,
    changes: { version: input.version },
    ...(call.outcome === 'fails'
      ? {
          failure: {
            errorCode: 'IpNotAvailable',
            errorMessage: 'The subnets of the cluster do not have enough available IP addresses.',
            resourceIds: [...cluster.subnetIds],
          },
        }
      : {}),
  };
  cluster.updates[update.id] = update;
  call.schedule('eks:clusterUpdateShows', cluster.uid, call.between(...showsSeconds));
  call.schedule('eks:clusterUpdated', `${cluster.uid}/${update.id}`, call.between(...upgradeSeconds));
  return update;
}

export const clusterVersionOperations: Record<string, Operation> = {
  UpdateClusterVersion: mutation(shape, (input, call) => ({
    update: describedUpdate(startUpgrade(call, input)),
  })),
};
