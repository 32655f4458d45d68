/** The NAT gateway's Elastic IP (R14). */
import { AllocateAddressCommand, EC2Client, ReleaseAddressCommand } from '@aws-sdk/client-ec2';
import { client, singleAttemptClient } from '../clients.ts';
import type { StepContext } from '../step.ts';
import { ownershipFilters, tagSpecifications } from '../tags.ts';
import { listAddresses } from './observe.ts';
import { chooseOne, createWithoutToken, lostAnswerSeconds, visibleWithinSeconds } from './one-of-a-kind.ts';
import { defined, done, type Progress, waiting } from './progress.ts';
import { deleteAll } from './work.ts';

export const addressComponent = 'address/nat';

/** Done once it is allocated; of two, the one that is associated stays. `associationId`: something holds it. */
export async function ensureAddress({
  environment,
  resources,
  elapsedSeconds,
}: StepContext): Promise<Progress & { readonly associationId?: string }> {
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
  if (kept) return { ...done(kept.AllocationId!), ...defined({ associationId: kept.AssociationId }) };
  if (resources.allocationId && elapsedSeconds < visibleWithinSeconds)
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
  return done(created.AllocationId);
}
