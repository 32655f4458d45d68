/**
 * After this step the VPC has one attached Internet Gateway (R13), one NAT gateway with an address in the first
 * public subnet (R14; or one a zone, where the request says so), the EKS route tables with their subnets and default
 * routes (R15, R16), and a main route table with the local route only (R17); where the request names a transit
 * gateway, the VPC is attached to it and the private tables lead there as well. A second run recognises each by its
 * ownership tag. A private default route waits for its NAT gateway; everything else is made at the first look. What a
 * request no longer has of zones with their own goes. `remove` takes it all back.
 */

import type { RouteTable } from '@aws-sdk/client-ec2';
import { known } from '#lib/network/known-ids.ts';
import { privateTableComponent } from '#lib/network/options.ts';
import { defined, soonest, type Wait } from '#lib/network/progress.ts';
import { noteMade } from '#lib/network/visibility.ts';
import { componentTag, createdByTag, isOwned, tagValue } from '#lib/ownership/tags.ts';
import type { Resources } from '#lib/run/environment.ts';
import { ready, type StepContext, type StepOutcome, stepHandler } from '#lib/run/step.ts';
import { type Egress, ensureEgress, type WayOut } from './egress.ts';
import { removeLeftovers } from './egress-leftovers.ts';
import { ensureInternetGateway } from './internet-gateway.ts';
import { ensureRouteTables } from './route-tables.ts';
import { stillPending } from './still-pending.ts';
import { detachLeftovers, ensureTransitGateway } from './transit-gateway.ts';

export async function ensure(context: StepContext): Promise<StepOutcome> {
  const { resources } = context;
  const vpcId = known(resources, 'vpcId');
  const still = await stillPending(context);
  if (still) return still;
  const gateway = await ensureInternetGateway(context, vpcId);
  const egress = await ensureEgress(context, vpcId, gateway.wait);
  const { ways } = egress;
  const attachment = await ensureTransitGateway(context, vpcId);
  const { publicTable, privateTables, all } = await ensureRouteTables(context, vpcId, {
    toInternet: gateway.wait ? undefined : { GatewayId: gateway.id! },
    toNat: ways.map(({ plan, nat }) => ({
      plan,
      toNat: nat.wait ? undefined : { NatGatewayId: nat.id! },
    })),
    transit: attachment && !attachment.wait ? context.environment.network.transitGateway : undefined,
  });

  const parts = [
    gateway,
    ...ways.flatMap(({ address, nat }) => [address, nat]),
    ...(attachment ? [attachment] : []),
  ];
  const [first, ...others] = ways;
  const found = defined({
    ...noteMade(resources, []),
    internetGatewayId: gateway.id,
    allocationId: first?.address.id,
    natGatewayId: first?.nat.id,
    zonalIds: zonalIdsOf(resources, others),
    transitGatewayAttachmentId: attachment?.id,
    publicRouteTableId: publicTable.id,
    privateRouteTableId: privateTables[0]?.id,
  });
  const open = soonest([...parts, publicTable, ...privateTables].map(({ wait }) => wait));
  const wait = open ?? (await leftovers(context, vpcId, egress, all));
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

/** What an earlier run made and the request no longer asks for. Where this run made the first table, there was none. */
async function leftovers(
  context: StepContext,
  vpcId: string,
  egress: Egress,
  tables: readonly RouteTable[],
): Promise<Wait | undefined> {
  const { environment } = context;
  const ofNat = await removeLeftovers(context, egress, tables);
  const first = tables.find(
    ({ Tags }) => isOwned(Tags, environment) && tagValue(Tags, componentTag) === privateTableComponent,
  );
  if (tagValue(first?.Tags, createdByTag) === environment.execution) return ofNat;
  return soonest([ofNat, await detachLeftovers(environment, vpcId, tables)]);
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
