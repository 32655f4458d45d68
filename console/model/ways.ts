/** The ways in and out of an environment's network: gateways, attachments, and the tables that lead to them. */
import type { Plan } from '../api.ts';
import type { Reader, Thing } from './things.ts';

const otherZones = ['b', 'c'] as const;

/** Gateways, and what else of the network a request may ask for. */
export function gatewaysOf(plan: Plan, reader: Reader): Thing[] {
  const ids = reader.resources;
  const zonal = (ids.zonalIds ?? {}) as Record<string, string>;
  const { natGateways, transitGateway, s3GatewayEndpoint, flowLogs } = plan.network;
  const nat = (id: string, title: string, resource: unknown) =>
    reader.thing({ id, title, note: 'with an address of its own' }, 'routing', ['R14'], { resource });
  const asked = (thing: Omit<Thing, 'status'> | undefined, step: string, resource: unknown) =>
    thing ? [reader.thing(thing, step, [], { resource })] : [];
  return [
    reader.thing({ id: 'internet-gateway', title: 'Internet Gateway' }, 'routing', ['R13'], {
      resource: ids.internetGatewayId,
    }),
    nat('nat-gateway', `NAT gateway in ${plan.zones[0]?.name}`, ids.natGatewayId),
    ...(natGateways === 'per-zone' ? otherZones : []).map((letter, index) => {
      const id = `nat-gateway/${letter}`;
      return nat(id, `NAT gateway in ${plan.zones[index + 1]?.name}`, zonal[id]);
    }),
    ...asked(
      transitGateway && {
        id: 'transit-gateway',
        title: `Attachment to ${transitGateway.id}`,
        note: `to ${transitGateway.routes.join(', ')}`,
      },
      'routing',
      ids.transitGatewayAttachmentId,
    ),
    ...asked(
      s3GatewayEndpoint
        ? { id: 's3-gateway', title: 'S3 gateway endpoint', note: 'on the EKS route tables' }
        : undefined,
      'endpoints',
      ids.s3GatewayEndpointId,
    ),
    ...asked(
      flowLogs && {
        id: 'flow-log',
        title: `Flow log of ${flowLogs.trafficType === 'all' ? 'all traffic' : `what is ${flowLogs.trafficType}ed`}`,
        note: `into ${flowLogs.destination}`,
      },
      'vpc',
      ids.flowLogId,
    ),
  ];
}

export function routesOf(plan: Plan, reader: Reader): Thing[] {
  const ids = reader.resources;
  const isZonal = plan.network.natGateways === 'per-zone';
  const table = (id: string, title: string, note: string, rule: string, step: string, resource: unknown) =>
    reader.thing({ id, title, note }, step, [rule], { resource });
  const out = `0.0.0.0/0 → NAT gateway${isZonal ? ' of the zone' : ''}`;
  const own = 'EKS private and endpoints';
  return [
    table(
      'route-table/private',
      isZonal ? `${own}, ${plan.zones[0]?.name}` : own,
      out,
      'R15',
      'routing',
      ids.privateRouteTableId,
    ),
    ...(isZonal ? otherZones : []).map((letter, index) => {
      const title = `EKS private, ${plan.zones[index + 1]?.name}`;
      // Its id is in no answer: it is there once the step says so.
      return reader.thing({ id: `route-table/private/${letter}`, title, note: out }, 'routing', ['R15']);
    }),
    table(
      'route-table/public',
      'EKS public',
      '0.0.0.0/0 → Internet Gateway',
      'R16',
      'routing',
      ids.publicRouteTableId,
    ),
    table(
      'route-table/main',
      'Main: the data services',
      `${plan.vpcCidr} only, no way out`,
      'R17',
      'vpc',
      ids.mainRouteTableId,
    ),
  ];
}
