/**
 * After this step the VPC has one attached Internet Gateway (R13), one NAT gateway with an address in the first
 * public subnet (R14; or one a zone, where the request says so), the EKS route tables with their subnets and default
 * routes (R15, R16), and a main route table with the local route only (R17). A second run recognises each by its
 * ownership tag. A private default route waits for its NAT gateway; everything else is made at the first look. What a
 * request no longer has of zones with their own goes. `remove` takes it all back.
 */

import { known } from '#lib/network/known-ids.ts';
import { defined, soonest } from '#lib/network/progress.ts';
import { noteMade } from '#lib/network/visibility.ts';
import type { Resources } from '#lib/run/environment.ts';
import { ready, type StepContext, type StepOutcome, stepHandler } from '#lib/run/step.ts';
import { ensureEgress, type WayOut } from './egress.ts';
import { removeLeftovers } from './egress-leftovers.ts';
import { ensureInternetGateway } from './internet-gateway.ts';
import { ensureRouteTables } from './route-tables.ts';
import { stillPending } from './still-pending.ts';

export async function ensure(context: StepContext): Promise<StepOutcome> {
  const { resources } = context;
  const vpcId = known(resources, 'vpcId');
  const still = await stillPending(context);
  if (still) return still;
  const gateway = await ensureInternetGateway(context, vpcId);
  const egress = await ensureEgress(context, vpcId, gateway.wait);
  const { ways } = egress;
  const { publicTable, privateTables, all } = await ensureRouteTables(context, vpcId, {
    toInternet: gateway.wait ? undefined : { GatewayId: gateway.id! },
    toNat: ways.map(({ plan, nat }) => ({
      plan,
      toNat: nat.wait ? undefined : { NatGatewayId: nat.id! },
    })),
  });

  const parts = [gateway, ...ways.flatMap(({ address, nat }) => [address, nat])];
  const made = parts.filter((one) => one.made).map((one) => one.id);
  const [first, ...others] = ways;
  const found = defined({
    ...noteMade(resources, made),
    internetGatewayId: gateway.id,
    allocationId: first?.address.id,
    natGatewayId: first?.nat.id,
    zonalIds: zonalIdsOf(resources, others),
    publicRouteTableId: publicTable.id,
    privateRouteTableId: privateTables[0]?.id,
  });
  const open = soonest([...parts, publicTable, ...privateTables].map(({ wait }) => wait));
  const wait = open ?? (await removeLeftovers(context, egress, all));
  const nats = ways.map(({ nat }) => nat.id);
  if (!wait)
    return ready(
      `Internet Gateway ${gateway.id}, NAT gateway ${nats.join(', ')} and routes are there`,
      found,
    );
  return {
    status: 'pending',
    detail: wait.detail,
    retryAfterSeconds: wait.seconds,
    resources: found,
    requested: nats.every((id) => id !== undefined),
  };
}

/** Undefined while there is nothing to know beside the first zone. */
function zonalIdsOf({ zonalIds }: Resources, others: readonly WayOut[]): Resources['zonalIds'] {
  if (others.length === 0) return undefined;
  const ids = others.flatMap(({ plan, address, nat }) => [
    [plan.address, address.id],
    [plan.gateway, nat.id],
  ]);
  return { ...zonalIds, ...Object.fromEntries(ids.filter(([, id]) => id !== undefined)) };
}

// Ten minutes for a NAT gateway (aws-facts 0.6), and as much again for replacing one that failed.
export const handler = stepHandler('routing', 'ensure', ensure);
