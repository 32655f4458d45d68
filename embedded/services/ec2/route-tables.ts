/** Route tables and their associations. Routes are in their own file. */
import { z } from 'zod';
import { AwsFault, type Call, mutation, type Operation, read } from '#embedded/model.ts';
import { filters, ids, page, paging, select } from './describe.ts';
import { requireWithin } from './limits.ts';
import { presentDestination, routeState } from './routes.ts';
import {
  dependencyViolation,
  ec2State,
  type RouteTable,
  requireResource,
  requireSubnet,
  requireVpc,
  visibleAt,
} from './state.ts';
import { tagList, tagSpecifications, tagsOnCreate } from './tags.ts';
import { onceByToken } from './tokens.ts';

function createRouteTable(vpcId: string, tags: Record<string, string>, call: Call): RouteTable {
  const vpc = requireVpc(call, vpcId);
  const { routeTables } = ec2State(call);
  const inVpc = Object.values(routeTables).filter((one) => one.vpcId === vpc.id);
  requireWithin(call, 'routeTablesPerVpc', inVpc.length + 1);
  const table: RouteTable = {
    id: call.newId('rtb'),
    tags,
    visibleAt: visibleAt(call),
    vpcId: vpc.id,
    main: false,
    routes: [{ destination: vpc.cidr, target: 'local', origin: 'CreateRouteTable' }],
    associations: {},
  };
  routeTables[table.id] = table;
  return table;
}

/** An association is `associating` for two seconds. */
function associationState(associatedAt: number, call: Call) {
  return { State: call.now < associatedAt + 2000 ? 'associating' : 'associated' };
}

function associationsOf(table: RouteTable, call: Call) {
  const explicit = Object.entries(table.associations).map(([id, { subnetId, associatedAt }]) => ({
    RouteTableAssociationId: id,
    RouteTableId: table.id,
    SubnetId: subnetId,
    Main: false,
    AssociationState: associationState(associatedAt, call),
  }));
  if (table.mainAssociationId === undefined) return explicit;
  const main = {
    RouteTableAssociationId: table.mainAssociationId,
    RouteTableId: table.id,
    Main: true,
    AssociationState: { State: 'associated' },
  };
  return [main, ...explicit];
}

function routesOf(table: RouteTable, call: Call) {
  return table.routes.map((route) => ({
    ...presentDestination(route),
    ...presentTarget(route.target),
    Origin: route.origin,
    State: routeState(call, table, route),
  }));
}

function presentTarget(target: string) {
  if (target.startsWith('nat-')) return { NatGatewayId: target };
  return target.startsWith('tgw-') ? { TransitGatewayId: target } : { GatewayId: target };
}

function present(table: RouteTable, call: Call) {
  return {
    RouteTableId: table.id,
    VpcId: table.vpcId,
    OwnerId: call.account,
    Associations: associationsOf(table, call),
    Routes: routesOf(table, call),
    PropagatingVgws: [],
    Tags: tagList(table),
  };
}

/** The table and the subnet of an explicit association. */
function requireAssociation(call: Call, id: string): { table: RouteTable; subnetId: string } {
  for (const table of Object.values(ec2State(call).routeTables)) {
    const association = table.associations[id];
    if (association) return { table, subnetId: association.subnetId };
    if (table.mainAssociationId === id) {
      throw new AwsFault(
        'InvalidParameterValue',
        `cannot disassociate the main route table association ${id}`,
      );
    }
  }
  throw new AwsFault('InvalidAssociationID.NotFound', `The association ID '${id}' does not exist`);
}

function associate(table: RouteTable, subnetId: string, call: Call): string {
  const id = call.newId('rtbassoc');
  table.associations[id] = { subnetId, associatedAt: call.now };
  return id;
}

const associationOperations: Record<string, Operation> = {
  AssociateRouteTable: mutation({ RouteTableId: z.string(), SubnetId: z.string() }, (input, call) => {
    const table = requireResource(call, 'routeTables', input.RouteTableId);
    const subnet = requireSubnet(call, input.SubnetId);
    if (subnet.vpcId !== table.vpcId) {
      throw new AwsFault(
        'InvalidParameterValue',
        `Route table ${table.id} and subnet ${subnet.id} belong to different networks`,
      );
    }
    const taken = Object.values(ec2State(call).routeTables).some((one) =>
      Object.values(one.associations).some((association) => association.subnetId === subnet.id),
    );
    if (taken) {
      throw new AwsFault(
        'Resource.AlreadyAssociated',
        `the specified association for route table ${table.id} conflicts with an existing association`,
      );
    }
    return {
      AssociationId: associate(table, subnet.id, call),
      AssociationState: associationState(call.now, call),
    };
  }),

  DisassociateRouteTable: mutation({ AssociationId: z.string() }, (input, call) => {
    const { table } = requireAssociation(call, input.AssociationId);
    delete table.associations[input.AssociationId];
    return {};
  }),

  ReplaceRouteTableAssociation: mutation(
    { AssociationId: z.string(), RouteTableId: z.string() },
    (input, call) => {
      const next = requireResource(call, 'routeTables', input.RouteTableId);
      const { table, subnetId } = requireAssociation(call, input.AssociationId);
      delete table.associations[input.AssociationId];
      return {
        NewAssociationId: associate(next, subnetId, call),
        AssociationState: associationState(call.now, call),
      };
    },
  ),
};

export const routeTableOperations: Record<string, Operation> = {
  ...associationOperations,

  CreateRouteTable: mutation(
    { VpcId: z.string(), ClientToken: z.string().optional(), TagSpecifications: tagSpecifications },
    (input, call) => {
      const tags = tagsOnCreate(input.TagSpecifications, 'route-table');
      const table = onceByToken(call, 'CreateRouteTable', input, ec2State(call).routeTables, () =>
        createRouteTable(input.VpcId, tags, call),
      );
      return { ClientToken: input.ClientToken, RouteTable: present(table, call) };
    },
  ),

  DeleteRouteTable: mutation({ RouteTableId: z.string() }, (input, call) => {
    const table = requireResource(call, 'routeTables', input.RouteTableId);
    if (table.main || Object.keys(table.associations).length > 0) {
      throw dependencyViolation(`The routeTable '${table.id}' has dependencies and cannot be deleted.`);
    }
    delete ec2State(call).routeTables[table.id];
    return {};
  }),

  DescribeRouteTables: read({ RouteTableIds: ids, Filters: filters, ...paging }, (input, call) => {
    const tables = select(
      call,
      'routeTables',
      { ids: input.RouteTableIds, filters: input.Filters },
      {
        'route-table-id': (table) => [table.id],
        'vpc-id': (table) => [table.vpcId],
        'association.main': (table) => [table.main],
        'association.route-table-id': (table) =>
          associationsOf(table, call).map((association) => association.RouteTableId),
        'association.route-table-association-id': (table) =>
          associationsOf(table, call).map((association) => association.RouteTableAssociationId),
        'association.subnet-id': (table) =>
          Object.values(table.associations).map((association) => association.subnetId),
        'route.destination-cidr-block': (table) => table.routes.map((route) => route.destination),
        'route.gateway-id': (table) => table.routes.map((route) => route.target),
        'route.nat-gateway-id': (table) => table.routes.map((route) => route.target),
        'route.state': (table) => table.routes.map((route) => routeState(call, table, route)),
      },
    );
    const { items, ...next } = page(tables, input);
    return { RouteTables: items.map((table) => present(table, call)), ...next };
  }),
};
