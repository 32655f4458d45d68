/** UpdateClusterConfig: one kind of change per call, one update at a time. */
import { z } from 'zod';
import { type Call, mutation, type Operation } from '#embedded/model.ts';
import { isInExtendedSupport } from './catalogue.ts';
import { checkedPublicAccess, checkSecurityGroups, checkSubnets } from './cluster-checks.ts';
import { enabledLogTypes, loggingSchema } from './clusters.ts';
import {
  type Cluster,
  type ClusterChanges,
  type ClusterUpdate,
  describedUpdate,
  invalidParameter,
  refuseWhileUpdating,
  requireActiveCluster,
  requireCluster,
  uuid,
} from './state.ts';

const shape = {
  name: z.string(),
  clientRequestToken: z.string().optional(),
  resourcesVpcConfig: z
    .strictObject({
      subnetIds: z.array(z.string()).optional(),
      securityGroupIds: z.array(z.string()).optional(),
      endpointPublicAccess: z.boolean().optional(),
      endpointPrivateAccess: z.boolean().optional(),
      publicAccessCidrs: z.array(z.string()).optional(),
    })
    .optional(),
  logging: loggingSchema.optional(),
  accessConfig: z
    .strictObject({ authenticationMode: z.enum(['API', 'API_AND_CONFIG_MAP', 'CONFIG_MAP']) })
    .optional(),
  upgradePolicy: z.strictObject({ supportType: z.enum(['STANDARD', 'EXTENDED']) }).optional(),
  deletionProtection: z.boolean().optional(),
};
type Input = z.infer<z.ZodObject<typeof shape>>;

interface Wanted {
  readonly type: string;
  readonly changes: ClusterChanges;
  readonly seconds: readonly [number, number];
}

const weakness: readonly Cluster['authenticationMode'][] = ['CONFIG_MAP', 'API_AND_CONFIG_MAP', 'API'];

function endpointChange(cluster: Cluster, config: NonNullable<Input['resourcesVpcConfig']>): Wanted {
  const endpointPublicAccess = config.endpointPublicAccess ?? cluster.endpointPublicAccess;
  const endpointPrivateAccess = config.endpointPrivateAccess ?? cluster.endpointPrivateAccess;
  const kept = cluster.publicAccessCidrs.length > 0 ? cluster.publicAccessCidrs : undefined;
  const publicAccessCidrs = checkedPublicAccess(
    endpointPublicAccess,
    endpointPrivateAccess,
    config.publicAccessCidrs ?? kept,
  );
  return {
    type: 'EndpointAccessUpdate',
    changes: { endpointPublicAccess, endpointPrivateAccess, publicAccessCidrs },
    seconds: [60, 180],
  };
}

function vpcChange(call: Call, cluster: Cluster, config: NonNullable<Input['resourcesVpcConfig']>): Wanted {
  const subnetIds = config.subnetIds ?? cluster.subnetIds;
  const securityGroupIds = config.securityGroupIds ?? cluster.securityGroupIds;
  if (checkSubnets(call, cluster.name, subnetIds) !== cluster.vpcId)
    throw invalidParameter('Subnets must belong to the VPC of the cluster');
  checkSecurityGroups(call, cluster.vpcId, securityGroupIds);
  return { type: 'VpcConfigUpdate', changes: { subnetIds, securityGroupIds }, seconds: [60, 180] };
}

function accessChange(cluster: Cluster, mode: Cluster['authenticationMode']): Wanted {
  if (weakness.indexOf(mode) < weakness.indexOf(cluster.authenticationMode)) {
    throw invalidParameter(
      `Unsupported authentication mode update from ${cluster.authenticationMode} to ${mode}`,
    );
  }
  return { type: 'AccessConfigUpdate', changes: { authenticationMode: mode }, seconds: [30, 60] };
}

function supportChange(call: Call, cluster: Cluster, supportType: Cluster['supportType']): Wanted {
  if (supportType === 'STANDARD' && isInExtendedSupport(call, cluster.version)) {
    throw invalidParameter(
      `Extended support cannot be disabled: Kubernetes version ${cluster.version} is in extended support`,
      { clusterName: cluster.name },
    );
  }
  return { type: 'UpgradePolicyUpdate', changes: { supportType }, seconds: [10, 20] };
}

function wantedChanges(call: Call, cluster: Cluster, input: Input): Wanted[] {
  const wanted: Wanted[] = [];
  const network = input.resourcesVpcConfig;
  if (network?.subnetIds || network?.securityGroupIds) wanted.push(vpcChange(call, cluster, network));
  if (
    network?.endpointPublicAccess !== undefined ||
    network?.endpointPrivateAccess !== undefined ||
    network?.publicAccessCidrs
  ) {
    wanted.push(endpointChange(cluster, network));
  }
  if (input.logging) {
    wanted.push({
      type: 'LoggingUpdate',
      changes: { logTypes: enabledLogTypes(cluster.logTypes, input.logging) },
      seconds: [30, 60],
    });
  }
  if (input.accessConfig) wanted.push(accessChange(cluster, input.accessConfig.authenticationMode));
  if (input.upgradePolicy) wanted.push(supportChange(call, cluster, input.upgradePolicy.supportType));
  if (input.deletionProtection !== undefined) {
    wanted.push({
      type: 'DeletionProtectionUpdate',
      changes: { deletionProtection: input.deletionProtection },
      seconds: [3, 8],
    });
  }
  return wanted;
}

function startUpdate(call: Call, input: Input): ClusterUpdate {
  const cluster = requireCluster(call, input.name);
  const wanted = wantedChanges(call, cluster, input);
  const [change] = wanted;
  if (!change || wanted.length > 1)
    throw invalidParameter('Exactly one type of update is allowed at a time', { clusterName: input.name });
  refuseWhileUpdating(cluster, change.type);
  requireActiveCluster(call, input.name);
  const same = Object.entries(change.changes).every(
    ([key, value]) => JSON.stringify(cluster[key as keyof ClusterChanges]) === JSON.stringify(value),
  );
  if (same) {
    throw invalidParameter(`Cluster is already at the desired configuration (${change.type})`, {
      clusterName: cluster.name,
    });
  }
  const update: ClusterUpdate = {
    id: uuid(call),
    type: change.type,
    status: 'InProgress',
    params: Object.entries(change.changes).map(([key, value]) => ({
      type: key.slice(0, 1).toUpperCase() + key.slice(1),
      value: typeof value === 'string' ? value : JSON.stringify(value),
    })),
    createdAt: call.now,
    changes: change.changes,
  };
  cluster.updates[update.id] = update;
  // The switch of deletion protection and of the support policy leaves the status alone.
  if (!['DeletionProtectionUpdate', 'UpgradePolicyUpdate'].includes(change.type)) cluster.status = 'UPDATING';
  call.schedule('eks:clusterUpdated', `${cluster.uid}/${update.id}`, call.between(...change.seconds));
  return update;
}

export const clusterUpdateOperations: Record<string, Operation> = {
  UpdateClusterConfig: mutation(shape, (input, call) => ({
    update: describedUpdate(startUpdate(call, input)),
  })),
};
