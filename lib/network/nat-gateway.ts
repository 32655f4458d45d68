/** The NAT gateway (R14). Its address is its natural key: AWS takes an address for one gateway only. */
import {
  CreateNatGatewayCommand,
  DeleteNatGatewayCommand,
  EC2Client,
  type NatGateway,
} from '@aws-sdk/client-ec2';
import { client } from '../clients.ts';
import { tolerating } from '../errors.ts';
import { NotOurResourceError, ResourceFailedError } from '../failures.ts';
import type { StepContext } from '../step.ts';
import { clientToken, ownershipFilters, tagSpecifications } from '../tags.ts';
import { ageSeconds, inVpc, listNatGateways } from './observe.ts';
import { visibleWithinSeconds } from './one-of-a-kind.ts';
import { done, type Progress, waiting } from './progress.ts';

export const natGatewayComponent = 'nat-gateway';

/** Measured 107 s (aws-facts 15). */
const typicalSeconds = 90;
const pollSeconds = 5;
/** Within the hour for which AWS lists the failed ones. */
const mostAttempts = 4;

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
  readonly vpcId: string;
  readonly subnetId: string;
  readonly allocationId: string;
  /** Set while something holds the address. */
  readonly associationId: string | undefined;
}

/** Done once it is available. */
export async function ensureNatGateway(context: StepContext, place: NatGatewayPlace): Promise<Progress> {
  const { environment, resources, elapsedSeconds } = context;
  const ec2 = client(EC2Client, environment);
  const all = await listNatGateways(ec2, [
    ...inVpc(place.vpcId),
    ...ownershipFilters(environment, natGatewayComponent),
  ]);
  const failed = all.filter((gateway) => gateway.State === 'failed');
  const live = all.find((gateway) => gateway.State === 'available' || gateway.State === 'pending');
  if (!live && failed.length > 0) refuseHopeless(all, failed[0]!);
  // A failed gateway never recovers, and may hold its address until it is deleted.
  for (const { NatGatewayId } of failed) await ec2.send(new DeleteNatGatewayCommand({ NatGatewayId }));
  if (live?.State === 'available') return done(live.NatGatewayId!);
  if (live) {
    const rest = typicalSeconds - ageSeconds(live.CreateTime);
    return waiting(
      `NAT gateway ${live.NatGatewayId} is pending`,
      Math.max(pollSeconds, rest),
      live.NatGatewayId,
    );
  }
  if (failed[0]) {
    const { NatGatewayId, FailureCode } = failed[0];
    return waiting(`NAT gateway ${NatGatewayId} failed with ${FailureCode} and is being replaced`, 10);
  }
  const leaving = all.find((gateway) => gateway.State === 'deleting');
  if (leaving) return waiting(`NAT gateway ${leaving.NatGatewayId} is being deleted first`, 10);
  // Deleted ones stay listed for an hour. One that we knew and that is not even listed as deleted is as dead.
  const unlisted =
    resources.natGatewayId !== undefined && !all.some((one) => one.NatGatewayId === resources.natGatewayId);
  if ((unlisted || place.associationId) && elapsedSeconds < visibleWithinSeconds)
    return waiting(
      `NAT gateway ${resources.natGatewayId ?? ''} is not visible yet`,
      3,
      resources.natGatewayId,
    );
  if (place.associationId) {
    throw new NotOurResourceError(
      `routing: address ${place.allocationId} of this environment is associated (${place.associationId}) with something that is not its NAT gateway. ` +
        'What to do: disassociate it, then run again.',
    );
  }
  return create(context, place, all.length + (unlisted ? 1 : 0));
}

/** `generation` counts dead predecessors: a token replayed after its gateway died answers with the corpse. */
async function create(
  { environment }: StepContext,
  { vpcId, subnetId, allocationId }: NatGatewayPlace,
  generation: number,
): Promise<Progress> {
  const created = await tolerating(['pending', 'exists'], () =>
    client(EC2Client, environment).send(
      new CreateNatGatewayCommand({
        SubnetId: subnetId,
        AllocationId: allocationId,
        ConnectivityType: 'public',
        ClientToken: clientToken(vpcId, natGatewayComponent, environment.execution, allocationId, generation),
        TagSpecifications: tagSpecifications(environment, 'natgateway', natGatewayComponent),
      }),
    ),
  );
  const id = created?.NatGateway?.NatGatewayId;
  if (!id) return waiting(`AWS does not see address ${allocationId} yet`, 2);
  return waiting(`NAT gateway ${id} is pending`, typicalSeconds, id);
}

/** Another attempt is worth it for AWS's own failures, and only a few times. */
function refuseHopeless(all: readonly NatGateway[], failed: NatGateway): void {
  const { NatGatewayId, FailureCode, FailureMessage } = failed;
  const failures = all.filter((gateway) => gateway.FailureCode !== undefined).length;
  if (passingFailures.has(FailureCode ?? '') && failures < mostAttempts) return;
  throw new ResourceFailedError(
    `routing: NAT gateway ${NatGatewayId} failed with ${FailureCode}: ${FailureMessage} (${failures} failed within the hour). ` +
      'What to do: remove that cause, then run again; an InternalError that stays is for AWS Support.',
  );
}
