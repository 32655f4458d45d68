/**
 * After this step the EKS cluster security group stands on all twelve endpoints, beside the base group (R20).
 * A second run sees the groups each endpoint carries. It runs beside the nodes: `eks_to_base` alone already lets
 * them reach the endpoints. Taken back by `remove`, before the cluster goes.
 */

import type { VpcEndpoint } from '@aws-sdk/client-ec2';
import { tolerating } from '#lib/aws/errors.ts';
import { carries, changeGroups, ownedEndpoints, paceSeconds } from '#lib/eks/endpoint-groups.ts';
import { phaseOf } from '#lib/network/endpoints.ts';
import { known } from '#lib/network/known-ids.ts';
import { ResourceFailedError } from '#lib/run/failures.ts';
import type { StepContext, StepOutcome } from '#lib/run/step.ts';
import { pending, ready, stepHandler } from '#lib/run/step.ts';

export async function ensure(context: StepContext): Promise<StepOutcome> {
  const { environment, resources } = context;
  const groupId = known(resources, 'clusterSecurityGroupId');
  const { endpointsToChange = [] } = resources;
  // A look of this run has seen these; all are looked at once more after the last change.
  if (endpointsToChange.length > 0) return change(context, groupId, endpointsToChange, 0);
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
  const ids = open.map(({ VpcEndpointId }) => VpcEndpointId!);
  return change(context, groupId, ids, lacking.length - open.length);
}

/** `busy`: how many lack the group besides, and take no change now. */
async function change(
  { environment }: StepContext,
  groupId: string,
  ids: readonly string[],
  busy: number,
): Promise<StepOutcome> {
  const changes = ids.map((endpointId) => ({ endpointId, add: groupId }));
  const accepted = await tolerating(['gone'], () => changeGroups(environment, changes));
  if (!accepted) return pending('an endpoint is gone: looking at all of them', 2, { endpointsToChange: [] });
  const endpointsToChange = ids.filter((id) => !accepted.includes(id));
  const left = endpointsToChange.length + busy;
  const total = environment.endpointServices.length;
  return pending(
    `the EKS group ${groupId} stands on ${total - left} of ${total} endpoints`,
    left > 0 ? paceSeconds(left) : confirmSeconds,
    // Where AWS took none, something else may have become of them.
    { endpointsToChange: busy > 0 || accepted.length === 0 ? [] : endpointsToChange },
  );
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
