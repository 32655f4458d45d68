/**
 * After this step the EKS cluster security group stands on all twelve endpoints, beside the base group (R20).
 * A second run sees the groups each endpoint carries. It runs beside the nodes: `eks_to_base` alone already lets
 * them reach the endpoints. Taken back by `remove`, before the cluster goes.
 */

import type { VpcEndpoint } from '@aws-sdk/client-ec2';
import { carries, changeGroups, ownedEndpoints, paceSeconds } from '#lib/eks/endpoint-groups.ts';
import { phaseOf } from '#lib/network/endpoints.ts';
import { known } from '#lib/network/known-ids.ts';
import { ResourceFailedError } from '#lib/run/failures.ts';
import type { StepContext, StepOutcome } from '#lib/run/step.ts';
import { pending, ready, stepHandler } from '#lib/run/step.ts';

export async function ensure({ environment, resources }: StepContext): Promise<StepOutcome> {
  const groupId = known(resources, 'clusterSecurityGroupId');
  const vpcId = known(resources, 'vpcId');
  const endpoints = (await ownedEndpoints(environment)).filter((endpoint) => endpoint.VpcId === vpcId);
  const live = endpoints.filter((endpoint) => !['leaving', 'gone'].includes(phaseOf(endpoint)));
  const missing = environment.endpointServices.filter(
    ({ serviceName }) => !live.some((endpoint) => endpoint.ServiceName === serviceName),
  );
  if (missing.length > 0)
    return pending(`endpoints not there yet: ${missing.map(({ suffix }) => suffix).join(', ')}`, 10);
  for (const endpoint of live) refuseFailed(endpoint);

  const lacking = live.filter((endpoint) => !carries(endpoint, groupId));
  const unsettled = live.filter((endpoint) => phaseOf(endpoint) === 'coming');
  if (lacking.length === 0 && unsettled.length > 0)
    // A change of groups sends an endpoint back to `pending` for a moment, in which it is not what R18 asks for.
    return pending(`the EKS group ${groupId} stands on all; ${unsettled.length} are pending`, confirmSeconds);
  if (lacking.length === 0) return ready(`the EKS group ${groupId} stands on all ${live.length} endpoints`);
  const open = lacking.filter((endpoint) => phaseOf(endpoint) === 'available');
  const accepted = await changeGroups(
    environment,
    open.map((endpoint) => ({ endpointId: endpoint.VpcEndpointId!, add: groupId })),
  );
  const left = lacking.length - accepted;
  const detail = `the EKS group ${groupId} stands on ${live.length - left} of ${live.length} endpoints`;
  return pending(detail, left > 0 ? paceSeconds(left) : confirmSeconds);
}

/** Ready is only what was seen: one more look at the endpoints after the last change. */
const confirmSeconds = 10;

function refuseFailed(endpoint: VpcEndpoint): void {
  if (phaseOf(endpoint) !== 'failed') return;
  throw new ResourceFailedError(
    `VPC endpoint ${endpoint.VpcEndpointId} (${endpoint.ServiceName}) is ${endpoint.State}: ${endpoint.LastError?.Message ?? 'AWS gives no reason'}`,
    'delete that endpoint, then run again',
  );
}

export const handler = stepHandler('eks-endpoints', 'ensure', ensure);
