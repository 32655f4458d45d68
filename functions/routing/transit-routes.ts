/**
 * Routes of the private tables to the transit gateway a request names. A route has no tag: on these tables, which are
 * ours, every route to that gateway is the request's.
 */
import { CreateRouteCommand, DeleteRouteCommand, type EC2Client, type RouteTable } from '@aws-sdk/client-ec2';
import type { Work } from '#lib/network/work.ts';
import { NotOurResourceError } from '#lib/run/failures.ts';

/** A gateway whose attachment is available; before, EC2 knows no such gateway (terraform-provider-aws#10025). */
export interface TransitRoutes {
  readonly id: string;
  readonly routes: readonly string[];
}

export function transitRouteWork(
  ec2: EC2Client,
  { RouteTableId, Routes = [] }: RouteTable,
  wanted: TransitRoutes | undefined,
): Work[] {
  if (!wanted) return [];
  const { id: TransitGatewayId, routes } = wanted;
  const missing = routes.filter((block) => {
    const current = Routes.find(({ DestinationCidrBlock }) => DestinationCidrBlock === block);
    if (current && current.TransitGatewayId !== TransitGatewayId) refuse(RouteTableId, block);
    return !current;
  });
  const surplus = Routes.filter(
    (route) =>
      route.TransitGatewayId === TransitGatewayId && !routes.includes(route.DestinationCidrBlock ?? ''),
  );
  return [
    ...missing.map(
      (DestinationCidrBlock) => () =>
        ec2.send(new CreateRouteCommand({ RouteTableId, DestinationCidrBlock, TransitGatewayId })),
    ),
    ...surplus.flatMap(({ DestinationCidrBlock }) =>
      DestinationCidrBlock
        ? [() => ec2.send(new DeleteRouteCommand({ RouteTableId, DestinationCidrBlock }))]
        : [],
    ),
  ];
}

function refuse(table: string | undefined, block: string): never {
  throw new NotOurResourceError(
    `route table ${table} has a route for ${block} that somebody else made, and network.transitGateway.routes lists that block`,
    'delete that route, or take the block out of the request, then run again',
  );
}
