/** A look at a step that has nothing left to do but to wait. */
import { EC2Client } from '@aws-sdk/client-ec2';
import { client } from '#lib/aws/clients.ts';
import { listNatGateways } from '#lib/network/observe.ts';
import { natPlans } from '#lib/network/options.ts';
import { pending, type StepContext, type StepOutcome } from '#lib/run/step.ts';
import { secondsUntilAvailable } from './nat-gateway.ts';

/**
 * Everything was asked for and only NAT gateways are awaited: while none has come up there is nothing else to do, so
 * nothing else is listed. What somebody changes meanwhile is seen by the look that finds one available.
 */
export async function stillPending(context: StepContext): Promise<StepOutcome | undefined> {
  const { environment, resources } = context;
  const { natGatewayId, privateRouteTableId, publicRouteTableId, zonalIds = {} } = resources;
  if (environment.network.transitGateway && !resources.transitGatewayAttachmentId) return undefined;
  if (!natGatewayId || !privateRouteTableId || !publicRouteTableId) return undefined;
  const ids = [natGatewayId, ...Object.values(zonalIds).filter((id) => id.startsWith('nat-'))];
  if (ids.length < natPlans(environment).length) return undefined;
  const gateways = await listNatGateways(client(EC2Client, environment), [
    { Name: 'nat-gateway-id', Values: ids },
  ]);
  if (gateways.length < ids.length || gateways.some(({ State }) => State !== 'pending')) return undefined;
  return pending(
    `NAT gateway ${ids.join(', ')} is pending`,
    Math.max(...gateways.map(({ CreateTime }) => secondsUntilAvailable(context, CreateTime))),
  );
}
