/**
 * The explicit route tables (R15, R16) and what the main one must be (R17). A subnet of these tables that
 * is explicitly associated elsewhere is moved back. The main table is only looked at: a route somebody gave it,
 * or a table somebody gave a data subnet, is a decision of theirs that carries traffic, so it is reported.
 */
import {
  AssociateRouteTableCommand,
  CreateRouteCommand,
  CreateRouteTableCommand,
  DeleteRouteTableCommand,
  EC2Client,
  ReplaceRouteCommand,
  ReplaceRouteTableAssociationCommand,
  type Route,
  type RouteTable,
  type RouteTableAssociation,
} from '@aws-sdk/client-ec2';
import { client } from '#lib/aws/clients.ts';
import { expectCalls } from '#lib/aws/gate.ts';
import { subnetIdsOf } from '#lib/network/known-ids.ts';
import { inVpc, listRouteTables } from '#lib/network/observe.ts';
import { chooseOne } from '#lib/network/one-of-a-kind.ts';
import { type NatPlan, privateTableComponent, publicTableComponent } from '#lib/network/options.ts';
import { done, type Progress, waiting } from '#lib/network/progress.ts';
import { deleteAll, doAll, type Work } from '#lib/network/work.ts';
import { clientToken, componentTag, isOwned, tagSpecifications, tagValue } from '#lib/ownership/tags.ts';
import type { EnvironmentPlan, SubnetGroup } from '#lib/run/environment.ts';
import { NotOurResourceError } from '#lib/run/failures.ts';
import type { StepContext } from '#lib/run/step.ts';
import { type TransitRoutes, transitRouteWork } from './transit-routes.ts';

const everywhere = '0.0.0.0/0';

/** Where `0.0.0.0/0` goes; neither while the gateway is not there yet. */
export type DefaultRoute = { readonly GatewayId: string } | { readonly NatGatewayId: string } | undefined;

interface TablePlan {
  readonly component: string;
  readonly subnetIds: readonly string[];
  readonly defaultRoute: DefaultRoute;
  /** Of a private table, once its gateway can be routed to. */
  readonly transit?: TransitRoutes | undefined;
}

/** A private table and where its subnets go. */
export interface PrivateRoute {
  readonly plan: NatPlan;
  readonly toNat: DefaultRoute;
}

export interface RouteTablesProgress {
  /** In the order that was asked for. */
  readonly privateTables: readonly Progress[];
  readonly publicTable: Progress;
  /** Every table of the VPC, as it was before this look. */
  readonly all: readonly RouteTable[];
}

export async function ensureRouteTables(
  context: StepContext,
  vpcId: string,
  routes: {
    readonly toInternet: DefaultRoute;
    readonly toNat: readonly PrivateRoute[];
    readonly transit: TransitRoutes | undefined;
  },
): Promise<RouteTablesProgress> {
  const { environment, resources } = context;
  const tables = await listRouteTables(client(EC2Client, environment), inVpc(vpcId));
  const subnetsIn = (...groups: SubnetGroup[]) =>
    subnetIdsOf(environment.subnets, resources, (subnet) => groups.includes(subnet.group));
  refuseChangedMainTable(tables, subnetsIn('aurora', 'documentdb', 'elasticache'));
  const publicTable = await ensureTable(environment, vpcId, tables, {
    component: publicTableComponent,
    subnetIds: subnetsIn('eks-public'),
    defaultRoute: routes.toInternet,
  });
  const privateTables: Progress[] = [];
  for (const { plan, toNat } of routes.toNat) {
    const table = {
      component: plan.table,
      subnetIds: subnetIdsOf(environment.subnets, resources, (one) => plan.subnets.includes(one.component)),
      defaultRoute: toNat,
      transit: routes.transit,
    };
    privateTables.push(await ensureTable(environment, vpcId, tables, table));
  }
  return { publicTable, privateTables, all: tables };
}

function refuseChangedMainTable(tables: readonly RouteTable[], dataSubnetIds: readonly string[]): void {
  const repair =
    'put it back (R17: data subnets stay on the main route table, which has the local route only), then run again';
  for (const table of tables) {
    const subnetId = explicit(table).find(({ SubnetId }) => dataSubnetIds.includes(SubnetId!))?.SubnetId;
    if (subnetId) {
      throw new NotOurResourceError(
        `data subnet ${subnetId} was explicitly associated with route table ${table.RouteTableId}`,
        repair,
      );
    }
  }
  const main = tables.find((table) => table.Associations?.some((association) => association.Main));
  // The route of a gateway endpoint is drift, and R17 reports it.
  const added = main?.Routes?.find(
    (route) =>
      route.GatewayId !== 'local' && !(route.DestinationPrefixListId && route.GatewayId?.startsWith('vpce-')),
  );
  if (added) {
    throw new NotOurResourceError(
      `main route table ${main?.RouteTableId} has a route to ${destinationOf(added)} that is not this environment's`,
      repair,
    );
  }
}

function destinationOf(route: Route): string {
  return route.DestinationCidrBlock ?? route.DestinationIpv6CidrBlock ?? route.DestinationPrefixListId ?? '?';
}

/** A main route table's own association names no subnet. */
function explicit(table: RouteTable): RouteTableAssociation[] {
  return (table.Associations ?? []).filter(
    ({ SubnetId, AssociationState }) => SubnetId && AssociationState?.State !== 'failed',
  );
}

async function ensureTable(
  environment: EnvironmentPlan,
  vpcId: string,
  tables: readonly RouteTable[],
  plan: TablePlan,
): Promise<Progress> {
  const ec2 = client(EC2Client, environment);
  const { kept, surplus } = chooseOne(
    tables.filter(
      ({ Tags }) => isOwned(Tags, environment) && tagValue(Tags, componentTag) === plan.component,
    ),
    {
      noun: `the ${plan.component}`,
      idOf: (table) => table.RouteTableId,
      inUse: (table) => (table.Associations ?? []).length > 0,
    },
  );
  await deleteAll(
    surplus.map(
      ({ RouteTableId }) =>
        () =>
          ec2.send(new DeleteRouteTableCommand({ RouteTableId })),
    ),
  );
  if (!kept) {
    // EC2 may not show it to the next calls yet, which would only use up their rate.
    const { RouteTableId } = await create(ec2, environment, vpcId, plan.component);
    return waiting(`route table ${RouteTableId} is made`, 1, RouteTableId);
  }
  const table = kept;
  const id = table.RouteTableId!;
  const held = plan.subnetIds.filter((subnetId) => isHeld(environment, tables, table, subnetId));
  const unheld = plan.subnetIds.filter((subnetId) => !held.includes(subnetId));
  const work = [
    ...(await associationWork(ec2, tables, id, unheld)),
    ...routeWork(ec2, table, plan.defaultRoute),
    ...transitRouteWork(ec2, table, plan.transit),
  ];
  const [note] = await doAll(work);
  if (note) return waiting(`route table ${id} is being filled; ${note}`, 2, id);
  if (held.length > 0)
    return waiting(`${held.join(', ')} goes over to route table ${id} once its route stands`, 2, id);
  return done(id);
}

/** From one private table to another a subnet goes only when that leads out: it would be cut off for minutes. */
function isHeld(
  environment: EnvironmentPlan,
  tables: readonly RouteTable[],
  table: RouteTable,
  subnetId: string,
): boolean {
  const current = tables.find((one) => explicit(one).some(({ SubnetId }) => SubnetId === subnetId));
  if (!current || current.RouteTableId === table.RouteTableId || !isOwned(current.Tags, environment))
    return false;
  if (!tagValue(current.Tags, componentTag)?.startsWith(privateTableComponent)) return false;
  const route = table.Routes?.find((one) => one.DestinationCidrBlock === everywhere);
  return route?.State !== 'active';
}

/** Two executions have two tokens: should both make a table, {@link chooseOne} settles it. */
async function create(
  ec2: EC2Client,
  environment: EnvironmentPlan,
  VpcId: string,
  component: string,
): Promise<RouteTable> {
  const { RouteTable } = await ec2.send(
    new CreateRouteTableCommand({
      VpcId,
      ClientToken: clientToken(VpcId, component, environment.execution),
      TagSpecifications: tagSpecifications(environment, 'route-table', component),
    }),
  );
  return RouteTable!;
}

/** Subnets of the main table are associated, those of another one moved here. */
async function associationWork(
  ec2: EC2Client,
  tables: readonly RouteTable[],
  RouteTableId: string,
  subnetIds: readonly string[],
): Promise<Work[]> {
  const current = new Map(tables.flatMap(explicit).map((one) => [one.SubnetId, one]));
  const free = subnetIds.filter((id) => !current.has(id));
  const elsewhere = subnetIds
    .flatMap((id) => current.get(id) ?? [])
    .filter((one) => one.RouteTableId !== RouteTableId);
  await expectCalls('ec2:AssociateRouteTable', free.length);
  await expectCalls('ec2:ReplaceRouteTableAssociation', elsewhere.length);
  return [
    ...free.map((SubnetId) => () => ec2.send(new AssociateRouteTableCommand({ RouteTableId, SubnetId }))),
    ...elsewhere.map(
      ({ RouteTableAssociationId: AssociationId }) =>
        () =>
          ec2.send(new ReplaceRouteTableAssociationCommand({ AssociationId, RouteTableId })),
    ),
  ];
}

function routeWork(ec2: EC2Client, table: RouteTable, target: DefaultRoute): Work[] {
  if (!target) return [];
  const route = { RouteTableId: table.RouteTableId, DestinationCidrBlock: everywhere, ...target };
  const current = table.Routes?.find((one) => one.DestinationCidrBlock === everywhere);
  if (!current) return [() => ec2.send(new CreateRouteCommand(route))];
  const sameTarget =
    'GatewayId' in target
      ? current.GatewayId === target.GatewayId
      : current.NatGatewayId === target.NatGatewayId;
  if (sameTarget && current.State !== 'blackhole') return [];
  return [() => ec2.send(new ReplaceRouteCommand(route))];
}
