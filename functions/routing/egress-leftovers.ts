/**
 * NAT gateways, addresses and private route tables of zones that a request no longer gives their own: they go once
 * their subnets have moved back to the first table. The tables go last, and nothing carries traffic by then.
 */
import {
  DeleteNatGatewayCommand,
  DeleteRouteTableCommand,
  EC2Client,
  ReleaseAddressCommand,
  type RouteTable,
  type Tag,
} from '@aws-sdk/client-ec2';
import { client } from '#lib/aws/clients.ts';
import { isZonal, routedComponents } from '#lib/network/options.ts';
import { type Wait, waiting } from '#lib/network/progress.ts';
import { deleteAll } from '#lib/network/work.ts';
import { componentTag, isOwned, tagValue } from '#lib/ownership/tags.ts';
import type { StepContext } from '#lib/run/step.ts';
import type { Egress } from './egress.ts';

type Tagged = { readonly Tags?: Tag[] | undefined };

function componentOf({ Tags }: Tagged): string {
  return tagValue(Tags, componentTag) ?? '';
}

/** What is still to wait for; undefined where none is left. */
export async function removeLeftovers(
  { environment }: StepContext,
  { ways, addresses, gateways }: Egress,
  tables: readonly RouteTable[],
): Promise<Wait | undefined> {
  const ec2 = client(EC2Client, environment);
  const planned = new Set(ways.flatMap(({ plan }) => [plan.gateway, plan.address]));
  const isSurplus = (one: Tagged) => isZonal(componentOf(one)) && !planned.has(componentOf(one));
  // Of a run that ended before its NAT gateway was made; the request names another address now.
  const isReplaced = (one: Tagged) =>
    ways.some(({ plan }) => plan.allocationId && plan.address === componentOf(one));
  const nats = gateways.filter((one) => isSurplus(one) && one.State !== 'deleted');
  if (nats.length > 0) {
    const standing = nats.filter(({ State }) => State !== 'deleting');
    await deleteAll(
      standing.map(
        ({ NatGatewayId }) =>
          () =>
            ec2.send(new DeleteNatGatewayCommand({ NatGatewayId })),
      ),
    );
    return waiting(`NAT gateway ${nats.map((one) => one.NatGatewayId).join(', ')} is being deleted`, 10).wait;
  }
  const surplusTables = tables.filter(
    (table) =>
      isOwned(table.Tags, environment) &&
      isZonal(componentOf(table)) &&
      !routedComponents(environment).includes(componentOf(table)),
  );
  const work = [
    ...addresses
      .filter((one) => isSurplus(one) || isReplaced(one))
      .map(
        ({ AllocationId }) =>
          () =>
            ec2.send(new ReleaseAddressCommand({ AllocationId })),
      ),
    ...surplusTables.map(
      ({ RouteTableId }) =>
        () =>
          ec2.send(new DeleteRouteTableCommand({ RouteTableId })),
    ),
  ];
  if (work.length === 0) return undefined;
  const [note] = await deleteAll(work);
  return waiting(note ?? 'addresses and route tables that no NAT gateway needs are deleted', note ? 10 : 2)
    .wait;
}
