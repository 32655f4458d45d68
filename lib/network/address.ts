/** The NAT gateway's Elastic IP (R14). */
import { type Address, AllocateAddressCommand, EC2Client, ReleaseAddressCommand } from '@aws-sdk/client-ec2';
import { client, singleAttemptClient } from '#lib/aws/clients.ts';
import { ownershipFilters, tagSpecifications } from '#lib/ownership/tags.ts';
import type { StepContext } from '#lib/run/step.ts';
import { findAddress, listAddresses } from './observe.ts';
import { chooseOne, createWithoutToken, lostAnswerSeconds } from './one-of-a-kind.ts';
import { defined, done, justMade, type Progress, waiting } from './progress.ts';
import { isFresh } from './visibility.ts';
import { deleteAll } from './work.ts';

export const addressComponent = 'address/nat';

/** What holds an address: neither while it is free. */
export interface AddressHolder {
  readonly associationId?: string;
  readonly networkInterfaceId?: string;
}

/** Done once it is allocated; of two, the one that is associated stays. */
export async function ensureAddress(
  context: StepContext,
): Promise<Progress & { readonly holder?: AddressHolder }> {
  const { environment, resources } = context;
  const kept = (await ownAddress(context)) ?? (await unlisted(context));
  if (kept) return { ...done(kept.AllocationId!), ...defined({ holder: holderOf(kept) }) };
  if (isFresh(resources, resources.allocationId))
    return waiting(`address ${resources.allocationId} is not visible yet`, 2, resources.allocationId);
  const created = await createWithoutToken(() =>
    singleAttemptClient(EC2Client, environment).send(
      new AllocateAddressCommand({
        Domain: 'vpc',
        TagSpecifications: tagSpecifications(environment, 'elastic-ip', addressComponent),
      }),
    ),
  );
  if (!created?.AllocationId)
    return waiting('AWS did not say whether it allocated the address', lostAnswerSeconds);
  return justMade(done(created.AllocationId));
}

async function ownAddress({ environment }: StepContext): Promise<Address | undefined> {
  const ec2 = client(EC2Client, environment);
  const { kept, surplus } = chooseOne(
    await listAddresses(ec2, ownershipFilters(environment, addressComponent)),
    {
      noun: 'routing: the address of the NAT gateway',
      idOf: (address) => address.AllocationId,
      inUse: (address) => address.AssociationId !== undefined,
    },
  );
  await deleteAll(
    surplus.map(
      ({ AllocationId }) =>
        () =>
          ec2.send(new ReleaseAddressCommand({ AllocationId })),
    ),
  );
  return kept;
}

async function unlisted({ environment, resources }: StepContext): Promise<Address | undefined> {
  if (!resources.allocationId) return undefined;
  return findAddress(client(EC2Client, environment), resources.allocationId);
}

function holderOf({ AssociationId, NetworkInterfaceId }: Address): AddressHolder | undefined {
  if (!AssociationId) return undefined;
  return {
    associationId: AssociationId,
    ...(NetworkInterfaceId ? { networkInterfaceId: NetworkInterfaceId } : {}),
  };
}
