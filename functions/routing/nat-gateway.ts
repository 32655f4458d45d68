/** The NAT gateway (R14). Its address is its natural key: AWS takes an address for one gateway only. */
import {
  CreateNatGatewayCommand,
  DeleteNatGatewayCommand,
  EC2Client,
  type NatGateway,
} from '@aws-sdk/client-ec2';
import { client } from '#lib/aws/clients.ts';
import { canonicalCode, isAwsError, tolerating } from '#lib/aws/errors.ts';
import { natGatewayStates } from '#lib/aws/statuses.ts';
import { asNatId, natIdOf } from '#lib/network/known-ids.ts';
import { ageSeconds, findNatGateway, listNetworkInterfaces } from '#lib/network/observe.ts';
import { done, type Progress, waiting } from '#lib/network/progress.ts';
import { isFresh, keepMade } from '#lib/network/visibility.ts';
import { clientToken, componentTag, isOwned, tagSpecifications, tagValue } from '#lib/ownership/tags.ts';
import { type Duration, isBesideControlPlane, secondsUntilLook } from '#lib/run/cadence.ts';
import { NotOurResourceError, ResourceFailedError } from '#lib/run/failures.ts';
import { assertKnownStatus } from '#lib/run/known-status.ts';
import type { StepContext } from '#lib/run/step.ts';
import type { AddressHolder } from './address.ts';

/** Over 80 s, 107 s measured, usually one and a half to three minutes (aws-facts 0.6, 15). */
const creation: Duration = { soonest: 90, usualFrom: 90, usualTo: 180 };
/** Beside the control plane, which takes far longer: one look when it is usually through. */
const unhurriedCreation: Duration = { soonest: 150, usualFrom: 150, usualTo: 180 };
const pollSeconds = 15;
/** Within the hour for which AWS lists the failed ones. */
const mostAttempts = 4;

/**
 * How long after its deletion a gateway may still hold its address. AWS says so in three ways: the address is shown
 * associated, a call with it is an AuthFailure, or the next gateway fails with Resource.AlreadyAssociated
 * (eformat/sno-for-100#9, kubernetes/kops#1604, hashicorp/terraform-provider-aws#709). Seconds as a rule; minutes seen.
 */
const heldAfterDeletionSeconds = 600;

/**
 * Codes of a failure that another attempt may not meet: AWS's own, and those that say AWS did not see yet what
 * had just been made (this module is only called with the Internet Gateway attached and the address allocated).
 */
const passingFailures = new Set([
  'InternalError',
  'Gateway.NotAttached',
  'InvalidAllocationID.NotFound',
  'InvalidSubnetID.NotFound',
]);

export interface NatGatewayPlace {
  /** Its component, and how sentences tell it from its neighbours. */
  readonly component: string;
  readonly vpcId: string;
  readonly subnetId: string;
  readonly allocationId: string;
  /** Set while something holds the address. */
  readonly holder: AddressHolder | undefined;
}

export function secondsUntilAvailable({ resources }: StepContext, createTime: Date | undefined): number {
  const duration = isBesideControlPlane(resources) ? unhurriedCreation : creation;
  return secondsUntilLook(ageSeconds(createTime), duration, pollSeconds);
}

/** Done once it is available. `listed`: what the environment has in this VPC, dead ones included. */
export async function ensureNatGateway(
  context: StepContext,
  place: NatGatewayPlace,
  listed: readonly NatGateway[],
): Promise<Progress> {
  const { all, heldUnseen } = await ownGateways(context, place, listed);
  for (const { NatGatewayId, State } of all)
    assertKnownStatus(`NAT gateway ${NatGatewayId}`, natGatewayStates, State);
  const failed = all.filter((gateway) => gateway.State === 'failed');
  const live = all.find((gateway) => gateway.State === 'available' || gateway.State === 'pending');
  if (!live && failed.length > 0) refuseHopeless(all, failed[0]!, place);
  // A failed gateway never recovers, and may hold its address until it is deleted.
  const ec2 = client(EC2Client, context.environment);
  for (const { NatGatewayId } of failed) await ec2.send(new DeleteNatGatewayCommand({ NatGatewayId }));
  if (live?.State === 'available') return done(live.NatGatewayId!);
  if (live) {
    const detail = `NAT gateway ${live.NatGatewayId} is pending`;
    return waiting(detail, secondsUntilAvailable(context, live.CreateTime), live.NatGatewayId);
  }
  if (failed[0]) {
    const detail = `NAT gateway ${failed[0].NatGatewayId} failed (${reasonOf(failed[0])}) and is being replaced`;
    return waiting(detail, 10);
  }
  const leaving = all.find((gateway) => gateway.State === 'deleting');
  if (leaving) return waiting(`NAT gateway ${leaving.NatGatewayId} is being deleted first`, 10);
  if (heldUnseen) return waiting(`what holds address ${place.allocationId} is not visible yet`, 3);
  return replace(context, place, all);
}

interface Gateways {
  readonly all: readonly NatGateway[];
  /** The address is held by what nobody sees yet: a gateway made a moment ago. */
  readonly heldUnseen: boolean;
}

/** By tag, in every state, and those that we know of, or that hold the address, although no filter finds them yet. */
async function ownGateways(
  { environment, resources }: StepContext,
  { component, holder }: NatGatewayPlace,
  listed: readonly NatGateway[],
): Promise<Gateways> {
  const ec2 = client(EC2Client, environment);
  const all = listed.filter(({ Tags }) => tagValue(Tags, componentTag) === component);
  const known = natIdOf(resources, component);
  const unlisted =
    known && !all.some((one) => one.NatGatewayId === known) ? await findNatGateway(ec2, known) : undefined;
  if (unlisted) all.push(unlisted);
  if (!holder || all.some((one) => mayHold(one, holder))) return { all, heldUnseen: false };
  const found = await whoHolds(ec2, holder);
  if (typeof found === 'object' && isOwned(found.Tags, environment)) all.push(found);
  return { all, heldUnseen: found === 'unseen' };
}

/** Told by the description of the interface that has the address (aws-facts 1). */
async function whoHolds(
  ec2: EC2Client,
  { networkInterfaceId }: AddressHolder,
): Promise<NatGateway | 'unseen' | 'other'> {
  if (!networkInterfaceId) return 'other';
  const byId = [{ Name: 'network-interface-id', Values: [networkInterfaceId] }];
  const [held] = await listNetworkInterfaces(ec2, byId);
  if (!held) return 'unseen';
  const id = /^Interface for NAT Gateway (nat-\w+)/.exec(held.Description ?? '')?.[1];
  return id ? ((await findNatGateway(ec2, id)) ?? 'unseen') : 'other';
}

/** None lives: the first one, or the next after `dead`, as soon as the address is free. */
async function replace(
  context: StepContext,
  place: NatGatewayPlace,
  dead: readonly NatGateway[],
): Promise<Progress> {
  const { resources } = context;
  const known = natIdOf(resources, place.component);
  // Deleted ones stay listed for an hour. One that we knew and that is not even listed as deleted is as dead.
  const isUnlisted = known !== undefined && !dead.some((one) => one.NatGatewayId === known);
  if (isUnlisted && isFresh(resources, known))
    return waiting(`NAT gateway ${known} is not visible yet`, 3, known);
  const predecessor = lastHolder(dead, place);
  if (place.holder && !(predecessor && mayHold(predecessor, place.holder))) refuseHeld(place, place.holder);
  if (place.holder && !isJustDeleted(predecessor!)) refuseHeldByDead(place, predecessor!);
  if (place.holder)
    return waiting(
      `address ${place.allocationId} is still held by ${predecessor?.NatGatewayId}, deleted`,
      10,
    );
  return create(context, place, dead.length + (isUnlisted ? 1 : 0), predecessor);
}

/** It never had the address: the one before it still did. */
function collided({ FailureCode }: NatGateway): boolean {
  return FailureCode === 'Resource.AlreadyAssociated';
}

/** The one of the dead that had this address last. */
function lastHolder(dead: readonly NatGateway[], { allocationId }: NatGatewayPlace): NatGateway | undefined {
  return dead
    .filter((gateway) => !collided(gateway))
    .filter((gateway) => gateway.NatGatewayAddresses?.some((one) => one.AllocationId === allocationId))
    .sort((a, b) => ageSeconds(a.DeleteTime ?? a.CreateTime) - ageSeconds(b.DeleteTime ?? b.CreateTime))[0];
}

/** A gateway that is gone may not tell any more by which association it had its address. */
function mayHold({ NatGatewayAddresses }: NatGateway, holder: AddressHolder): boolean {
  const told = (NatGatewayAddresses ?? []).filter(
    (one) => one.AssociationId !== undefined || one.NetworkInterfaceId !== undefined,
  );
  if (told.length === 0) return true;
  return told.some(
    (one) =>
      one.AssociationId === holder.associationId ||
      (one.NetworkInterfaceId !== undefined && one.NetworkInterfaceId === holder.networkInterfaceId),
  );
}

function isJustDeleted({ DeleteTime }: NatGateway): boolean {
  return ageSeconds(DeleteTime) < heldAfterDeletionSeconds;
}

function refuseHeld({ allocationId }: NatGatewayPlace, { associationId }: AddressHolder): never {
  throw new NotOurResourceError(
    `address ${allocationId} is associated (${associationId}) with something that is not this environment's NAT gateway`,
    'disassociate it, then run again',
  );
}

function refuseHeldByDead({ allocationId }: NatGatewayPlace, { NatGatewayId }: NatGateway): never {
  throw new ResourceFailedError(
    `address ${allocationId} is still held by NAT gateway ${NatGatewayId} ${heldAfterDeletionSeconds / 60} minutes after that was deleted`,
    'run again later; if it stays held, ask AWS Support to free it',
  );
}

/** `generation` counts dead predecessors: a token replayed after its gateway died answers with the corpse. */
async function create(
  context: StepContext,
  { component, vpcId, subnetId, allocationId }: NatGatewayPlace,
  generation: number,
  predecessor: NatGateway | undefined,
): Promise<Progress> {
  const { environment } = context;
  const command = new CreateNatGatewayCommand({
    SubnetId: subnetId,
    AllocationId: allocationId,
    ConnectivityType: 'public',
    ClientToken: clientToken(vpcId, component, environment.execution, allocationId, generation),
    TagSpecifications: tagSpecifications(environment, 'natgateway', component),
  });
  try {
    const created = await tolerating(['pending', 'exists'], () =>
      client(EC2Client, environment).send(command),
    );
    const id = created?.NatGateway?.NatGatewayId;
    if (!id) return waiting(`AWS does not see address ${allocationId} yet`, 2);
    keepMade(context, id, asNatId(component, id));
    return waiting(`NAT gateway ${id} is pending`, creation.soonest, id);
  } catch (error) {
    const isHeld = isAwsError(error) && canonicalCode(error) === 'AuthFailure';
    if (!isHeld || !predecessor || !isJustDeleted(predecessor)) throw error;
    return waiting(`address ${allocationId} is still held by ${predecessor.NatGatewayId}, deleted`, 10);
  }
}

/** `Gateway.NotAttached: Network vpc-0abc has no Internet gateway attached`; AWS need not say either. */
function reasonOf({ FailureCode, FailureMessage }: NatGateway): string {
  return [FailureCode, FailureMessage].filter(Boolean).join(': ') || 'AWS gives no reason';
}

/** Another attempt is worth it for AWS's own failures, and only a few times. */
function refuseHopeless(all: readonly NatGateway[], failed: NatGateway, place: NatGatewayPlace): void {
  const { NatGatewayId, FailureCode } = failed;
  const hasFailed = all.filter(({ State, FailureCode: code }) => State === 'failed' || code !== undefined);
  // Those that met their predecessor are counted apart: each real failure may bring one about.
  const failures = hasFailed.filter((one) => collided(one) === collided(failed)).length;
  const passes = passingFailures.has(FailureCode ?? '') || metItsPredecessor(all, failed, place);
  if (passes && failures < mostAttempts) return;
  throw new ResourceFailedError(
    `NAT gateway ${NatGatewayId} failed: ${reasonOf(failed)} (${failures} failed within the hour)`,
    'remove that cause, then run again; an InternalError that stays is for AWS Support',
  );
}

/** It was made while the one before it still held the address. */
function metItsPredecessor(all: readonly NatGateway[], failed: NatGateway, place: NatGatewayPlace): boolean {
  if (!collided(failed)) return false;
  const predecessor = lastHolder(
    all.filter((one) => one.State === 'deleted'),
    place,
  );
  if (!predecessor) return false;
  return ageSeconds(predecessor.DeleteTime) - ageSeconds(failed.CreateTime) < heldAfterDeletionSeconds;
}
