/**
 * After this step none of the environment's route tables, NAT gateways, addresses, Internet Gateways and transit
 * gateway attachments is left (or none that the named execution made). All are found by ownership tag. The order is AWS's: an address is
 * free once its NAT gateway is deleted, and a gateway lets go of a VPC without public addresses.
 */
import {
  type Address,
  DeleteInternetGatewayCommand,
  DeleteNatGatewayCommand,
  DeleteRouteCommand,
  DeleteRouteTableCommand,
  DetachInternetGatewayCommand,
  DisassociateRouteTableCommand,
  EC2Client,
  type Filter,
  type InternetGateway,
  type NatGateway,
  ReleaseAddressCommand,
  ReplaceRouteTableAssociationCommand,
  type Route,
  type RouteTable,
  type TransitGatewayVpcAttachment,
} from '@aws-sdk/client-ec2';
import { client } from '#lib/aws/clients.ts';
import { tolerating } from '#lib/aws/errors.ts';
import { expectCalls } from '#lib/aws/gate.ts';
import type { Blocker } from '#lib/network/blocker.ts';
import { clearTheWay, findInterfaceBlockers } from '#lib/network/blockers.ts';
import {
  inVpc,
  listAddresses,
  listInternetGateways,
  listNatGateways,
  listRouteTables,
  listTransitGatewayAttachments,
} from '#lib/network/observe.ts';
import { isZonal, privateTableComponent } from '#lib/network/options.ts';
import { isAttachmentOver } from '#lib/network/transit-gateway.ts';
import { deleteAll, type Work } from '#lib/network/work.ts';
import { scopeFilters } from '#lib/ownership/scope.ts';
import { componentTag, isCreatedBy, ownershipFilters, tagValue } from '#lib/ownership/tags.ts';
import type { RemovalTarget } from '#lib/run/environment.ts';
import { noneLeft, pending, type StepContext, type StepOutcome, stepHandler } from '#lib/run/step.ts';
import { detachments } from './transit-gateway.ts';

/** Deleting a NAT gateway takes about one to two minutes, and may take thirty (aws-facts 0.6). */
const natFirstLookSeconds = 75;
const natPollSeconds = 20;
const graceSeconds = 1800;

export async function remove(context: StepContext<RemovalTarget>): Promise<StepOutcome> {
  const { environment } = context;
  const ec2 = client(EC2Client, environment);
  const scope = scopeFilters(environment);
  const allNats = await listNatGateways(ec2, scope);
  const nats = allNats.filter((nat) => nat.State !== 'deleted');
  // Everything else waits for them; the tables went in the look that asked for their deletion.
  if (nats.length > 0 && nats.every((nat) => nat.State === 'deleting')) return removeNats(ec2, nats);
  const tables = await listRouteTables(ec2, ownershipFilters(environment));
  const addresses = await listAddresses(ec2, scope);
  const gateways = await listInternetGateways(ec2, scope);
  const attachments = await attachmentsIn(ec2, scope);

  const going = tables
    .filter((table) => !isMain(table) && isCreatedBy(table.Tags, environment.createdBy))
    .map((table) => ({ table, heir: heirOf(table, tables, environment) }));
  const tableWork = [
    ...danglingRoutes(ec2, environment, tables, { nats: allNats, gateways, attachments }),
    ...going.map(({ table, heir }) => tableRemoval(ec2, table, heir)),
  ];
  if (tableWork.length + nats.length + addresses.length + gateways.length + attachments.length === 0)
    return noneLeft(environment, 'route table, NAT gateway, address, attachment and Internet Gateway');

  await expectCalls('ec2:ReplaceRouteTableAssociation', associationsOf(going.filter(({ heir }) => heir)));
  await expectCalls('ec2:DisassociateRouteTable', associationsOf(going.filter(({ heir }) => !heir)));
  const tableNotes = await deleteAll(tableWork);
  const detachNotes = await deleteAll(detachments(ec2, attachments));
  if (nats.length > 0) return removeNats(ec2, nats);
  const busyAddresses = await deleteAll(
    addresses.map(
      ({ AllocationId }) =>
        () =>
          ec2.send(new ReleaseAddressCommand({ AllocationId })),
    ),
  );
  if (busyAddresses.length > 0)
    return clearTheWay(context, 'an address', addresses.map(addressBlocker), graceSeconds);
  const busyGateways = await deleteAll(gateways.map((gateway) => gatewayRemoval(ec2, gateway)));
  if (busyGateways.length > 0) {
    const blockers = await publicInterfaces(environment, gateways);
    return clearTheWay(context, 'the Internet Gateway', blockers, graceSeconds);
  }
  if (attachments.length > 0) return attachmentsLeaving(attachments, detachNotes);
  return pending(tableNotes[0] ?? 'routes and gateways are deleted', 2);
}

function isMain(table: RouteTable): boolean {
  return table.Associations?.some((association) => association.Main) ?? false;
}

async function attachmentsIn(ec2: EC2Client, scope: Filter[]): Promise<TransitGatewayVpcAttachment[]> {
  const all = await listTransitGatewayAttachments(ec2, scope);
  return all.filter(({ State }) => !isAttachmentOver(State));
}

/** Its interfaces leave the subnets with it. */
function attachmentsLeaving(
  attachments: readonly TransitGatewayVpcAttachment[],
  notes: readonly string[],
): StepOutcome {
  const ids = attachments.map(({ TransitGatewayAttachmentId }) => TransitGatewayAttachmentId).join(', ');
  const why = notes.length > 0 ? `; ${notes[0]}` : '';
  return pending(`transit gateway attachment ${ids} is being deleted${why}`, natPollSeconds);
}

/** Routes to a gateway that goes, in a table that stays: AWS would leave them behind as black holes. */
function danglingRoutes(
  ec2: EC2Client,
  environment: RemovalTarget,
  tables: readonly RouteTable[],
  ends: {
    readonly nats: readonly NatGateway[];
    readonly gateways: readonly InternetGateway[];
    readonly attachments: readonly TransitGatewayVpcAttachment[];
  },
): Work[] {
  const going = new Set([
    ...ends.nats.map((nat) => nat.NatGatewayId),
    ...ends.gateways.map((gateway) => gateway.InternetGatewayId),
    ...ends.attachments.map((attachment) => attachment.TransitGatewayId),
  ]);
  return tables
    .filter((table) => isMain(table) || !isCreatedBy(table.Tags, environment.createdBy))
    .flatMap(({ RouteTableId, Routes }) =>
      (Routes ?? [])
        .filter((route) => going.has(route.NatGatewayId ?? route.TransitGatewayId ?? route.GatewayId))
        .map((route) => () => ec2.send(new DeleteRouteCommand({ RouteTableId, ...destinationOf(route) }))),
    );
}

/** A route is known by its one destination: an IPv4 block, an IPv6 block or a prefix list. */
function destinationOf({ DestinationCidrBlock, DestinationIpv6CidrBlock, DestinationPrefixListId }: Route) {
  if (DestinationCidrBlock) return { DestinationCidrBlock };
  return DestinationIpv6CidrBlock ? { DestinationIpv6CidrBlock } : { DestinationPrefixListId };
}

/**
 * Where a run gave each zone a NAT gateway over an environment that had one for all, its rollback gives the subnets
 * back to the table they came from: on the main one they would be cut off.
 */
function heirOf(
  table: RouteTable,
  tables: readonly RouteTable[],
  { createdBy }: RemovalTarget,
): string | undefined {
  if (!isZonal(tagValue(table.Tags, componentTag) ?? '')) return undefined;
  return tables.find(
    ({ Tags }) => tagValue(Tags, componentTag) === privateTableComponent && !isCreatedBy(Tags, createdBy),
  )?.RouteTableId;
}

function associationsOf(going: readonly { readonly table: RouteTable }[]): number {
  return going.reduce((sum, { table }) => sum + (table.Associations ?? []).length, 0);
}

/** A table with an association cannot be deleted. */
function tableRemoval(
  ec2: EC2Client,
  { RouteTableId, Associations }: RouteTable,
  heir: string | undefined,
): Work {
  return async () => {
    for (const { RouteTableAssociationId: AssociationId } of Associations ?? [])
      await tolerating(['gone'], () =>
        heir
          ? ec2.send(new ReplaceRouteTableAssociationCommand({ AssociationId, RouteTableId: heir }))
          : ec2.send(new DisassociateRouteTableCommand({ AssociationId })),
      );
    await ec2.send(new DeleteRouteTableCommand({ RouteTableId }));
  };
}

async function removeNats(ec2: EC2Client, nats: readonly NatGateway[]): Promise<StepOutcome> {
  const standing = nats.filter((nat) => nat.State !== 'deleting');
  await deleteAll(
    standing.map(
      ({ NatGatewayId }) =>
        () =>
          ec2.send(new DeleteNatGatewayCommand({ NatGatewayId })),
    ),
  );
  return pending(
    `NAT gateway ${nats.map((nat) => nat.NatGatewayId).join(', ')} is being deleted`,
    standing.length > 0 ? natFirstLookSeconds : natPollSeconds,
  );
}

/** Its NAT gateway lets go of an address a moment after it is deleted; anything else was put there by somebody. */
function addressBlocker({ AllocationId, NetworkInterfaceId, InstanceId }: Address): Blocker {
  return {
    kind: 'vanishing',
    id: AllocationId!,
    what: `an address held by ${InstanceId ?? NetworkInterfaceId ?? 'something AWS does not name'}`,
    advice: 'disassociate it',
  };
}

function gatewayRemoval(ec2: EC2Client, { InternetGatewayId, Attachments }: InternetGateway): Work {
  return async () => {
    for (const { VpcId } of Attachments ?? [])
      await tolerating(['gone'], () =>
        ec2.send(new DetachInternetGatewayCommand({ InternetGatewayId, VpcId })),
      );
    await ec2.send(new DeleteInternetGatewayCommand({ InternetGatewayId }));
  };
}

/** AWS keeps the gateway attached while anything in the VPC has a public address. */
async function publicInterfaces(
  environment: RemovalTarget,
  gateways: readonly InternetGateway[],
): Promise<Blocker[]> {
  const vpcIds = gateways.flatMap(({ Attachments }) => (Attachments ?? []).map(({ VpcId }) => VpcId!));
  const found: Blocker[][] = [];
  for (const vpcId of new Set(vpcIds)) {
    const isPublic = (one: { Association?: object | undefined }) => one.Association !== undefined;
    found.push(await findInterfaceBlockers(environment, vpcId, inVpc(vpcId), isPublic));
  }
  return found.flat();
}

export const handler = stepHandler<RemovalTarget>('routing', 'remove', remove);
