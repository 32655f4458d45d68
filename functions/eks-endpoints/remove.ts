/**
 * After this step no endpoint of the environment carries the EKS cluster group, so that EKS can delete that
 * group with its cluster instead of leaving it behind (aws-facts 5.7). A cluster that stays keeps its group on them.
 */
import type { VpcEndpoint } from '@aws-sdk/client-ec2';
import { clusterUnderRemoval } from '#lib/eks/cluster.ts';
import { clusterGroupIds } from '#lib/eks/cluster-groups.ts';
import {
  carries,
  changeGroups,
  type GroupChange,
  ownedEndpoints,
  paceSeconds,
} from '#lib/eks/endpoint-groups.ts';
import { phaseOf } from '#lib/network/endpoints.ts';
import { isInScope } from '#lib/ownership/scope.ts';
import { countedAre } from '#lib/run/counted.ts';
import type { RemovalTarget } from '#lib/run/environment.ts';
import { gone, pending, type StepContext, type StepOutcome, stepHandler } from '#lib/run/step.ts';

export async function remove({ environment }: StepContext<RemovalTarget>): Promise<StepOutcome> {
  const { cluster, fate } = await clusterUnderRemoval(environment);
  if (fate === 'stays') return gone('the EKS cluster stays, and with it its group on the endpoints');
  // One that is being deleted lets go of its groups by itself.
  const endpoints = (await ownedEndpoints(environment)).filter(
    (endpoint) => !['leaving', 'gone'].includes(phaseOf(endpoint)),
  );
  if (endpoints.length === 0) return gone('no endpoint carries the EKS group');
  // Beside this step all that goes is deleted in one call: no need to change it before.
  const goes = (endpoint: VpcEndpoint) => isInScope(endpoint.Tags, environment);
  if (endpoints.every(goes) && !environment.heldBack?.endpoints)
    return pending(`${countedAre(endpoints.length, 'endpoint')} about to be deleted`, 3);
  const vpcIds = [...new Set(endpoints.map((endpoint) => endpoint.VpcId!))];
  const groupIds = new Set(await clusterGroupIds(environment, vpcIds));
  const known = cluster?.resourcesVpcConfig?.clusterSecurityGroupId;
  if (known) groupIds.add(known);

  const holding = endpoints.filter((endpoint) => [...groupIds].some((id) => carries(endpoint, id)));
  if (holding.length === 0) return gone('no endpoint carries the EKS group');
  const changes: GroupChange[] = holding
    .filter((endpoint) => phaseOf(endpoint) !== 'coming')
    .map((endpoint) => ({
      endpointId: endpoint.VpcEndpointId!,
      remove: [...groupIds].filter((id) => carries(endpoint, id)),
    }));
  const left = holding.length - (await changeGroups(environment, changes)).length;
  return pending(
    `the EKS group is still on ${left} of ${endpoints.length} endpoints`,
    paceSeconds(left || 1),
  );
}

export const handler = stepHandler('eks-endpoints', 'remove', remove);
